"""What a receipt allows at the desk: audio goes with a genuine one only, and every copy at a signed order."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from edge_agent.recordings import RecordingState
from edge_agent.uplink import RECEIPT_DOCUMENT
from scribe.domain.uplink import Receipt
from scribe.uploads import Intake
from tests.edge_agent.uplink_desk import Desk, a_desk, parked
from tests.uplink_service import UplinkClinic


@pytest.fixture
def desk(service: UplinkClinic, tmp_path: Path) -> Iterator[Desk]:
    with a_desk(service, tmp_path) as made:
        yield made


@pytest.mark.parametrize("wrong", ["sha256", "bytes", "chunks", "transcript", "audio_stored"])
def test_audio_stays_where_the_receipt_does_not_fit(
    desk: Desk, visit: str, wrong: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    desk.send_audio, desk.retention_days = True, 0
    _receipts(monkeypatch, wrong)
    recording_id = desk.record(visit)
    with desk.sending() as uplink:
        assert parked(uplink, desk, recording_id) == "mismatch"
        assert "지우지 않았습니다" in uplink.status().parked[0].reason
    assert desk.has_audio(recording_id)
    assert RECEIPT_DOCUMENT not in desk.spool.documents(recording_id)


def _receipts(monkeypatch: pytest.MonkeyPatch, wrong: str) -> None:
    """Let the service sign receipts for something else."""
    from dataclasses import replace

    good = Intake._receipt

    def bad(self, work, record):
        audio = record.audio
        changed = {
            "sha256": {"audio": replace(audio, sha256="0" * 64)},
            "bytes": {"audio": replace(audio, bytes=audio.bytes - 1)},
            "chunks": {"audio": replace(audio, chunks=audio.chunks + 1)},
            "transcript": {"transcript_sha256": "0" * 64},
            "audio_stored": {"audio_stored": False},
        }[wrong]
        return good(self, work, replace(record, **changed))

    monkeypatch.setattr(Intake, "_receipt", bad)


def test_audio_stays_where_the_receipt_is_not_signed(desk: Desk, visit: str, monkeypatch: pytest.MonkeyPatch) -> None:
    desk.retention_days = 0
    monkeypatch.setattr(Intake, "_signed", lambda self, work, receipt: receipt)
    recording_id = desk.record(visit)
    with desk.sending() as uplink:
        assert parked(uplink, desk, recording_id) == "receipt"
    assert desk.has_audio(recording_id)


def test_audio_goes_with_the_receipt_where_retention_says_so(desk: Desk, visit: str) -> None:
    desk.retention_days = 0
    recording_id = desk.record(visit)
    with desk.sending():
        desk.until(lambda: desk.state(recording_id) is RecordingState.DELETED)


def test_audio_goes_when_its_days_are_over(desk: Desk, visit: str) -> None:
    desk.retention_days = 7
    recording_id = desk.record(visit)
    with desk.sending() as uplink:
        desk.acknowledged(recording_id)
        for days, there in ((6, True), (8, False)):
            desk.clinic.device_clock.off = desk.clinic.clock.off = timedelta(days=days)
            uplink.tidy()
            assert desk.has_audio(recording_id) is there


def test_audio_that_the_service_did_not_take_stays(service: UplinkClinic, desk: Desk, visit: str) -> None:
    service.enrol(desk.folder, audio=False)
    desk.send_audio, desk.retention_days = True, 0
    recording_id = desk.record(visit)
    with desk.sending() as uplink:
        desk.acknowledged(recording_id)
        uplink.tidy()
    assert desk.has_audio(recording_id)


def test_damaged_audio_is_never_deleted(desk: Desk, visit: str) -> None:
    desk.retention_days = 0
    recording_id = desk.record(visit, seconds=3.0)
    audio = desk.spool.folder / recording_id / "audio.0"
    damaged = bytearray(audio.read_bytes())
    damaged[len(damaged) // 2] ^= 1
    audio.write_bytes(damaged)
    with desk.sending() as uplink:
        assert parked(uplink, desk, recording_id) == "damaged"
    assert desk.state(recording_id) is RecordingState.ACKNOWLEDGED  # the transcript arrived


def test_withdrawal_destroys_the_copy_and_says_so(desk: Desk, visit: str) -> None:
    recording_id, kept = desk.record(visit), desk.record(desk.clinic.visit())
    desk.clinic.decide(visit, "withdrawn")
    with desk.sending() as uplink:
        desk.acknowledged(kept)
        assert desk.state(recording_id) is RecordingState.DISCARDED
        assert "녹음 동의를 거부하거나 철회" in uplink.status().notices[-1]
        assert uplink.status().parked == ()
    with desk.sending() as uplink:
        assert uplink.status().notices
        uplink.dismiss_notices()
        assert uplink.status().notices == ()


def test_withdrawal_after_the_receipt_destroys_what_is_kept_here(desk: Desk, visit: str) -> None:
    recording_id = desk.record(visit)
    with desk.sending() as uplink:
        desk.acknowledged(recording_id)
        uplink.tidy()
        assert desk.state(recording_id) is RecordingState.ACKNOWLEDGED
        desk.clinic.decide(visit, "withdrawn")
        uplink.tidy()
        assert desk.state(recording_id) is RecordingState.DISCARDED
        assert uplink.status().notices


def test_an_order_that_is_not_signed_destroys_nothing(desk: Desk, visit: str, monkeypatch: pytest.MonkeyPatch) -> None:
    desk.clinic.decide(visit, "withdrawn")
    monkeypatch.setattr(Intake, "_signed", lambda self, work, receipt: receipt)
    recording_id = desk.record(visit)
    with desk.sending() as uplink:
        assert parked(uplink, desk, recording_id) == "receipt"
    assert desk.has_audio(recording_id)


def test_the_receipt_is_kept_for_whoever_asks(desk: Desk, visit: str) -> None:
    from pydantic import TypeAdapter

    recording_id = desk.record(visit)
    with desk.sending():
        desk.acknowledged(recording_id)
    receipt = TypeAdapter(Receipt).validate_json(desk.spool.document(recording_id, RECEIPT_DOCUMENT))
    desk.identity.require_genuine(receipt, recording_id)
    manifest = desk.spool.reader(recording_id).manifest()
    assert receipt.audio is not None
    assert (receipt.audio.sha256, receipt.audio.bytes, receipt.audio.chunks) == (
        manifest.sha256,
        manifest.bytes,
        manifest.chunks,
    )
