"""Signed notes, under the record key."""

from dataclasses import dataclass

from sqlalchemy import ColumnElement, exists, select
from sqlalchemy.orm import aliased

from scribe.crypto import sha256_hex
from scribe.domain.formats import read_note, write_note
from scribe.domain.note import SignedNote
from scribe.store import models as rows
from scribe.store.amending import end_amendment, open_amendment, retraction_of
from scribe.store.encounters import advance
from scribe.store.errors import RetractedNoteError, StaleVersionError
from scribe.store.records import NoteRecord
from scribe.store.scope import Scope, seal_column, unseal_column


@dataclass(frozen=True, slots=True)
class Notes:
    """Signed versions; none is ever changed or removed."""

    scope: Scope

    def add(self, note: SignedNote) -> NoteRecord:
        """Keep a signed version of the encounter that it names.

        Raises :class:`StaleVersionError` unless it follows the latest version of that encounter's one note, and
        :class:`RetractedNoteError` where that was retracted.  An amendment under way ends with it.
        """
        self.scope.require("sign", "physician")
        row = self.scope.encounter(note.encounter.id, locked=True)
        latest = self._latest_row(row.id)
        found = 0 if latest is None else latest.version
        if note.version != found + 1 or (latest is not None and latest.note_id != note.note_id):
            raise StaleVersionError(subject="signed note", expected=note.version - 1, found=found)
        if retraction_of(self.scope, row.id) is not None:
            raise RetractedNoteError
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
        row.stage = "signed"  # an amendment of what was delivered is not delivered yet
        amendment = open_amendment(self.scope, row.id)
        if amendment is not None:
            end_amendment(self.scope, amendment, "signed")
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
