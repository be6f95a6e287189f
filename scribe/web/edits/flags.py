"""Flags: raised by edits, settled by the physician, dropped when nothing is left that they speak of."""

from dataclasses import replace

from scribe.domain.note import Draft, Flag
from scribe.domain.statement import Statement
from scribe.web.draft_view import PARTS, SETTLED_BY_HAND, Part
from scribe.web.edits.errors import MissingPieceError
from scribe.web.edits.pieces import map_sections, statements_of
from scribe.web.edits.requests import FlagEdit


def apply(draft: Draft, edit: FlagEdit) -> Draft:
    """Without the conflict that the physician has looked at; every other flag stays."""
    if edit.flag >= len(draft.flags) or draft.flags[edit.flag].kind not in SETTLED_BY_HAND:
        raise MissingPieceError(piece="open flag", id=edit.flag)
    return replace(draft, flags=draft.flags[: edit.flag] + draft.flags[edit.flag + 1 :])


def with_flag(draft: Draft, flag: Flag) -> Draft:
    return draft if flag in draft.flags else replace(draft, flags=(*draft.flags, flag))


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
