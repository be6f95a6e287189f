"""StructureDefinition resources (snapshots) as profile trees."""

import re
from collections.abc import Mapping
from typing import Any, Final

from hl7_bridge.validate.elements import (
    EXTENSION,
    HL7_STRUCTURE,
    BaseType,
    Binding,
    Element,
    Node,
    Profile,
    Rule,
    TypeRef,
    base_types,
    place,
)

_OF_TYPE: Final = re.compile(r"\.ofType\((\w+)\)")
_ANYWHERE: Final = frozenset({"Element", "Resource", "DomainResource", "BackboneElement"})
NATIVE_RULES: Final = frozenset({"ele-1", "ext-1", "dom-2", "dom-3", "dom-4", "dom-5", "dom-6", "ref-1"})


def profile_of(definition: Mapping[str, Any]) -> Profile:
    """A StructureDefinition with a snapshot; what the snapshot only repeats from the base is left out."""
    known = {rule.key for base in base_types().values() for rules in base.rules.values() for rule in rules}
    root = Node(id=definition["type"], name=definition["type"])
    for element in definition["snapshot"]["element"]:
        _, _, path = element["id"].partition(".")
        _fill(place(root, path) if path else root, element, known)
    base = EXTENSION if definition["type"] == "Extension" else base_types().get(definition["type"])
    if base is not None:
        _drop_repetition(root, base, "")
    return Profile(
        url=definition["url"],
        type=definition["type"],
        root=root,
        contexts=_contexts(definition),
        modifies=_modifies(definition),
    )


def _contexts(definition: Mapping[str, Any]) -> tuple[str, ...]:
    """Where an extension may stand; () as soon as one context is of a kind that is not a plain element."""
    if definition["type"] != "Extension":
        return ()
    found = []
    for context in definition.get("context", []):
        path = _OF_TYPE.sub(r"\1", context.get("expression", ""))
        if context.get("type") != "element" or "(" in path or path in _ANYWHERE:
            return ()
        found.append(path)
    return tuple(found)


def _modifies(definition: Mapping[str, Any]) -> bool:
    return definition["type"] == "Extension" and bool(definition["snapshot"]["element"][0].get("isModifier"))


def _drop_repetition(node: Node, base: BaseType, prefix: str) -> None:
    """Take out types and bindings that only repeat base R4, and nodes that then say nothing."""
    for name, child in list(node.children.items()):
        element = base.children.get(prefix, {}).get(name)
        for part in (child, *child.slices.values()):
            kinds = part.types or child.types or (element.types if element else ())
            if element is not None:
                _drop_repeated(part, element)
            if element is not None and not element.types:
                _drop_repetition(part, base, element.same_as or element.path)
            elif len(kinds) == 1 and kinds[0].code in base_types():
                _drop_repetition(part, base_types()[kinds[0].code], "")
            elif len(kinds) == 1 and kinds[0].code == "Extension":
                _drop_repetition(part, EXTENSION, "")
        if says_nothing(child):
            del node.children[name]


def says_nothing(node: Node) -> bool:
    """True where neither the node nor anything under it constrains a value."""
    own = (node.minimum, node.maximum, node.fixed, node.pattern, node.binding, node.preferred)
    return all(part is None for part in own) and not (
        node.types or node.rules or node.children or node.slices or node.must_support
    )


def _drop_repeated(node: Node, element: Element) -> None:
    if node.binding == element.binding:
        node.binding = None
    own, base = {_plain(ref) for ref in node.types}, {_plain(ref) for ref in element.types}
    if own == base and not (node.slice_name and element.is_choice):
        node.types = ()


def _plain(ref: TypeRef) -> tuple[str, tuple[str, ...]]:
    """A type with short names: of R4's targets, and of R4's profiled quantities, which count as types."""
    targets = {target.removeprefix(HL7_STRUCTURE) for target in ref.targets} - {"Resource"}
    if ref.profile is None:
        return ref.code, tuple(sorted(targets))
    return ref.profile.removeprefix(HL7_STRUCTURE), tuple(sorted(targets))


def _fill(node: Node, element: Mapping[str, Any], known_rules: set[str]) -> None:
    base = element.get("base", {})
    maximum = element.get("max")
    if element.get("min") and (node.slice_name or element["min"] != base.get("min")):
        node.minimum = element["min"]
    if maximum is not None and (node.slice_name or maximum != base.get("max")) and maximum != "*":
        node.maximum = int(maximum)
    if node.maximum != 0:
        node.types = tuple(_type(item) for item in element.get("type", []) if _says_something(item))
    for name, value in element.items():
        if name.startswith("fixed"):
            node.fixed = value
        elif name.startswith("pattern"):
            node.pattern = value
    node.binding = _binding(element.get("binding", {}))
    node.preferred = _preferred(element.get("binding", {}))
    slicing = element.get("slicing")
    if slicing:
        node.discriminators = tuple((item["type"], item["path"]) for item in slicing.get("discriminator", []))
        node.closed = slicing.get("rules") == "closed"
        node.ordered = bool(slicing.get("ordered"))
    node.must_support = bool(element.get("mustSupport"))
    node.rules = tuple(
        Rule(item["key"], item["severity"], item["expression"])
        for item in element.get("constraint", [])
        if item["key"] not in known_rules | NATIVE_RULES and item.get("expression")
    )


def _says_something(item: Mapping[str, Any]) -> bool:
    """False for what the structure itself tells: parts with elements of their own, ids, unprofiled extensions."""
    code = item["code"]
    if code in ("BackboneElement", "Element") or "fhirpath" in code:
        return False
    return code != "Extension" or bool(item.get("profile"))


def _type(item: Mapping[str, Any]) -> TypeRef:
    profiles = item.get("profile") or [None]
    targets = tuple(target.split("|")[0] for target in item.get("targetProfile", []) if item["code"] == "Reference")
    return TypeRef(item["code"], targets=targets, profile=profiles[0])


def _binding(binding: Mapping[str, Any]) -> Binding | None:
    strength, value_set = binding.get("strength"), binding.get("valueSet")
    if value_set is None or strength not in ("required", "extensible"):
        return None
    return Binding("required" if strength == "required" else "extensible", value_set.split("|")[0])


def _preferred(binding: Mapping[str, Any]) -> str | None:
    value_set = binding.get("valueSet")
    return value_set.split("|")[0] if value_set and binding.get("strength") == "preferred" else None
