"""An account's own choices about the pages: how light they are, and the key chords."""

import re
from typing import Annotated
from urllib.parse import urlsplit

from fastapi import APIRouter, Form, Request
from starlette.responses import RedirectResponse, Response

from scribe.web.access import FormViewer, ServiceOf, Signed, Viewer
from scribe.web.frame import Theme, keep_keys, keep_theme
from scribe.web.keys import ACTIONS, Binding, Chord, problems_of
from scribe.web.pages import page

router = APIRouter()

_STANDARD = {action.name: action.standard for action in ACTIONS}


@router.post("/appearance")
def choose_theme(request: Request, service: ServiceOf, viewer: FormViewer, theme: Annotated[Theme, Form()]) -> Response:
    """Back to the page that it was asked on."""
    with service.store.begin(viewer.actor) as work:
        keep_theme(work, theme)
    return RedirectResponse(_asked_on(request), status_code=303)


@router.get("/keys")
def show_keys(viewer: Signed) -> Response:
    return _keys_page(viewer, {binding.action.name: _shown(binding) for binding in viewer.frame.bindings}, {})


@router.post("/keys")
def choose_keys(
    service: ServiceOf,
    viewer: FormViewer,
    action: Annotated[list[str], Form(max_length=100)],
    chord: Annotated[list[str], Form(max_length=100)],
) -> Response:
    """Keep one chord an action, provided that none is taken twice or reserved; the fields come in pairs."""
    wanted = {name: text[:40] for name, text in zip(action, chord, strict=False) if name in _STANDARD}
    problems = problems_of(wanted.items())
    if problems:
        return _keys_page(viewer, wanted, problems, status=422)
    chosen = {name: _written(text) for name, text in wanted.items()}
    with service.store.begin(viewer.actor) as work:
        keep_keys(work, {name: text for name, text in chosen.items() if text != _STANDARD[name]})
    return RedirectResponse("/keys", status_code=303)


@router.post("/keys/standard")
def standard_keys(service: ServiceOf, viewer: FormViewer) -> Response:
    with service.store.begin(viewer.actor) as work:
        keep_keys(work, {})
    return RedirectResponse("/keys", status_code=303)


def _keys_page(viewer: Viewer, wanted: dict[str, str], problems: dict[str, str], status: int = 200) -> Response:
    context = {"viewer": viewer, "wanted": wanted, "problems": problems}
    return page("keys.html", context, status)


def _shown(binding: Binding) -> str:
    return binding.chord.shown if binding.chord else ""


def _written(text: str) -> str:
    chord = Chord.parse(text)
    return str(chord) if chord else ""


def _asked_on(request: Request) -> str:
    """The path of the page whose form this is; the worklist where the browser does not tell."""
    referrer = urlsplit(request.headers.get("referer", ""))
    ours = referrer.netloc == request.url.netloc and re.match(r"/(?![/\\])", referrer.path)
    return referrer.path if ours else "/encounters"
