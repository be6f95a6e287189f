"""The patient's sheet: previewed, approved, and handed out under addresses of its own."""

from datetime import datetime, timedelta
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Depends, Request
from pydantic import Field
from starlette.responses import Response

from scribe.patient_sheet.document import read_sheet
from scribe.patient_sheet.markup import Around
from scribe.patient_sheet.sheet import Language, Sheet
from scribe.store.records import LinkState, PatientLinkRecord, SummaryApproval
from scribe.web.access import ScriptViewer, ServiceOf, Signed, permitted, require
from scribe.web.api.answers import Answer, RecordId, Wish, problems
from scribe.web.patient.links import give_link
from scribe.web.patient.summary_view import Candidate, approve, candidate, keep_off, pieces, ready
from scribe.web.routes.handouts import DAYS
from scribe.web.routes.summary import approved_by, pdf_of, prepared

router = APIRouter(tags=["summaries"], dependencies=[Depends(permitted("share_summaries")), Depends(prepared)])

_PDF: dict[int | str, dict[str, Any]] = {
    200: {"content": {"application/pdf": {"schema": {"type": "string", "format": "binary"}}}}
}


class ApprovalAnswer(Answer):
    """An approved sheet of a signed version."""

    language: str
    version: int
    approver: str
    approved_at: datetime
    sha256: str


class SheetAnswer(Answer):
    """The approved sheet, and who approved it."""

    approval: ApprovalAnswer
    sheet: Sheet


class PreviewAnswer(Answer):
    """The sheet as it would be approved; ``sheet_sha256`` is what the approval has to name."""

    sheet_sha256: str
    approved: bool
    sheet: Sheet


class PartAnswer(Answer):
    """A section, sentence or row of the sheet; ``sensitive`` says in Korean why one might keep it off."""

    name: str
    section: str
    text: str | None
    sensitive: str | None
    off: bool


class PartsWish(Wish):
    """The names of what is kept from the hand-out."""

    off: Annotated[tuple[Annotated[str, Field(max_length=200)], ...], Field(max_length=400)]


class RecentAnswer(Answer):
    """An approved sheet; ``patient`` is the name on it."""

    encounter_id: str
    language: str
    version: int
    patient: str | None
    visit: datetime
    physician: str
    approved_at: datetime


class ApprovalWish(Wish):
    """Approve exactly the sheet of that hash."""

    sheet_sha256: Annotated[str, Field(pattern="^[0-9a-f]{64}$")]


class ShareAnswer(Answer):
    """An address that was given out; the address itself is nowhere kept."""

    id: str
    language: str
    version: int
    state: LinkState
    created_at: datetime
    expires_at: datetime
    openings: int
    opened_at: datetime | None


class ShareWish(Wish):
    """In which language, and for how many days."""

    language: Language = "ko"
    days: Literal[3, 7, 30] = 7


class NewShare(Answer):
    """An address, told this once; ``code`` is what it asks for where no birth date is on record."""

    address: str
    code: str | None
    expires_at: datetime


@router.get("/encounters/{encounter_id}/summary", summary="Approved sheets", responses=problems(404))
def approvals(encounter_id: RecordId, service: ServiceOf, viewer: Signed) -> list[ApprovalAnswer]:
    """What may be handed out, by language."""
    with service.store.begin(viewer.actor) as work:
        work.encounters.get(encounter_id)
        return [_approval(one) for one in work.summaries.standing(encounter_id)]


@router.get("/encounters/{encounter_id}/summary/{language}", summary="An approved sheet", responses=problems(404))
def approved_sheet(encounter_id: RecordId, language: Language, service: ServiceOf, viewer: Signed) -> SheetAnswer:
    """The approved sheet of the latest signed version."""
    with service.store.begin(viewer.actor) as work:
        approval, sheet = ready(work, encounter_id, language)
    return SheetAnswer(approval=_approval(approval), sheet=sheet)


@router.get(
    "/encounters/{encounter_id}/summary/{language}/preview",
    summary="The sheet before approval",
    responses=problems(404),
)
def preview(encounter_id: RecordId, language: Language, service: ServiceOf, viewer: Signed) -> PreviewAnswer:
    """The sheet of the latest signed version as a physician may approve it."""
    require(viewer, "approve_summaries")
    with service.store.begin(viewer.actor) as work:
        found = candidate(work, encounter_id, language, service.settings)
    return PreviewAnswer(sheet_sha256=found.sha256, approved=found.is_approved, sheet=found.sheet)


@router.post(
    "/encounters/{encounter_id}/summary/{language}/approval",
    summary="Approve a sheet",
    status_code=201,
    responses=problems(404, 409),
)
def approve_sheet(
    encounter_id: RecordId, language: Language, wish: ApprovalWish, service: ServiceOf, viewer: ScriptViewer
) -> ApprovalAnswer:
    """Approve the sheet, provided that it is, to the character, what the hash says."""
    require(viewer, "approve_summaries")
    with service.store.begin(viewer.actor) as work:
        found = candidate(work, encounter_id, language, service.settings)
        return _approval(approve(work, found, wish.sheet_sha256, viewer.name))


@router.delete(
    "/encounters/{encounter_id}/summary", summary="Take approvals back", status_code=204, responses=problems(404)
)
def withdraw(encounter_id: RecordId, service: ServiceOf, viewer: ScriptViewer) -> None:
    """In every language: patients' addresses show nothing until a sheet is approved again."""
    require(viewer, "approve_summaries")
    with service.store.begin(viewer.actor) as work:
        work.summaries.withdraw(encounter_id)


@router.get("/encounters/{encounter_id}/summary/{language}/parts", summary="Parts of a sheet", responses=problems(404))
def parts(encounter_id: RecordId, language: Language, service: ServiceOf, viewer: Signed) -> list[PartAnswer]:
    """What can be kept from the hand-out, and what is."""
    require(viewer, "approve_summaries")
    with service.store.begin(viewer.actor) as work:
        return _parts(candidate(work, encounter_id, language, service.settings))


@router.put(
    "/encounters/{encounter_id}/summary/{language}/parts", summary="Keep parts off a sheet", responses=problems(404)
)
def withhold(
    encounter_id: RecordId, language: Language, wish: PartsWish, service: ServiceOf, viewer: ScriptViewer
) -> list[PartAnswer]:
    """Those named, and no others; the sheet has to be approved as it is then."""
    require(viewer, "approve_summaries")
    with service.store.begin(viewer.actor) as work:
        keep_off(work, candidate(work, encounter_id, language, service.settings), wish.off)
        return _parts(candidate(work, encounter_id, language, service.settings))


@router.get(
    "/encounters/{encounter_id}/summary/{language}/sheet.pdf",
    summary="An approved sheet to print",
    response_class=Response,
    responses={**problems(404), **_PDF},
)
def approved_pdf(encounter_id: RecordId, language: Language, service: ServiceOf, viewer: Signed) -> Response:
    """A4, of the latest signed version; 503 where the service cannot make PDFs."""
    with service.store.begin(viewer.actor) as work:
        approval, sheet = ready(work, encounter_id, language)
    return pdf_of(sheet, Around(approved=approved_by(approval)))


@router.get("/summaries", summary="Sheets approved of late", responses=problems())
def recent(service: ServiceOf, viewer: Signed) -> list[RecentAnswer]:
    """The approvals of the last week that stand, the newest first: what the reception hands out."""
    with service.store.begin(viewer.actor) as work:
        found = work.summaries.recent(service.store.clock() - timedelta(days=DAYS))
    return [_recent(one) for one in found]


@router.get("/encounters/{encounter_id}/shares", summary="Addresses given out", responses=problems(404))
def shares(encounter_id: RecordId, service: ServiceOf, viewer: Signed) -> list[ShareAnswer]:
    """The addresses of a consultation, oldest first."""
    with service.store.begin(viewer.actor) as work:
        links = work.patient_links.list(encounter_id)
    return [_share(link, service.store.clock()) for link in links]


@router.post(
    "/encounters/{encounter_id}/shares", summary="Give out an address", status_code=201, responses=problems(404)
)
def share(
    encounter_id: RecordId, wish: ShareWish, request: Request, service: ServiceOf, viewer: ScriptViewer
) -> NewShare:
    """A fresh address of the approved sheet, bound to the patient's birth date."""
    with service.store.begin(viewer.actor) as work:
        approval, _ = ready(work, encounter_id, wish.language)
        link = give_link(work, approval, service.store.clock() + timedelta(days=wish.days))
    base = (service.settings.patient_address or str(request.base_url)).rstrip("/")
    return NewShare(address=f"{base}{link.path}", code=link.code, expires_at=link.expires_at)


@router.delete(
    "/encounters/{encounter_id}/shares/{share_id}", summary="Close an address", status_code=204, responses=problems(404)
)
def revoke(encounter_id: RecordId, share_id: RecordId, service: ServiceOf, viewer: ScriptViewer) -> None:
    """It opens nothing from now on."""
    with service.store.begin(viewer.actor) as work:
        work.encounters.get(encounter_id)
        work.patient_links.revoke(share_id)


def _approval(approval: SummaryApproval) -> ApprovalAnswer:
    return ApprovalAnswer(
        language=approval.language,
        version=approval.version,
        approver=approval.approver,
        approved_at=approval.approved_at,
        sha256=approval.sha256,
    )


def _parts(found: Candidate) -> list[PartAnswer]:
    answers = []
    for group in pieces(found.note.note, found.withheld):
        if group.name:
            whole = PartAnswer(name=group.name, section=group.title, text=None, sensitive=None, off=group.is_off)
            answers.append(whole)
        answers += [
            PartAnswer(
                name=piece.name,
                section=group.title,
                text=piece.text,
                sensitive=piece.sensitive or None,
                off=group.is_off or piece.is_off,
            )
            for piece in group.pieces
        ]
    return answers


def _recent(approval: SummaryApproval) -> RecentAnswer:
    sheet = read_sheet(approval.document)
    return RecentAnswer(
        encounter_id=approval.encounter_id,
        language=approval.language,
        version=approval.version,
        patient=sheet.patient or None,
        visit=sheet.visit,
        physician=sheet.physician,
        approved_at=approval.approved_at,
    )


def _share(link: PatientLinkRecord, now: datetime) -> ShareAnswer:
    return ShareAnswer(
        id=link.id,
        language=link.language,
        version=link.version,
        state=link.state(now),
        created_at=link.created_at,
        expires_at=link.expires_at,
        openings=link.openings,
        opened_at=link.opened_at,
    )
