"""The durable jobs: what they leave behind, whatever the stages do."""

import logging
import socket
import subprocess
import sys
import threading
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from scribe.domain.consent import Consent
from scribe.domain.statement import Statement
from scribe.domain.transcript import Correction, Transcript, Utterance
from scribe.pipeline import (
    CloudVariableError,
    NoDestinationError,
    NothingToProcessError,
    PipelineBusyError,
)
from scribe.store import Actor
from scribe.store.errors import NotFoundError
from tests.offices import DESTINATION, MARKER, NAME, answer, wait_until


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
