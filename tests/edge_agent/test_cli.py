"""`scribe transcribe` as a person runs it: real processes, also without any network."""

import json
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import soundfile

from models.audio import SAMPLE_RATE
from scribe.domain.formats import read_transcript

PROGRAM = """
import sys
import typer
import edge_agent.cli
from scribe.domain.errors import ScribeError
app = typer.Typer()
app.command()(edge_agent.cli.transcribe)
try:
    app()
except ScribeError as error:
    print(f"scribe: {error}", file=sys.stderr)
    sys.exit(1)
"""

NO_NETWORK = """
import sys
def refuse(event, arguments):
    if event in ("socket.connect", "socket.getaddrinfo", "socket.sendto"):
        print("NETWORK", event, arguments, file=sys.stderr, flush=True)
        raise OSError("the network is blocked")
sys.addaudithook(refuse)
"""


def run(*arguments: str, home: Path, before: str = "") -> subprocess.CompletedProcess[str]:
    environment = os.environ | {"SCRIBE_MODELS_HOME": str(home), "COLUMNS": "200"}
    command = [sys.executable, "-c", before + PROGRAM, *arguments]
    return subprocess.run(command, capture_output=True, text=True, env=environment, timeout=120, check=False)


def test_everything_runs_with_the_network_blocked(models_home: Path, shared_speech: Path, tmp_path: Path) -> None:
    clip = shared_speech / "ko" / "etts_pfm00018.flac"

    done = run(str(clip), "-o", str(tmp_path / "t.json"), home=models_home, before=NO_NETWORK)

    assert done.returncode == 0, done.stderr
    assert "NETWORK" not in done.stderr
    transcript = read_transcript((tmp_path / "t.json").read_bytes(), "t.json")
    assert not transcript.is_empty


def test_the_blocked_network_would_be_noticed() -> None:
    probe = NO_NETWORK + "import urllib.request; urllib.request.urlopen('http://127.0.0.1:9/')"

    done = subprocess.run([sys.executable, "-c", probe], capture_output=True, text=True, check=False, timeout=60)

    assert "NETWORK" in done.stderr


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() != 0, reason="a network namespace needs root")
def test_everything_runs_in_a_namespace_without_network(models_home: Path, shared_speech: Path) -> None:
    if subprocess.run(["unshare", "-n", "true"], check=False, capture_output=True).returncode:
        pytest.skip("this kernel gives no network namespace")
    clip = shared_speech / "ko" / "etts_pfm00018.flac"
    environment = os.environ | {"SCRIBE_MODELS_HOME": str(models_home)}

    done = subprocess.run(
        ["unshare", "-n", sys.executable, "-c", PROGRAM, str(clip)],
        capture_output=True,
        text=True,
        env=environment,
        timeout=120,
        check=False,
    )

    assert done.returncode == 0, done.stderr
    assert not read_transcript(done.stdout.encode(), "stdout").is_empty


def test_silence_gives_an_empty_transcript_and_says_so(models_home: Path, tmp_path: Path) -> None:
    soundfile.write(tmp_path / "a.wav", np.zeros(5 * SAMPLE_RATE, dtype=np.float32), SAMPLE_RATE)

    done = run(str(tmp_path / "a.wav"), home=models_home)

    assert done.returncode == 0
    assert json.loads(done.stdout)["utterances"] == []
    assert "no speech was found; the transcript is empty" in done.stderr


def test_a_recording_has_the_time_it_began(models_home: Path, tmp_path: Path) -> None:
    clip = tmp_path / "a.wav"
    soundfile.write(clip, np.zeros(5 * SAMPLE_RATE, dtype=np.float32), SAMPLE_RATE)
    os.utime(clip, (1_800_000_000, 1_800_000_000))

    by_file = run(str(clip), home=models_home)
    given = run(str(clip), "--started-at", "2026-09-14T10:20:00+09:00", home=models_home)

    read = [read_transcript(done.stdout.encode(), "stdout").recording for done in (by_file, given)]
    assert [r and r.started_at and r.started_at.timestamp() for r in read] == [1_799_999_995, 1_789_348_800]
    assert "taken as begun at" in by_file.stderr
    assert "taken as begun at" not in given.stderr


def test_where_the_transcript_cannot_go_is_told_before_the_work(models_home: Path, tmp_path: Path) -> None:
    soundfile.write(tmp_path / "a.wav", np.zeros(SAMPLE_RATE, dtype=np.float32), SAMPLE_RATE)

    done = run(str(tmp_path / "a.wav"), "-o", str(tmp_path / "nowhere" / "t.json"), home=models_home)

    assert done.returncode == 1
    assert "nowhere/t.json cannot be written: the folder does not exist" in done.stderr
    assert len(done.stderr.strip().splitlines()) == 1


@pytest.mark.parametrize(
    ("data", "told"), [(None, "there is no such file"), (b"", "the file is empty"), (b"no sound" * 99, "not an audio")]
)
def test_bad_input_ends_with_one_sentence(models_home: Path, tmp_path: Path, data: bytes | None, told: str) -> None:
    if data is not None:
        (tmp_path / "a.wav").write_bytes(data)

    done = run(str(tmp_path / "a.wav"), home=models_home)

    assert done.returncode == 1
    assert done.stdout == ""
    assert told in done.stderr
    assert len(done.stderr.strip().splitlines()) == 1
