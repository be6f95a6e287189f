"""Asking a signed-in person again before a signature, as often as the hospital's policy says."""

from dataclasses import dataclass, field
from datetime import timedelta

from scribe.accounts.authentication import Authenticator, PasswordAuthenticator
from scribe.accounts.sessions import token_digest
from scribe.store import Actor, Store
from scribe.store.records import AccountRecord


@dataclass(frozen=True, slots=True, kw_only=True)
class ConfirmationPolicy:
    """``remembered``: for how long after a confirmation the same session is not asked again; zero asks every time."""

    remembered: timedelta = timedelta(0)
    authenticator: Authenticator = field(default_factory=PasswordAuthenticator)

    def needed(self, store: Store, account: AccountRecord, token: str) -> bool:
        """Whether the session of ``token`` has to prove again whose it is."""
        if self.remembered <= timedelta(0):
            return True
        with store.begin(Actor.service(account.hospital_id)) as work:
            session = work.sessions.find(token_digest(token))
        if session is None or session.account_id != account.id or session.confirmed_at is None:
            return True
        return store.clock() - session.confirmed_at >= self.remembered

    def confirm(self, store: Store, account: AccountRecord, token: str, proof: str) -> None:
        """Go on where ``proof`` is right or none is needed; ``SignInError``, of which ``LockedError`` says how long
        to wait, where it is wrong."""
        if not proof and not self.needed(store, account, token):
            return
        self.authenticator.confirm(store, account, proof)
        if self.remembered > timedelta(0):
            with store.begin(Actor.service(account.hospital_id)) as work:
                session = work.sessions.find(token_digest(token))
                if session is not None and session.account_id == account.id:
                    work.sessions.confirm(session.id)
