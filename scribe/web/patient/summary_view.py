"""The second approval as the page shows it: the sheet, how it reads, what is kept off it, who approved it."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass

from scribe.domain.note import SignedNote
from scribe.domain.statement import Statement
from scribe.domain.summary import Medicine
from scribe.patient_sheet.document import read_sheet, sheet_sha256, write_sheet
from scribe.patient_sheet.errors import SheetError
from scribe.patient_sheet.make import Institution, make_sheet, medicine_part, section_part
from scribe.patient_sheet.sensitive import sensitive
from scribe.patient_sheet.sheet import Language, Sheet
from scribe.settings import Settings
from scribe.store import Work
from scribe.store.errors import NotFoundError
from scribe.store.records import EncounterRecord, NoteRecord, SummaryApproval


class SheetChangedError(SheetError):
    """The sheet is not the one that was shown: look at it again before approving."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidate:
    """The sheet that the physician may approve now, and where its approval stands.

    ``approval`` is the standing one of this language, of whatever version.  ``is_approved``: it is of exactly this
    sheet; ``is_changed``: it is of this version, but of a sheet with other contents.
    """

    sheet: Sheet
    sha256: str
    note: NoteRecord
    withheld: frozenset[str]
    approval: SummaryApproval | None

    @property
    def is_approved(self) -> bool:
        return self.approval is not None and self.approval.sha256 == self.sha256

    @property
    def is_changed(self) -> bool:
        return not self.is_approved and self.approval is not None and self.approval.version == self.sheet.version

    @property
    def is_outdated(self) -> bool:
        return self.approval is not None and self.approval.version < self.sheet.version


@dataclass(frozen=True, slots=True)
class Piece:
    """A sentence or a row that can be kept off: ``name`` in the form, what of it is sensitive, whether it is off."""

    name: str
    text: str
    sensitive: str
    is_off: bool


@dataclass(frozen=True, slots=True)
class PieceGroup:
    """A section of the signed summary with its pieces."""

    name: str
    title: str
    is_off: bool
    pieces: tuple[Piece, ...]


def candidate(work: Work, encounter_id: str, language: Language, settings: Settings) -> Candidate:
    """The sheet of the latest signed version as it would be approved; :class:`NotFoundError` where none is signed."""
    note = work.notes.latest(encounter_id)
    if note is None:
        raise NotFoundError(subject="signed note")
    withheld = _withheld(work, note)
    sheet = make_sheet(note.note, language, withheld, _institution(work, note.note, settings))
    standing = {approval.language: approval for approval in work.summaries.standing(encounter_id)}
    return Candidate(
        sheet=sheet, sha256=sheet_sha256(sheet), note=note, withheld=withheld, approval=standing.get(language)
    )


def approve(work: Work, shown: Candidate, shown_sha256: str, approver: str) -> SummaryApproval:
    """Approve exactly the sheet with that hash; :class:`SheetChangedError` where it is another one by now."""
    if shown.sha256 != shown_sha256:
        raise SheetChangedError
    return work.summaries.approve(shown.note, shown.sheet.language, write_sheet(shown.sheet), approver)


def ready(work: Work, encounter_id: str, language: Language) -> tuple[SummaryApproval, Sheet]:
    """What may be printed and shared in ``language``: approved, and of the latest signed version.

    Raises :class:`NotFoundError` where there is no such approval.
    """
    encounter = work.encounters.get(encounter_id)
    for approval in ready_ones(encounter, work.summaries.standing(encounter_id)):
        if approval.language == language:
            return approval, read_sheet(approval.document)
    raise NotFoundError(subject="approved summary")


def ready_ones(encounter: EncounterRecord, standing: Iterable[SummaryApproval]) -> tuple[SummaryApproval, ...]:
    """The approvals that are of the latest signed version."""
    return tuple(approval for approval in standing if approval.version == encounter.note_version)


def pieces(note: SignedNote, withheld: Collection[str]) -> tuple[PieceGroup, ...]:
    """The signed summary, section by section, with what is kept off and what is sensitive."""
    summary = note.content.patient_summary
    reasons = sensitive((s for section in summary.sections for s in section.statements), note.content.entries)
    groups = [
        PieceGroup(
            section_part(section.code),
            section.title,
            section_part(section.code) in withheld,
            tuple(_piece(statement, withheld, reasons) for statement in section.statements),
        )
        for section in summary.sections
        if section.statements
    ]
    if summary.medicines:
        rows = tuple(_row(row, withheld) for row in summary.medicines)
        groups.append(PieceGroup("", "약 먹는 시간표", False, rows))
    return tuple(groups)


def keep_off(work: Work, found: Candidate, off: Iterable[str]) -> None:
    """Keep the parts named ``off`` from the hand-out, and no others; what is no part of it is left out."""
    groups = pieces(found.note.note, ())
    known = {group.name for group in groups} | {piece.name for group in groups for piece in group.pieces}
    work.summaries.withhold(found.note, known.intersection(off))


def _piece(statement: Statement, withheld: Collection[str], reasons: Mapping[str, str]) -> Piece:
    return Piece(statement.id, statement.text, reasons.get(statement.id, ""), statement.id in withheld)


def _row(row: Medicine, withheld: Collection[str]) -> Piece:
    name = medicine_part(row.entry)
    return Piece(name, row.name, "", name in withheld)


def _institution(work: Work, note: SignedNote, settings: Settings) -> Institution:
    named = note.encounter.organization or work.accounts.hospital().organization
    return Institution(name=named.name, phone=settings.hospital_phone)


def _withheld(work: Work, note: NoteRecord) -> frozenset[str]:
    """What the physician keeps off this version; after an amendment what was kept off before, where it is the same."""
    version = note.note.version
    chosen = work.summaries.withheld(note.encounter_id, version)
    if chosen is not None or version == 1:
        return chosen or frozenset()
    before = work.summaries.withheld(note.encounter_id, version - 1)
    if not before:
        return frozenset()
    return before & _same(work.notes.get(note.note.note_id, version - 1).note, note.note)


def _same(earlier: SignedNote, later: SignedNote) -> frozenset[str]:
    """The parts that read the same in both versions."""
    return frozenset(name for name, _ in _texts(earlier).items() & _texts(later).items())


def _texts(note: SignedNote) -> dict[str, str]:
    summary = note.content.patient_summary
    sections = {section_part(section.code): section.title for section in summary.sections}
    statements = {statement.id: statement.text for section in summary.sections for statement in section.statements}
    return sections | statements | {medicine_part(row.entry): row.name for row in summary.medicines}
