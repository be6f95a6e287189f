"""Recordings as they come: many forms, damaged, empty, or no audio at all."""

import hashlib
import warnings
from pathlib import Path

import av
import numpy as np
import pytest
import soundfile

from edge_agent.audio import read_audio
from edge_agent.errors import RecordingMissingError, RecordingUnreadableError, RecordingWarning
from models.audio import SAMPLE_RATE
from tests.edge_agent.conftest import tone


def dominant(samples: np.ndarray) -> float:
    """The loudest frequency in Hz."""
    spectrum = np.abs(np.fft.rfft(samples))
    return float(spectrum.argmax() * SAMPLE_RATE / len(samples))


def encode(path: Path, codec: str, rate: int = 48_000) -> None:
    """Two seconds of 440 Hz."""
    with av.open(str(path), "w") as container:
        stream = container.add_stream(codec, rate=rate, layout="mono")
        frame = av.AudioFrame.from_ndarray(tone(2.0, rate=rate)[None, :], format="fltp", layout="mono")
        frame.rate = rate
        resampler = av.AudioResampler(
            format=stream.format, layout="mono", rate=rate, frame_size=stream.frame_size or None
        )
        for piece in [*resampler.resample(frame), *resampler.resample(None)]:
            container.mux(stream.encode(piece))
        container.mux(stream.encode(None))


@pytest.mark.parametrize(
    ("name", "codec"),
    [
        ("a.flac", "flac"),
        ("a.wav", "pcm_s16le"),
        ("a.opus", "libopus"),
        ("a.ogg", "libopus"),
        ("a.m4a", "aac"),
        ("a.mp3", "libmp3lame"),
        ("a.webm", "libopus"),
    ],
)
def test_common_forms_are_read(tmp_path: Path, name: str, codec: str) -> None:
    encode(tmp_path / name, codec)

    audio = read_audio(tmp_path / name)

    assert audio.sample_rate == 48_000
    assert audio.duration == pytest.approx(2.0, abs=0.1)
    assert dominant(audio.mono) == pytest.approx(440, abs=2)
    assert audio.sha256 == hashlib.sha256((tmp_path / name).read_bytes()).hexdigest()


@pytest.mark.parametrize("rate", [8_000, 16_000, 22_050, 44_100, 96_000])
def test_any_rate_becomes_16_khz(tmp_path: Path, rate: int) -> None:
    soundfile.write(tmp_path / "a.wav", tone(1.0, rate=rate), rate)

    audio = read_audio(tmp_path / "a.wav")

    assert audio.sample_rate == rate
    assert audio.duration == pytest.approx(1.0, abs=0.02)
    assert dominant(audio.mono) == pytest.approx(440, abs=2)


def test_two_channels_stay_apart_and_six_are_mixed(tmp_path: Path) -> None:
    left, right = tone(1.0), np.zeros(SAMPLE_RATE, dtype=np.float32)
    soundfile.write(tmp_path / "two.wav", np.stack([left, right], axis=1), SAMPLE_RATE)
    soundfile.write(tmp_path / "six.wav", np.stack([left] * 6, axis=1), SAMPLE_RATE)

    two, six = read_audio(tmp_path / "two.wav"), read_audio(tmp_path / "six.wav")

    assert two.channels.shape == (2, SAMPLE_RATE)
    assert np.abs(two.channels[1]).max() < 0.01
    assert six.channels.shape == (1, SAMPLE_RATE)


@pytest.mark.parametrize("name", ["a.flac", "a.wav"])
def test_a_truncated_recording_is_read_as_far_as_it_goes(tmp_path: Path, name: str) -> None:
    samples = np.random.default_rng(0).normal(0, 0.1, 10 * SAMPLE_RATE).astype(np.float32)
    soundfile.write(tmp_path / name, samples, SAMPLE_RATE)
    whole = (tmp_path / name).read_bytes()
    (tmp_path / name).write_bytes(whole[: len(whole) * 6 // 10])

    with pytest.warns(RecordingWarning, match=r"damaged: only [56]\.\d s of 10\.0 s can be read"):
        audio = read_audio(tmp_path / name)

    assert 5.0 < audio.duration < 6.5


def test_a_whole_recording_gives_no_warning(tmp_path: Path) -> None:
    encode(tmp_path / "a.opus", "libopus")

    with warnings.catch_warnings():
        warnings.simplefilter("error")
        read_audio(tmp_path / "a.opus")


def test_a_recording_without_samples_is_empty_not_broken(tmp_path: Path) -> None:
    soundfile.write(tmp_path / "a.wav", np.zeros(0, dtype=np.float32), SAMPLE_RATE)

    assert read_audio(tmp_path / "a.wav").duration == 0.0


@pytest.mark.parametrize(
    ("data", "told"),
    [
        (b"", "the file is empty"),
        (b"this is a letter, not a sound " * 50, "this is not an audio file that can be read"),
        (b"fLaC\x00\x00\x00\x22" + b"\x00" * 20, "can be read|can be decoded|holds no audio"),
    ],
)
def test_what_is_no_audio_is_refused_in_one_sentence(tmp_path: Path, data: bytes, told: str) -> None:
    (tmp_path / "a.flac").write_bytes(data)

    with pytest.raises(RecordingUnreadableError, match=told) as caught:
        read_audio(tmp_path / "a.flac")
    assert "\n" not in str(caught.value)


def test_a_file_that_is_not_there_is_told(tmp_path: Path) -> None:
    with pytest.raises(RecordingMissingError, match="there is no such file"):
        read_audio(tmp_path / "a.wav")
    with pytest.raises(RecordingMissingError):
        read_audio(tmp_path)
