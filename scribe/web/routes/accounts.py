"""The accounts of the hospital, for its IT: made, given a new password, unlocked, ended."""

from typing import Annotated, Literal

from fastapi import APIRouter, Depends, Form
from starlette.responses import RedirectResponse, Response

from scribe.accounts import LoginError, TemporaryPassword, disable, invite, reset_password
from scribe.domain.encounter import Identifier
from scribe.store.errors import DuplicateError
from scribe.web.access import FormViewer, ServiceOf, Signed, Viewer, permitted
from scribe.web.account_view import ROLE_HINTS, ROLES, account_views, problem_in_words
from scribe.web.cli import LICENCE_SYSTEM
from scribe.web.labels import moment
from scribe.web.pages import page
from scribe.web.service import Service

router = APIRouter(dependencies=[Depends(permitted("manage_accounts"))])

PersonRole = Literal["physician", "patient_services", "admin"]
"""The roles that people have."""


@router.get("/accounts")
def accounts(service: ServiceOf, viewer: Signed) -> Response:
    return _accounts_page(service, viewer)


@router.post("/accounts")
def make_account(
    service: ServiceOf,
    viewer: FormViewer,
    login: Annotated[str, Form(max_length=64)],
    name: Annotated[str, Form(min_length=1, max_length=100)],
    role: Annotated[PersonRole, Form()],
    licence: Annotated[str, Form(pattern=r"^\d{0,10}$")] = "",
    department: Annotated[str, Form(pattern=r"^\d{0,2}$")] = "",
) -> Response:
    """A new account; its temporary password is shown this once."""
    try:
        made = invite(
            service.store,
            viewer.actor,
            login=login,
            role=role,
            name=" ".join(name.split()),
            licence=Identifier(system=LICENCE_SYSTEM, value=licence) if licence and role == "physician" else None,
            department=department or None,
        )
    except (DuplicateError, LoginError) as error:
        typed = {"login": login, "name": name, "role": role, "licence": licence, "department": department}
        return _accounts_page(service, viewer, problem=problem_in_words(error), typed=typed, status=422)
    return _accounts_page(service, viewer, made=made, status=201)


@router.post("/accounts/{account_id}/password")
def give_password(account_id: str, service: ServiceOf, viewer: FormViewer) -> Response:
    """A temporary password in place of a forgotten one, shown this once."""
    return _accounts_page(service, viewer, made=reset_password(service.store, viewer.actor, account_id))


@router.post("/accounts/{account_id}/unlock")
def unlock(account_id: str, service: ServiceOf, viewer: FormViewer) -> Response:
    with service.store.begin(viewer.actor) as work:
        work.accounts.unlock(account_id)
    return _back()


@router.post("/accounts/{account_id}/disable")
def end_account(account_id: str, service: ServiceOf, viewer: FormViewer) -> Response:
    disable(service.store, viewer.actor, account_id)
    return _back()


@router.post("/accounts/{account_id}/enable")
def enable(account_id: str, service: ServiceOf, viewer: FormViewer) -> Response:
    with service.store.begin(viewer.actor) as work:
        work.accounts.enable(account_id)
    return _back()


def _back() -> Response:
    return RedirectResponse("/accounts", status_code=303)


_BLANK = {"login": "", "name": "", "role": "physician", "licence": "", "department": ""}


def _accounts_page(
    service: Service,
    viewer: Viewer,
    *,
    made: TemporaryPassword | None = None,
    problem: str = "",
    typed: dict[str, str] | None = None,
    status: int = 200,
) -> Response:
    with service.store.begin(viewer.actor) as work:
        lines = work.accounts.lines()
    context = {
        "viewer": viewer,
        "accounts": account_views(lines, viewer.account.id, service.store.clock()),
        "roles": [(role, ROLES[role], hint) for role, hint in ROLE_HINTS.items()],
        "made": _made(made) if made else None,
        "problem": problem,
        "typed": typed or _BLANK,
    }
    return page("accounts.html", context, status)


def _made(made: TemporaryPassword) -> dict[str, str]:
    until = made.account.temporary_until
    return {
        "name": made.account.practitioner.name,
        "login": made.account.login,
        "password": made.password,
        "until": moment(until) if until else "",
    }
