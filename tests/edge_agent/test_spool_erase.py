"""Off the record: what was erased is gone for good, whenever the program dies."""

import contextlib

import numpy as np
import pytest

from edge_agent import disk, erasure, vault
from edge_agent.errors import ErasureUnfinishedError, SpoolDiskError, SpoolRoomError
from edge_agent.spool import RecordingState
from tests.edge_agent.spool_parts import Clock, Disk, append, header, open_spool, speech


class PowerCutError(BaseException):
    """The machine stops here."""


@pytest.fixture
def spool(tmp_path):
    with open_spool(tmp_path / "spool", Clock()) as opened:
        yield opened


def test_the_last_seconds_go_and_the_rest_stays_bit_for_bit(spool):
    samples, more = speech(3.3, channels=2), speech(0.7, channels=2, seed=2)
    writer = spool.begin(header(channels=2))
    append(writer, samples, 0.4)
    assert writer.erase_last(1.25) == 1.25
    assert writer.duration == pytest.approx(2.05)
    writer.append(more)
    reader = spool.reader(writer.recording_id)
    assert np.array_equal(reader.samples(), np.hstack([samples[:, :32_800], more]))
    writer.finish()
    assert reader.problems == ()
    assert reader.manifest() == spool.manifest(writer.recording_id)
    assert [stretch.start for stretch in reader.stretches] == [0.0, 2.05]


def test_more_than_there_is_erases_everything(spool):
    writer = spool.begin(header())
    writer.append(speech(0.8))
    assert writer.erase_last(60) == 0.8
    assert writer.erase_last(60) == 0.0
    assert spool.reader(writer.recording_id).samples().shape == (1, 0)
    writer.append(speech(0.2, seed=4))
    assert np.array_equal(spool.reader(writer.recording_id).samples(), speech(0.2, seed=4))


def test_erasing_is_possible_in_a_pause_and_leaves_it(spool):
    writer = spool.begin(header())
    writer.append(speech(1.0))
    writer.pause()
    assert writer.erase_last(0.5) == 0.5
    assert spool.summary(writer.recording_id).state is RecordingState.PAUSED


def test_no_old_key_and_no_old_file_is_left(spool):
    writer = spool.begin(header())
    append(writer, speech(2.0))
    folder = spool.folder / writer.recording_id
    before = (folder / "audio.0").read_bytes()
    old_key, erased_frame = before[64:125], before[-8000:]
    assert any(old_key in path.read_bytes() for path in spool.folder.glob("index.db*"))
    writer.erase_last(0.5)
    assert sorted(path.name for path in folder.iterdir()) == ["audio.1", "header.sealed"]
    for path in spool.folder.rglob("*"):
        content = path.read_bytes() if path.is_file() else b""
        assert old_key not in content, path.name
        assert erased_frame not in content, path.name


def test_the_key_is_overwritten_before_the_file_goes(spool, monkeypatch):
    """Who kept the file open, as an undelete tool does, finds no key in it."""
    writer = spool.begin(header())
    writer.append(speech(0.5))
    with (spool.folder / writer.recording_id / "audio.0").open("rb") as kept:
        writer.erase_last(0.1)
        assert not any(kept.read(125))


def test_documents_are_destroyed_too_but_for_those_given_anew(spool):
    writer = spool.begin(header())
    writer.append(speech(1.0))
    spool.put_document(writer.recording_id, "live.json", "비밀".encode())
    spool.put_document(writer.recording_id, "notes", b"mine")
    writer.erase_last(0.5, {"notes": b"kept"})
    assert spool.documents(writer.recording_id) == ("notes",)
    assert spool.document(writer.recording_id, "notes") == b"kept"


def test_lost_chunks_stay_lost_and_in_their_place(spool):
    samples = speech(2.0)
    writer = spool.begin(header())
    append(writer, samples)
    path = spool.folder / writer.recording_id / "audio.0"
    content = bytearray(path.read_bytes())
    content[125 + 100] ^= 1
    path.write_bytes(content)
    writer.erase_last(0.75)
    read = spool.reader(writer.recording_id).samples()
    assert read.shape == (1, 20_000)
    assert not read[:, :8000].any()
    assert np.array_equal(read[:, 8000:], samples[:, 8000:20_000])
    assert [problem.chunk for problem in spool.reader(writer.recording_id).problems] == [0]


STEPS = [
    (disk.AppendFile, "write"),
    (disk.AppendFile, "sync"),
    (disk.AppendFile, "close"),
    (erasure, "sync_folder"),
    (vault.Vault, "put_documents"),
    (vault, "write_durably"),
    ("index", "replace_chunks"),
    ("index", "forget_log"),
    (vault.Vault, "sweep"),
    (vault, "wipe"),
]


@pytest.mark.parametrize("after", [False, True])
@pytest.mark.parametrize(("owner", "name"), STEPS)
def test_a_power_cut_at_any_step_leaves_all_or_nothing(tmp_path, monkeypatch, owner, name, after):
    spool = open_spool(tmp_path / "spool")
    samples = speech(1.5)
    writer = spool.begin(header())
    append(writer, samples)
    spool.put_document(writer.recording_id, "live", b"old")
    owner = type(spool._vault.index) if owner == "index" else owner
    real = getattr(owner, name)

    def cut(*arguments, **options):
        if after:
            real(*arguments, **options)
        raise PowerCutError

    with monkeypatch.context() as patch:
        patch.setattr(owner, name, cut)
        with contextlib.suppress(PowerCutError):
            writer.erase_last(0.75, {"live": b"new"})
            pytest.fail("this step is none of an erasure's")
    spool._vault.index.close()
    spool._lock.release()
    with open_spool(tmp_path / "spool") as again:
        read = again.reader(writer.recording_id)
        files = [path.name for path in (again.folder / writer.recording_id).glob("audio*")]
        erased = files == ["audio.1"]
        assert np.array_equal(read.samples(), samples[:, :12_000] if erased else samples)
        assert again.document(writer.recording_id, "live") == (b"new" if erased else b"old")
        assert read.problems == ()
        assert files in (["audio.0"], ["audio.1"])
        assert again.summary(writer.recording_id).interrupted


def test_without_room_for_the_new_copy_nothing_is_erased(spool, monkeypatch):
    samples = speech(1.0)
    writer = spool.begin(header())
    writer.append(samples)
    with monkeypatch.context() as patch:
        patch.setattr(erasure, "free_bytes", lambda folder: 500_000)
        with pytest.raises(SpoolRoomError, match="nothing was changed"):
            writer.erase_last(0.5)
    assert np.array_equal(spool.reader(writer.recording_id).samples(), samples)
    assert writer.append(samples) == 2.0


def test_a_disk_that_fails_midway_leaves_all_and_recording_goes_on(tmp_path):
    disk_ = Disk()
    with open_spool(tmp_path / "spool", open_append=disk_.open) as spool:
        samples = speech(1.0)
        writer = spool.begin(header())
        append(writer, samples)
        disk_.room = 5000
        with pytest.raises(SpoolDiskError, match="nothing was changed"):
            writer.erase_last(0.25)
        disk_.room = None
        assert [path.name for path in (spool.folder / writer.recording_id).glob("audio*")] == ["audio.0"]
        assert writer.erase_last(0.25) == 0.25
        writer.append(samples)
        assert np.array_equal(spool.reader(writer.recording_id).samples()[:, :12_000], samples[:, :12_000])


def test_traces_that_could_not_be_removed_are_said_and_removed_at_the_next_start(tmp_path, monkeypatch):
    spool = open_spool(tmp_path / "spool")
    writer = spool.begin(header())
    append(writer, speech(1.0))

    def refused(path):
        raise PermissionError(13, "Permission denied")

    with monkeypatch.context() as patch:
        patch.setattr(vault, "wipe", refused)
        with pytest.raises(ErasureUnfinishedError, match="may still be on the disk"):
            writer.erase_last(0.5)
    assert writer.duration == 0.5
    spool.close()
    with open_spool(tmp_path / "spool") as again:
        assert [path.name for path in (again.folder / writer.recording_id).glob("audio*")] == ["audio.1"]
