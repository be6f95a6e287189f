"""Checkpoints are read as tensors; whatever else is in one is refused, and nothing of it is run."""

from pathlib import Path

import numpy as np
import pytest

from models.checkpoint import CheckpointError, read_tensors
from tests.models.checkpoints import state_of, write_checkpoint

WEIGHTS = {
    "layer.weight": np.arange(6, dtype=np.float32).reshape(2, 3),
    "layer.steps": np.array(7, dtype=np.int64),
}


def test_tensors_come_back_with_their_names_shapes_and_values(tmp_path: Path) -> None:
    found = read_tensors(write_checkpoint(tmp_path / "w.pt", WEIGHTS))

    assert list(found) == list(WEIGHTS)
    for name, value in WEIGHTS.items():
        np.testing.assert_array_equal(found[name], value)


def test_a_checkpoint_that_would_run_something_is_refused_and_runs_nothing(tmp_path: Path) -> None:
    marker = tmp_path / "ran"
    program = b"\x80\x02cos\nsystem\n(X" + len(f"touch {marker}").to_bytes(4, "little")
    evil = write_checkpoint(tmp_path / "w.pt", WEIGHTS, pickled=program + f"touch {marker}".encode() + b"tR.")

    with pytest.raises(CheckpointError, match=r"asks for os\.system"):
        read_tensors(evil)
    assert not marker.exists()


def test_a_tensor_outside_its_data_is_refused(tmp_path: Path) -> None:
    pickled = state_of(WEIGHTS, extra_offset=4)

    with pytest.raises(CheckpointError, match="outside its data"):
        read_tensors(write_checkpoint(tmp_path / "w.pt", WEIGHTS, pickled=pickled))


def test_what_is_no_archive_or_is_cut_short_is_refused(tmp_path: Path) -> None:
    whole = write_checkpoint(tmp_path / "w.pt", WEIGHTS)
    (tmp_path / "text.pt").write_text("no archive")
    (tmp_path / "short.pt").write_bytes(whole.read_bytes()[:200])
    (tmp_path / "half.pt").write_bytes(b"")
    empty = write_checkpoint(tmp_path / "pickle.pt", WEIGHTS, pickled=state_of(WEIGHTS)[:40])

    for path in (tmp_path / "text.pt", tmp_path / "short.pt", tmp_path / "half.pt", tmp_path / "none.pt", empty):
        with pytest.raises(CheckpointError, match=path.name):
            read_tensors(path)


def test_more_than_tensors_is_refused(tmp_path: Path) -> None:
    pickled = b"\x80\x02}X\x01\x00\x00\x00aJ\x01\x00\x00\x00s."

    with pytest.raises(CheckpointError, match="more than tensors"):
        read_tensors(write_checkpoint(tmp_path / "w.pt", WEIGHTS, pickled=pickled))
