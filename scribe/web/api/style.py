"""A physician's rules of style, and how much of the drafts is kept."""

from datetime import datetime, timedelta
from typing import Annotated, Literal

from fastapi import APIRouter, Depends, Query
from pydantic import Field

from scribe.domain.encounter import Setting
from scribe.domain.style import DefaultTemplate, Habit, RuleOrigin, RuleState, SectionOrder, Share, StyleRule
from scribe.drafting.template import template_names
from scribe.style import checked_wording
from scribe.web.access import ScriptViewer, ServiceOf, Signed, permitted
from scribe.web.api.answers import Answer, RecordId, Wish, problems
from scribe.web.errors import SectionsDifferError, UnknownTemplateError
from scribe.web.service import Service
from scribe.web.style_view import choice_rule, order_rule, section_codes

router = APIRouter(tags=["style"])
_REVIEWER = [Depends(permitted("review"))]

Words = Annotated[str, Field(min_length=1, max_length=200)]
TemplateName = Annotated[str, Field(min_length=1, max_length=64)]


class WordingAnswer(Answer):
    """Whole words ``before`` are written as ``after``."""

    kind: Literal["wording"] = "wording"
    before: str
    after: str


class OrderAnswer(Answer):
    """The sections of a template's notes stand in this order."""

    kind: Literal["order"] = "order"
    template: str
    sections: list[str]


class DefaultAnswer(Answer):
    """Consultations of a setting are drafted by this template."""

    kind: Literal["template"] = "template"
    setting: str
    template: str


class RuleAnswer(Answer):
    """A rule; ``seen`` counts the consultations that it was learnt from, ``applied`` its uses."""

    id: str
    state: RuleState
    origin: RuleOrigin
    seen: int
    applied: int
    habit: Annotated[WordingAnswer | OrderAnswer | DefaultAnswer, Field(discriminator="kind")]


class WordingWish(Wish):
    """Write ``after`` for ``before``; neither may hold a fact or a number."""

    kind: Literal["wording"]
    before: Words
    after: Words


class OrderWish(Wish):
    """All sections of the template by their codes, in the order that they are to have."""

    kind: Literal["order"]
    template: TemplateName
    sections: Annotated[tuple[Annotated[str, Field(max_length=64)], ...], Field(max_length=50)]


class DefaultWish(Wish):
    """Draft the consultations of the setting by the template."""

    kind: Literal["template"]
    setting: Setting
    template: TemplateName


class RuleWish(Wish):
    """A habit to follow from now on."""

    habit: Annotated[WordingWish | OrderWish | DefaultWish, Field(discriminator="kind")]


class StateWish(Wish):
    """``dismissed`` is kept, so that it is not learnt again."""

    state: RuleState


class ShareAnswer(Answer):
    kept: int
    edited: int
    deleted: int
    added: int


class QualityLine(Answer):
    """What became of the drafter's pieces in one signed version; ``physician`` is an account's id."""

    physician: str
    template: str
    setting: str
    language: str
    signed_at: datetime
    review_seconds: int
    note: ShareAnswer
    summary: ShareAnswer
    entries: ShareAnswer


@router.get("/style", summary="One's rules of style", dependencies=_REVIEWER, responses=problems())
def rules(service: ServiceOf, viewer: Signed) -> list[RuleAnswer]:
    """Those that hold, pause or were dismissed, oldest first."""
    with service.store.begin(viewer.actor) as work:
        return [_rule(rule) for rule in work.style_rules.list()]


@router.post("/style", summary="Add a rule", status_code=201, dependencies=_REVIEWER, responses=problems(404))
def add_rule(wish: RuleWish, service: ServiceOf, viewer: ScriptViewer) -> RuleAnswer:
    """A template's order and a setting's template take the place of the rule that was there."""
    with service.store.begin(viewer.actor) as work:
        known = work.style_rules.list()
        habit = _habit(wish.habit, service, known)
        standing = _standing(habit, known)
        if standing is not None:
            return _rule(work.style_rules.change(standing.id, habit))
        return _rule(work.style_rules.add(habit, origin="written"))


@router.put("/style/{rule_id}", summary="Change a rule", dependencies=_REVIEWER, responses=problems(404))
def change_rule(rule_id: RecordId, wish: RuleWish, service: ServiceOf, viewer: ScriptViewer) -> RuleAnswer:
    """It is the physician's own from now on."""
    with service.store.begin(viewer.actor) as work:
        habit = _habit(wish.habit, service, work.style_rules.list())
        return _rule(work.style_rules.change(rule_id, habit))


@router.post("/style/{rule_id}/state", summary="Pause or dismiss a rule", dependencies=_REVIEWER,
             responses=problems(404))  # fmt: skip
def set_state(rule_id: RecordId, wish: StateWish, service: ServiceOf, viewer: ScriptViewer) -> RuleAnswer:
    """Or take it up again."""
    with service.store.begin(viewer.actor) as work:
        return _rule(work.style_rules.set_state(rule_id, wish.state))


@router.get(
    "/quality",
    summary="How much of the drafts was kept",
    dependencies=[Depends(permitted("see_quality"))],
    responses=problems(),
)
def quality(service: ServiceOf, viewer: Signed, days: Annotated[int, Query(ge=1, le=365)] = 90) -> list[QualityLine]:
    """By signed version: a physician's own, for IT everybody's; no text and no patient."""
    with service.store.begin(viewer.actor) as work:
        found = work.edit_shares.since(service.store.clock() - timedelta(days=days))
    return [
        QualityLine(
            physician=one.account_id,
            template=one.template,
            setting=one.setting,
            language=one.language,
            signed_at=one.signed_at,
            review_seconds=one.review_seconds,
            note=_share(one.shares.note),
            summary=_share(one.shares.summary),
            entries=_share(one.shares.entries),
        )
        for one in found
    ]


def _habit(wish: WordingWish | OrderWish | DefaultWish, service: Service, known: tuple[StyleRule, ...]) -> Habit:
    if isinstance(wish, WordingWish):
        return checked_wording(wish.before, wish.after)
    folder = service.settings.templates_dir
    if wish.template not in template_names(folder):
        raise UnknownTemplateError
    if isinstance(wish, DefaultWish):
        return DefaultTemplate(setting=wish.setting, template=wish.template)
    if sorted(wish.sections) != sorted(section_codes(wish.template, known, folder)):
        raise SectionsDifferError
    return SectionOrder(template=wish.template, sections=wish.sections)


def _standing(habit: Habit, known: tuple[StyleRule, ...]) -> StyleRule | None:
    """The rule that a template or a setting has already."""
    if isinstance(habit, SectionOrder):
        return order_rule(habit.template, known)
    return choice_rule(habit.setting, known) if isinstance(habit, DefaultTemplate) else None


def _rule(rule: StyleRule) -> RuleAnswer:
    return RuleAnswer(
        id=rule.id,
        state=rule.state,
        origin=rule.origin,
        seen=rule.seen,
        applied=rule.applied,
        habit=_told(rule.habit),
    )


def _told(habit: Habit) -> WordingAnswer | OrderAnswer | DefaultAnswer:
    if isinstance(habit, SectionOrder):
        return OrderAnswer(template=habit.template, sections=list(habit.sections))
    if isinstance(habit, DefaultTemplate):
        return DefaultAnswer(setting=habit.setting, template=habit.template)
    return WordingAnswer(before=habit.before, after=habit.after)


def _share(share: Share) -> ShareAnswer:
    return ShareAnswer(kept=share.kept, edited=share.edited, deleted=share.deleted, added=share.added)
