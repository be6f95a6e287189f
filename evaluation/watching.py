"""What the evaluation sees of a drafting: how long each stage took, and which utterances no entry cites."""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from scribe.domain.entries import Entry
from scribe.domain.note import Note
from scribe.domain.summary import PatientSummary
from scribe.drafting.dialogue import Dialogue
from scribe.drafting.extract import Reading, Unread
from scribe.drafting.verify import Verdict

STAGES = ("dialogue", "entries", "reading", "note", "patient_summary", "verdicts")


@dataclass(frozen=True, slots=True)
class StageTime:
    """Processor seconds that a stage took; ``kind`` is the entry kind of an extractor."""

    stage: str
    seconds: float
    kind: str | None = None


class Watch:
    """An observer of one drafting; make it right before the drafting begins."""

    def __init__(self, clock: Callable[[], float] = time.process_time) -> None:
        self._clock = clock
        self._since = clock()
        self._times: list[StageTime] = []
        self.raw: dict[str, float] = {}
        """The confidence of each entry as its extractor stated it."""
        self.unread: tuple[Unread, ...] = ()
        """Utterances with a drug, a number, a symptom or a plan that no entry cites (미분류)."""

    @property
    def times(self) -> tuple[StageTime, ...]:
        """In the order of the stages; one for each extractor."""
        return tuple(self._times)

    def dialogue(self, dialogue: Dialogue) -> None:
        del dialogue
        self._done("dialogue")

    def entries(self, kind: str, entries: Sequence[Entry]) -> None:
        del entries
        self._done("entries", kind)

    def reading(self, reading: Reading) -> None:
        self.unread = reading.unread
        self.raw = {entry.id: entry.confidence for entry in reading.entries if entry.confidence is not None}
        self._done("reading")

    def note(self, note: Note) -> None:
        del note
        self._done("note")

    def patient_summary(self, summary: PatientSummary) -> None:
        del summary
        self._done("patient_summary")

    def verdicts(self, verdicts: Sequence[Verdict]) -> None:
        del verdicts
        self._done("verdicts")

    def _done(self, stage: str, kind: str | None = None) -> None:
        now = self._clock()
        self._times.append(StageTime(stage, now - self._since, kind))
        self._since = now


def seconds_by_stage(times: Sequence[StageTime]) -> dict[str, float]:
    """The sums of each stage that occurred, in the order of the stages."""
    sums = {stage: sum(time.seconds for time in times if time.stage == stage) for stage in STAGES}
    return {stage: seconds for stage, seconds in sums.items() if any(time.stage == stage for time in times)}
