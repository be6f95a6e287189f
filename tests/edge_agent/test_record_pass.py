"""The final transcript while the recording goes on: the same as from the whole recording."""

import itertools

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from edge_agent.audio import Audio, read_audio
from edge_agent.record_pass import Recognised, RecordPass
from edge_agent.tape import GrowingTape, WholeTape, from_pcm, to_pcm
from edge_agent.transcribe import Listener
from models.audio import SAMPLE_RATE, Samples
from tests.edge_agent.scripted_speech import (
    LoudIsSpeech,
    ScriptedRecogniser,
    said_by,
    silence,
    speech,
    starts,
    text_of,
)

SAID = [[1, 2, 3], [4, 5], [6, 7, 8, 9], [10, 11], [12, 13, 14, 15, 16, 17], [18, 19], [20]]
PAUSES = [0.3, 1.0, 2.5, 0.4, 0.5, 3.0, 0.2]


def recording() -> Samples:
    parts = [silence(0.5)]
    for words, pause in zip(SAID, PAUSES, strict=True):
        parts += [speech(words), silence(pause)]
    return np.concatenate(parts)[None, :]


def passing(tape: GrowingTape | WholeTape, recogniser: ScriptedRecogniser, known=()) -> RecordPass:
    return RecordPass(tape, recogniser, LoudIsSpeech(), language="ko", longest_chunk=5.0, voices=None, known=known)


def words_of(spoken) -> list[str]:
    return [word.text for phrase, _ in spoken for word in phrase.words]


def fed(channels: Samples, blocks: list[int], recogniser: ScriptedRecogniser, known=()):
    """The pass, worked while the audio came in blocks, and what it did while it came."""
    tape = GrowingTape(len(channels))
    record = passing(tape, recogniser, known)
    done: list[Recognised] = []
    at = 0
    for size in itertools.cycle(blocks):
        tape.append(to_pcm(channels[:, at : at + size]))
        at += size
        while (chunk := record.work()) is not None:
            done.append(chunk)
        if at >= channels.shape[1]:
            return record, done
    raise AssertionError


def test_the_first_chunk_is_read_while_the_rest_is_still_listened_to() -> None:
    tape = WholeTape(np.tile(recording(), (1, 4)))
    record = passing(tape, ScriptedRecogniser())
    heard: list[int] = []

    record.finish(lambda _done, _total: heard.append(record._track.frames))

    assert heard[0] < tape.frames / 2
    assert heard[-1] == tape.frames


def test_progress_goes_up_to_the_whole_recording() -> None:
    told: list[tuple[float, float]] = []

    passing(WholeTape(recording()), ScriptedRecogniser()).finish(lambda done, total: told.append((done, total)))

    assert [done for done, _ in told] == sorted(done for done, _ in told)
    assert told[-1] == (recording().shape[1] / SAMPLE_RATE,) * 2


@given(st.lists(st.integers(300, 60_000), min_size=1, max_size=6))
@settings(deadline=None, max_examples=40)
def test_bit_by_bit_and_at_once_give_the_same(blocks: list[int]) -> None:
    channels = from_pcm(to_pcm(recording()))
    whole = passing(WholeTape(channels), ScriptedRecogniser()).finish()
    recogniser = ScriptedRecogniser()

    record, done = fed(channels, blocks, recogniser)
    spoken = record.finish()

    assert spoken == whole
    assert words_of(spoken) == [text_of(word) for words in SAID for word in words]
    assert len(set(recogniser.chunks)) == len(recogniser.chunks), "a chunk was recognised twice"
    assert len(recogniser.chunks) - len(done) <= 2, "more than the last chunks were left for the end"


def test_what_is_known_is_not_recognised_again() -> None:
    channels = recording()
    record, done = fed(channels, [8000], ScriptedRecogniser())
    first = record.finish()
    recogniser = ScriptedRecogniser()

    record, _ = fed(channels, [8000], recogniser, known=done)

    assert record.finish() == first
    assert len(recogniser.chunks) <= 2


@pytest.mark.parametrize("seconds", [0.0, 1.0, 4.0, 8.3, 11.1, 17.0])
def test_off_the_record_leaves_no_word(seconds: float) -> None:
    """What lies from ``seconds`` on is deleted; other words are said instead."""
    channels = recording()
    tape = GrowingTape(1)
    record = passing(tape, ScriptedRecogniser())
    for at in range(0, channels.shape[1], 8000):
        tape.append(to_pcm(channels[:, at : at + 8000]))
        while record.work() is not None:
            pass
    cut = int(seconds * SAMPLE_RATE)

    instead = np.concatenate([silence(1), speech([30, 31, 32]), silence(1)])[None, :]
    tape.truncate(cut)
    tape.append(to_pcm(instead))
    record.rewind(cut)
    while record.work() is not None:
        pass

    expected = passing(WholeTape(np.concatenate([channels[:, :cut], instead], axis=1)), ScriptedRecogniser()).finish()
    assert words_of(record.finish()) == words_of(expected)


def test_silence_has_no_text() -> None:
    recogniser = ScriptedRecogniser()

    record, done = fed(silence(30)[None, :], [16000], recogniser)

    assert (record.finish(), done, recogniser.chunks) == ([], [], [])


def test_truncated_audio_is_gone_from_memory() -> None:
    tape = GrowingTape(1)
    tape.append(np.full((1, 1000), 7, dtype=np.int16))

    tape.truncate(400)
    tape.append(np.full((1, 100), 9, dtype=np.int16))

    assert tape.frames == 500
    assert tape.pcm(400, 500).tolist() == [[9] * 100]
    assert 7 not in tape._pcm[:, 500:1000]


@given(st.lists(st.integers(-32768, 32767), min_size=1, max_size=50))
def test_pcm_comes_back_as_it_was(values: list[int]) -> None:
    pcm = np.array([values], dtype=np.int16)

    assert (to_pcm(from_pcm(pcm)) == pcm).all()


@pytest.fixture(scope="module")
def listener(models_home) -> Listener:
    return Listener(models_home, threads=2)


@pytest.mark.parametrize("channels", [1, 2])
def test_the_real_recogniser_gives_the_same_live_as_from_the_file(
    listener: Listener, shared_speech, channels: int
) -> None:
    whole = read_audio(shared_speech / "synthetic" / "uri-adult-01.flac")
    samples = whole.channels[:, : 45 * SAMPLE_RATE]
    if channels == 2:
        samples = np.concatenate([samples, samples * np.float32(0.25)])
    samples = from_pcm(to_pcm(samples))
    audio = Audio(channels=samples, sha256=whole.sha256, sample_rate=whole.sample_rate)
    tape = GrowingTape(channels)
    record = listener.record_pass(tape, language="ko")
    during = 0
    for at in range(0, samples.shape[1], 11_111):
        tape.append(to_pcm(samples[:, at : at + 11_111]))
        during += record.work() is not None

    transcript = listener.transcribe(audio)

    spoken = record.finish()
    live = listener.transcript(spoken, transcript.recording, language="ko")
    assert starts(live) == pytest.approx(starts(transcript), abs=0.1)
    assert said_by(live) == said_by(transcript)
    assert len(transcript.utterances) > 3
    assert during >= 1
