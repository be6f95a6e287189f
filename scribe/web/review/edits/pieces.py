"""The pieces of a draft: found, and replaced in a copy."""

import unicodedata
from collections.abc import Callable, Iterator
from dataclasses import replace

from scribe.domain.note import Draft
from scribe.domain.statement import Section, Statement
from scribe.domain.summary import Medicine
from scribe.web.review.draft_view import Part, sections_of
from scribe.web.review.edits.errors import EmptyStatementError, MissingPieceError


def find(draft: Draft, part: Part, statement_id: str) -> Statement:
    """The statement; :class:`MissingPieceError` where the draft has none of that id."""
    for statement in statements_of(draft, part):
        if statement.id == statement_id:
            return statement
    raise MissingPieceError(piece="statement", id=statement_id)


def statements_of(draft: Draft, part: Part) -> Iterator[Statement]:
    """The statements of one part, in reading order."""
    for section in sections_of(draft, part):
        yield from section.statements


def map_sections(draft: Draft, part: Part, change: Callable[[Section], Section]) -> Draft:
    return with_sections(draft, part, tuple(change(section) for section in sections_of(draft, part)))


def with_sections(draft: Draft, part: Part, sections: tuple[Section, ...]) -> Draft:
    if part == "note":
        return replace(draft, note=replace(draft.note, sections=sections))
    return replace(draft, patient_summary=replace(draft.patient_summary, sections=sections))


def with_medicines(draft: Draft, medicines: tuple[Medicine, ...]) -> Draft:
    return replace(draft, patient_summary=replace(draft.patient_summary, medicines=medicines))


def section_of(draft: Draft, part: Part, code: str) -> Section:
    """The section; :class:`MissingPieceError` where the draft has none of that code."""
    for section in sections_of(draft, part):
        if section.code == code:
            return section
    raise MissingPieceError(piece="section", id=code)


def place_of(draft: Draft, part: Part, statement_id: str) -> tuple[Section, int]:
    """The section that holds the statement, and its place there."""
    for section in sections_of(draft, part):
        for place, statement in enumerate(section.statements):
            if statement.id == statement_id:
                return section, place
    raise MissingPieceError(piece="statement", id=statement_id)


def behind(draft: Draft, part: Part, code: str, after: str | None) -> int:
    """The place behind the statement ``after`` of the section, its end where ``after`` is None or elsewhere."""
    section = section_of(draft, part, code)
    ids = [statement.id for statement in section.statements]
    return ids.index(after) + 1 if after in ids else len(ids)


def insert(draft: Draft, part: Part, statement: Statement, code: str, place: int) -> Draft:
    """With the statement at that place of the section."""

    def put(section: Section) -> Section:
        if section.code != code:
            return section
        return replace(section, statements=(*section.statements[:place], statement, *section.statements[place:]))

    return map_sections(draft, part, put)


def without(draft: Draft, part: Part, statement_id: str) -> Draft:
    """Without the statement; entries and flags stay as they are."""
    return map_sections(
        draft,
        part,
        lambda section: replace(section, statements=tuple(s for s in section.statements if s.id != statement_id)),
    )


def clean(text: str) -> str:
    """The text in NFC with single spaces; :class:`EmptyStatementError` where nothing is left."""
    cleaned = optional(text)
    if cleaned is None:
        raise EmptyStatementError()
    return cleaned


def optional(text: str) -> str | None:
    """The text in NFC with single spaces, None where nothing is left."""
    return " ".join(unicodedata.normalize("NFC", text).split()) or None
