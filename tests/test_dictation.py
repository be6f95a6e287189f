"""Dictation: one at a time, and a clear reason wherever there is no text."""

import threading

import pytest

from edge_agent.errors import RecordingUnreadableError
from models.errors import ModelMissingError
from scribe.dictation import (
    MOST_BYTES,
    Dictation,
    NoRecogniserError,
    NothingSaidError,
    RecogniserBusyError,
    UnreadableSoundError,
)


def test_what_was_heard_is_written() -> None:
    assert Dictation(lambda sound, language: f"{language} {len(sound)}").written(b"1234", "ko") == "ko 4"


def raising(error: Exception):
    def hear(sound: bytes, language: str) -> str:
        del sound, language
        raise error

    return hear


@pytest.mark.parametrize(
    ("hear", "sound", "reason"),
    [
        (lambda sound, language: "", b"hum", NothingSaidError),
        (lambda sound, language: "말", b"", UnreadableSoundError),
        (lambda sound, language: "말", b"0" * (MOST_BYTES + 1), UnreadableSoundError),
        (raising(RecordingUnreadableError(path="the dictation", problem="it is no audio")), b"x", UnreadableSoundError),
        (raising(ModelMissingError(model="m", home="h")), b"x", NoRecogniserError),
    ],
)
def test_there_is_a_reason_for_no_text(hear, sound, reason) -> None:
    with pytest.raises(reason):
        Dictation(hear).written(sound, "ko")


def test_a_second_dictation_waits_and_then_is_told() -> None:
    begun, done = threading.Event(), threading.Event()

    def hear(sound: bytes, language: str) -> str:
        del sound, language
        begun.set()
        assert done.wait(10)
        return "말"

    dictation = Dictation(hear, wait=0.05)
    first = threading.Thread(target=dictation.written, args=(b"x", "ko"))
    first.start()
    assert begun.wait(10)
    with pytest.raises(RecogniserBusyError):
        dictation.written(b"y", "ko")
    done.set()
    first.join(10)
    assert dictation.written(b"z", "ko") == "말"
