"""Who is it: checking a login and its password, at sign-in and when a signed-in person is asked again.

Single sign-on and second factors come as further :class:`Authenticator` values; what follows a sign-in
(:func:`scribe.accounts.sessions.start_session`) does not ask how somebody proved who they are.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Protocol

from scribe.accounts.lockout import Gate, SignInError, Subject, locked
from scribe.accounts.passwords import matches, nobodys, renewed
from scribe.store import Actor, Store
from scribe.store.records import AccountRecord

_KNOWN_FOR = timedelta(days=90)
"""Who has signed in from an address within this time is known there."""


@dataclass(frozen=True, slots=True)
class Attempt:
    """What somebody typed, and the network address it came from (empty where there is none)."""

    login: str
    password: str
    address: str = ""

    def __repr__(self) -> str:
        return f"Attempt({self.login!r})"


class Authenticator(Protocol):
    """A way to prove who one is.  Both raise :class:`SignInError`, of which ``LockedError`` says how long to wait."""

    def sign_in(self, store: Store, hospitals: Sequence[str], attempt: Attempt) -> AccountRecord:
        """The account of one of ``hospitals`` that the attempt proves to be."""
        ...

    def confirm(self, store: Store, account: AccountRecord, proof: str) -> None:
        """Ask a signed-in person again, before a signature."""
        ...


@dataclass(frozen=True, slots=True)
class PasswordAuthenticator:
    """Local accounts."""

    def sign_in(self, store: Store, hospitals: Sequence[str], attempt: Attempt) -> AccountRecord:
        return authenticate(store, hospitals, attempt)

    def confirm(self, store: Store, account: AccountRecord, proof: str) -> None:
        confirm_password(store, account, proof)


def authenticate(store: Store, hospitals: Sequence[str], attempt: Attempt) -> AccountRecord:
    """The account of the first of ``hospitals`` whose login and password these are.

    Raises :class:`SignInError` alike, and after equal work, for a wrong login, a wrong password, a disabled account
    and an expired temporary password; ``LockedError`` where nothing is tried for a while.
    """
    gates = [Gate(store, hospital_id) for hospital_id in hospitals]
    login, address = Subject("login", attempt.login), Subject("address", attempt.address)
    for gate in gates:
        gate.enter(login)
    crowded = max((wait for gate in gates if (wait := gate.wait(address))), default=None) if attempt.address else None
    found = [_found(store, gate.hospital_id, attempt, crowded=crowded is not None) for gate in gates]
    account = next((account for account in found if account is not None), None)
    if account is not None:
        for gate in gates:
            gate.right(login)
        return account
    if attempt.address and crowded is None:
        for gate in gates:
            gate.count(address)
    wait = crowded or max((wait for gate in gates if (wait := gate.wait(login))), default=None)
    raise locked(wait) if wait else SignInError()


def confirm_password(store: Store, account: AccountRecord, password: str) -> None:
    """Ask a signed-in person again who they are; errors as of :func:`authenticate`.

    Counted apart from sign-ins, so that nobody keeps a physician from signing by guessing at the sign-in page;
    a wrong one counts there too.
    """
    gate = Gate(store, account.hospital_id)
    subject = Subject("confirmation", account.id)
    gate.enter(subject)
    with store.begin(Actor.service(account.hospital_id)) as work:
        known = work.accounts.credentials(account.login)
    if known is not None and matches(known[1], password) and not known[0].disabled:
        gate.right(subject)
        return
    _note_refused(store, account.hospital_id, account.id)
    gate.count(Subject("login", account.login))
    wait = gate.wait(subject)
    raise locked(wait) if wait else SignInError()


def _found(store: Store, hospital_id: str, attempt: Attempt, *, crowded: bool) -> AccountRecord | None:
    """The account, where it is the right one and may come in; what is refused is audited."""
    service = Actor.service(hospital_id)
    with store.begin(service) as work:
        account, hashed = work.accounts.credentials(attempt.login) or (None, nobodys())
    right = matches(hashed, attempt.password)
    if account is None or not right or not _admitted(store, account, attempt, crowded=crowded):
        _note_refused(store, hospital_id, account.id if account else "unknown")
        return None
    new = renewed(hashed, attempt.password)
    if new is not None:
        with store.begin(service) as work:
            work.accounts.renew_password_hash(account.id, new)
    return account


def _admitted(store: Store, account: AccountRecord, attempt: Attempt, *, crowded: bool) -> bool:
    now = store.clock()
    if account.disabled or (account.temporary_until is not None and account.temporary_until <= now):
        return False
    if not crowded:
        return True
    with store.begin(Actor.service(account.hospital_id)) as work:
        return work.sessions.began_from(account.id, attempt.address, now - _KNOWN_FOR)


def _note_refused(store: Store, hospital_id: str, account_id: str) -> None:
    with store.begin(Actor.service(hospital_id)) as work:
        work.accounts.note_failed_sign_in(account_id)
