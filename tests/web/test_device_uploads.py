"""Uploads of an edge device: in parts, repeated, moved, and refused where they do not fit."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from edge_agent.uplink_client import Transport, UplinkClient
from edge_agent.uplink_errors import (
    ChangedError,
    RefusedError,
    UplinkError,
)
from scribe.crypto import new_id, sha256_hex
from scribe.domain.formats import write_transcript
from scribe.domain.uplink import AudioManifest
from scribe.uploads import PART_BYTES
from tests.uplink_service import MARKER, UplinkClinic, transcript_of
from tests.web.device_parts import DOCUMENT, PCM, Desk, a_desk, announced, completed, manifest


@pytest.fixture
def desk(service: UplinkClinic, tmp_path: Path) -> Iterator[Desk]:
    with a_desk(service, tmp_path) as made:
        yield made


def test_a_transcript_becomes_part_of_the_consultation_and_is_drafted(desk: Desk, visit: str) -> None:
    receipt = desk.send(visit)
    assert (receipt.kind, receipt.encounter_id, receipt.audio, receipt.audio_stored) == (
        "acknowledged",
        visit,
        manifest(),
        False,
    )
    with desk.clinic.store.begin(desk.clinic.kim.actor) as work:
        latest = work.transcripts.latest(visit)
        assert latest is not None
        assert latest.transcript == transcript_of()
        assert work.encounters.get(visit).stage == "transcribed"
    assert desk.clinic.drafted[-1] == visit


def test_audio_in_parts_becomes_a_recording_that_can_be_played(desk: Desk, visit: str) -> None:
    pcm = PCM * (1 + PART_BYTES * 2 // len(PCM))
    receipt = desk.send(visit, pcm=pcm)
    assert receipt.audio_stored
    with desk.clinic.store.begin(desk.clinic.kim.actor) as work:
        (recording,) = work.recordings.list(visit)
        wav = work.recordings.audio(recording.id)
    assert recording.media_type == "audio/wav"
    assert wav[44:] == pcm
    assert desk.clinic.count("upload_part") == 0
    assert not list(desk.clinic.folder.rglob("*.part"))


def test_an_upload_goes_on_where_it_ended(desk: Desk, visit: str) -> None:
    recording_id, pcm = new_id(), PCM * (1 + PART_BYTES * 3 // len(PCM))
    desk.client.announce(recording_id, announced(visit, pcm))
    for number in (2, 0):
        desk.client.put_part(recording_id, number, pcm[number * PART_BYTES : (number + 1) * PART_BYTES])
    state = desk.client.announce(recording_id, announced(visit, pcm))
    assert [part.number for part in state.parts] == [0, 2]
    assert state.parts[1].sha256 == sha256_hex(pcm[2 * PART_BYTES : 3 * PART_BYTES])
    desk.client.put_transcript(recording_id, DOCUMENT)
    with pytest.raises(ChangedError):
        desk.client.finish(recording_id, completed(pcm))
    for number in (1, 3):
        desk.client.put_part(recording_id, number, pcm[number * PART_BYTES : (number + 1) * PART_BYTES])
    assert desk.client.finish(recording_id, completed(pcm)).audio_stored


def test_everything_repeated_leaves_one_upload_and_one_receipt(desk: Desk, visit: str) -> None:
    recording_id = new_id()
    first = desk.send(visit, pcm=PCM, recording_id=recording_id)
    assert desk.client.state(recording_id).receipt == first
    assert desk.client.finish(recording_id, completed(PCM)) == first
    state = desk.client.announce(recording_id, announced(visit))
    assert state.receipt == first
    assert desk.client.put_transcript(recording_id, DOCUMENT).receipt == first
    with desk.clinic.store.begin(desk.clinic.kim.actor) as work:
        assert work.encounters.get(visit).transcript_version == 1
        assert len(work.recordings.list(visit)) == 1


def test_parts_that_are_not_the_announced_audio_are_sent_again(desk: Desk, visit: str) -> None:
    recording_id = new_id()
    desk.client.announce(recording_id, announced(visit))
    desk.client.put_transcript(recording_id, DOCUMENT)
    desk.client.put_part(recording_id, 0, bytes(len(PCM)))
    with pytest.raises(ChangedError):
        desk.client.finish(recording_id, completed(PCM))
    assert desk.client.state(recording_id).parts == ()
    desk.client.put_part(recording_id, 0, PCM)
    assert desk.client.finish(recording_id, completed(PCM)).audio_stored


def test_another_recording_of_the_same_id_is_a_conflict(desk: Desk, visit: str) -> None:
    recording_id = new_id()
    desk.client.announce(recording_id, announced(visit))
    for attempt in (
        lambda: desk.client.announce(recording_id, announced(visit, PCM + PCM)),
        lambda: (
            desk.client.put_transcript(recording_id, DOCUMENT),
            desk.client.put_transcript(recording_id, write_transcript(transcript_of("다른 말"))),
        ),
        lambda: (desk.client.put_part(recording_id, 0, PCM), desk.client.put_part(recording_id, 0, PCM[::-1])),
        lambda: desk.client.finish(recording_id, completed(None, PCM + PCM)),
    ):
        with pytest.raises(RefusedError) as refused:
            attempt()
        assert refused.value.reason == "conflict"


def test_a_recording_can_be_given_to_another_consultation_until_it_is_finished(desk: Desk, visit: str) -> None:
    recording_id, right = new_id(), desk.clinic.visit()
    desk.client.announce(recording_id, announced(visit))
    desk.client.put_transcript(recording_id, DOCUMENT)
    desk.client.put_part(recording_id, 0, PCM)
    moved = desk.client.announce(recording_id, announced(right))
    assert (moved.encounter_id, moved.parts, moved.transcript_sha256) == (right, (), None)
    assert desk.send(right, pcm=PCM, recording_id=recording_id).encounter_id == right
    with desk.clinic.store.begin(desk.clinic.kim.actor) as work:
        assert work.transcripts.latest(visit) is None
    with pytest.raises(RefusedError, match="conflict"):
        desk.client.announce(recording_id, announced(visit))


def test_a_recording_without_its_transcript_is_not_acknowledged(desk: Desk, visit: str) -> None:
    recording_id = new_id()
    desk.client.announce(recording_id, announced(visit))
    with pytest.raises(RefusedError, match="conflict"):
        desk.client.finish(recording_id, completed(None))
    assert desk.client.state(recording_id).receipt is None


@pytest.mark.parametrize("document", [b"", b"{}", b'{"format": "scribe-draft/1"}', b"\xff\xfe", b"[" * 3000])
def test_what_is_no_transcript_is_refused_without_repeating_it(desk: Desk, visit: str, document: bytes) -> None:
    recording_id = new_id()
    desk.client.announce(recording_id, announced(visit))
    with pytest.raises(RefusedError) as refused:
        desk.client.put_transcript(recording_id, document)
    assert refused.value.reason == "invalid"
    assert desk.client.state(recording_id).transcript_sha256 is None


@pytest.mark.parametrize(
    "wrong",
    [
        {"duration": 60.0},
        {"duration": -1.0},
        {"duration": 1e300},
        {"channels": 3},
        {"sample_rate": 0},
        {"audio": AudioManifest(sha256="x", bytes=len(PCM), chunks=1)},
        {"audio": AudioManifest(sha256="0" * 64, bytes=-1, chunks=1)},
        {"started_at": datetime(2026, 1, 1)},  # noqa: DTZ001
    ],
    ids=str,
)
def test_an_announcement_that_does_not_fit_together_is_refused(desk: Desk, visit: str, wrong: dict[str, Any]) -> None:
    with pytest.raises(RefusedError) as refused:
        desk.client.announce(new_id(), replace(announced(visit), **wrong))
    assert refused.value.reason == "invalid"


@pytest.mark.parametrize("recording_id", ["1", "..", "0198A000-0000-7000-8000-00000000000F", MARKER])
def test_a_recording_is_named_by_a_uuid_only(desk: Desk, visit: str, recording_id: str) -> None:
    with pytest.raises(UplinkError):
        desk.client.announce(recording_id, announced(visit))


@pytest.mark.parametrize(("number", "size"), [(1, 10), (0, 10), (-1, len(PCM)), (0, len(PCM) + 1), (10**6, 0)])
def test_a_part_has_its_place_and_length(desk: Desk, visit: str, number: int, size: int) -> None:
    recording_id = new_id()
    desk.client.announce(recording_id, announced(visit))
    with pytest.raises(UplinkError):
        desk.client.put_part(recording_id, number, bytes(size))
    assert desk.client.state(recording_id).parts == ()


def test_a_request_that_is_too_large_is_not_read(desk: Desk) -> None:
    answer = desk.raw("PUT", f"recordings/{new_id()}/audio/0", bytes(PART_BYTES + 1))
    assert (answer.status_code, answer.json()["code"]) == (413, "too_large")


def test_audio_is_taken_only_where_the_site_says_so(service: UplinkClinic, tmp_path: Path, visit: str) -> None:
    identity = service.enrol(tmp_path, audio=False)
    with UplinkClient(identity, Transport()) as client:
        recording_id = new_id()
        assert not client.announce(recording_id, announced(visit)).audio_wanted
        with pytest.raises(ChangedError):
            client.put_part(recording_id, 0, PCM)
