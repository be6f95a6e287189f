"""Live text measured: what the figures say of scripted speech."""

from pathlib import Path

import numpy as np
import pytest

from edge_agent.audio import Audio
from edge_agent.partial import Partial
from evaluation.live import SpokenTextError, Watcher, first_seconds, joined, read_reference, simulate
from models.audio import SAMPLE_RATE
from scribe.domain.transcript import Word
from tests.edge_agent.scripted_speech import ScriptedListener, silence, speech, text_of

STRETCHES = [[index * 3, index * 3 + 1, index * 3 + 2] for index in range(10)]
REFERENCE = " ".join(text_of(word) for stretch in STRETCHES for word in stretch)


def spoken() -> Audio:
    parts = [silence(0.5)]
    for stretch in STRETCHES:
        parts += [speech(stretch), silence(1.2)]
    return Audio(channels=np.concatenate(parts)[None, :], sha256="0" * 64, sample_rate=SAMPLE_RATE)


class Meter:
    """A cost that grows by a fixed step with each look: every piece of work costs the same."""

    def __init__(self, step: float) -> None:
        self.total = 0.0
        self.step = step

    def __call__(self) -> float:
        self.total += self.step
        return self.total


def test_free_decoding_shows_every_word_soon_and_the_record_at_once() -> None:
    figures = simulate(ScriptedListener(), spoken(), language="ko", reference=REFERENCE, cost=Meter(0.0))

    assert figures.words == 30
    assert 0.2 < figures.delay_p50 < 1.2
    assert figures.delay_max < 1.5
    assert (figures.retractions, figures.partials_dropped, figures.final_delay) == (0, 0, 0.0)
    assert (figures.live_cer, figures.final_cer) == (0.0, 0.0)
    assert figures.final_equals_file is True


def test_what_decoding_costs_is_added_to_the_delay() -> None:
    quick = simulate(ScriptedListener(), spoken(), language="ko", cost=Meter(0.0))
    slow = simulate(ScriptedListener(), spoken(), language="ko", cost=Meter(0.4))

    assert slow.delay_p50 >= quick.delay_p50 + 0.3
    assert slow.final_delay >= 0.4
    assert slow.live_rtf > 0.3
    assert slow.words == quick.words == 30


def test_decoding_slower_than_speech_drops_partials_and_keeps_words() -> None:
    figures = simulate(ScriptedListener(), spoken(), language="ko", reference=REFERENCE, cost=Meter(2.5))

    assert figures.partials_dropped > 0
    assert figures.words == 30
    assert figures.final_cer == 0.0


def test_a_word_taken_back_is_counted() -> None:
    watcher = Watcher()
    one, two = Word(text="목이", start=0.0, end=0.4), Word(text="아파요", start=0.4, end=0.9)

    watcher.see(Partial(stable=(one, two)), 1.5)
    watcher.see(Partial(stable=(one,)), 2.0)
    watcher.see(Partial(stable=(one, one)), 2.5)

    assert watcher.retractions == 2
    assert [shown.delay for shown in watcher.shown] == pytest.approx([1.1, 0.6])


def test_clips_are_joined_with_silence_and_cut_to_length() -> None:
    audio = joined([spoken(), spoken()], pause=1.0)

    assert audio.duration == pytest.approx(2 * spoken().duration + 3.0)
    assert first_seconds(audio, 5.0).duration == pytest.approx(5.0)


def test_references_are_texts_or_turns(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("목이 아파요", encoding="utf-8")
    (tmp_path / "a.json").write_text('{"turns": [{"text": "목이"}, {"text": "아파요"}]}', encoding="utf-8")
    (tmp_path / "b.json").write_text("[1]", encoding="utf-8")

    assert read_reference(tmp_path / "a.txt") == read_reference(tmp_path / "a.json")
    with pytest.raises(SpokenTextError, match=r"b\.json"):
        read_reference(tmp_path / "b.json")
    with pytest.raises(SpokenTextError, match="cannot be read"):
        read_reference(tmp_path / "none.txt")
