"""`scribe edge recover`: what is unfinished here, and finishing it."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from edge_agent.errors import SpoolError
from edge_agent.outfit import opened_spool, running_agent, site_key
from edge_agent.recordings import GONE, Problem, RecordingSummary
from edge_agent.running import TranscriptFailedError, await_transcript, export
from edge_agent.settings import EdgeSettings
from edge_agent.spool import Spool
from edge_agent.uplink_attempt import TRANSCRIPT_DOCUMENT


@dataclass(frozen=True, slots=True, kw_only=True)
class Unfinished:
    """A recording that was broken off or has no transcript, and what is in quarantine of it."""

    summary: RecordingSummary
    has_transcript: bool
    problems: tuple[Problem, ...]
    error: str | None = None

    @property
    def line(self) -> str:
        summary = self.summary
        state = "broken off" if summary.interrupted else summary.state.value
        parts = [summary.id, f"{summary.started_at:%Y-%m-%d %H:%M %Z}", f"{summary.duration:.0f} s", state]
        parts.append("transcript" if self.has_transcript else "no transcript")
        lost = sum(problem.seconds for problem in self.problems)
        if self.problems:
            parts.append(f"{len(self.problems)} pieces in quarantine, {lost:.1f} s unreadable")
        if self.error:
            parts.append(self.error)
        return "  ".join(parts)

    def document(self) -> dict[str, Any]:
        summary = self.summary
        return {
            "id": summary.id,
            "started_at": summary.started_at.isoformat(),
            "seconds": round(summary.duration, 3),
            "state": summary.state.value,
            "interrupted": summary.interrupted,
            "encounter_id": summary.encounter_id,
            "has_transcript": self.has_transcript,
            "problems": [
                {"chunk": it.chunk, "reason": it.reason.value, "start": it.start, "seconds": it.seconds}
                for it in self.problems
            ],
            "error": self.error,
        }


def unfinished(settings: EdgeSettings) -> tuple[Unfinished, ...]:
    """Everything that still needs finishing, the oldest first; nothing is changed."""
    with opened_spool(settings, site_key(settings)) as spool:
        rows = (_row(spool, summary) for summary in spool.recordings() if summary.state not in GONE)
        return tuple(row for row in rows if row.summary.interrupted or not row.has_transcript)


def finish(settings: EdgeSettings, wanted: Sequence[str] | None, output: Path | None) -> tuple[Unfinished, ...]:
    """Finish ``wanted``, or all there is, wait for the transcripts, and say how each stands now."""
    ids = list(wanted) if wanted else [row.summary.id for row in unfinished(settings)]
    errors: dict[str, str] = {}
    with running_agent(settings) as agent:
        for recording_id in ids:
            agent.shelf.recover(recording_id)
        for recording_id in ids:
            try:
                await_transcript(agent, recording_id)
            except TranscriptFailedError as error:
                errors[recording_id] = str(error.problem)
            else:
                if output is not None:
                    export(agent, recording_id, output)
    with opened_spool(settings, site_key(settings)) as spool:
        return tuple(_row(spool, spool.summary(recording_id), errors.get(recording_id)) for recording_id in ids)


def _row(spool: Spool, summary: RecordingSummary, error: str | None = None) -> Unfinished:
    try:
        has_transcript = TRANSCRIPT_DOCUMENT in spool.documents(summary.id)
        problems = spool.reader(summary.id).problems
    except SpoolError as problem:
        return Unfinished(summary=summary, has_transcript=False, problems=(), error=str(problem))
    return Unfinished(summary=summary, has_transcript=has_transcript, problems=problems, error=error)
