"""Structured entries: what the hospital system receives beside the prose."""

from dataclasses import replace

from scribe.domain.note import Draft, Flag
from scribe.domain.statement import Section
from scribe.web.draft_view import PARTS
from scribe.web.edits.errors import MissingPieceError
from scribe.web.edits.flags import drop_idle, with_flag
from scribe.web.edits.pieces import map_sections, statements_of, with_medicines
from scribe.web.edits.requests import EntryEdit

_STILL_IN_SUMMARY = "진료 기록에서 지운 내용이 환자 안내문에 남아 있습니다."


def apply(draft: Draft, edit: EntryEdit) -> Draft:
    """Without the entry, and without the conflicts that spoke of it alone."""
    if not any(entry.id == edit.entry for entry in draft.entries):
        raise MissingPieceError(piece="entry", id=edit.entry)
    return drop_idle(drop_entries(draft, {edit.entry}))


def drop_entries(draft: Draft, gone: set[str]) -> Draft:
    """Without these entries and their medicine rows; summary statements that rest on nothing else are flagged."""
    present = gone & {entry.id for entry in draft.entries}
    if not present:
        return draft
    summary = draft.patient_summary
    kept = tuple(medicine for medicine in summary.medicines if medicine.entry not in present)
    left = with_medicines(draft, kept)
    left = replace(left, entries=tuple(entry for entry in draft.entries if entry.id not in present))
    for part in PARTS:
        left = map_sections(left, part, lambda section: _without_entries(section, present))
    stranded = tuple(
        statement.id
        for statement in statements_of(draft, "summary")
        if statement.entries and set(statement.entries) & present
    )
    return with_flag(left, Flag(kind="conflict", text=_STILL_IN_SUMMARY, statements=stranded)) if stranded else left


def _without_entries(section: Section, gone: set[str]) -> Section:
    kept = (replace(s, entries=tuple(e for e in s.entries if e not in gone)) for s in section.statements)
    return replace(section, statements=tuple(kept))
