"""Uploads in the store, on SQLite and PostgreSQL: sealed, scoped, gone with the capture key."""

from datetime import UTC, datetime, timedelta

import pytest
import sqlalchemy as sa

from scribe.crypto import SigningKey, new_id
from scribe.domain.consent import Consent
from scribe.domain.encounter import Encounter, Organization
from scribe.domain.formats import write_transcript
from scribe.store import Actor
from scribe.store.errors import CaptureKeyDestroyedError, NotFoundError, NotPermittedError
from scribe.store.uploads import UploadConflictError, UploadIncompleteError
from tests.store.conftest import TRANSCRIPT, announcement, enrolled

DOCUMENT = write_transcript(TRANSCRIPT)


@pytest.fixture
def device(clinic):
    return enrolled(clinic)


@pytest.fixture
def upload(clinic, device):
    """An upload with half of its audio and its transcript; encounter and recording."""
    encounter, recording = clinic.visit(), new_id()
    with clinic.store.begin(clinic.kim.actor) as work:
        work.uploads.begin(device, recording, announcement(encounter))
        work.uploads.put_part(recording, 0, b"ab")
        work.uploads.put_transcript(recording, DOCUMENT)
    return encounter, recording


def parts_on_disk(clinic):
    return list(clinic.store.audio_dir.rglob("*.part"))


def test_everything_of_an_upload_is_sealed(clinic, upload):
    with clinic.store.engine.begin() as connection:
        sealed = connection.execute(sa.text("SELECT sealed_transcript FROM upload")).scalar_one()
    assert "기침" not in bytes(sealed).decode("utf-8", errors="replace")
    (part,) = parts_on_disk(clinic)
    assert b"ab" not in part.read_bytes()[13:-16]
    assert part.stat().st_mode & 0o777 == 0o600


def test_withdrawal_makes_an_upload_unreadable(clinic, upload):
    encounter, recording = upload
    with clinic.store.begin(clinic.kim.actor) as work:
        work.consents.add(encounter, Consent(purpose="recording", state="withdrawn", decided_at=datetime.now(UTC)))
    for call in (
        lambda work: work.uploads.put_part(recording, 1, b"cd"),
        lambda work: work.uploads.audio(recording),
        lambda work: work.uploads.finish(recording, audio=None),
        lambda work: work.uploads.begin(enrolled(clinic), new_id(), announcement(encounter)),
    ):
        with pytest.raises(CaptureKeyDestroyedError), clinic.store.begin(clinic.kim.actor) as work:
            call(work)


def test_a_finished_upload_leaves_transcript_recording_and_no_parts(clinic, upload):
    encounter, recording = upload
    with clinic.store.begin(clinic.kim.actor) as work:
        work.uploads.put_part(recording, 1, b"cd")
        audio = work.uploads.audio(recording)
        assert audio == b"abcd"
        done = work.uploads.finish(recording, audio=audio)
        assert (done.audio_stored, done.parts) == (True, ())
    with clinic.store.begin(clinic.kim.actor) as work:
        assert work.uploads.finish(recording, audio=None).finished_at == done.finished_at
        latest = work.transcripts.latest(encounter)
        (kept,) = work.recordings.list(encounter)
        assert (latest.version, latest.recording_id, latest.transcript) == (1, kept.id, TRANSCRIPT)
    assert parts_on_disk(clinic) == []
    with clinic.store.engine.begin() as connection:
        assert connection.execute(sa.text("SELECT sealed_transcript FROM upload")).scalar_one() is None


def test_what_is_missing_is_told(clinic, device, upload):
    _, recording = upload
    bare = new_id()
    with pytest.raises(UploadIncompleteError, match="2 bytes"), clinic.store.begin(clinic.kim.actor) as work:
        work.uploads.audio(recording)
    with clinic.store.begin(clinic.kim.actor) as work:
        work.uploads.begin(device, bare, announcement(clinic.visit(number="9")))
        work.uploads.put_part(bare, 1, b"cd")
    with pytest.raises(UploadIncompleteError, match="part 0"), clinic.store.begin(clinic.kim.actor) as work:
        work.uploads.audio(bare)
    with pytest.raises(UploadIncompleteError, match="transcript"), clinic.store.begin(clinic.kim.actor) as work:
        work.uploads.finish(bare, audio=None)


def test_a_part_that_was_not_committed_leaves_no_file(clinic, upload):
    _, recording = upload
    before = parts_on_disk(clinic)
    with pytest.raises(RuntimeError), clinic.store.begin(clinic.kim.actor) as work:  # noqa: PT012  - one transaction
        work.uploads.put_part(recording, 1, b"cd")
        raise RuntimeError
    assert parts_on_disk(clinic) == before


def test_parts_that_were_not_dropped_for_good_keep_their_files(clinic, upload):
    _, recording = upload
    with pytest.raises(RuntimeError), clinic.store.begin(clinic.kim.actor) as work:  # noqa: PT012  - one transaction
        work.uploads.forget_parts(recording)
        raise RuntimeError
    with clinic.store.begin(clinic.kim.actor) as work:
        work.uploads.put_part(recording, 1, b"cd")
        assert work.uploads.audio(recording) == b"abcd"


def test_a_recording_id_is_taken_once_in_a_hospital(clinic, upload):
    _, recording = upload
    with clinic.store.begin(clinic.lee.actor) as work:
        visit = work.encounters.add(Encounter(id=new_id(), start=datetime.now(UTC))).id
    lees = enrolled(clinic, clinic.lee)
    with pytest.raises(UploadConflictError), clinic.store.begin(clinic.lee.actor) as work:
        work.uploads.begin(lees, recording, announcement(visit))
    with pytest.raises(NotFoundError), clinic.store.begin(clinic.lee.actor) as work:
        work.uploads.get(recording)


def test_candidates_are_open_consultations_since_a_day(clinic, case):
    with clinic.store.begin(clinic.kim.actor) as work:
        found = work.uploads.candidates(since=datetime.now(UTC) - timedelta(days=1))
        assert [(one.encounter.id, one.consent) for one in found] == [(case.untouched, "given"), (case.fresh, "given")]
        assert work.uploads.candidates(since=datetime.now(UTC) + timedelta(days=1)) == ()


def test_devices_are_the_service_s_and_the_administrator_s(clinic, device):
    with clinic.store.begin(clinic.admin.actor) as work:
        assert [one.id for one in work.devices.list()] == [device]
    with pytest.raises(NotPermittedError), clinic.store.begin(clinic.kim.actor) as work:
        work.devices.list()
    with pytest.raises(NotPermittedError), clinic.store.begin(clinic.kim.actor) as work:
        work.devices.revoke(device)
    with pytest.raises(NotFoundError), clinic.store.begin(clinic.lee.actor) as work:
        work.devices.acting(device)
    other = Actor.service(clinic.store.ensure_hospital(Organization(name="부산의원")))
    with clinic.store.begin(other) as work:
        assert work.devices.find(device) is None
        assert work.devices.list() == ()
    with pytest.raises(NotFoundError), clinic.store.begin(other) as work:
        work.devices.revoke(device)


def test_the_receipt_key_stays_the_same_and_sealed(clinic, device):
    with clinic.store.begin(clinic.service) as work:
        first, again = work.devices.receipt_key(device), work.devices.receipt_key(device)
        assert isinstance(first, SigningKey)
        assert first.to_pem() == again.to_pem()
    with clinic.store.engine.begin() as connection:
        sealed = bytes(connection.execute(sa.text("SELECT sealed_receipt_key FROM device")).scalar_one())
    assert first.to_pem() not in sealed


def test_a_token_is_used_once_also_by_two_at_a_time(clinic, device):
    until = datetime.now(UTC) + timedelta(minutes=2)
    for expected in (True, False):
        with clinic.store.begin(clinic.service) as work:
            found = work.devices.find(device)
            assert work.devices.use_token(found, "0123456789abcdef", until) is expected
