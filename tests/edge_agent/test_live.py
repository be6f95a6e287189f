"""Live text over scripted speech: stable for good, bounded in cost, late partials dropped, audio never."""

import itertools

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from edge_agent.live import LiveOptions, LiveText
from edge_agent.partial import Partial
from models.audio import SAMPLE_RATE, Samples
from tests.edge_agent.scripted_speech import (
    WORD_SECONDS,
    LoudIsSpeech,
    ScriptedRecogniser,
    silence,
    speech,
    text_of,
)

CONSULTATION = ([1, 2, 3, 4, 5], [6, 7], [8, 9, 10, 11, 12, 13, 14, 15], [16, 17, 18])


def recording(*stretches: list[int], pause: float = 1.0) -> Samples:
    parts = [silence(0.7)]
    for words in stretches:
        parts += [speech(words), silence(pause)]
    return np.concatenate(parts)


def listen(live: LiveText, audio: Samples, blocks: list[int]) -> list[Partial]:
    partials = []
    at = 0
    for size in itertools.cycle(blocks):
        partials.append(live.feed(audio[at : at + size]))
        at += size
        if at >= audio.size:
            break
    while live.waits:
        partials.append(live.feed(silence(0)))
    return [*partials, live.end()]


def live_text(recogniser: ScriptedRecogniser, **options: float) -> LiveText:
    return LiveText(recogniser, LoudIsSpeech(), language="ko", options=LiveOptions(**options))


def stable(partial: Partial) -> list[str]:
    return [word.text for word in partial.stable]


@given(st.lists(st.integers(200, 40_000), min_size=1, max_size=6))
@settings(deadline=None, max_examples=40)
def test_every_word_becomes_stable_once_and_stays_however_the_audio_arrives(blocks: list[int]) -> None:
    partials = listen(live_text(ScriptedRecogniser()), recording(*CONSULTATION), blocks)

    for earlier, later in itertools.pairwise(partials):
        assert later.stable[: len(earlier.stable)] == earlier.stable
    assert stable(partials[-1]) == [text_of(word) for stretch in CONSULTATION for word in stretch]
    assert partials[-1].tentative == ""


def test_words_lie_on_the_recordings_clock() -> None:
    live = LiveText(ScriptedRecogniser(), LoudIsSpeech(), language="ko", start=100.0)

    last = listen(live, recording([1, 2, 3]), [1600])[-1]

    for index, word in enumerate(last.stable):
        assert word.start == pytest.approx(100.7 + index * WORD_SECONDS, abs=0.1)
        assert word.end == pytest.approx(100.7 + (index + 1) * WORD_SECONDS, abs=0.1)


def test_a_word_is_shown_while_the_sentence_goes_on() -> None:
    audio = np.concatenate([silence(0.5), speech(list(range(20)))])
    live = live_text(ScriptedRecogniser())
    shown_at: dict[str, float] = {}

    for at in range(0, audio.size, 1600):
        partial = live.feed(audio[at : at + 1600])
        for word in partial.stable:
            shown_at.setdefault(word.text, (at + 1600) / SAMPLE_RATE - word.end)

    assert len(shown_at) >= 15
    assert max(shown_at.values()) < 1.5


def test_silence_gives_nothing_and_costs_nothing() -> None:
    recogniser = ScriptedRecogniser()
    live = live_text(recogniser)

    partials = listen(live, silence(60), [1600])

    assert all(partial.stable == () and partial.tentative == "" for partial in partials)
    assert recogniser.heard == []


def test_a_long_monologue_stays_cheap_and_whole() -> None:
    recogniser = ScriptedRecogniser()
    said = [index % 37 for index in range(200)]
    live = live_text(recogniser)

    last = listen(live, recording(said), [1600])[-1]

    assert max(recogniser.heard) <= live.options.longest + 1.0
    assert stable(last) == [text_of(word) for word in said]


def test_speech_that_no_two_hypotheses_agree_on_is_bounded_too() -> None:
    class Fickle(ScriptedRecogniser):
        def hear(self, audio: Samples, *, language: str):
            heard = super().hear(audio, language=language)
            words = tuple(type(w)(text=f"{w.text}{len(self.heard)}", start=w.start, end=w.end) for w in heard.words)
            return type(heard)(words=words, no_speech=0.0, log_probability=0.0)

    recogniser = Fickle()

    listen(live_text(recogniser), recording([index % 37 for index in range(150)]), [1600])

    assert max(recogniser.heard) <= 2 * LiveOptions().longest + 1.0


def test_overload_drops_partials_and_no_word() -> None:
    """A decoding takes three seconds: the audio of three seconds comes at once."""
    recogniser = ScriptedRecogniser()
    live = live_text(recogniser)

    last = listen(live, recording(*CONSULTATION), [3 * SAMPLE_RATE])[-1]

    assert live.dropped > 0
    assert len(recogniser.heard) < 10
    assert stable(last) == [text_of(word) for stretch in CONSULTATION for word in stretch]
    assert last.skipped == 0.0


def test_far_behind_the_live_text_goes_on_with_now() -> None:
    recogniser = ScriptedRecogniser()
    live = live_text(recogniser, most_behind=5.0)

    last = listen(live, recording(*([index, index + 1, index + 2] for index in range(0, 30, 3))), [10**7])[-1]

    assert stable(last)[-3:] == [text_of(word) for word in (27, 28, 29)]
    assert last.skipped > 5.0
    assert len(stable(last)) < 30


def test_a_click_leaves_no_trace() -> None:
    audio = np.concatenate([silence(1), speech([5])[:1000], silence(1), speech([1, 2, 3]), silence(1)])

    assert stable(listen(live_text(ScriptedRecogniser()), audio, [1600])[-1]) == [text_of(word) for word in (1, 2, 3)]


def test_memory_holds_no_more_than_is_needed() -> None:
    live = live_text(ScriptedRecogniser())

    for _ in range(120):
        live.feed(silence(1))

    assert live.held_seconds < 3.0
