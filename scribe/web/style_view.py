"""The page of a physician's rules of style: what was learnt, what they wrote themselves, and what can be chosen."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from scribe.domain.style import DefaultTemplate, SectionOrder, StyleRule, Wording
from scribe.drafting.template import load_template, template_names
from scribe.style.rules import EmptyRuleError, FactInRuleError, NumberInRuleError, SameWordsError, StyleRuleError
from scribe.web.labels import SECTIONS, SETTINGS, template_name

PROBLEMS: dict[type[StyleRuleError], str] = {
    EmptyRuleError: "바꿀 표현과 쓸 표현을 모두 적으세요. 각각 40자까지입니다.",
    SameWordsError: "두 표현이 같습니다.",
    NumberInRuleError: "숫자가 든 표현은 규칙으로 만들 수 없습니다. 환자마다 다른 사실이기 때문입니다.",
    FactInRuleError: "뜻이 달라지는 규칙은 만들 수 없습니다. 유무·좌우·확실성·횟수·처방을 나타내는 말은 그대로 두세요.",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class WordingView:
    """A row of the table; ``source`` tells where the rule comes from."""

    id: str
    before: str
    after: str
    active: bool
    source: str
    applied: int


@dataclass(frozen=True, slots=True, kw_only=True)
class SectionView:
    code: str
    title: str


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderView:
    """The order of a template's sections; ``rule`` is the id of the rule behind it, None where it is the template's."""

    template: str
    name: str
    sections: tuple[SectionView, ...]
    rule: str | None
    source: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ChoiceView:
    """The template of a setting; ``chosen`` is empty where the hospital's stands."""

    setting: str
    name: str
    chosen: str
    source: str


@dataclass(frozen=True, slots=True, kw_only=True)
class StylePage:
    wordings: tuple[WordingView, ...]
    orders: tuple[OrderView, ...]
    choices: tuple[ChoiceView, ...]
    templates: tuple[tuple[str, str], ...]


def style_page(rules: Iterable[StyleRule], templates_dir: Path | None) -> StylePage:
    """What the page shows; dismissed rules are not on it."""
    known = [rule for rule in rules if rule.state != "dismissed"]
    names = sorted(template_names(templates_dir), key=lambda name: (name != "soap", name))
    return StylePage(
        wordings=tuple(_wording(rule, rule.habit) for rule in known if isinstance(rule.habit, Wording)),
        orders=tuple(_order(name, known, templates_dir) for name in names),
        choices=tuple(_choice(setting, known) for setting in SETTINGS),
        templates=tuple((name, template_name(name)) for name in names),
    )


def moved(codes: Sequence[str], code: str, step: int) -> tuple[str, ...]:
    """``codes`` with ``code`` moved by ``step`` places, as far as there are any."""
    rest = [other for other in codes if other != code]
    place = max(0, min(len(rest), list(codes).index(code) + step))
    return (*rest[:place], code, *rest[place:])


def section_codes(template: str, rules: Iterable[StyleRule], templates_dir: Path | None) -> tuple[str, ...]:
    """The codes of a template's sections in the physician's order."""
    return tuple(view.code for view in _order(template, list(rules), templates_dir).sections)


def order_rule(template: str, rules: Iterable[StyleRule]) -> StyleRule | None:
    for rule in rules:
        if rule.state != "dismissed" and isinstance(rule.habit, SectionOrder) and rule.habit.template == template:
            return rule
    return None


def choice_rule(setting: str, rules: Iterable[StyleRule]) -> StyleRule | None:
    for rule in rules:
        if rule.state != "dismissed" and isinstance(rule.habit, DefaultTemplate) and rule.habit.setting == setting:
            return rule
    return None


def _wording(rule: StyleRule, habit: Wording) -> WordingView:
    return WordingView(
        id=rule.id,
        before=habit.before,
        after=habit.after,
        active=rule.active,
        source=_source(rule),
        applied=rule.applied,
    )


def _source(rule: StyleRule | None) -> str:
    if rule is None:
        return ""
    return f"진료 {rule.seen}건에서 배움" if rule.origin == "learnt" else "직접 정함"


def _order(template: str, rules: Sequence[StyleRule], templates_dir: Path | None) -> OrderView:
    sections = load_template(template, templates_dir).sections
    rule = order_rule(template, rules)
    if rule is not None and isinstance(rule.habit, SectionOrder):
        place = {code: number for number, code in enumerate(rule.habit.sections)}
        sections = tuple(sorted(sections, key=lambda section: place.get(section.code, len(place))))
    return OrderView(
        template=template,
        name=template_name(template),
        sections=tuple(SectionView(code=s.code, title=_title(s.code, s.title)) for s in sections),
        rule=rule.id if rule else None,
        source=_source(rule),
    )


def _title(code: str, title: str) -> str:
    return f"{title} · {SECTIONS[code]}" if len(title) == 1 and code in SECTIONS else title


def _choice(setting: str, rules: Sequence[StyleRule]) -> ChoiceView:
    rule = choice_rule(setting, rules)
    chosen = rule.habit.template if rule and isinstance(rule.habit, DefaultTemplate) else ""
    return ChoiceView(setting=setting, name=SETTINGS[setting], chosen=chosen, source=_source(rule))
