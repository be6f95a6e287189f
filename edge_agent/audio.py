"""A recording in any common form (WAV, FLAC, Opus, Ogg, M4A, MP3) as samples at 16 kHz."""

import hashlib
import warnings
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import av
import numpy as np
from av.audio.resampler import AudioResampler

from edge_agent.errors import RecordingMissingError, RecordingUnreadableError, RecordingWarning
from models.audio import SAMPLE_RATE, Samples

_TOLERATED_LOSS = 0.5
_UNKNOWN_SIZES = (0, 0xFFFFFFFF, 0x7FFFFFFF)
"""What recorders write that do not know the length beforehand."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Audio:
    """A recording as read: ``channels`` are one or two rows of samples at 16 kHz.

    ``sha256`` is the file's, ``sample_rate`` the one it was recorded at.
    """

    channels: Samples
    sha256: str
    sample_rate: int

    @property
    def mono(self) -> Samples:
        """The mean of the channels."""
        if len(self.channels) == 1:
            return np.asarray(self.channels[0])
        return np.asarray(self.channels.mean(axis=0), dtype=np.float32)

    @property
    def duration(self) -> float:
        """Seconds."""
        return float(self.channels.shape[1] / SAMPLE_RATE)


def read_audio(path: Path) -> Audio:
    """Decode a recording; two channels stay apart, more are mixed to one.

    A file that is missing, empty, no audio, or holds no readable sample raises with one sentence.  Where a part
    can be read, that part is returned and a :class:`RecordingWarning` tells how much is missing.
    """
    if not path.is_file():
        raise RecordingMissingError(path=path)
    if path.stat().st_size == 0:
        raise RecordingUnreadableError(path=path, problem="the file is empty")
    with path.open("rb") as stream:
        sha256 = hashlib.file_digest(stream, "sha256").hexdigest()
    channels, rate, declared, broken = _decode(path)
    declared = max(declared, _wave_seconds(path))
    got = channels.shape[1] / SAMPLE_RATE
    if channels.shape[1] == 0 and (broken or declared > 0):
        raise RecordingUnreadableError(path=path, problem="no audio in it can be decoded")
    if broken or declared - got > _TOLERATED_LOSS:
        whole = f" of {declared:.1f} s" if declared > got else ""
        warnings.warn(f"{path}: damaged: only {got:.1f} s{whole} can be read", RecordingWarning, stacklevel=2)
    return Audio(channels=channels, sha256=sha256, sample_rate=rate)


def _decode(path: Path) -> tuple[Samples, int, float, bool]:
    """Channels, sample rate, declared seconds (0 where the file does not say), and whether it broke off."""
    try:
        container = av.open(str(path), metadata_errors="ignore")
    except av.FFmpegError:
        raise RecordingUnreadableError(path=path, problem="this is not an audio file that can be read") from None
    with container:
        if not container.streams.audio:
            raise RecordingUnreadableError(path=path, problem="the file holds no audio")
        stream = container.streams.audio[0]
        if not stream.rate:
            raise RecordingUnreadableError(path=path, problem="this is not an audio file that can be read")
        declared = float(stream.duration * stream.time_base) if stream.duration and stream.time_base else 0.0
        if not declared and container.duration:
            declared = container.duration / av.time_base
        blocks: list[Samples] = []
        broken = False
        frames = _frames(container, stream)
        while True:
            try:
                block = next(frames, None)
            except av.FFmpegError:
                broken = True
                break
            if block is None:
                break
            blocks.append(block)
        return _joined(blocks), stream.rate or 0, declared, broken


def _wave_seconds(path: Path) -> float:
    """How long a WAV file's own header says it is (the decoder goes by what is there); 0 for anything else."""
    with path.open("rb") as stream:
        head = stream.read(12)
        if head[:4] != b"RIFF" or head[8:] != b"WAVE":
            return 0.0
        bytes_per_second = 0
        while len(header := stream.read(8)) == 8:
            size = int.from_bytes(header[4:], "little")
            if header[:4] == b"data":
                known = bytes_per_second > 0 and size not in _UNKNOWN_SIZES
                return size / bytes_per_second if known else 0.0
            body = stream.read(size + size % 2)
            if header[:4] == b"fmt ":
                bytes_per_second = int.from_bytes(body[8:12], "little")
    return 0.0


def _frames(container: "av.container.InputContainer", stream: "av.AudioStream") -> Iterator[Samples]:
    resampler = AudioResampler(format="fltp", rate=SAMPLE_RATE)
    for frame in container.decode(stream):
        frame.pts = None
        for out in resampler.resample(frame):
            yield out.to_ndarray().astype(np.float32)
    for out in resampler.resample(None):
        yield out.to_ndarray().astype(np.float32)


def _joined(blocks: list[Samples]) -> Samples:
    if not blocks:
        return np.zeros((1, 0), dtype=np.float32)
    channels = np.concatenate(blocks, axis=1).astype(np.float32, copy=False)
    if len(channels) > 2:
        channels = channels.mean(axis=0, keepdims=True)
    np.nan_to_num(channels, copy=False, nan=0.0, posinf=0.0, neginf=0.0)
    return np.clip(channels, -1.0, 1.0)
