"""A draft whose entries change: its note, its patient summary and its medicine grid follow.

The wording comes from :mod:`scribe.drafting.compose` and :mod:`scribe.drafting.patient` alone.  A statement that stands
in the draft as those would write it from the entries before is written from the entries after; any other statement is
somebody's own: it stays, and where it no longer says what its entries say, a conflict names both.
"""

from collections.abc import Sequence
from dataclasses import replace

from scribe.domain.entries import Entry
from scribe.domain.note import Draft
from scribe.drafting.restate.carrying import carried_entries
from scribe.drafting.restate.following import (
    OUT_OF_STEP,
    STATEMENT_ENTRY,
    STILL_IN_SUMMARY,
    Basis,
    follow,
    in_order,
    put,
    questioned,
    restated,
    settled,
    settled_by,
    unlinked,
)
from scribe.drafting.restate.questions import asked_anew
from scribe.drafting.restate.rows import GRID_ENTRY, GRID_OUT_OF_STEP, row_agrees, with_grid
from scribe.drafting.restate.wording import Part, Wording, changes, is_worded, wording

__all__ = [
    "GRID_ENTRY",
    "GRID_OUT_OF_STEP",
    "OUT_OF_STEP",
    "STATEMENT_ENTRY",
    "STILL_IN_SUMMARY",
    "Basis",
    "Part",
    "Wording",
    "carried",
    "is_worded",
    "put",
    "questioned",
    "reordered",
    "restated",
    "row_agrees",
    "settled",
    "settled_by",
    "with_entries",
    "wording",
]


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
    left = with_grid(unlinked(left), before.medicines, after.medicines)
    return asked_anew(draft, left, changed)


def carried(drafted: Draft, edited: Draft, fresh: Draft, basis: Basis) -> Draft:
    """``fresh`` with the entries that a physician wrote since ``drafted``, and what rests on them in step."""
    entries, theirs = carried_entries(drafted, edited, fresh, basis)
    return with_entries(fresh, entries, basis, theirs) if theirs else fresh


def reordered(draft: Draft, entries: Sequence[Entry], basis: Basis) -> Draft:
    """``draft`` with the same entries in another order, and what stands as drafted in the order of these."""
    if tuple(entries) == draft.entries:
        return draft
    left = with_entries(draft, entries, basis)
    order = wording(left, left.entries, confirmed=frozenset(), templates=basis.templates)
    return in_order(left, order)
