"""Definitions as the validator works with them: base R4 types from ``r4.toml``, profiles as trees over them."""

import tomllib
from dataclasses import dataclass, field
from functools import cache
from importlib.resources import files
from typing import Any, Final, Literal

from hl7_bridge.validate.primitives import PRIMITIVES

Strength = Literal["required", "extensible"]

HL7_VALUE_SET: Final = "http://hl7.org/fhir/ValueSet/"
THO_VALUE_SET: Final = "http://terminology.hl7.org/ValueSet/"
HL7_STRUCTURE: Final = "http://hl7.org/fhir/StructureDefinition/"

_ALIASES: Final = {"SimpleQuantity": "Quantity", "MoneyQuantity": "Quantity"}
_EVERY_RESOURCE: Final = """
id             0..1  id
meta           0..1  Meta
implicitRules  0..1  uri
language       0..1  code
"""
_EVERY_DOMAIN_RESOURCE: Final = """
text               0..1  Narrative
contained          0..*  Resource
extension          0..*  Extension
modifierExtension  0..*  Extension
"""
_EVERY_DATATYPE: Final = """
id         0..1  string
extension  0..*  Extension
"""
_MODIFIER: Final = "modifierExtension  0..*  Extension\n"
_NOT_DOMAIN: Final = frozenset({"Bundle", "Binary", "Parameters"})


@dataclass(frozen=True, slots=True)
class Binding:
    """The value set a coded element draws from."""

    strength: Strength
    value_set: str


@dataclass(frozen=True, slots=True)
class TypeRef:
    """A type an element may have: for a Reference its targets, for an Extension the profile it follows."""

    code: str
    targets: tuple[str, ...] = ()
    profile: str | None = None

    @property
    def suffix(self) -> str:
        """What a choice element's JSON name ends with: ``Quantity`` in ``valueQuantity``."""
        name = _ALIASES.get(self.code, self.code)
        return name[0].upper() + name[1:]


@dataclass(frozen=True, slots=True)
class Rule:
    """A FHIRPath constraint."""

    key: str
    severity: Literal["error", "warning"]
    expression: str


@dataclass(frozen=True, slots=True)
class Element:
    """An element of a base type; ``maximum`` None means any number.

    ``same_as`` is a path in the same type whose content this element repeats.
    """

    name: str
    path: str
    minimum: int
    maximum: int | None
    types: tuple[TypeRef, ...] = ()
    binding: Binding | None = None
    same_as: str | None = None

    @property
    def is_choice(self) -> bool:
        return self.name.endswith("[x]")


@dataclass(frozen=True, slots=True)
class BaseType:
    """A resource or datatype: its elements by parent path ("" is the top), its rules by path."""

    name: str
    is_resource: bool
    children: dict[str, dict[str, Element]]
    rules: dict[str, tuple[Rule, ...]]


@dataclass(slots=True)
class Node:
    """What a profile adds at one place.

    ``id`` is the element's id (``Observation.component:Systolic.code``).  None and () where nothing is added;
    ``fixed`` and ``pattern`` hold JSON values; ``preferred`` is a value set that is not checked.
    """

    id: str
    name: str
    slice_name: str | None = None
    minimum: int | None = None
    maximum: int | None = None
    types: tuple[TypeRef, ...] = ()
    fixed: Any = None
    pattern: Any = None
    binding: Binding | None = None
    preferred: str | None = None
    discriminators: tuple[tuple[str, str], ...] = ()
    closed: bool = False
    ordered: bool = False
    must_support: bool = False
    rules: tuple[Rule, ...] = ()
    children: dict[str, "Node"] = field(default_factory=dict)
    slices: dict[str, "Node"] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Profile:
    """A profile by its canonical ``url`` over the base ``type``.

    For an extension ``type`` is Extension, and ``contexts`` are the elements it may stand on, as FHIRPath without
    functions (``MedicationRequest.medicationCodeableConcept``, ``Address``); () allows it anywhere.  ``modifies`` is
    true for a modifier extension.
    """

    url: str
    type: str
    root: Node
    contexts: tuple[str, ...] = ()
    modifies: bool = False

    @property
    def id(self) -> str:
        return self.url.rsplit("/", maxsplit=1)[-1]


def place(root: Node, element_id: str) -> Node:
    """The node for an element id such as ``component:Systolic.code`` under ``root``, made where it is missing."""
    node = root
    for segment in element_id.split("."):
        name, _, slice_name = segment.partition(":")
        node = node.children.setdefault(name, Node(id=f"{node.id}.{name}", name=name))
        if slice_name:
            node = node.slices.setdefault(
                slice_name, Node(id=f"{node.id}:{slice_name}", name=name, slice_name=slice_name)
            )
    return node


@cache
def base_types() -> dict[str, BaseType]:
    """The base R4 types of ``r4.toml`` by name."""
    return {name: _base_type(name, table) for name, table in r4_table()["types"].items()}


@cache
def r4_table() -> dict[str, Any]:
    """``r4.toml`` and ``r4_more.toml`` as they are written: types, extensions, value sets by canonical URL."""
    folder = files("hl7_bridge.validate")
    parts = [tomllib.loads(folder.joinpath(name).read_text("utf-8")) for name in ("r4.toml", "r4_more.toml")]
    return {kind: {**parts[0].get(kind, {}), **parts[1][kind]} for kind in ("types", "valuesets", "extensions")}


def _type_names() -> frozenset[str]:
    names = r4_table()["valuesets"]["http://hl7.org/fhir/ValueSet/resource-types"]
    return frozenset(names["http://hl7.org/fhir/resource-types"])


def read_element(line: str) -> Element:
    """One line of an ``elements`` table: path, cardinality, types, binding."""
    path, cardinality, *rest = line.split(maxsplit=2)
    text = rest[0] if rest else ""
    binding = None
    for strength in ("required", "extensible"):
        head, word, value_set = text.partition(f" {strength} ")
        if word:
            text, binding = head, Binding(strength, full_value_set(value_set.strip()))
    minimum, maximum = read_cardinality(cardinality)
    return Element(
        name=path.rsplit(".", maxsplit=1)[-1],
        path=path,
        minimum=minimum,
        maximum=maximum,
        types=read_types(text),
        binding=binding,
        same_as=text.strip()[1:] if text.strip().startswith("@") else None,
    )


def read_cardinality(text: str) -> tuple[int, int | None]:
    low, high = text.split("..")
    return int(low), None if high == "*" else int(high)


def read_types(text: str) -> tuple[TypeRef, ...]:
    """``Reference(A B) | string``; ``{}``, ``@path`` and nothing are no types."""
    text = text.strip()
    if not text or text.startswith(("{}", "@")):
        return ()
    found = []
    for part in text.split("|"):
        code, _, inside = part.strip().partition("(")
        names = tuple(inside.rstrip(")").split())
        if code == "Extension":
            found.append(TypeRef(code, profile=names[0] if names else None))
        else:
            found.append(TypeRef(code, targets=names))
    return tuple(found)


def full_value_set(name: str) -> str:
    """The canonical URL for a short name of the tables."""
    if name.startswith("thv:"):
        return THO_VALUE_SET + name.removeprefix("thv:")
    return name if "://" in name else HL7_VALUE_SET + name


def _base_type(name: str, table: dict[str, Any]) -> BaseType:
    is_resource = table["kind"] == "resource"
    inherited = _EVERY_DATATYPE + (_MODIFIER if table["kind"] == "backbone" else "")
    if is_resource:
        inherited = _EVERY_RESOURCE + ("" if name in _NOT_DOMAIN else _EVERY_DOMAIN_RESOURCE)
    children: dict[str, dict[str, Element]] = {}
    for line in (inherited + table["elements"]).splitlines():
        if not line.strip():
            continue
        element = read_element(line)
        children.setdefault(element.path.rpartition(".")[0], {})[element.name] = element
        if "{}" in line:
            inside = children.setdefault(element.path, {})
            for extra in (_EVERY_DATATYPE + (_MODIFIER if is_resource else "")).splitlines():
                if extra.strip():
                    part = read_element(extra)
                    inside[part.name] = part
    rules: dict[str, list[Rule]] = {}
    for key, severity, path, expression in table.get("rules", []):
        rules.setdefault(path, []).append(Rule(key, severity, expression))
    return BaseType(name, is_resource, children, {path: tuple(found) for path, found in rules.items()})


TYPE_NAMES: Final = _type_names()
"""Every resource type of R4, also those whose structure is not checked here."""


def _all_types() -> tuple[TypeRef, ...]:
    datatypes = [name for name, base in base_types().items() if not base.is_resource and name != "SimpleQuantity"]
    return tuple(TypeRef(name) for name in sorted({*datatypes, *PRIMITIVES} - {"xhtml"}))


def _own(name: str, maximum: int | None, *types: TypeRef, minimum: int = 0) -> Element:
    return Element(name, name, minimum, maximum, types)


_COMMON = {
    "id": _own("id", 1, TypeRef("string")),
    "extension": _own("extension", None, TypeRef("Extension")),
}
ELEMENT = BaseType("Element", False, {"": _COMMON}, {})
EXTENSION = BaseType(
    "Extension",
    False,
    {
        "": {
            **_COMMON,
            "url": _own("url", 1, TypeRef("uri"), minimum=1),
            "value[x]": _own("value[x]", 1, *_all_types()),
        }
    },
    {},
)
