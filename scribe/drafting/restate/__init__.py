"""A draft whose entries change: its note, its patient summary and its medicine grid follow.

The wording comes from :mod:`scribe.drafting.compose` and :mod:`scribe.drafting.patient` alone.  A statement that stands
in the draft as those would write it from the entries before is written from the entries after; any other statement is
somebody's own: it stays, and where it no longer says what its entries say, a conflict names both.
"""

from collections.abc import Sequence
from dataclasses import replace

from scribe.domain.entries import Entry
from scribe.domain.note import Draft, Flag
from scribe.domain.summary import Medicine
from scribe.drafting.restate.following import (
    OUT_OF_STEP,
    STATEMENT_ENTRY,
    STILL_IN_SUMMARY,
    Basis,
    follow,
    put,
    questioned,
    restated,
    settled,
    unlinked,
)
from scribe.drafting.restate.questions import asked_anew
from scribe.drafting.restate.wording import Part, Wording, changes, is_worded, wording

__all__ = [
    "OUT_OF_STEP",
    "STATEMENT_ENTRY",
    "STILL_IN_SUMMARY",
    "Basis",
    "Part",
    "Wording",
    "is_worded",
    "put",
    "questioned",
    "restated",
    "settled",
    "with_entries",
    "wording",
]

GRID_ENTRY = "grid_entry"
GRID_OUT_OF_STEP = "환자 복약표와 처방 항목이 다릅니다. 어느 쪽이 맞는지 확인하세요."


def with_entries(draft: Draft, entries: Sequence[Entry], basis: Basis, changed: frozenset[str] = frozenset()) -> Draft:
    """``draft`` with ``entries`` in place of its own, everything that rests on them in step.

    ``changed`` are the ids of those that a physician wrote or changed by hand just now.
    """
    if tuple(entries) == draft.entries:
        return draft
    before = wording(draft, draft.entries, confirmed=frozenset(), templates=basis.templates)
    after = wording(draft, entries, confirmed=changed, templates=basis.templates)
    left = replace(draft, entries=tuple(entries))
    for change in changes(before, after):
        left = follow(left, change, before, after, basis)
    left = _with_grid(unlinked(left), before.medicines, after.medicines)
    return asked_anew(draft, left, changed)


def _with_grid(draft: Draft, before: Sequence[Medicine], after: Sequence[Medicine]) -> Draft:
    """The grid in the order of its entries: rows as drafted follow their order, a row changed by hand stays."""
    old, new = ({row.entry: row for row in rows} for rows in (before, after))
    alive = {entry.id for entry in draft.entries}
    rows: list[Medicine] = []
    disputed: list[str] = []
    for row in draft.patient_summary.medicines:
        if row == old.get(row.entry):
            rows += [new[row.entry]] if row.entry in new else []
        elif row.entry in alive:
            rows.append(row)
            disputed += [row.entry] if old.get(row.entry) != new.get(row.entry) else []
    shown = {row.entry for row in draft.patient_summary.medicines}
    for place, row in enumerate(after):
        if row.entry not in shown and row.entry not in old:
            rows.insert(min(place, len(rows)), row)
    left = replace(draft, patient_summary=replace(draft.patient_summary, medicines=tuple(rows)))
    asked = (Flag(kind="conflict", rule=GRID_ENTRY, text=GRID_OUT_OF_STEP, entries=(order,)) for order in disputed)
    return replace(left, flags=(*left.flags, *(flag for flag in asked if flag not in left.flags)))
