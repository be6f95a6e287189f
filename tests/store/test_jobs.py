"""The durable jobs where the service's database is, SQLite or PostgreSQL."""

from contextlib import contextmanager
from pathlib import Path

from scribe.domain.delivery import Delivery
from scribe.pipeline import Pipeline
from scribe.settings import Settings
from scribe.stages import Receiver, Stages
from tests.channels import ScriptedChannel

DESTINATION = "hospital"


@contextmanager
def running(clinic, case, url: str, folder: Path):
    def recognise(audio, *, language, recording_id, progress):
        return case.transcript_value

    def draft_note(transcript, encounter, *, template):
        return case.draft

    def deliver(note, kind):
        return Delivery(note_id=note.note_id, note_version=1, destination=DESTINATION, state="accepted")

    receivers = {DESTINATION: Receiver(open=lambda: ScriptedChannel(deliver))}
    stages = Stages(recognise=recognise, draft_note=draft_note, receivers=receivers)
    pipeline = Pipeline(Settings.load({}, data_dir=folder, database_url=url), clinic.store, stages)
    pipeline.start()
    yield pipeline
    pipeline.stop()


def test_jobs_run_and_are_remembered_beside_the_database(clinic, case, url, tmp_path):
    with clinic.store.begin(clinic.kim.actor) as work:
        work.recordings.add(case.fresh, b"noise", media_type="audio/wav")
    with running(clinic, case, url, tmp_path) as pipeline:
        drafted = pipeline.process_recording(clinic.kim.actor, case.fresh)
        delivered = pipeline.deliver(clinic.kim.actor, case.note.note_id, 1)
        assert pipeline.wait(drafted, seconds=20).outcome == "drafted"
        assert pipeline.wait(delivered, seconds=20).outcome == "accepted"
    with running(clinic, case, url, tmp_path) as pipeline:
        assert pipeline.process_recording(clinic.kim.actor, case.fresh) == drafted
        assert pipeline.status(delivered).outcome == "accepted"
    with clinic.store.begin(clinic.kim.actor) as work:
        assert work.encounters.get(case.fresh).draft_version == 1
    assert (tmp_path / "jobs.db").exists() == url.startswith("sqlite")
