"""What a delivery carries: a signed version as it is sent, the versions before it, or that the note is retracted."""

from dataclasses import dataclass

from sqlalchemy import select

from scribe.domain.formats import read_note
from scribe.domain.note import SignedNote
from scribe.store import models as rows
from scribe.store.amending import retraction_of
from scribe.store.encounters import details_of
from scribe.store.records import RetractionOrder
from scribe.store.scope import Scope, unseal_column


@dataclass(frozen=True, slots=True, kw_only=True)
class Consigned:
    """``sha256`` is that of the version as it was signed; a retraction carries the version that it takes back."""

    sha256: str
    note: SignedNote
    earlier: tuple[SignedNote, ...]
    retraction: RetractionOrder | None

    @classmethod
    def of(cls, scope: Scope, row: rows.OutboxRow) -> "Consigned":
        """Under the numbers that the consultation has by now."""
        retraction = _order(scope, row)
        note = version_row(scope, row.note_id, row.version if retraction is None else row.version - 1)
        return cls(
            sha256=note.sha256,
            note=_opened(scope, note),
            earlier=tuple(_opened(scope, version) for version in _before(scope, note)),
            retraction=retraction,
        )


def version_row(scope: Scope, note_id: str, version: int) -> rows.SignedNoteRow:
    """A signed version of a note that the actor may see."""
    query = select(rows.SignedNoteRow).where(
        rows.SignedNoteRow.note_id == note_id,
        rows.SignedNoteRow.version == version,
        scope.visible(rows.SignedNoteRow),
    )
    return scope.one(query, "signed note", f"{note_id}/{version}")


def is_numbered(scope: Scope, encounter: rows.EncounterRow) -> bool:
    """Whether the consultation has both of the hospital's numbers."""
    details = details_of(scope, encounter)
    return details.identifier is not None and details.patient is not None and details.patient.identifier is not None


def _order(scope: Scope, row: rows.OutboxRow) -> RetractionOrder | None:
    """What a retraction says; None where the row delivers."""
    if row.action == "deliver":
        return None
    encounter = scope.encounter(row.encounter_id)
    retraction = retraction_of(scope, encounter.id)
    if retraction is None:
        scope.refuse("retraction", row.id)
    reason = unseal_column(scope.key(encounter, "record"), retraction, "sealed_reason").decode()
    scope.trace("read", "retraction", retraction.id, encounter.id)
    return RetractionOrder(at=retraction.created_at, reason=reason)


def _before(scope: Scope, note: rows.SignedNoteRow) -> tuple[rows.SignedNoteRow, ...]:
    """The earlier versions of a note, oldest first."""
    if note.version == 1:
        return ()
    query = select(rows.SignedNoteRow).where(
        rows.SignedNoteRow.note_id == note.note_id, rows.SignedNoteRow.version < note.version
    )
    return tuple(scope.session.scalars(query.order_by(rows.SignedNoteRow.version)))


def _opened(scope: Scope, note: rows.SignedNoteRow) -> SignedNote:
    encounter = scope.encounter(note.encounter_id)
    key = scope.key(encounter, "record")
    scope.trace("read", "signed_note", note.id, note.encounter_id)
    signed = read_note(unseal_column(key, note, "sealed_document"), f"note {note.note_id}")
    return signed.addressed(details_of(scope, encounter))
