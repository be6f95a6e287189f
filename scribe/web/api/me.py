"""Whose session it is: the account, its password, and where it is signed in."""

from datetime import datetime
from typing import Annotated

from fastapi import APIRouter
from pydantic import Field

from scribe.accounts import change_password
from scribe.store.permissions import ALLOWED, Permission, Role
from scribe.web.access import Anyone, AnyScriptViewer, ServiceOf
from scribe.web.api.answers import Answer, RecordId, Wish, problems, proving

router = APIRouter(tags=["me"])

Password = Annotated[str, Field(max_length=256, json_schema_extra={"format": "password"})]


class MeAnswer(Answer):
    """The account that is signed in, and what its role may do.

    ``temporary_until``: the password is to be changed before anything else is answered.
    """

    id: str
    login: str
    name: str
    role: Role
    hospital: str
    permissions: list[Permission]
    temporary_until: datetime | None


class PasswordWish(Wish):
    """The password that was, and the one to be."""

    old: Password
    new: Password


class SignedInAnswer(Answer):
    """A browser or program that is signed in; ``here`` is the one that asks."""

    id: str
    created_at: datetime
    last_used_at: datetime
    here: bool


@router.get("/me", summary="Who is signed in", responses=problems())
def me(service: ServiceOf, viewer: Anyone) -> MeAnswer:
    """One's own account."""
    with service.store.begin(viewer.actor) as work:
        hospital = work.accounts.hospital().organization.name
    account = viewer.account
    return MeAnswer(
        id=account.id,
        login=account.login,
        name=account.practitioner.name,
        role=account.role,
        hospital=hospital,
        permissions=sorted(ALLOWED[account.role]),
        temporary_until=account.temporary_until,
    )


@router.post("/me/password", summary="Change the password", status_code=204, responses=problems(429))
def choose_password(wish: PasswordWish, service: ServiceOf, viewer: AnyScriptViewer) -> None:
    """Every other session of the account ends."""
    with proving():
        change_password(service.store, viewer.account, old=wish.old, new=wish.new, session_id=viewer.session.id)


@router.get("/me/sessions", summary="Where one is signed in", responses=problems())
def sessions(service: ServiceOf, viewer: Anyone) -> list[SignedInAnswer]:
    """One's own sessions, the latest used first."""
    with service.store.begin(viewer.actor) as work:
        found = work.sessions.open_ones(viewer.account.id)
    return [
        SignedInAnswer(
            id=one.id, created_at=one.created_at, last_used_at=one.last_seen_at, here=one.id == viewer.session.id
        )
        for one in found
    ]


@router.delete("/me/sessions", summary="End the other sessions", status_code=204, responses=problems())
def end_others(service: ServiceOf, viewer: AnyScriptViewer) -> None:
    """All of one's own but the one that asks."""
    with service.store.begin(viewer.actor) as work:
        work.sessions.end_all(viewer.account.id, but=viewer.session.id)


@router.delete("/me/sessions/{session_id}", summary="End a session", status_code=204, responses=problems(404))
def end_session(session_id: RecordId, service: ServiceOf, viewer: AnyScriptViewer) -> None:
    """One of one's own."""
    with service.store.begin(viewer.actor) as work:
        work.sessions.end(session_id)
