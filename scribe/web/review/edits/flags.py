"""Flags: raised by edits, settled by the physician, dropped when nothing is left that they speak of."""

from collections.abc import Callable
from dataclasses import replace

from scribe.domain.note import Decision, Draft, Flag
from scribe.domain.statement import Statement
from scribe.web.review.draft_view import PARTS, Part
from scribe.web.review.edits.errors import MissingPieceError
from scribe.web.review.edits.pieces import map_sections, statements_of
from scribe.web.review.edits.requests import FlagEdit
from scribe.web.review.flag_names import place_of_flag


def apply(draft: Draft, edit: FlagEdit) -> Draft:
    """With the decision that the physician leaves things as they stand; every other flag stays."""
    return settled(draft, edit.flag, "kept")


def settled(draft: Draft, ref: int | str, decision: Decision) -> Draft:
    """With ``decision`` on the flag of that place or name; :class:`MissingPieceError` where no such one is open."""
    place = place_of_flag(draft.flags, ref)
    if place is None or not draft.flags[place].is_open:
        raise MissingPieceError(piece="open flag", id=ref)
    decided = replace(draft.flags[place], decision=decision)
    return replace(draft, flags=(*draft.flags[:place], decided, *draft.flags[place + 1 :]))


def with_flag(draft: Draft, flag: Flag) -> Draft:
    return draft if flag in draft.flags else replace(draft, flags=(*draft.flags, flag))


def without_open(draft: Draft, concerns: Callable[[Flag], bool]) -> Draft:
    """Without the open flags that ``concerns`` names; what was decided stays on record."""
    return replace(draft, flags=tuple(flag for flag in draft.flags if not (flag.is_open and concerns(flag))))


def replaced(draft: Draft, part: Part, new: Statement) -> Draft:
    """With ``new`` in the place of the statement of its id, and without the flag that nothing supports that one."""
    changed = map_sections(
        draft,
        part,
        lambda section: replace(section, statements=tuple(new if s.id == new.id else s for s in section.statements)),
    )
    return without_unsupported(changed, new.id)


def without_unsupported(draft: Draft, statement_id: str) -> Draft:
    """Without the statement in the flags that say what nothing supports."""
    kept = []
    for flag in draft.flags:
        if flag.kind != "unsupported" or statement_id not in flag.statements:
            kept.append(flag)
        elif len(flag.statements) > 1:
            kept.append(replace(flag, statements=tuple(s for s in flag.statements if s != statement_id)))
    return replace(draft, flags=tuple(kept))


def drop_idle(draft: Draft) -> Draft:
    """Without the conflicts that spoke only of statements and entries that are gone."""
    alive = {entry.id for entry in draft.entries}
    alive |= {statement.id for part in PARTS for statement in statements_of(draft, part)}
    return replace(draft, flags=tuple(flag for flag in draft.flags if _still_speaks(flag, alive)))


def _still_speaks(flag: Flag, alive: set[str]) -> bool:
    subjects = set(flag.entries or flag.statements)
    return flag.kind == "red_flag" or not subjects or bool(subjects & alive)
