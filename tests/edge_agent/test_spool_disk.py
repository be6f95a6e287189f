"""A full or failing disk stops recording loudly, and costs nothing that was kept."""

import errno
import os
import shutil
import subprocess
from pathlib import Path

import numpy as np
import pytest

from edge_agent import recovery, spool_writer
from edge_agent.disk import AppendFile, DiskLimits, Reserve, wipe, write_durably
from edge_agent.errors import RecordingStateError, SpoolDiskError, SpoolFullError, SpoolWriteError
from edge_agent.spool import RecordingState
from edge_agent.spool_index import SpoolIndex
from tests.edge_agent.spool_parts import Disk, append, header, open_spool, record, speech


@pytest.fixture
def small_disk(tmp_path):
    """A real file system of 2 MB."""
    place = tmp_path / "disk"
    place.mkdir()
    if os.name != "posix" or os.geteuid() != 0 or shutil.which("mount") is None:
        pytest.skip("mounting a small file system needs root")
    mount = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=2m", "tmpfs", str(place)], capture_output=True)
    if mount.returncode:
        pytest.skip("this machine does not let a small file system be mounted")
    yield place
    subprocess.run(["umount", "-l", str(place)], check=True)


def until_full(spool, writer, samples):
    """Append until the disk is full; the pieces that are kept, perhaps the refused one too, and the error."""
    before = writer.duration
    for count in range(1000):
        try:
            writer.append(samples)
        except SpoolFullError as error:
            kept = round((spool.summary(writer.recording_id).duration - before) * 16_000 / samples.shape[1])
            assert kept in (count, count + 1)
            return kept, error
    pytest.fail("the disk was never full")


def fill(path):
    with path.open("wb", buffering=0) as other:
        while True:
            other.write(bytes(4096))


def test_a_full_disk_stops_with_one_loud_error_and_everything_is_readable(small_disk):
    limits = DiskLimits(minutes=0.001, floor=0, reserve=262_144)
    spool = open_spool(small_disk / "spool", limits=limits)
    earlier = record(spool, speech(1.0, seed=4), piece=0.2)
    samples = speech(0.2)
    writer = spool.begin(header())
    count, error = until_full(spool, writer, samples)
    assert count > 50
    assert "the disk is full" in str(error)
    assert str(spool.folder) in str(error)
    assert error.seconds == pytest.approx(count * 0.2)
    with pytest.raises(RecordingStateError, match="stopped"):
        writer.append(samples)
    assert spool.summary(writer.recording_id).state is RecordingState.STOPPED
    assert writer.finish() == spool.reader(writer.recording_id).manifest()
    spool.close()
    with open_spool(small_disk / "spool", limits=limits) as again:
        read = again.reader(writer.recording_id)
        assert np.array_equal(read.samples(), np.tile(samples, count))
        assert read.problems == ()
        assert np.array_equal(again.reader(earlier).samples(), speech(1.0, seed=4))
        with pytest.raises(SpoolDiskError):
            again.put_document(earlier, "transcript.json", bytes(4_000_000))
        again.discard(writer.recording_id)
        assert np.array_equal(again.reader(record(again, samples)).samples(), samples)


def test_the_disk_filled_by_others_stops_it_as_well(small_disk):
    limits = DiskLimits(minutes=0.001, floor=0, reserve=131_072)
    with open_spool(small_disk / "spool", limits=limits) as spool:
        writer = spool.begin(header())
        writer.append(speech(0.5))
        with pytest.raises(OSError, match="No space"):
            fill(small_disk / "other")
        count, _ = until_full(spool, writer, speech(0.2))
        recovery.recover_all(spool)
        assert spool.reader(writer.recording_id).duration == pytest.approx(0.5 + count * 0.2)
        assert spool.reader(writer.recording_id).problems == ()


@pytest.mark.parametrize("room", [0, 1, 63, 64, 100, 8000, 16_092])
def test_a_write_cut_short_leaves_no_torn_end(tmp_path, room):
    disk = Disk()
    with open_spool(tmp_path / "spool", open_append=disk.open) as spool:
        samples = speech(1.0)
        writer = spool.begin(header())
        append(writer, samples)
        disk.room = room
        with pytest.raises(SpoolFullError) as caught:
            writer.append(samples[:, :8000])
        assert caught.value.seconds == 1.0
        disk.room = None
        recovery.recover(spool, writer.recording_id)
        assert np.array_equal(spool.reader(writer.recording_id).samples(), samples)
        assert spool.reader(writer.recording_id).problems == ()


def test_the_whole_pieces_of_a_long_block_are_kept(tmp_path):
    disk = Disk()
    with open_spool(tmp_path / "spool", open_append=disk.open) as spool:
        samples = speech(3.0)
        writer = spool.begin(header())
        disk.room = 70_000
        with pytest.raises(SpoolFullError) as caught:
            writer.append(samples)
        assert caught.value.seconds == 2.0
        assert np.array_equal(spool.reader(writer.recording_id).samples(), samples[:, :32_000])


def test_a_sync_that_fails_hands_nothing_over(tmp_path):
    disk = Disk()
    with open_spool(tmp_path / "spool", open_append=disk.open) as spool:
        samples = speech(0.5)
        writer = spool.begin(header())
        writer.append(samples)
        disk.sync_fails = True
        with pytest.raises(SpoolWriteError, match="Input/output error"):
            writer.append(samples)
        disk.sync_fails = False
        assert spool.summary(writer.recording_id).interrupted
        assert recovery.recover(spool, writer.recording_id).problems == ()
        assert np.array_equal(spool.reader(writer.recording_id).samples(), samples)


def test_a_full_index_keeps_the_chunk_that_is_on_the_disk(tmp_path, monkeypatch):
    """The reserve is given up, then there is room for the index."""
    with open_spool(tmp_path / "spool") as spool:
        samples = speech(1.0)
        writer = spool.begin(header())
        writer.append(samples[:, :8000])
        real = SpoolIndex.append

        def full(*arguments):
            if (spool.folder / "reserve").exists():
                raise OSError(errno.ENOSPC, "database or disk is full")
            real(*arguments)

        monkeypatch.setattr(SpoolIndex, "append", full)
        with pytest.raises(SpoolFullError) as caught:
            writer.append(samples[:, 8000:])
        assert caught.value.seconds == 1.0
        assert spool.summary(writer.recording_id).state is RecordingState.STOPPED
        assert np.array_equal(spool.reader(writer.recording_id).samples(), samples)


def test_recording_leaves_room_for_others(tmp_path, monkeypatch):
    limits = DiskLimits(minutes=0.1, floor=1_000_000, reserve=0)
    with open_spool(tmp_path / "spool", limits=limits) as spool:
        writer = spool.begin(header())
        writer.append(speech(0.5))
        monkeypatch.setattr(spool_writer, "free_bytes", lambda folder: 999_999)
        with pytest.raises(SpoolFullError, match=r"free \d+ MB in"):
            writer.append(speech(0.5))


def test_the_reserve_is_taken_again_for_the_next_recording(tmp_path):
    with open_spool(tmp_path / "spool") as spool:
        spool.begin(header()).finish()
        (spool.folder / "reserve").unlink()
        spool.begin(header())
        assert (spool.folder / "reserve").stat().st_blocks * 512 >= 65_536


def test_a_reserve_without_room_leaves_nothing(small_disk):
    reserve = Reserve(small_disk / "reserve", 8_000_000)
    with pytest.raises(OSError, match="No space"):
        reserve.fill()
    assert list(small_disk.iterdir()) == []


def test_a_folder_that_cannot_be_made_is_said(tmp_path):
    (tmp_path / "file").write_text("x")
    with pytest.raises(SpoolDiskError, match="cannot be written or read"):
        open_spool(tmp_path / "file" / "spool")


def test_a_durable_write_leaves_the_old_or_the_new(tmp_path, monkeypatch):
    path = tmp_path / "x"
    write_durably(path, b"old")
    monkeypatch.setattr(os, "fsync", lambda descriptor: (_ for _ in ()).throw(OSError(errno.EIO, "failed")))
    with pytest.raises(OSError, match="failed"):
        write_durably(path, b"new")
    assert path.read_bytes() == b"old"
    assert list(tmp_path.iterdir()) == [path]


def test_a_wiped_file_is_gone_and_a_missing_one_is_well(tmp_path):
    path = Path(tmp_path / "x")
    path.write_bytes(b"key" * 2000)
    with path.open("rb") as kept:
        wipe(path)
        assert not any(kept.read(4096))
    assert not path.exists()
    wipe(path)


def test_short_writes_are_completed(tmp_path, monkeypatch):
    real = os.write
    monkeypatch.setattr(os, "write", lambda descriptor, content: real(descriptor, content[:7]))
    file = AppendFile(tmp_path / "x")
    file.write(bytes(range(100)))
    file.close()
    assert (tmp_path / "x").read_bytes() == bytes(range(100))
