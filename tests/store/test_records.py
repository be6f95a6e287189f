"""Versions, immutability, deliveries, recordings: what the rows promise."""

import threading
from dataclasses import replace

import pytest
import sqlalchemy as sa
from sqlalchemy.exc import DatabaseError

from scribe.audit import verify_chain
from scribe.crypto import UndecipherableError
from scribe.domain.encounter import Identifier, Organization
from scribe.store import Actor
from scribe.store.captures import AudioMissingError
from scribe.store.errors import (
    DuplicateError,
    NotFoundError,
    NotPermittedError,
    StaleVersionError,
)


def test_a_draft_saved_over_another_edit_is_refused(clinic, case):
    with clinic.store.begin(clinic.kim.actor) as work:
        shown = work.drafts.latest(case.full)
        work.drafts.add(case.full, shown.draft, expected_version=shown.version, drafted_by="clinician")
    with pytest.raises(StaleVersionError) as error, clinic.store.begin(clinic.kim.actor) as work:
        work.drafts.add(case.full, shown.draft, expected_version=shown.version, drafted_by="clinician")
    assert (error.value.expected, error.value.found) == (1, 2)
    with clinic.store.begin(clinic.kim.actor) as work:
        assert work.drafts.get(case.full, 1) == shown
        assert work.drafts.latest(case.full).version == 2


def test_of_two_edits_at_once_one_is_kept(clinic, case):
    with clinic.store.begin(clinic.kim.actor) as work:
        shown = work.drafts.latest(case.full)
    results: list[object] = []

    def save() -> None:
        try:
            with clinic.store.begin(clinic.kim.actor) as work:
                work.drafts.add(case.full, shown.draft, expected_version=1, drafted_by="clinician")
                results.append("kept")
        except StaleVersionError:
            results.append("refused")

    threads = [threading.Thread(target=save) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(results) == ["kept", "refused", "refused", "refused"]


def test_a_signed_version_cannot_be_changed_or_removed(clinic, case):
    for statement in ("UPDATE signed_note SET version = 9", "DELETE FROM signed_note"):
        with pytest.raises(DatabaseError, match="never changes"), clinic.store.engine.begin() as connection:
            connection.execute(sa.text(statement))


def test_a_version_is_signed_once_and_in_order(clinic, case):
    with pytest.raises(StaleVersionError), clinic.store.begin(clinic.kim.actor) as work:
        work.notes.add(case.note)
    with pytest.raises(StaleVersionError), clinic.store.begin(clinic.kim.actor) as work:
        work.notes.add(replace(case.amendment, version=3, replaces=2))
    with pytest.raises(StaleVersionError), clinic.store.begin(clinic.kim.actor) as work:
        work.notes.add(replace(case.amendment, note_id="another"))
    with clinic.store.begin(clinic.kim.actor) as work:
        work.notes.add(case.amendment)
        assert [record.note.version for record in work.notes.versions(case.full)] == [1, 2]


def test_only_a_physician_signs(clinic, case):
    with pytest.raises(NotPermittedError), clinic.store.begin(clinic.service) as work:
        work.notes.add(case.amendment)
    with pytest.raises(NotPermittedError), clinic.store.begin(clinic.admin.actor) as work:
        work.signing_keys.mine()


def test_a_signing_key_is_made_once_and_a_retired_one_still_verifies(clinic):
    with clinic.store.begin(clinic.kim.actor) as work:
        first = work.signing_keys.mine()
        assert work.signing_keys.mine() == first or work.signing_keys.mine().public.key_id == first.public.key_id
        work.signing_keys.retire_mine()
        second = work.signing_keys.mine()
        assert second.public.key_id != first.public.key_id
    with clinic.store.begin(clinic.lee.actor) as work:
        assert work.signing_keys.mine().public.key_id not in {first.public.key_id, second.public.key_id}
        assert work.signing_keys.public(first.public.key_id).verifies(first.sign(b"x"), b"x")


def test_a_signed_consultation_keeps_its_details(clinic, case):
    with pytest.raises(DuplicateError), clinic.store.begin(clinic.kim.actor) as work:
        work.encounters.update(case.encounter)


def test_the_same_audio_twice_is_one_recording(clinic, case):
    with clinic.store.begin(clinic.kim.actor) as work:
        assert work.recordings.add(case.full, b"sound", media_type="audio/flac").id == case.recording
        assert len(work.recordings.list(case.full)) == 1


def test_audio_is_sealed_on_disk_and_damage_is_told_apart_from_absence(clinic, case):
    (path,) = clinic.store.audio_dir.rglob("*.sealed")
    sealed = bytearray(path.read_bytes())
    assert b"sound" not in sealed
    assert path.stat().st_mode & 0o077 == 0
    sealed[-1] ^= 1
    path.write_bytes(sealed)
    with pytest.raises(UndecipherableError), clinic.store.begin(clinic.kim.actor) as work:
        work.recordings.audio(case.recording)
    path.unlink()
    with pytest.raises(AudioMissingError), clinic.store.begin(clinic.kim.actor) as work:
        work.recordings.audio(case.recording)


def test_audio_of_a_transaction_that_fails_leaves_no_file(clinic):
    visit = clinic.visit()
    with pytest.raises(NotFoundError), clinic.store.begin(clinic.kim.actor) as work:  # noqa: PT012  - the block is one transaction
        work.recordings.add(visit, b"sound", media_type="audio/flac")
        work.encounters.get("nobody")
    assert list(clinic.store.audio_dir.rglob("*.*")) == []


def test_a_sealed_column_moved_to_another_row_cannot_be_opened(clinic, case):
    with clinic.store.begin(clinic.kim.actor) as work:
        work.drafts.add(case.full, work.drafts.latest(case.full).draft, expected_version=1, drafted_by="clinician")
    with clinic.store.engine.begin() as connection:
        swap = "UPDATE draft SET sealed_document = (SELECT sealed_document FROM draft WHERE version = 1)"
        connection.execute(sa.text(f"{swap} WHERE version = 2"))
    with pytest.raises(UndecipherableError), clinic.store.begin(clinic.kim.actor) as work:
        work.drafts.latest(case.full)


def test_a_patient_is_known_by_the_registration_number(clinic, case):
    with clinic.store.begin(clinic.kim.actor) as work:
        known = work.patients.register(case.encounter.patient)
        assert known.id == case.patient
        renamed = work.patients.register(replace(case.encounter.patient, name="홍길순"))
        assert (renamed.id, work.patients.get(case.patient).patient.name) == (case.patient, "홍길순")
        assert work.encounters.get(case.full).encounter.patient.name == "홍길동"
        nameless = replace(case.encounter.patient, identifier=None)
        assert work.patients.register(nameless).id != work.patients.register(nameless).id


def test_the_work_never_goes_back_but_an_edit_after_signing_is_possible(clinic, case):
    with clinic.store.begin(clinic.kim.actor) as work:
        work.encounters.reach(case.full, "recorded")
        assert work.encounters.get(case.full).stage == "signed"


def test_jobs_enqueued_in_a_transaction_start_only_after_it(clinic):
    started: list[str] = []
    visit = clinic.visit()
    with clinic.store.begin(clinic.kim.actor) as work:
        work.after_commit(lambda: started.append("first"))
        assert started == []
    assert started == ["first"]
    with pytest.raises(NotFoundError), clinic.store.begin(clinic.kim.actor) as work:  # noqa: PT012  - the block is one transaction
        work.after_commit(lambda: started.append("second"))
        work.encounters.get(f"not {visit}")
    assert started == ["first"]


def test_many_consultations_at_once_keep_one_unbroken_audit_chain(clinic):
    failures: list[BaseException] = []

    def consult() -> None:
        try:
            for number in range(5):
                clinic.visit(number=str(number))
        except BaseException as error:
            failures.append(error)

    threads = [threading.Thread(target=consult) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []
    with clinic.store.begin(clinic.service) as work:
        records = list(work.trail.all())
        assert verify_chain(records, hospital_id=clinic.hospital_id) == len(records)
        opened = [record for record in records if (record.action, record.subject) == ("create", "encounter")]
        patients = [record for record in records if (record.action, record.subject) == ("create", "patient")]
    assert len(opened) == 30
    assert len(patients) == 5


def test_a_hospital_is_known_by_its_number_and_else_by_its_name(store):
    number = Identifier(system="urn:hira", value="12345678")
    first = store.ensure_hospital(Organization(name="서울의원"))
    assert store.ensure_hospital(Organization(name="서울의원", identifier=number)) == first
    assert store.ensure_hospital(Organization(name="서울내과의원", identifier=number)) == first
    assert store.ensure_hospital(Organization(name="부산의원")) != first
    with store.begin(Actor.service(first)) as work:
        assert work.accounts.hospital().organization == Organization(name="서울내과의원", identifier=number)
