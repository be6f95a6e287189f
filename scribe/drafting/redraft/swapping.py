"""Putting statements, entries and rows of a draft in place of others: nothing else is touched."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace

from scribe.domain.entries import Entry
from scribe.domain.note import Draft, Flag
from scribe.domain.statement import Section, Statement
from scribe.domain.summary import Medicine


@dataclass(frozen=True, slots=True)
class Swap:
    """What takes the place of what, by the id of what is replaced; None and () take it out."""

    entries: dict[str, Entry | None] = field(default_factory=dict)
    statements: dict[str, tuple[Statement, ...]] = field(default_factory=dict)
    rows: dict[str, Medicine | None] = field(default_factory=dict)

    @property
    def new_statements(self) -> tuple[Statement, ...]:
        return tuple(statement for told in self.statements.values() for statement in told)


def swapped(draft: Draft, swap: Swap) -> Draft:
    """The draft after the swap; what names an entry that went does so no longer."""
    now: list[Entry | None] = [swap.entries.get(entry.id, entry) for entry in draft.entries]
    entries: tuple[Entry, ...] = tuple(entry for entry in now if entry is not None)
    gone = {name for name, new in swap.entries.items() if new is None}
    rows = (swap.rows.get(row.entry, row) for row in draft.patient_summary.medicines)
    medicines = tuple(row for row in rows if row is not None and row.entry not in gone)
    summary = replace(draft.patient_summary, medicines=medicines)

    def change(statement: Statement) -> tuple[Statement, ...]:
        new = swap.statements.get(statement.id, (statement,))
        return tuple(
            s if gone.isdisjoint(s.entries) else replace(s, entries=tuple(e for e in s.entries if e not in gone))
            for s in new
        )

    return with_statements(replace(draft, entries=entries, patient_summary=summary), change)


def with_statements(draft: Draft, change: Callable[[Statement], tuple[Statement, ...]]) -> Draft:
    """The draft with what ``change`` makes of each statement."""

    def changed(sections: Iterable[Section]) -> tuple[Section, ...]:
        return tuple(
            replace(section, statements=tuple(new for s in section.statements for new in change(s)))
            for section in sections
        )

    summary = replace(draft.patient_summary, sections=changed(draft.patient_summary.sections))
    return replace(draft, note=replace(draft.note, sections=changed(draft.note.sections)), patient_summary=summary)


def on_living(flag: Flag, alive: set[str]) -> Flag:
    """The flag without names of what is gone."""
    entries = tuple(name for name in flag.entries if name in alive)
    statements = tuple(name for name in flag.statements if name in alive)
    if (entries, statements) == (flag.entries, flag.statements):
        return flag
    return replace(flag, entries=entries, statements=statements)
