"""What follows a signature: amending, comparing versions, retracting, and deciding about what the hospital changed."""

from typing import Annotated, Literal

from fastapi import APIRouter, Depends, Form
from starlette.responses import RedirectResponse, Response

from hl7_bridge.conflicts import ChangedResource, changed_resources
from hl7_bridge.errors import BridgeError
from hl7_bridge.problems import problem_of
from scribe.accounts import SignInError
from scribe.domain.note import SignedNote
from scribe.store import Work
from scribe.store.errors import DuplicateError, NotFoundError, NotHeldError, RetractedNoteError, StaleVersionError
from scribe.store.records import OutboxRecord
from scribe.web.access import FormViewer, ServiceOf, Signed, Viewer, permitted, require
from scribe.web.deliveries.conflict_view import conflict_views
from scribe.web.labels import moment, patient_bar
from scribe.web.pages import page
from scribe.web.review.amendment_view import REASONS
from scribe.web.review.comparison import compare
from scribe.web.routes.signing import refusal
from scribe.web.service import Service
from scribe.web.signing.amending import begin_amendment
from scribe.web.signing.note_view import chosen, note_context
from scribe.web.signing.retracting import retract_note

router = APIRouter(dependencies=[Depends(permitted("read_notes"))])

Reason = Annotated[str, Form(max_length=500)]

RETRACTION_REASONS = ("잘못된 환자", "중복으로 작성된 기록", "진료가 이루어지지 않음")
_NO_REASON = "사유를 적어 주세요. 사유는 기록과 함께 보관됩니다."
_KEEP_THEIRS = "병원 기록을 그대로 두기로 결정함"


@router.get("/encounters/{encounter_id}/amendment")
def show_amendment(encounter_id: str, service: ServiceOf, viewer: Signed) -> Response:
    """What an amendment is, and the form that begins one; where one is under way, the review page."""
    require(viewer, "sign")
    return _amendment_page(service, viewer, encounter_id)


@router.post("/encounters/{encounter_id}/amendment")
def start_amendment(
    encounter_id: str,
    service: ServiceOf,
    viewer: FormViewer,
    version: Annotated[int, Form(ge=1)],
    reason: Reason = "",
    chosen_reason: Reason = "",
) -> Response:
    """Open a draft of the next version; a second time, or from a second tab, goes to the one that is open."""
    require(viewer, "sign")
    why = _reason(chosen_reason, reason)
    if not why:
        return _amendment_page(service, viewer, encounter_id, problem=_NO_REASON, status=422)
    try:
        with service.store.begin(viewer.actor) as work:
            begin_amendment(work, encounter_id, amends=version, reason=why)
    except (StaleVersionError, RetractedNoteError):
        return _to(encounter_id, "/note")
    except DuplicateError:
        pass
    return _to(encounter_id)


@router.post("/encounters/{encounter_id}/amendment/reason")
def reword_amendment(encounter_id: str, service: ServiceOf, viewer: FormViewer, reason: Reason = "") -> Response:
    require(viewer, "sign")
    why = _reason("", reason)
    if why:
        with service.store.begin(viewer.actor) as work:
            work.amendments.reword(encounter_id, why)
    return _to(encounter_id, "/sign")


@router.post("/encounters/{encounter_id}/amendment/abandon")
def abandon_amendment(encounter_id: str, service: ServiceOf, viewer: FormViewer) -> Response:
    """Give the amendment up; the signed version stands.  One that has ended already stays so."""
    require(viewer, "sign")
    try:
        with service.store.begin(viewer.actor) as work:
            work.encounters.get(encounter_id)
            if work.amendments.current(encounter_id) is not None:
                work.amendments.abandon(encounter_id)
    except StaleVersionError:
        pass
    return _to(encounter_id, "/note")


@router.get("/encounters/{encounter_id}/note/compare")
def compare_versions(encounter_id: str, service: ServiceOf, viewer: Signed, a: int = 0, b: int = 0) -> Response:
    """Two signed versions side by side; by default the latest and the one before."""
    require(viewer, "read_notes")
    with service.store.begin(viewer.actor) as work:
        records = work.notes.versions(encounter_id)
        if not records:
            raise NotFoundError(subject="signed note")
        latest = records[-1].note.version
        later = chosen(records, b or latest).note
        earlier = chosen(records, a or max(1, later.version - 1)).note
    context = {
        "viewer": viewer,
        "section": "encounters",
        "encounter_id": encounter_id,
        "bar": patient_bar(later.encounter),
        "badge": f"제{latest}판 유효",
        "badge_kind": "signed",
        "before": _version_head(earlier.version, moment(earlier.signed_at), earlier.author.name, earlier.reason),
        "after": _version_head(later.version, moment(later.signed_at), later.author.name, later.reason),
        "numbers": [record.note.version for record in records],
        "comparison": compare(earlier.content, later.content),
    }
    return page("compare.html", context)


@router.get("/encounters/{encounter_id}/retraction")
def show_retraction(encounter_id: str, service: ServiceOf, viewer: Signed) -> Response:
    require(viewer, "sign")
    return _retraction_page(service, viewer, encounter_id)


@router.post("/encounters/{encounter_id}/retraction")
def retract(
    encounter_id: str,
    service: ServiceOf,
    viewer: FormViewer,
    reason: Reason = "",
    chosen_reason: Reason = "",
    password: Annotated[str, Form(max_length=256)] = "",
) -> Response:
    """Take the note back at every destination; the password is asked for whatever the policy says."""
    require(viewer, "sign")
    why = _reason(chosen_reason, reason)
    if not why:
        return _retraction_page(service, viewer, encounter_id, problem=_NO_REASON, status=422)
    try:
        service.authenticator.confirm(service.store, viewer.account, password)
    except SignInError as error:
        return _retraction_page(service, viewer, encounter_id, problem=refusal(error), why=why, status=403)
    with service.store.begin(viewer.actor) as work:
        retract_note(work, encounter_id, why, service.wake)
    return _to(encounter_id, "/note")


@router.get("/encounters/{encounter_id}/deliveries/{outbox_id}/changed")
def show_changed(encounter_id: str, outbox_id: str, service: ServiceOf, viewer: Signed) -> Response:
    """What is at the hospital now beside what we would write, asked of it for this page."""
    require(viewer, "sign")
    return _changed_page(service, viewer, encounter_id, outbox_id)


@router.post("/encounters/{encounter_id}/deliveries/{outbox_id}/changed")
def decide_changed(
    encounter_id: str,
    outbox_id: str,
    service: ServiceOf,
    viewer: FormViewer,
    decision: Annotated[Literal["ours", "theirs"], Form()],
    reason: Reason = "",
) -> Response:
    """Replace what the hospital changed, or leave it: either is recorded."""
    require(viewer, "sign")
    try:
        with service.store.begin(viewer.actor) as work:
            row = changed_row(work, encounter_id, outbox_id)
            if decision == "ours":
                work.outbox.replay(row.id, overwrite=True)
                work.after_commit(service.wake)
            else:
                why = _reason("", reason)
                work.outbox.set_aside(row.id, f"{_KEEP_THEIRS}: {why}" if why else _KEEP_THEIRS)
    except NotHeldError:
        pass
    return _to(encounter_id, "/note")


def _amendment_page(
    service: Service, viewer: Viewer, encounter_id: str, *, problem: str = "", status: int = 200
) -> Response:
    with service.store.begin(viewer.actor) as work:
        context = note_context(work, viewer, encounter_id, None, service.site)
        if context["amendment"] is not None:
            return _to(encounter_id)
        if context["retraction"] is not None:
            return _to(encounter_id, "/note")
    return page("amendment.html", {**context, "reasons": REASONS, "problem": problem}, status)


def _retraction_page(
    service: Service, viewer: Viewer, encounter_id: str, *, problem: str = "", why: str = "", status: int = 200
) -> Response:
    with service.store.begin(viewer.actor) as work:
        context = note_context(work, viewer, encounter_id, None, service.site)
        if context["retraction"] is not None:
            return _to(encounter_id, "/note")
    more = {"reasons": RETRACTION_REASONS, "problem": problem, "why": why}
    return page("retraction.html", {**context, **more}, status)


def _changed_page(service: Service, viewer: Viewer, encounter_id: str, outbox_id: str) -> Response:
    with service.store.begin(viewer.actor) as work:
        row = changed_row(work, encounter_id, outbox_id)
        context = note_context(work, viewer, encounter_id, row.version, service.site)
        now = work.encounters.get(encounter_id).encounter
        versions = [record.note.addressed(now) for record in work.notes.versions(encounter_id)]
    note = next(version for version in versions if version.version == row.version)
    found, problem = ask_hospital(service, row.destination, note, versions)
    more = {
        "row": row,
        "resources": conflict_views(found),
        "problem": problem,
        "asked_at": moment(service.store.clock()),
    }
    return page("changed.html", {**context, **more})


def ask_hospital(
    service: Service, destination: str, note: SignedNote, versions: list[SignedNote]
) -> tuple[tuple[ChangedResource, ...], str]:
    """What is at the destination now beside what ``note`` would write, or why that cannot be asked, in words."""
    try:
        found = changed_resources(
            note, versions[: note.version - 1], service.site, service.site.destination(destination)
        )
    except BridgeError as error:
        return (), problem_of(error).message
    return found, ""


def changed_row(work: Work, encounter_id: str, outbox_id: str) -> OutboxRecord:
    """The delivery that waits for this decision; NotFoundError for any other."""
    work.encounters.get(encounter_id)
    row = work.outbox.get(outbox_id)
    if row.encounter_id != encounter_id or not row.held or row.problem != "changed":
        raise NotFoundError(subject="delivery")
    return row


def _version_head(version: int, signed_at: str, signer: str, reason: str | None) -> dict[str, str]:
    return {"version": str(version), "signed_at": signed_at, "signer": signer, "reason": reason or ""}


def _reason(chosen_reason: str, written: str) -> str:
    """What was chosen and what was written, in one line."""
    parts = (" ".join(part.split()) for part in (chosen_reason, written))
    return ": ".join(part for part in parts if part)


def _to(encounter_id: str, below: str = "") -> Response:
    return RedirectResponse(f"/encounters/{encounter_id}{below}", status_code=303)
