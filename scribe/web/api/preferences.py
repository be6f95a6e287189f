"""An account's own choices about the pages."""

from typing import Annotated

from fastapi import APIRouter
from pydantic import Field

from scribe.web.access import ScriptViewer, ServiceOf, Signed
from scribe.web.api.answers import Answer, Wish, problems
from scribe.web.errors import ChordsRefusedError
from scribe.web.frame import Theme, keep_keys, keep_theme
from scribe.web.keys import ACTIONS, Chord, problems_of

router = APIRouter(tags=["me"])

_STANDARD = {action.name: action.standard for action in ACTIONS}


class PreferencesAnswer(Answer):
    """How light the pages are, and the chord of every action; empty where it is switched off."""

    theme: Theme
    keys: dict[str, str]


class PreferencesWish(Wish):
    """What is to change; ``keys`` are the chords that differ from the standard ones, by action: ``Alt+KeyN``, empty to
    switch it off."""

    theme: Theme | None = None
    keys: Annotated[dict[str, Annotated[str, Field(max_length=40)]], Field(max_length=100)] | None = None


@router.get("/me/preferences", summary="One's choices about the pages", responses=problems())
def preferences(viewer: Signed) -> PreferencesAnswer:
    """Those of the account; the standard ones where it made none."""
    return _answer(viewer.frame.theme, {one.action.name: one.chord for one in viewer.frame.bindings})


@router.put("/me/preferences", summary="Choose about the pages", responses=problems())
def choose(wish: PreferencesWish, service: ServiceOf, viewer: ScriptViewer) -> PreferencesAnswer:
    """Theme and chords, each kept as it was where nothing is said of it."""
    keys = {one.action.name: one.chord for one in viewer.frame.bindings}
    if wish.keys is not None:
        wanted = {**_STANDARD, **wish.keys}
        refused = set(problems_of(wanted.items()) if wanted.keys() == _STANDARD.keys() else wanted.keys() - _STANDARD)
        if refused:
            raise ChordsRefusedError(actions=", ".join(sorted(refused & _STANDARD.keys())) or "unknown names")
        keys = {name: Chord.parse(text) for name, text in wanted.items()}
    with service.store.begin(viewer.actor) as work:
        if wish.theme is not None:
            keep_theme(work, wish.theme)
        if wish.keys is not None:
            written = {name: str(chord) if chord else "" for name, chord in keys.items()}
            keep_keys(work, {name: text for name, text in written.items() if text != _STANDARD[name]})
    return _answer(wish.theme or viewer.frame.theme, keys)


def _answer(theme: Theme, keys: dict[str, Chord | None]) -> PreferencesAnswer:
    return PreferencesAnswer(theme=theme, keys={name: str(chord) if chord else "" for name, chord in keys.items()})
