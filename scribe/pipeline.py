"""The durable jobs: recording → transcript → draft, and signed versions → hospital systems.

DBOS checkpoints each step in a database of its own; after a crash the next :meth:`Pipeline.start` goes on after
the last finished step.  Jobs and steps carry ids, states and codes only, as JSON.
"""

import fcntl
import os
import random
import time
from collections.abc import Callable, Sequence
from dataclasses import astuple, dataclass
from pathlib import Path
from typing import IO, Any, Literal, ParamSpec

from dbos import DBOS, DBOSConfig, DBOSPortableJSONSerializer, SetWorkflowID
from sqlalchemy import make_url
from sqlalchemy.exc import DBAPIError

from scribe.alerts import Alerts
from scribe.deliveries import Deliveries, Pace
from scribe.domain.errors import ScribeError
from scribe.progress import Observer, unobserved
from scribe.settings import Settings
from scribe.stages import Stages
from scribe.steps import WITHDRAWN, Outcome, Steps
from scribe.store import Actor, Store
from scribe.store.records import CLEARED, HELD, SETTLED

JOBS_VERSION = "jobs-2"
"""Changes where steps are added, removed or reordered; the jobs of another version are begun anew."""

DRAFTING_WAITS = (2.0, 10.0, 60.0)
"""Seconds between attempts; after the last a person has to look."""

_CONSULTATIONS = "consultations"
_REWRITINGS = "rewritings"
"""Apart from the consultations: a physician waits for these, and not behind somebody's recording."""
_DELIVERY = "delivery"
_POLL_SECONDS = 0.2
_NOTING_SECONDS = 1
"""What jobs that have just ended get to note it."""
_GOOD = {"drafted", "rewritten", "accepted", WITHDRAWN}

JobState = Literal["unknown", "waiting", "running", "finished", "failed"]
"""``unknown``: there is no such job.  ``failed``: the job itself broke, which only a defect does."""

_STATES: dict[str, JobState] = {
    "ENQUEUED": "waiting",
    "DELAYED": "waiting",
    "PENDING": "running",
    "SUCCESS": "finished",
}
P = ParamSpec("P")


class PipelineError(ScribeError):
    """The pipeline cannot run."""


class PipelineBusyError(PipelineError):
    """Another process runs the jobs of {data_dir} already."""


class CloudVariableError(PipelineError):
    """The environment variable {variable} would hand the jobs to a cloud service: remove it."""


class JobsDatabaseError(PipelineError):
    """The database of the jobs (jobs.db in the data directory, or SCRIBE_JOBS_DATABASE_URL) cannot be used: {problem}."""  # noqa: E501


class NoDestinationError(PipelineError):
    """No hospital system is configured: set SCRIBE_FHIR_URL."""


class UnknownDestinationError(PipelineError):
    """No hospital system called {name} is configured."""


class NothingToProcessError(PipelineError):
    """This consultation has no {subject} yet."""


@dataclass(frozen=True, slots=True, kw_only=True)
class JobStatus:
    """``outcome`` of a finished job: ``drafted``, ``accepted``, or what ended it otherwise.

    The job of a delivery stands for all destinations of a signed version; it is finished when each of them has the
    version, or waits for a person.
    """

    job_id: str
    state: JobState
    outcome: str | None = None

    @property
    def over(self) -> bool:
        return self.state in {"finished", "failed"}

    @property
    def good(self) -> bool:
        return self.outcome in _GOOD


class Pipeline:
    """The jobs of one installation, in this process.

    One a process, and with SQLite one a data directory.  ``observe`` is called from the jobs' own threads.
    """

    def __init__(
        self,
        settings: Settings,
        store: Store,
        stages: Stages,
        *,
        observe: Observer | None = None,
        drafting_waits: Sequence[float] = DRAFTING_WAITS,
        pace: Pace | None = None,
    ) -> None:
        self._settings = settings
        self._store = store
        self.destinations = tuple(stages.receivers)
        self.hear = stages.hear
        self.rewrites = stages.rewrite is not None
        self._jobs = _Jobs(Steps(store, stages, observe), tuple(drafting_waits))
        self._deliveries = Deliveries(
            store,
            stages.receivers,
            Alerts(store, settings.alert_webhook_url),
            observe or unobserved,
            pace or Pace(chance=random.random),
        )
        self._lock: IO[str] | None = None

    def start(self) -> None:
        """Take up every job that was cut off, and every piece of work whose job never began."""
        _refuse_cloud()
        if make_url(self._settings.jobs_url).get_backend_name() == "sqlite":
            self._lock = _lock(self._settings.data_dir)
        try:
            self._launch()
            for hospital_id in self._store.hospitals():
                self._take_up(Actor.service(hospital_id))
            self._deliveries.start()
        except BaseException:
            self.stop()
            raise

    def stop(self, *, grace_seconds: int = 0) -> None:
        """Leave after at most ``grace_seconds``; what is unfinished goes on at the next start."""
        self._deliveries.stop(grace_seconds=grace_seconds)
        DBOS.destroy(destroy_registry=True, workflow_completion_timeout_sec=max(grace_seconds, _NOTING_SECONDS))
        if self._lock is not None:
            self._lock.close()
            self._lock = None

    def process_recording(self, actor: Actor, encounter_id: str, *, again: bool = False) -> str:
        """Recognise the latest recording of a consultation and draft from it; returns the job's id.

        Call it after the transaction that added the recording has committed (``work.after_commit``).  The same
        recording gives the same job; ``again`` repeats one that is over without a draft.
        """
        with self._store.begin(actor) as work:
            recordings = work.recordings.list(encounter_id)
            if not recordings:
                raise NothingToProcessError(subject="recording")
            if again:
                work.encounters.reach(encounter_id, "recorded")
        return self._enqueue_recording(actor, encounter_id, recordings[-1].id, again=again)

    def process_transcript(self, actor: Actor, encounter_id: str, *, again: bool = False) -> str:
        """Draft from the latest transcript of a consultation; otherwise as :meth:`process_recording`."""
        with self._store.begin(actor) as work:
            transcript = work.transcripts.latest(encounter_id)
            if transcript is None:
                raise NothingToProcessError(subject="transcript")
            if again:
                work.encounters.reach(encounter_id, "transcribed")
        return self._enqueue_transcript(actor, encounter_id, transcript.id, again=again)

    def rewrite(self, actor: Actor, rewriting_id: str) -> str:
        """Write anew what a rewriting asks for; returns the job's id, the same for the same rewriting.

        Call it after the transaction that asked for it has committed.
        """
        job = f"rewriting-{rewriting_id}"
        return self._enqueue(_REWRITINGS, job, self._jobs.rewrite, (actor.hospital_id, rewriting_id), again=False)

    def deliver(self, actor: Actor, note_id: str, version: int, *, again: bool = False) -> str:
        """Bring a signed version to every destination; returns the job's id.

        The same version gives the same job.  ``again`` puts what was rejected or parked on its way once more.
        """
        if not self.destinations:
            raise NoDestinationError
        with self._store.begin(actor) as work:
            for destination in self.destinations:
                row = work.outbox.add(note_id, version, destination)
                if again and row.held:
                    work.outbox.replay(row.id)
        self._deliveries.wake()
        return f"{_DELIVERY}/{note_id}/{version}"

    def wake(self) -> None:
        """See at once what others have put in the outbox; it would be seen within a second."""
        self._deliveries.wake()

    def status(self, job_id: str) -> JobStatus:
        if job_id.startswith(f"{_DELIVERY}/"):
            return self._status_of_delivery(job_id)
        found = DBOS.get_workflow_status(job_id)
        if found is None:
            return JobStatus(job_id=job_id, state="unknown")
        state = _STATES.get(found.status, "failed")
        if state in {"waiting", "running"} and found.app_version not in {None, JOBS_VERSION}:
            state = "failed"
        return JobStatus(job_id=job_id, state=state, outcome=found.output if state == "finished" else None)

    def _status_of_delivery(self, job_id: str) -> JobStatus:
        _, note_id, version = job_id.split("/")
        found = self._deliveries.board.states(note_id, int(version))
        states = {state for destination, state in found.items() if destination in self.destinations}
        if not states:
            return JobStatus(job_id=job_id, state="unknown")
        if states <= set(SETTLED):
            worst = next(state for state in (*HELD, *CLEARED) if state in states)
            return JobStatus(job_id=job_id, state="finished", outcome=worst)
        return JobStatus(job_id=job_id, state="waiting" if states <= {"waiting", *SETTLED} else "running")

    def wait(self, job_id: str, *, seconds: float) -> JobStatus:
        """The status once the job is over, or as it stands when ``seconds`` have passed."""
        deadline = time.monotonic() + seconds
        while not (status := self.status(job_id)).over and time.monotonic() < deadline:
            time.sleep(0.05)
        return status

    def _launch(self) -> None:
        DBOS.destroy(destroy_registry=True)
        DBOS(config=_config(self._settings))
        self._jobs.register()
        self._deliveries.register()
        try:
            DBOS.launch()
        except DBAPIError as error:
            raise JobsDatabaseError(problem=str(error.orig).strip().splitlines()[0]) from None
        for queue in (_CONSULTATIONS, _REWRITINGS):
            DBOS.register_queue(queue, worker_concurrency=self._settings.workers, polling_interval_sec=_POLL_SECONDS)

    def _take_up(self, service: Actor) -> None:
        """Enqueue what a crash left between a commit and its job; a job that is there is not doubled."""
        with self._store.begin(service) as work:
            unfinished = work.encounters.unfinished()
            rewritings = work.rewritings.unfinished() if self.rewrites else ()
        for item in unfinished:
            if item.recording_id is not None:
                self._enqueue_recording(service, item.encounter_id, item.recording_id, again=True)
            elif item.transcript_id is not None:
                self._enqueue_transcript(service, item.encounter_id, item.transcript_id, again=True)

        for rewriting in rewritings:
            self.rewrite(service, rewriting.id)

    def _enqueue_recording(self, actor: Actor, encounter_id: str, recording_id: str, *, again: bool) -> str:
        arguments = (actor.hospital_id, encounter_id, recording_id)
        return self._enqueue(
            _CONSULTATIONS, f"recording-{recording_id}", self._jobs.process_recording, arguments, again
        )

    def _enqueue_transcript(self, actor: Actor, encounter_id: str, transcript_id: str, *, again: bool) -> str:
        arguments = (actor.hospital_id, encounter_id, transcript_id)
        job = f"transcript-{transcript_id}"
        return self._enqueue(_CONSULTATIONS, job, self._jobs.process_transcript, arguments, again)

    def _enqueue(
        self, queue: str, job: str, function: Callable[..., str], arguments: tuple[str, ...], again: bool
    ) -> str:
        """Start the job, unless it is there; ``again``: or its latest repetition is over without success."""
        job_id, latest, repetition = job, None, 1
        while (status := self.status(job_id)).state != "unknown":
            latest, repetition = status, repetition + 1
            job_id = f"{job}-{repetition}"
        if latest is not None and not (again and latest.over and not latest.good):
            return latest.job_id
        with SetWorkflowID(job_id):
            DBOS.enqueue_workflow(queue, function, *arguments)
        return job_id


class _Jobs:
    """The job functions, as the job engine knows them by name."""

    def __init__(self, steps: Steps, drafting_waits: tuple[float, ...]) -> None:
        self._steps = steps
        self._drafting_waits = drafting_waits

    def register(self) -> None:
        """Give the engine every function; names and order of the steps are part of :data:`JOBS_VERSION`."""
        self._recognise = _step("recognise", self._steps.recognise)
        self._draft = _step("draft", self._steps.draft)
        self._stop = DBOS.step(name="stop")(_plain(self._steps.stop))
        self._rewrite = _step("rewrite", self._steps.rewrite)
        self._give_up = DBOS.step(name="give_up_rewriting")(_plain(self._steps.give_up_rewriting))
        self.rewrite = DBOS.workflow(name="rewrite")(_plain(self._rewriting))
        self.process_recording = DBOS.workflow(name="process_recording")(_plain(self._process_recording))
        self.process_transcript = DBOS.workflow(name="process_transcript")(_plain(self._process_transcript))

    def _process_recording(self, hospital_id: str, encounter_id: str, recording_id: str) -> str:
        outcome = _repeated(self._drafting_waits, self._recognise, hospital_id, encounter_id, recording_id)
        if outcome.kind != "done":
            return self._stopped(hospital_id, encounter_id, outcome.value)
        return self._process_transcript(hospital_id, encounter_id, outcome.value)

    def _process_transcript(self, hospital_id: str, encounter_id: str, transcript_id: str) -> str:
        outcome = _repeated(self._drafting_waits, self._draft, hospital_id, encounter_id, transcript_id)
        if outcome.kind != "done":
            return self._stopped(hospital_id, encounter_id, outcome.value)
        return "drafted"

    def _rewriting(self, hospital_id: str, rewriting_id: str) -> str:
        outcome = _repeated(self._drafting_waits, self._rewrite, hospital_id, rewriting_id)
        if outcome.kind == "done":
            return "rewritten"
        self._give_up(hospital_id, rewriting_id)
        return outcome.value

    def _stopped(self, hospital_id: str, encounter_id: str, code: str) -> str:
        if code != WITHDRAWN:
            self._stop(hospital_id, encounter_id, code)
        return code


def _repeated(waits: tuple[float, ...], step: Callable[..., list[Any]], *arguments: str) -> Outcome:
    """The outcome of the first attempt that is not to be repeated, else of the last; the waits are durable."""
    for wait in waits:
        outcome = Outcome(*step(*arguments))
        if outcome.kind != "retry":
            return outcome
        DBOS.sleep(wait)
    return Outcome(*step(*arguments))


def _step(name: str, function: Callable[P, Outcome]) -> Callable[P, list[Any]]:
    """A checkpointed step; its outcome is stored as a JSON array."""

    def run(*args: P.args, **kwargs: P.kwargs) -> list[Any]:
        return list(astuple(function(*args, **kwargs)))

    return DBOS.step(name=name)(run)


def _plain(method: Callable[..., Any]) -> Callable[..., Any]:
    """A function for a bound method: the engine would look up the instance of a method by itself."""

    def run(*args: str) -> Any:
        return method(*args)

    return run


def _config(settings: Settings) -> DBOSConfig:
    return {
        "name": "clinical-scribe",
        "system_database_url": settings.jobs_url,
        "application_version": JOBS_VERSION,
        "executor_id": settings.worker_id,
        "serializer": DBOSPortableJSONSerializer(),
        "log_level": "WARNING",
        "enable_otlp": False,
        "use_listen_notify": False,
        "notification_listener_polling_interval_sec": _POLL_SECONDS,
    }


def _refuse_cloud() -> None:
    """The engine reads these to connect to its vendor's cloud; nothing may leave the clinic."""
    for variable in os.environ:
        if variable.startswith("DBOS__") or variable in {"DBOS_CONDUCTOR_KEY", "DBOS_CONDUCTOR_URL", "DBOS_DOMAIN"}:
            raise CloudVariableError(variable=variable)


def _lock(data_dir: Path) -> IO[str]:
    """Hold the data directory until the process ends, however it ends."""
    data_dir.mkdir(parents=True, exist_ok=True, mode=0o700)
    file = (data_dir / "jobs.lock").open("w", encoding="ascii")
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        file.close()
        raise PipelineBusyError(data_dir=data_dir) from None
    return file
