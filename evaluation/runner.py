"""Runs the drafter over a folder of cases and measures every draft."""

import os
import platform
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from evaluation.cases import CaseResult, Drafting, measure
from evaluation.errors import NoCasesError
from evaluation.gold import case_files, read_case
from evaluation.report import Machine
from scribe.domain.encounter import Encounter
from scribe.domain.errors import ScribeError
from scribe.domain.note import Draft
from scribe.domain.transcript import Transcript


@dataclass(frozen=True, slots=True)
class Run:
    """The measured cases, what was wrong with the others, and the machine."""

    results: tuple[CaseResult, ...]
    broken: tuple[str, ...]
    machine: Machine


def run(
    folder: Path, drafting: Drafting, *, clock: Callable[[], float] = time.perf_counter, seen: Callable[[str], None]
) -> Run:
    """Measures every case of the folder; a broken file is told to ``seen`` and left out.

    Raises NoCasesError where there is no case file at all.
    """
    files = case_files(folder)
    if not files:
        raise NoCasesError(folder=folder)
    results: list[CaseResult] = []
    broken: list[str] = []
    seconds = 0.0

    def timed(transcript: Transcript, encounter: Encounter) -> Draft:
        nonlocal seconds
        start = clock()
        draft = drafting(transcript, encounter)
        seconds += clock() - start
        return draft

    for file in files:
        try:
            results.append(measure(read_case(file.read_bytes(), file.name), timed))
        except ScribeError as error:
            broken.append(str(error))
            seen(str(error))
    machine = Machine(platform.platform(terse=True), platform.python_version(), os.cpu_count() or 1, seconds)
    return Run(tuple(results), tuple(broken), machine)
