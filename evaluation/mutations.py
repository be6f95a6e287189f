"""How well the verifier guards a note: how many true statements it doubts, and how many corrupted ones it lets pass.

Statements come from three sources: our drafts with their entries, the same as plain text, and the prose of the notes
that people wrote for the cases.  Every class of ``evaluation.corruptions`` is applied to the statements that the
verifier supports as they stand.
"""

import random
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Literal

from evaluation.corruptions import CLASSES, Told
from evaluation.figures import JsonValue
from evaluation.gold import Case
from scribe.domain.entries import Entry
from scribe.domain.note import Draft
from scribe.domain.statement import Statement
from scribe.drafting.verify import verify
from scribe.drafting.verify.prose import note_statements

Source = Literal["draft", "draft_text", "gold"]
_AT_MOST = 2
"""Mutants of a class from one statement, so that long statements do not decide a figure."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Mutant:
    """A corrupted statement, the class of its error and the text that was true."""

    kind: str
    original: str
    statement: Statement


@dataclass(frozen=True, slots=True, kw_only=True)
class Caught:
    """How many corrupted statements of a class were not called supported, and the texts of those that were."""

    kind: str
    made: int
    caught: int
    missed: tuple[str, ...] = ()

    @property
    def recall(self) -> float | None:
        """None where nothing was made."""
        return self.caught / self.made if self.made else None


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceFigures:
    """The verifier on the statements of one source: ``false_alarms`` of ``judged`` true ones were doubted."""

    source: Source
    judged: int
    false_alarms: int
    alarms: tuple[str, ...]
    classes: tuple[Caught, ...]

    @property
    def made(self) -> int:
        return sum(one.made for one in self.classes)

    @property
    def caught(self) -> int:
        return sum(one.caught for one in self.classes)

    @property
    def recall(self) -> float | None:
        return self.caught / self.made if self.made else None

    @property
    def false_alarm_rate(self) -> float | None:
        return self.false_alarms / self.judged if self.judged else None


@dataclass(frozen=True, slots=True, kw_only=True)
class MutationFigures:
    """All sources, and the mean time in seconds of verifying one note as plain text."""

    sources: tuple[SourceFigures, ...]
    seconds_per_note: float | None

    def as_json(self) -> dict[str, JsonValue]:
        """Counts and shares by source and class; patient text (what was missed) is left out."""
        return {
            "sources": {one.source: _source_json(one) for one in self.sources},
            "seconds_per_note": None if self.seconds_per_note is None else round(self.seconds_per_note, 4),
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class Judged:
    """The statements of one note from one source, judged as they stand and corrupted."""

    source: Source
    alarms: tuple[str, ...]
    judged: int
    results: tuple[tuple[Mutant, bool], ...]
    seconds: float


def measure(
    drafted: Iterable[tuple[Case, Draft]], *, seed: int = 0, clock: Callable[[], float] = time.perf_counter
) -> MutationFigures:
    """The figures over cases and their drafts; the same seed makes the same mutants."""
    judged = [one for case, draft in drafted for one in judge(case, draft, seed=seed, clock=clock)]
    sources: tuple[Source, ...] = ("draft", "draft_text", "gold")
    figures = (_figures(source, [one for one in judged if one.source == source]) for source in sources)
    seconds = [one.seconds for one in judged if one.source == "gold"]
    return MutationFigures(
        sources=tuple(one for one in figures if one.judged),
        seconds_per_note=sum(seconds) / len(seconds) if seconds else None,
    )


def judge(
    case: Case, draft: Draft, *, seed: int = 0, clock: Callable[[], float] = time.perf_counter
) -> Iterator[Judged]:
    """One case: its draft, the draft as text, and the gold note."""
    ours = tuple(statement for section in draft.note.sections for statement in section.statements)
    bare = tuple(replace(statement, entries=(), evidence=()) for statement in ours)
    gold = _prose(case.note)
    yield _judged("draft", case, ours, draft.entries, seed, clock)
    yield _judged("draft_text", case, bare, (), seed, clock)
    if gold:
        yield _judged("gold", case, gold, (), seed, clock)


def mutants(statements: Sequence[Statement], told: Told, *, seed: int = 0) -> Iterator[Mutant]:
    """The corruptions of each statement, at most two of a class, chosen by the seed."""
    for statement in statements:
        for kind, corrupt in CLASSES.items():
            texts = sorted(set(corrupt(statement.text, told)) - {statement.text})
            order = random.Random(f"{seed}/{kind}/{statement.text}")  # noqa: S311  (a repeatable choice, no secret)
            for index, text in enumerate(order.sample(texts, min(_AT_MOST, len(texts)))):
                mutant = replace(statement, id=f"{statement.id}/{kind}{index}", text=text)
                yield Mutant(kind=kind, original=statement.text, statement=mutant)


def _prose(sections: Iterable[str]) -> tuple[Statement, ...]:
    texts = [text for section in sections for text in note_statements(section)]
    return tuple(Statement(id=f"t{index}", text=text) for index, text in enumerate(texts))


def _judged(
    source: Source,
    case: Case,
    statements: Sequence[Statement],
    entries: Sequence[Entry],
    seed: int,
    clock: Callable[[], float],
) -> Judged:
    start = clock()
    verdicts = verify(case.transcript, statements, entries, encounter=case.encounter)
    seconds = clock() - start
    supported = [s for s, verdict in zip(statements, verdicts, strict=True) if verdict.support == "supported"]
    told = Told(
        "\n".join(utterance.text for utterance in case.transcript.utterances), "\n".join(s.text for s in statements)
    )
    made = list(mutants(supported, told, seed=seed))
    judgements = verify(case.transcript, [mutant.statement for mutant in made], entries, encounter=case.encounter)
    return Judged(
        source=source,
        alarms=tuple(s.text for s in statements if s not in supported),
        judged=len(statements),
        results=tuple(
            (mutant, verdict.support != "supported") for mutant, verdict in zip(made, judgements, strict=True)
        ),
        seconds=seconds,
    )


def _figures(source: Source, notes: Sequence[Judged]) -> SourceFigures:
    results = [result for note in notes for result in note.results]
    alarms = tuple(alarm for note in notes for alarm in note.alarms)
    return SourceFigures(
        source=source,
        judged=sum(note.judged for note in notes),
        false_alarms=len(alarms),
        alarms=alarms,
        classes=tuple(_caught(kind, [result for result in results if result[0].kind == kind]) for kind in CLASSES),
    )


def _caught(kind: str, results: Sequence[tuple[Mutant, bool]]) -> Caught:
    missed = tuple(mutant.statement.text for mutant, caught in results if not caught)
    return Caught(kind=kind, made=len(results), caught=len(results) - len(missed), missed=missed)


def _source_json(one: SourceFigures) -> dict[str, JsonValue]:
    return {
        "judged": one.judged,
        "false_alarms": one.false_alarms,
        "false_alarm_rate": _round(one.false_alarm_rate),
        "made": one.made,
        "caught": one.caught,
        "recall": _round(one.recall),
        "classes": {
            each.kind: {"made": each.made, "caught": each.caught, "recall": _round(each.recall)} for each in one.classes
        },
    }


def _round(value: float | None) -> float | None:
    return None if value is None else round(value, 4)
