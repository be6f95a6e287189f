"""``scribe demo`` as a user runs it: a process of its own, the real recogniser, store, jobs and FHIR server."""

import json
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import soundfile

from scribe.domain.formats import read_draft, read_note, read_transcript
from scribe.installation import store_of
from scribe.settings import Settings
from scribe.store import Actor

ROOT = Path(__file__).resolve().parents[2]
SCRIBE = Path(sys.executable).with_name("scribe")
STAGES = ("1-transcript.json", "2-draft.json", "3-note.json", "4-bundle.json", "5-delivery.json")


def scribe(*arguments: str | Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [SCRIBE, *arguments], capture_output=True, text=True, timeout=280, env={**os.environ, "COLUMNS": "100"}
    )


@pytest.fixture(scope="module")
def shown(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, str]:
    folder = tmp_path_factory.mktemp("demo") / "out"
    done = scribe("demo", "--out", folder)
    assert done.returncode == 0, done.stderr + done.stdout
    return folder, done.stdout


def test_every_stage_leaves_its_file(shown: tuple[Path, str]) -> None:
    folder, _ = shown
    assert [name for name in STAGES if not (folder / name).is_file()] == []
    assert read_transcript((folder / STAGES[0]).read_bytes(), STAGES[0]).recognizer is not None
    assert read_draft((folder / STAGES[1]).read_bytes(), STAGES[1]).entries
    assert read_note((folder / STAGES[2]).read_bytes(), STAGES[2]).version == 1


def test_the_note_verifies_with_the_file_and_the_public_key_alone(shown: tuple[Path, str]) -> None:
    folder, _ = shown
    assert scribe("note", "verify", folder / STAGES[2], "--key", folder / "signer.pub.pem").returncode == 0
    tampered = folder / "tampered.json"
    tampered.write_text((folder / STAGES[2]).read_text().replace("이서연", "이서언", 1))
    assert scribe("note", "verify", tampered, "--key", folder / "signer.pub.pem").returncode == 1


def test_the_hospital_system_holds_the_note(shown: tuple[Path, str]) -> None:
    folder, said = shown
    delivery = json.loads((folder / STAGES[4]).read_text())
    assert delivery["state"] == "accepted"
    kinds = {resource["reference"].split("/")[0] for resource in delivery["resources"]}
    assert {"Condition", "Observation", "DocumentReference", "Provenance"} <= kinds
    assert "내용 다름" not in said


def test_no_statement_without_support_was_signed(shown: tuple[Path, str]) -> None:
    folder, _ = shown
    content = read_note((folder / STAGES[2]).read_bytes(), "note").content
    sections = (*content.sections, *content.patient_summary.sections)
    assert {s.support for section in sections for s in section.statements} <= {"supported", "partial"}


def test_it_shows_the_error_rate_the_survivors_and_where_to_look(shown: tuple[Path, str]) -> None:
    _, said = shown
    assert "글자 오류율(CER)" in said
    assert "정답 항목" in said
    assert "/encounters/" in said


def test_the_draft_that_is_left_to_review_is_not_made_anew_when_it_is_served(shown: tuple[Path, str]) -> None:
    folder, _ = shown
    store = store_of(Settings(data_dir=folder / "service"))
    with store.begin(Actor.service(store.hospitals()[0])) as work:
        assert work.encounters.unfinished() == ()
    store.close()


def test_it_runs_on_the_users_own_transcript(tmp_path: Path) -> None:
    done = scribe("demo", "--transcript", ROOT / "scribe" / "demo" / "consultation.json", "--out", tmp_path / "out")
    assert done.returncode == 0, done.stderr
    assert json.loads((tmp_path / "out" / "5-delivery.json").read_text())["state"] == "accepted"


def test_silence_gives_no_draft_and_says_so(tmp_path: Path) -> None:
    silence = tmp_path / "silence.wav"
    soundfile.write(silence, np.zeros(16000 * 8, np.float32), 16000)
    done = scribe("demo", silence, "--out", tmp_path / "out")
    assert done.returncode == 1
    assert "holds no speech" in done.stderr
    assert not (tmp_path / "out" / "2-draft.json").exists()
    assert not (tmp_path / "out" / "3-note.json").exists()


def test_an_earlier_demo_is_not_written_over(shown: tuple[Path, str]) -> None:
    folder, _ = shown
    done = scribe("demo", "--out", folder)
    assert done.returncode == 1
    assert f"{folder} holds an earlier demo" in done.stderr
    assert done.stderr.count("\n") == 1


@pytest.mark.parametrize("arguments", [("empty.wav",), ("--transcript", "empty.wav")])
def test_what_cannot_be_read_is_told_before_anything_is_opened(arguments: tuple[str, ...], tmp_path: Path) -> None:
    (tmp_path / "empty.wav").write_bytes(b"")
    *option, name = arguments
    done = scribe("demo", *option, tmp_path / name, "--out", tmp_path / "out")
    assert done.returncode == 1
    assert done.stderr.startswith(f"scribe: {tmp_path / name}: the file is")
    assert done.stderr.count("\n") == 1
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("demo", "missing.wav"), "missing.wav is not a file that can be read."),
        (("demo", "a.wav", "--transcript", "b.json"), "Give a recording or a transcript, not both."),
    ],
)
def test_a_wrong_call_ends_with_one_sentence(arguments: tuple[str, ...], said: str) -> None:
    done = scribe(*arguments)
    assert done.returncode == 1
    assert done.stderr.strip() == f"scribe: {said}"
