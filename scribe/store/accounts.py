"""Hospitals, accounts, sessions and signing keys."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, Select, and_, func, select

from scribe.crypto import SigningKey, VerifyKey
from scribe.domain.encounter import Identifier, Organization, Practitioner
from scribe.store import models as rows
from scribe.store.errors import DuplicateError
from scribe.store.permissions import Role, may
from scribe.store.records import (
    AccountLine,
    AccountRecord,
    HospitalRecord,
    SessionRecord,
    SigningKeyRecord,
    identifier,
)
from scribe.store.scope import Scope, place
from scribe.store.throttles import Throttles


@dataclass(frozen=True, slots=True)
class Accounts:
    """People of the actor's hospital."""

    scope: Scope

    def hospital(self) -> HospitalRecord:
        row = self.scope.session.get_one(rows.HospitalRow, self.scope.actor.hospital_id)
        return HospitalRecord(
            id=row.id,
            organization=Organization(
                name=row.name, identifier=identifier(row.identifier_system, row.identifier_value)
            ),
        )

    def add(
        self,
        *,
        login: str,
        password_hash: str,
        role: Role,
        name: str,
        licence: Identifier | None = None,
        department: str | None = None,
        temporary_until: datetime | None = None,
    ) -> AccountRecord:
        """A new account; :class:`DuplicateError` where the login is taken.

        ``temporary_until``: the password is not the person's own yet.
        """
        self.scope.permit("manage_accounts")
        if self._by_login(login) is not None:
            raise DuplicateError(subject="account")
        account_id = self.scope.new_id()
        row = rows.AccountRow(
            id=account_id,
            owner_id=account_id,
            hospital_id=self.scope.actor.hospital_id,
            created_at=self.scope.clock(),
            login=login,
            role=role,
            password_hash=password_hash,
            display_name=name,
            licence_system=licence.system if licence else None,
            licence_value=licence.value if licence else None,
            department=department,
            temporary_until=temporary_until,
        )
        self.scope.session.add(row)
        self.scope.session.flush()
        self.scope.trace("create", "account", row.id)
        return _account(row)

    def get(self, account_id: str) -> AccountRecord:
        """An account of the hospital; all but IT see their own only."""
        return _account(self._row(account_id))

    def list(self) -> tuple[AccountRecord, ...]:
        self.scope.permit("manage_accounts")
        query = select(rows.AccountRow).where(rows.AccountRow.hospital_id == self.scope.actor.hospital_id)
        return tuple(_account(row) for row in self.scope.session.scalars(query.order_by(rows.AccountRow.login)))

    def physicians(self) -> tuple[AccountRecord, ...]:
        """Those for whom the actor may open consultations, by name."""
        self.scope.permit("admit_patients")
        query = select(rows.AccountRow).where(
            rows.AccountRow.hospital_id == self.scope.actor.hospital_id,
            rows.AccountRow.role == "physician",
            rows.AccountRow.disabled_at.is_(None),
        )
        if self.scope.actor.role == "physician":
            query = query.where(rows.AccountRow.id == self.scope.actor.account_id)
        found = self.scope.session.scalars(query.order_by(rows.AccountRow.display_name, rows.AccountRow.id))
        return tuple(_account(row) for row in found)

    def lines(self) -> tuple[AccountLine, ...]:
        """The accounts of the hospital as its IT sees them, by login."""
        self.scope.permit("manage_accounts")
        self.scope.trace("list", "account", "all")
        ours = rows.AccountRow.hospital_id == self.scope.actor.hospital_id
        found = tuple(self.scope.session.scalars(select(rows.AccountRow).where(ours).order_by(rows.AccountRow.login)))
        waiting = Throttles(self.scope).waiting("login", (row.login for row in found))
        last = self._last_sign_ins()
        return tuple(
            AccountLine(
                account=_account(row),
                created_at=row.created_at,
                last_sign_in=last.get(row.id),
                locked_until=waiting.get(row.login),
            )
            for row in found
        )

    def _last_sign_ins(self) -> dict[str, datetime]:
        query = (
            select(rows.SessionRow.owner_id, func.max(rows.SessionRow.created_at))
            .where(rows.SessionRow.hospital_id == self.scope.actor.hospital_id)
            .group_by(rows.SessionRow.owner_id)
        )
        return {owner: moment for owner, moment in self.scope.session.execute(query) if moment is not None}

    def credentials(self, login: str) -> tuple[AccountRecord, str] | None:
        """The account that signs in as ``login`` and its password hash; None where there is none."""
        self.scope.require("read credentials", "service")
        row = self._by_login(login)
        return None if row is None else (_account(row), row.password_hash)

    def set_password_hash(
        self, account_id: str, password_hash: str, *, temporary_until: datetime | None = None
    ) -> None:
        """A new password of one's own, or for IT of any account of the hospital."""
        row = self._row(account_id)
        row.password_hash = password_hash
        row.temporary_until = temporary_until
        self.scope.trace("update", "account", row.id)

    def renew_password_hash(self, account_id: str, password_hash: str) -> None:
        """The same password under today's parameters."""
        self.scope.require("renew hashes", "service")
        self._row(account_id).password_hash = password_hash

    def note_failed_sign_in(self, account_id: str) -> None:
        """Audit a sign-in that was refused; ``account_id`` may be ``unknown``."""
        self.scope.trace("refused", "session", account_id)

    def disable(self, account_id: str) -> None:
        """From now on the account cannot sign in; its records stay."""
        self.scope.permit("manage_accounts")
        row = self._row(account_id)
        row.disabled_at = self.scope.clock()
        self.scope.trace("disable", "account", row.id)

    def enable(self, account_id: str) -> None:
        """The account can sign in again."""
        self.scope.permit("manage_accounts")
        row = self._row(account_id)
        row.disabled_at = None
        self.scope.trace("enable", "account", row.id)

    def unlock(self, account_id: str) -> None:
        """Forget the wrong passwords: the person may try again at once."""
        self.scope.permit("manage_accounts")
        row = self._row(account_id)
        throttles = Throttles(self.scope)
        throttles.clear("login", row.login)
        throttles.clear("confirmation", row.id)
        self.scope.trace("unlock", "account", row.id)

    def _row(self, account_id: str) -> rows.AccountRow:
        query = select(rows.AccountRow).where(
            rows.AccountRow.id == account_id, rows.AccountRow.hospital_id == self.scope.actor.hospital_id
        )
        if not may(self.scope.actor.role, "manage_accounts"):
            query = query.where(rows.AccountRow.id == self.scope.actor.account_id)
        return self.scope.one(query, "account", account_id)

    def _by_login(self, login: str) -> rows.AccountRow | None:
        return self.scope.session.scalars(
            select(rows.AccountRow).where(
                rows.AccountRow.hospital_id == self.scope.actor.hospital_id, rows.AccountRow.login == login
            )
        ).one_or_none()


@dataclass(frozen=True, slots=True)
class Sessions:
    """Signed-in browsers; only the service looks them up, and each person sees and ends their own."""

    scope: Scope

    def start(
        self, account: AccountRecord, token_hash: str, expires_at: datetime, *, address: str = "", browser: str = ""
    ) -> SessionRecord:
        """A session of ``account``, begun from the network address ``address``, of which a keyed digest is kept.

        ``browser`` names what it was begun in, for the person to tell their sessions apart.  Begun by the program or by
        the person, whose sign-in it is in the audit log then.
        """
        if self.scope.actor.account_id != account.id:
            self.scope.require("start sessions", "service")
        now = self.scope.clock()
        row = rows.SessionRow(
            id=self.scope.new_id(),
            created_at=now,
            hospital_id=self.scope.actor.hospital_id,
            owner_id=account.id,
            token_hash=token_hash,
            last_seen_at=now,
            expires_at=expires_at,
            address_index=self._address(address) if address else None,
            browser=browser or None,
        )
        self.scope.session.add(row)
        self.scope.session.flush()
        self.scope.trace("create", "session", row.id)
        return _session(row)

    def began_from(self, account_id: str, address: str, since: datetime) -> bool:
        """Whether the account has signed in from that address since then."""
        self.scope.require("look up sessions", "service")
        query = select(rows.SessionRow.id).where(
            rows.SessionRow.hospital_id == self.scope.actor.hospital_id,
            rows.SessionRow.owner_id == account_id,
            rows.SessionRow.address_index == self._address(address),
            rows.SessionRow.created_at >= since,
        )
        return self.scope.session.scalars(query.limit(1)).one_or_none() is not None

    def open_ones(self, account_id: str) -> tuple[SessionRecord, ...]:
        """The sessions of an account that nobody has ended and that are not over, the latest used first."""
        query = select(rows.SessionRow).where(self._reachable(), rows.SessionRow.owner_id == account_id, self._open())
        return tuple(
            _session(row) for row in self.scope.session.scalars(query.order_by(rows.SessionRow.last_seen_at.desc()))
        )

    def end_all(self, account_id: str, *, but: str | None = None) -> int:
        """End the sessions of an account, but for the one of that id; how many were ended."""
        query = select(rows.SessionRow).where(self._reachable(), rows.SessionRow.owner_id == account_id, self._open())
        ended = [row for row in self.scope.session.scalars(query) if row.id != but]
        for row in ended:
            row.ended_at = self.scope.clock()
            self.scope.trace("end", "session", row.id)
        return len(ended)

    def find(self, token_hash: str) -> SessionRecord | None:
        self.scope.require("look up sessions", "service")
        row = self._by_hash(token_hash)
        return None if row is None else _session(row)

    def touch(self, session_id: str) -> SessionRecord:
        """Note that the session was used now."""
        row = self._row(session_id)
        row.last_seen_at = self.scope.clock()
        return _session(row)

    def confirm(self, session_id: str) -> None:
        """Note that the person of the session proved again, now, who they are."""
        self._row(session_id).confirmed_at = self.scope.clock()

    def end(self, session_id: str) -> None:
        row = self._row(session_id)
        if row.ended_at is None:
            row.ended_at = self.scope.clock()
            self.scope.trace("end", "session", row.id)

    def _row(self, session_id: str) -> rows.SessionRow:
        query = select(rows.SessionRow).where(rows.SessionRow.id == session_id, self._reachable())
        return self.scope.one(query, "session", session_id)

    def _reachable(self) -> ColumnElement[bool]:
        """The sessions that the actor may see and end: one's own, for IT those of the hospital."""
        ours = rows.SessionRow.hospital_id == self.scope.actor.hospital_id
        if may(self.scope.actor.role, "manage_accounts"):
            return ours
        return and_(ours, rows.SessionRow.owner_id == self.scope.actor.account_id)

    def _open(self) -> ColumnElement[bool]:
        return and_(rows.SessionRow.ended_at.is_(None), rows.SessionRow.expires_at > self.scope.clock())

    def _address(self, address: str) -> bytes:
        value = f"{self.scope.actor.hospital_id}\n{address}"
        return self.scope.wrapper.index("session_address", value.encode())

    def _by_hash(self, token_hash: str) -> rows.SessionRow | None:
        return self.scope.session.scalars(
            select(rows.SessionRow).where(
                rows.SessionRow.token_hash == token_hash,
                rows.SessionRow.hospital_id == self.scope.actor.hospital_id,
            )
        ).one_or_none()


@dataclass(frozen=True, slots=True)
class SigningKeys:
    """The keys with which physicians sign; each may use only their own."""

    scope: Scope

    def mine(self) -> SigningKey:
        """The actor's key, made on first use."""
        self.scope.permit("sign")
        row = self.scope.session.scalars(self._current()).one_or_none()
        if row is None:
            return self._add(SigningKey.generate())
        self.scope.trace("use", "signing_key", row.key_id)
        return SigningKey.from_pem(self.scope.wrapper.unwrap(row.sealed_private, place(row, "sealed_private")))

    def public(self, key_id: str) -> VerifyKey:
        """The public half of any key of the hospital, retired ones included."""
        row = self.scope.one(
            select(rows.SigningKeyRow).where(
                rows.SigningKeyRow.hospital_id == self.scope.actor.hospital_id, rows.SigningKeyRow.key_id == key_id
            ),
            "signing key",
            key_id,
        )
        return VerifyKey.from_pem(row.public_pem)

    def list(self) -> tuple[SigningKeyRecord, ...]:
        """The public keys of the hospital."""
        query = select(rows.SigningKeyRow).where(rows.SigningKeyRow.hospital_id == self.scope.actor.hospital_id)
        return tuple(
            SigningKeyRecord(
                key_id=row.key_id,
                account_id=row.owner_id,
                public_pem=row.public_pem,
                retired=row.retired_at is not None,
            )
            for row in self.scope.session.scalars(query.order_by(rows.SigningKeyRow.id))
        )

    def retire_mine(self) -> None:
        """The next signature is made with a new key; the old one still verifies."""
        row = self.scope.session.scalars(self._current()).one_or_none()
        if row is not None:
            row.retired_at = self.scope.clock()
            self.scope.trace("update", "signing_key", row.key_id)

    def _current(self) -> Select[rows.SigningKeyRow]:
        return select(rows.SigningKeyRow).where(
            rows.SigningKeyRow.hospital_id == self.scope.actor.hospital_id,
            rows.SigningKeyRow.owner_id == self.scope.actor.account_id,
            rows.SigningKeyRow.retired_at.is_(None),
        )

    def _add(self, key: SigningKey) -> SigningKey:
        row = rows.SigningKeyRow(
            id=self.scope.new_id(),
            created_at=self.scope.clock(),
            hospital_id=self.scope.actor.hospital_id,
            owner_id=self.scope.actor.account_id,
            key_id=key.public.key_id,
            public_pem=key.public.to_pem(),
        )
        row.sealed_private = self.scope.wrapper.wrap(key.to_pem(), place(row, "sealed_private"))
        self.scope.session.add(row)
        self.scope.session.flush()
        self.scope.trace("create", "signing_key", row.key_id)
        return key


def practitioner_of(row: rows.AccountRow) -> Practitioner:
    """The account as notes name its person."""
    return Practitioner(
        name=row.display_name,
        identifier=identifier(row.licence_system, row.licence_value),
        department=row.department,
    )


def _account(row: rows.AccountRow) -> AccountRecord:
    return AccountRecord(
        id=row.id,
        hospital_id=row.hospital_id,
        login=row.login,
        role=row.role,
        practitioner=practitioner_of(row),
        disabled=row.disabled_at is not None,
        temporary_until=row.temporary_until,
    )


def _session(row: rows.SessionRow) -> SessionRecord:
    return SessionRecord(
        id=row.id,
        account_id=row.owner_id,
        created_at=row.created_at,
        last_seen_at=row.last_seen_at,
        expires_at=row.expires_at,
        ended_at=row.ended_at,
        confirmed_at=row.confirmed_at,
        browser=row.browser or "",
    )
