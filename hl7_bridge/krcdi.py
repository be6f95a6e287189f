"""KR CDI V2 as a table of elements (``krcdi.toml``), and where each is found in a KR Core resource."""

import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any, Final, Literal

from hl7_bridge.fhir import FhirJson
from hl7_bridge.kr_core.codes import DATA_ABSENT, HIRA_INSTITUTION, MD_LICENCE, PROFILE, VACCINATION

Usage = Literal["R", "R2", "O"]
Owner = Literal["scribe", "hospital", "laboratory", "pathology", "imaging", "function_tests", "other_form"]

# what an element's slice is told by, where the name of the slice is not the extension's own
_SLICES: Final = {
    "Phone": '"phone"',
    "E-mail": '"email"',
    "Fax": '"fax"',
    "HIRA": f'"{HIRA_INSTITUTION}"',
    "MOHW": f'"{MD_LICENCE}"',
    "Systolic": '"8480-6"',
    "Diastolic": '"8462-4"',
    "VcntType": f'"{VACCINATION}"',
    "KDCode": "kpis-kdcode",
}


@dataclass(frozen=True, slots=True)
class Element:
    """One element: R is required, R2 required where it exists, O optional; ``owner`` is whose job it is."""

    group: str
    name: str
    usage: Usage
    profile: str
    path: str
    owner: Owner

    def is_in(self, resource: FhirJson) -> bool:
        """True where a resource of the profile has a value there; a reason for its absence is none."""
        _, *steps = self.path.split(".")
        return any(_is_value(value) for value in _reached(resource, steps))


@cache
def elements() -> tuple[Element, ...]:
    """Every element, in the order of KR CDI."""
    table = tomllib.loads(files("hl7_bridge").joinpath("krcdi.toml").read_text("utf-8"))
    return tuple(
        Element(group["name"], name, usage, profile, path, owner[0] if owner else group["owner"])
        for group in table["classes"]
        for name, usage, profile, path, *owner in group["elements"]
    )


def claims(resource: FhirJson, profile: str) -> bool:
    return f"{PROFILE}{profile}" in resource.get("meta", {}).get("profile", [])


def _reached(value: Any, steps: list[str]) -> Iterator[Any]:
    if not steps:
        yield value
        return
    for item in _step(value, steps[0]):
        yield from _reached(item, steps[1:])


def _step(value: Any, step: str) -> Iterator[Any]:
    """The values of one step of a path: ``name``, ``name[x]``, ``name:Slice`` or ``name[x]:nameType``."""
    name, _, part = step.partition(":")
    chosen = part if name.endswith("[x]") and part else name
    stem = chosen.removesuffix("[x]")
    for key, found in value.items() if isinstance(value, dict) else ():
        if key == stem or (chosen.endswith("[x]") and key.startswith(stem) and key[len(stem)].isupper()):
            items = found if isinstance(found, list) else [found]
            yield from (item for item in items if chosen == part or not part or _is_slice(item, part))


def _is_slice(item: Any, part: str) -> bool:
    return _SLICES.get(part, part) in _flat(item)


def _is_value(value: Any) -> bool:
    if value in (None, "", [], {}):
        return False
    return not isinstance(value, dict) or bool(value.get("text")) or DATA_ABSENT not in _flat(value)


def _flat(value: Any) -> str:
    """The values as one string in which each stands in quotes."""
    if isinstance(value, dict):
        return " ".join(_flat(item) for item in value.values())
    if isinstance(value, list):
        return " ".join(_flat(item) for item in value)
    return f'"{value}"'
