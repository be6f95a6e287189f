from itertools import count

import pytest

from evaluation.errors import WrongRunsError
from evaluation.load import AIM, forty_turns, measure, sentence, visit
from evaluation.machine import this_machine
from scribe.domain.transcript import Transcript
from scribe.drafting.draft import draft


class Ticking:
    """A clock that moves only while something is drafted or tokenised."""

    def __init__(self, drafting: float, tokenising: float) -> None:
        self.now = 0.0
        self.drafting = drafting
        self.tokenising = tokenising
        self.told: list[tuple[str, ...]] = []

    def clock(self) -> float:
        return self.now

    def draft(self, transcript: Transcript, _encounter: object) -> None:
        self.told.append(tuple(utterance.text for utterance in transcript.utterances))
        self.now += self.drafting * (5 if len(self.told) == 1 else 1)

    def tokenise(self, _text: str) -> None:
        self.now += self.tokenising / 40


def test_the_consultation_has_forty_turns_of_three_people() -> None:
    said = forty_turns()
    assert len(said.utterances) == 40
    assert {utterance.speaker for utterance in said.utterances} == {"doctor", "patient", "nurse"}
    assert all(one.end <= other.start for one, other in zip(said.utterances, said.utterances[1:], strict=False))


def test_medians_ratio_and_loading() -> None:
    ticking = Ticking(drafting=0.2, tokenising=0.05)
    speed = measure(forty_turns(), visit(), ticking.draft, ticking.tokenise, runs=3, clock=ticking.clock)  # type: ignore[arg-type]
    assert (speed.turns, speed.runs, speed.seconds, speed.tokenising) == (40, 3, 0.2, 0.05)
    assert speed.ratio == pytest.approx(4)
    assert speed.loading == pytest.approx(0.8)
    assert speed.as_json()["ratio"] == 4


def test_no_two_runs_are_told_the_same_utterance() -> None:
    ticking = Ticking(0.1, 0.1)
    measure(forty_turns(), visit(), ticking.draft, ticking.tokenise, runs=7, clock=ticking.clock)  # type: ignore[arg-type]
    texts = [text for told in ticking.told for text in told]
    assert len(ticking.told) == 8
    assert len(set(texts)) == len(texts)


@pytest.mark.parametrize("runs", [0, -1, 99])
def test_runs_beyond_the_tellings_are_refused(runs: int) -> None:
    steps = count()
    with pytest.raises(WrongRunsError, match="--runs must be 1 to"):
        measure(forty_turns(), visit(), draft, str, runs=runs, clock=lambda: float(next(steps)))


def test_the_sentence_names_the_machine_and_the_aim() -> None:
    ticking = Ticking(drafting=0.7, tokenising=0.1)
    speed = measure(forty_turns(), visit(), ticking.draft, ticking.tokenise, runs=1, clock=ticking.clock)  # type: ignore[arg-type]
    machine = this_machine()
    said = sentence(speed, machine)
    assert f"aim {AIM:g}: missed" in said
    assert machine.python in said
    assert machine.processor in said


def test_the_consultation_of_the_benchmark_is_read_into_entries() -> None:
    made = draft(forty_turns(), visit())
    orders = {entry.name: entry.action for entry in made.entries if entry.kind == "medication_order"}
    assert orders["에소메프라졸"] == "start"
    assert orders["이부프로펜"] == "stop"
