"""The ``scribe serve`` and ``scribe account`` commands."""

import logging
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from scribe.domain.errors import ScribeError

if TYPE_CHECKING:
    from scribe.settings import Settings
    from scribe.store.permissions import Role

LICENCE_SYSTEM = "http://www.hl7korea.or.kr/Identifier/mohw-md-license-id"
"""KR Core's naming system of physicians' licence numbers (의사 면허번호)."""


class PasswordEncodingError(ScribeError):
    """The password on standard input is not UTF-8 text."""


class TwoRolesError(ScribeError):
    """An account has one role: give --admin or --patient-services, not both."""


account_app = typer.Typer(no_args_is_help=True)

_DataDir = Annotated[Path | None, typer.Option(help="Data directory (SCRIBE_DATA_DIR).")]


def serve(
    host: Annotated[str | None, typer.Option(help="Address to listen on (SCRIBE_HOST); loopback by default.")] = None,
    port: Annotated[int | None, typer.Option(help="Port to listen on (SCRIBE_PORT); 0 takes a free one.")] = None,
    data_dir: _DataDir = None,
) -> None:
    """Serve the review and patient pages and run the jobs, until interrupted.

    Beyond loopback, put a TLS proxy of the hospital in front: the service itself speaks plain HTTP.
    """
    from scribe.web import server  # noqa: PLC0415  (the whole service takes seconds to import)

    logging.basicConfig(level=logging.WARNING, format="%(asctime)s %(name)s %(levelname)s %(message)s")
    logging.getLogger("scribe").setLevel(logging.INFO)
    server.serve(_settings(host=host, port=port, data_dir=data_dir))


@account_app.callback()
def _group() -> None:
    """Local accounts of this installation."""


@account_app.command("add")
def add_account(
    login: Annotated[str, typer.Argument(help="What the person signs in as.")],
    *,
    name: Annotated[str, typer.Option(help="The person's name, as signed notes show it.")],
    licence: Annotated[str | None, typer.Option(help="Physician's licence number (의사 면허번호).")] = None,
    department: Annotated[str | None, typer.Option(help="HIRA code of the medical department.")] = None,
    admin: Annotated[bool, typer.Option("--admin", help="The hospital's IT, who sees no patient.")] = False,
    patient_services: Annotated[
        bool, typer.Option("--patient-services", help="Admits patients and hands out summaries; sees no transcript.")
    ] = False,
    data_dir: _DataDir = None,
) -> None:
    """Add an account; the password is asked for, or is the first line of standard input where that is no terminal."""
    from scribe.accounts import create_account  # noqa: PLC0415
    from scribe.domain.encounter import Identifier  # noqa: PLC0415
    from scribe.installation import store_of  # noqa: PLC0415

    if admin and patient_services:
        raise TwoRolesError
    role: Role = "admin" if admin else "patient_services" if patient_services else "physician"
    settings = _settings(data_dir=data_dir)
    password = _password()
    store = store_of(settings)
    try:
        create_account(
            store,
            store.ensure_hospital(settings.organization),
            login=login,
            password=password,
            role=role,
            name=name,
            licence=Identifier(system=LICENCE_SYSTEM, value=licence) if licence else None,
            department=department,
        )
    finally:
        store.close()
    print(f"{login}: {role}")


def _password() -> str:
    if not sys.stdin.isatty():
        try:
            return sys.stdin.buffer.readline().decode().rstrip("\r\n")
        except UnicodeDecodeError:
            raise PasswordEncodingError from None
    return str(typer.prompt("Password", hide_input=True, confirmation_prompt=True))


def _settings(**options: object) -> "Settings":
    """The environment's settings, but for the options that were given."""
    from scribe.settings import Settings  # noqa: PLC0415

    return Settings.load(None, **{name: value for name, value in options.items() if value is not None})
