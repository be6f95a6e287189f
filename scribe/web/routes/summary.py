"""The second approval: the patient's sheet previewed, approved, printed, shared, and taken back."""

from datetime import timedelta
from typing import Annotated, Literal

from fastapi import APIRouter, Depends, Form, Request
from starlette.responses import HTMLResponse, RedirectResponse, Response

from scribe.drafting.retell import prepare
from scribe.patient_sheet.markup import Address, Approved, Around, Markings
from scribe.patient_sheet.pdf import Printer
from scribe.patient_sheet.qr import qr_svg
from scribe.patient_sheet.reading import measure
from scribe.patient_sheet.sheet import LANGUAGES, Language, Sheet
from scribe.patient_sheet.words import WORDS
from scribe.store import Work
from scribe.store.errors import NotFoundError
from scribe.store.records import SummaryApproval
from scribe.web.access import FormViewer, ServiceOf, Viewer, permitted
from scribe.web.headers import FRAMED_POLICY, FRAMING_POLICY
from scribe.web.labels import day, moment, patient_bar
from scribe.web.pages import ASSETS, HERE, page
from scribe.web.patient.link_view import link_lines
from scribe.web.patient.links import digest, give_link
from scribe.web.patient.summary_view import SheetChangedError, approve, candidate, keep_off, pieces, ready, ready_ones
from scribe.web.service import Service


def prepared(request: Request) -> None:
    """Load what English is told from before the store is asked: its transactions wait for one another."""
    if request.path_params.get("language") == "en":
        prepare()


router = APIRouter(dependencies=[Depends(prepared)])
MARKINGS = Markings(HERE / "static")
PRINTER = Printer(HERE / "static")

Days = Literal["3", "7", "30"]
Sharer = Annotated[Viewer, Depends(permitted("share_summaries"))]
_HOME = "/encounters/{encounter_id}/summary"
_CHANGED = "그사이 안내문 내용이 바뀌었습니다. 아래의 새 내용을 다시 확인한 뒤 승인하세요."


@router.get(_HOME)
def summary_home(encounter_id: str, service: ServiceOf, viewer: Sharer) -> Response:
    """The page of the language that the summary was signed in."""
    with service.store.begin(viewer.actor) as work:
        standing = work.summaries.standing(encounter_id)
        language = standing[0].language if standing else "ko"
        if viewer.may("approve_summaries") and not standing:
            latest = work.notes.latest(encounter_id)
            language = latest.note.content.patient_summary.language if latest else "ko"
    return RedirectResponse(f"/encounters/{encounter_id}/summary/{language}", status_code=303)


@router.get(_HOME + "/{language}")
def show_summary(encounter_id: str, language: Language, service: ServiceOf, viewer: Sharer) -> Response:
    return _summary_page(service, viewer, encounter_id, language)


@router.post(_HOME + "/{language}/withhold", dependencies=[Depends(permitted("approve_summaries"))])
def withhold(
    encounter_id: str,
    language: Language,
    service: ServiceOf,
    viewer: FormViewer,
    off: Annotated[list[str], Form(max_length=400)] = [],  # noqa: B006 - read only
) -> Response:
    """Keep the parts named ``off`` from the hand-out, and no others."""
    with service.store.begin(viewer.actor) as work:
        keep_off(work, candidate(work, encounter_id, language, service.settings), off)
    return _to_summary(encounter_id, language)


@router.post(_HOME + "/{language}/approve", dependencies=[Depends(permitted("approve_summaries"))])
def approve_shown(
    encounter_id: str,
    language: Language,
    service: ServiceOf,
    viewer: FormViewer,
    sheet_sha256: Annotated[str, Form(pattern="^[0-9a-f]{64}$")],
) -> Response:
    """Approve the sheet, provided that it is, to the character, what ``sheet_sha256`` says was shown."""
    try:
        with service.store.begin(viewer.actor) as work:
            approve(work, candidate(work, encounter_id, language, service.settings), sheet_sha256, viewer.name)
    except SheetChangedError:
        return _summary_page(service, viewer, encounter_id, language, problem=_CHANGED, status=409)
    return _to_summary(encounter_id, language)


@router.post(_HOME + "/{language}/withdraw", dependencies=[Depends(permitted("approve_summaries"))])
def withdraw(encounter_id: str, language: Language, service: ServiceOf, viewer: FormViewer) -> Response:
    """Take back what was approved, in every language: the patient's addresses show nothing until it is approved."""
    with service.store.begin(viewer.actor) as work:
        work.summaries.withdraw(encounter_id)
    return _to_summary(encounter_id, language)


@router.get(_HOME + "/{language}/preview")
def preview(encounter_id: str, language: Language, service: ServiceOf, viewer: Sharer) -> Response:
    """The sheet on a screen, as it would be approved; it says so where it is not."""
    sheet, approved = _to_preview(service, viewer, encounter_id, language)
    return _framed(MARKINGS.page(sheet, Around(approved=approved, is_page=True, assets=ASSETS.root)))


@router.get(_HOME + "/{language}/paper")
def paper_preview(encounter_id: str, language: Language, service: ServiceOf, viewer: Sharer) -> Response:
    """The same as it will be on paper."""
    sheet, approved = _to_preview(service, viewer, encounter_id, language)
    return _framed(MARKINGS.page(sheet, Around(approved=approved, is_paper=True, assets=ASSETS.root)))


@router.get(_HOME + "/{language}/preview.pdf")
def preview_pdf(encounter_id: str, language: Language, service: ServiceOf, viewer: Sharer) -> Response:
    sheet, approved = _to_preview(service, viewer, encounter_id, language)
    return pdf_of(sheet, Around(approved=approved))


@router.get(_HOME + "/{language}/sheet")
def approved_sheet(encounter_id: str, language: Language, service: ServiceOf, viewer: Sharer) -> Response:
    """The approved sheet, as a page to print."""
    with service.store.begin(viewer.actor) as work:
        approval, sheet = ready(work, encounter_id, language)
    return _framed(MARKINGS.page(sheet, Around(approved=approved_by(approval), is_page=True, assets=ASSETS.root)))


@router.get(_HOME + "/{language}/sheet.pdf")
def approved_pdf(encounter_id: str, language: Language, service: ServiceOf, viewer: Sharer) -> Response:
    with service.store.begin(viewer.actor) as work:
        approval, sheet = ready(work, encounter_id, language)
    return pdf_of(sheet, Around(approved=approved_by(approval)))


@router.post(_HOME + "/{language}/sheet.pdf", dependencies=[Depends(permitted("share_summaries"))])
def approved_pdf_with_address(
    encounter_id: str,
    language: Language,
    request: Request,
    service: ServiceOf,
    viewer: FormViewer,
    token: Annotated[str, Form(pattern="^[A-Za-z0-9_-]{20,64}$")],
) -> Response:
    """The approved sheet with the QR code of an address just made, which the form carries."""
    with service.store.begin(viewer.actor) as work:
        approval, sheet = ready(work, encounter_id, language)
        link = work.patient_links.of_token(encounter_id, digest(token))
        if link is None or link.state(service.store.clock()) != "open":
            raise NotFoundError(subject="patient link")
    address = Address(f"{_patient_base(service, request)}/p/{token}", link.code)
    return pdf_of(sheet, Around(approved=approved_by(approval), expires=link.expires_at, address=address))


@router.post(_HOME + "/{language}/links", dependencies=[Depends(permitted("share_summaries"))])
def make_link(
    encounter_id: str,
    language: Language,
    request: Request,
    service: ServiceOf,
    viewer: FormViewer,
    days: Annotated[Days, Form()],
) -> Response:
    """A fresh address of the approved summary, shown this once."""
    with service.store.begin(viewer.actor) as work:
        approval, sheet = ready(work, encounter_id, language)
        link = give_link(work, approval, service.store.clock() + timedelta(days=int(days)))
        encounter = work.encounters.get(encounter_id).encounter
    address = f"{_patient_base(service, request)}{link.path}"
    context = {
        "viewer": viewer,
        "encounter_id": encounter_id,
        "language": language,
        "words": WORDS[sheet.language],
        "bar": patient_bar(encounter),
        "badge": "안내문 승인됨",
        "badge_kind": "done",
        "path": link.path,
        "token": link.token,
        "address": address,
        "code": link.code,
        "expires": moment(link.expires_at),
        "qr": qr_svg(address),
        "hospital": sheet.hospital,
    }
    return page("summary_link.html", context)


@router.post(_HOME + "/{language}/links/{link_id}/revoke", dependencies=[Depends(permitted("share_summaries"))])
def revoke_link(
    encounter_id: str, language: Language, link_id: str, service: ServiceOf, viewer: FormViewer
) -> Response:
    """The address opens nothing from now on."""
    with service.store.begin(viewer.actor) as work:
        work.patient_links.revoke(link_id)
    return RedirectResponse(f"/encounters/{encounter_id}/summary/{language}#links", status_code=303)


def _summary_page(
    service: Service, viewer: Viewer, encounter_id: str, language: Language, *, problem: str = "", status: int = 200
) -> HTMLResponse:
    with service.store.begin(viewer.actor) as work:
        context = _context(work, service, viewer, encounter_id, language)
    answer = page("summary.html", {**context, "problem": problem}, status)
    answer.headers["content-security-policy"] = FRAMING_POLICY
    return answer


def _to_preview(
    service: Service, viewer: Viewer, encounter_id: str, language: Language
) -> tuple[Sheet, Approved | None]:
    """What who may approve is to look at; to others what is approved, and nothing else."""
    with service.store.begin(viewer.actor) as work:
        if not viewer.may("approve_summaries"):
            approval, sheet = ready(work, encounter_id, language)
            return sheet, approved_by(approval)
        found = candidate(work, encounter_id, language, service.settings)
    approval_of_it = found.approval if found.is_approved else None
    return found.sheet, approved_by(approval_of_it) if approval_of_it else None


def _context(work: Work, service: Service, viewer: Viewer, encounter_id: str, language: Language) -> dict[str, object]:
    encounter = work.encounters.get(encounter_id)
    standing = work.summaries.standing(encounter_id)
    approved = ready_ones(encounter, standing)
    shows_draft = viewer.may("approve_summaries") and not encounter.retracted
    found = candidate(work, encounter_id, language, service.settings) if shows_draft else None
    return {
        "viewer": viewer,
        "encounter_id": encounter_id,
        "language": language,
        "languages": [(each, WORDS[each].language_name) for each in LANGUAGES],
        "bar": patient_bar(encounter.encounter),
        "physician": encounter.encounter.practitioner.name if encounter.encounter.practitioner else "",
        "badge": "안내문 승인됨" if approved else "안내문 미승인",
        "badge_kind": "done" if approved else "attention",
        "retracted": encounter.retracted,
        "ready": {approval.language for approval in approved},
        "approvals": {approval.language: _shown(approval) for approval in standing},
        "found": found,
        "groups": pieces(found.note.note, found.withheld) if found else (),
        "reading": measure(found.sheet) if found else None,
        "originals": _originals(found.sheet) if found else 0,
        "links": link_lines(work.patient_links.list(encounter_id), service.store.clock()),
        "note_version": encounter.note_version,
    }


def _originals(sheet: Sheet) -> int:
    """How many sentences and rows stand in the language they were signed in."""
    lines = sum(line.original for part in sheet.parts for line in part.lines)
    return lines + sum(row.language != sheet.language for row in sheet.medicines)


def _shown(approval: SummaryApproval) -> dict[str, object]:
    return {
        "by": approval.approver,
        "at": moment(approval.approved_at),
        "day": day(approval.approved_at),
        "version": approval.version,
        "sha256": approval.sha256,
    }


def approved_by(approval: SummaryApproval) -> Approved:
    return Approved(approval.approver, approval.approved_at)


def _patient_base(service: Service, request: Request) -> str:
    """Where patients' telephones reach the service."""
    return (service.settings.patient_address or str(request.base_url)).rstrip("/")


def _framed(html: str) -> HTMLResponse:
    return HTMLResponse(html, headers={"content-security-policy": FRAMED_POLICY})


def pdf_of(sheet: Sheet, around: Around) -> Response:
    """The PDF, shown in the browser; its name tells nothing of the patient."""
    disposition = f'inline; filename="visit-summary-{sheet.language}.pdf"'
    return Response(
        PRINTER.pdf(MARKINGS.page(sheet, around)),
        media_type="application/pdf",
        headers={"content-disposition": disposition},
    )


def _to_summary(encounter_id: str, language: Language) -> Response:
    return RedirectResponse(f"/encounters/{encounter_id}/summary/{language}", status_code=303)
