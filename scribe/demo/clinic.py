"""The demo's clinic: a store, a pipeline and a hospital system of its own, all in one folder."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from hl7_bridge.delivery import connect
from hl7_bridge.hospital import seed_hospital
from hl7_bridge.local_server import LocalFhirServer
from scribe.accounts import hash_password
from scribe.accounts.passwords import temporary_password
from scribe.demo.bundled import HIRA_NUMBER, LOGIN, ORGANIZATION, PHYSICIAN
from scribe.domain.consent import Consent
from scribe.domain.encounter import Encounter
from scribe.domain.errors import ScribeError
from scribe.domain.transcript import Transcript
from scribe.installation import store_of
from scribe.pipeline import JobStatus, Pipeline
from scribe.progress import Progress
from scribe.settings import Settings
from scribe.site import site_of
from scribe.store import Actor, Store
from scribe.store.records import AccountRecord, DraftRecord, TranscriptRecord
from scribe.web.server import pipeline_of

JOB_SECONDS = 900.0


class NoDraftError(ScribeError):
    """No draft was made: {reason}.  What there is lies in {folder}."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Clinic:
    """A running installation whose physician has one account; ``password`` was made for this run."""

    folder: Path
    settings: Settings
    store: Store
    pipeline: Pipeline
    physician: AccountRecord
    password: str

    @property
    def actor(self) -> Actor:
        return self.physician.actor

    def open_encounter(self, encounter: Encounter, *, language: str, now: datetime) -> None:
        """Register the consultation, here and in the hospital's system, with the consent to record it."""
        with self.store.begin(self.actor) as work:
            work.encounters.add(encounter, language=language, template=self.settings.template)
            work.consents.add(encounter.id, Consent(purpose="recording", state="given", decided_at=now))
        client = connect(site_of(self.settings))
        try:
            seed_hospital(client, encounter)
        finally:
            client.close()

    def process_recording(self, encounter_id: str, audio: bytes, media_type: str) -> JobStatus:
        with self.store.begin(self.actor) as work:
            work.recordings.add(encounter_id, audio, media_type=media_type)
        job = self.pipeline.process_recording(self.actor, encounter_id)
        return self.pipeline.wait(job, seconds=JOB_SECONDS)

    def process_transcript(
        self, encounter_id: str, transcript: Transcript, *, recording_id: str | None = None
    ) -> JobStatus:
        """``recording_id``: what the transcript was made from, so that nobody recognises it once more."""
        with self.store.begin(self.actor) as work:
            work.transcripts.add(encounter_id, transcript, expected_version=0, recording_id=recording_id)
        job = self.pipeline.process_transcript(self.actor, encounter_id)
        return self.pipeline.wait(job, seconds=JOB_SECONDS)

    def transcript(self, encounter_id: str) -> TranscriptRecord | None:
        with self.store.begin(self.actor) as work:
            return work.transcripts.latest(encounter_id)

    def draft(self, encounter_id: str, status: JobStatus) -> DraftRecord:
        """The draft that the job made; NoDraftError where it ended otherwise."""
        with self.store.begin(self.actor) as work:
            found = work.drafts.latest(encounter_id)
        if found is None:
            raise NoDraftError(reason=_REASONS.get(status.outcome or "", "drafting failed"), folder=self.folder)
        return found


_REASONS = {
    "nothing_said": "the recording holds no speech (음성이 들리지 않습니다)",
    "recognition_failed": "the recording could not be recognised (음성을 인식하지 못했습니다)",
}


@contextmanager
def running(folder: Path, models_home: Path, observe: Callable[[Progress], None]) -> Iterator[Clinic]:
    """The clinic with its workers and its FHIR server, until the block ends."""
    with LocalFhirServer(folder / "hospital-system") as fhir_url:
        settings = Settings.load(
            data_dir=folder / "service",
            models_home=models_home,
            hospital_name=ORGANIZATION.name,
            hospital_hira_number=HIRA_NUMBER,
            fhir_url=fhir_url,
        )
        store = store_of(settings)
        pipeline = pipeline_of(settings, store, observe=observe)
        pipeline.start()
        try:
            password = temporary_password()
            yield Clinic(
                folder=folder,
                settings=settings,
                store=store,
                pipeline=pipeline,
                physician=_physician(store, password),
                password=password,
            )
        finally:
            pipeline.stop()
            store.close()


def _physician(store: Store, password: str) -> AccountRecord:
    hospital_id = store.ensure_hospital(ORGANIZATION)
    with store.begin(Actor.service(hospital_id)) as work:
        return work.accounts.add(
            login=LOGIN,
            password_hash=hash_password(password),
            role="physician",
            name=PHYSICIAN.name,
            licence=PHYSICIAN.identifier,
            department=PHYSICIAN.department,
        )
