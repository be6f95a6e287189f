"""Signing a draft, and the signed record."""

from collections.abc import Mapping
from functools import partial
from typing import Annotated

from fastapi import APIRouter, Depends, Form, Request
from starlette.responses import RedirectResponse, Response

from scribe.accounts import LockedError, SignInError
from scribe.domain.errors import ScribeError
from scribe.signing import ContentChangedError, NothingToSignError
from scribe.store.errors import RetractedNoteError, StaleVersionError
from scribe.style.learning import learn_from_signing
from scribe.web.access import SESSION_COOKIE, FormViewer, ServiceOf, Signed, Viewer, permitted, require
from scribe.web.errors import AlreadySignedError
from scribe.web.pages import page
from scribe.web.service import Service
from scribe.web.signing.note_view import note_context
from scribe.web.signing.signatures import (
    NotAcknowledgedError,
    NothingAmendedError,
    OpenQuestionsError,
    sign_shown,
    signable,
)
from scribe.web.signing.signing_view import Shown, signing_context

router = APIRouter(dependencies=[Depends(permitted("read_notes"))])

_WRONG_PASSWORD = "비밀번호가 맞지 않습니다."  # noqa: S105 - a message
_LOCKED = "비밀번호가 여러 번 틀려 잠시 서명할 수 없습니다. {wait} 뒤에 다시 시도하세요. 초안은 그대로 있습니다."
_HINDRANCES: Mapping[type[ScribeError], str] = {
    ContentChangedError: "내용이 바뀌었습니다. 아래의 새 내용을 다시 확인한 뒤 서명하세요.",
    NotAcknowledgedError: "대화에 근거가 없는 문장을 하나씩 확인해 주세요.",
    NothingToSignError: "서명할 문장이 없습니다. 검토로 돌아가 내용을 적어 주세요.",
    OpenQuestionsError: "",
    NothingAmendedError: "",
}
"""What to say of it; the page itself says the rest."""

Acknowledged = Annotated[list[str], Form(default_factory=list, max_length=1000)]


@router.get("/encounters/{encounter_id}/sign")
def show_for_signing(encounter_id: str, request: Request, service: ServiceOf, viewer: Signed) -> Response:
    require(viewer, "sign")
    try:
        return _signing_page(service, request, viewer, encounter_id)
    except AlreadySignedError:
        return _to_note(encounter_id)


@router.post("/encounters/{encounter_id}/sign")
def sign(
    encounter_id: str,
    request: Request,
    service: ServiceOf,
    viewer: FormViewer,
    acknowledged: Acknowledged,
    content_sha256: Annotated[str, Form(pattern="^[0-9a-f]{64}$")],
    password: Annotated[str, Form(max_length=256)] = "",
) -> Response:
    """Sign the latest draft, provided that it is, to the character, what ``content_sha256`` says was shown."""
    require(viewer, "sign")
    again = partial(_signing_page, service, request, viewer, encounter_id)
    try:
        confirm_signer(service, request, viewer, password)
        with service.store.begin(viewer.actor) as work:
            sign_shown(
                work,
                viewer.account,
                encounter_id,
                shown_sha256=content_sha256,
                acknowledged=frozenset(acknowledged),
                enqueue=service.enqueue,
            )
            work.after_commit(partial(learn_from_signing, service.store, viewer.actor, encounter_id))
    except SignInError as error:
        return _unless_signed(again, encounter_id, Shown(refusal(error), acknowledged), 403)
    except (AlreadySignedError, StaleVersionError, RetractedNoteError):
        return _to_note(encounter_id)
    except tuple(_HINDRANCES) as error:
        ticked = () if isinstance(error, ContentChangedError) else acknowledged
        return _unless_signed(again, encounter_id, Shown(_HINDRANCES[type(error)], ticked), 409)
    return _to_note(encounter_id)


@router.get("/encounters/{encounter_id}/note")
def signed_note(encounter_id: str, service: ServiceOf, viewer: Signed, version: int | None = None) -> Response:
    require(viewer, "read_notes")
    with service.store.begin(viewer.actor) as work:
        return page("signed.html", note_context(work, viewer, encounter_id, version, service.site))


def confirm_signer(service: Service, request: Request, viewer: Viewer, password: str) -> None:
    """Ask who it is, as often as the policy says; ``SignInError`` where that is not proved."""
    token = request.cookies.get(SESSION_COOKIE, "")
    service.confirmation.confirm(service.store, viewer.account, token, password)


def refusal(error: SignInError) -> str:
    """Why the signature was refused, in words."""
    if not isinstance(error, LockedError):
        return _WRONG_PASSWORD
    seconds = int(getattr(error, "seconds", 60))
    return _LOCKED.format(wait=f"{-(-seconds // 60)}분")


def _signing_page(
    service: Service, request: Request, viewer: Viewer, encounter_id: str, shown: Shown = Shown(), status: int = 200
) -> Response:
    token = request.cookies.get(SESSION_COOKIE, "")
    asks = service.confirmation.needed(service.store, viewer.account, token)
    with service.store.begin(viewer.actor) as work:
        found = signable(work, viewer.account, encounter_id)
        context = signing_context(work, viewer, found, service.site, asks=asks, shown=shown)
    return page("sign.html", context, status)


def _unless_signed(again: partial[Response], encounter_id: str, shown: Shown, status: int) -> Response:
    """The page again with what stands in the way; the record where it was signed in another tab meanwhile."""
    try:
        return again(shown=shown, status=status)
    except AlreadySignedError:
        return _to_note(encounter_id)


def _to_note(encounter_id: str) -> Response:
    return RedirectResponse(f"/encounters/{encounter_id}/note", status_code=303)
