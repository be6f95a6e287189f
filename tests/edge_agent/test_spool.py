"""What the spool promises while nothing goes wrong."""

import hashlib
import threading
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import numpy as np
import pytest

from edge_agent.errors import (
    ConsentMissingError,
    DocumentMissingError,
    RecordingStateError,
    SpoolBusyError,
    SpoolRoomError,
    UnknownRecordingError,
)
from edge_agent.recordings import document_name, expired, folder_name
from edge_agent.spool import DiskLimits, RecordingState, Stretch
from scribe.crypto import new_id
from scribe.domain.consent import Consent
from tests.edge_agent.spool_parts import BEGAN, CONSENT, Clock, append, header, open_spool, pcm_of, record, speech

UPPER = "019A8F2E-0000-7000-8000-0123456789AB"


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
def spool(tmp_path, clock):
    with open_spool(tmp_path / "spool", clock) as opened:
        yield opened


@pytest.mark.parametrize("channels", [1, 2])
def test_what_was_appended_is_read_back_bit_for_bit(spool, channels):
    samples = speech(3.7, channels)
    reader = spool.reader(record(spool, samples, piece=0.31))
    assert np.array_equal(reader.samples(), samples)
    assert np.array_equal(reader.samples(1.25, 2.5), samples[:, 20_000:40_000])
    assert reader.samples(9.0).shape == (channels, 0)
    assert reader.duration == pytest.approx(3.7)
    assert reader.problems == ()


def test_a_recording_can_be_read_while_it_is_written(spool):
    samples = speech(2.0)
    writer = spool.begin(header())
    reader = spool.reader(writer.recording_id)
    assert reader.samples().shape == (1, 0)
    assert writer.append(samples[:, :8000]) == 0.5
    assert np.array_equal(reader.samples(), samples[:, :8000])
    assert writer.append(samples[:, 8000:]) == 2.0
    assert np.array_equal(reader.samples(), samples)


def test_long_blocks_become_chunks_of_a_second_at_most(spool):
    writer = spool.begin(header())
    writer.append(speech(3.2))
    lengths = [len(chunk.pcm) for chunk in spool.reader(writer.recording_id).chunks()]
    assert lengths == [32_000, 32_000, 32_000, 6_400]


def test_loud_and_impossible_samples_are_clipped_and_silenced(spool):
    writer = spool.begin(header())
    writer.append(np.array([[1.5, -1.5, np.nan, np.inf, 1.0, -1.0]], dtype=np.float32))
    heard = spool.reader(writer.recording_id).samples()[0] * 32768
    assert heard.tolist() == [32767, -32768, 0, 32767, 32767, -32768]


def test_samples_of_another_shape_are_refused(spool):
    writer = spool.begin(header())
    with pytest.raises(ValueError, match="shape"):
        writer.append(speech(0.1, channels=2))
    with pytest.raises(ValueError, match="shape"):
        writer.append(speech(0.1)[0])


def test_the_manifest_is_that_of_the_pcm(spool):
    samples = speech(2.3, channels=2)
    recording = record(spool, samples, piece=0.5)
    manifest = spool.manifest(recording)
    pcm = pcm_of(samples)
    assert (manifest.sha256, manifest.bytes) == (hashlib.sha256(pcm).hexdigest(), len(pcm))
    assert (manifest.chunks, manifest.channels, manifest.lost) == (5, 2, 0)
    assert manifest.duration == pytest.approx(2.3)
    assert spool.reader(recording).manifest() == manifest
    assert spool.summary(recording).sha256 == manifest.sha256


def test_the_uplink_reads_any_bytes_and_goes_on_at_any_chunk(spool):
    samples = speech(1.9, channels=2)
    reader = spool.reader(record(spool, samples, piece=0.4))
    pcm = pcm_of(samples)
    assert reader.pcm(0, len(pcm) + 99) == pcm
    for start, size in ((1, 7), (25_599, 2), (30_001, 40_000), (len(pcm) - 3, 10), (len(pcm), 5)):
        assert reader.pcm(start, size) == pcm[start : start + size]
    rest = list(reader.chunks(3))
    assert [chunk.number for chunk in rest] == [3, 4]
    assert b"".join(chunk.pcm for chunk in rest) == pcm[3 * 25_600 :]


def test_finishing_twice_gives_the_same_and_ends_writing(spool):
    writer = spool.begin(header())
    writer.append(speech(0.5))
    assert writer.finish() == writer.finish()
    for call in (lambda: writer.append(speech(0.1)), writer.pause, lambda: writer.erase_last(1.0)):
        with pytest.raises(RecordingStateError, match="stopped"):
            call()


def test_an_empty_recording_finishes(spool):
    manifest = spool.begin(header()).finish()
    assert (manifest.bytes, manifest.chunks, manifest.duration) == (0, 0, 0.0)


def test_a_pause_adds_nothing_and_keeps_when_each_stretch_began(spool, clock):
    writer = spool.begin(header())
    writer.append(speech(1.0))
    writer.pause()
    with pytest.raises(RecordingStateError, match="paused"):
        writer.append(speech(0.1))
    clock.wait(60)
    writer.resume()
    writer.append(speech(0.5))
    assert spool.summary(writer.recording_id).state is RecordingState.RECORDING
    assert spool.reader(writer.recording_id).stretches == (
        Stretch(start=0.0, end=1.0, began_at=BEGAN),
        Stretch(start=1.0, end=1.5, began_at=BEGAN + timedelta(seconds=60)),
    )


@pytest.mark.parametrize("state", ["refused", "withdrawn"])
def test_without_consent_nothing_begins(spool, state):
    refused = Consent(purpose="recording", state=state, decided_at=BEGAN)
    with pytest.raises(ConsentMissingError, match=state):
        spool.begin(header(consent=refused))
    with pytest.raises(ConsentMissingError):
        spool.begin(header(consent=replace(CONSENT, purpose="secondary_use")))
    assert spool.recordings() == ()
    assert [path for path in spool.folder.iterdir() if path.is_dir()] == []


def test_an_id_is_begun_once(spool):
    first = header()
    spool.begin(first)
    with pytest.raises(RecordingStateError, match="begun already"):
        spool.begin(first)


def test_a_second_spool_on_the_folder_is_refused(spool, tmp_path):
    with pytest.raises(SpoolBusyError, match="another program"):
        open_spool(tmp_path / "spool")
    spool.close()
    open_spool(tmp_path / "spool").close()


def test_too_little_room_is_said_before_the_patient_speaks(tmp_path):
    with open_spool(tmp_path / "spool", limits=DiskLimits(minutes=1e9, floor=0, reserve=0)) as spool:
        with pytest.raises(SpoolRoomError, match="MB are needed"):
            spool.begin(header())
        assert spool.recordings() == ()
        assert spool.minutes_left() > 0


def test_recordings_of_every_state_are_listed_oldest_first(spool):
    late = header(started_at=BEGAN + timedelta(days=2), encounter_id="encounter-1")
    spool.begin(late)
    early = record(spool, speech(0.5), started_at=BEGAN - timedelta(days=400))
    listed = spool.recordings()
    assert [summary.id for summary in listed] == [early, late.id]
    assert [summary.state for summary in listed] == ["stopped", "recording"]
    assert listed[0].duration == 0.5
    assert listed[1].encounter_id == "encounter-1"
    assert not any(summary.interrupted for summary in listed)


def test_an_unknown_id_is_said(spool):
    for call in (spool.summary, spool.reader, spool.discard, spool.header, spool.manifest):
        with pytest.raises(UnknownRecordingError, match="edge recover"):
            call(new_id())


def test_states_go_one_way(spool):
    recording = record(spool, speech(0.2))
    for state in ("transcribed", "uploading", "stopped", "uploading", "acknowledged", "acknowledged"):
        spool.set_state(recording, RecordingState(state))
        assert spool.summary(recording).state == state
    with pytest.raises(RecordingStateError, match="cannot become uploading"):
        spool.set_state(recording, RecordingState.UPLOADING)
    live = spool.begin(header()).recording_id
    with pytest.raises(RecordingStateError):
        spool.set_state(live, RecordingState.ACKNOWLEDGED)
    for gone in (RecordingState.DELETED, RecordingState.RECORDING):
        with pytest.raises(RecordingStateError):
            spool.set_state(record(spool, speech(0.2)), gone)


def test_a_consultation_can_be_assigned_later(spool):
    first = header()
    writer = spool.begin(first)
    spool.assign(first.id, "encounter-7")
    writer.append(speech(0.3))
    writer.finish()
    assert spool.summary(first.id).encounter_id == "encounter-7"
    assert spool.header(first.id) == replace(first, encounter_id="encounter-7")


def test_documents_are_kept_sealed_beside_the_audio(spool):
    recording = record(spool, speech(0.2))
    with pytest.raises(DocumentMissingError, match=r"transcript\.json"):
        spool.document(recording, "transcript.json")
    spool.put_document(recording, "transcript.json", "기침이 나요".encode())
    spool.put_document(recording, "transcript.json", "열이 나요".encode())
    spool.put_document(recording, "live", b"")
    assert spool.document(recording, "transcript.json").decode() == "열이 나요"
    assert spool.document(recording, "live") == b""
    assert spool.documents(recording) == ("live", "transcript.json")


def test_audio_goes_only_after_its_acknowledgement_and_documents_stay(spool):
    recording = record(spool, speech(0.4))
    manifest = spool.manifest(recording)
    spool.put_document(recording, "receipt.json", b"{}")
    with pytest.raises(RecordingStateError, match="acknowledged"):
        spool.delete_audio(recording)
    spool.set_state(recording, RecordingState.ACKNOWLEDGED)
    reader = spool.reader(recording)
    spool.delete_audio(recording)
    spool.delete_audio(recording)
    assert spool.summary(recording).state is RecordingState.DELETED
    assert spool.document(recording, "receipt.json") == b"{}"
    assert spool.header(recording).device == "책상 마이크"
    assert spool.manifest(recording) == manifest
    assert list((spool.folder / recording).glob("audio*")) == []
    for call in (reader.samples, lambda: spool.reader(recording)):
        with pytest.raises(RecordingStateError, match="destroyed"):
            call()


def test_discarding_destroys_everything_but_the_summary(spool):
    writer = spool.begin(header())
    writer.append(speech(0.4))
    spool.put_document(writer.recording_id, "notes", b"x")
    spool.discard(writer.recording_id)
    spool.discard(writer.recording_id)
    summary = spool.summary(writer.recording_id)
    assert (summary.state, summary.duration) == ("discarded", 0.4)
    assert not (spool.folder / writer.recording_id).exists()
    with pytest.raises(RecordingStateError):
        writer.append(speech(0.1))
    with pytest.raises(RecordingStateError):
        spool.header(writer.recording_id)
    with pytest.raises(RecordingStateError):
        spool.put_document(writer.recording_id, "notes", b"y")


def test_only_acknowledged_recordings_expire(spool, clock):
    recordings = [record(spool, speech(0.1)) for _ in range(3)]
    spool.set_state(recordings[0], RecordingState.ACKNOWLEDGED)
    clock.wait(3 * 86_400)
    spool.set_state(recordings[1], RecordingState.ACKNOWLEDGED)
    due = expired(spool.recordings(), now=clock(), days=3)
    assert [summary.id for summary in due] == [recordings[0]]
    assert expired(spool.recordings(), now=clock(), days=4) == ()
    assert len(expired(spool.recordings(), now=clock(), days=0)) == 2


def test_nothing_of_the_patient_stands_in_the_clear(spool):
    """Neither sound nor words nor the device's name, in any file or file name."""
    tone = np.tile(speech(0.05, seed=3), 20)
    recording = record(spool, tone, device="홍길동의 에어팟")
    spool.put_document(recording, "transcript.json", "기침이 나요".encode())
    words = ["홍길동".encode(), "기침".encode(), pcm_of(tone)[:64], tone.tobytes()[:64]]
    for path in spool.folder.rglob("*"):
        assert "홍" not in path.name
        content = path.read_bytes() if path.is_file() else b""
        assert not any(word in content for word in words), path.name


def test_files_are_for_this_user_alone(spool):
    recording = record(spool, speech(0.1))
    assert spool.folder.stat().st_mode & 0o077 == 0
    assert (spool.folder / recording / "audio.0").stat().st_mode & 0o077 == 0


@pytest.mark.parametrize("text", ["홍길동", "00012345", "../x", "", UPPER, UPPER.lower().replace("-", "")])
def test_only_a_uuid_names_a_folder(text):
    with pytest.raises(ValueError, match="UUID"):
        folder_name(text)
    with pytest.raises(ValueError, match="UUID"):
        header(id=text)


@pytest.mark.parametrize("text", ["홍길동", "00012345", "../x", "", "audio.0", "a" * 40, "Kim"])
def test_a_document_is_named_by_a_plain_word(text):
    with pytest.raises(ValueError, match="document"):
        document_name(text)


def test_threads_share_a_spool(spool):
    """One writes, one erases nothing, one reads, one puts documents: all is there afterwards."""
    samples = speech(4.0)
    writer = spool.begin(header())
    failures = []

    def run(work):
        try:
            work()
        except Exception as error:
            failures.append(error)

    def read():
        for _ in range(20):
            heard = spool.reader(writer.recording_id).samples()
            assert np.array_equal(heard, samples[:, : heard.shape[1]])

    works = [
        lambda: append(writer, samples, 0.1),
        read,
        lambda: [spool.put_document(writer.recording_id, "live", b"x" * n) for n in range(20)],
        lambda: [spool.recordings() for _ in range(50)],
    ]
    threads = [threading.Thread(target=run, args=(work,)) for work in works]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert failures == []
    assert np.array_equal(spool.reader(writer.recording_id).samples(), samples)


def test_a_header_needs_a_time_zone_and_one_or_two_channels():
    with pytest.raises(ValueError, match="time zone"):
        header(started_at=datetime(2026, 9, 14, tzinfo=UTC).replace(tzinfo=None))
    with pytest.raises(ValueError, match="channels"):
        header(channels=3)
