"""Local accounts: who may sign in, and the sessions that follow.

Passwords are kept as Argon2id hashes (RFC 9106; the parameters of argon2-cffi's current profile).  A session
is a random token held by the browser; the store knows only its SHA-256.
"""

import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerifyMismatchError

from scribe.crypto import sha256_hex
from scribe.domain.encounter import Identifier
from scribe.domain.errors import ScribeError
from scribe.store import Actor, Store
from scribe.store.records import AccountRecord, Role, SessionRecord

MIN_PASSWORD = 10
"""Characters; KISA's password guideline asks for ten where two kinds of characters are mixed."""

_hasher = PasswordHasher()


class SignInError(ScribeError):
    """Login or password is wrong."""


class SessionEndedError(ScribeError):
    """The session has ended; sign in again."""


class WeakPasswordError(ScribeError):
    """A password needs at least {minimum} characters."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionLimits:
    """A session ends ``idle`` after its last request and ``longest`` after its start."""

    idle: timedelta = timedelta(minutes=15)
    longest: timedelta = timedelta(hours=12)


@dataclass(frozen=True, slots=True)
class SignedIn:
    """A fresh or resumed session; ``token`` is the browser's secret."""

    token: str
    account: AccountRecord
    session: SessionRecord

    @property
    def actor(self) -> Actor:
        return self.account.actor


def hash_password(password: str) -> str:
    """The Argon2id hash; :class:`WeakPasswordError` for a short password."""
    if len(password) < MIN_PASSWORD:
        raise WeakPasswordError(minimum=MIN_PASSWORD)
    return _hasher.hash(password)


_NOBODY = _hasher.hash(secrets.token_urlsafe())
"""Checked where there is no such login, so that the answer takes equally long."""


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
    """A new account; ``DuplicateError`` where the login is taken."""
    hashed = hash_password(password)
    with store.begin(Actor.service(hospital_id)) as work:
        return work.accounts.add(
            login=login, password_hash=hashed, role=role, name=name, licence=licence, department=department
        )


def sign_in(
    store: Store, hospital_id: str, login: str, password: str, limits: SessionLimits = SessionLimits()
) -> SignedIn:
    """Start a session; :class:`SignInError` alike for a wrong login, a wrong password and a disabled account."""
    service = Actor.service(hospital_id)
    account, hashed = _authenticate(store, hospital_id, login, password)
    token = f"{hospital_id}.{secrets.token_urlsafe(32)}"
    with store.begin(service) as work:
        if _hasher.check_needs_rehash(hashed):
            work.accounts.set_password_hash(account.id, _hasher.hash(password))
        session = work.sessions.start(account, _digest(token), store.clock() + limits.longest)
    return SignedIn(token, account, session)


def confirm_password(store: Store, account: AccountRecord, password: str) -> None:
    """Ask a signed-in person again who they are; :class:`SignInError` where the password is wrong."""
    _authenticate(store, account.hospital_id, account.login, password)


def resume(store: Store, token: str, limits: SessionLimits = SessionLimits(), *, used: bool = True) -> SignedIn:
    """The session of a browser's token, used now; :class:`SessionEndedError` where it has ended or never was.

    What a page does by itself does not count as use (``used=False``): nobody would ever be signed out.
    """
    hospital_id, _, secret = token.partition(".")
    if not secret or hospital_id not in store.hospitals():
        raise SessionEndedError
    with store.begin(Actor.service(hospital_id)) as work:
        session = work.sessions.find(_digest(token))
        now = store.clock()
        if session is None or not _open(session, now, limits):
            raise SessionEndedError
        account = work.accounts.get(session.account_id)
        if account.disabled:
            raise SessionEndedError
        if used:
            work.sessions.touch(session.id)
    return SignedIn(token, account, session)


def sign_out(store: Store, token: str) -> None:
    """End the session of ``token``; one that has ended stays so."""
    hospital_id, _, secret = token.partition(".")
    if not secret or hospital_id not in store.hospitals():
        return
    with store.begin(Actor.service(hospital_id)) as work:
        session = work.sessions.find(_digest(token))
        if session is not None:
            work.sessions.end(session.id)


def _authenticate(store: Store, hospital_id: str, login: str, password: str) -> tuple[AccountRecord, str]:
    service = Actor.service(hospital_id)
    with store.begin(service) as work:
        found = work.accounts.credentials(login)
    account, hashed = found or (None, _NOBODY)
    matches = _matches(hashed, password)
    if account is None or not matches or account.disabled:
        with store.begin(service) as work:
            work.accounts.note_failed_sign_in(account.id if account else "unknown")
        raise SignInError
    return account, hashed


def _open(session: SessionRecord, now: datetime, limits: SessionLimits) -> bool:
    return session.ended_at is None and now < session.expires_at and now - session.last_seen_at < limits.idle


def _matches(hashed: str, password: str) -> bool:
    try:
        return _hasher.verify(hashed, password)
    except (VerifyMismatchError, InvalidHashError):
        return False


def _digest(token: str) -> str:
    return sha256_hex(token.encode())
