"""What follows a signature: amendments under way, and retractions.  The signed versions themselves never change."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select

from scribe.domain.note import Draft
from scribe.store import models as rows
from scribe.store.amending import end_amendment, open_amendment, retraction_of
from scribe.store.captures import Drafts
from scribe.store.errors import DuplicateError, NotFoundError, RetractedNoteError, StaleVersionError
from scribe.store.records import DraftRecord
from scribe.store.revision_rows import AmendmentEnd, AmendmentRow, RetractionRow
from scribe.store.scope import Scope, seal_column, unseal_column


@dataclass(frozen=True, slots=True, kw_only=True)
class AmendmentRecord:
    """An amendment of the signed version ``amends``, not ended or ended; ``first_draft`` is where it began."""

    id: str
    encounter_id: str
    amends: int
    first_draft: int
    started_by: str
    started_at: datetime
    reason: str
    ended_at: datetime | None = None
    ended_as: AmendmentEnd | None = None

    @property
    def next_version(self) -> int:
        """The version that signing it will make."""
        return self.amends + 1


@dataclass(frozen=True, slots=True, kw_only=True)
class RetractionRecord:
    """Who took a note back, when and why; ``version`` was the latest."""

    id: str
    encounter_id: str
    note_id: str
    version: int
    retracted_by: str
    at: datetime
    reason: str


@dataclass(frozen=True, slots=True)
class Amendments:
    """Their drafts lie under the record key: they hold what was signed, and outlive a withdrawn recording."""

    scope: Scope

    def start(
        self, encounter_id: str, *, amends: int, reason: str, draft: Draft, transcript_id: str | None = None
    ) -> DraftRecord:
        """Begin to amend version ``amends`` with ``draft``.

        Raises :class:`StaleVersionError` unless that is the latest, :class:`DuplicateError` where one is under way
        and :class:`RetractedNoteError` where the note was retracted.
        """
        self.scope.permit("sign")
        row = self.scope.encounter(encounter_id, locked=True)
        latest = _latest_signed(self.scope, row.id)
        if latest != amends:
            raise StaleVersionError(subject="signed note", expected=amends, found=latest)
        if retraction_of(self.scope, row.id) is not None:
            raise RetractedNoteError
        if open_amendment(self.scope, row.id) is not None:
            raise DuplicateError(subject="amendment")
        entry = AmendmentRow(
            id=self.scope.new_id(),
            created_at=self.scope.clock(),
            hospital_id=row.hospital_id,
            owner_id=row.owner_id,
            encounter_id=row.id,
            amends=amends,
            first_draft=_latest_draft(self.scope, row.id) + 1,
            started_by=self.scope.actor.account_id,
        )
        seal_column(self.scope.key(row, "record"), entry, "sealed_reason", reason.encode())
        self.scope.session.add(entry)
        self.scope.session.flush()
        begun = Drafts(self.scope).add(
            encounter_id,
            draft,
            expected_version=entry.first_draft - 1,
            drafted_by="clinician",
            transcript_id=transcript_id,
        )
        self.scope.trace("create", "amendment", entry.id, row.id)
        return begun

    def current(self, encounter_id: str) -> AmendmentRecord | None:
        """The amendment that is under way."""
        self.scope.permit("read_notes")
        row = self.scope.encounter(encounter_id)
        self.scope.trace("read", "amendment", row.id, row.id)
        entry = open_amendment(self.scope, row.id)
        return None if entry is None else self._record(row, entry)

    def list(self, encounter_id: str) -> tuple[AmendmentRecord, ...]:
        """All that were begun, oldest first."""
        self.scope.permit("read_notes")
        row = self.scope.encounter(encounter_id)
        self.scope.trace("list", "amendment", row.id, row.id)
        query = select(AmendmentRow).where(AmendmentRow.encounter_id == row.id).order_by(AmendmentRow.id)
        return tuple(self._record(row, entry) for entry in self.scope.session.scalars(query))

    def reword(self, encounter_id: str, reason: str) -> AmendmentRecord:
        """Give another reason for the one under way; :class:`NotFoundError` where there is none."""
        row, entry = self._open(encounter_id)
        seal_column(self.scope.key(row, "record"), entry, "sealed_reason", reason.encode())
        self.scope.session.flush()
        self.scope.trace("update", "amendment", entry.id, row.id)
        return self._record(row, entry)

    def abandon(self, encounter_id: str) -> None:
        """Give up the one under way; what was signed stands.  :class:`NotFoundError` where there is none."""
        row, entry = self._open(encounter_id)
        end_amendment(self.scope, entry, "abandoned")
        self.scope.trace("abandon", "amendment", entry.id, row.id)

    def _open(self, encounter_id: str) -> tuple[rows.EncounterRow, AmendmentRow]:
        self.scope.permit("sign")
        row = self.scope.encounter(encounter_id, locked=True)
        entry = open_amendment(self.scope, row.id)
        if entry is None:
            self.scope.trace("read", "amendment", row.id, row.id)
            raise NotFoundError(subject="amendment")
        return row, entry

    def _record(self, row: rows.EncounterRow, entry: AmendmentRow) -> AmendmentRecord:
        return AmendmentRecord(
            id=entry.id,
            encounter_id=row.id,
            amends=entry.amends,
            first_draft=entry.first_draft,
            started_by=entry.started_by,
            started_at=entry.created_at,
            reason=unseal_column(self.scope.key(row, "record"), entry, "sealed_reason").decode(),
            ended_at=entry.ended_at,
            ended_as=entry.ended_as,
        )


@dataclass(frozen=True, slots=True)
class Retractions:
    """At most one a note, and the end of it: nothing is amended afterwards."""

    scope: Scope

    def add(self, encounter_id: str, reason: str) -> RetractionRecord:
        """Take back the signed note of a consultation; a second time gives the first one.

        An amendment under way is given up.  Raises :class:`NotFoundError` where nothing is signed.
        """
        self.scope.permit("sign")
        row = self.scope.encounter(encounter_id, locked=True)
        known = retraction_of(self.scope, row.id)
        if known is not None:
            self.scope.trace("read", "retraction", known.id, row.id)
            return self._record(row, known)
        latest = _latest_note(self.scope, row.id)
        if latest is None:
            self.scope.trace("read", "signed_note", row.id, row.id)
            raise NotFoundError(subject="signed note")
        amendment = open_amendment(self.scope, row.id)
        if amendment is not None:
            end_amendment(self.scope, amendment, "abandoned")
        entry = RetractionRow(
            id=self.scope.new_id(),
            created_at=self.scope.clock(),
            hospital_id=row.hospital_id,
            owner_id=row.owner_id,
            encounter_id=row.id,
            note_id=latest.note_id,
            version=latest.version,
            retracted_by=self.scope.actor.account_id,
        )
        seal_column(self.scope.key(row, "record"), entry, "sealed_reason", reason.encode())
        self.scope.session.add(entry)
        self.scope.session.flush()
        self.scope.trace("create", "retraction", entry.id, row.id)
        return self._record(row, entry)

    def of(self, encounter_id: str) -> RetractionRecord | None:
        """The retraction of the consultation's note, None where it stands."""
        self.scope.permit("read_notes")
        row = self.scope.encounter(encounter_id)
        self.scope.trace("read", "retraction", row.id, row.id)
        entry = retraction_of(self.scope, row.id)
        return None if entry is None else self._record(row, entry)

    def _record(self, row: rows.EncounterRow, entry: RetractionRow) -> RetractionRecord:
        return RetractionRecord(
            id=entry.id,
            encounter_id=row.id,
            note_id=entry.note_id,
            version=entry.version,
            retracted_by=entry.retracted_by,
            at=entry.created_at,
            reason=unseal_column(self.scope.key(row, "record"), entry, "sealed_reason").decode(),
        )


def _latest_note(scope: Scope, encounter_id: str) -> rows.SignedNoteRow | None:
    query = select(rows.SignedNoteRow).where(rows.SignedNoteRow.encounter_id == encounter_id)
    return scope.session.scalars(query.order_by(rows.SignedNoteRow.version.desc()).limit(1)).one_or_none()


def _latest_signed(scope: Scope, encounter_id: str) -> int:
    latest = _latest_note(scope, encounter_id)
    return 0 if latest is None else latest.version


def _latest_draft(scope: Scope, encounter_id: str) -> int:
    query = select(func.max(rows.DraftRow.version)).where(rows.DraftRow.encounter_id == encounter_id)
    return scope.session.scalars(query).one() or 0
