"""The accounts of the hospital, for its IT."""

from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Depends
from pydantic import Field

from scribe.accounts import TemporaryPassword, disable, invite, reset_password
from scribe.domain.encounter import Identifier
from scribe.store.records import AccountLine
from scribe.web.access import ScriptViewer, ServiceOf, Signed, permitted
from scribe.web.api.answers import Answer, RecordId, Wish, problems
from scribe.web.api.encounters import Name
from scribe.web.cli import LICENCE_SYSTEM
from scribe.web.routes.accounts import PersonRole

router = APIRouter(tags=["accounts"], dependencies=[Depends(permitted("manage_accounts"))])


class AccountAnswer(Answer):
    """An account; ``temporary_until``: its password was chosen by somebody else, and opens nothing from then on.
    ``locked_until``: no password is tried before, after too many wrong ones."""

    id: str
    login: str
    name: str
    role: PersonRole
    licence: str | None
    department: str | None
    disabled: bool
    created_at: datetime
    last_sign_in: datetime | None
    temporary_until: datetime | None
    locked_until: datetime | None


class AccountWish(Wish):
    """Somebody who is to sign in; ``licence`` is a physician's licence number, ``department`` a HIRA code."""

    login: Annotated[str, Field(min_length=2, max_length=64)]
    name: Name
    role: PersonRole
    licence: Annotated[str, Field(pattern=r"^[0-9]{1,10}$")] | None = None
    department: Annotated[str, Field(pattern=r"^[0-9]{2}$")] | None = None


class TemporaryAnswer(Answer):
    """A temporary password, told this once; it has to be changed at the first sign-in."""

    id: str
    login: str
    password: str
    until: datetime | None


@router.get("/accounts", summary="The accounts", responses=problems())
def accounts(service: ServiceOf, viewer: Signed) -> list[AccountAnswer]:
    """Those of the hospital, by login."""
    with service.store.begin(viewer.actor) as work:
        return [_answer(line) for line in work.accounts.lines() if line.account.role != "service"]


@router.post("/accounts", summary="Make an account", status_code=201, responses=problems(409))
def make_account(wish: AccountWish, service: ServiceOf, viewer: ScriptViewer) -> TemporaryAnswer:
    """A new account with a temporary password."""
    licence = Identifier(system=LICENCE_SYSTEM, value=wish.licence) if wish.licence else None
    made = invite(
        service.store,
        viewer.actor,
        login=wish.login,
        role=wish.role,
        name=wish.name,
        licence=licence,
        department=wish.department,
    )
    return _temporary(made)


@router.post("/accounts/{account_id}/password", summary="Reset a password", responses=problems(404))
def reset(account_id: RecordId, service: ServiceOf, viewer: ScriptViewer) -> TemporaryAnswer:
    """A temporary password in place of a forgotten one; the person is signed out everywhere."""
    return _temporary(reset_password(service.store, viewer.actor, account_id))


@router.post("/accounts/{account_id}/unlock", summary="Unlock", status_code=204, responses=problems(404))
def unlock(account_id: RecordId, service: ServiceOf, viewer: ScriptViewer) -> None:
    """Forget the wrong passwords: the person may try again at once."""
    with service.store.begin(viewer.actor) as work:
        work.accounts.unlock(account_id)


@router.post("/accounts/{account_id}/disable", summary="Disable", status_code=204, responses=problems(404))
def end(account_id: RecordId, service: ServiceOf, viewer: ScriptViewer) -> None:
    """The account cannot sign in any more; its records stay."""
    disable(service.store, viewer.actor, account_id)


@router.post("/accounts/{account_id}/enable", summary="Enable", status_code=204, responses=problems(404))
def enable(account_id: RecordId, service: ServiceOf, viewer: ScriptViewer) -> None:
    """The account can sign in again."""
    with service.store.begin(viewer.actor) as work:
        work.accounts.enable(account_id)


def _answer(line: AccountLine) -> AccountAnswer:
    account = line.account
    licence = account.practitioner.identifier
    return AccountAnswer.model_validate(
        {
            "id": account.id,
            "login": account.login,
            "name": account.practitioner.name,
            "role": account.role,
            "licence": licence.value if licence else None,
            "department": account.practitioner.department,
            "disabled": account.disabled,
            "created_at": line.created_at,
            "last_sign_in": line.last_sign_in,
            "temporary_until": account.temporary_until,
            "locked_until": line.locked_until,
        }
    )


def _temporary(made: TemporaryPassword) -> TemporaryAnswer:
    account = made.account
    return TemporaryAnswer(id=account.id, login=account.login, password=made.password, until=account.temporary_until)
