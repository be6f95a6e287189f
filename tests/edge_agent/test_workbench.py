"""The two workers of the recogniser process, without the process."""

import threading
import time
from collections.abc import Callable, Iterator

import numpy as np
import pytest

from edge_agent.messages import (
    Abandon,
    AudioBlock,
    Begin,
    Failed,
    Finish,
    Finished,
    GarbledError,
    LiveWords,
    Message,
    Ready,
    Rewind,
)
from edge_agent.tape import to_pcm
from edge_agent.workbench import Workbench
from models.audio import Samples
from models.errors import UnknownModelError
from tests.edge_agent.scripted_speech import ScriptedListener, silence, speech, text_of

SAID = np.concatenate([silence(0.5), speech([1, 2, 3]), silence(3.0), speech([4, 5]), silence(1.0)])[None, :]


class Bench:
    def __init__(self, listener: ScriptedListener) -> None:
        self.sent: list[Message] = []
        self.bench = Workbench(self.sent.append, time.monotonic)
        for work in (self.bench.work_live, self.bench.work_for_the_record):
            threading.Thread(target=work, args=(listener,), daemon=True).start()

    def begin(self, number: int = 1, **more: object) -> None:
        self.bench.take(
            Begin(number=number, recording_id=f"r{number}", channels=1, **{"language": "ko", "live_from": 0.0, **more})
        )

    def feed(self, audio: Samples, number: int = 1, start: int = 0, block: int = 8000) -> None:
        for at in range(0, audio.shape[1], block):
            self.bench.take(AudioBlock(number, start + at, to_pcm(audio[:, at : at + block])))
            time.sleep(0.01)

    def answer(self, kind: type, number: int = 1, seconds: float = 30.0) -> Message:
        end = time.monotonic() + seconds
        while True:
            for message in list(self.sent):
                if isinstance(message, kind) and message.number == number:
                    return message
            assert time.monotonic() < end, f"no {kind.__name__} came"
            time.sleep(0.01)


@pytest.fixture
def bench() -> Bench:
    return Bench(ScriptedListener())


def words(message: Message) -> list[str]:
    assert isinstance(message, Finished)
    return [word.text for utterance in message.transcript.utterances for word in utterance.words or ()]


def test_audio_becomes_live_words_and_a_transcript(bench: Bench) -> None:
    bench.begin()
    bench.feed(SAID)
    bench.answer(LiveWords)
    bench.bench.take(Finish(number=1, frames=SAID.shape[1]))

    assert words(bench.answer(Finished)) == [text_of(word) for word in (1, 2, 3, 4, 5)]
    assert bench.bench.beat().number is None


def test_without_live_text_the_transcript_is_the_same(bench: Bench) -> None:
    bench.begin(live_from=None)
    bench.feed(SAID)
    bench.bench.take(Finish(number=1, frames=SAID.shape[1]))

    assert words(bench.answer(Finished)) == [text_of(word) for word in (1, 2, 3, 4, 5)]
    assert not any(isinstance(message, LiveWords) for message in bench.sent)


def test_live_words_say_which_rewind_they_follow(bench: Bench) -> None:
    bench.begin(generation=4)
    bench.feed(SAID[:, :40_000])
    assert bench.answer(LiveWords).generation == 4
    bench.bench.take(Rewind(number=1, frames=8000, generation=5))
    bench.feed(SAID, start=8000)
    bench.bench.take(Finish(number=1, frames=8000 + SAID.shape[1]))
    bench.answer(Finished)

    generations = [message.generation for message in bench.sent if isinstance(message, LiveWords)]
    assert generations == sorted(generations)


@pytest.mark.parametrize(
    "wrong",
    [
        AudioBlock(1, 99, np.zeros((1, 10), dtype=np.int16)),
        AudioBlock(1, 0, np.zeros((2, 10), dtype=np.int16)),
        AudioBlock(7, 0, np.zeros((1, 10), dtype=np.int16)),
        Ready(load_seconds=1.0),
    ],
    ids=["a gap", "another number of channels", "a recording that was not begun", "not for this side"],
)
def test_what_cannot_be_followed_is_garbage(bench: Bench, wrong: Message) -> None:
    bench.begin()

    with pytest.raises(GarbledError):
        bench.bench.take(wrong)


def test_audio_of_a_recording_that_is_over_is_not_garbage(bench: Bench) -> None:
    bench.begin()
    bench.bench.take(Abandon(number=1))

    bench.bench.take(AudioBlock(1, 0, np.zeros((1, 10), dtype=np.int16)))
    bench.bench.take(Finish(number=1, frames=10))


def test_a_language_without_a_model_fails_its_recording_alone() -> None:
    class Picky(ScriptedListener):
        def record_pass(self, tape, *, language, **more):
            if language == "xx":
                raise UnknownModelError(name="xx", known="whisper-base")
            return super().record_pass(tape, language=language, **more)

        def live_text(self, *, language, **more):
            if language == "xx":
                raise UnknownModelError(name="xx", known="whisper-base")
            return super().live_text(language=language, **more)

    bench = Bench(Picky())
    bench.begin(1, language="xx")
    bench.feed(SAID[:, :16_000])
    bench.begin(2)
    bench.feed(SAID, number=2)
    bench.bench.take(Finish(number=2, frames=SAID.shape[1]))

    failed = bench.answer(Failed)
    assert isinstance(failed, Failed)
    assert "No model is named xx" in failed.problem
    assert words(bench.answer(Finished, 2)) == [text_of(word) for word in (1, 2, 3, 4, 5)]


def test_the_record_of_one_who_never_pauses_is_made_all_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("edge_agent.workbench._LONGEST_PATIENCE", 0.2)
    bench = Bench(ScriptedListener())
    bench.begin()
    breathing = [np.concatenate([speech([n, n + 1, n + 2]), silence(0.3)]) for n in range(0, 36, 3)]

    for number, part in enumerate(breathing):
        bench.feed(part[None, :], start=number * part.size)

    def recognised() -> Iterator[Message]:
        return (message for message in bench.sent if type(message).__name__ == "ChunkDone")

    until(lambda: any(recognised()))


def until(condition: Callable[[], bool], seconds: float = 30.0) -> None:
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, "it did not come about"
        time.sleep(0.01)
