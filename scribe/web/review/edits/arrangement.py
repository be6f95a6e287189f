"""The order of statements: moved, split, joined, and sections added."""

import re
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Literal

from scribe.domain.note import Draft, Flag
from scribe.domain.statement import Section, Statement, Support
from scribe.web.review.edits.errors import MissingPieceError
from scribe.web.review.edits.flags import replaced, with_flag, without_unsupported
from scribe.web.review.edits.pieces import behind, clean, find, insert, place_of, section_of, with_sections, without
from scribe.web.review.edits.requests import AddSection, ArrangementEdit, MergeStatement, MoveStatement, SplitStatement

_SPLIT_NEGATION = "나눈 두 문장 가운데 한쪽에만 부정하는 말이 있습니다. 뜻이 달라지지 않았는지 확인하세요."
_NEGATION = re.compile("없|않|안 |아니|부인|음성|배제")
_ENDS = re.compile(r"[.!?…。]['\"”’)\]]*$")
_WEAKEST: tuple[Support, ...] = ("none", "partial", "edited", "supported")


def apply(draft: Draft, edit: ArrangementEdit, new_id: Callable[[], str], known: Sequence[Section]) -> Draft:
    """The draft after the edit; ``known`` are the sections that may be added, in their order.

    What is moved keeps its mark.  The halves of a split statement are the physician's own; what is joined is
    supported no better than the weaker of the two.
    """
    match edit:
        case MoveStatement():
            return _move(draft, edit)
        case SplitStatement():
            return _split(draft, edit, new_id)
        case MergeStatement():
            return _merge(draft, edit)
        case AddSection():
            return _add_section(draft, edit.section, known)


def _move(draft: Draft, edit: MoveStatement) -> Draft:
    moved = find(draft, edit.part, edit.statement)
    if edit.after == moved.id:
        return draft
    section_of(draft, edit.part, edit.section)
    left = without(draft, edit.part, moved.id)
    place = behind(left, edit.part, edit.section, edit.after) if edit.after is not None else 0
    return insert(left, edit.part, moved, edit.section, place)


def _split(draft: Draft, edit: SplitStatement, new_id: Callable[[], str]) -> Draft:
    whole = find(draft, edit.part, edit.statement)
    own: Support = "edited"
    first = replace(whole, text=clean(whole.text[: edit.at]), support=own, acknowledged=None)
    second = replace(first, id=new_id(), text=clean(whole.text[edit.at :]))
    section, place = place_of(draft, edit.part, whole.id)
    halved = insert(replaced(draft, edit.part, first), edit.part, second, section.code, place + 1)
    if not whole.entries or _denies(first.text) == _denies(second.text):
        return halved
    return with_flag(
        halved,
        Flag(kind="conflict", text=_SPLIT_NEGATION, entries=whole.entries, statements=(first.id, second.id)),
    )


def _merge(draft: Draft, edit: MergeStatement) -> Draft:
    section, place = place_of(draft, edit.part, edit.statement)
    if place + 1 == len(section.statements):
        raise MissingPieceError(piece="statement behind", id=edit.statement)
    one, other = section.statements[place : place + 2]
    joined = replace(
        one,
        text=_joined(one.text, other.text),
        entries=tuple(dict.fromkeys((*one.entries, *other.entries))),
        evidence=tuple(dict.fromkeys((*one.evidence, *other.evidence))),
        support=min(one.support, other.support, key=_WEAKEST.index),
        acknowledged=_both_kept(one, other),
    )
    left = without(replaced(draft, edit.part, joined), edit.part, other.id)
    flags = tuple(
        replace(flag, statements=tuple(dict.fromkeys(one.id if name == other.id else name for name in flag.statements)))
        for flag in without_unsupported(left, other.id).flags
    )
    if joined.unsettled:
        flags = (*flags, Flag(kind="unsupported", statements=(joined.id,)))
    return replace(left, flags=flags)


def _denies(text: str) -> bool:
    return _NEGATION.search(text) is not None


def _joined(one: str, other: str) -> str:
    return f"{one} {other}" if _ENDS.search(one) else f"{one}. {other}"


def _both_kept(one: Statement, other: Statement) -> Literal[True] | None:
    """True where every one of the two that is in doubt was acknowledged, and there is one."""
    doubtful = [statement for statement in (one, other) if statement.support in {"none", "partial"}]
    return True if doubtful and all(statement.acknowledged for statement in doubtful) else None


def _add_section(draft: Draft, code: str, known: Sequence[Section]) -> Draft:
    order = [section.code for section in known]
    if code not in order:
        raise MissingPieceError(piece="known section", id=code)
    sections = draft.note.sections
    if any(section.code == code for section in sections):
        return draft
    earlier = set(order[: order.index(code)])
    place = max((index + 1 for index, section in enumerate(sections) if section.code in earlier), default=0)
    added = replace(known[order.index(code)], statements=())
    return with_sections(draft, "note", (*sections[:place], added, *sections[place:]))
