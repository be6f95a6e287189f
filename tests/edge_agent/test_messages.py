"""What goes over the pipe, and what is recognised as garbage on it."""

import io

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from edge_agent.messages import (
    Abandon,
    AudioBlock,
    Beat,
    Begin,
    ChunkDone,
    EndedError,
    Failed,
    Finish,
    Finished,
    GarbledError,
    LiveWords,
    Message,
    PhysicianVoice,
    Ready,
    Refused,
    Rewind,
    Start,
    read_message,
    write_message,
)
from edge_agent.partial import Pace
from edge_agent.record_pass import Recognised
from models.speech import Passage
from models.vad import Region
from scribe.domain.transcript import Recording, Transcript, Utterance, Word

WORD = Word(text="혈압", start=1.125, end=1.5, probability=0.93)
DONE = Recognised(chunk=Region(start=1 / 3, end=2 / 7), passages=(Passage(words=(WORD,), confidence=0.8),))
TRANSCRIPT = Transcript(
    language="ko",
    utterances=(Utterance(id="u0", speaker="doctor", start=1.0, end=2.0, text="혈압", confidence=0.8, words=(WORD,)),),
    recording=Recording(id="r", duration=2.0, sha256="0" * 64, sample_rate=16000),
)
MESSAGES: list[Message] = [
    Start(models_home="/m", model="whisper-base", registry=None, threads=2),
    Ready(load_seconds=1.5),
    Refused(problem="there is no model"),
    Begin(
        number=1,
        recording_id="r",
        channels=2,
        language="ko",
        live_from=1.5,
        generation=2,
        known=(DONE,),
        physician=PhysicianVoice(model="v", vector=(0.5, -0.5), likeness=0.8, spread=0.1, seconds=12.0),
    ),
    Rewind(number=1, frames=16000, generation=3),
    Finish(number=1, frames=32000),
    Abandon(number=1),
    LiveWords(number=1, generation=0, fresh=(WORD,), tentative="백삼십", heard_to=2.0, skipped=0.0),
    ChunkDone(number=1, generation=0, done=DONE),
    Finished(number=1, transcript=TRANSCRIPT, pace=Pace(lag=0.5)),
    Failed(number=1, problem="the language is unknown"),
    Beat(busy=0.5, number=1, pace=Pace(record_rtf=0.1)),
]


def framed(message: Message) -> bytes:
    stream = io.BytesIO()
    write_message(stream, message)
    return stream.getvalue()


@pytest.mark.parametrize("message", MESSAGES, ids=lambda message: type(message).__name__)
def test_a_message_arrives_as_it_was_sent(message: Message) -> None:
    assert read_message(io.BytesIO(framed(message))) == message


@given(st.integers(1, 2), st.lists(st.integers(-32768, 32767), max_size=40), st.integers(0, 2**40))
def test_audio_arrives_sample_by_sample(channels: int, values: list[int], start: int) -> None:
    pcm = np.array([values, values[::-1]][:channels], dtype=np.int16)

    arrived = read_message(io.BytesIO(framed(AudioBlock(3, start, pcm))))

    assert isinstance(arrived, AudioBlock)
    assert (arrived.number, arrived.start) == (3, start)
    assert arrived.pcm.shape == pcm.shape
    assert (arrived.pcm == pcm).all()


@given(st.binary(max_size=200))
def test_garbage_is_refused_and_never_taken_for_a_message(garbage: bytes) -> None:
    with pytest.raises((GarbledError, EndedError)):
        read_message(io.BytesIO(garbage))


@given(st.sampled_from(MESSAGES), st.data())
def test_a_flipped_bit_is_noticed(message: Message, data: st.DataObject) -> None:
    frame = bytearray(framed(message))
    bit = data.draw(st.integers(0, len(frame) * 8 - 1))
    frame[bit // 8] ^= 1 << bit % 8

    with pytest.raises((GarbledError, EndedError)):
        read_message(io.BytesIO(bytes(frame)))


def test_a_broken_off_message_is_the_end() -> None:
    with pytest.raises(EndedError):
        read_message(io.BytesIO(framed(MESSAGES[0])[:-1]))


def test_what_is_garbled_is_not_quoted() -> None:
    frame = framed(LiveWords(number=1, generation=0, fresh=(WORD,), tentative="", heard_to=2.0, skipped=0.0))
    wrong = frame.replace(b'"number":1', b'"nombre":1')
    payload = wrong[11:]
    import struct
    import zlib

    kind = wrong[2]
    head = struct.pack("<2sBII", b"RP", kind, len(payload), zlib.crc32(payload, kind))

    with pytest.raises(GarbledError) as error:
        read_message(io.BytesIO(head + payload))
    assert "혈압" not in str(error.value)
    assert "LiveWords" in str(error.value)
