"""What a physician wrote into entries, carried to a new draft of the same consultation."""

from collections.abc import Sequence
from dataclasses import replace

from scribe.domain.entries import Entry
from scribe.domain.note import Draft
from scribe.drafting.restate.following import Basis
from scribe.drafting.restate.wording import plain_entry

_OF_THE_DRAFT = {"id": "", "evidence": (), "confidence": None, "author": None}


def carried_entries(
    drafted: Draft, edited: Draft, fresh: Draft, basis: Basis
) -> tuple[tuple[Entry, ...], frozenset[str]]:
    """The entries of ``fresh`` with those that a physician wrote or changed between ``drafted`` and ``edited``, and the
    ids of these.

    A changed entry takes the place of the new one that says what it said before, or is of its kind and name; where
    there is none, and where it was written by hand, it stands as the last of its kind.
    """
    first = {entry.id: entry for entry in drafted.entries}
    entries = list(fresh.entries)
    theirs: set[str] = set()
    for entry in (one for one in edited.entries if one.author is not None):
        place = _place(first.get(entry.id), entry, entries, theirs)
        if place is None:
            new = entry if all(one.id != entry.id for one in entries) else replace(entry, id=basis.new_id())
            entries.insert(_behind(entries, new), replace(new, evidence=()))
        else:
            new = replace(entry, id=entries[place].id, evidence=())
            entries[place] = new
        theirs.add(new.id)
    return tuple(entries), frozenset(theirs)


def _place(first: Entry | None, entry: Entry, entries: Sequence[Entry], taken: set[str]) -> int | None:
    free = [place for place, one in enumerate(entries) if one.id not in taken and one.kind == entry.kind]
    if first is None:
        return next((place for place in free if _fact(entries[place]) == _fact(entry)), None)
    same = next((place for place in free if _fact(entries[place]) == _fact(first)), None)
    if same is not None:
        return same
    return next((place for place in free if plain_entry(entries[place]).name == plain_entry(first).name), None)


def _fact(entry: Entry) -> Entry:
    return replace(plain_entry(entry), **_OF_THE_DRAFT)  # type: ignore[arg-type]


def _behind(entries: Sequence[Entry], new: Entry) -> int:
    places = [place for place, entry in enumerate(entries) if entry.kind == new.kind]
    return places[-1] + 1 if places else len(entries)
