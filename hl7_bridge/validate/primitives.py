"""The JSON shape and the lexical form of FHIR's primitive types (R4, chapter Data Types)."""

import base64
import math
import re
from collections.abc import Callable
from datetime import date
from html.entities import html5
from typing import Any, Final
from xml.etree import ElementTree

_DATE = r"(?P<year>\d{4})(-(?P<month>0[1-9]|1[0-2])(-(?P<day>0[1-9]|[12]\d|3[01]))?)?"
_CLOCK = r"([01]\d|2[0-3]):[0-5]\d:([0-5]\d|60)(\.\d+)?"
_ZONE = r"(Z|[+-]((0\d|1[0-3]):[0-5]\d|14:00))"
_DAY = r"(?P<year>\d{4})-(?P<month>0[1-9]|1[0-2])-(?P<day>0[1-9]|[12]\d|3[01])"

_FORMS: Final = {
    "id": re.compile(r"[A-Za-z0-9.\-]{1,64}"),
    "code": re.compile(r"\S+( \S+)*"),
    "uri": re.compile(r"\S+"),
    "url": re.compile(r"\S+"),
    "canonical": re.compile(r"\S+"),
    "oid": re.compile(r"urn:oid:[0-2](\.(0|[1-9]\d*))+"),
    "uuid": re.compile(r"urn:uuid:[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}"),
    "date": re.compile(_DATE),
    "dateTime": re.compile(rf"{_DATE}|{_DAY.replace('?P<', '?P<t_')}T{_CLOCK}{_ZONE}"),
    "instant": re.compile(rf"{_DAY}T{_CLOCK}{_ZONE}"),
    "time": re.compile(_CLOCK),
    "string": re.compile(r"[\s\S]*\S[\s\S]*"),
    "markdown": re.compile(r"[\s\S]*\S[\s\S]*"),
}
# R4 allows a megabyte of text without control characters; half a surrogate pair is no character at all.
_FORBIDDEN: Final = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff]")
_XHTML: Final = "{http://www.w3.org/1999/xhtml}"
_ENTITY: Final = re.compile(r"&([A-Za-z][A-Za-z0-9]*);")
_XML_ENTITIES: Final = frozenset({"amp", "lt", "gt", "quot", "apos"})
_TAGS: Final = frozenset(
    """
    a abbr acronym address area b bdo big blockquote br caption cite code col colgroup dd del dfn div dl dt em
    h1 h2 h3 h4 h5 h6 hr i img ins kbd li map ol p pre q samp small span strong sub sup table tbody td tfoot th
    thead tr tt ul var
    """.split()  # noqa: SIM905 (a list of eighty lines reads worse)
)
PRIMITIVES: Final = frozenset(
    {*_FORMS, "base64Binary", "boolean", "integer", "positiveInt", "unsignedInt", "decimal", "xhtml"}
)


def json_kind(type_name: str) -> str:
    """What JSON calls values of that type: string, number or boolean."""
    if type_name == "boolean":
        return "boolean"
    return "number" if type_name in ("integer", "positiveInt", "unsignedInt", "decimal") else "string"


def has_right_kind(type_name: str, value: Any) -> bool:
    """True where the JSON kind fits the type."""
    kind = json_kind(type_name)
    if kind == "boolean":
        return isinstance(value, bool)
    if kind == "number":
        return isinstance(value, int | float) and not isinstance(value, bool)
    return isinstance(value, str)


def is_well_formed(type_name: str, value: Any) -> bool:
    """True where a value of the right JSON kind has the type's lexical form; calendar days must exist."""
    if type_name in _NUMBERS:
        return _NUMBERS[type_name](value)
    if type_name == "xhtml":
        return _is_narrative(value)
    if type_name == "base64Binary":
        return _is_base64(value)
    form = _FORMS.get(type_name)
    if form is None:
        return True
    match = form.fullmatch(value)
    if match is None or len(value) > 1024 * 1024 or _FORBIDDEN.search(value):
        return False
    return type_name not in ("date", "dateTime", "instant") or _is_calendar_day(match)


def _is_whole(value: float) -> bool:
    return isinstance(value, int) and -(2**31) <= value < 2**31


_NUMBERS: Final[dict[str, Callable[[Any], bool]]] = {
    "boolean": lambda _: True,
    "decimal": math.isfinite,
    "integer": _is_whole,
    "positiveInt": lambda value: _is_whole(value) and value > 0,
    "unsignedInt": lambda value: _is_whole(value) and value >= 0,
}


def _is_calendar_day(match: re.Match[str]) -> bool:
    parts = {name.removeprefix("t_"): text for name, text in match.groupdict().items() if text is not None}
    if int(parts["year"]) == 0:
        return False
    if "day" not in parts:
        return True
    try:
        date(int(parts["year"]), int(parts["month"]), int(parts["day"]))
    except ValueError:
        return False
    return True


def _spelled_out(entity: re.Match[str]) -> str:
    """HTML's named characters, which FHIR's XHTML may use; XML's own five are left to the parser."""
    name = entity[1]
    return entity[0] if name in _XML_ENTITIES else html5.get(f"{name};", entity[0])


def _is_base64(text: str) -> bool:
    try:
        base64.b64decode("".join(text.split()), validate=True)
    except ValueError:
        return False
    return bool(text.strip())


def _is_narrative(text: str) -> bool:
    """A well-formed XHTML div of harmless elements, with something to read (txt-1, txt-2)."""
    if "<!" in text.replace("<!--", ""):
        return False
    try:
        root = ElementTree.fromstring(_ENTITY.sub(_spelled_out, text))  # noqa: S314 (no document type, so no entities)
    except (ElementTree.ParseError, UnicodeEncodeError):
        return False
    if root.tag != f"{_XHTML}div":
        return False
    elements = list(root.iter())
    if not all(isinstance(item.tag, str) and item.tag.removeprefix(_XHTML) in _TAGS for item in elements):
        return False
    for name, value in (pair for item in elements for pair in item.attrib.items()):
        if name.lower().startswith("on") or value.strip().lower().startswith("javascript:"):
            return False
    return bool("".join(root.itertext()).strip()) or any(item.tag == f"{_XHTML}img" for item in elements)
