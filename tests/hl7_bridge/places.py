"""Where the values of a resource stand, by the raw definitions of its profile."""

import gzip
import json
import re
import tarfile
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

KR = "http://www.hl7korea.or.kr/fhir/krcore/StructureDefinition/"
R4 = "http://hl7.org/fhir/StructureDefinition/"
Json = dict[str, Any]


class Spot(NamedTuple):
    """One value in a resource: its container, its key there, its JSON path."""

    place: Any
    key: Any
    path: str

    @property
    def value(self) -> Any:
        return self.place[self.key]


@dataclass(frozen=True, slots=True)
class Definitions:
    """Raw snapshots by canonical URL, and the valid examples of the guide."""

    structures: dict[str, Json]
    value_sets: dict[str, Json]
    code_systems: dict[str, Json]
    examples: tuple[Json, ...]

    @classmethod
    def read(cls, package: Path, core: Path) -> "Definitions":
        base = json.loads(gzip.decompress(core.read_bytes()))
        structures, examples = dict(base["StructureDefinition"]), []
        value_sets, code_systems = dict(base["ValueSet"]), dict(base["CodeSystem"])
        with tarfile.open(package) as archive:
            for member in archive:
                stream = archive.extractfile(member)
                if stream is None or not member.name.endswith(".json"):
                    continue
                content = json.load(stream)
                kinds = {"StructureDefinition": structures, "ValueSet": value_sets, "CodeSystem": code_systems}
                if "/example/" in member.name:
                    examples.append(content)
                elif content.get("resourceType") in kinds:
                    kinds[content["resourceType"]][content["url"]] = content
        return cls(structures, value_sets, code_systems, tuple(examples))

    def profile(self, resource: Json) -> Json:
        """The definition that a resource is held to: the profile it claims, else its base type."""
        claimed = resource.get("meta", {}).get("profile", [])
        found = [self.structures[url] for url in claimed if url in self.structures]
        return found[0] if found else self.structures[R4 + resource["resourceType"]]


def spots(resource: Json) -> Iterator[Spot]:
    """Every value under the top, with its JSON path."""
    yield from _spots(resource, str(resource["resourceType"]))


def _spots(place: Any, path: str) -> Iterator[Spot]:
    items = place.items() if isinstance(place, dict) else enumerate(place)
    for key, value in items:
        where = f"{path}.{key}" if isinstance(place, dict) else f"{path}[{key}]"
        yield Spot(place, key, where)
        if isinstance(value, dict | list):
            yield from _spots(value, where)


def parents(top: Spot, element_id: str, elements: dict[str, Json]) -> Iterator[Spot]:
    """The objects that hold an element, through the slices that its id goes through."""
    yield from _parents(top, element_id.split(".")[1:-1], elements, element_id)


def members(top: Spot, element: Json, elements: dict[str, Json]) -> Iterator[Spot]:
    """The values of an element, one by one."""
    name = element["path"].rsplit(".", maxsplit=1)[-1]
    for spot in parents(top, element["id"], elements):
        for member in present(spot.value, name):
            value, where = spot.value[member], f"{spot.path}.{member}"
            if isinstance(value, list):
                yield from (Spot(value, index, f"{where}[{index}]") for index in range(len(value)))
            else:
                yield Spot(spot.value, member, where)


def _parents(at: Spot, steps: list[str], elements: dict[str, Json], element_id: str, depth: int = 1) -> Iterator[Spot]:
    if not steps:
        yield at
        return
    name, _, slice_name = steps[0].partition(":")
    so_far = ".".join(element_id.split(".")[: depth + 1])
    for member in present(at.value, name):
        value = at.value[member]
        children = (
            [Spot(value, index, f"{at.path}.{member}[{index}]") for index in range(len(value))]
            if isinstance(value, list)
            else [Spot(at.value, member, f"{at.path}.{member}")]
        )
        for child in children:
            if not isinstance(child.value, dict) or (slice_name and not in_slice(child.value, so_far, elements)):
                continue
            if slice_name and name.endswith("[x]") and member != slice_name:
                continue
            yield from _parents(child, steps[1:], elements, element_id, depth + 1)


def in_slice(value: Any, slice_id: str, elements: dict[str, Json]) -> bool:
    """Whether a value has everything that a slice fixes; what fixes nothing has no members here."""
    if slice_id.rpartition(".")[2].startswith(("medication[x]", "value[x]", "onset[x]", "dose[x]", "item[x]")):
        return True
    own = elements[slice_id]
    profiles = [url for kind in own.get("type", []) for url in kind.get("profile", [])]
    if profiles and own["path"].endswith("xtension"):
        return isinstance(value, dict) and value.get("url") in profiles
    wanted = list(asked(slice_id, elements))
    return bool(wanted) and all(_has([value], path, expected) for path, expected in wanted)


def asked(slice_id: str, elements: dict[str, Json]) -> Iterator[tuple[str, Any]]:
    """What a slice fixes: where in it, and the value."""
    for element in elements.values():
        if element["id"] == slice_id or element["id"].startswith(f"{slice_id}."):
            path = element["id"].removeprefix(slice_id).lstrip(".")
            for key, expected in element.items():
                if key.startswith(("fixed", "pattern")) and "value[x]" not in path:
                    yield re.sub(r":[\w-]+", "", path), expected


def _has(values: list[Any], path: str, expected: Any) -> bool:
    for name in path.split(".") if path else []:
        step = [value.get(name) for value in values if isinstance(value, dict)]
        values = [part for value in step for part in (value if isinstance(value, list) else [value])]
    return any(_covers(value, expected) for value in values)


def _covers(value: Any, expected: Any) -> bool:
    if isinstance(expected, dict):
        return isinstance(value, dict) and all(_covers(value.get(key), part) for key, part in expected.items())
    if isinstance(expected, list):
        return isinstance(value, list) and all(any(_covers(item, part) for item in value) for part in expected)
    return bool(value == expected)


def is_discriminator(element: Json) -> bool:
    """An element inside a slice that may tell the slice apart: changing it makes another value, not a wrong one."""
    tail = element["id"].rpartition(":")[2] if ":" in element["id"] else ""
    return tail.partition(".")[2] in ("system", "url", "code", "code.coding.code", "code.coding.system", "coding")


def present(value: Any, name: str) -> list[str]:
    """The JSON names under which an object has an element; a choice may be there in several types."""
    if not isinstance(value, dict):
        return []
    if not name.endswith("[x]"):
        return [name] if name in value else []
    stem = name.removesuffix("[x]")
    return [key for key in value if key.startswith(stem) and key[len(stem) : len(stem) + 1].isupper()]


@cache
def steps(path: str) -> tuple[str | int, ...]:
    """A JSON path as keys and indexes."""
    found: list[str | int] = []
    for part in path.split(".")[1:]:
        name, *indexes = re.split(r"[\[\]]+", part.rstrip("]"))
        found += [name, *(int(index) for index in indexes if index)]
    return tuple(found)


def value_at(resource: Any, path: str) -> Any:
    """What stands at a JSON path."""
    for step in steps(path):
        resource = resource[step]
    return resource
