"""How fast drafting is: processor seconds for a consultation of forty turns, beside plain tokenising of the same words.

Every run says each utterance with another filler before it, so that nothing remembered of an utterance helps the next
run; what is loaded once (analyser, lexicons) is measured apart.
"""

import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import date, datetime, timedelta, timezone
from importlib import resources
from statistics import median
from typing import cast, get_args

from evaluation.errors import WrongRunsError
from evaluation.machine import Machine
from scribe.domain.encounter import Encounter, Patient
from scribe.domain.note import Draft
from scribe.domain.transcript import Speaker, Transcript, Utterance

AIM = 0.5
"""Processor seconds on one core for forty turns (figure of the project)."""

_FILLERS = ("어, ", "음, ", "그, ", "아, ", "저기, ", "뭐, ", "에, ", "어어, ", "음음, ", "자, ", "글쎄, ")
_SYLLABLES_A_SECOND = 4.5

Drafting = Callable[[Transcript, Encounter], Draft]
Tokenising = Callable[[str], object]


@dataclass(frozen=True, slots=True, kw_only=True)
class Speed:
    """Processor seconds: ``seconds`` and ``tokenising`` are medians of the runs, ``loading`` is the first call's extra.

    ``ratio`` is drafting over tokenising the same utterances, one call each.
    """

    turns: int
    syllables: int
    runs: int
    seconds: float
    slowest: float
    tokenising: float
    loading: float
    aim: float = AIM

    @property
    def ratio(self) -> float:
        return self.seconds / self.tokenising

    def as_json(self) -> dict[str, float | int]:
        return {**asdict(self), "ratio": round(self.ratio, 2)}


def forty_turns() -> Transcript:
    """The benchmark's own consultation, of forty turns."""
    lines = resources.files(__package__).joinpath("benchmarks/forty_turns.tsv").read_text(encoding="utf-8").splitlines()
    utterances: list[Utterance] = []
    at = 0.0
    for number, line in enumerate(lines):
        speaker, text = line.split("\t")
        if speaker not in get_args(Speaker):
            raise ValueError(f"line {number + 1} names no speaker")
        end = at + len(text) / _SYLLABLES_A_SECOND
        utterances.append(
            Utterance(id=f"u{number}", speaker=cast(Speaker, speaker), start=round(at, 1), end=round(end, 1), text=text)
        )
        at = end + 0.5
    return Transcript(language="ko", utterances=tuple(utterances))


def visit() -> Encounter:
    """An encounter for a transcript that has none."""
    return Encounter(
        id="benchmark",
        start=datetime(2026, 9, 14, 10, 20, tzinfo=timezone(timedelta(hours=9))),
        setting="outpatient",
        patient=Patient(name="김가람", sex="male", birth_date=date(1968, 4, 2)),
    )


def measure(
    transcript: Transcript,
    encounter: Encounter,
    drafting: Drafting,
    tokenising: Tokenising,
    *,
    runs: int = 7,
    clock: Callable[[], float] = time.process_time,
) -> Speed:
    """The speed over ``runs`` tellings of the transcript; WrongRunsError beyond as many as there are fillers."""
    if not 1 <= runs < len(_FILLERS):
        raise WrongRunsError(most=len(_FILLERS) - 1)
    first, *tellings = [_told(transcript, filler) for filler in _FILLERS[: runs + 1]]
    cold = _seconds(clock, lambda: drafting(first, encounter))
    words = [[utterance.text for utterance in told.utterances] for told in tellings]
    for text in [utterance.text for utterance in first.utterances]:
        tokenising(text)
    drafted = [_seconds(clock, lambda told=told: drafting(told, encounter)) for told in tellings]  # type: ignore[misc]
    plain = [_seconds(clock, lambda texts=texts: [tokenising(text) for text in texts]) for texts in words]  # type: ignore[misc]
    return Speed(
        turns=len(transcript.utterances),
        syllables=_syllables(transcript),
        runs=runs,
        seconds=round(median(drafted), 4),
        slowest=round(max(drafted), 4),
        tokenising=round(median(plain), 4),
        loading=round(max(0.0, cold - median(drafted)), 4),
    )


def sentence(speed: Speed, machine: Machine) -> str:
    """The figures in one paragraph, with the machine."""
    met = "met" if speed.seconds < speed.aim else "missed"
    return (
        f"drafting {speed.turns} turns ({speed.syllables} syllables): {speed.seconds:.3f} processor seconds, one core "
        f"(median of {speed.runs}, slowest {speed.slowest:.3f}; aim {speed.aim:g}: {met}); {speed.ratio:.1f} × plain "
        f"tokenising ({speed.tokenising:.3f} s); loading once {speed.loading:.1f} s; {machine.processor}, "
        f"{machine.processors} cores, {machine.platform}, Python {machine.python}"
    )


def _told(transcript: Transcript, filler: str) -> Transcript:
    return replace(
        transcript,
        utterances=tuple(replace(utterance, text=filler + utterance.text) for utterance in transcript.utterances),
    )


def _seconds(clock: Callable[[], float], work: Callable[[], object]) -> float:
    start = clock()
    work()
    return clock() - start


def _syllables(transcript: Transcript) -> int:
    texts: Sequence[str] = [utterance.text for utterance in transcript.utterances]
    return sum("가" <= char <= "힣" for text in texts for char in text)
