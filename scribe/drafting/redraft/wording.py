"""Entries in the words of a draft's own template, judged against the dialogue."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from scribe.domain.entries import Entry
from scribe.domain.note import Draft
from scribe.domain.statement import Section, Statement
from scribe.domain.transcript import Transcript
from scribe.drafting.redraft.pairing import pair_statements
from scribe.drafting.restate import Part, wording
from scribe.drafting.verify import verify


@dataclass(frozen=True, slots=True)
class Words:
    """How ``draft`` words entries; ``transcript`` is what they were said in."""

    draft: Draft
    transcript: Transcript
    templates: Path | None

    def instead(
        self, part: Part, section: Section, old: Statement, entries: tuple[Entry, ...]
    ) -> tuple[Statement, ...]:
        """What ``section`` says of these entries in place of ``old``; nothing that other statements tell already."""
        sections = self._sections(part, entries)
        told = pair_statements(section, sections, {}).get(old.id) or self._untold(part, section, old, sections)
        return self.judged(tuple(s for s in told if s.entries), entries)

    def note(self, entries: tuple[Entry, ...]) -> tuple[Section, ...]:
        """What the note says of these entries alone."""
        return self._sections("note", entries)

    def judged(self, statements: Sequence[Statement], entries: Sequence[Entry]) -> tuple[Statement, ...]:
        """The statements with the verifier's mark."""
        verdicts = verify(self.transcript, statements, entries)
        return tuple(replace(s, support=v.support) for s, v in zip(statements, verdicts, strict=True))

    def _sections(self, part: Part, entries: tuple[Entry, ...]) -> tuple[Section, ...]:
        return wording(self.draft, entries, confirmed=frozenset(), templates=self.templates).sections(part)

    def _untold(
        self, part: Part, section: Section, old: Statement, sections: Sequence[Section]
    ) -> tuple[Statement, ...]:
        draft = self.draft
        mine = draft.note.sections if part == "note" else draft.patient_summary.sections
        told = {name for one in mine for s in one.statements if s.id != old.id for name in s.entries}
        here = [s for one in sections if one.code == section.code for s in one.statements]
        there = [s for one in sections if one.code != section.code for s in one.statements] if part == "note" else []
        return tuple(s for s in here or there if told.isdisjoint(s.entries))
