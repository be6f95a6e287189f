"""Accounts and their passwords: made by IT with a temporary password, changed by their owner."""

import re
import unicodedata
from dataclasses import dataclass
from datetime import timedelta

from scribe.accounts.authentication import confirm_password
from scribe.accounts.passwords import hash_password, temporary_password
from scribe.domain.encounter import Identifier
from scribe.domain.errors import ScribeError
from scribe.store import Actor, Store
from scribe.store.permissions import Role
from scribe.store.records import AccountRecord

TEMPORARY_FOR = timedelta(days=7)
"""How long a temporary password opens anything."""

_LOGIN = re.compile(r"[0-9A-Za-z가-힣._-]{2,64}")


class LoginError(ScribeError):
    """A login has 2 to 64 letters, digits, dots, hyphens or underscores."""


class SamePasswordError(ScribeError):
    """The new password is the old one; choose another."""


class OwnAccountError(ScribeError):
    """Nobody disables the account they are signed in with; ask a colleague."""


@dataclass(frozen=True, slots=True)
class TemporaryPassword:
    """A password that is told once, and the account it opens until it is changed."""

    account: AccountRecord
    password: str

    def __repr__(self) -> str:
        return f"TemporaryPassword({self.account.login!r})"


def create_account(
    store: Store,
    hospital_id: str,
    *,
    login: str,
    password: str,
    role: Role,
    name: str,
    licence: Identifier | None = None,
    department: str | None = None,
) -> AccountRecord:
    """A new account with a password of the person's own; ``DuplicateError`` where the login is taken."""
    hashed = hash_password(password, login=login)
    with store.begin(Actor.service(hospital_id)) as work:
        return work.accounts.add(
            login=login, password_hash=hashed, role=role, name=name, licence=licence, department=department
        )


def invite(
    store: Store,
    actor: Actor,
    *,
    login: str,
    role: Role,
    name: str,
    licence: Identifier | None = None,
    department: str | None = None,
) -> TemporaryPassword:
    """A new account by IT, with a temporary password; ``DuplicateError`` where the login is taken."""
    login = unicodedata.normalize("NFC", login.strip())
    if not _LOGIN.fullmatch(login):
        raise LoginError
    password = temporary_password()
    with store.begin(actor) as work:
        account = work.accounts.add(
            login=login,
            password_hash=hash_password(password, login=login),
            role=role,
            name=name,
            licence=licence,
            department=department,
            temporary_until=store.clock() + TEMPORARY_FOR,
        )
    return TemporaryPassword(account, password)


def reset_password(store: Store, actor: Actor, account_id: str) -> TemporaryPassword:
    """A temporary password in place of the person's own; all their sessions end and wrong passwords are forgotten."""
    password = temporary_password()
    hashed = hash_password(password)
    with store.begin(actor) as work:
        work.scope.permit("manage_accounts")
        work.accounts.set_password_hash(account_id, hashed, temporary_until=store.clock() + TEMPORARY_FOR)
        work.accounts.unlock(account_id)
        work.sessions.end_all(account_id)
        return TemporaryPassword(work.accounts.get(account_id), password)


def disable(store: Store, actor: Actor, account_id: str) -> None:
    """The account cannot sign in any more and its sessions end; :class:`OwnAccountError` for one's own."""
    if account_id == actor.account_id:
        raise OwnAccountError
    with store.begin(actor) as work:
        work.accounts.disable(account_id)
        work.sessions.end_all(account_id)


def change_password(store: Store, account: AccountRecord, *, old: str, new: str, session_id: str) -> None:
    """A new password of one's own; every other session of the account ends.

    Raises ``SignInError`` where ``old`` is wrong, ``WeakPasswordError`` and :class:`SamePasswordError`.
    """
    confirm_password(store, account, old)
    if old == new:
        raise SamePasswordError
    hashed = hash_password(new, login=account.login)
    with store.begin(account.actor) as work:
        work.accounts.set_password_hash(account.id, hashed)
        work.sessions.end_all(account.id, but=session_id)
