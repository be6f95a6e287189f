"""Signing a draft, the signed record, and the address for the patient."""

from dataclasses import replace
from functools import partial
from typing import Annotated

from fastapi import APIRouter, Form, Request
from starlette.responses import RedirectResponse, Response

from scribe.accounts import SignInError, confirm_password
from scribe.domain.encounter import Encounter
from scribe.domain.note import SignedNote
from scribe.signing import ContentChangedError, content_of, content_sha256, sign
from scribe.store import Store, Work
from scribe.store.errors import NotFoundError
from scribe.store.records import EncounterRecord
from scribe.style.learning import learn_from_signing
from scribe.web.access import FormViewer, ServiceOf, Signed, Viewer
from scribe.web.desk import Desk, content_context, open_desk
from scribe.web.draft_view import open_items
from scribe.web.entry_view import entry_groups
from scribe.web.errors import AlreadySignedError
from scribe.web.labels import SECTIONS, SUPPORTS, moment, patient_bar
from scribe.web.pages import page
from scribe.web.patient_links import give_link
from scribe.web.signed_view import delivery_of

router = APIRouter()

_CHANGED = "내용이 바뀌었습니다. 아래의 새 내용을 다시 확인한 뒤 서명하세요."
_WRONG_PASSWORD = "비밀번호가 맞지 않습니다."  # noqa: S105 - a message
_OPEN = "아직 확인하지 않은 항목이 {count}건 있습니다. 검토로 돌아가 정리한 뒤 서명하세요."


@router.get("/encounters/{encounter_id}/sign")
def show_for_signing(encounter_id: str, service: ServiceOf, viewer: Signed) -> Response:
    try:
        return _signing_page(service.store, viewer, encounter_id)
    except AlreadySignedError:
        return _to_note(encounter_id)


@router.post("/encounters/{encounter_id}/sign")
def sign_shown(
    encounter_id: str,
    service: ServiceOf,
    viewer: FormViewer,
    content_sha256: Annotated[str, Form(pattern="^[0-9a-f]{64}$")],
    password: Annotated[str, Form(max_length=256)],
) -> Response:
    """Sign the latest draft, provided that it is, to the character, what ``content_sha256`` says was shown."""
    try:
        confirm_password(service.store, viewer.account, password)
    except SignInError:
        return _signing_page(service.store, viewer, encounter_id, problem=_WRONG_PASSWORD, status=403)
    try:
        with service.store.begin(viewer.actor) as work:
            desk = open_desk(work, encounter_id)
            if open_items(desk.draft.draft).count:
                raise ContentChangedError
            note = work.notes.add(_sign(work, service.store, desk, viewer, content_sha256)).note
            service.enqueue(work, note.note_id, note.version)
            work.after_commit(partial(learn_from_signing, service.store, viewer.actor, encounter_id))
    except ContentChangedError:
        return _signing_page(service.store, viewer, encounter_id, problem=_CHANGED, status=409)
    except AlreadySignedError:
        return _to_note(encounter_id)
    return _to_note(encounter_id)


@router.get("/encounters/{encounter_id}/note")
def signed_note(encounter_id: str, service: ServiceOf, viewer: Signed, version: int | None = None) -> Response:
    with service.store.begin(viewer.actor) as work:
        return page("signed.html", _signed_context(work, viewer, encounter_id, version))


@router.post("/encounters/{encounter_id}/patient-link")
def make_patient_link(encounter_id: str, request: Request, service: ServiceOf, viewer: FormViewer) -> Response:
    """A fresh address of the latest version's summary, shown this once."""
    with service.store.begin(viewer.actor) as work:
        latest = work.notes.latest(encounter_id)
        if latest is None:
            raise NotFoundError(subject="signed note")
        link = give_link(work, latest, service.store.clock() + service.link_lifetime)
        context = _signed_context(work, viewer, encounter_id, None, still=True)
    address = f"{str(request.base_url).rstrip('/')}{link.path}"
    shown = {"href": link.path, "address": address, "expires": moment(link.expires_at)}
    return page("signed.html", {**context, "patient_link": shown})


def _to_note(encounter_id: str) -> Response:
    return RedirectResponse(f"/encounters/{encounter_id}/note", status_code=303)


def _signing_page(store: Store, viewer: Viewer, encounter_id: str, *, problem: str = "", status: int = 200) -> Response:
    with store.begin(viewer.actor) as work:
        desk = open_desk(work, encounter_id)
        encounter = _encounter_to_sign(work, desk, viewer)
    waiting = open_items(desk.draft.draft).count
    context = {
        "viewer": viewer,
        "encounter_id": encounter_id,
        "bar": patient_bar(encounter),
        "badge": "AI 초안 · 검토 필요",
        "badge_kind": "attention",
        "version": desk.draft.version,
        "content_sha256": content_sha256(content_of(desk.draft.draft), encounter),
        "blocked": waiting > 0,
        "problem": _OPEN.format(count=waiting) if waiting else problem,
        **content_context(desk.draft.draft),
    }
    return page("sign.html", context, status)


def _sign(work: Work, store: Store, desk: Desk, viewer: Viewer, shown_sha256: str) -> SignedNote:
    return sign(
        content_of(desk.draft.draft),
        _encounter_to_sign(work, desk, viewer),
        shown_sha256=shown_sha256,
        author=viewer.account.practitioner,
        key=work.signing_keys.mine(),
        clock=store.clock,
        new_id=store.new_id,
    )


def _encounter_to_sign(work: Work, desk: Desk, viewer: Viewer) -> Encounter:
    """The encounter with the physician and the institution, where it does not name them yet."""
    encounter = desk.encounter.encounter
    return replace(
        encounter,
        practitioner=encounter.practitioner or viewer.account.practitioner,
        organization=encounter.organization or work.accounts.hospital().organization,
    )


def _signed_context(
    work: Work, viewer: Viewer, encounter_id: str, version: int | None, *, still: bool = False
) -> dict[str, object]:
    encounter = work.encounters.get(encounter_id)
    versions = work.notes.versions(encounter_id)
    note = _chosen(tuple(record.note for record in versions), version)
    delivery = delivery_of(work.outbox.list(encounter_id), note)
    return {
        "viewer": viewer,
        "encounter_id": encounter_id,
        "bar": patient_bar(note.encounter),
        "badge": _badge(encounter, delivery.label),
        "badge_kind": delivery.kind,
        "note": note,
        "signed_at": moment(note.signed_at),
        "content": note.content,
        "groups": entry_groups(note.content.entries, None),
        "supports": SUPPORTS,
        "section_names": SECTIONS,
        "delivery": delivery,
        "refresh": delivery.moving and not still,
        "versions": [
            {"version": record.note.version, "signed_at": moment(record.note.signed_at)}
            for record in reversed(versions)
        ],
        "patient_link": None,
    }


def _badge(encounter: EncounterRecord, delivery_label: str) -> str:
    return f"서명됨 · {delivery_label}" if encounter.note_version else delivery_label


def _chosen(notes: tuple[SignedNote, ...], version: int | None) -> SignedNote:
    for note in reversed(notes):
        if version in {None, note.version}:
            return note
    raise NotFoundError(subject="signed note")
