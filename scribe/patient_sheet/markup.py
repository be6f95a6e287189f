"""The sheet as a page: one template for the patient's address, for paper and for the PDF."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined, Template
from markupsafe import Markup, escape

from scribe.patient_sheet.qr import qr_svg
from scribe.patient_sheet.sheet import Language, Row, Sheet
from scribe.patient_sheet.words import WORDS, day

_HERE = Path(__file__).parent
_SLOTS = ("morning", "noon", "evening", "bedtime")
_HANGUL = re.compile(r"[가-힣](?:[가-힣0-9 ,.·()%~-]*[가-힣0-9)])?")


@dataclass(frozen=True, slots=True)
class Approved:
    """Who approved the sheet, and when."""

    by: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Address:
    """Where the sheet opens, for print; ``code`` is what it asks for where it does not ask for the birth date."""

    url: str
    code: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Around:
    """What stands around a sheet and is no part of what was approved.

    Without ``approved`` the sheet is marked as not to be handed out.  ``outdated``: a later version of the record is
    signed and its sheet not yet approved.  ``others`` are the languages it is also approved in, with their addresses.
    ``is_page``: with what only a screen needs; ``is_paper``: on a screen as it is on paper.
    """

    approved: Approved | None = None
    outdated: bool = False
    expires: datetime | None = None
    others: tuple[tuple[Language, str], ...] = ()
    address: Address | None = None
    is_page: bool = False
    is_paper: bool = False
    assets: str = "/static"


@dataclass(frozen=True, slots=True)
class Markings:
    """Makes pages of sheets; ``static`` holds the style sheet and the pictograms."""

    static: Path

    def page(self, sheet: Sheet, around: Around) -> str:
        """The whole HTML document: no script, pictograms in the page, the style sheet from ``around.assets``."""
        words = WORDS[sheet.language]
        return _template("sheet.html").render(
            sheet=sheet,
            around=around,
            words=words,
            all_words=WORDS,
            day=lambda moment: day(moment, sheet.language),
            picture=self._picture,
            spoken=_spoken(sheet.language),
            slots=[(name, getattr(words, name)) for name in _SLOTS],
            amounts=_amounts,
            has_warnings=any(part.role == "warning" for part in sheet.parts),
            grid_in=_grid_in(sheet),
            qr=Markup(qr_svg(around.address.url)) if around.address else "",  # noqa: S704 - made by us of an address
        )

    def _picture(self, name: str) -> Markup:
        """A pictogram of ours, for the eye alone: its meaning always stands beside it in words."""
        return _read_picture(self.static / "pictograms" / f"{name}.svg")


@cache
def _read_picture(file: Path) -> Markup:
    svg = file.read_text("utf-8").strip()
    return Markup(svg.replace("<svg ", '<svg class="pictogram" aria-hidden="true" focusable="false" ', 1))  # noqa: S704 - a file of ours


def _grid_in(sheet: Sheet) -> int | None:
    """The place of the part with the medicine grid: the first about medicines, where there are any."""
    places = (place for place, part in enumerate(sheet.parts) if part.role == "medicines")
    return next(places, None) if sheet.medicines else None


def _amounts(row: Row) -> list[tuple[str, str | None]]:
    return [(name, getattr(row, name)) for name in _SLOTS]


def _spoken(language: Language) -> Callable[[str], Markup]:
    """Marks Korean words within English text, so that a screen reader changes its voice."""

    def mark(text: str) -> Markup:
        if language == "ko":
            return escape(text)
        parts: list[Markup] = []
        at = 0
        for match in _HANGUL.finditer(text):
            parts += [escape(text[at : match.start()]), Markup('<span lang="ko">{}</span>').format(match[0])]
            at = match.end()
        return Markup("").join([*parts, escape(text[at:])])

    return mark


@cache
def _template(name: str) -> Template:
    return _environment().get_template(name)


@cache
def _environment() -> Environment:
    return Environment(
        loader=FileSystemLoader(_HERE / "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
