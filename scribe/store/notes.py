"""What the record key protects: signed notes and their deliveries."""

from dataclasses import dataclass

from sqlalchemy import ColumnElement, exists, func, select
from sqlalchemy.orm import aliased

from scribe.crypto import sha256_hex
from scribe.domain.formats import read_note, write_note
from scribe.domain.note import SignedNote
from scribe.store import models as rows
from scribe.store.encounters import advance
from scribe.store.errors import DeliveryOrderError, StaleVersionError
from scribe.store.records import SETTLED, DeliveryState, NoteRecord, OutboxRecord, Problem
from scribe.store.scope import Scope, seal_column, unseal_column

_PROBLEM: dict[DeliveryState, Problem] = {"rejected": "delivery_rejected", "parked": "delivery_parked"}


@dataclass(frozen=True, slots=True)
class Notes:
    """Signed versions; none is ever changed or removed."""

    scope: Scope

    def add(self, note: SignedNote) -> NoteRecord:
        """Keep a signed version of the encounter that it names.

        Raises :class:`StaleVersionError` unless it follows the latest version of that encounter's one note.
        """
        self.scope.require("sign", "physician")
        row = self.scope.encounter(note.encounter.id, locked=True)
        latest = self._latest_row(row.id)
        found = 0 if latest is None else latest.version
        if note.version != found + 1 or (latest is not None and latest.note_id != note.note_id):
            raise StaleVersionError(subject="signed note", expected=note.version - 1, found=found)
        document = write_note(note)
        entry = rows.SignedNoteRow(
            id=self.scope.new_id(),
            created_at=self.scope.clock(),
            hospital_id=row.hospital_id,
            owner_id=row.owner_id,
            encounter_id=row.id,
            note_id=note.note_id,
            version=note.version,
            replaces=note.replaces,
            key_id=note.signature.key_id,
            signed_at=note.signed_at,
            sha256=sha256_hex(document),
        )
        seal_column(self.scope.key(row, "record"), entry, "sealed_document", document)
        self.scope.session.add(entry)
        advance(row, "signed")
        self.scope.session.flush()
        self.scope.trace("sign", "signed_note", entry.id, row.id)
        return NoteRecord(encounter_id=row.id, note=note, document=document)

    def latest(self, encounter_id: str) -> NoteRecord | None:
        """The latest signed version of a consultation, None where nothing is signed."""
        row = self.scope.encounter(encounter_id)
        self.scope.trace("read", "signed_note", row.id, row.id)
        entry = self._latest_row(row.id)
        return None if entry is None else self._open(entry)

    def get(self, note_id: str, version: int) -> NoteRecord:
        query = select(rows.SignedNoteRow).where(
            rows.SignedNoteRow.note_id == note_id,
            rows.SignedNoteRow.version == version,
            self.scope.visible(rows.SignedNoteRow),
        )
        entry = self.scope.one(query, "signed note", f"{note_id}/{version}")
        self.scope.trace("read", "signed_note", entry.id, entry.encounter_id)
        return self._open(entry)

    def versions(self, encounter_id: str) -> tuple[NoteRecord, ...]:
        """Every signed version of a consultation, oldest first."""
        row = self.scope.encounter(encounter_id)
        self.scope.trace("read", "signed_note", row.id, row.id)
        query = select(rows.SignedNoteRow).where(rows.SignedNoteRow.encounter_id == row.id)
        return tuple(
            self._open(entry) for entry in self.scope.session.scalars(query.order_by(rows.SignedNoteRow.version))
        )

    def recent(self, *, most: int) -> tuple[NoteRecord, ...]:
        """The actor's own latest signed versions, one a consultation, the newest first."""
        mine = rows.SignedNoteRow.owner_id == self.scope.actor.account_id
        return self._newest(mine, most, "recent")

    def of_same_patient(self, encounter_id: str, *, most: int) -> tuple[NoteRecord, ...]:
        """The latest signed versions of the patient's other consultations that the actor may see, the newest first."""
        row = self.scope.encounter(encounter_id)
        if row.patient_id is None:
            return ()
        visits = select(rows.EncounterRow.id).where(
            rows.EncounterRow.patient_id == row.patient_id, rows.EncounterRow.id != row.id
        )
        return self._newest(rows.SignedNoteRow.encounter_id.in_(visits), most, row.id)

    def _newest(self, which: ColumnElement[bool], most: int, subject: str) -> tuple[NoteRecord, ...]:
        self.scope.trace("list", "signed_note", subject)
        later = aliased(rows.SignedNoteRow)
        superseded = exists().where(
            later.encounter_id == rows.SignedNoteRow.encounter_id, later.version > rows.SignedNoteRow.version
        )
        query = select(rows.SignedNoteRow).where(which, self.scope.visible(rows.SignedNoteRow), ~superseded)
        newest = query.order_by(rows.SignedNoteRow.signed_at.desc()).limit(most)
        return tuple(self._open(entry) for entry in self.scope.session.scalars(newest))

    def _latest_row(self, encounter_id: str) -> rows.SignedNoteRow | None:
        query = select(rows.SignedNoteRow).where(rows.SignedNoteRow.encounter_id == encounter_id)
        return self.scope.session.scalars(query.order_by(rows.SignedNoteRow.version.desc()).limit(1)).one_or_none()

    def _open(self, row: rows.SignedNoteRow) -> NoteRecord:
        key = self.scope.key(self.scope.encounter(row.encounter_id), "record")
        document = unseal_column(key, row, "sealed_document")
        return NoteRecord(
            encounter_id=row.encounter_id, note=read_note(document, f"note {row.note_id}"), document=document
        )


@dataclass(frozen=True, slots=True)
class Outbox:
    """What goes to the hospital system: one row a signed version and destination."""

    scope: Scope

    def add(self, note_id: str, version: int, destination: str) -> OutboxRecord:
        """Put a signed version on its way; a second time gives the row that is there."""
        note = self._note(note_id, version)
        encounter = self.scope.encounter(note.encounter_id, locked=True)
        row = self._find(note_id, version, destination)
        if row is None:
            row = rows.OutboxRow(
                id=self.scope.new_id(),
                created_at=self.scope.clock(),
                hospital_id=encounter.hospital_id,
                owner_id=encounter.owner_id,
                encounter_id=encounter.id,
                note_id=note_id,
                version=version,
                destination=destination,
                state="waiting",
                attempts=0,
                changed_at=self.scope.clock(),
            )
            self.scope.session.add(row)
            self.scope.session.flush()
            self.scope.trace("create", "outbox", row.id, row.encounter_id)
        else:
            self.scope.trace("read", "outbox", row.id, row.encounter_id)
        return self._open(row)

    def claim(self, outbox_id: str) -> OutboxRecord:
        """Take a delivery up, unless it is settled already: then the settled row is returned as it is.

        Raises :class:`DeliveryOrderError` while an earlier version of the note is unsettled there.
        """
        row = self._row(outbox_id)
        if row.state in SETTLED:
            self.scope.trace("read", "outbox", row.id, row.encounter_id)
            return self._open(row)
        earlier = select(func.count()).where(
            rows.OutboxRow.note_id == row.note_id,
            rows.OutboxRow.destination == row.destination,
            rows.OutboxRow.version < row.version,
            rows.OutboxRow.state.not_in(SETTLED),
        )
        if self.scope.session.scalars(earlier).one():
            raise DeliveryOrderError
        if row.state == "waiting":
            row.state = "claimed"
        row.attempts += 1
        row.changed_at = self.scope.clock()
        self.scope.trace("update", "outbox", row.id, row.encounter_id)
        return self._open(row)

    def about_to_send(self, outbox_id: str) -> None:
        """From here on the receiver may have it: until an answer is settled, the outcome is unknown."""
        row = self._row(outbox_id)
        row.state = "sent_outcome_unknown"
        row.changed_at = self.scope.clock()
        self.scope.trace("update", "outbox", row.id, row.encounter_id)

    def settle(
        self, outbox_id: str, state: DeliveryState, *, outcome: bytes | None = None, problem: str | None = None
    ) -> OutboxRecord:
        """Record the receiver's answer: accepted or rejected, or parked for a person to look at.

        ``outcome`` is kept under the record key; ``problem`` is a code without patient data.
        """
        row = self._row(outbox_id)
        row.state = state
        row.problem = problem
        row.changed_at = self.scope.clock()
        encounter = self.scope.encounter(row.encounter_id, locked=True)
        if outcome is not None:
            seal_column(self.scope.key(encounter, "record"), row, "sealed_outcome", outcome)
        if state == "accepted":
            advance(encounter, "delivered")
        elif state in _PROBLEM:
            encounter.problem = _PROBLEM[state]
        self.scope.session.flush()
        self.scope.trace("update", "outbox", row.id, row.encounter_id)
        return self._open(row)

    def reopen(self, outbox_id: str) -> OutboxRecord:
        """Put a rejected or parked delivery on its way again; one that is accepted or under way stays as it is."""
        row = self._row(outbox_id)
        if row.state in {"rejected", "parked"}:
            row.state = "waiting"
            row.problem = None
            row.changed_at = self.scope.clock()
            self.scope.encounter(row.encounter_id, locked=True).problem = None
            self.scope.session.flush()
        self.scope.trace("update", "outbox", row.id, row.encounter_id)
        return self._open(row)

    def get(self, note_id: str, version: int, destination: str) -> OutboxRecord:
        row = self._find(note_id, version, destination)
        if row is None:
            self.scope.refuse("delivery", f"{note_id}/{version}")
        self.scope.trace("read", "outbox", row.id, row.encounter_id)
        return self._open(row)

    def list(self, encounter_id: str) -> tuple[OutboxRecord, ...]:
        """The deliveries of a consultation, oldest first."""
        encounter = self.scope.encounter(encounter_id)
        self.scope.trace("list", "outbox", encounter.id, encounter.id)
        query = select(rows.OutboxRow).where(rows.OutboxRow.encounter_id == encounter.id)
        return tuple(self._open(row) for row in self.scope.session.scalars(query.order_by(rows.OutboxRow.id)))

    def unsettled(self) -> tuple[OutboxRecord, ...]:
        """Every delivery of the hospital that has no answer yet, oldest first; without their outcomes."""
        self.scope.require("read the outbox", "service")
        query = select(rows.OutboxRow).where(self.scope.visible(rows.OutboxRow), rows.OutboxRow.state.not_in(SETTLED))
        self.scope.trace("list", "outbox", "unsettled")
        return tuple(self._open(row) for row in self.scope.session.scalars(query.order_by(rows.OutboxRow.id)))

    def _note(self, note_id: str, version: int) -> rows.SignedNoteRow:
        query = select(rows.SignedNoteRow).where(
            rows.SignedNoteRow.note_id == note_id,
            rows.SignedNoteRow.version == version,
            self.scope.visible(rows.SignedNoteRow),
        )
        return self.scope.one(query, "signed note", f"{note_id}/{version}")

    def _find(self, note_id: str, version: int, destination: str) -> rows.OutboxRow | None:
        query = select(rows.OutboxRow).where(
            rows.OutboxRow.note_id == note_id,
            rows.OutboxRow.version == version,
            rows.OutboxRow.destination == destination,
            self.scope.visible(rows.OutboxRow),
        )
        return self.scope.session.scalars(query).one_or_none()

    def _row(self, outbox_id: str) -> rows.OutboxRow:
        query = select(rows.OutboxRow).where(rows.OutboxRow.id == outbox_id, self.scope.visible(rows.OutboxRow))
        return self.scope.one(query.with_for_update(key_share=True), "delivery", outbox_id)

    def _open(self, row: rows.OutboxRow) -> OutboxRecord:
        outcome = None
        if row.sealed_outcome is not None:
            key = self.scope.key(self.scope.encounter(row.encounter_id), "record")
            outcome = unseal_column(key, row, "sealed_outcome")
        return OutboxRecord(
            id=row.id,
            encounter_id=row.encounter_id,
            note_id=row.note_id,
            version=row.version,
            destination=row.destination,
            state=row.state,
            attempts=row.attempts,
            changed_at=row.changed_at,
            problem=row.problem,
            outcome=outcome,
        )
