"""The way of finished recordings to the service: durable, in order, and nothing deleted that is not acknowledged."""

import logging
import random
import threading
import traceback
from collections.abc import Callable
from datetime import datetime
from pathlib import Path

from pydantic import TypeAdapter

from edge_agent.identity import Clock
from edge_agent.recordings import RecordingState, RecordingSummary, expired
from edge_agent.uplink_attempt import TRANSCRIPT_DOCUMENT, Parcel, UplinkSpool, attempt, checked
from edge_agent.uplink_client import UplinkClient
from edge_agent.uplink_errors import (
    BusyError,
    ChangedError,
    DamagedError,
    ErasureOrderedError,
    ReceiptMismatchError,
    RepeatedFailureError,
    UplinkError,
)
from edge_agent.uplink_ledger import Ledger
from edge_agent.uplink_queue import Leaving, Outcome, SendQueue
from edge_agent.uplink_status import Pace, Parked, Sending, UplinkStatus
from scribe.domain.uplink import MOST_KEPT, OpenEncounter, Receipt

RECEIPT_DOCUMENT = "receipt.json"
"""The spool document that the service's receipt is kept in."""

Connect = Callable[[], UplinkClient]
"""Opens the service; raises :class:`UplinkError`, ``NotEnrolledError`` among them."""

_HOUSEKEEPING_SECONDS = 3600.0
_MOST_FAILURES = 8
"""Of the service on the same recording, while it answers: after that the recording is put aside for an hour."""
_TO_SEND = frozenset({RecordingState.STOPPED, RecordingState.TRANSCRIBED, RecordingState.UPLOADING})
_SENT = frozenset({RecordingState.ACKNOWLEDGED, RecordingState.DELETED})

_log = logging.getLogger(__name__)
_RECEIPT = TypeAdapter(Receipt)


class Uplink:
    """Sends what :meth:`submit` is given, one recording at a time, the oldest first.

    One a process, and not in the process of a service: both use the one job engine that a process can have.

    ``retention_days``: days that audio stays here after its acknowledgement, 0 for not at all, None for ever.
    ``send_audio``: whether the audio is sent too; it is then deleted only where the service says it stored it.
    ``on_change`` is called from the uplink's threads whenever :meth:`status` may have changed; it must not raise.
    """

    def __init__(
        self,
        folder: Path,
        spool: UplinkSpool,
        connect: Connect,
        *,
        clock: Clock,
        retention_days: int | None = None,
        send_audio: bool = False,
        pace: Pace = Pace(),
        on_change: Callable[[], None] | None = None,
        chance: Callable[[], float] = random.random,
    ) -> None:
        self._spool = spool
        self._connect = connect
        self._clock = clock
        self._retention_days = retention_days
        self._send_audio = send_audio
        self._pace = pace
        self._changed = on_change or _nobody
        self._chance = chance
        self._ledger = Ledger(folder / "ledger.json", clock)
        self._queue = SendQueue(folder, self._send, self._settle)
        self._stopping = threading.Event()
        self._wake = threading.Event()
        self._busy = threading.Event()
        self._sending: Sending | None = None
        self._parcel: Parcel | None = None
        self._problem: UplinkError | None = None
        self._last_success: datetime | None = None
        self._housekeeper = threading.Thread(target=self._keep_house, name="uplink-housekeeping", daemon=True)

    def start(self) -> None:
        """Go on with everything that was not acknowledged when the process ended."""
        self._queue.start()
        for summary in self._spool.recordings():
            self.submit(summary.id)
        self._housekeeper.start()

    def stop(self, *, grace_seconds: float = 5.0) -> None:
        """Leave; what is unfinished goes on at the next start."""
        self._stopping.set()
        self._wake.set()
        self._queue.stop(grace_seconds)
        if self._housekeeper.ident is not None:
            self._housekeeper.join(grace_seconds)

    def submit(self, recording_id: str) -> None:
        """Queue a recording whose transcript is in the spool and whose consultation is known; again is harmless.

        One that is not ready, over, or put aside is left as it is; assigned to another consultation, it is tried anew.
        """
        summary = self._spool.summary(recording_id)
        if self._is_ready(summary) and not self._ledger.is_aside(recording_id, summary.encounter_id):
            self._ledger.unpark(recording_id)
            self._queue.put(recording_id, summary.started_at)
        self._changed()

    def wake(self) -> None:
        """Try now instead of waiting for the next attempt."""
        self._wake.set()

    def retry(self, recording_id: str) -> None:
        """Take a recording that was put aside up again, after its reason was mended."""
        self._ledger.unpark(recording_id)
        self.submit(recording_id)
        self.wake()

    def tidy(self) -> None:
        """Delete audio whose retention is over, and copies whose consent was withdrawn at the service meanwhile."""
        if self._retention_days is not None:
            for summary in expired(self._spool.recordings(), now=self._clock(), days=self._retention_days):
                self._delete_audio(summary.id)
        self._ask_for_withdrawals()
        for parked in self._ledger.parked():
            if parked.code == RepeatedFailureError.code:
                self.retry(parked.recording_id)
        self._changed()

    def status(self) -> UplinkStatus:
        """How things stand, read from the spool and from what happened since the start."""
        summaries = self._spool.recordings()
        parked = tuple(one for one in self._ledger.parked() if _is_there(one, summaries))
        aside = {one.recording_id for one in parked}
        waiting = [one for one in summaries if one.id not in aside and self._is_ready(one)]
        return UplinkStatus(
            waiting=len(waiting),
            oldest_since=min((one.stopped_at or one.changed_at for one in waiting), default=None),
            unassigned=sum(one.state is RecordingState.TRANSCRIBED and one.encounter_id is None for one in summaries),
            sending=self._sending,
            parked=parked,
            problem=self._problem.korean if self._problem else None,
            problem_code=self._problem.code if self._problem else None,
            last_success=self._last_success,
            notices=self._ledger.notices(),
        )

    def dismiss_notices(self) -> None:
        """A person has read :attr:`UplinkStatus.notices`."""
        self._ledger.dismiss_notices()
        self._changed()

    def encounters(self) -> tuple[OpenEncounter, ...]:
        """The consultations to choose from; raises :class:`UplinkError` where the service cannot be asked."""
        try:
            with self._connect() as client:
                found = client.encounters()
        except UplinkError as error:
            self._failed(error)
            raise
        self._succeeded()
        return found

    def terms(self, encounter_id: str) -> tuple[str, ...]:
        """What a recording of this consultation is likely to hold; raises :class:`UplinkError` as above."""
        with self._connect() as client:
            return client.terms(encounter_id)

    def _is_ready(self, summary: RecordingSummary) -> bool:
        return (
            summary.state in _TO_SEND
            and not summary.interrupted
            and summary.encounter_id is not None
            and TRANSCRIPT_DOCUMENT in self._spool.documents(summary.id)
        )

    def _send(self, recording_id: str) -> Outcome:
        """The first step of a job: everything up to the receipt in the spool."""
        self._busy.set()
        try:
            return self._until_sent(recording_id)
        except Exception as error:  # its message may hold what a patient said: only type and place go on
            return self._broken(recording_id, error)
        finally:
            self._sending = self._parcel = None
            self._busy.clear()
            self._changed()

    def _until_sent(self, recording_id: str) -> Outcome:
        tries, failures = 0, 0
        while not self._stopping.is_set():
            over = self._over(recording_id)
            if over is not None:
                return over
            try:
                self._try(recording_id)
            except ErasureOrderedError as order:
                return self._erase(order.receipt)
            except UplinkError as error:
                failures += isinstance(error, ChangedError) or (isinstance(error, BusyError) and error.status == 500)
                if failures >= _MOST_FAILURES:
                    return self._put_aside(recording_id, RepeatedFailureError(failures=failures))
                if error.parks:
                    self._problem = None  # the way is free: the recording is what is wrong
                    return self._put_aside(recording_id, error)
                self._sending = None
                self._failed(error)
                self._wake.wait(self._pace.wait(tries, self._chance(), error.retry_after))
                self._wake.clear()
                tries += 1
            else:
                self._succeeded()
                return "acknowledged"
        raise Leaving

    def _over(self, recording_id: str) -> Outcome | None:
        """What became of a recording that needs no sending (any more); None for one that does."""
        summary = self._spool.summary(recording_id)
        if summary.state in _SENT:
            return "acknowledged"
        if self._ledger.is_aside(recording_id, summary.encounter_id):
            return "parked"
        return None if self._is_ready(summary) else "gone"

    def _try(self, recording_id: str) -> None:
        """One attempt; the receipt is in the spool when it returns."""
        with self._connect() as client:
            parcel = self._read_once(recording_id)
            self._spool.set_state(recording_id, RecordingState.UPLOADING)
            receipt = attempt(
                client, parcel, send_audio=self._send_audio, progress=lambda done: self._progressed(recording_id, done)
            )
        self._spool.put_document(recording_id, RECEIPT_DOCUMENT, _RECEIPT.dump_json(receipt))

    def _read_once(self, recording_id: str) -> Parcel:
        """What is to be sent, read anew only where it was given to another consultation meanwhile."""
        encounter_id = self._spool.summary(recording_id).encounter_id
        if self._parcel is None or self._parcel.summary.encounter_id != encounter_id:
            self._parcel = Parcel.of(self._spool, recording_id)
        return self._parcel

    def _settle(self, recording_id: str, outcome: Outcome) -> None:
        """The second step: the spool says that the recording is acknowledged, and retention is kept to."""
        if outcome != "acknowledged":
            return
        try:
            if self._spool.summary(recording_id).state is RecordingState.UPLOADING:
                self._spool.set_state(recording_id, RecordingState.ACKNOWLEDGED)
            if self._retention_days == 0:
                self._delete_audio(recording_id)
        except Exception as error:  # the queue would keep its message
            self._broken(recording_id, error)
        self._changed()

    def _broken(self, recording_id: str, error: Exception) -> Outcome:
        """What nobody foresaw is tried again in an hour."""
        _log.error("sending %s broke: %s at %s", recording_id, type(error).__name__, _place(error))
        return self._put_aside(recording_id, RepeatedFailureError(failures=1))

    def _delete_audio(self, recording_id: str) -> None:
        """Delete acknowledged audio, provided that the receipt still fits what is here."""
        if self._spool.summary(recording_id).state is not RecordingState.ACKNOWLEDGED:
            return
        try:
            parcel = Parcel.of(self._spool, recording_id)
            receipt = checked(_RECEIPT.validate_json(self._spool.document(recording_id, RECEIPT_DOCUMENT)), parcel)
            if not parcel.intact:
                raise DamagedError
            if self._send_audio and not receipt.audio_stored:
                _log.warning("%s: its audio is kept, the service has not stored it", recording_id)
                return
            self._spool.delete_audio(recording_id)
        except UplinkError as error:
            self._put_aside(recording_id, error)

    def _erase(self, order: Receipt) -> Outcome:
        """Destroy audio and documents on the service's signed order, which must name this consultation."""
        recording_id = order.recording_id
        if order.encounter_id != self._spool.summary(recording_id).encounter_id:
            return self._put_aside(recording_id, ReceiptMismatchError(field="encounter_id"))
        self._spool.discard(recording_id)
        self._ledger.unpark(recording_id)
        self._ledger.erased(recording_id)
        self._succeeded()
        _log.warning("%s: destroyed, the patient refused or withdrew", recording_id)
        return "erased"

    def _put_aside(self, recording_id: str, error: UplinkError) -> Outcome:
        _log.warning("%s: put aside: %s", recording_id, error)
        self._ledger.park(recording_id, self._spool.summary(recording_id).encounter_id, error.code)
        self._changed()
        return "parked"

    def _keep_house(self) -> None:
        """Every hour, and while something is wrong as often as sending is tried at least: see how things stand."""
        since_tidy = _HOUSEKEEPING_SECONDS
        while not self._stopping.is_set():
            self._greet()
            if since_tidy >= _HOUSEKEEPING_SECONDS:
                self._tidied()
                since_tidy = 0.0
            wait = self._pace.longest if self._problem is not None else _HOUSEKEEPING_SECONDS
            since_tidy += wait
            self._stopping.wait(wait)

    def _tidied(self) -> None:
        try:
            self.tidy()
        except Exception as error:  # the next round must come; the message may hold what a patient said
            _log.error("housekeeping broke: %s at %s", type(error).__name__, _place(error))

    def _greet(self) -> None:
        """Ask the service who we are: a revoked device, a wrong clock or a dead line is told before it matters."""
        if self._busy.is_set():
            return
        try:
            with self._connect() as client:
                client.about()
        except UplinkError as error:
            self._failed(error)
        else:
            self._succeeded()

    def _ask_for_withdrawals(self) -> None:
        """Whether consent still stands for what is kept here after its acknowledgement."""
        kept = [one.id for one in self._spool.recordings() if one.state in _SENT]
        if not kept:
            return
        try:
            with self._connect() as client:
                for start in range(0, len(kept), MOST_KEPT):
                    for order in client.withdrawals(kept[start : start + MOST_KEPT]):
                        self._erase(order)
        except UplinkError as error:
            self._failed(error)

    def _progressed(self, recording_id: str, fraction: float) -> None:
        self._sending = Sending(recording_id=recording_id, fraction=fraction)
        self._changed()

    def _failed(self, error: UplinkError) -> None:
        if self._problem is None or self._problem.code != error.code:
            _log.warning("the service: %s", error)
        self._problem = error
        self._changed()

    def _succeeded(self) -> None:
        self._problem = None
        self._last_success = self._clock()
        self._changed()


def _is_there(parked: Parked, summaries: tuple[RecordingSummary, ...]) -> bool:
    return any(one.id == parked.recording_id and one.state is not RecordingState.DISCARDED for one in summaries)


def _nobody() -> None:
    """Nobody watches."""


def _place(error: BaseException) -> str:
    """Where in the code, as file:line pairs from the outside in; never what the values were."""
    frames = traceback.extract_tb(error.__traceback__)
    return " > ".join(f"{Path(frame.filename).name}:{frame.lineno}" for frame in frames[-4:])


__all__ = [
    "RECEIPT_DOCUMENT",
    "TRANSCRIPT_DOCUMENT",
    "Connect",
    "Pace",
    "Parked",
    "Sending",
    "Uplink",
    "UplinkError",
    "UplinkSpool",
    "UplinkStatus",
]
