"""Speaker attribution is counted right, and mixtures are what their recipe says."""

import json
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest

from edge_agent.audio import read_audio
from evaluation.mixtures import Mixture, Recipe, Turn, Voices, mixture
from evaluation.speakers import compared, read_dialogue, summed
from evaluation.speech import ManifestError
from models.audio import SAMPLE_RATE

TURNS = (
    Turn(start=0.0, end=4.0, speaker="a"),
    Turn(start=5.0, end=8.0, speaker="b"),
    Turn(start=7.0, end=9.0, speaker="a"),
)


def dialogue(seconds: float = 10.0) -> Mixture:
    return Mixture(audio=np.zeros((1, int(seconds * SAMPLE_RATE)), dtype=np.float32), turns=TURNS, physician="a")


def test_the_right_answer_is_all_right_whatever_the_voices_are_called() -> None:
    counts = compared(dialogue(), [(0.0, 4.0, "7"), (5.0, 8.0, "3"), (7.0, 9.0, "7")])
    found = summed([counts], 0.01, 10.0)

    assert (found.right, found.missed, found.overlap, found.der, found.counted) == (1.0, 0.0, 1.0, 0.0, 1.0)


def test_one_voice_for_all_is_right_for_whoever_speaks_most() -> None:
    found = summed([compared(dialogue(), [(0.0, 4.0, "0"), (5.0, 9.0, "0")])], 0.0, 10.0)

    assert found.right == pytest.approx(5 / 7, abs=0.01)
    assert found.overlap == 1.0
    assert found.counted == 0.0
    assert found.der == pytest.approx(3 / 9, abs=0.01)


def test_what_is_missed_is_not_called_wrong_but_counts_in_der() -> None:
    found = summed([compared(dialogue(), [(0.0, 4.0, "0")])], 0.0, 10.0)

    assert found.right == 1.0
    assert found.missed == pytest.approx(3 / 7, abs=0.01)
    assert found.der == pytest.approx(5 / 9, abs=0.01)


def test_speech_where_there_is_none_counts_in_der() -> None:
    said = [(0.0, 4.0, "0"), (4.2, 4.8, "0"), (5.0, 8.0, "1"), (7.0, 9.0, "0")]

    assert summed([compared(dialogue(), said)], 0.0, 10.0).der == pytest.approx(0.6 / 9, abs=0.01)


def test_the_enrolled_physician_counts_exactly() -> None:
    said = [(0.0, 4.0, "0"), (5.0, 8.0, "1"), (7.0, 9.0, "0")]

    assert summed([compared(dialogue(), said, frozenset({0}))], 0.0, 10.0).physician == 1.0
    assert summed([compared(dialogue(), said, frozenset({1}))], 0.0, 10.0).physician == 0.0
    assert summed([compared(dialogue(), said, frozenset())], 0.0, 10.0).physician == pytest.approx(2 / 7, abs=0.01)


def test_nothing_heard_is_nothing_right() -> None:
    found = summed([compared(dialogue(), [])], 0.0, 10.0)

    assert (found.right, found.missed, found.der) == (0.0, 1.0, 1.0)


@pytest.fixture
def voices() -> Voices:
    generator = np.random.default_rng(2)

    def clip() -> tuple[np.ndarray, ...]:
        return tuple(generator.normal(0, 0.06, SAMPLE_RATE * 2).astype(np.float32) for _ in range(3))

    return Voices(turns={name: (clip(), clip()) for name in "abcd"})


def test_the_same_seed_makes_the_same_dialogue(voices: Voices) -> None:
    recipe = Recipe(speakers=3, noise=20.0)
    first, second, other = (mixture(voices, recipe, seed) for seed in (4, 4, 5))

    np.testing.assert_array_equal(first.audio, second.audio)
    assert first.turns == second.turns
    assert len(first.speakers) == 3
    assert first.turns != other.turns


def test_turns_follow_one_another_with_a_pause_or_an_overlap(voices: Voices) -> None:
    clean = mixture(voices, Recipe(), 1)
    gaps = [b.start - a.end for a, b in pairwise(clean.turns)]
    early = mixture(voices, Recipe(overlap=0.1), 1)
    overlaps = [a.end - b.start for a, b in pairwise(early.turns)]

    assert all(0.1 <= gap <= 1.0 for gap in gaps)
    assert overlaps == pytest.approx([0.2] * len(overlaps), abs=0.01)
    assert len(clean.regions) == len(clean.turns)
    assert len(early.regions) == 1


def test_two_microphones_hear_either_voice_at_its_crosstalk(voices: Voices) -> None:
    found = mixture(voices, Recipe(crosstalk=(12.0, 12.0)), 3)
    differences: dict[str, list[float]] = {}
    for turn in found.turns:
        part = found.audio[:, int(turn.start * SAMPLE_RATE) : int(turn.end * SAMPLE_RATE)]
        level = 10 * np.log10((part**2).mean(axis=1))
        differences.setdefault(turn.speaker, []).append(float(level[0] - level[1]))
    physician = differences.pop(found.physician)
    (other,) = differences.values()

    assert np.mean(physician) - np.mean(other) == pytest.approx(24.0, abs=0.5)


def test_the_enrolment_is_no_part_of_the_dialogue(voices: Voices) -> None:
    found = mixture(voices, Recipe(), 1, enrolled=True)

    assert found.enrolment is not None
    assert found.enrolment.size == 6 * SAMPLE_RATE
    assert sum(turn.speaker == found.physician for turn in found.turns) <= 3
    assert mixture(voices, Recipe(), 1).enrolment is None


def test_a_dialogue_without_turns_is_refused(tmp_path: Path) -> None:
    (tmp_path / "d.json").write_text(json.dumps({"turns": [{"start": 1}]}))

    with pytest.raises(ManifestError, match="no turns"):
        read_dialogue(tmp_path / "d.wav")


def test_a_dialogue_is_read_with_its_turns() -> None:
    path = Path(__file__).resolve().parents[2] / "../shared/speech/dialogue/desk-a.flac"
    if not path.is_file():
        pytest.skip("the project's shared speech data is not beside this checkout")
    found = read_dialogue(path)

    assert found.speakers == ("doctor", "patient")
    assert found.enrolment is not None
    assert found.enrolment.size == 15 * SAMPLE_RATE
    assert found.audio.shape == read_audio(path).channels.shape
