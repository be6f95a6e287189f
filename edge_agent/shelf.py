"""The recordings that are over: where each stands, and what a person can do with it."""

import logging
import threading
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from functools import partial

from edge_agent.chores import Chores
from edge_agent.enrolment import Voiceprint
from edge_agent.errors import EdgeError, SpoolError
from edge_agent.events import ConsentBy, NoticeKind, RecordingRow, Service, Upload
from edge_agent.notices import Notices
from edge_agent.parts import MakesWay, Recogniser, Way
from edge_agent.recordings import RecordingState, RecordingSummary
from edge_agent.recovery import recover
from edge_agent.spool import Spool
from edge_agent.transcripts import Transcripts
from edge_agent.uplink_attempt import TRANSCRIPT_DOCUMENT
from edge_agent.uplink_status import UplinkStatus
from edge_agent.vocabulary import ExpectedTerms
from scribe.crypto import CryptoError
from scribe.domain.formats import read_transcript
from scribe.domain.transcript import Transcript
from scribe.domain.uplink import OpenEncounter

_log = logging.getLogger(__name__)

_SETTLED = frozenset({RecordingState.ACKNOWLEDGED, RecordingState.DELETED})
_SHOWN_FOR = timedelta(hours=24)
"""How long a recording that needs nothing more stays in the list."""
_JUST_NOW = timedelta(minutes=30)
"""An interruption so short ago concerns the patient in the room."""


class RecordingBusyError(EdgeError):
    """This recording is still being made: stop or discard it first."""


class Shelf:
    """Finishes what was broken off, has transcripts made, and hands recordings to the uplink.

    ``current`` names the recording under way, which is none of the shelf's; ``changed`` is called when there is
    something new to see.
    """

    def __init__(
        self,
        spool: Spool,
        recogniser: Recogniser,
        chores: Chores,
        uplink: MakesWay | None,
        *,
        notices: Notices,
        now: Callable[[], datetime],
        physician: Callable[[], Voiceprint | None],
        site_terms: Sequence[str],
        current: Callable[[], str | None],
        changed: Callable[[], None],
    ) -> None:
        self._spool = spool
        self._chores = chores
        self._notices = notices
        self._now = now
        self._current = current
        self._changed = changed
        self._way: Way | None = uplink(on_change=self.refresh) if uplink else None
        self.expected = ExpectedTerms(site_terms, self._way.terms if self._way else None)
        self.transcripts = Transcripts(
            spool,
            recogniser,
            chores,
            physician=physician,
            terms=self.expected.of,
            done=self._submit,
            changed=self.refresh,
        )
        self.rows: tuple[RecordingRow, ...] = ()
        self._refreshing = threading.Event()
        self._consents: dict[str, ConsentBy | None] = {}
        self._unreadable: dict[str, int] = {}

    def open(self) -> None:
        """Go on with whatever an earlier run left, however old."""
        if self._way is not None:
            self._way.start()
        self.refresh()
        self._chores.add(self._take_up)

    def close(self) -> None:
        if self._way is not None:
            self._way.stop()

    def service(self) -> Service:
        """How the way to the service is."""
        if self._way is None:
            return Service()
        status = self._way.status()
        reached = True if status.last_success is not None else None
        return Service(
            enrolled=True,
            reachable=False if status.problem is not None else reached,
            waiting=status.waiting,
            unassigned=status.unassigned,
            advice=status.problem,
        )

    def encounters(self) -> tuple[OpenEncounter, ...]:
        """The consultations of the service to choose from; none where this computer is not enrolled with one."""
        return self._way.encounters() if self._way is not None else ()

    def assign(self, recording_id: str, encounter_id: str) -> None:
        """Say whose consultation a recording is; it is sent once its transcript is there."""
        self._spool.assign(recording_id, encounter_id)
        if self.has_transcript(recording_id):
            self._submit(recording_id)
        self.refresh()

    def recover(self, recording_id: str) -> None:
        """Finish a recording that broke off, or make its transcript anew where that failed."""
        self._require_over(recording_id)
        self._chores.add(lambda: self._finish(recording_id))

    def resend(self, recording_id: str) -> None:
        """Send a recording that was put aside, after its reason was mended."""
        self._spool.summary(recording_id)
        if self._way is not None:
            self._way.retry(recording_id)
        self.refresh()

    def discard(self, recording_id: str) -> None:
        """Destroy a recording for good."""
        self._require_over(recording_id)
        self.transcripts.forget(recording_id)
        self._spool.discard(recording_id)
        self.refresh()

    def summaries(self) -> tuple[RecordingSummary, ...]:
        """Every recording that is over, whatever its age."""
        return tuple(summary for summary in self._spool.recordings() if summary.id != self._current())

    def unreadable(self, recording_id: str) -> int:
        """Pieces in quarantine that were found when the recording was finished."""
        return self._unreadable.get(recording_id, 0)

    def has_transcript(self, recording_id: str) -> bool:
        return TRANSCRIPT_DOCUMENT in self._spool.documents(recording_id)

    def transcript(self, recording_id: str) -> Transcript | None:
        """The transcript, or None as long as there is none."""
        if not self.has_transcript(recording_id):
            return None
        return read_transcript(self._spool.document(recording_id, TRANSCRIPT_DOCUMENT), f"recording {recording_id}")

    def refresh(self) -> None:
        """Look at everything again, soon; from any thread."""
        if not self._refreshing.is_set():
            self._refreshing.set()
            self._chores.add(self._look)

    def after_chores(self, call: Callable[[], None]) -> None:
        """Call once everything that is put off now is done."""
        self._chores.add(call)

    # ---- chores

    def _take_up(self) -> None:
        for summary in self._spool.recordings():
            if summary.id == self._current():
                continue
            ended = summary.changed_at + timedelta(seconds=summary.duration)
            if summary.interrupted and self._now() - ended < _JUST_NOW:
                self._notices.put(NoticeKind.INTERRUPTED)
            if summary.interrupted or summary.state is RecordingState.STOPPED:
                self._chores.add(partial(self._finish, summary.id))
            elif summary.state is RecordingState.TRANSCRIBED:
                self._chores.add(partial(self._submit, summary.id))

    def _finish(self, recording_id: str) -> None:
        try:
            self._finished(recording_id)
        except (SpoolError, CryptoError) as error:
            _log.error("%s: not finished: %s", recording_id, error)
            self.transcripts.failed[recording_id] = str(error)
        self.refresh()

    def _finished(self, recording_id: str) -> None:
        summary = self._spool.summary(recording_id)
        if summary.interrupted:
            recover(self._spool, recording_id)
            self._unreadable[recording_id] = len(self._spool.reader(recording_id).problems)
        if self.has_transcript(recording_id):
            self._submit(recording_id)
        else:
            self.transcripts.add(recording_id)

    def _submit(self, recording_id: str) -> None:
        if self._way is not None and self._spool.summary(recording_id).encounter_id is not None:
            self._way.submit(recording_id)

    def _require_over(self, recording_id: str) -> None:
        if recording_id == self._current():
            raise RecordingBusyError
        self._spool.summary(recording_id)

    def _look(self) -> None:
        self._refreshing.clear()
        status = self._way.status() if self._way else None
        without = self._current()
        self.rows = tuple(
            self._row(summary, status)
            for summary in reversed(self._spool.recordings())
            if summary.id != without and self._is_shown(summary)
        )
        self._tell_of_service(status)
        self._changed()

    def _tell_of_service(self, status: UplinkStatus | None) -> None:
        if status is None:
            return
        if status.problem is not None:
            self._notices.put(NoticeKind.SERVICE_PROBLEM, detail=status.problem)
        else:
            self._notices.drop(NoticeKind.SERVICE_PROBLEM)
        if status.parked:
            self._notices.put(NoticeKind.UPLOAD_PROBLEM, amount=len(status.parked))
        else:
            self._notices.drop(NoticeKind.UPLOAD_PROBLEM)
        if status.notices:
            self._notices.put(NoticeKind.ERASED_BY_ORDER, detail=status.notices[-1])

    def _is_shown(self, summary: RecordingSummary) -> bool:
        if summary.state is RecordingState.DISCARDED:
            return False
        settled = summary.state in _SETTLED or (self._way is None and summary.state is RecordingState.TRANSCRIBED)
        return not settled or self._now() - summary.changed_at < _SHOWN_FOR

    def _row(self, summary: RecordingSummary, status: UplinkStatus | None) -> RecordingRow:
        upload, advice = _upload(summary, status)
        return RecordingRow(
            id=summary.id,
            started_at=summary.started_at,
            seconds=summary.duration,
            state=summary.state.value,
            encounter_id=summary.encounter_id,
            consent_by=self._consent(summary.id),
            unfinished=summary.interrupted,
            has_transcript=self.has_transcript(summary.id),
            upload=upload,
            progress=self.transcripts.progress(summary.id),
            unreadable=self.unreadable(summary.id),
            failed=summary.id in self.transcripts.failed,
            advice=advice,
        )

    def _consent(self, recording_id: str) -> ConsentBy | None:
        if recording_id not in self._consents:
            try:
                self._consents[recording_id] = self._spool.header(recording_id).consent.decided_by
            except SpoolError:  # the header cannot be opened: the doctor and `scribe edge recover` name it
                self._consents[recording_id] = None
        return self._consents[recording_id]


def _upload(summary: RecordingSummary, status: UplinkStatus | None) -> tuple[Upload, str | None]:
    """Where a recording is on its way, and what the uplink asks for."""
    if summary.state in _SETTLED:
        return "done", None
    if status is None:
        return "local", None
    for parked in status.parked:
        if parked.recording_id == summary.id:
            return "problem", parked.reason
    if status.sending is not None and status.sending.recording_id == summary.id:
        return "sending", None
    return "waiting", None
