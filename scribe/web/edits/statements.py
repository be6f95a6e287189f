"""Statements: the sentences of the note and of the patient summary."""

from collections.abc import Callable
from dataclasses import replace

from scribe.domain.note import Draft, Flag
from scribe.domain.statement import Statement
from scribe.web.edits.entries import drop_entries
from scribe.web.edits.flags import drop_idle, replaced, with_flag
from scribe.web.edits.meaning import meaning_moved
from scribe.web.edits.pieces import behind, clean, find, insert, statements_of, without
from scribe.web.edits.requests import (
    AcceptStatement,
    AddStatement,
    ChangeStatement,
    DeleteStatement,
    StatementEdit,
)

_OUT_OF_STEP = "고친 문장과 구조화 항목이 다를 수 있습니다. 항목을 지우거나 그대로 보낼지 확인하세요."


def apply(draft: Draft, edit: StatementEdit, new_id: Callable[[], str], drafted: Draft) -> Draft:
    """The draft after the edit; ``drafted`` is the draft as the drafter wrote it."""
    match edit:
        case ChangeStatement():
            return _change(draft, edit, drafted)
        case DeleteStatement():
            return _delete(draft, edit)
        case AddStatement():
            return _add(draft, edit, new_id, drafted)
        case AcceptStatement():
            return _accept(draft, edit)


def _change(draft: Draft, edit: ChangeStatement, drafted: Draft) -> Draft:
    old = find(draft, edit.part, edit.statement)
    text = clean(edit.text)
    if text == old.text:
        return draft
    first = next((s for s in statements_of(drafted, edit.part) if s.id == old.id), old)
    if text == first.text:
        return _in_step(replaced(draft, edit.part, replace(first, entries=old.entries)), old)
    changed = replaced(draft, edit.part, replace(old, text=text, support="edited", acknowledged=None))
    linked = tuple(entry for entry in draft.entries if entry.id in old.entries)
    if not meaning_moved(first.text, text, linked):
        return _in_step(changed, old)
    return with_flag(changed, _out_of_step(old)) if meaning_moved(old.text, text, linked) else changed


def _out_of_step(statement: Statement) -> Flag:
    return Flag(kind="conflict", text=_OUT_OF_STEP, entries=statement.entries, statements=(statement.id,))


def _in_step(draft: Draft, statement: Statement) -> Draft:
    """Without the doubt about ``statement`` that an earlier edit raised."""
    subject = (_OUT_OF_STEP, (statement.id,))
    return replace(draft, flags=tuple(flag for flag in draft.flags if (flag.text, flag.statements) != subject))


def _accept(draft: Draft, edit: AcceptStatement) -> Draft:
    old = find(draft, edit.part, edit.statement)
    in_doubt = old.support in {"none", "partial"}
    return replaced(draft, edit.part, replace(old, acknowledged=True)) if in_doubt else draft


def _add(draft: Draft, edit: AddStatement, new_id: Callable[[], str], drafted: Draft) -> Draft:
    if edit.id is not None and any(s.id == edit.id for s in statements_of(draft, edit.part)):
        again = ChangeStatement(op="change", part=edit.part, statement=edit.id, text=edit.text)
        return _change(draft, again, drafted)
    added = Statement(id=edit.id or new_id(), text=clean(edit.text), support="edited")
    return insert(draft, edit.part, added, edit.section, behind(draft, edit.part, edit.section, edit.after))


def _delete(draft: Draft, edit: DeleteStatement) -> Draft:
    gone = find(draft, edit.part, edit.statement)
    left = without(draft, edit.part, gone.id)
    if edit.part == "summary":
        return drop_idle(left)
    stated = {entry for statement in statements_of(left, "note") for entry in statement.entries}
    return drop_idle(drop_entries(left, set(gone.entries) - stated))
