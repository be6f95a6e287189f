"""Jinja2 with the project's templates, and the filter they share."""

import json
from collections.abc import Iterable, Mapping
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from starlette.responses import HTMLResponse

from scribe.web.access import Viewer
from scribe.web.assets import Assets
from scribe.web.frame import THEMES, places
from scribe.web.labels import destination_name
from scribe.web.quotes import Quote
from scribe.web.review.reading_view import school_year

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
    environment.filters |= {"destination": destination_name, "school_year": school_year}
    environment.globals |= {"viewer": None, "assets": ASSETS.root, "places": places, "themes": THEMES}
    environment.globals["preloads"] = ASSETS.preloads
    return environment


_TEMPLATES = _environment()


def fragment(template: str, context: Mapping[str, object]) -> str:
    """A piece of a page."""
    return _TEMPLATES.get_template(template).render(context)


def page(template: str, context: Mapping[str, object], status: int = 200) -> HTMLResponse:
    """A whole page."""
    return HTMLResponse(fragment(template, context), status_code=status)


def message_page(
    title: str, text: str, *, status: int, viewer: Viewer | None = None, link: str = "", link_text: str = ""
) -> HTMLResponse:
    """A page with one message and, at most, one way on; a ``viewer`` keeps their menu and their brightness."""
    context = {"title": title, "text": text, "link": link, "link_text": link_text, "viewer": viewer}
    return page("message.html", context, status)
