"""Structured entries, which the hospital system receives: changed, added, deleted and restored by hand.

Sentences, medicine grid and questions that rest on them follow (:mod:`scribe.drafting.restate`).
"""

from collections.abc import Sequence
from dataclasses import replace

from scribe.domain.entries import Entry, Evidence
from scribe.domain.note import Decision, Draft, Flag
from scribe.domain.statement import Statement
from scribe.drafting.compose import compose
from scribe.drafting.restate import Basis, reordered, with_entries
from scribe.drafting.verify import verify
from scribe.web.review.edits import choices
from scribe.web.review.edits.entry_fields import changed_entry, new_entry
from scribe.web.review.edits.entry_requests import (
    AddEntry,
    ChangeEntry,
    DeleteEntry,
    EntryEdit,
    KeepEntry,
    MoveEntry,
    RestoreEntry,
)
from scribe.web.review.edits.errors import MissingPieceError
from scribe.web.review.edits.flags import drop_idle, settled
from scribe.web.review.flag_names import place_of_flag


def apply(draft: Draft, edit: EntryEdit, basis: Basis, drafted: Draft) -> Draft:
    """The draft after the edit; ``drafted`` is the draft as the drafter wrote it."""
    match edit:
        case ChangeEntry():
            answered = draft if edit.flag is None else _answered(draft, edit.flag, edit.entry)
            return change(answered, changed_entry(entry_of(draft, edit.entry), edit.fields), basis, drafted)
        case AddEntry():
            return _add(draft, edit, basis)
        case DeleteEntry():
            return drop_idle(drop_entries(draft, {entry_of(draft, edit.entry).id}, basis))
        case RestoreEntry():
            return _restore(draft, edit, basis, drafted)
        case KeepEntry() | MoveEntry():
            return _keep(draft, edit, basis) if isinstance(edit, KeepEntry) else _move(draft, edit, basis)
        case _:
            return choices.apply(draft, edit, basis)


def entry_of(draft: Draft, entry_id: str) -> Entry:
    """The entry; :class:`MissingPieceError` where the draft has none of that id."""
    found = next((entry for entry in draft.entries if entry.id == entry_id), None)
    if found is None:
        raise MissingPieceError(piece="entry", id=entry_id)
    return found


def _answered(draft: Draft, ref: int | str, entry_id: str, decision: Decision = "changed") -> Draft:
    """With the question answered by what is done about the entry that it names."""
    if entry_id not in _flag(draft, ref).entries:
        raise MissingPieceError(piece="open flag", id=ref)
    return settled(draft, ref, decision)


def _flag(draft: Draft, ref: int | str) -> Flag:
    place = place_of_flag(draft.flags, ref)
    if place is None:
        raise MissingPieceError(piece="open flag", id=ref)
    return draft.flags[place]


def change(draft: Draft, new: Entry, basis: Basis, drafted: Draft) -> Draft:
    """The draft with ``new`` in place of the entry of its id.

    One that says again what was drafted is as it was drafted; any other keeps its evidence only where that supports it.
    """
    old = entry_of(draft, new.id)
    first = next((entry for entry in drafted.entries if entry.id == new.id), None)
    if first is not None and _says_the_same(changed_entry(first, {}), new):
        new = first
    elif new.author is not None:
        new = replace(new, evidence=_supporting(new, first or old, draft, basis))
    if new == old or (_says_the_same(new, old) and new.author == old.author):
        return draft
    entries = tuple(new if entry.id == new.id else entry for entry in draft.entries)
    return with_entries(draft, entries, basis, frozenset({new.id}))


def drop_entries(draft: Draft, gone: set[str], basis: Basis) -> Draft:
    """Without these entries; a sentence of the summary that somebody wrote and that still tells of them is flagged."""
    return with_entries(draft, tuple(entry for entry in draft.entries if entry.id not in gone), basis)


def _add(draft: Draft, edit: AddEntry, basis: Basis) -> Draft:
    made = new_entry(edit.kind, basis.new_id(), edit.fields)
    return with_entries(draft, _behind_its_kind(draft.entries, made), basis, frozenset({made.id}))


def _keep(draft: Draft, edit: KeepEntry, basis: Basis) -> Draft:
    kept = entry_of(draft, edit.entry)
    decided = _answered(draft, edit.flag, kept.id, "entry")
    named = set(_flag(draft, edit.flag).entries) - {kept.id}
    others = {e.id for e in draft.entries if e.id in named and (e.kind, e.name) == (kept.kind, kept.name)}
    return drop_entries(decided, others, basis)


def _restore(draft: Draft, edit: RestoreEntry, basis: Basis, drafted: Draft) -> Draft:
    first = entry_of(drafted, edit.entry)
    if any(entry.id == first.id for entry in draft.entries):
        entries = tuple(first if entry.id == first.id else entry for entry in draft.entries)
    else:
        order = [entry.id for entry in drafted.entries]
        later = order[order.index(first.id) + 1 :]
        place = next((i for i, entry in enumerate(draft.entries) if entry.id in later), len(draft.entries))
        entries = (*draft.entries[:place], first, *draft.entries[place:])
    return with_entries(draft, entries, basis, frozenset({first.id}))


def _move(draft: Draft, edit: MoveEntry, basis: Basis) -> Draft:
    moved = entry_of(draft, edit.entry)
    rest = tuple(entry for entry in draft.entries if entry.id != moved.id)
    if edit.before is None:
        return reordered(draft, _behind_its_kind(rest, moved), basis)
    if edit.before == moved.id:
        return draft
    before = entry_of(draft, edit.before)
    if before.kind != moved.kind:
        raise MissingPieceError(piece=f"other {moved.kind}", id=edit.before)
    place = rest.index(before)
    return reordered(draft, (*rest[:place], moved, *rest[place:]), basis)


def _behind_its_kind(entries: Sequence[Entry], new: Entry) -> tuple[Entry, ...]:
    places = [place for place, entry in enumerate(entries) if entry.kind == new.kind]
    at = places[-1] + 1 if places else len(entries)
    return (*entries[:at], new, *entries[at:])


def _says_the_same(one: Entry, other: Entry) -> bool:
    same = {"evidence": (), "confidence": None, "author": None}
    return replace(one, **same) == replace(other, **same)  # type: ignore[arg-type]


def _supporting(entry: Entry, source: Entry, draft: Draft, basis: Basis) -> tuple[Evidence, ...]:
    """The evidence of ``source`` where the verifier finds in it what ``entry`` says; else none."""
    if basis.transcript is None or not source.evidence:
        return ()
    note = compose((entry,), draft.encounter)
    told = [statement.text for section in note.sections for statement in section.statements]
    stated = tuple(
        Statement(id=str(place), text=text, entries=(entry.id,), evidence=source.evidence)
        for place, text in enumerate(told)
    )
    verdicts = verify(basis.transcript, stated, (entry,))
    return source.evidence if told and all(verdict.support == "supported" for verdict in verdicts) else ()
