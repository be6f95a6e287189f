"""A desk with recordings on it: the real spool, the real uplink, a service on loopback."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np

from edge_agent.identity import Identity
from edge_agent.recordings import RecordingHeader, RecordingState
from edge_agent.spool import Spool
from edge_agent.uplink import TRANSCRIPT_DOCUMENT, Pace, Uplink, UplinkStatus
from edge_agent.uplink_client import Transport, connection
from scribe.crypto import HospitalKey, new_id
from scribe.domain.formats import write_transcript
from tests.edge_agent.spool_parts import SMALL
from tests.uplink_service import MARKER, UplinkClinic, consent, transcript_of

QUICK = Pace(first=0.05, longest=0.2)


@dataclass
class Desk:
    """A computer at Dr Kim's desk; ``uplink`` is started by :func:`sending`."""

    clinic: UplinkClinic
    folder: Path
    spool: Spool
    identity: Identity
    send_audio: bool = False
    retention_days: int | None = None
    pace: Pace = QUICK
    changes: list[None] = field(default_factory=list)

    @property
    def wrapper(self) -> HospitalKey:
        return HospitalKey.from_file(self.folder / "edge.key")

    def record(self, encounter_id: str | None, *, seconds: float = 1.0, text: str = MARKER) -> str:
        """A finished recording with its transcript; its id."""
        recording_id = new_id()
        header = RecordingHeader(
            id=recording_id,
            started_at=datetime.now(UTC),
            channels=1,
            device="마이크",
            consent=consent(),
            encounter_id=encounter_id,
        )
        writer = self.spool.begin(header)
        noise = np.random.default_rng(1).normal(0, 0.1, (1, int(seconds * 16000))).astype(np.float32)
        writer.append(noise.clip(-1, 1))
        writer.finish()
        self.spool.put_document(recording_id, TRANSCRIPT_DOCUMENT, write_transcript(transcript_of(text)))
        self.spool.set_state(recording_id, RecordingState.TRANSCRIBED)
        return recording_id

    def uplink(self) -> Uplink:
        return Uplink(
            self.folder / "uplink",
            self.spool,
            connection(self.folder, self.wrapper, Transport(timeout=5), clock=self.clinic.clock_of_device),
            clock=self.clinic.clock_of_device,
            retention_days=self.retention_days,
            send_audio=self.send_audio,
            pace=self.pace,
            on_change=lambda: self.changes.append(None),
        )

    @contextmanager
    def sending(self) -> Iterator[Uplink]:
        uplink = self.uplink()
        uplink.start()
        try:
            yield uplink
        finally:
            uplink.stop()

    def state(self, recording_id: str) -> RecordingState:
        return self.spool.summary(recording_id).state

    def has_audio(self, recording_id: str) -> bool:
        return self.state(recording_id) not in {RecordingState.DELETED, RecordingState.DISCARDED}

    def acknowledged(self, *recording_ids: str) -> None:
        """Wait until all of the recordings are."""
        over = {RecordingState.ACKNOWLEDGED, RecordingState.DELETED}
        self.until(lambda: all(self.state(one) in over for one in recording_ids))

    def until(self, condition: Callable[[], bool], seconds: float = 30.0) -> None:
        deadline = time.monotonic() + seconds
        while not condition():
            assert time.monotonic() < deadline, "it did not come about"
            time.sleep(0.02)


@contextmanager
def a_desk(service: UplinkClinic, folder: Path) -> Iterator[Desk]:
    """A desk with a new device, at a service where nothing fails and no clock is wrong any more."""
    service.clock.off = service.device_clock.off = timedelta(0)
    service.app.faults.clear()
    service.app.seen.clear()
    identity = service.enrol(folder, audio=True)
    key = HospitalKey.from_file(folder / "edge.key")
    with Spool(folder / "spool", key, clock=service.clock_of_device, limits=SMALL) as spool:
        yield Desk(service, folder, spool, identity)


def told(uplink: Uplink, desk: Desk, code: str) -> UplinkStatus:
    """The status once its problem is ``code``."""
    desk.until(lambda: uplink.status().problem_code == code)
    return uplink.status()


def parked(uplink: Uplink, desk: Desk, recording_id: str) -> str:
    """Why the recording was put aside, once it was."""
    desk.until(lambda: any(one.recording_id == recording_id for one in uplink.status().parked))
    return next(one.code for one in uplink.status().parked if one.recording_id == recording_id)
