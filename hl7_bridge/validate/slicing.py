"""Which slice of a profile a value belongs to: by value, pattern, type, binding or extension URL."""

from typing import Any

from hl7_bridge.validate.coding import codings
from hl7_bridge.validate.elements import Node
from hl7_bridge.validate.findings import Item
from hl7_bridge.validate.knowledge import Knowledge


def slice_of(item: Item, node: Node, known: Knowledge) -> str | None:
    """The name of the first slice whose every discriminator the value meets."""
    for name, candidate in node.slices.items():
        if node.discriminators and all(
            _meets(kind, path, candidate, item, known) for kind, path in node.discriminators
        ):
            return name
    return None


def matches_pattern(value: Any, pattern: Any) -> bool:
    """FHIR's pattern[x]: everything in the pattern is in the value; list members in any order."""
    if isinstance(pattern, dict):
        return isinstance(value, dict) and all(
            name in value and matches_pattern(value[name], part) for name, part in pattern.items()
        )
    if isinstance(pattern, list):
        return isinstance(value, list) and all(
            any(matches_pattern(member, part) for member in value) for part in pattern
        )
    return bool(value == pattern) and isinstance(value, bool) == isinstance(pattern, bool)


def _meets(kind: str, path: str, candidate: Node, item: Item, known: Knowledge) -> bool:
    if kind == "type":
        return _has_type(path, candidate, item)
    if kind == "exists":
        found = _values([item.value], path)
        return bool(found) == bool((_nodes(candidate, path) or [candidate])[0].minimum)
    if path == "url" and any(ref.profile for ref in candidate.types):
        url = item.value.get("url") if isinstance(item.value, dict) else None
        return any(ref.profile == url for ref in candidate.types)
    values = [item.value] if path == "$this" else _values([item.value], path)
    nodes = [candidate] if path == "$this" else _nodes(candidate, path)
    kinds = item.type.code if path == "$this" else ""
    verdicts = [verdict for node in nodes if (verdict := _judged(node, values, kinds, known)) is not None]
    return bool(verdicts) and all(verdicts)


def _has_type(path: str, candidate: Node, item: Item) -> bool:
    """The type of the value itself, of a choice in it (``value``), or of a resource in it (``resource``)."""
    if path == "$this":
        return item.type.code in {ref.code for ref in candidate.types}
    value = item.value if isinstance(item.value, dict) else {}
    nodes = _nodes(candidate, path) or _nodes(candidate, f"{path}[x]")
    kinds = [ref for node in nodes for ref in node.types]
    inner = value.get(path)
    stated = inner.get("resourceType") if isinstance(inner, dict) else None
    return any(f"{path}{ref.suffix}" in value or (stated is not None and stated == ref.code) for ref in kinds)


def _judged(node: Node, values: list[Any], type_code: str, known: Knowledge) -> bool | None:
    """Whether a value meets what the node fixes; None where the node fixes nothing."""
    if node.fixed is not None:
        return node.fixed in values
    if node.pattern is not None:
        return any(matches_pattern(value, node.pattern) for value in values)
    if node.binding is not None and node.binding.strength == "required":
        value_set = known.terminology.get(node.binding.value_set)
        if value_set is not None:
            pairs = [pair for value in values for pair in codings(value, type_code)]
            return any(value_set.contains(system, code) for system, code in pairs)
    inner = [
        verdict
        for name, child in node.children.items()
        if (verdict := _judged(child, _values(values, name), "", known)) is not None
    ]
    return all(inner) if inner else None


def _values(values: list[Any], path: str) -> list[Any]:
    for name in path.split("."):
        step = []
        for value in values:
            part = value.get(name) if isinstance(value, dict) else None
            step += part if isinstance(part, list) else [] if part is None else [part]
        values = step
    return values


def _nodes(node: Node, path: str) -> list[Node]:
    """The nodes at ``path`` under a slice, through the slices on the way."""
    found = [node]
    for name in path.split("."):
        children = [item.children[name] for item in found if name in item.children]
        found = [part for child in children for part in (child, *child.slices.values())]
    return found
