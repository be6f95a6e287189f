"""The signing page: exactly what will be signed, stored and sent, and what it still asks."""

from collections.abc import Collection
from dataclasses import dataclass

from hl7_bridge.site import Site
from scribe.domain.consent import Consent, ConsentPurpose, ConsentState
from scribe.domain.note import Drafter, NoteContent
from scribe.domain.statement import Statement
from scribe.signing import content_of
from scribe.store import Work
from scribe.web.access import Viewer
from scribe.web.labels import SECTIONS, moment, patient_bar, support_label
from scribe.web.review.amendment_view import amendment_view
from scribe.web.review.comparison import Comparison, compare
from scribe.web.review.entry_view import entry_groups
from scribe.web.signing.carriage_view import carriages
from scribe.web.signing.signatures import Signable, statements_of

_PURPOSES: dict[ConsentPurpose, str] = {"recording": "녹음·AI 기록 작성", "secondary_use": "연구·교육 목적 이용"}
_DECISIONS: dict[ConsentState, str] = {"given": "동의", "refused": "거부", "withdrawn": "철회"}


@dataclass(frozen=True, slots=True, kw_only=True)
class StatementToKeep:
    """A statement that nothing supports; ``ticked`` as the physician left it."""

    id: str
    text: str
    ticked: bool


@dataclass(frozen=True, slots=True)
class Shown:
    """What a page that asks again goes on with."""

    problem: str = ""
    ticked: Collection[str] = ()


def signing_context(
    work: Work, viewer: Viewer, found: Signable, site: Site, *, asks: bool, shown: Shown = Shown()
) -> dict[str, object]:
    """What the signing page is rendered from; ``asks`` where the policy wants the password."""
    amendment = amendment_view(found.amendment)
    changes = _changes(work, found)
    note = found.unsigned(work)
    return {
        "viewer": viewer,
        "section": "encounters",
        "encounter_id": found.desk.encounter.id,
        "bar": patient_bar(found.encounter),
        "badge": amendment.badge if amendment else "AI 초안 · 서명 전",
        "badge_kind": "attention",
        "amendment": amendment,
        "version": found.version,
        "draft_version": found.desk.draft.version,
        "content_sha256": found.shown_sha256,
        "open_questions": found.open_questions,
        "unchanged": found.unchanged,
        "blocked": found.open_questions > 0 or found.unchanged,
        "problem": shown.problem,
        "asks": asks,
        "to_keep": _to_keep(found.unacknowledged, shown.ticked),
        "partly": any(one.support == "partial" for one in found.unacknowledged),
        "kept": [one.text for one in statements_of(found.content) if one.acknowledged],
        "destinations": carriages(note, found.earlier, site),
        "consents": consent_lines(work.consents.list(found.desk.encounter.id)),
        "drafted_by": drafter_line(found.content.drafter),
        "changes": changes,
        **content_context(found.content),
    }


def content_context(content: NoteContent) -> dict[str, object]:
    """What ``_content.html`` shows of a content: all of it."""
    return {
        "content": content,
        "groups": entry_groups(content.entries, None),
        "support_label": support_label,
        "section_names": SECTIONS,
    }


def consent_lines(consents: Collection[Consent]) -> tuple[str, ...]:
    """The decision that holds for each purpose that was asked about, in words."""
    latest = {consent.purpose: consent for consent in consents}
    return tuple(
        f"{_PURPOSES[purpose]}: {'보호자' if one.decided_by == 'guardian' else '환자'} {_DECISIONS[one.state]}"
        f" ({moment(one.decided_at)})"
        for purpose, one in latest.items()
    )


def drafter_line(drafter: Drafter | None) -> str:
    """What wrote the draft, with its version; empty where nothing did."""
    if drafter is None:
        return ""
    model = f", 언어 모델 {drafter.language_model}" if drafter.language_model else ""
    recognizer = f", 음성 인식 {drafter.recognizer}" if drafter.recognizer else ""
    return f"{drafter.name} {drafter.version}{model}{recognizer}"


def _to_keep(statements: Collection[Statement], ticked: Collection[str]) -> tuple[StatementToKeep, ...]:
    return tuple(StatementToKeep(id=one.id, text=one.text, ticked=one.id in ticked) for one in statements)


def _changes(work: Work, found: Signable) -> Comparison | None:
    """Against the version that is amended, else against what the machine drafted."""
    if found.amends is not None:
        return compare(found.amends.content, found.content)
    drafted = work.drafts.as_drafted(found.desk.encounter.id)
    return None if drafted is None else compare(content_of(drafted.draft), found.content)
