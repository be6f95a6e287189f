"""Files that people name: read and written whole or not at all."""

import os
import stat
from pathlib import Path

import pytest

from scribe.domain.files import FileUnreadableError, FileUnwritableError, read_file, require_writable, write_file


def test_what_is_written_is_read_back(tmp_path: Path) -> None:
    write_file(tmp_path / "N.json", b"one")
    write_file(tmp_path / "N.json", b"two")
    assert read_file(tmp_path / "N.json") == b"two"
    assert [path.name for path in tmp_path.iterdir()] == ["N.json"]


def test_the_mode_of_a_file_that_is_replaced_stays(tmp_path: Path) -> None:
    path = tmp_path / "N.json"
    path.write_bytes(b"one")
    path.chmod(0o600)
    write_file(path, b"two")
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_a_link_stays_a_link(tmp_path: Path) -> None:
    (tmp_path / "T.json").write_bytes(b"one")
    (tmp_path / "link.json").symlink_to(tmp_path / "T.json")
    write_file(tmp_path / "link.json", b"two")
    assert (tmp_path / "link.json").is_symlink()
    assert (tmp_path / "T.json").read_bytes() == b"two"


def test_a_full_disk_leaves_what_stood_there(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "N.json"
    path.write_bytes(b"one")

    def full(descriptor: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(FileUnwritableError, match=r"N\.json cannot be written: no space left on device"):
        write_file(path, b"two")
    assert path.read_bytes() == b"one"
    assert [left.name for left in tmp_path.iterdir()] == ["N.json"]


def test_a_device_is_written_to_as_it_is() -> None:
    write_file(Path("/dev/null"), b"one")
    assert Path("/dev/null").is_char_device()


@pytest.mark.parametrize("name", ["missing.json", "."])
def test_what_cannot_be_read_is_named(tmp_path: Path, name: str) -> None:
    with pytest.raises(FileUnreadableError, match=r"cannot be read: (no such file|is a directory)"):
        read_file(tmp_path / name)


@pytest.mark.parametrize(("name", "problem"), [(".", "it is a folder"), ("nowhere/T.json", "does not exist")])
def test_where_nothing_can_be_written_is_told_beforehand(tmp_path: Path, name: str, problem: str) -> None:
    with pytest.raises(FileUnwritableError, match=problem):
        require_writable(tmp_path / name)
    require_writable(tmp_path / "T.json")
    require_writable(Path("/dev/null"))


def test_a_folder_that_is_not_there_is_told(tmp_path: Path) -> None:
    with pytest.raises(FileUnwritableError, match=r"nowhere/N\.json cannot be written: no such file or directory"):
        write_file(tmp_path / "nowhere" / "N.json", b"one")
