"""An installation whose stages and receivers do what a test tells them to, for the tests of the durable jobs."""

import threading
from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from scribe import signing
from scribe.crypto import HospitalKey, new_id
from scribe.deliveries import Pace
from scribe.delivery_policy import RetryPolicy
from scribe.domain.consent import Consent
from scribe.domain.delivery import Delivery, DeliveryProblem
from scribe.domain.encounter import Encounter, Organization, Patient
from scribe.domain.formats import transcript_sha256
from scribe.domain.note import Draft, Drafter, Note
from scribe.domain.statement import Section, Statement
from scribe.domain.summary import PatientSummary
from scribe.domain.transcript import Transcript, Utterance
from scribe.pipeline import (
    Pipeline,
)
from scribe.progress import Progress
from scribe.settings import Settings
from scribe.stages import Receiver, Stages
from scribe.store import Actor, open_store
from tests.channels import ScriptedChannel

DESTINATION = "hospital"
PACE = Pace(chance=lambda: 0.0, policy=RetryPolicy(first=0.01, longest=0.01, tries=4), longest_pause=0.01)
MARKER = "보라색코끼리가말했다"
NAME = "선우비밀"


class Hospital:
    """Stages that do what a test tells them to, and count."""

    def __init__(self) -> None:
        self.reset()

    def reset(self) -> None:
        self.said = f"{MARKER}. 기침이 나요."
        self.trouble: list[Exception] = []
        self.answers: list[Delivery] = []
        self.looked_up: list[Delivery] = []
        self.recognised = self.drafted = 0
        self.delivered: list[int] = []

    def stages(self, destination: str | None = DESTINATION) -> Stages:
        return Stages(
            recognise=self.recognise,
            draft_note=self.draft_note,
            receivers={destination: Receiver(open=lambda: ScriptedChannel(self.deliver))} if destination else {},
        )

    def recognise(self, audio, *, language, recording_id, progress) -> Transcript:
        self.recognised += 1
        if self.trouble:
            raise self.trouble.pop()
        progress(0.5)
        said = (Utterance(id="u0", speaker="patient", start=0.0, end=2.0, text=self.said),) if self.said else ()
        return Transcript(language=language, utterances=said)

    def draft_note(self, transcript, encounter, *, template) -> Draft:
        self.drafted += 1
        statement = Statement(id="s0", text=transcript.utterances[0].text, support="supported")
        return Draft(
            encounter=encounter,
            transcript_sha256=transcript_sha256(transcript),
            drafter=Drafter(name="test", version="1"),
            entries=(),
            note=Note(template=template, sections=(Section(code="plan", title="P", statements=(statement,)),)),
            patient_summary=PatientSummary(language="ko", sections=()),
        )

    def deliver(self, note, kind="send") -> Delivery:
        if kind == "look_up":
            return self.looked_up.pop(0) if self.looked_up else answer("not_sent")
        self.delivered.append(note.version)
        return self.answers.pop(0) if self.answers else answer("accepted")


def answer(state, code="", *, retryable=False) -> Delivery:
    problem = DeliveryProblem(code=code, message="-", retryable=retryable) if code else None
    return Delivery(note_id="n", note_version=1, destination=DESTINATION, state=state, problem=problem)


class Office:
    """An installation with one physician and a running pipeline."""

    def __init__(self, folder: Path, hospital: Hospital) -> None:
        self.hospital = hospital
        self.settings = Settings.load({}, data_dir=folder)
        self.store = open_store(
            self.settings.store_url,
            wrapper=HospitalKey.from_file(self.settings.key_file),
            audio_dir=self.settings.audio_dir,
        )
        hospital_id = self.store.ensure_hospital(Organization(name="의원"))
        with self.store.begin(Actor.service(hospital_id)) as work:
            found = work.accounts.credentials("kim")
            self.account = (
                found[0]
                if found
                else work.accounts.add(login="kim", password_hash="-", role="physician", name="김의사")
            )
        self.progress: list[Progress] = []
        self.pipeline = self.new_pipeline()

    def new_pipeline(self, **options) -> Pipeline:
        return Pipeline(
            self.settings,
            self.store,
            options.pop("stages", self.hospital.stages()),
            observe=self.progress.append,
            drafting_waits=(0.01, 0.01),
            pace=options.pop("pace", PACE),
            **options,
        )

    def restart(self, **options) -> None:
        self.pipeline.stop()
        self.pipeline = self.new_pipeline(**options)
        self.pipeline.start()

    @property
    def kim(self) -> Actor:
        return self.account.actor

    def visit(self, *, recorded: bool = True) -> str:
        patient = Patient(name=NAME, sex="female", birth_date=date(1990, 1, 2))
        with self.store.begin(self.kim) as work:
            work.encounters.add(Encounter(id=(encounter_id := new_id()), start=datetime.now(UTC), patient=patient))
            work.consents.add(encounter_id, Consent(purpose="recording", state="given", decided_at=datetime.now(UTC)))
            if recorded:
                work.recordings.add(encounter_id, MARKER.encode() * 50, media_type="audio/wav")
        return encounter_id

    def process(self, encounter_id: str, **options):
        job = self.pipeline.process_recording(self.kim, encounter_id, **options)
        return self.pipeline.wait(job, seconds=20)

    def sign(self, encounter_id: str) -> str:
        with self.store.begin(self.kim) as work:
            draft = work.drafts.latest(encounter_id).draft
            previous = work.notes.latest(encounter_id)
            content = signing.content_of(draft)
            note = signing.sign(
                content,
                draft.encounter,
                shown_sha256=signing.content_sha256(content, draft.encounter),
                author=self.account.practitioner,
                key=work.signing_keys.mine(),
                clock=self.store.clock,
                new_id=self.store.new_id,
                amends=previous.note if previous else None,
                reason="정정" if previous else None,
            )
            work.notes.add(note)
        return note.note_id

    def deliver(self, note_id: str, version: int = 1, **options):
        job = self.pipeline.deliver(self.kim, note_id, version, **options)
        return self.pipeline.wait(job, seconds=20)

    def record(self, encounter_id: str):
        with self.store.begin(self.kim) as work:
            return work.encounters.get(encounter_id)


def wait_until(condition) -> None:
    done = threading.Event()
    for _ in range(200):
        if condition():
            return
        done.wait(0.1)
    pytest.fail("it did not come to that")
