"""Recordings to transcripts with the real recogniser."""

import json
from pathlib import Path

import numpy as np
import pytest
import soundfile

from edge_agent.audio import Audio, read_audio
from edge_agent.transcribe import Listener, transcribe_file
from evaluation.speech import character_error_rate
from models.audio import SAMPLE_RATE, Samples
from models.errors import NoSourceError, WrongHashError, WrongTaskError
from tests.edge_agent.conftest import noise, tone

CLICKS = np.zeros(20 * SAMPLE_RATE, dtype=np.float32)
CLICKS[:: SAMPLE_RATE // 2] = 0.9


@pytest.fixture(scope="module")
def listener(models_home: Path) -> Listener:
    return Listener(models_home, threads=2)


def audio_of(samples: Samples) -> Audio:
    return Audio(channels=np.atleast_2d(samples), sha256="0" * 64, sample_rate=SAMPLE_RATE)


@pytest.mark.parametrize(
    "silent",
    [
        np.zeros(0, dtype=np.float32),
        np.zeros(20 * SAMPLE_RATE, dtype=np.float32),
        noise(20, 0.02),
        noise(20, 0.3),
        tone(20, 60.0),
        CLICKS,
        np.full(5 * SAMPLE_RATE, 0.5, dtype=np.float32),
    ],
    ids=["empty", "zeros", "quiet noise", "loud noise", "hum", "clicks", "direct current"],
)
def test_where_nobody_speaks_nothing_is_written(listener: Listener, silent: Samples) -> None:
    transcript = listener.transcribe(audio_of(silent))

    assert transcript.utterances == ()
    assert transcript.is_empty


@pytest.fixture(scope="module")
def consultation(shared_speech: Path) -> tuple[Audio, list[dict[str, str | float]]]:
    """The first half minute of a consultation in two synthetic voices, and its turns."""
    whole = read_audio(shared_speech / "synthetic" / "uri-adult-01.flac")
    turns = json.loads((shared_speech / "synthetic" / "uri-adult-01.json").read_text(encoding="utf-8"))["turns"]
    end = 31.25
    short = Audio(
        channels=whole.channels[:, : int(end * SAMPLE_RATE)], sha256=whole.sha256, sample_rate=whole.sample_rate
    )
    return short, [turn for turn in turns if turn["end"] <= end]


def test_a_consultation_is_recognised_and_its_speakers_are_named(
    listener: Listener, consultation: tuple[Audio, list[dict[str, str | float]]]
) -> None:
    audio, turns = consultation
    done: list[tuple[float, float]] = []

    transcript = listener.transcribe(audio, progress=lambda now, total: done.append((now, total)))

    reference = " ".join(str(turn["text"]) for turn in turns)
    assert character_error_rate(reference, " ".join(u.text for u in transcript.utterances)) < 0.3
    assert [u.speaker for u in transcript.utterances] == [turn["speaker"] for turn in turns]
    for utterance, turn in zip(transcript.utterances, turns, strict=True):
        assert float(turn["start"]) - 0.3 <= utterance.start < utterance.end <= float(turn["end"]) + 0.3
        assert utterance.words is not None
        assert all(utterance.start <= w.start <= w.end <= utterance.end for w in utterance.words)
        assert all(w.probability is not None and 0 <= w.probability <= 1 for w in utterance.words)
        assert utterance.confidence is not None
        assert utterance.text == " ".join(w.text for w in utterance.words)
    assert transcript.recording is not None
    assert transcript.recording.duration == pytest.approx(31.25)
    assert transcript.recognizer is not None
    assert transcript.recognizer.model == "whisper-base-int8"
    assert transcript.recognizer.model_sha256 is not None
    assert transcript.recognizer.model_sha256.startswith("d01c3014")
    assert done == sorted(done)
    assert done[-1][1] == pytest.approx(31.25)


def test_the_same_recording_gives_the_same_transcript(
    listener: Listener, consultation: tuple[Audio, list[dict[str, str | float]]]
) -> None:
    audio = Audio(channels=consultation[0].channels[:, : 7 * SAMPLE_RATE], sha256="1" * 64, sample_rate=SAMPLE_RATE)

    assert listener.transcribe(audio) == listener.transcribe(audio)


def test_words_keep_the_clock_of_the_recording(
    listener: Listener, consultation: tuple[Audio, list[dict[str, str | float]]]
) -> None:
    speech = consultation[0].channels[:, : 7 * SAMPLE_RATE]
    late = np.concatenate([np.zeros((1, 40 * SAMPLE_RATE), dtype=np.float32), speech], axis=1)

    transcript = listener.transcribe(audio_of(late), speakers=False)

    assert 40.0 <= transcript.utterances[0].start < 41.5
    assert {u.speaker for u in transcript.utterances} == {"unknown"}


def test_a_file_becomes_a_transcript(models_home: Path, shared_speech: Path) -> None:
    clip = shared_speech / "ko" / "etts_nem00005.flac"

    transcript = transcribe_file(clip, models_home=models_home, threads=2)

    text = " ".join(u.text for u in transcript.utterances)
    assert character_error_rate("불국사와 석굴암은 유네스코 세계문화유산으로 등재되어 있어.", text) < 0.2
    assert transcript.recording is not None
    assert transcript.recording.id == transcript.recording.sha256[:32]


def test_a_given_id_stands_in_the_transcript(models_home: Path, tmp_path: Path) -> None:
    soundfile.write(tmp_path / "a.wav", np.zeros(SAMPLE_RATE, dtype=np.float32), SAMPLE_RATE)

    transcript = transcribe_file(tmp_path / "a.wav", models_home=models_home, recording_id="r-1")

    assert transcript.recording is not None
    assert transcript.recording.id == "r-1"


def test_a_model_that_is_not_here_is_never_fetched_in_passing(tmp_path: Path) -> None:
    with pytest.raises(NoSourceError, match=r"whisper-small.*needs the network"):
        Listener(tmp_path, model="whisper-small")


def test_changed_weights_are_not_loaded(models_home: Path, tmp_path: Path) -> None:
    for folder in ("whisper-base", "silero-vad"):
        (tmp_path / folder).mkdir()
        for file in (models_home / folder).iterdir():
            (tmp_path / folder / file.name).write_bytes(file.read_bytes())
    weights = tmp_path / "whisper-base" / "model.bin"
    with weights.open("r+b") as stream:
        stream.seek(1_000_000)
        stream.write(b"\x00\x01\x02\x03")

    with pytest.raises(WrongHashError, match=r"model\.bin"):
        Listener(tmp_path)
    assert not weights.exists()


def test_a_vad_model_is_no_recogniser(models_home: Path) -> None:
    with pytest.raises(WrongTaskError, match="silero-vad is a model for vad, not for speech"):
        Listener(models_home, model="silero-vad")
