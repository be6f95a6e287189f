"""The versions of a transcript: who made them and when, and what was drafted beside each."""

import pytest

from scribe.crypto import new_id
from scribe.domain import correcting
from scribe.store.errors import NotFoundError
from scribe.store.transcript_versions import Listening, TranscriptVersions
from tests.store.conftest import TRANSCRIPT, Clinic, announcement, draft_of, enrolled


def test_each_version_says_who_made_it(clinic: Clinic) -> None:
    encounter = clinic.visit()
    with clinic.store.begin(clinic.service) as work:
        work.transcripts.add(encounter, TRANSCRIPT, expected_version=0)
    corrected = correcting.rewritten(TRANSCRIPT, TRANSCRIPT.utterances[0].id, "고친 말")
    with clinic.store.begin(clinic.kim.actor) as work:
        work.transcripts.add(encounter, corrected, expected_version=1)
    with clinic.store.begin(clinic.kim.actor) as work:
        versions = TranscriptVersions(work.scope)
        listed = versions.list(encounter)
        assert [(one.version, one.made_by) for one in listed] == [(2, clinic.kim.practitioner.name), (1, None)]
        assert versions.get(encounter, 1).transcript == TRANSCRIPT
        with pytest.raises(NotFoundError):
            versions.get(encounter, 3)


def test_another_physician_sees_none_of_it(clinic: Clinic) -> None:
    encounter = clinic.visit()
    with clinic.store.begin(clinic.kim.actor) as work:
        work.transcripts.add(encounter, TRANSCRIPT, expected_version=0)
    for look in (
        lambda versions: versions.list(encounter),
        lambda versions: versions.get(encounter, 1),
    ):
        with clinic.store.begin(clinic.lee.actor) as work, pytest.raises(NotFoundError):
            look(TranscriptVersions(work.scope))
    with clinic.store.begin(clinic.lee.actor) as work, pytest.raises(NotFoundError):
        Listening(work.scope).is_on_its_way(encounter)


def test_the_last_draft_beside_a_version_is_found_with_what_the_drafter_wrote(clinic: Clinic) -> None:
    encounter = clinic.visit()
    with clinic.store.begin(clinic.kim.actor) as work:
        told = work.transcripts.add(encounter, TRANSCRIPT, expected_version=0)
        draft = draft_of(work.encounters.get(encounter).encounter)
        work.drafts.add(encounter, draft, expected_version=0, drafted_by="drafter", transcript_id=told.id)
        work.drafts.add(encounter, draft, expected_version=1, drafted_by="clinician", transcript_id=told.id)
        later = work.transcripts.add(encounter, TRANSCRIPT.relabelled({"u0": "nurse"}), expected_version=1)
        versions = TranscriptVersions(work.scope)
        found = versions.drafts_beside(told)
        assert found is not None
        assert [one.version for one in found] == [2, 1]
        assert versions.drafts_beside(later) is None


def test_whether_there_is_anything_to_listen_to(clinic: Clinic) -> None:
    encounter = clinic.visit()
    with clinic.store.begin(clinic.kim.actor) as work:
        recording = work.recordings.add(encounter, b"sound", media_type="audio/flac")
        assert Listening(work.scope).audio_is_kept(recording.id)
        assert not Listening(work.scope).is_on_its_way(encounter)
        folder = work.scope.audio_dir
    for file in folder.rglob("*.sealed"):
        file.unlink()
    with clinic.store.begin(clinic.kim.actor) as work:
        assert not Listening(work.scope).audio_is_kept(recording.id)
        with pytest.raises(NotFoundError):
            Listening(work.scope).audio_is_kept(new_id())


def test_an_announced_recording_is_on_its_way(clinic: Clinic) -> None:
    encounter = clinic.visit()
    device = enrolled(clinic)
    with clinic.store.begin(clinic.kim.actor) as work:
        work.uploads.begin(device, new_id(), announcement(encounter))
        assert Listening(work.scope).is_on_its_way(encounter)
