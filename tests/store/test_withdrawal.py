"""Withdrawal of consent: what was said is gone for good, what was signed stays."""

from datetime import UTC, datetime
from pathlib import Path

import pytest
import sqlalchemy as sa

from scribe.domain.consent import Consent
from scribe.store.errors import CaptureKeyDestroyedError, ConsentRequiredError

WITHDRAWAL = Consent(purpose="recording", state="withdrawn", decided_at=datetime(2026, 9, 14, tzinfo=UTC))


def test_withdrawal_makes_the_capture_unreadable_and_leaves_the_signed_note(clinic, case):
    with clinic.store.begin(clinic.kim.actor) as work:
        before = work.notes.latest(case.full)
        work.consents.add(case.full, WITHDRAWAL)
    for read in (
        lambda work: work.recordings.audio(case.recording),
        lambda work: work.transcripts.latest(case.full),
        lambda work: work.transcripts.get(case.transcript),
        lambda work: work.drafts.latest(case.full),
        lambda work: work.drafts.get(case.full, 1),
        lambda work: work.transcripts.add(case.full, case.transcript_value, expected_version=1),
        lambda work: work.recordings.add(case.full, b"more", media_type="audio/wav"),
    ):
        with pytest.raises(CaptureKeyDestroyedError), clinic.store.begin(clinic.kim.actor) as work:
            read(work)
    with clinic.store.begin(clinic.kim.actor) as work:
        assert work.notes.latest(case.full) == before
        assert work.encounters.get(case.full).capture_destroyed
        assert not work.encounters.get(case.fresh).capture_destroyed


def test_withdrawal_is_audited_and_repeating_it_changes_nothing(clinic, case):
    for _ in range(2):
        with clinic.store.begin(clinic.kim.actor) as work:
            work.consents.add(case.full, WITHDRAWAL)
    with clinic.store.begin(clinic.admin.actor) as work:
        actions = [(record.action, record.subject) for record in work.trail.of_encounter(case.full)]
    assert actions.count(("destroy", "encounter_key")) == 1


@pytest.mark.parametrize("url", ["sqlite"], indirect=True)
def test_the_wrapped_key_leaves_the_database_files(clinic, case, tmp_path):
    with clinic.store.engine.begin() as connection:
        query = sa.text("SELECT wrapped_key FROM encounter_key WHERE purpose = 'capture' AND encounter_id = :id")
        wrapped = connection.execute(query, {"id": case.full}).scalar_one()
    assert wrapped in files_of(tmp_path)
    with clinic.store.begin(clinic.kim.actor) as work:
        work.consents.add(case.full, WITHDRAWAL)
    assert wrapped not in files_of(tmp_path)


def test_withdrawal_that_is_rolled_back_destroys_nothing(clinic, case):
    with pytest.raises(ConsentRequiredError), clinic.store.begin(clinic.kim.actor) as work:  # noqa: PT012  - the block is one transaction
        work.consents.add(case.full, WITHDRAWAL)
        raise ConsentRequiredError
    with clinic.store.begin(clinic.kim.actor) as work:
        assert work.recordings.audio(case.recording) == b"sound"


@pytest.mark.parametrize("state", [None, "refused"])
def test_nothing_is_recorded_without_consent(clinic, state):
    visit = clinic.visit(consent=False)
    with clinic.store.begin(clinic.kim.actor) as work:
        if state:
            work.consents.add(visit, Consent(purpose="recording", state=state, decided_at=datetime.now(UTC)))
    with pytest.raises(ConsentRequiredError), clinic.store.begin(clinic.kim.actor) as work:
        work.recordings.add(visit, b"sound", media_type="audio/flac")


def files_of(folder: Path) -> bytes:
    return b"\n".join(path.read_bytes() for path in folder.rglob("*.db*"))
