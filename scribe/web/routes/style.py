"""A physician's rules of style, and how much of the drafts is kept."""

from collections.abc import Callable
from datetime import timedelta
from typing import Annotated

from fastapi import APIRouter, Depends, Form
from starlette.responses import RedirectResponse, Response

from scribe.domain.style import DefaultTemplate, SectionOrder
from scribe.drafting.template import template_names
from scribe.store import Work
from scribe.store.errors import NotFoundError
from scribe.style import StyleRuleError, checked_wording
from scribe.web.access import FormViewer, ServiceOf, Signed, Viewer, permitted
from scribe.web.labels import SETTINGS
from scribe.web.pages import page
from scribe.web.quality_view import FATES, PLOT_HEIGHT, PLOT_WIDTH, SPANS, quality
from scribe.web.service import Service
from scribe.web.style_view import PROBLEMS, choice_rule, moved, order_rule, section_codes, style_page

router = APIRouter()
_REVIEWER = [Depends(permitted("review"))]

Words = Annotated[str, Form(max_length=200)]


@router.get("/style", dependencies=_REVIEWER)
def show_style(service: ServiceOf, viewer: Signed) -> Response:
    return _page(service, viewer)


@router.post("/style/wordings", dependencies=_REVIEWER)
def add_wording(service: ServiceOf, viewer: FormViewer, before: Words = "", after: Words = "") -> Response:
    try:
        wording = checked_wording(before, after)
    except StyleRuleError as error:
        return _page(service, viewer, problem=PROBLEMS[type(error)], typed=(before, after))
    return _done(service, viewer, lambda work: work.style_rules.add(wording, origin="written"))


@router.post("/style/wordings/{rule_id}", dependencies=_REVIEWER)
def change_wording(
    rule_id: str, service: ServiceOf, viewer: FormViewer, before: Words = "", after: Words = ""
) -> Response:
    try:
        wording = checked_wording(before, after)
    except StyleRuleError as error:
        return _page(service, viewer, problem=PROBLEMS[type(error)])
    return _done(service, viewer, lambda work: work.style_rules.change(rule_id, wording))


@router.post("/style/rules/{rule_id}/{act}", dependencies=_REVIEWER)
def set_rule(rule_id: str, act: str, service: ServiceOf, viewer: FormViewer) -> Response:
    match act:
        case "pause":
            return _done(service, viewer, lambda work: work.style_rules.set_state(rule_id, "paused"))
        case "resume":
            return _done(service, viewer, lambda work: work.style_rules.set_state(rule_id, "active"))
        case "delete":
            return _done(service, viewer, lambda work: work.style_rules.set_state(rule_id, "dismissed"))
        case _:
            raise NotFoundError(subject="page")


@router.post("/style/orders/{template}", dependencies=_REVIEWER)
def move_section(
    template: str,
    service: ServiceOf,
    viewer: FormViewer,
    code: Annotated[str, Form(max_length=64)],
    step: Annotated[int, Form(ge=-1, le=1)],
) -> Response:
    folder = service.settings.templates_dir
    if template not in template_names(folder):
        raise NotFoundError(subject="template")

    def move(work: Work) -> None:
        rules = work.style_rules.list()
        codes = section_codes(template, rules, folder)
        if code not in codes:
            raise NotFoundError(subject="section")
        order, rule = SectionOrder(template=template, sections=moved(codes, code, step)), order_rule(template, rules)
        if rule is None:
            work.style_rules.add(order, origin="written")
        else:
            work.style_rules.change(rule.id, order)

    return _done(service, viewer, move, f"#order-{template}")


@router.post("/style/templates/{setting}", dependencies=_REVIEWER)
def choose_template(
    setting: str, service: ServiceOf, viewer: FormViewer, template: Annotated[str, Form(max_length=64)] = ""
) -> Response:
    if setting not in SETTINGS or template not in {"", *template_names(service.settings.templates_dir)}:
        raise NotFoundError(subject="template")

    def choose(work: Work) -> None:
        rule = choice_rule(setting, work.style_rules.list())
        if not template:
            if rule is not None:
                work.style_rules.set_state(rule.id, "dismissed")
        elif rule is None:
            work.style_rules.add(DefaultTemplate(setting=setting, template=template), origin="written")
        else:
            work.style_rules.change(rule.id, DefaultTemplate(setting=setting, template=template))

    return _done(service, viewer, choose, "#templates")


@router.get("/quality", dependencies=[Depends(permitted("see_quality"))])
def show_quality(service: ServiceOf, viewer: Signed, days: int = 90) -> Response:
    """Shares of what was kept: a physician's own, or for the hospital's IT everybody's."""
    days = days if days in SPANS else 90
    with service.store.begin(viewer.actor) as work:
        rows = work.edit_shares.since(service.store.clock() - timedelta(days=days))
        everybody = viewer.account.role == "admin"
        names = {account.id: account.practitioner.name for account in work.accounts.list()} if everybody else {}
    context = {
        "viewer": viewer,
        "quality": quality(rows, names),
        "days": days,
        "spans": SPANS,
        "fates": FATES,
        "plot": (PLOT_WIDTH, PLOT_HEIGHT),
        "everybody": everybody,
    }
    return page("quality.html", context)


def _done(service: Service, viewer: Viewer, act: Callable[[Work], object], place: str = "") -> Response:
    with service.store.begin(viewer.actor) as work:
        act(work)
    return RedirectResponse(f"/style{place}", status_code=303)


def _page(service: Service, viewer: Viewer, *, problem: str = "", typed: tuple[str, str] = ("", "")) -> Response:
    with service.store.begin(viewer.actor) as work:
        shown = style_page(work.style_rules.list(), service.settings.templates_dir)
    context = {"viewer": viewer, "style": shown, "problem": problem, "typed": typed}
    return page("style.html", context, 422 if problem else 200)
