"""A recorder killed at random moments loses nothing that it had handed over.

``SPOOL_KILLS`` says how often it is killed (``python tests/acceptance/spool_kill.py`` takes 500 by default).
"""

import importlib.util
import json
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

SCRIPT = Path(__file__).with_name("spool_kill.py")
KILLS = int(os.environ.get("SPOOL_KILLS", "25"))

pytestmark = pytest.mark.skipif(not hasattr(os, "fork"), reason="the recorder is forked, which this system cannot")


@pytest.fixture(scope="module")
def program():
    spec = importlib.util.spec_from_file_location("spool_kill", SCRIPT)
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    yield module
    del sys.modules[spec.name]


@pytest.mark.timeout(60 + 2 * KILLS)
def test_nothing_that_was_handed_over_is_lost(tmp_path):
    done = subprocess.run(
        [sys.executable, str(SCRIPT), "--kills", str(KILLS), "--folder", str(tmp_path)],
        capture_output=True,
        text=True,
        timeout=50 + 2 * KILLS,
    )
    assert done.returncode == 0, done.stderr
    report = json.loads(done.stdout)
    assert report["kills"] == KILLS
    assert report["rules broken"] == 0
    assert report["appends handed over"] > KILLS
    assert len(report["killed inside"]) >= 3
    assert list(tmp_path.iterdir()) == []


@pytest.fixture
def story(program, tmp_path):
    """A recording of three appends of which the last was in flight, as its recorder told it."""
    moment = program.now()
    consent = program.Consent(purpose="recording", state="given", decided_at=moment)
    recording = program.new_id()
    with program.open_spool(tmp_path / "spool") as spool:
        writer = spool.begin(
            program.RecordingHeader(id=recording, started_at=moment, channels=1, device="test", consent=consent)
        )
        for start in (0, 4000):
            writer.append((program.pattern(start, 4000) / np.float32(32768)).astype(np.float32)[None])
    told = program.Story()
    for line in (
        f"begin {recording}",
        "done",
        f"append {recording} 0 4000",
        "done 0.1",
        f"append {recording} 4000 4000",
    ):
        told.take(line)
    return told


def verdict(program, tmp_path, told):
    judge = program.Judge(tmp_path / "spool")
    judge.look(told)
    return judge.broken


def test_the_judge_lets_the_call_in_flight_be_kept(program, tmp_path, story):
    assert verdict(program, tmp_path, story) == []


def test_the_judge_sees_a_lost_chunk(program, tmp_path, story):
    recording = story.call[1]
    for line in ("done 0.1", f"append {recording} 8000 4000", "done 0.1"):
        story.take(line)
    (broken,) = verdict(program, tmp_path, story)
    assert "holds 8000 samples, [12000] expected" in broken


def test_the_judge_sees_what_should_be_erased(program, tmp_path, story):
    recording = story.call[1]
    for line in ("done 0.1", f"erase {recording} 1000", "done"):
        story.take(line)
    (broken,) = verdict(program, tmp_path, story)
    assert "holds 8000 samples, [7000] expected" in broken


def test_the_judge_sees_a_changed_sample_and_a_missing_recording(program, tmp_path, story):
    recording = story.call[1]
    path = tmp_path / "spool" / recording / "audio.0"
    content = bytearray(path.read_bytes())
    content[1000] ^= 1
    path.write_bytes(content)
    story.recordings["00000000-0000-7000-8000-000000000000"] = program.Expected()
    broken = " ".join(verdict(program, tmp_path, story))
    assert "is not listed" in broken
    assert "unreadable" in broken
    assert "the manifest is wrong" in broken


def test_the_recorder_is_killed_and_not_ended(program, tmp_path):
    """What the counts stand for: a real process, ended by SIGKILL, that had got somewhere."""
    told = program.killed(tmp_path / "spool", 3)
    assert told.recordings or told.call
