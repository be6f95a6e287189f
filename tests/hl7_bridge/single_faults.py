"""Single faults put into valid resources, made from the raw definitions and not from the validator's own trees.

A fault is a copy of a valid resource with one thing wrong, the class of the fault, and the place where an error must
be reported: at that JSON path, above it by one step, or anywhere under it.
"""

import copy
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from typing import Any

from tests.hl7_bridge.places import (
    KR,
    R4,
    Definitions,
    Json,
    Spot,
    asked,
    in_slice,
    is_discriminator,
    members,
    parents,
    present,
    spots,
    steps,
    value_at,
)


@dataclass(frozen=True, slots=True)
class Fault:
    kind: str
    what: str
    near: str
    resource: Json
    severity: str = "error"


def single_faults(resource: Json, known: Definitions) -> Iterator[Fault]:
    """Every single fault of a resource that the definitions of its profile and its datatypes give rise to."""
    top = Spot([resource], 0, str(resource["resourceType"]))
    yield from _of_definition(resource, top, known.profile(resource), known)
    yield from _of_json(resource)
    yield from _of_extensions(resource)
    yield from _of_identity(resource)


def _of_definition(resource: Json, top: Spot, definition: Json, known: Definitions) -> Iterator[Fault]:
    """The faults of a value that has a definition of its own, and of the datatypes and extensions in it."""
    elements = {element["id"]: element for element in definition["snapshot"]["element"]}
    expanded = {element_id.rpartition(".")[0] for element_id in elements}
    for element in elements.values():
        if "." not in element["id"]:
            continue
        yield from _of_element(resource, top, element, elements)
        yield from _of_primitive(resource, top, element, elements)
        if element["id"] not in expanded and ":" not in element["id"]:
            for spot in members(top, element, elements):
                inner = _definition_of(spot.value, element, known)
                if inner is not None:
                    yield from _of_definition(resource, spot, inner, known)


def _definition_of(value: Any, element: Json, known: Definitions) -> Json | None:
    """The datatype's definition, or that of an extension of the guide; None for what has no parts."""
    kinds = [kind["code"] for kind in element.get("type", [])]
    if not isinstance(value, dict) or len(kinds) != 1 or kinds[0] in ("Resource", "BackboneElement", "Element"):
        return None
    if kinds[0] == "Extension":
        return known.structures.get(str(value.get("url")))
    return known.structures.get(R4 + kinds[0])


# --- what a definition asks ------------------------------------------------------------------------------------


def _of_element(resource: Json, top: Spot, element: Json, elements: dict[str, Json]) -> Iterator[Fault]:
    for spot in parents(top, element["id"], elements):
        name = element["path"].rsplit(".", maxsplit=1)[-1]
        inside, _, slice_name = element["id"].rpartition(".")[2].partition(":")
        del inside
        if slice_name:
            yield from _of_slice(resource, spot, element, elements)
            continue
        yield from _of_values(resource, spot, name, element)
        yield from _of_choice(resource, spot, name, element)


def _of_values(resource: Json, spot: Spot, name: str, element: Json) -> Iterator[Fault]:
    there = present(spot.value, name)
    if not there or name in ("resourceType",):
        return
    where = f"{spot.path}.{name.removesuffix('[x]')}"
    if element["min"] > 0 and not is_discriminator(element):
        yield _changed("missing", element["id"], where, resource, spot, lambda at: _drop(at, name))
    base_many = element.get("base", {}).get("max") == "*"
    if element["max"] not in ("*", "0") and base_many:
        yield _changed("too many", element["id"], where, resource, spot, lambda at: at[name].append(at[name][0]))
    fixed = [expected for key, expected in element.items() if key.startswith("fixed") and isinstance(expected, str)]
    if fixed and not is_discriminator(element) and not element["id"].endswith("Extension.url"):
        other = "http://example.org/other" if ":" in fixed[0] else "other"
        yield _changed("fixed", element["id"], where, resource, spot, lambda at: at.update({name: other}))
    binding = element.get("binding", {})
    if binding.get("strength") == "required":
        for member in there:
            yield from _of_binding(resource, spot, member, element)
    targets = [target for kind in element.get("type", []) for target in kind.get("targetProfile", [])]
    if targets and not any(target.endswith("/Resource") for target in targets):
        for member in there:
            if isinstance(spot.value[member], dict) and "reference" in spot.value[member]:
                yield _changed(
                    "reference type", element["id"], where, resource, spot,
                    partial(_put_in, member=member, value=spot.value[member] | {"reference": "Schedule/1"}),
                )  # fmt: skip


def _of_binding(resource: Json, spot: Spot, member: str, element: Json) -> Iterator[Fault]:
    where = f"{spot.path}.{member}"
    first = spot.value[member]
    many = isinstance(first, list)
    for fault, change in (("code", {"code": "zz-nonsense"}), ("system", {"system": "http://example.org/none"})):

        def spoil(at: Json, change: Json = change, member: str = member) -> None:
            values = at[member] if many else [at[member]]
            for index, value in enumerate(values):
                if isinstance(value, str):
                    if many:
                        values[index] = "zz-nonsense"
                    else:
                        at[member] = "zz-nonsense"
                elif "coding" in value:
                    for coding in value["coding"]:
                        coding.update(change)
                elif "code" in value or "system" in value:
                    value.update(change)

        if fault == "system" and isinstance(first[0] if many else first, str):
            continue
        yield _changed(f"required binding: {fault}", element["id"], where, resource, spot, spoil)


def _of_choice(resource: Json, spot: Spot, name: str, element: Json) -> Iterator[Fault]:
    there = present(spot.value, name)
    if not name.endswith("[x]") or not there:
        return
    stem, where = name.removesuffix("[x]"), f"{spot.path}.{name.removesuffix('[x]')}"
    allowed = {kind["code"] for kind in element.get("type", [])}
    for kind, value in (("dateTime", "2026-01-10"), ("string", "글"), ("Quantity", {"value": 1}), ("boolean", True)):
        other = stem + kind[0].upper() + kind[1:]
        if other in there:
            continue

        def replace(at: Json, other: str = other, value: Any = value) -> None:
            _drop(at, name)
            at[other] = value

        if kind not in allowed:
            yield _changed("choice type", element["id"], spot.path, resource, spot, replace)
        yield _changed(
            "two choices", element["id"], where, resource, spot,
            partial(_put_in, member=other, value=value),
        )  # fmt: skip


def _of_slice(resource: Json, spot: Spot, element: Json, elements: dict[str, Json]) -> Iterator[Fault]:
    name = element["path"].rsplit(".", maxsplit=1)[-1]
    values = spot.value.get(name)
    if not isinstance(values, list):
        return
    inside = [value for value in values if in_slice(value, element["id"], elements)]
    where = f"{spot.path}.{name}"
    if element["min"] > 0 and len(inside) == element["min"]:

        def take_out(at: Json) -> None:
            at[name] = [value for value in at[name] if not in_slice(value, element["id"], elements)]
            if not at[name]:
                del at[name]

        yield _changed("missing slice", element["id"], where, resource, spot, take_out)
        for path, expected in asked(element["id"], elements):
            if isinstance(expected, str) and path:
                yield _changed(
                    "slice lost", f"{element['id']} {path}", where, resource, spot,
                    partial(_spoil_all, member=name, path=path, slice_id=element["id"], elements=elements),
                )  # fmt: skip
    if element["max"] not in ("*", "0") and len(inside) == int(element["max"]) and inside:
        copied = copy.deepcopy(inside[0])
        yield _changed("too many of a slice", element["id"], where, resource, spot, lambda at: at[name].append(copied))


# --- JSON and primitives ---------------------------------------------------------------------------------------


def _of_json(resource: Json) -> Iterator[Fault]:
    for spot in spots(resource):
        value, where = spot.value, spot.path
        if spot.key in ("div", "resourceType") or ".text.div" in where:
            continue
        if isinstance(value, list):
            yield _put("empty array", where, resource, spot, [])
            yield _put("array expected", where, resource, spot, value[0])
            yield _put("null in array", where, resource, spot, [*value, None])
        elif isinstance(value, dict):
            yield _put("empty object", where, resource, spot, {})
            yield _put("object expected", where, resource, spot, "글")
            if "resourceType" not in value:
                yield _put("unknown element", f"{where}.unheardOf", resource, spot, {**value, "unheardOf": "x"})
        else:
            yield _put("null", where, resource, spot, None)
            yield _put("primitive expected", where, resource, spot, {"value": 1})
        if not isinstance(value, list) and isinstance(spot.place, dict):
            yield _put("single value expected", where, resource, spot, [value])
    yield Fault(
        "unknown element", "root", f"{resource['resourceType']}.unheardOf", {**copy.deepcopy(resource), "unheardOf": 1}
    )


_BAD: dict[str, tuple[Any, ...]] = {
    "date": ("2026-13-01", "2026-02-30", "26-01-01", "2026-1-1", "어제", 20260101, "2026-01-01T09:00:00+09:00"),
    "dateTime": ("2026-01-10T09:10:00", "2026-01-10T25:00:00Z", "2026-01-10 09:00", "2026-02-30", "2026-01-10T09:10Z"),
    "instant": ("2026-01-10", "2026-01-10T09:10:00", "지금"),
    "time": ("25:00:00", "09:10", "9시"),
    "boolean": ("true", 1),
    "integer": (1.5, "1"),
    "positiveInt": (0, -1, "1", 1.5),
    "unsignedInt": (-1, "1"),
    "decimal": ("36.5", True),
    "code": (" final", "final ", "a  b", 5),
    "uri": ("has a space", 5),
    "url": ("has a space",),
    "canonical": ("has a space",),
    "id": ("under_score", "x" * 65, "한글", ""),
    "string": ("", "   ", 5),
    "markdown": ("", 5),
    "base64Binary": ("한글", "a"),
}


def _of_primitive(resource: Json, top: Spot, element: Json, elements: dict[str, Json]) -> Iterator[Fault]:
    """Values of a wrong form, by the type that the definition gives the element."""
    name = element["path"].rsplit(".", maxsplit=1)[-1]
    if ":" in element["id"]:
        return
    for spot in parents(top, element["id"], elements):
        for member in present(spot.value, name):
            for kind in {_kind(item) for item in element.get("type", [])}:
                if name.endswith("[x]") and not member.lower().endswith(kind.lower()):
                    continue
                for bad in _BAD.get(kind, ()):
                    where = f"{spot.path}.{member}"
                    value = [bad] if isinstance(spot.value[member], list) else bad
                    yield _changed(
                        f"form of {kind}", f"{element['id']} {bad!r:.20}", where, resource, spot,
                        partial(_put_in, member=member, value=value),
                    )  # fmt: skip


def _kind(item: Json) -> str:
    code = str(item["code"])
    return "id" if "fhirpath" in code else code


# --- extensions and identity -----------------------------------------------------------------------------------


def _of_extensions(resource: Json) -> Iterator[Fault]:
    for spot in spots(resource):
        value = spot.value
        if not re.search(r"xtension\[\d+\]$", spot.path) or not isinstance(value, dict):
            continue
        yield _put("extension without url", f"{spot.path}.url", resource, spot, _without(value, "url"))
        both = {**value, "valueString": "x", "extension": [{"url": "http://example.org/x", "valueString": "y"}]}
        yield _put("extension with both", spot.path, resource, spot, both)
        yield _put("extension with nothing", spot.path, resource, spot, {"url": value.get("url")})
        if str(value.get("url")).startswith(KR):
            wrong = {"url": value["url"], "valueBase64Binary": "AAAA"}
            yield _put("extension value type", spot.path, resource, spot, wrong)
            yield from _misplaced(resource, spot)
    kind = resource["resourceType"]
    for what, url in (("of the guide", f"{KR}krcore-unheardOf"), ("relative", "unheardOf")):
        more = [*resource.get("extension", []), {"url": url, "valueString": "x"}]
        yield Fault("extension undefined", what, f"{kind}.extension", copy.deepcopy({**resource, "extension": more}))


def _misplaced(resource: Json, spot: Spot) -> Iterator[Fault]:
    """An extension of the guide taken to other places: metadata, a part, a primitive, modifierExtension."""
    taken = copy.deepcopy(resource)
    _remove(taken, spot.path)
    kind, extension = resource["resourceType"], spot.value
    for part in [place for place in spots(taken) if isinstance(place.value, dict)]:
        # a dosage, a qualification, an identifier: no extension of the guide stands there
        if "xtension" in part.path or part.key in ("address", "medicationCodeableConcept", "_birthDate"):
            continue
        if re.search(r"\.address\[\d+\]$", part.path) or part.value.get("resourceType"):
            continue
        yield _changed(
            "extension context", part.path, f"{part.path}.extension", taken, part,
            partial(_add_to, member="extension", value=extension),
        )  # fmt: skip
    modifier = copy.deepcopy(taken)
    modifier["modifierExtension"] = [copy.deepcopy(extension)]
    yield Fault("extension as modifier", extension["url"], f"{kind}.modifierExtension", modifier)
    primitive = copy.deepcopy(taken)
    primitive["_language"] = {"extension": [copy.deepcopy(extension)]}
    yield Fault("extension context", "a primitive", f"{kind}.language.extension", primitive)


def _of_identity(resource: Json) -> Iterator[Fault]:
    kind = resource["resourceType"]
    for bad in ("under_score", "x" * 65, "", 5):
        yield Fault("id", repr(bad)[:12], f"{kind}.id", {**copy.deepcopy(resource), "id": bad})
    yield Fault("resource type", "unheard of", "Patientt", {**copy.deepcopy(resource), "resourceType": "Patientt"})
    other = "Basic" if kind != "Basic" else "Group"
    if resource.get("meta", {}).get("profile"):
        yield Fault("resource type", "of another profile", other, {**copy.deepcopy(resource), "resourceType": other})
    inner = {"resourceType": "Basic", "id": "in", "code": {"text": "x"}}
    for name, contained in (
        ("unreferenced", inner),
        ("nested", {**inner, "contained": [inner]}),
        ("versioned", {**inner, "meta": {"versionId": "1"}}),
        ("labelled", {**inner, "meta": {"security": [{"code": "R"}]}}),
        ("faulty", _without(inner, "code")),
    ):
        changed = {**copy.deepcopy(resource), "contained": [copy.deepcopy(contained)]}
        if name != "unreferenced":
            changed["extension"] = [
                *changed.get("extension", []),
                {"url": "http://example.org/x", "valueReference": {"reference": "#in"}},
            ]
        yield Fault("contained", name, f"{kind}.contained[0]", changed)
    broken = copy.deepcopy(resource)
    broken["extension"] = [
        *broken.get("extension", []),
        {"url": "http://example.org/x", "valueReference": {"reference": "#gone"}},
    ]
    yield Fault("broken reference", "#gone", f"{kind}.extension", broken)


# --- changing a copy ---------------------------------------------------------------------------------------------


def _changed(kind: str, what: str, near: str, resource: Json, spot: Spot, change: Callable[[Any], object]) -> Fault:
    result = copy.deepcopy(resource)
    change(value_at(result, spot.path))
    return Fault(kind, what, near, result)


def _put(kind: str, near: str, resource: Json, spot: Spot, value: Any) -> Fault:
    result = copy.deepcopy(resource)
    _set(result, spot.path, copy.deepcopy(value))
    return Fault(kind, near, near, result)


def _set(resource: Json, path: str, value: Any) -> None:
    *above, last = steps(path)
    for step in above:
        resource = resource[step]  # type: ignore[index]
    resource[last] = value  # type: ignore[index]


def _remove(resource: Any, path: str) -> None:
    """Take a value out, and whatever is empty then."""
    *above, last = steps(path)
    trail = [resource]
    for step in above:
        trail.append(trail[-1][step])
    del trail[-1][last]
    for level in range(len(above), 0, -1):
        if trail[level]:
            break
        del trail[level - 1][above[level - 1]]


def _spoil_all(at: Json, member: str, path: str, slice_id: str, elements: dict[str, Json]) -> None:
    for value in [value for value in at[member] if in_slice(value, slice_id, elements)]:
        _spoil(value, path)


def _spoil(value: Any, path: str) -> None:
    """Put another value where the path leads, in every member of a list on the way."""
    name, _, rest = path.partition(".")
    part = value.get(name) if isinstance(value, dict) else None
    if rest:
        for inner in part if isinstance(part, list) else [part]:
            _spoil(inner, rest)
    elif part is not None:
        value[name] = "http://example.org/other" if ":" in str(part) else "other"


def _put_in(at: Json, member: str, value: Any) -> None:
    at[member] = value


def _add_to(at: Json, member: str, value: Any) -> None:
    at.setdefault(member, []).append(copy.deepcopy(value))


def _drop(at: Json, name: str) -> None:
    for member in present(at, name):
        at.pop(member)
    at.pop(f"_{name}", None)


def _without(value: Json, name: str) -> Json:
    return {key: part for key, part in value.items() if key != name}
