"""A spool to test with: known samples, a clock that is set, a disk that refuses."""

import errno
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np

from edge_agent.disk import AppendFile
from edge_agent.spool import DiskLimits, RecordingHeader, Spool
from scribe.crypto import HospitalKey, new_id
from scribe.domain.consent import Consent

KEY = HospitalKey(bytes(range(32)))
SMALL = DiskLimits(minutes=0.1, floor=0, reserve=65_536)
BEGAN = datetime(2026, 9, 14, 1, 20, tzinfo=UTC)
CONSENT = Consent(purpose="recording", state="given", decided_at=BEGAN)


class Clock:
    """The time of day, which goes on only when it is told to."""

    def __init__(self, now: datetime = BEGAN) -> None:
        self.now = now

    def __call__(self) -> datetime:
        return self.now

    def wait(self, seconds: float) -> None:
        self.now += timedelta(seconds=seconds)


def open_spool(folder: Path, clock=None, *, key=KEY, limits=SMALL, open_append=AppendFile) -> Spool:
    return Spool(folder, key, clock=clock or Clock(), limits=limits, open_append=open_append)


def header(**fields) -> RecordingHeader:
    return RecordingHeader(
        **{"id": new_id(), "started_at": BEGAN, "channels": 1, "device": "책상 마이크", "consent": CONSENT, **fields}
    )


def speech(seconds: float, channels: int = 1, seed: int = 0) -> np.ndarray:
    """Samples that 16 bits hold exactly, and none of them silence, so that silence in their place is seen."""
    integers = np.random.default_rng(seed).integers(1, 32768, (channels, round(seconds * 16000)))
    return (integers / 32768).astype(np.float32)


def record(spool: Spool, samples: np.ndarray, piece: float = 0.5, **fields) -> str:
    """A finished recording of ``samples``, appended in pieces; its id."""
    writer = spool.begin(header(channels=len(samples), **fields))
    append(writer, samples, piece)
    writer.finish()
    return writer.recording_id


def append(writer, samples: np.ndarray, piece: float = 0.5) -> None:
    step = round(piece * 16000)
    for start in range(0, samples.shape[1], step):
        writer.append(samples[:, start : start + step])


def pcm_of(samples: np.ndarray) -> bytes:
    return np.rint(samples * 32768).astype("<i2").T.tobytes()


class Disk:
    """Makes files that fail after so many bytes, at a sync, or never; and remembers what was synced."""

    def __init__(self) -> None:
        self.room: int | None = None
        self.sync_fails = False
        self.events: list[str] = []
        self.synced: dict[Path, int] = {}

    def open(self, path: Path) -> AppendFile:
        return _DiskFile(path, self)


class _DiskFile(AppendFile):
    def __init__(self, path: Path, disk: Disk) -> None:
        super().__init__(path)
        self._disk = disk

    def write(self, content: bytes) -> None:
        disk = self._disk
        fits = len(content) if disk.room is None else min(len(content), disk.room)
        super().write(content[:fits])
        disk.events.append("write")
        if disk.room is not None:
            disk.room -= fits
        if fits < len(content):
            raise OSError(errno.ENOSPC, "No space left on device")

    def sync(self) -> None:
        if self._disk.sync_fails:
            raise OSError(errno.EIO, "Input/output error")
        super().sync()
        self._disk.events.append("sync")
        self._disk.synced[self.path] = self.path.stat().st_size
