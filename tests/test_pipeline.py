"""The durable jobs: what they leave behind, whatever the stages do."""

import logging
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from dataclasses import replace
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
from scribe.domain.rewriting import RewriteWish, Rewritten
from scribe.domain.statement import Section, Statement
from scribe.domain.summary import PatientSummary
from scribe.domain.transcript import Correction, Transcript, Utterance
from scribe.pipeline import (
    CloudVariableError,
    NoDestinationError,
    NothingToProcessError,
    Pipeline,
    PipelineBusyError,
)
from scribe.progress import Progress
from scribe.settings import Settings
from scribe.stages import Receiver, Stages
from scribe.store import Actor, open_store
from scribe.store.errors import NotFoundError, StaleVersionError
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


@pytest.fixture(scope="module")
def running(tmp_path_factory) -> Iterator[Office]:
    """Starting takes a second: the tests share one installation, each with its own consultations."""
    opened = Office(tmp_path_factory.mktemp("installation") / "data", Hospital())
    opened.pipeline.start()
    yield opened
    opened.pipeline.stop()
    opened.store.close()


@pytest.fixture
def office(running) -> Office:
    running.hospital.reset()
    running.progress.clear()
    return running


@pytest.fixture
def hospital(office) -> Hospital:
    return office.hospital


def test_a_recording_becomes_a_draft_and_a_signed_version_is_delivered(office):
    visit = office.visit()
    status = office.process(visit)
    assert (status.state, status.outcome) == ("finished", "drafted")
    record = office.record(visit)
    assert (record.stage, record.transcript_version, record.draft_version) == ("drafted", 1, 1)
    assert office.deliver(office.sign(visit)).outcome == "accepted"
    assert (office.record(visit).stage, office.record(visit).delivery) == ("delivered", "accepted")
    told = [(progress.step, progress.phase) for progress in office.progress]
    assert told == [
        ("recognise", "started"),
        ("recognise", "running"),
        ("recognise", "finished"),
        ("draft", "started"),
        ("draft", "finished"),
        ("deliver", "started"),
        ("deliver", "finished"),
    ]


def test_asking_twice_is_one_job(office, hospital):
    visit = office.visit()
    jobs = {office.pipeline.process_recording(office.kim, visit) for _ in range(3)}
    (job,) = jobs
    assert office.pipeline.wait(job, seconds=20).outcome == "drafted"
    assert office.process(visit, again=True).job_id == job
    note_id = office.sign(visit)
    assert {office.deliver(note_id, again=again).job_id for again in (False, True, False)} == {
        office.deliver(note_id).job_id
    }
    assert (hospital.recognised, hospital.drafted, hospital.delivered) == (1, 1, [1])


class Desk:
    """Rewrites as the web does it, and counts; ``held`` makes it wait, ``trouble`` fail."""

    def __init__(self, store) -> None:
        self.store, self.done = store, []
        self.begun, self.held = threading.Event(), threading.Event()
        self.held.set()
        self.trouble: list[Exception] = []

    def __call__(self, hospital_id: str, rewriting_id: str) -> None:
        self.begun.set()
        self.held.wait(20)
        if self.trouble:
            raise self.trouble.pop()
        with self.store.begin(Actor.service(hospital_id)) as work:
            if work.rewritings.get(rewriting_id).state == "waiting":
                work.rewritings.finish(rewriting_id, Rewritten(rewritten=1), before=1, after=2)
                self.done.append(rewriting_id)


def asked(office, visit, **wish) -> str:
    with office.store.begin(office.kim) as work:
        return work.rewritings.ask(visit, RewriteWish(**wish)).id


def state(office, name) -> str:
    with office.store.begin(office.kim) as work:
        return work.rewritings.get(name).state


def test_a_rewriting_is_done_once_and_goes_on_after_a_crash(office, hospital):
    desk = Desk(office.store)
    office.restart(stages=replace(hospital.stages(), rewrite=desk))
    visit = office.visit(recorded=False)
    one = asked(office, visit, everything=True)
    assert asked(office, visit, everything=True) == one, "a second press is the same wish"
    jobs = {office.pipeline.rewrite(office.kim, one) for _ in range(2)}
    assert office.pipeline.wait(jobs.pop(), seconds=20).outcome == "rewritten"
    assert (jobs, desk.done, state(office, one)) == (set(), [one], "done")

    never_enqueued = asked(office, visit, whole=True)
    desk.begun.clear()
    desk.held.clear()
    cut_off = asked(office, visit, statements=frozenset({"s1"}))
    office.pipeline.rewrite(office.kim, cut_off)
    assert desk.begun.wait(20)
    office.pipeline.stop()
    desk.held.set()
    office.restart(stages=replace(hospital.stages(), rewrite=desk))
    for name in (never_enqueued, cut_off):
        office.pipeline.wait(f"rewriting-{name}", seconds=20)
        assert state(office, name) == "done"
    assert sorted(desk.done) == sorted([one, never_enqueued, cut_off])


def test_a_rewriting_that_breaks_is_given_up_and_says_so(office, hospital):
    desk = Desk(office.store)
    desk.trouble = [StaleVersionError(subject="transcript", expected=1, found=2)]
    office.restart(stages=replace(hospital.stages(), rewrite=desk))
    visit = office.visit(recorded=False)
    once = asked(office, visit, everything=True)
    assert office.pipeline.wait(office.pipeline.rewrite(office.kim, once), seconds=20).outcome == "rewritten"
    desk.trouble = [NotFoundError(subject="draft")]
    name = asked(office, visit, everything=True)
    assert office.pipeline.wait(office.pipeline.rewrite(office.kim, name), seconds=20).outcome == "rewriting_failed"
    assert state(office, name) == "failed"


def test_silence_gives_an_empty_transcript_and_no_draft(office, hospital):
    hospital.said = ""
    visit = office.visit()
    assert office.process(visit).outcome == "nothing_said"
    record = office.record(visit)
    assert (record.problem, record.transcript_version, record.draft_version) == ("nothing_said", 1, None)
    assert hospital.drafted == 0


def test_a_passing_failure_is_overcome_and_a_lasting_one_shown_and_repeatable(office, hospital, caplog):
    hospital.trouble = [RuntimeError(MARKER)]
    assert office.process(office.visit()).outcome == "drafted"
    assert hospital.recognised == 2

    hospital.trouble = [RuntimeError(MARKER) for _ in range(3)]
    visit = office.visit()
    failed = office.process(visit)
    assert failed.outcome == office.record(visit).problem == "recognition_failed"
    assert office.process(visit) == failed
    repeated = office.process(visit, again=True)
    assert repeated.job_id != failed.job_id
    assert repeated.outcome == "drafted"
    assert office.record(visit).problem is None
    assert "RuntimeError at " in caplog.text
    assert MARKER not in caplog.text


def test_a_typed_transcript_is_drafted_without_recognition(office, hospital):
    visit = office.visit(recorded=False)
    with pytest.raises(NothingToProcessError, match="recording"):
        office.pipeline.process_recording(office.kim, visit)
    with pytest.raises(NothingToProcessError, match="transcript"):
        office.pipeline.process_transcript(office.kim, visit)
    spoken = Transcript(
        language="ko", utterances=(Utterance(id="u0", speaker="doctor", start=0.0, end=1.0, text="네."),)
    )
    with office.store.begin(office.kim) as work:
        work.transcripts.add(visit, spoken, expected_version=0)
    job = office.pipeline.process_transcript(office.kim, visit)
    assert office.pipeline.wait(job, seconds=20).outcome == "drafted"
    corrected = replace(spoken, utterances=(replace(spoken.utterances[0], text="아니요."),))
    with office.store.begin(office.kim) as work:
        work.transcripts.add(visit, corrected, expected_version=1)
    second = office.pipeline.process_transcript(office.kim, visit)
    assert second != job
    assert office.pipeline.wait(second, seconds=20).outcome == "drafted"
    assert office.record(visit).draft_version == 2
    assert hospital.recognised == 0


def test_withdrawal_ends_the_job_without_a_draft(office, hospital):
    visit = office.visit()
    entered, withdrawn = threading.Event(), threading.Event()
    original = hospital.recognise

    def recognise(audio, **options):
        entered.set()
        withdrawn.wait(10)
        return original(audio, **options)

    office.restart(stages=replace(hospital.stages(), recognise=recognise))
    job = office.pipeline.process_recording(office.kim, visit)
    assert entered.wait(10)
    with office.store.begin(office.kim) as work:
        work.consents.add(visit, Consent(purpose="recording", state="withdrawn", decided_at=datetime.now(UTC)))
    withdrawn.set()
    assert office.pipeline.wait(job, seconds=20).outcome == "withdrawn"
    record = office.record(visit)
    assert (record.transcript_version, record.draft_version, record.problem) == (None, None, None)
    office.restart()


@pytest.mark.parametrize(
    ("answers", "outcome", "sent", "problem"),
    [
        ([answer("not_sent", "unreachable", retryable=True)], "accepted", 2, None),
        ([answer("outcome_unknown", "outcome-unknown", retryable=True)] * 2, "accepted", 3, None),
        ([answer("rejected", "refused")], "rejected", 1, "delivery_rejected"),
        ([answer("outcome_unknown", "not-fhir")], "accepted", 2, None),
        ([answer("outcome_unknown", "multiple-matches")], "parked", 1, "delivery_parked"),
        ([answer("not_sent", "unauthorised")], "accepted", 2, None),
        ([answer("not_sent", "busy", retryable=True)] * 4, "parked", 4, "delivery_parked"),
    ],
    ids=["unreachable", "no answer twice", "refused", "no FHIR", "two of them", "key expired", "busy all day"],
)
def test_a_delivery_is_repeated_while_that_helps_and_then_left_to_a_person(
    office, hospital, answers, outcome, sent, problem
):
    visit = office.visit()
    office.process(visit)
    note_id = office.sign(visit)
    hospital.answers = list(answers)
    first = office.deliver(note_id)
    assert first.outcome == office.record(visit).delivery == outcome
    assert len(hospital.delivered) == sent
    assert office.record(visit).problem == problem
    if problem:
        again = office.deliver(note_id, again=True)
        assert (again.outcome, office.record(visit).problem) == ("accepted", None)


def test_an_amendment_overtakes_nothing(office, hospital):
    visit, other = office.visit(), office.visit()
    office.process(visit)
    office.process(other)
    note_id = office.sign(visit)
    hospital.answers = [answer("rejected", "refused")]
    assert office.deliver(note_id, 1).outcome == "rejected"
    office.sign(visit)
    waiting = office.pipeline.deliver(office.kim, note_id, 2)
    assert office.deliver(office.sign(other)).outcome == "accepted"
    assert office.pipeline.status(waiting).state == "waiting"
    with office.store.begin(office.kim) as work:
        first, second = work.outbox.list(visit)
    assert (first.held, second.behind) == (True, 1)
    assert office.deliver(note_id, 1, again=True).outcome == "accepted"
    assert office.pipeline.wait(waiting, seconds=20).outcome == "accepted"
    assert hospital.delivered == [1, 1, 1, 2]
    assert office.record(visit).stage == "delivered"


def test_without_a_hospital_system_nothing_is_sent(office, hospital):
    visit = office.visit()
    office.process(visit)
    note_id = office.sign(visit)
    office.restart(stages=hospital.stages(destination=None))
    with pytest.raises(NoDestinationError):
        office.pipeline.deliver(office.kim, note_id, 1)
    office.restart()


def test_another_physicians_consultation_is_not_found(office):
    visit = office.visit(recorded=False)
    stranger = Actor(office.kim.hospital_id, "someone", "physician")
    with pytest.raises(NotFoundError):
        office.pipeline.process_recording(stranger, visit)


def test_work_whose_job_never_began_is_taken_up_at_the_start(office, hospital):
    office.pipeline.stop()
    recorded, stopped = office.visit(), office.visit()
    signed = office.visit()
    with office.store.begin(office.kim) as work:
        work.encounters.stop(stopped, "recognition_failed")
    office.pipeline.start()
    wait_until(lambda: office.record(recorded).stage == office.record(signed).stage == "drafted")
    note_id = office.sign(signed)
    with office.store.begin(office.kim) as work:
        work.outbox.add(note_id, 1, DESTINATION)
    office.pipeline.stop()
    office.pipeline.start()
    wait_until(lambda: office.record(signed).stage == "delivered")
    assert office.record(stopped).stage == "recorded"
    assert (hospital.recognised, hospital.drafted, hospital.delivered) == (2, 2, [1])


def test_a_second_recording_is_taken_up_too(office, hospital):
    visit = office.visit()
    office.process(visit)
    office.pipeline.stop()
    with office.store.begin(office.kim) as work:
        work.recordings.add(visit, b"second part", media_type="audio/wav")
    office.pipeline.start()
    wait_until(lambda: office.record(visit).draft_version == 2)
    assert (hospital.recognised, hospital.drafted) == (2, 2)


def test_a_changed_transcript_is_drafted_anew_and_the_physicians_sentences_stay(office, hospital):
    visit = office.visit()
    office.process(visit)
    office.pipeline.stop()
    own = Statement(id="own", text="금연 상담.", support="edited")
    with office.store.begin(office.kim) as work:
        first, said = work.drafts.latest(visit), work.transcripts.latest(visit)
        plan = first.draft.note.sections[0]
        edited = replace(plan, statements=(*plan.statements, own))
        note = replace(first.draft.note, sections=(edited,))
        work.drafts.add(
            visit,
            replace(first.draft, note=note),
            expected_version=1,
            drafted_by="clinician",
            transcript_id=first.transcript_id,
        )
        renamed = said.transcript.relabelled({"u0": "guardian"})
        work.transcripts.add(visit, renamed, expected_version=1, recording_id=said.recording_id)

    office.pipeline.start()

    wait_until(lambda: office.record(visit).draft_version == 4)
    with office.store.begin(office.kim) as work:
        fresh, carried = work.drafts.get(visit, 3), work.drafts.latest(visit)
    assert (fresh.drafted_by, carried.drafted_by) == ("drafter", "clinician")
    assert own not in fresh.draft.note.sections[0].statements
    assert own in carried.draft.note.sections[0].statements
    assert (hospital.recognised, hospital.drafted) == (1, 2)


def test_proposed_corrections_are_kept_beside_what_was_heard(office, hospital):
    def correct(transcript):
        said = transcript.utterances[0]
        marked = replace(said, corrections=(Correction(start=0, end=2, written="노바스크", score=0.9),))
        return replace(transcript, utterances=(marked,))

    office.restart(stages=replace(hospital.stages(), correct=correct))
    visit = office.visit()

    assert office.process(visit).good
    with office.store.begin(office.kim) as work:
        latest, draft = work.transcripts.latest(visit), work.drafts.latest(visit)
    assert (latest.version, draft.version, draft.transcript_id) == (2, 1, latest.id)
    assert latest.transcript.utterances[0].text == hospital.said
    assert latest.transcript.utterances[0].corrected.startswith("노바스크")
    assert office.process(visit).good
    assert office.record(visit).draft_version == 1
    office.restart()


def test_nothing_of_a_consultation_stands_anywhere_in_plain_text(office, hospital, caplog, capfd):
    caplog.set_level(logging.DEBUG)
    visit = office.visit()
    hospital.trouble = [ValueError(f"{MARKER} {NAME}")]
    office.process(visit)
    office.deliver(office.sign(visit))
    failing = office.visit()
    hospital.trouble = [ValueError(f"{MARKER} {NAME}") for _ in range(3)]
    office.process(failing)
    office.pipeline.stop()
    folder = office.settings.data_dir
    files = [path for path in folder.rglob("*") if path.is_file()]
    assert {"scribe.db", "jobs.db"} <= {path.name for path in files}
    written = capfd.readouterr()
    places = {str(path.relative_to(folder)): path.read_bytes() for path in files}
    places |= {"logs": caplog.text.encode(), "stdout": written.out.encode(), "stderr": written.err.encode()}
    for secret in (MARKER, NAME):
        forms = (secret.encode(), secret.encode("utf-16-le"), secret.encode("unicode_escape"))
        assert not [place for place, content in places.items() if any(form in content for form in forms)]
        assert not [path for path in files if secret in str(path)]
    office.pipeline.start()


def test_the_jobs_keep_to_this_machine(office, monkeypatch):
    """Starting and running opens no network connection and listens nowhere."""

    def refuse(*arguments):
        raise AssertionError(f"the network was used: {arguments}")

    for name in ("connect", "connect_ex", "bind", "listen", "sendto"):
        monkeypatch.setattr(socket.socket, name, refuse, raising=True)
    monkeypatch.setattr(socket, "getaddrinfo", refuse)
    office.pipeline.stop()
    office.pipeline.start()
    assert office.process(office.visit()).outcome == "drafted"


@pytest.mark.parametrize("variable", ["DBOS__CLOUD", "DBOS_CONDUCTOR_KEY", "DBOS__OTLP_TRACES_ENDPOINT"])
def test_variables_of_the_job_engines_cloud_are_refused(office, monkeypatch, variable):
    monkeypatch.setenv(variable, "true")
    with pytest.raises(CloudVariableError, match=variable):
        office.new_pipeline().start()


def test_one_process_runs_the_jobs_of_a_data_directory(office):
    code = (
        "import fcntl, sys\n"
        "try: fcntl.flock(open(sys.argv[1]), fcntl.LOCK_EX | fcntl.LOCK_NB)\n"
        "except BlockingIOError: sys.exit(7)\n"
    )
    command = [sys.executable, "-I", "-c", code, str(office.settings.data_dir / "jobs.lock")]
    assert subprocess.run(command, check=False, timeout=60).returncode == 7
    with pytest.raises(PipelineBusyError):
        office.new_pipeline().start()
    assert office.process(office.visit()).outcome == "drafted"
    office.pipeline.stop()
    assert subprocess.run(command, check=False, timeout=60).returncode == 0
    office.pipeline.start()


def test_a_jobs_database_that_is_none_is_told(tmp_path):
    (tmp_path / "jobs.db").write_bytes(b"no database at all " * 100)
    program = f"""
from scribe.installation import stages_of, store_of
from scribe.pipeline import JobsDatabaseError, Pipeline
from scribe.settings import Settings
settings = Settings(data_dir={str(tmp_path)!r})
try:
    Pipeline(settings, store_of(settings), stages_of(settings)).start()
except JobsDatabaseError as error:
    print(error)
"""
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, timeout=60, check=False)
    assert "jobs.db in the data directory" in done.stdout, done.stderr
    assert "file is not a database" in done.stdout


def wait_until(condition) -> None:
    done = threading.Event()
    for _ in range(200):
        if condition():
            return
        done.wait(0.1)
    pytest.fail("it did not come to that")
