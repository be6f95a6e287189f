"""Rules at work: a fresh draft in the words and the order of its physician."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from scribe.domain.note import Draft
from scribe.domain.statement import Section, Statement
from scribe.domain.style import DefaultTemplate, SectionOrder, StyleRule, Wording
from scribe.domain.transcript import Transcript
from scribe.drafting.verify import verify
from scribe.style.rules import pattern_of


@dataclass(frozen=True, slots=True)
class Styled:
    """The draft, and how often each rule (by id) changed something."""

    draft: Draft
    applied: Counter[str]


def restyle(draft: Draft, transcript: Transcript, rules: Iterable[StyleRule]) -> Styled:
    """``draft`` as the active ``rules`` have it; entries, evidence, support, flags and the summary stay.

    A statement is reworded only where the verifier finds the new words as well supported by the same evidence, and
    only where it is not marked as the physician's own.
    """
    active = [rule for rule in rules if rule.active]
    applied: Counter[str] = Counter()
    words = [(rule, rule.habit) for rule in active if isinstance(rule.habit, Wording)]
    sections = tuple(_reworded(section, draft, transcript, words, applied) for section in draft.note.sections)
    for rule in active:
        if isinstance(rule.habit, SectionOrder) and rule.habit.template == draft.note.template:
            ordered = _ordered(sections, rule.habit.sections)
            applied[rule.id] += ordered != sections
            sections = ordered
    return Styled(replace(draft, note=replace(draft.note, sections=sections)), +applied)


def preferred_template(rules: Iterable[StyleRule], setting: str) -> str | None:
    """The template that the physician wants for a setting; None where no rule says."""
    for rule in rules:
        if rule.active and isinstance(rule.habit, DefaultTemplate) and rule.habit.setting == setting:
            return rule.habit.template
    return None


def _reworded(
    section: Section,
    draft: Draft,
    transcript: Transcript,
    words: Sequence[tuple[StyleRule, Wording]],
    applied: Counter[str],
) -> Section:
    return replace(
        section,
        statements=tuple(_statement(statement, draft, transcript, words, applied) for statement in section.statements),
    )


def _statement(
    statement: Statement,
    draft: Draft,
    transcript: Transcript,
    words: Sequence[tuple[StyleRule, Wording]],
    applied: Counter[str],
) -> Statement:
    for rule, wording in words:
        text = wording.after.join(pattern_of(wording).split(statement.text))
        if text == statement.text or statement.support not in {"supported", "partial"}:
            continue
        changed = replace(statement, text=text)
        [verdict] = verify(transcript, [changed], draft.entries, encounter=draft.encounter)
        if verdict.support == statement.support:
            statement = changed
            applied[rule.id] += 1
    return statement


def _ordered(sections: tuple[Section, ...], codes: Sequence[str]) -> tuple[Section, ...]:
    """The sections by ``codes``; those that it does not name follow in their own order."""
    place = {code: number for number, code in enumerate(codes)}
    return tuple(sorted(sections, key=lambda section: place.get(section.code, len(place))))
