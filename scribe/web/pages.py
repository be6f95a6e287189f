"""Jinja2 with the project's templates, and the filter they share."""

import json
from collections.abc import Iterable, Mapping
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from starlette.responses import HTMLResponse

from scribe.web.assets import Assets
from scribe.web.frame import THEMES, places
from scribe.web.labels import destination_name
from scribe.web.quotes import Quote

HERE = Path(__file__).parent
ASSETS = Assets(HERE / "static")


def spans(quotes: Iterable[Quote]) -> str:
    """Quotes as the JSON that the page's scripts read: places in the transcript, never words."""
    return json.dumps(
        [
            {"u": quote.utterance, "s": quote.start, "e": quote.end, "from": quote.since, "to": quote.until}
            for quote in quotes
        ]
    )


def _environment() -> Environment:
    environment = Environment(
        loader=FileSystemLoader(HERE / "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters["spans"] = spans
    environment.filters["destination"] = destination_name
    environment.globals |= {"viewer": None, "assets": ASSETS.root, "places": places, "themes": THEMES}
    return environment


_TEMPLATES = _environment()


def fragment(template: str, context: Mapping[str, object]) -> str:
    """A piece of a page."""
    return _TEMPLATES.get_template(template).render(context)


def page(template: str, context: Mapping[str, object], status: int = 200) -> HTMLResponse:
    """A whole page."""
    return HTMLResponse(fragment(template, context), status_code=status)


def message_page(title: str, text: str, *, status: int, link: str = "", link_text: str = "") -> HTMLResponse:
    """A page with one message and, at most, one way on."""
    return page("message.html", {"title": title, "text": text, "link": link, "link_text": link_text}, status)
