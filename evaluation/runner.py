"""Runs the drafter over a folder of cases and measures every draft."""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from evaluation.cases import CaseResult, Drafting, measure
from evaluation.errors import NoCasesError, NoReadableCaseError
from evaluation.gold import case_files, read_case
from evaluation.machine import Machine, this_machine
from scribe.domain.encounter import Encounter
from scribe.domain.errors import ScribeError
from scribe.domain.files import read_file
from scribe.domain.note import Draft
from scribe.domain.transcript import Transcript
from scribe.drafting.observer import Observer

Alteration = Callable[[Transcript], Transcript]


@dataclass(frozen=True, slots=True)
class Run:
    """The measured cases, what was wrong with the others, and the machine."""

    results: tuple[CaseResult, ...]
    broken: tuple[str, ...]
    machine: Machine


def spread(results: Sequence[CaseResult], most: int) -> tuple[CaseResult, ...]:
    """At most so many of the results, evenly over all of them; the same each time."""
    if most >= len(results):
        return tuple(results)
    return tuple(results[index * len(results) // most] for index in range(most))


def run(
    folder: Path,
    drafting: Drafting,
    *,
    clock: Callable[[], float] = time.perf_counter,
    seen: Callable[[str], None] = lambda _: None,
    alter: Alteration | None = None,
) -> Run:
    """Measures every case of the folder; a broken file is told to ``seen`` and left out.

    ``alter`` degrades each transcript before it is drafted.  Raises NoCasesError where there is no case file at all,
    NoReadableCaseError where none can be read.
    """
    files = case_files(folder)
    if not files:
        raise NoCasesError(folder=folder)
    results: list[CaseResult] = []
    broken: list[str] = []
    seconds = 0.0

    def timed(transcript: Transcript, encounter: Encounter, observer: Observer) -> Draft:
        nonlocal seconds
        start = clock()
        draft = drafting(transcript, encounter, observer)
        seconds += clock() - start
        return draft

    for file in files:
        try:
            case = read_case(read_file(file), file.name)
            if alter is not None:
                case = replace(case, transcript=alter(case.transcript))
            results.append(measure(case, timed))
        except ScribeError as error:
            broken.append(str(error))
            seen(str(error))
    if not results:
        raise NoReadableCaseError(total=len(files), reasons=" ".join(broken))
    return Run(tuple(results), tuple(broken), this_machine(seconds))
