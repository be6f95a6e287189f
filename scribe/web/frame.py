"""What frames a page for one account: where they can go, how light it is, which chords it listens to."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from itertools import groupby
from typing import Literal, get_args

from scribe.store import Work
from scribe.store.permissions import Permission, Role, may
from scribe.web.keys import STANDARD, Binding, bindings

Theme = Literal["auto", "light", "dark"]
THEMES: tuple[tuple[Theme, str], ...] = (("auto", "자동"), ("light", "밝게"), ("dark", "어둡게"))

_DOCUMENT = "frame"


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """An entry of the main menu; a page in it says so by ``{% set section = "key" %}``."""

    key: str
    href: str
    label: str
    permission: Permission
    aside: bool = False
    """In the account's menu: seen now and then."""


PLACES: tuple[Place, ...] = (
    Place(key="encounters", href="/encounters", label="진료 목록", permission="see_worklist"),
    Place(key="summaries", href="/summaries", label="환자 안내문", permission="share_summaries"),
    Place(key="deliveries", href="/deliveries", label="전달 현황", permission="see_deliveries"),
    Place(key="accounts", href="/accounts", label="계정", permission="manage_accounts"),
    Place(key="audit", href="/audit", label="접속 기록", permission="read_audit"),
    Place(key="quality", href="/quality", label="초안 품질", permission="see_quality", aside=True),
    Place(key="style", href="/style", label="문장 규칙", permission="review", aside=True),
)
"""The menus in their order: a part with a page of its own adds a line."""


def home_of(role: Role) -> str:
    """Where a role begins: the list of consultations, or for IT the accounts."""
    return "/encounters" if may(role, "see_worklist") else "/accounts"


def places(role: Role, *, aside: bool = False) -> tuple[Place, ...]:
    """The main menu of a role, or what stands ``aside`` in the account's menu."""
    return tuple(place for place in PLACES if may(role, place.permission) and place.aside == aside)


@dataclass(frozen=True, slots=True, kw_only=True)
class Frame:
    """An account's choices; the standard ones where it made none."""

    theme: Theme = "auto"
    bindings: tuple[Binding, ...] = field(default=STANDARD)

    @property
    def groups(self) -> tuple[tuple[str, tuple[Binding, ...]], ...]:
        """The bindings under the headings of the lists that show them."""
        by_group = groupby(self.bindings, key=lambda binding: binding.action.group)
        return tuple((name, tuple(of_group)) for name, of_group in by_group)


STANDARD_FRAME = Frame()


def frame_of(work: Work) -> Frame:
    """The choices of the account that acts; what an earlier release wrote and this one cannot read is the standard."""
    document = work.preferences.get(_DOCUMENT)
    theme, keys = document.get("theme"), document.get("keys")
    chosen = {str(name): str(chord) for name, chord in keys.items()} if isinstance(keys, dict) else {}
    return Frame(theme=_theme(theme), bindings=bindings(chosen) if chosen else STANDARD)


def keep_theme(work: Work, theme: Theme) -> None:
    _keep(work, {"theme": theme})


def keep_keys(work: Work, chosen: Mapping[str, str]) -> None:
    """Keep the chords by action name as given: ``Alt+KeyN``, or nothing where the action is switched off."""
    _keep(work, {"keys": dict(chosen)})


def _keep(work: Work, changed: Mapping[str, object]) -> None:
    work.preferences.put(_DOCUMENT, {**work.preferences.get(_DOCUMENT), **changed})


def _theme(value: object) -> Theme:
    return next((theme for theme in get_args(Theme) if theme == value), "auto")
