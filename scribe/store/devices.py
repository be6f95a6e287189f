"""Edge devices: who is enrolled, the codes they were invited with, and the request tokens that were used."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import delete, select
from sqlalchemy.exc import IntegrityError

from scribe.crypto import SigningKey, VerifyKey
from scribe.store import models as rows
from scribe.store.errors import DuplicateError
from scribe.store.records import DeviceRecord, InvitationRecord
from scribe.store.scope import Scope, place

_SEEN_EVERY = timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class Devices:
    """The edge devices of the actor's hospital; the service looks them up, administrators list and revoke them."""

    scope: Scope

    def invite(
        self, *, owner_id: str, locator: str, code_index: bytes, accepts_audio: bool, expires_at: datetime
    ) -> InvitationRecord:
        """Keep a one-time code; :class:`DuplicateError` where its first part is in use."""
        self.scope.require("invite devices", "admin", "service")
        row = rows.DeviceInvitationRow(
            id=self.scope.new_id(),
            created_at=self.scope.clock(),
            hospital_id=self.scope.actor.hospital_id,
            owner_id=owner_id,
            locator=locator,
            code_index=code_index,
            accepts_audio=accepts_audio,
            expires_at=expires_at,
            failures=0,
        )
        try:
            with self.scope.session.begin_nested():
                self.scope.session.add(row)
        except IntegrityError:
            raise DuplicateError(subject="device invitation") from None
        self.scope.trace("create", "device_invitation", row.id)
        return _invitation(row)

    def invitation(self, locator: str) -> InvitationRecord | None:
        """The invitation whose code begins with ``locator``; concurrent uses wait for each other."""
        self.scope.require("look up invitations", "service")
        query = select(rows.DeviceInvitationRow).where(
            rows.DeviceInvitationRow.hospital_id == self.scope.actor.hospital_id,
            rows.DeviceInvitationRow.locator == locator,
        )
        row = self.scope.session.scalars(query.with_for_update()).one_or_none()
        return None if row is None else _invitation(row)

    def note_wrong_code(self, invitation_id: str | None) -> None:
        """Count a failed attempt; ``invitation_id`` None where no invitation begins as the code did."""
        self.scope.require("enrol devices", "service")
        self.scope.trace("refused", "device_invitation", invitation_id or "unknown")
        if invitation_id is not None:
            self.scope.session.get_one(rows.DeviceInvitationRow, invitation_id).failures += 1

    def enrol(self, invitation: InvitationRecord, *, public_key: VerifyKey, name: str) -> DeviceRecord:
        """A new device of the invitation's owner; the invitation is used up.

        Raises :class:`DuplicateError` where the key is enrolled already.
        """
        self.scope.require("enrol devices", "service")
        row = rows.DeviceRow(
            id=self.scope.new_id(),
            created_at=self.scope.clock(),
            hospital_id=self.scope.actor.hospital_id,
            owner_id=invitation.owner_id,
            name=name,
            key_id=public_key.key_id,
            public_pem=public_key.to_pem(),
            accepts_audio=invitation.accepts_audio,
        )
        row.sealed_receipt_key = self.scope.wrapper.wrap(
            SigningKey.generate().to_pem(), place(row, "sealed_receipt_key")
        )
        try:
            with self.scope.session.begin_nested():
                self.scope.session.add(row)
        except IntegrityError:
            raise DuplicateError(subject="device") from None
        self.scope.session.get_one(rows.DeviceInvitationRow, invitation.id).device_id = row.id
        self.scope.trace("create", "device", row.id)
        return _device(row)

    def enrolled(self) -> bool:
        """Whether a computer that records for the actor is enrolled; for others than physicians, any at all."""
        query = select(rows.DeviceRow.id).where(
            rows.DeviceRow.hospital_id == self.scope.actor.hospital_id, rows.DeviceRow.revoked_at.is_(None)
        )
        if self.scope.actor.role == "physician":
            query = query.where(rows.DeviceRow.owner_id == self.scope.actor.account_id)
        return self.scope.session.scalars(query.limit(1)).first() is not None

    def find(self, device_id: str) -> DeviceRecord | None:
        """The device of that id, revoked ones included; None where the hospital has none."""
        self.scope.require("look up devices", "service")
        row = self.scope.session.scalars(
            select(rows.DeviceRow).where(
                rows.DeviceRow.id == device_id, rows.DeviceRow.hospital_id == self.scope.actor.hospital_id
            )
        ).one_or_none()
        return None if row is None else _device(row)

    def list(self) -> tuple[DeviceRecord, ...]:
        """All devices of the hospital, the oldest first."""
        self.scope.require("list devices", "admin", "service")
        self.scope.trace("list", "device", "all")
        query = select(rows.DeviceRow).where(rows.DeviceRow.hospital_id == self.scope.actor.hospital_id)
        return tuple(_device(row) for row in self.scope.session.scalars(query.order_by(rows.DeviceRow.id)))

    def revoke(self, device_id: str) -> DeviceRecord:
        """From now on the device is refused; NotFoundError where there is none of that id."""
        self.scope.require("revoke devices", "admin", "service")
        row = self._row(device_id)
        if row.revoked_at is None:
            row.revoked_at = self.scope.clock()
            self.scope.trace("update", "device", row.id)
        return _device(row)

    def receipt_key(self, device_id: str) -> SigningKey:
        """The key that the service signs this device's receipts with."""
        row = self._row(device_id)
        return SigningKey.from_pem(self.scope.wrapper.unwrap(row.sealed_receipt_key, place(row, "sealed_receipt_key")))

    def acting(self, device_id: str) -> None:
        """Note in the audit log that what follows in this transaction came through the device."""
        self.scope.trace("use", "device", self._row(device_id).id)

    def note_refused(self, device_id: str) -> None:
        """Audit a request that was refused."""
        self.scope.trace("refused", "device", device_id)

    def use_token(self, device: DeviceRecord, jti: str, expires_at: datetime) -> bool:
        """Remember a request token until ``expires_at``; False where it was used before."""
        self.scope.require("check tokens", "service")
        now = self.scope.clock()
        self.scope.session.execute(
            delete(rows.DeviceTokenRow).where(
                rows.DeviceTokenRow.device_id == device.id, rows.DeviceTokenRow.expires_at < now
            )
        )
        row = rows.DeviceTokenRow(
            id=self.scope.new_id(),
            created_at=now,
            hospital_id=device.hospital_id,
            owner_id=device.owner_id,
            device_id=device.id,
            jti=jti,
            expires_at=expires_at,
        )
        try:
            with self.scope.session.begin_nested():
                self.scope.session.add(row)
        except IntegrityError:
            return False
        if device.last_seen_at is None or now - device.last_seen_at > _SEEN_EVERY:
            self._row(device.id).last_seen_at = now
        return True

    def _row(self, device_id: str) -> rows.DeviceRow:
        """A device of the hospital; a physician sees their own only."""
        query = select(rows.DeviceRow).where(
            rows.DeviceRow.id == device_id, rows.DeviceRow.hospital_id == self.scope.actor.hospital_id
        )
        if self.scope.actor.role == "physician":
            query = query.where(rows.DeviceRow.owner_id == self.scope.actor.account_id)
        return self.scope.one(query, "device", device_id)


def _device(row: rows.DeviceRow) -> DeviceRecord:
    return DeviceRecord(
        id=row.id,
        hospital_id=row.hospital_id,
        owner_id=row.owner_id,
        name=row.name,
        public_pem=row.public_pem,
        accepts_audio=row.accepts_audio,
        created_at=row.created_at,
        last_seen_at=row.last_seen_at,
        revoked_at=row.revoked_at,
    )


def _invitation(row: rows.DeviceInvitationRow) -> InvitationRecord:
    return InvitationRecord(
        id=row.id,
        owner_id=row.owner_id,
        code_index=row.code_index,
        accepts_audio=row.accepts_audio,
        expires_at=row.expires_at,
        failures=row.failures,
        device_id=row.device_id,
    )
