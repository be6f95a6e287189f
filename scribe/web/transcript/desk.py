"""Correcting the transcript beside a draft: what rests on the changed words goes stale, and is rewritten on request."""

from dataclasses import dataclass, replace

from scribe.domain.note import Draft
from scribe.domain.rewriting import StaleChoice
from scribe.domain.transcript import Transcript
from scribe.drafting.redraft import (
    drop_offer,
    keep_stale,
    mark_stale,
    offer_of,
    take_offer,
)
from scribe.store import Work
from scribe.store.errors import StaleVersionError
from scribe.store.records import DraftRecord, TranscriptRecord
from scribe.store.transcript_versions import TranscriptVersions
from scribe.web.errors import AlreadySignedError
from scribe.web.review.desk import Desk, beside, open_desk
from scribe.web.review.edits import MissingPieceError
from scribe.web.review.reading_view import measured
from scribe.web.transcript.edits import GoBack, TranscriptEdit, apply

_LOOKED_BACK = 3


@dataclass(frozen=True, slots=True)
class Paired:
    """A draft and what the drafter wrote of it, before any edit."""

    draft: Draft
    baseline: Draft


def save_transcript_edit(work: Work, encounter_id: str, version: int, edit: TranscriptEdit) -> Desk:
    """The consultation after the edit: the transcript's next version, and the draft with what went stale marked.

    ``version`` is the transcript's that the edit was made on: raises ``StaleVersionError`` where there is a later one.
    An edit that changes nothing is not kept.  What a signed version rests on does not change any more:
    :class:`AlreadySignedError`.
    """
    desk = open_desk(work, encounter_id)
    if desk.amendment is not None:
        raise AlreadySignedError
    _require_latest(work, desk, version)
    now = desk.transcript.transcript
    if isinstance(edit, GoBack):
        target = TranscriptVersions(work.scope).get(encounter_id, edit.to)
        after, restored = target.transcript, _as_it_was(work, desk, target)
    else:
        after = apply(now, edit)
        restored = _undone(work, desk, after)
    if after == now:
        return desk
    kept = work.transcripts.add(
        encounter_id, after, expected_version=desk.transcript.version, recording_id=desk.transcript.recording_id
    )
    pair = restored or Paired(
        draft=mark_stale(desk.draft.draft, now, after), baseline=mark_stale(baseline_of(work, desk).draft, now, after)
    )
    return keep_pair(work, replace(desk, transcript=kept), pair)


def keep(work: Work, encounter_id: str, choice: StaleChoice) -> Desk:
    """The consultation with stale things kept as they stand, on the physician's word."""
    desk = open_desk(work, encounter_id)
    kept = keep_stale(desk.draft.draft, desk.transcript.transcript, choice)
    return _saved(work, desk, kept)


def decide_offer(work: Work, encounter_id: str, offer_id: str, *, take: bool) -> Desk:
    """The consultation with an offer taken up, or turned down."""
    desk = open_desk(work, encounter_id)
    try:
        offer = offer_of(desk.draft.draft, offer_id)
    except KeyError:
        raise MissingPieceError(piece="offer", id=offer_id) from None
    if not take:
        return _saved(work, desk, drop_offer(desk.draft.draft, offer_id))
    baseline = baseline_of(work, desk).draft
    theirs = take_offer(replace(baseline, offers=(offer,)), offer_id)
    pair = Paired(take_offer(desk.draft.draft, offer_id), replace(theirs, offers=baseline.offers))
    return keep_pair(work, desk, pair)


def _require_latest(work: Work, desk: Desk, version: int) -> None:
    """The transcript is the one the edit was made on, and nothing newer waits to be drafted."""
    latest = work.transcripts.latest(desk.encounter.id) or desk.transcript
    if not desk.transcript.version == version == latest.version:
        raise StaleVersionError(subject="transcript", expected=version, found=latest.version)


def baseline_of(work: Work, desk: Desk) -> DraftRecord:
    """What the drafter wrote, beside the same version of the transcript as the draft."""
    drafted = work.drafts.as_drafted(desk.encounter.id) or desk.draft
    return replace(drafted, draft=beside(work, drafted, desk.transcript))


def _undone(work: Work, desk: Desk, after: Transcript) -> Paired | None:
    """The draft that stood beside one of the last versions, where an edit makes the transcript read as it did there."""
    if after == desk.transcript.transcript:
        return None
    versions = TranscriptVersions(work.scope)
    for number in range(desk.transcript.version - 1, max(desk.transcript.version - 1 - _LOOKED_BACK, 0), -1):
        earlier = versions.get(desk.encounter.id, number)
        if earlier.transcript == after:
            return _as_it_was(work, desk, earlier)
    return None


def _as_it_was(work: Work, desk: Desk, target: TranscriptRecord) -> Paired | None:
    """The draft that stood beside an earlier version, where nothing has been done since but correct the transcript."""
    found = TranscriptVersions(work.scope).drafts_beside(target)
    if found is None:
        return None
    then, drafted = found
    since = mark_stale(then.draft, target.transcript, desk.transcript.transcript)
    return Paired(then.draft, drafted.draft) if measured(since) == measured(desk.draft.draft) else None


def keep_pair(work: Work, desk: Desk, pair: Paired) -> Desk:
    """Both kept beside the desk's transcript: what the drafter wrote, and where it differs what stands now."""
    draft, baseline = measured(pair.draft), measured(pair.baseline)
    first = replace(_add(work, desk, baseline, by_hand=False), drafted=baseline)
    return first if draft == baseline else _add(work, first, draft, by_hand=True)


def _saved(work: Work, desk: Desk, draft: Draft) -> Desk:
    return desk if draft == desk.draft.draft else _add(work, desk, draft, by_hand=True)


def _add(work: Work, desk: Desk, draft: Draft, *, by_hand: bool) -> Desk:
    saved = work.drafts.add(
        desk.encounter.id,
        draft,
        expected_version=desk.draft.version,
        drafted_by="clinician" if by_hand else "drafter",
        transcript_id=desk.transcript.id,
    )
    return replace(desk, draft=saved)
