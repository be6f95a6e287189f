"""Finishing what was interrupted: a crash, a power cut, or a full disk."""

from dataclasses import dataclass

from edge_agent.errors import SpoolError
from edge_agent.recordings import Manifest, Problem, RecordingSummary
from edge_agent.spool import Spool


@dataclass(frozen=True, slots=True, kw_only=True)
class Recovered:
    """A recording that was finished; ``problems`` are what is in quarantine."""

    summary: RecordingSummary
    manifest: Manifest
    problems: tuple[Problem, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class NotRecovered:
    """A recording that stays interrupted, and why."""

    summary: RecordingSummary
    error: SpoolError


def unfinished(spool: Spool) -> tuple[RecordingSummary, ...]:
    """Every recording that was interrupted, whatever its age, the oldest first."""
    return tuple(summary for summary in spool.recordings() if summary.interrupted)


def recover(spool: Spool, recording_id: str) -> Recovered:
    """Finish an interrupted recording with all that is on the disk; of one that is stopped already, say what it is.

    Raises :class:`~edge_agent.errors.RecordingSealedError` where the site's key is not the one it was made with, and
    :class:`~edge_agent.errors.RecordingStateError` where it is being recorded or its audio is gone.
    """
    manifest = spool.finish_interrupted(recording_id)
    reader = spool.reader(recording_id)
    return Recovered(summary=spool.summary(recording_id), manifest=manifest, problems=reader.problems)


def recover_all(spool: Spool) -> tuple[Recovered | NotRecovered, ...]:
    """Finish everything that was interrupted; one that cannot be finished holds none of the others up."""
    outcomes: list[Recovered | NotRecovered] = []
    for summary in unfinished(spool):
        try:
            outcomes.append(recover(spool, summary.id))
        except SpoolError as error:
            outcomes.append(NotRecovered(summary=summary, error=error))
    return tuple(outcomes)
