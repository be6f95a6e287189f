"""The durable queue of the uplink: which recordings are to be sent, one after the other, in a database of its own.

DBOS checkpoints what was done; after a crash the next :meth:`SendQueue.start` goes on.  Job rows hold recording ids
and outcomes only, as JSON.
"""

import os
import threading
import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Literal

from dbos import DBOS, DBOSConfig, DBOSPortableJSONSerializer, SetEnqueueOptions, SetWorkflowID
from sqlalchemy.exc import DBAPIError

from edge_agent.errors import EdgeError

JOBS_VERSION = "uplink-1"
"""Changes where steps are added, removed or reordered; the jobs of another version are left to it."""

Outcome = Literal["acknowledged", "erased", "gone", "parked"]
"""``gone``: the recording was discarded meanwhile."""

_QUEUE = "uplink"
_POLL_SECONDS = 0.2
_OVER: tuple[Outcome, ...] = ("acknowledged", "erased", "gone")
_WAITING = {"ENQUEUED", "DELAYED"}
_BEGINNING = datetime(2025, 1, 1, tzinfo=UTC)


class UplinkQueueError(EdgeError):
    """{file} cannot be used as the queue to the service: {problem}."""


class CloudVariableError(EdgeError):
    """The environment variable {variable} would hand the queue to a cloud service: remove it."""


class Leaving(BaseException):
    """The program ends: the job stays as it is, and the next start goes on with it.

    No ``Exception``: the engine would record that as the job's end.
    """


class SendQueue:
    """Calls ``send`` with one recording id at a time, the oldest recording first, then ``settle`` with the outcome.

    Both may be called twice for the same recording, where the process ended in between; ``send`` raises
    :class:`Leaving` where it is to end.  One a process.
    """

    def __init__(self, folder: Path, send: Callable[[str], Outcome], settle: Callable[[str, Outcome], None]) -> None:
        self._file = folder / "queue.db"
        self._send = send
        self._settle = settle
        self._running = False
        self._left = threading.Event()

    def start(self) -> None:
        """Go on with what is in the queue; :class:`UplinkQueueError`, :class:`CloudVariableError`."""
        _refuse_cloud()
        self._file.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        DBOS.destroy(destroy_registry=True)
        DBOS(config=self._config())
        self._register()
        try:
            DBOS.launch()
        except DBAPIError as error:
            DBOS.destroy(destroy_registry=True)
            raise UplinkQueueError(file=self._file, problem=str(error.orig).strip().splitlines()[0]) from None
        DBOS.register_queue(_QUEUE, worker_concurrency=1, polling_interval_sec=_POLL_SECONDS)
        self._running = True

    def stop(self, grace_seconds: float) -> None:
        """Leave once the job under way is over or has left, or the time is up; the next start goes on."""
        if self._running:
            self._running = False
            wait_until(lambda: self._left.is_set() or not _under_way(), grace_seconds)
            DBOS.destroy(destroy_registry=True)

    def put(self, recording_id: str, started_at: datetime) -> None:
        """Queue a recording by when it began, unless it is queued or over.

        While it is being sent, another job follows: the one under way may be about to put it aside.
        """
        job = f"upload-{recording_id}"
        job_id, repetition = job, 1
        while (found := DBOS.get_workflow_status(job_id)) is not None:
            if found.status in _WAITING or (found.status == "SUCCESS" and found.output in _OVER):
                return
            repetition += 1
            job_id = f"{job}-{repetition}"
        with SetWorkflowID(job_id), SetEnqueueOptions(priority=_priority(started_at)):
            DBOS.enqueue_workflow(_QUEUE, self._job, recording_id)

    def _register(self) -> None:
        """Give the engine its functions; names and order of the steps are part of :data:`JOBS_VERSION`."""

        def send(recording_id: str) -> Outcome:
            try:
                return self._send(recording_id)
            except Leaving:
                self._left.set()
                raise

        def settle(recording_id: str, outcome: Outcome) -> None:
            self._settle(recording_id, outcome)

        send_step = DBOS.step(name="send")(send)
        settle_step = DBOS.step(name="settle")(settle)

        def send_recording(recording_id: str) -> Outcome:
            outcome = send_step(recording_id)
            settle_step(recording_id, outcome)
            return outcome

        self._job = DBOS.workflow(name="send_recording")(send_recording)

    def _config(self) -> DBOSConfig:
        return {
            "name": "clinical-scribe-edge",
            "system_database_url": f"sqlite:///{self._file}",
            "application_version": JOBS_VERSION,
            "executor_id": "local",
            "serializer": DBOSPortableJSONSerializer(),
            "log_level": "WARNING",
            "enable_otlp": False,
            "use_listen_notify": False,
            "notification_listener_polling_interval_sec": _POLL_SECONDS,
        }


def _under_way() -> bool:
    return bool(DBOS.list_workflows(status="PENDING", limit=1, load_input=False, load_output=False))


def wait_until(condition: Callable[[], bool], seconds: float) -> bool:
    """Whether ``condition`` came true within ``seconds``."""
    deadline = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > deadline:
            return False
        time.sleep(0.02)
    return True


def _priority(started_at: datetime) -> int:
    """The engine takes the smallest first: seconds since 2025, within its range until 2093."""
    return max(1, min(2**31 - 1, int((started_at - _BEGINNING).total_seconds())))


def _refuse_cloud() -> None:
    """The engine reads these to connect to its vendor's cloud; nothing may leave the clinic."""
    for variable in os.environ:
        if variable.startswith("DBOS__") or variable in {"DBOS_CONDUCTOR_KEY", "DBOS_CONDUCTOR_URL", "DBOS_DOMAIN"}:
            raise CloudVariableError(variable=variable)
