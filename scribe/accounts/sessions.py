"""Sessions: a random token held by the browser, of which the store knows the SHA-256 alone."""

import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta

from scribe.accounts.authentication import Attempt, authenticate
from scribe.crypto import sha256_hex
from scribe.domain.errors import ScribeError
from scribe.store import Actor, Store
from scribe.store.records import AccountRecord, SessionRecord

_NOTED_EVERY = timedelta(seconds=10)
"""Use is noted this often at most: a page with its pieces is one write, not five."""


class SessionEndedError(ScribeError):
    """The session has ended; sign in again."""


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


def sign_in(
    store: Store,
    hospital_id: str,
    login: str,
    password: str,
    limits: SessionLimits = SessionLimits(),
    *,
    address: str = "",
) -> SignedIn:
    """Start a session of a local account of that hospital; errors as of :func:`authenticate`."""
    return start_session(store, authenticate(store, (hospital_id,), Attempt(login, password, address)), limits, address)


def start_session(
    store: Store,
    account: AccountRecord,
    limits: SessionLimits = SessionLimits(),
    address: str = "",
    *,
    browser: str = "",
) -> SignedIn:
    """A session of an account that has proved who it is, by a password here or by whatever way comes later.

    ``browser`` names what it is begun in, from a list of our own: never what the browser stated.
    """
    token = f"{account.hospital_id}.{secrets.token_urlsafe(32)}"
    with store.begin(account.actor) as work:
        session = work.sessions.start(
            account, token_digest(token), store.clock() + limits.longest, address=address, browser=browser
        )
    return SignedIn(token, account, session)


def resume(store: Store, token: str, limits: SessionLimits = SessionLimits(), *, used: bool = True) -> SignedIn:
    """The session of a browser's token, used now; :class:`SessionEndedError` where it has ended or never was.

    What a page does by itself does not count as use (``used=False``): nobody would ever be signed out.
    """
    hospital_id, _, secret = token.partition(".")
    if not secret or hospital_id not in store.hospitals():
        raise SessionEndedError
    with store.begin(Actor.service(hospital_id)) as work:
        session = work.sessions.find(token_digest(token))
        now = store.clock()
        if session is None or ends_at(session, limits) <= now:
            raise SessionEndedError
        account = work.accounts.get(session.account_id)
        if account.disabled:
            raise SessionEndedError
        if used and now - session.last_seen_at >= _NOTED_EVERY:
            session = work.sessions.touch(session.id)
    return SignedIn(token, account, session)


def ends_at(session: SessionRecord, limits: SessionLimits) -> datetime:
    """When the session ends unless it is used before."""
    return session.ended_at or min(session.expires_at, session.last_seen_at + limits.idle)


def sign_out(store: Store, token: str) -> None:
    """End the session of ``token``; one that has ended stays so."""
    hospital_id, _, secret = token.partition(".")
    if not secret or hospital_id not in store.hospitals():
        return
    with store.begin(Actor.service(hospital_id)) as work:
        session = work.sessions.find(token_digest(token))
        if session is not None:
            work.sessions.end(session.id)


def token_digest(token: str) -> str:
    """What the store knows a session's token by."""
    return sha256_hex(token.encode())
