"""What a crash, a power cut or a lost index leaves is taken up again."""

import os
import shutil
import sqlite3
from datetime import timedelta

import numpy as np
import pytest

from edge_agent import recovery
from edge_agent.errors import (
    RecordingSealedError,
    RecordingStateError,
    SpoolVersionError,
    UnknownRecordingError,
)
from edge_agent.spool import Reason, RecordingState
from edge_agent.spool_index import SpoolIndex
from scribe.crypto import HospitalKey
from tests.edge_agent.spool_parts import (
    BEGAN,
    Clock,
    Disk,
    append,
    header,
    open_spool,
    pcm_of,
    record,
    speech,
)


@pytest.fixture
def folder(tmp_path):
    return tmp_path / "spool"


def crash(spool):
    """Let go of everything as a killed process does."""
    spool.close()


def interrupted(folder, samples, **fields):
    with open_spool(folder) as spool:
        writer = spool.begin(header(channels=len(samples), **fields))
        append(writer, samples)
        return writer.recording_id


def test_an_interrupted_recording_is_listed_whatever_its_age_and_finished(folder):
    samples = speech(1.2)
    old = interrupted(folder, samples, started_at=BEGAN - timedelta(days=700), encounter_id="e")
    clock = Clock(BEGAN + timedelta(hours=1))
    with open_spool(folder, clock) as spool:
        assert [summary.id for summary in recovery.unfinished(spool)] == [old]
        assert spool.summary(old).interrupted
        (outcome,) = recovery.recover_all(spool)
        assert outcome.summary.state is RecordingState.STOPPED
        assert outcome.summary.stopped_at == clock()
        assert outcome.manifest == spool.manifest(old)
        assert outcome.problems == ()
        assert np.array_equal(spool.reader(old).samples(), samples)
        assert recovery.unfinished(spool) == ()
        assert recovery.recover(spool, old).manifest == outcome.manifest


def test_a_recording_under_way_is_not_recovered(folder):
    with open_spool(folder) as spool:
        writer = spool.begin(header())
        with pytest.raises(RecordingStateError, match="being recorded now"):
            recovery.recover(spool, writer.recording_id)
        assert recovery.unfinished(spool) == ()


def test_an_interrupted_recording_can_go_on(folder):
    samples = speech(1.0)
    recording = interrupted(folder, samples)
    with open_spool(folder, Clock(BEGAN + timedelta(minutes=2))) as spool:
        writer = spool.resume(recording)
        writer.append(speech(0.5, seed=2))
        writer.finish()
        reader = spool.reader(recording)
        assert np.array_equal(reader.samples(), np.hstack([samples, speech(0.5, seed=2)]))
        assert [stretch.began_at for stretch in reader.stretches] == [BEGAN, BEGAN + timedelta(minutes=2)]
        with pytest.raises(RecordingStateError, match="not interrupted"):
            spool.resume(recording)


def test_a_chunk_that_reached_the_file_but_not_the_index_is_kept(folder, monkeypatch):
    samples = speech(1.5)
    spool = open_spool(folder)
    writer = spool.begin(header())
    append(writer, samples[:, :16_000])
    with monkeypatch.context() as patch:
        patch.setattr(SpoolIndex, "append", cut_short)
        with pytest.raises(KeyboardInterrupt):
            writer.append(samples[:, 16_000:])
    crash(spool)
    with open_spool(folder) as again:
        assert again.summary(writer.recording_id).duration == 1.5
        assert np.array_equal(again.reader(writer.recording_id).samples(), samples)


def cut_short(*arguments):
    raise KeyboardInterrupt


@pytest.mark.parametrize("length", [1, 40, 64, 90, 5000, 16_092])
def test_a_torn_end_is_moved_aside_and_listed(folder, length):
    samples = speech(1.0)
    recording = interrupted(folder, samples)
    path = folder / recording / "audio.0"
    torn = path.read_bytes()[125 : 125 + 16_093].replace(b"\0\0\0\0", b"\1\0\0\0", 1)[:length]
    whole = path.read_bytes()
    path.write_bytes(whole + torn)
    with open_spool(folder) as spool:
        assert path.read_bytes() == whole
        (aside,) = (folder / recording).glob("torn.0.*")
        assert aside.read_bytes() == torn
        (problem,) = recovery.recover(spool, recording).problems
        assert (problem.reason, problem.chunk, problem.start, problem.seconds) == (Reason.TORN, 2, 1.0, 0.0)
        assert np.array_equal(spool.reader(recording).samples(), samples)


def test_a_power_cut_loses_nothing_that_was_handed_over(folder):
    """What was not synced is gone after a power cut: then nothing that was may have been handed over."""
    disk = Disk()
    samples = speech(3.0)
    spool = open_spool(folder, open_append=disk.open)
    writer = spool.begin(header())
    for start in range(0, 48_000, 8000):
        kept = writer.append(samples[:, start : start + 8000])
    crash(spool)
    path = folder / writer.recording_id / "audio.0"
    os.truncate(path, disk.synced[path])
    with open_spool(folder) as again:
        assert again.summary(writer.recording_id).duration == kept
        assert np.array_equal(again.reader(writer.recording_id).samples(), samples)


def test_the_file_is_synced_before_the_index_says_so(folder, monkeypatch):
    disk = Disk()
    real = SpoolIndex.append
    monkeypatch.setattr(SpoolIndex, "append", lambda *args: (disk.events.append("index"), real(*args)))
    with open_spool(folder, open_append=disk.open) as spool:
        writer = spool.begin(header())
        disk.events.clear()
        writer.append(speech(1.5))
    assert disk.events == ["write", "sync", "index"] * 2


def test_the_index_is_written_at_full_durability(folder):
    with open_spool(folder) as spool:
        run = spool._vault.index._connection.execute
        assert run("PRAGMA synchronous").fetchone() == (2,)
        assert run("PRAGMA secure_delete").fetchone() == (1,)
        assert run("PRAGMA journal_mode").fetchone() == ("wal",)


def lose(folder):
    for path in folder.glob("index.db*"):
        path.unlink()


def overwrite(folder):
    for path in folder.glob("index.db*"):
        path.write_bytes(os.urandom(path.stat().st_size))


def break_off(folder):
    path = folder / "index.db"
    path.write_bytes(path.read_bytes()[:9000])


def spoil_pages(folder):
    path = folder / "index.db"
    content = path.read_bytes()
    path.write_bytes(content[:4096] + bytes(len(content) - 4096))


def miscount(folder):
    with sqlite3.connect(folder / "index.db") as connection:
        connection.execute("DELETE FROM chunk WHERE number = 0")
    connection.close()


@pytest.mark.parametrize("damage", [lose, overwrite, break_off, spoil_pages, miscount])
def test_a_lost_or_damaged_index_is_rebuilt_from_the_recordings(folder, damage):
    samples, going = speech(1.7, channels=2), speech(0.6, seed=3)
    with open_spool(folder) as spool:
        finished = record(spool, samples, encounter_id="e-1", language="en", device="mic")
        spool.put_document(finished, "transcript.json", b"{}")
        first_header, manifest = spool.header(finished), spool.manifest(finished)
        live = spool.begin(header())
        live.append(going)
    damage(folder)
    with open_spool(folder) as spool:
        assert spool.rebuilt or damage is lose
        assert {summary.id for summary in spool.recordings()} == {finished, live.recording_id}
        summary = spool.summary(finished)
        assert (summary.state, summary.duration, summary.language) == ("stopped", 1.7, "en")
        assert (summary.encounter_id, summary.stopped_at) == ("e-1", BEGAN)
        assert spool.header(finished) == first_header
        assert spool.manifest(finished) == manifest == spool.reader(finished).manifest()
        assert spool.document(finished, "transcript.json") == b"{}"
        assert spool.reader(finished).problems == ()
        assert np.array_equal(recovered(spool, live.recording_id), going)


def recovered(spool, recording):
    assert spool.summary(recording).interrupted
    recovery.recover(spool, recording)
    return spool.reader(recording).samples()


def test_deleted_audio_does_not_come_back_with_a_rebuilt_index(folder):
    with open_spool(folder) as spool:
        deleted, discarded = record(spool, speech(0.3)), record(spool, speech(0.3))
        spool.put_document(deleted, "receipt.json", b"{}")
        spool.set_state(deleted, RecordingState.ACKNOWLEDGED)
        spool.delete_audio(deleted)
        spool.discard(discarded)
    lose(folder)
    with open_spool(folder) as spool:
        assert spool.summary(deleted).state is RecordingState.DELETED
        assert spool.document(deleted, "receipt.json") == b"{}"
        with pytest.raises(UnknownRecordingError):
            spool.summary(discarded)


def test_a_rebuilt_erased_recording_holds_what_was_kept(folder):
    samples = speech(1.0)
    with open_spool(folder) as spool:
        writer = spool.begin(header())
        append(writer, samples)
        writer.erase_last(0.25)
    lose(folder)
    with open_spool(folder) as spool:
        assert np.array_equal(recovered(spool, writer.recording_id), samples[:, :12_000])


def test_an_older_index_is_caught_up_from_the_files(folder, tmp_path):
    """As after a backup was put back."""
    samples = speech(2.0)
    recording = interrupted(folder, samples[:, :16_000])
    shutil.copy(folder / "index.db", tmp_path / "old.db")
    with open_spool(folder) as spool:
        writer = spool.resume(recording)
        append(writer, samples[:, 16_000:])
        manifest = writer.finish()
    lose(folder)
    shutil.copy(tmp_path / "old.db", folder / "index.db")
    with open_spool(folder) as spool:
        assert spool.summary(recording).state is RecordingState.STOPPED
        assert spool.manifest(recording) == manifest == spool.reader(recording).manifest()
        assert np.array_equal(spool.reader(recording).samples(), samples)


def test_a_crash_in_finishing_leaves_it_finished_or_interrupted(folder, monkeypatch):
    samples = speech(0.8)
    spool = open_spool(folder)
    writer = spool.begin(header())
    writer.append(samples)
    with monkeypatch.context() as patch:
        patch.setattr(SpoolIndex, "update", cut_short)
        with pytest.raises(KeyboardInterrupt):
            writer.finish()
    crash(spool)
    with open_spool(folder) as again:
        assert again.summary(writer.recording_id).state is RecordingState.STOPPED
        assert again.manifest(writer.recording_id).bytes == len(pcm_of(samples))
        assert again.reader(writer.recording_id).problems == ()


@pytest.mark.parametrize("step", ["write_header", "new_key", "open_append"])
def test_a_crash_in_beginning_leaves_no_phantom(folder, step, monkeypatch):
    spool = open_spool(folder)
    monkeypatch.setattr(spool._vault, step, cut_short)
    monkeypatch.setattr(spool._vault, "remove", lambda recording: None)
    with pytest.raises(KeyboardInterrupt):
        spool.begin(header())
    crash(spool)
    with open_spool(folder) as again:
        assert again.recordings() == ()
        assert [path for path in folder.iterdir() if path.is_dir()] == []


def test_with_another_sites_key_nothing_is_changed_and_with_the_right_one_all_is_there(folder):
    samples = speech(1.0)
    recording = interrupted(folder, samples)
    path = folder / recording / "audio.0"
    path.write_bytes(path.read_bytes() + b"torn")
    before = path.read_bytes()
    with open_spool(folder, key=HospitalKey(bytes(32))) as spool:
        with pytest.raises(RecordingSealedError, match="this site's key"):
            recovery.recover(spool, recording)
        (outcome,) = recovery.recover_all(spool)
        assert isinstance(outcome, recovery.NotRecovered)
        reader = spool.reader(recording)
        assert not reader.samples().any()
        assert sum(problem.seconds for problem in reader.problems) == 1.0
    assert path.read_bytes() == before
    with open_spool(folder) as spool:
        assert np.array_equal(recovered(spool, recording), samples)


def test_with_another_sites_key_and_no_index_nothing_is_lost_either(folder):
    samples = speech(1.0)
    recording = interrupted(folder, samples, encounter_id="e-9")
    lose(folder)
    with open_spool(folder, key=HospitalKey(bytes(32))) as spool:
        (summary,) = spool.recordings()
        assert (summary.id, summary.interrupted) == (recording, True)
        with pytest.raises(RecordingSealedError):
            recovery.recover(spool, recording)
    with open_spool(folder) as spool:
        assert np.array_equal(recovered(spool, recording), samples)
        assert spool.summary(recording).encounter_id == "e-9"
        assert spool.header(recording).id == recording


def test_a_damaged_header_is_taken_from_the_other_place(folder):
    recording = interrupted(folder, speech(0.2))
    path = folder / recording / "header.sealed"
    whole = path.read_bytes()
    path.write_bytes(whole[:-1])
    with open_spool(folder) as spool:
        assert spool.header(recording).id == recording


def test_a_newer_index_is_refused_and_kept(folder):
    recording = interrupted(folder, speech(0.2))
    with sqlite3.connect(folder / "index.db") as connection:
        connection.execute("PRAGMA user_version = 2")
    connection.close()
    with pytest.raises(SpoolVersionError, match="newer version"):
        open_spool(folder)
    with sqlite3.connect(folder / "index.db") as connection:
        assert connection.execute("SELECT id FROM recording").fetchone() == (recording,)
    connection.close()


def test_a_name_that_is_no_id_is_left_alone(folder):
    folder.mkdir()
    (folder / "lost+found").mkdir()
    (folder / "읽어보기.txt").write_text("x")
    with open_spool(folder) as spool:
        assert spool.recordings() == ()
    assert (folder / "lost+found").is_dir()
    assert (folder / "읽어보기.txt").exists()
