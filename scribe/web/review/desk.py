"""A consultation on the physician's desk: its draft with the transcript it was made from."""

from dataclasses import dataclass, replace
from pathlib import Path

from scribe.domain.note import Draft
from scribe.domain.settling import UNSUPPORTED_ONLY, Settling
from scribe.domain.transcript import Transcript
from scribe.drafting.redraft import mark_stale, settle_changed
from scribe.signing import content_of
from scribe.store import Work
from scribe.store.errors import StaleVersionError
from scribe.store.records import DraftRecord, EncounterRecord, TranscriptRecord
from scribe.store.revisions import AmendmentRecord
from scribe.store.rewritings import under_way
from scribe.web.errors import AlreadySignedError, NothingToReviewError
from scribe.web.labels import SECTIONS, SUPPORTS, patient_bar
from scribe.web.pages import fragment
from scribe.web.review.amendment_view import amendment_view
from scribe.web.review.draft_view import OpenItems, open_items, section_views
from scribe.web.review.edits import AddSection, Edit, Revert, apply
from scribe.web.review.edits.errors import TouchedElsewhereError
from scribe.web.review.edits.rebasing import rebased
from scribe.web.review.entry_forms import day_of, entry_forms, with_choice
from scribe.web.review.entry_view import entry_groups
from scribe.web.review.flag_view import flag_cards
from scribe.web.review.known_sections import known_sections, missing_sections
from scribe.web.review.reading_view import measured, reading_view
from scribe.web.review.stale_view import stale_bar

# Sections that drafters use for what they could not place; the physician is asked to look at them.
UNCLASSIFIED = frozenset({"unclassified", "uncategorized", "other"})

REGIONS = {
    "flags": "_flags.html",
    "note": "_sections.html",
    "more-sections": "_missing_sections.html",
    "reading": "_reading.html",
    "summary": "_sections.html",
    "medicines": "_medicines.html",
    "entries": "_entries.html",
    "stale-bar": "_stale_bar.html",
    "open-bar": "_open_bar.html",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Desk:
    """The latest draft of a consultation that is not signed yet, or of the ``amendment`` of one that is.

    ``drafted`` is the draft before any edit, None where there was none; ``rewriting`` the id of what is being written
    anew.
    """

    encounter: EncounterRecord
    draft: DraftRecord
    transcript: TranscriptRecord
    amendment: AmendmentRecord | None = None
    drafted: Draft | None = None
    rewriting: str | None = None
    settling: Settling = UNSUPPORTED_ONLY

    @property
    def open(self) -> OpenItems:
        """What has to be settled before the draft may be signed, by the hospital's rule."""
        return open_items(self.draft.draft, self.settling)


class EditConflictError(StaleVersionError):
    """Somebody else changed the same piece of the draft since version {expected}; look at version {found} first.

    ``desk`` is the consultation as it stands, ``theirs`` what the statement in question says there, if it does.
    """


def open_desk(work: Work, encounter_id: str) -> Desk:
    """The consultation with its latest draft.

    Raises :class:`AlreadySignedError` where it is signed and not being amended, and :class:`NothingToReviewError`
    where there is no draft yet.  An amendment can be written without the transcript, where consent was withdrawn.
    """
    encounter = work.encounters.get(encounter_id)
    if encounter.note_version is not None and not encounter.amending:
        raise AlreadySignedError
    draft = work.drafts.latest(encounter_id) if encounter.draft_version else None
    if draft is None:
        raise NothingToReviewError
    amendment = work.amendments.current(encounter_id) if encounter.amending else None
    lost = amendment is not None and encounter.capture_destroyed
    transcript = _no_transcript(encounter, draft) if lost else _transcript(work, draft)
    drafted = work.drafts.as_drafted(encounter_id) if draft.drafted_by == "clinician" else draft
    return Desk(
        encounter=encounter,
        draft=draft,
        transcript=transcript,
        amendment=amendment,
        drafted=drafted.draft if drafted is not None else None,
        rewriting=under_way(work.scope, encounter_id),
        settling=work.scope.settling,
    )


def save_edit(work: Work, encounter_id: str, version: int, edit: Edit | Revert, templates: Path | None = None) -> Desk:
    """The consultation after the edit, kept as the draft's next version.

    An edit made on an earlier ``version`` is kept as well where nobody touched in the meantime what it touches;
    else it raises :class:`EditConflictError`, which holds the consultation as it stands.  An ``EditError`` says that
    the edit does not fit.  Nothing is kept then.  ``templates`` is the hospital's own folder of note templates.
    """
    desk = open_desk(work, encounter_id)
    edited = measured(_edited(work, desk, version, edit, templates))
    if not isinstance(edit, Revert):
        edited = settle_changed(desk.draft.draft, edited, desk.transcript.transcript)
    if edited == desk.draft.draft:
        return desk
    saved = work.drafts.add(
        encounter_id,
        edited,
        expected_version=desk.draft.version,
        drafted_by="clinician",
        transcript_id=desk.draft.transcript_id,
    )
    return replace(desk, draft=saved)


def _edited(work: Work, desk: Desk, version: int, edit: Edit | Revert, templates: Path | None) -> Draft:
    latest, stale = desk.draft, desk.draft.version != version
    if isinstance(edit, Revert):
        if stale:
            raise EditConflictError(desk=desk, theirs=None, expected=version, found=latest.version)
        return beside(work, work.drafts.get(desk.encounter.id, edit.to), desk.transcript)
    if stale:
        try:
            edit = rebased(edit, work.drafts.get(desk.encounter.id, version).draft, latest.draft)
        except TouchedElsewhereError as touched:
            raise EditConflictError(desk=desk, theirs=touched.theirs, expected=version, found=latest.version) from None
    drafted = desk.drafted or latest.draft
    known = known_sections(latest.draft, templates) if isinstance(edit, AddSection) else ()
    return apply(
        latest.draft,
        edit,
        work.scope.new_id,
        drafted,
        known,
        transcript=desk.transcript.transcript,
        templates=templates,
    )


def beside(work: Work, draft: DraftRecord, transcript: TranscriptRecord) -> Draft:
    """An earlier draft as it stands beside a later version of its transcript, with what went stale marked."""
    if draft.transcript_id is None or draft.transcript_id == transcript.id:
        return draft.draft
    return mark_stale(draft.draft, work.transcripts.get(draft.transcript_id).transcript, transcript.transcript)


def review_context(desk: Desk, templates: Path | None = None, *, can_dictate: bool = False) -> dict[str, object]:
    """What the review page and its pieces are rendered from."""
    amendment = amendment_view(desk.amendment)
    return {
        "encounter_id": desk.encounter.id,
        "version": desk.draft.version,
        "bar": patient_bar(desk.encounter.encounter),
        "badge": amendment.badge if amendment else "AI 초안 · 검토 필요",
        "badge_kind": "attention",
        "amendment": amendment,
        "unclassified": UNCLASSIFIED,
        "can_dictate": can_dictate,
        "rewriting": desk.rewriting,
        **_draft_context(desk, templates),
    }


def regions(desk: Desk, templates: Path | None = None) -> dict[str, str]:
    """The pieces of the review page that an edit may change, by their element ids."""
    context = {
        "encounter_id": desk.encounter.id,
        "transcript_version": desk.transcript.version,
        "unclassified": UNCLASSIFIED,
        "rewriting": desk.rewriting,
        **_draft_context(desk, templates),
    }
    sections = {"note": context["note_sections"], "summary": context["summary_sections"]}
    return {
        region: fragment(template, {**context, "sections": sections.get(region)})
        for region, template in REGIONS.items()
    }


def content_context(draft: Draft) -> dict[str, object]:
    """What the signing page is rendered from: all that will be signed."""
    content = content_of(draft)
    return {
        "content": content,
        "groups": entry_groups(content.entries, None),
        "supports": SUPPORTS,
        "section_names": SECTIONS,
    }


def _draft_context(desk: Desk, templates: Path | None) -> dict[str, object]:
    draft, transcript, drafted = desk.draft.draft, desk.transcript.transcript, desk.drafted
    return {
        "cards": flag_cards(draft, transcript, templates, drafted),
        "forms": entry_forms(draft, drafted, transcript),
        "visit_day": day_of(draft.encounter).isoformat(),
        "with_choice": with_choice,
        "note_sections": section_views(draft, transcript, "note", desk.settling),
        "summary_sections": section_views(draft, transcript, "summary", desk.settling),
        "missing_sections": missing_sections(draft, templates),
        "section_names": SECTIONS,
        "reading": reading_view(draft.patient_summary.readability),
        "notice": draft.patient_summary.notice,
        "medicines": draft.patient_summary.medicines,
        "stale": stale_bar(draft, transcript),
        "open_count": desk.open.count,
    }


def _no_transcript(encounter: EncounterRecord, draft: DraftRecord) -> TranscriptRecord:
    """What is left of the transcript where its key was destroyed."""
    return TranscriptRecord(
        id="",
        encounter_id=encounter.id,
        version=0,
        recording_id=None,
        created_at=draft.created_at,
        transcript=Transcript(language=encounter.language, utterances=()),
    )


def _transcript(work: Work, draft: DraftRecord) -> TranscriptRecord:
    if draft.transcript_id is not None:
        return work.transcripts.get(draft.transcript_id)
    latest = work.transcripts.latest(draft.encounter_id)
    if latest is None:
        raise NothingToReviewError
    return latest
