"""kill -9 of the edge at every step of an upload: one upload, one receipt, one draft, and the audio gone at the end."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pytest
import sqlalchemy as sa
from pydantic import TypeAdapter

from edge_agent.disk import DiskLimits
from edge_agent.identity import enrol
from edge_agent.recordings import RecordingHeader, RecordingState
from edge_agent.spool import Spool
from edge_agent.uplink import RECEIPT_DOCUMENT, TRANSCRIPT_DOCUMENT
from edge_agent.uplink_client import Transport, enrol_at
from scribe.crypto import HospitalKey, new_id
from scribe.devices import invite
from scribe.domain.consent import Consent
from scribe.domain.encounter import Encounter
from scribe.domain.formats import write_transcript
from scribe.domain.transcript import Transcript, Utterance
from scribe.domain.uplink import Receipt
from scribe.installation import stages_of, store_of
from scribe.pipeline import Pipeline
from scribe.settings import Settings
from scribe.store import Actor
from scribe.store.database import open_engine
from scribe.web.server import running

SCRIPT = Path(__file__).with_name("uplink_process.py")
POINTS = (
    "before put",
    "after put",
    "after uploading",
    "before announce",
    "after announce",
    "before put_transcript",
    "after put_transcript",
    "before put_part",
    "after put_part",
    "before finish",
    "after finish",
    "before receipt",
    "after receipt",
    "before settle",
    "after acknowledged",
    "before delete_audio",
    "after delete_audio",
)
SAID = "사흘 전부터 기침이 나고 열이 나요."


class Edge:
    """Forks processes of ``uplink_process.py`` in a folder of its own."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.said = ""
        environment = {name: value for name, value in os.environ.items() if not name.startswith("SCRIBE_")}
        self._process = subprocess.Popen(
            [sys.executable, str(SCRIPT)],
            env=environment,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )

    def run(self, stop_at: str | None = None) -> int:
        """Send what is there; killed where it holds.  The exit status."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(json.dumps({"folder": str(self.folder), "stop_at": stop_at}) + "\n")
        self._process.stdin.flush()
        pid = 0
        for line in self._process.stdout:
            self.said += line
            if line.startswith("PID "):
                pid = int(line.split()[1])
            elif line.startswith("HOLD "):
                os.kill(pid, signal.SIGKILL)
            elif line.startswith("EXIT "):
                return int(line.split()[1])
        pytest.fail(f"the launcher ended: {self.said}")

    def close(self) -> None:
        self._process.kill()
        self._process.communicate()


@pytest.fixture
def edge(tmp_path: Path) -> Iterator[Edge]:
    started = Edge(tmp_path / "edge")
    yield started
    started.close()


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings.load({}, data_dir=tmp_path / "service", port=0, hospital_name="시험의원")


def test_an_upload_killed_at_every_step_is_one_upload(edge: Edge, settings: Settings) -> None:
    store = store_of(settings)
    pipeline = Pipeline(settings, store, stages_of(settings))
    pipeline.start()
    hospital_id = store.ensure_hospital(settings.organization)
    with store.begin(Actor.service(hospital_id)) as work:
        kim = work.accounts.add(login="kim", password_hash="-", role="physician", name="김의사").actor
    encounter_id = new_id()
    with store.begin(kim) as work:
        work.encounters.add(Encounter(id=encounter_id, start=datetime.now(UTC)))
    try:
        with running(settings, store=store, pipeline=pipeline) as address:
            code = invite(store, hospital_id, "kim", accepts_audio=True).code
            identity = enrol(
                address, code, name="진료실", folder=edge.folder, wrapper=_key(edge), service=enrol_at(Transport())
            )
            recording_id = _record(edge, encounter_id)
            for point in POINTS:
                assert edge.run(point) == -signal.SIGKILL, f"never came to {point}: {edge.said}"
            assert edge.run() == 0, edge.said
            assert edge.run() == 0, edge.said
            _wait_for_draft(settings, encounter_id)
    finally:
        pipeline.stop()
        store.close()

    assert _counts(settings, encounter_id) == {"upload": 1, "recording": 1, "transcript": 1, "draft": 1, "consent": 1}
    with _spool(edge) as spool:
        assert spool.summary(recording_id).state is RecordingState.DELETED
        receipt = TypeAdapter(Receipt).validate_json(spool.document(recording_id, RECEIPT_DOCUMENT))
    identity.require_genuine(receipt, recording_id)
    assert (receipt.kind, receipt.audio_stored) == ("acknowledged", True)
    for folder in (edge.folder, settings.data_dir):
        for path in folder.rglob("*"):
            assert not path.is_file() or SAID.encode() not in path.read_bytes(), path
    assert SAID not in edge.said


def test_a_service_killed_in_the_middle_costs_a_retry(edge: Edge, settings: Settings) -> None:
    """The whole program as it is run: `scribe serve`, killed with a part of the audio in it, and started again."""
    with Served(settings) as first:
        port = first.port
        store = store_of(settings)
        hospital_id = store.ensure_hospital(settings.organization)
        with store.begin(Actor.service(hospital_id)) as work:
            kim = work.accounts.add(login="kim", password_hash="-", role="physician", name="김의사").actor
        encounter_id = new_id()
        with store.begin(kim) as work:
            work.encounters.add(Encounter(id=encounter_id, start=datetime.now(UTC)))
        code = invite(store, hospital_id, "kim", accepts_audio=True).code
        store.close()
        enrol(first.address, code, name="진료실", folder=edge.folder, wrapper=_key(edge), service=enrol_at(Transport()))
        _record(edge, encounter_id)
        assert edge.run("after put_part") == -signal.SIGKILL, edge.said
        first.kill()
    with Served(settings, port):
        assert edge.run() == 0, edge.said
        _wait_for_draft(settings, encounter_id)
    assert _counts(settings, encounter_id) == {"upload": 1, "recording": 1, "transcript": 1, "draft": 1, "consent": 1}


class Served:
    """``scribe serve`` as a process of its own."""

    def __init__(self, settings: Settings, port: int = 0) -> None:
        environment = {name: value for name, value in os.environ.items() if not name.startswith("SCRIBE_")}
        environment["SCRIBE_HOSPITAL_NAME"] = settings.hospital_name
        program = "from scribe.cli import main; main()"
        options = ["serve", "--port", str(port), "--data-dir", str(settings.data_dir)]
        self._process = subprocess.Popen(
            [sys.executable, "-c", program, *options],
            env=environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
        )

    def __enter__(self) -> "Served":
        assert self._process.stdout is not None
        self.address = self._process.stdout.readline().split()[0]
        self.port = int(self.address.rsplit(":", 1)[1])
        return self

    def kill(self) -> None:
        self._process.kill()
        self._process.wait(timeout=10)

    def __exit__(self, *error: object) -> None:
        self.kill()
        assert self._process.stdout is not None
        self._process.stdout.close()


def _key(edge: Edge) -> HospitalKey:
    edge.folder.mkdir(exist_ok=True)
    return HospitalKey.from_file(edge.folder / "edge.key")


def _spool(edge: Edge) -> Spool:
    limits = DiskLimits(minutes=0.1, floor=0, reserve=65_536)
    return Spool(edge.folder / "spool", _key(edge), clock=lambda: datetime.now(UTC), limits=limits)


def _record(edge: Edge, encounter_id: str) -> str:
    """A minute of noise that is said to be a consultation; its id."""
    recording_id = new_id()
    said = Utterance(id="u0", speaker="patient", start=0.0, end=3.0, text=SAID)
    consent = Consent(purpose="recording", state="given", decided_at=datetime.now(UTC))
    header = RecordingHeader(
        id=recording_id,
        started_at=datetime.now(UTC),
        channels=1,
        device="마이크",
        consent=consent,
        encounter_id=encounter_id,
    )
    with _spool(edge) as spool:
        writer = spool.begin(header)
        writer.append(np.random.default_rng(1).uniform(-0.5, 0.5, (1, 60 * 16000)).astype(np.float32))
        writer.finish()
        document = write_transcript(Transcript(language="ko", utterances=(said,)))
        spool.put_document(recording_id, TRANSCRIPT_DOCUMENT, document)
        spool.set_state(recording_id, RecordingState.TRANSCRIBED)
    return recording_id


def _wait_for_draft(settings: Settings, encounter_id: str) -> None:
    deadline = time.monotonic() + 60
    while _counts(settings, encounter_id)["draft"] == 0:
        assert time.monotonic() < deadline, "nothing was drafted"
        time.sleep(0.1)


def _counts(settings: Settings, encounter_id: str) -> dict[str, int]:
    engine = open_engine(settings.store_url)
    with engine.begin() as connection:
        found = {
            table: connection.execute(
                sa.text(f"SELECT count(*) FROM {table} WHERE encounter_id = :id"), {"id": encounter_id}
            ).scalar_one()
            for table in ("upload", "recording", "transcript", "draft", "consent")
        }
    engine.dispose()
    return found
