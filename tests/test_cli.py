"""The one program: every command is documented, and bad input ends in one sentence."""

import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
import typer
from typer.main import get_command

from scribe.cli import main, program

ROOT = Path(__file__).resolve().parents[1]
SCRIBE = Path(sys.executable).with_name("scribe")


def commands(group: typer.Typer) -> Iterator[tuple[str, ...]]:
    """Every command as its words, groups opened."""
    for info in group.registered_commands:
        yield (info.name or info.callback.__name__.replace("_", "-"),)  # type: ignore[union-attr]
    for sub in group.registered_groups:
        assert sub.name is not None
        assert sub.typer_instance is not None
        yield from ((sub.name, *words) for words in commands(sub.typer_instance))


@pytest.mark.parametrize("words", list(commands(program())), ids=" ".join)
def test_every_command_stands_in_the_readme(words: tuple[str, ...]) -> None:
    rows = [line for line in (ROOT / "README.md").read_text(encoding="utf-8").splitlines() if line.startswith("| `")]
    assert any(f"scribe {words[0]}" in row and words[-1] in row for row in rows), "add it to the table of commands"


@pytest.mark.parametrize("words", list(commands(program())), ids=" ".join)
def test_every_command_says_what_it_does(words: tuple[str, ...]) -> None:
    command = get_command(program())
    for word in words:
        command = command.commands[word]  # type: ignore[attr-defined]
    assert command.help, "a command needs a docstring"


def test_a_wrong_file_ends_with_one_sentence_and_status_1(tmp_path: Path) -> None:
    broken = tmp_path / "T.json"
    broken.write_text('{"format": "scribe-transcript/1", ')
    done = subprocess.run([SCRIBE, "draft", broken], capture_output=True, text=True, timeout=60)
    assert done.returncode == 1
    assert done.stderr.startswith("scribe: ")
    assert done.stderr.count("\n") == 1
    assert "T.json: the file is not JSON" in done.stderr


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("draft", "nothere.json"), "nothere.json"),
        (("verify-note", "nothere.json", "nothere.json"), "nothere.json"),
        (("note", "verify", "nothere.json", "--key", "nokey.pem"), "cannot be read"),
        (("bridge", "map"), "Missing"),
        (("draft", "--templat", "soap"), "No such option"),
        (("fly",), "No such command"),
        (("note", "keygen", "/proc/signer.pem"), "/proc/signer.pem: cannot be written"),
    ],
    ids=" ".join,
)
def test_bad_input_ends_with_one_sentence_and_status_1(words: tuple[str, ...], said: str, tmp_path: Path) -> None:
    done = subprocess.run([SCRIBE, *words], capture_output=True, text=True, timeout=60, cwd=tmp_path)
    assert done.returncode == 1
    assert done.stderr.startswith("scribe: ")
    assert done.stderr.count("\n") == 1
    assert said in done.stderr


def test_a_group_without_a_command_shows_its_help() -> None:
    done = subprocess.run([SCRIBE, "note"], capture_output=True, text=True, timeout=60)
    assert "keygen" in done.stdout + done.stderr
    assert "Traceback" not in done.stderr


def test_what_the_system_refuses_is_one_sentence(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def full(standalone_mode: bool) -> None:
        raise OSError(28, "No space left on device", "/data/scribe.db")

    monkeypatch.setattr("scribe.cli.program", lambda command: full)
    with pytest.raises(SystemExit) as ended:
        main()
    assert ended.value.code == 1
    assert capsys.readouterr().err == "scribe: /data/scribe.db: no space left on device.\n"


def test_a_key_pair_is_made_whole_or_not_at_all(tmp_path: Path) -> None:
    done = subprocess.run(
        [SCRIBE, "note", "keygen", tmp_path / "me.pem", "--public", tmp_path / "nowhere" / "me.pub.pem"],
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert done.returncode == 1
    assert list(tmp_path.iterdir()) == []


def test_a_note_that_its_key_does_not_verify_is_not_sent(tmp_path: Path) -> None:
    keys = [tmp_path / "signer.pem", tmp_path / "other.pem"]
    draft, note = tmp_path / "D.json", tmp_path / "N.json"
    case = ROOT / "scribe" / "demo" / "consultation.json"

    def scribe(*arguments: str | Path) -> subprocess.CompletedProcess[str]:
        return subprocess.run([SCRIBE, *arguments], capture_output=True, text=True, timeout=120)

    for key in keys:
        assert scribe("note", "keygen", key).returncode == 0
    assert scribe("draft", case, "-o", draft).returncode == 0
    content = json.loads(draft.read_text())
    sections = [*content["note"]["sections"], *content["patient_summary"]["sections"]]
    unsupported = {s["id"] for section in sections for s in section["statements"] if s["support"] == "none"}
    accepted = [word for name in unsupported for word in ("--acknowledge", name)]
    signed = scribe("note", "sign", draft, "--key", keys[0], "--name", "김의사", "-o", note, *accepted)
    assert signed.returncode == 0, signed.stderr
    nowhere = ("--to", "http://127.0.0.1:9/fhir")
    refused = scribe("bridge", "push", note, *nowhere, "--key", keys[1].with_suffix(".pub.pem"))
    assert refused.returncode == 1
    assert "does not verify" in refused.stderr
    tried = scribe("bridge", "push", note, *nowhere, "--key", keys[0].with_suffix(".pub.pem"))
    assert tried.returncode == 1
    assert "does not verify" not in tried.stderr
