"""The demo physician: settles what is open in a draft by rule, since nobody sits at the desk."""

from collections.abc import Callable

from scribe.domain.note import Draft
from scribe.domain.statement import Statement
from scribe.web.review import edits
from scribe.web.review.draft_view import PARTS, SETTLED_BY_HAND, Part, sections_of


def settle(draft: Draft, new_id: Callable[[], str]) -> tuple[Draft, tuple[Statement, ...]]:
    """The draft without every statement that the dialogue does not support or contradicts, and what was struck.

    Striking a statement of the note strikes the entries that rest on it alone, so that the hospital's system
    never receives them.  A person would correct rather than strike; the demo must not invent the correction.
    """
    struck: list[Statement] = []
    while (found := _open_statement(draft)) is not None:
        part, statement = found
        struck.append(statement)
        draft = edits.apply(draft, edits.DeleteStatement(op="delete", part=part, statement=statement.id), new_id)
    return _without_conflicts(draft, new_id), tuple(struck)


def _open_statement(draft: Draft) -> tuple[Part, Statement] | None:
    conflicts = [flag for flag in draft.flags if flag.kind == "conflict"]
    named = {name for flag in conflicts for name in flag.statements}
    disputed = {entry for flag in conflicts for entry in flag.entries}
    for part in PARTS:
        for section in sections_of(draft, part):
            for statement in section.statements:
                if statement.support == "none" or statement.id in named or disputed & set(statement.entries):
                    return part, statement
    return None


def _without_conflicts(draft: Draft, new_id: Callable[[], str]) -> Draft:
    for index in reversed(range(len(draft.flags))):
        if draft.flags[index].kind in SETTLED_BY_HAND:
            draft = edits.apply(draft, edits.SettleFlag(op="settle", flag=index), new_id)
    return draft
