"""Correcting the transcript beside a draft: what rests on the changed words goes stale, and is rewritten on request."""

from dataclasses import dataclass, replace
from pathlib import Path

from scribe.domain.carry_over import carry_over
from scribe.domain.note import Draft
from scribe.domain.transcript import Transcript
from scribe.drafting.redraft import (
    Choice,
    Redrafted,
    drop_offer,
    keep_stale,
    mark_stale,
    offer_of,
    redraft,
    take_offer,
)
from scribe.stages import DraftNote
from scribe.store import Store, Work
from scribe.store.errors import StaleVersionError
from scribe.store.records import Actor, DraftRecord, TranscriptRecord
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
        draft=mark_stale(desk.draft.draft, now, after), baseline=mark_stale(_baseline(work, desk).draft, now, after)
    )
    return _kept(work, replace(desk, transcript=kept), pair)


def rewrite(
    store: Store, actor: Actor, encounter_id: str, choice: Choice, draft_note: DraftNote, templates: Path | None = None
) -> tuple[Desk, Redrafted]:
    """The consultation with what is stale in it, of what was chosen, written anew; nothing else changes.

    ``templates`` is the hospital's own folder of note templates.

    The drafter reads the transcript outside of any transaction; raises ``StaleVersionError`` where somebody changed
    draft or transcript meanwhile.
    """
    before, fresh = _read_anew(store, actor, encounter_id, draft_note)
    with store.begin(actor) as work:
        desk = _unchanged(work, before)
        result = redraft(
            desk.draft.draft,
            _baseline(work, desk).draft,
            fresh,
            desk.transcript.transcript,
            choice,
            work.scope.new_id,
            templates=templates,
        )
        return _kept(work, desk, Paired(result.draft, result.baseline)), result


def rewrite_whole(store: Store, actor: Actor, encounter_id: str, draft_note: DraftNote) -> Desk:
    """The consultation drafted anew from its transcript, with what the physician did carried over."""
    before, fresh = _read_anew(store, actor, encounter_id, draft_note)
    with store.begin(actor) as work:
        desk = _unchanged(work, before)
        carried = carry_over(_baseline(work, desk).draft, desk.draft.draft, fresh)
        return _kept(work, desk, Paired(carried, fresh))


def keep(work: Work, encounter_id: str, choice: Choice) -> Desk:
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
    baseline = _baseline(work, desk).draft
    theirs = take_offer(replace(baseline, offers=(offer,)), offer_id)
    pair = Paired(take_offer(desk.draft.draft, offer_id), replace(theirs, offers=baseline.offers))
    return _kept(work, desk, pair)


def _require_latest(work: Work, desk: Desk, version: int) -> None:
    """The transcript is the one the edit was made on, and nothing newer waits to be drafted."""
    latest = work.transcripts.latest(desk.encounter.id) or desk.transcript
    if not desk.transcript.version == version == latest.version:
        raise StaleVersionError(subject="transcript", expected=version, found=latest.version)


def _baseline(work: Work, desk: Desk) -> DraftRecord:
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


def _read_anew(store: Store, actor: Actor, encounter_id: str, draft_note: DraftNote) -> tuple[Desk, Draft]:
    with store.begin(actor) as work:
        desk = open_desk(work, encounter_id)
        if desk.amendment is not None:
            raise AlreadySignedError
    record = desk.encounter
    return desk, draft_note(desk.transcript.transcript, record.encounter, template=desk.draft.draft.note.template)


def _unchanged(work: Work, before: Desk) -> Desk:
    desk = open_desk(work, before.encounter.id)
    for subject, then, now in (
        ("draft", before.draft.version, desk.draft.version),
        ("transcript", before.transcript.version, desk.transcript.version),
    ):
        if then != now:
            raise StaleVersionError(subject=subject, expected=then, found=now)
    return desk


def _kept(work: Work, desk: Desk, pair: Paired) -> Desk:
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
