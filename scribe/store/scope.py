"""What a repository works with: the actor, the open transaction, the keys and the audit trail."""

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any, NoReturn, TypeVar

from sqlalchemy import ColumnElement, Select, and_, select
from sqlalchemy.orm import Session

from scribe.crypto import KeyWrapper, new_data_key, seal, unseal
from scribe.domain.encounter import Identifier
from scribe.domain.settling import UNSUPPORTED_ONLY, Settling
from scribe.store import models as rows
from scribe.store.errors import CaptureKeyDestroyedError, NotFoundError, NotPermittedError
from scribe.store.permissions import Permission, may
from scribe.store.records import Actor, KeyPurpose

Clock = Callable[[], datetime]
NewId = Callable[[], str]
RowT = TypeVar("RowT", bound=rows.Table)


@dataclass(frozen=True, slots=True)
class Trace:
    """One line of the audit log, before it is chained."""

    action: str
    subject: str
    subject_id: str
    encounter_id: str | None

    @property
    def outlives_rollback(self) -> bool:
        """What was read has been read, and what was refused was tried, even where the transaction fails."""
        return self.action in {"read", "list", "refused"}


@dataclass(slots=True)
class Scope:
    """One actor in one transaction."""

    actor: Actor
    session: Session
    wrapper: KeyWrapper
    clock: Clock
    new_id: NewId
    audio_dir: Path
    settling: Settling = UNSUPPORTED_ONLY
    trail: list[Trace] = field(default_factory=list)
    after_commit: list[Callable[[], None]] = field(default_factory=list)
    after_rollback: list[Callable[[], None]] = field(default_factory=list)
    _keys: dict[tuple[str, str], bytes] = field(default_factory=dict)

    def trace(self, action: str, subject: str, subject_id: str, encounter_id: str | None = None) -> None:
        """Note an access; it is chained and written when the transaction ends."""
        self.trail.append(Trace(action, subject, subject_id, encounter_id))

    def trace_list(self, subject: str, ids: Sequence[str]) -> None:
        """Note that a page of rows was shown, as one line: the first and the last in the page's order, and how many."""
        if len(ids) == 1:
            self.trace("list", subject, ids[0], ids[0] if subject == "encounter" else None)
        else:
            shown = f"{ids[0][:56]}..{ids[-1][:56]} {len(ids)}" if ids else "none"
            self.trace("list", subject, shown)

    def refuse(self, subject: str, subject_id: str) -> NoReturn:
        """Say that there is no such row, and note that it was asked for."""
        self.trace("refused", subject, subject_id[:64])
        raise NotFoundError(subject=subject)

    def require(self, action: str, *roles: str) -> None:
        if self.actor.role not in roles:
            raise NotPermittedError(role=self.actor.role, action=action)

    def permit(self, permission: Permission) -> None:
        """Go on where the actor's role has ``permission``; else :class:`NotPermittedError`, and the try is audited."""
        if not may(self.actor.role, permission):
            self.trace("refused", "permission", permission)
            raise NotPermittedError(role=self.actor.role, action=permission.replace("_", " "))

    def visible(self, table: type[Any]) -> ColumnElement[bool]:
        """The rows of a patient table that the actor may see."""
        ours: ColumnElement[bool] = table.hospital_id == self.actor.hospital_id
        if self.actor.role in {"service", "patient_services"}:
            return ours
        if self.actor.role == "physician":
            return and_(ours, table.owner_id == self.actor.account_id)
        return and_(ours, table.owner_id.is_(None))

    def one(self, query: Select[RowT], subject: str, subject_id: str) -> RowT:
        """The only row of ``query``, which the caller has scoped; refused where there is none."""
        row = self.session.scalars(query).one_or_none()
        if row is None:
            self.refuse(subject, subject_id)
        return row

    def encounter(self, encounter_id: str, *, locked: bool = False) -> rows.EncounterRow:
        """The row of a visible encounter; ``locked`` keeps other transactions from changing it meanwhile."""
        query = select(rows.EncounterRow).where(rows.EncounterRow.id == encounter_id, self.visible(rows.EncounterRow))
        return self.one(query.with_for_update(key_share=True) if locked else query, "encounter", encounter_id)

    def index(self, purpose: str, number: Identifier) -> bytes:
        """The keyed digest by which a number of the hospital is found."""
        return self.wrapper.index(purpose, f"{self.actor.hospital_id}\n{number.system}\n{number.value}".encode())

    def key(self, encounter: rows.EncounterRow, purpose: KeyPurpose) -> bytes:
        """The data key; :class:`CaptureKeyDestroyedError` where it was destroyed."""
        if purpose == "capture":
            self.permit("read_captures")
        cached = self._keys.get((encounter.id, purpose))
        if cached is not None:
            return cached
        row = self.key_row(encounter.id, purpose)
        if row.wrapped_key is None:
            raise CaptureKeyDestroyedError
        key = self.wrapper.unwrap(row.wrapped_key, place(row, "wrapped_key"))
        self._keys[encounter.id, purpose] = key
        return key

    def load_record_keys(self, encounter_ids: Collection[str]) -> None:
        """Fetch the record keys of several encounters, which the caller has scoped, at once."""
        query = select(rows.EncounterKeyRow).where(
            rows.EncounterKeyRow.hospital_id == self.actor.hospital_id,
            rows.EncounterKeyRow.encounter_id.in_(encounter_ids),
            rows.EncounterKeyRow.purpose == "record",
        )
        for row in self.session.scalars(query):
            if row.wrapped_key is not None:
                key = self.wrapper.unwrap(row.wrapped_key, place(row, "wrapped_key"))
                self._keys[row.encounter_id, "record"] = key

    def key_row(self, encounter_id: str, purpose: KeyPurpose) -> rows.EncounterKeyRow:
        return self.session.scalars(
            select(rows.EncounterKeyRow).where(
                rows.EncounterKeyRow.hospital_id == self.actor.hospital_id,
                rows.EncounterKeyRow.encounter_id == encounter_id,
                rows.EncounterKeyRow.purpose == purpose,
            )
        ).one()

    def new_key(self, encounter: rows.EncounterRow, purpose: KeyPurpose) -> bytes:
        """Give a new encounter one of its keys."""
        key = new_data_key()
        row = rows.EncounterKeyRow(
            id=self.new_id(),
            created_at=self.clock(),
            hospital_id=encounter.hospital_id,
            owner_id=encounter.owner_id,
            encounter_id=encounter.id,
            purpose=purpose,
        )
        row.wrapped_key = self.wrapper.wrap(key, place(row, "wrapped_key"))
        self.session.add(row)
        self._keys[encounter.id, purpose] = key
        return key

    def forget_key(self, encounter_id: str, purpose: KeyPurpose) -> None:
        self._keys.pop((encounter_id, purpose), None)


def place(row: Any, column: str) -> bytes:
    """Associated data that bind a ciphertext to its hospital, row and column."""
    return f"{row.__tablename__}/{row.hospital_id}/{row.id}/{column}".encode()


def seal_column(key: bytes, row: Any, column: str, plaintext: bytes) -> None:
    setattr(row, column, seal(key, plaintext, place(row, column)))


def unseal_column(key: bytes, row: Any, column: str) -> bytes:
    return unseal(key, getattr(row, column), place(row, column))
