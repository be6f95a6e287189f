"""A physician's work on a draft, carried over to a new draft of the same consultation.

A draft is written anew where its transcript changed: a speaker was named, a correction undone.  What the physician
wrote, struck out or settled before is theirs and is not lost by that.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

from scribe.domain.entries import Entry, Evidence
from scribe.domain.note import Draft
from scribe.domain.statement import Section, Statement
from scribe.domain.summary import Medicine

_SAME_WORDS = 0.5
"""The share of common evidence from which two statements speak of the same words."""


@dataclass(frozen=True, slots=True)
class _Work:
    """What the physician did to one part of the draft."""

    changed: tuple[tuple[Statement, Statement], ...]
    struck: tuple[Statement, ...]
    added: tuple[tuple[str, Statement], ...]
    moved: tuple[tuple[str, Statement], ...]


def carry_over(drafted: Draft, edited: Draft, fresh: Draft) -> Draft:
    """``fresh`` with what a physician did to ``drafted`` to make it ``edited``.

    A changed statement replaces the new one that has its old text, or rests on the same words; where there is
    none, it is kept as the physician's own.  What they acknowledged stays so where it reads the same and is no better
    supported; what they moved to another section stands there again.  A struck statement, entry or medicine row is
    struck where the new draft has the same again; flags that were settled stay settled, with what was decided.
    """
    draft = _carry_part(drafted, edited, fresh, "note")
    draft = _carry_part(drafted, edited, draft, "summary")
    draft = _strike_entries(drafted, edited, draft)
    draft = _carry_medicines(drafted, edited, draft)
    settled = {flag.text for flag in drafted.flags} - {flag.text for flag in edited.flags}
    decided = {flag.text: flag.decision for flag in edited.flags if flag.text and flag.decision}
    kept = (flag for flag in draft.flags if flag.text is None or flag.text not in settled)
    return replace(draft, flags=tuple(replace(flag, decision=decided.get(flag.text or "")) for flag in kept))


def _carry_part(drafted: Draft, edited: Draft, fresh: Draft, part: str) -> Draft:
    work = _work(_sections(drafted, part), _sections(edited, part))
    sections = _with_added(_sections(fresh, part), _sections(drafted, part), _sections(edited, part))
    for old, new in work.changed:
        if new.text != old.text and any(statement.text == new.text for statement in _statements(sections)):
            continue
        twin = _twin(old, sections)
        if new.acknowledged and new.text == old.text:
            if twin is not None and (twin.text, twin.support) == (new.text, new.support):
                sections = _replaced(sections, twin, replace(twin, acknowledged=True))
        elif twin is None:
            code = next(section.code for section in _sections(edited, part) if new in section.statements)
            sections = _append(sections, code, replace(new, entries=(), evidence=()))
        else:
            sections = _replaced(sections, twin, replace(twin, text=new.text, support="edited"))
    for old in work.struck:
        same = next((statement for statement in _statements(sections) if statement.text == old.text), None)
        sections = sections if same is None else _replaced(sections, same, None)
    for code, statement in work.added:
        if any(known.text == statement.text for known in _statements(sections)):
            continue
        sections = _append(sections, code, replace(statement, entries=(), evidence=()))
    for code, statement in work.moved:
        same = next((found for found in _statements(sections) if found.text == statement.text), None)
        if same is not None:
            sections = _append(_replaced(sections, same, None), code, same)
    if part == "note":
        return replace(fresh, note=replace(fresh.note, sections=sections))
    return replace(fresh, patient_summary=replace(fresh.patient_summary, sections=sections))


def _with_added(
    sections: tuple[Section, ...], drafted: Sequence[Section], edited: Sequence[Section]
) -> tuple[Section, ...]:
    """With the sections that the physician added, empty, behind the others."""
    known = {section.code for section in (*sections, *drafted)}
    return (*sections, *(replace(section, statements=()) for section in edited if section.code not in known))


def _work(before: Sequence[Section], after: Sequence[Section]) -> _Work:
    old = {statement.id: statement for statement in _statements(before)}
    left = {statement.id: statement for statement in _statements(after)}
    places = {statement.id: section.code for section in before for statement in section.statements}
    return _Work(
        changed=tuple((old[name], new) for name, new in left.items() if name in old and _told(new) != _told(old[name])),
        struck=tuple(statement for name, statement in old.items() if name not in left),
        added=tuple((s.code, statement) for s in after for statement in s.statements if statement.id not in old),
        moved=tuple(
            (section.code, statement)
            for section in after
            for statement in section.statements
            if places.get(statement.id, section.code) != section.code
        ),
    )


def _told(statement: Statement) -> tuple[str, str, bool | None]:
    return statement.text, statement.support, statement.acknowledged


def _twin(old: Statement, sections: Sequence[Section]) -> Statement | None:
    """The statement with the same text, else the one that rests most nearly on the same words."""
    candidates = [statement for statement in _statements(sections) if statement.support != "edited"]
    same = next((statement for statement in candidates if statement.text == old.text), None)
    if same is not None or not old.evidence:
        return same
    best = max(candidates, key=lambda candidate: _common(old, candidate), default=None)
    return best if best is not None and _common(old, best) >= _SAME_WORDS else None


def _common(one: Statement, other: Statement) -> float:
    mine, theirs = _characters(one.evidence), _characters(other.evidence)
    return len(mine & theirs) / max(len(mine | theirs), 1)


def _characters(evidence: Iterable[Evidence]) -> set[tuple[str, int]]:
    return {(item.utterance, position) for item in evidence for position in range(item.start, item.end)}


def _strike_entries(drafted: Draft, edited: Draft, fresh: Draft) -> Draft:
    kept = {entry.id for entry in edited.entries}
    struck = [_fact(entry) for entry in drafted.entries if entry.id not in kept]
    gone = {entry.id for entry in fresh.entries if _fact(entry) in struck}
    if not gone:
        return fresh
    summary = fresh.patient_summary
    rows = tuple(row for row in summary.medicines if row.entry not in gone)
    note = replace(fresh.note, sections=_without_entries(fresh.note.sections, gone))
    return replace(
        fresh,
        entries=tuple(entry for entry in fresh.entries if entry.id not in gone),
        note=note,
        patient_summary=replace(summary, sections=_without_entries(summary.sections, gone), medicines=rows),
        flags=tuple(flag for flag in fresh.flags if not flag.entries or not set(flag.entries) <= gone),
    )


def _fact(entry: Entry) -> tuple[str, str, str | None]:
    return entry.kind, entry.name, getattr(entry, "status", None)


def _carry_medicines(drafted: Draft, edited: Draft, fresh: Draft) -> Draft:
    before = {row.entry: row for row in drafted.patient_summary.medicines}
    after = {row.entry: row for row in edited.patient_summary.medicines}
    theirs = {row.name: after.get(entry) for entry, row in before.items() if after.get(entry) != row}
    rows = tuple(_rows(fresh.patient_summary.medicines, theirs))
    return replace(fresh, patient_summary=replace(fresh.patient_summary, medicines=rows))


def _rows(rows: Sequence[Medicine], theirs: dict[str, Medicine | None]) -> Iterator[Medicine]:
    """The rows as the physician left those of the same name."""
    for row in rows:
        mine = theirs.get(row.name, row)
        if mine is not None:
            yield replace(mine, entry=row.entry)


def _sections(draft: Draft, part: str) -> tuple[Section, ...]:
    return draft.note.sections if part == "note" else draft.patient_summary.sections


def _statements(sections: Iterable[Section]) -> Iterator[Statement]:
    for section in sections:
        yield from section.statements


def _replaced(sections: Sequence[Section], old: Statement, new: Statement | None) -> tuple[Section, ...]:
    return tuple(
        replace(
            section,
            statements=tuple(kept for s in section.statements if (kept := new if s.id == old.id else s) is not None),
        )
        for section in sections
    )


def _append(sections: Sequence[Section], code: str, statement: Statement) -> tuple[Section, ...]:
    """With the statement at the end of its section, or of the last one where the draft has no such section."""
    target = code if any(section.code == code for section in sections) else sections[-1].code
    return tuple(
        replace(section, statements=(*section.statements, statement)) if section.code == target else section
        for section in sections
    )


def _without_entries(sections: Iterable[Section], gone: set[str]) -> tuple[Section, ...]:
    return tuple(
        replace(
            section,
            statements=tuple(
                replace(s, entries=tuple(entry for entry in s.entries if entry not in gone)) for s in section.statements
            ),
        )
        for section in sections
    )
