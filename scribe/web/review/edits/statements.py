"""Statements: the sentences of the note and of the patient summary."""

from dataclasses import replace

from scribe.domain.entries import Entry
from scribe.domain.note import Draft
from scribe.domain.statement import Statement
from scribe.drafting.restate import Basis, questioned, restated, settled, wording
from scribe.web.review.draft_view import Part
from scribe.web.review.edits.entries import drop_entries
from scribe.web.review.edits.flags import drop_idle, replaced
from scribe.web.review.edits.meaning import meaning_moved
from scribe.web.review.edits.pieces import behind, clean, find, insert, statements_of, without
from scribe.web.review.edits.requests import (
    AcceptStatement,
    AddStatement,
    ChangeStatement,
    DeleteStatement,
    StatementEdit,
)


def apply(draft: Draft, edit: StatementEdit, basis: Basis, drafted: Draft) -> Draft:
    """The draft after the edit; ``drafted`` is the draft as the drafter wrote it."""
    match edit:
        case ChangeStatement():
            return _change(draft, edit, basis, drafted)
        case DeleteStatement():
            return _delete(draft, edit, basis)
        case AddStatement():
            return _add(draft, edit, basis, drafted)
        case AcceptStatement():
            return _accept(draft, edit)


def _change(draft: Draft, edit: ChangeStatement, basis: Basis, drafted: Draft) -> Draft:
    old = find(draft, edit.part, edit.statement)
    text = clean(edit.text)
    if text == old.text:
        return draft
    linked = tuple(entry for entry in draft.entries if entry.id in old.entries)
    first = _stated(draft, edit.part, old, linked, basis) or next(
        (s for s in statements_of(drafted, edit.part) if s.id == old.id), old
    )
    if text == first.text:
        return settled(replaced(draft, edit.part, replace(first, id=old.id, entries=old.entries)), old.id)
    changed = replaced(draft, edit.part, replace(old, text=text, support="edited", acknowledged=None))
    if not meaning_moved(first.text, text, linked):
        return settled(changed, old.id)
    return questioned(changed, old, old.entries) if meaning_moved(old.text, text, linked) else changed


def _stated(
    draft: Draft, part: Part, statement: Statement, linked: tuple[Entry, ...], basis: Basis
) -> Statement | None:
    """What the statement's entries read as now, where a physician changed one of them since the draft was written."""
    if all(entry.author is None for entry in linked):
        return None
    now = wording(draft, draft.entries, confirmed=frozenset(), templates=basis.templates).of(part, statement.entries)
    return None if now is None else restated(draft, statement, now, basis)


def _accept(draft: Draft, edit: AcceptStatement) -> Draft:
    old = find(draft, edit.part, edit.statement)
    in_doubt = old.support in {"none", "partial"}
    return replaced(draft, edit.part, replace(old, acknowledged=True)) if in_doubt else draft


def _add(draft: Draft, edit: AddStatement, basis: Basis, drafted: Draft) -> Draft:
    if edit.id is not None and any(s.id == edit.id for s in statements_of(draft, edit.part)):
        again = ChangeStatement(op="change", part=edit.part, statement=edit.id, text=edit.text)
        return _change(draft, again, basis, drafted)
    added = Statement(id=edit.id or basis.new_id(), text=clean(edit.text), support="edited")
    return insert(draft, edit.part, added, edit.section, behind(draft, edit.part, edit.section, edit.after))


def _delete(draft: Draft, edit: DeleteStatement, basis: Basis) -> Draft:
    gone = find(draft, edit.part, edit.statement)
    left = without(draft, edit.part, gone.id)
    if edit.part == "summary":
        return drop_idle(left)
    stated = {entry for statement in statements_of(left, "note") for entry in statement.entries}
    return drop_idle(drop_entries(left, set(gone.entries) - stated, basis))
