"""The project's own constraint table (``profiles.toml``) as a validator that needs no package."""

import tomllib
from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from typing import Any, Final

from hl7_bridge.validate.elements import (
    HL7_STRUCTURE,
    Binding,
    Node,
    Profile,
    Rule,
    TypeRef,
    full_value_set,
    place,
    r4_table,
)
from hl7_bridge.validate.engine import Validator
from hl7_bridge.validate.terminology import Terminology, r4_value_sets, value_set

PROFILE_URL: Final = "http://www.hl7korea.or.kr/fhir/krcore/StructureDefinition/"
VALUE_SET_URL: Final = "http://www.hl7korea.or.kr/fhir/krcore/ValueSet/"


Document = Mapping[str, Any]
"""``profiles.toml`` as it is written."""


@cache
def table_validator() -> Validator:
    """The validator of ``profiles.toml`` over ``r4.toml``."""
    document = read_table()
    value_sets = {VALUE_SET_URL + name: value_set(systems) for name, systems in document["valuesets"].items()}
    systems = {system: frozenset(codes) for system, codes in document["codesystems"].items()}
    profiles = {PROFILE_URL + name: table_profile(name, document) for name in document["profiles"]}
    return Validator({**profiles, **r4_extensions()}, Terminology({**value_sets, **r4_value_sets()}, systems))


def read_table() -> Document:
    """``profiles.toml`` as it is written."""
    return tomllib.loads(files("hl7_bridge.validate").joinpath("profiles.toml").read_text("utf-8"))


@cache
def r4_extensions() -> dict[str, Profile]:
    """The extensions that R4 itself defines, as far as ``r4_more.toml`` has them, by URL."""
    tables = r4_table()["extensions"]
    return {HL7_STRUCTURE + name: _profile(HL7_STRUCTURE + name, name, tables) for name in tables}


def table_profile(name: str, document: Document) -> Profile:
    """A profile of the table by its id."""
    return _profile(PROFILE_URL + name, name, document["profiles"])


def _profile(url: str, name: str, tables: Mapping[str, Mapping[str, Any]]) -> Profile:
    """A profile with what it inherits from its parents in the table, the nearest last."""
    root = Node(id="", name="")
    base = ""
    for table in _lineage(name, tables):
        base = table.get("of", base)
        root.id = root.name = base
        for path, words in table["elements"].items():
            _apply(place(root, path), words)
        for path in table.get("must_support", []):
            place(root, path).must_support = True
        root.rules += tuple(Rule(*rule) for rule in table.get("rules", []))
    contexts = tuple(tables[name].get("on", []))
    return Profile(url=url, type=base, root=root, contexts=contexts)


def _lineage(name: str, tables: Mapping[str, Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    table = tables[name]
    return [*(_lineage(table["from"], tables) if "from" in table else []), table]


def _apply(node: Node, words: Mapping[str, Any]) -> None:
    """One line of the table on its element."""
    node.minimum = words.get("min", node.minimum)
    node.maximum = words.get("max", node.maximum)
    node.fixed = words.get("is", node.fixed)
    if "like" in words:
        system, code = words["like"].rsplit("#", maxsplit=1)
        node.pattern = {"coding": [{"system": system, "code": code}]}
    if "required" in words:
        node.binding, node.preferred = Binding("required", _value_set(words["required"])), None
    if "extensible" in words:
        node.binding, node.preferred = Binding("extensible", _value_set(words["extensible"])), None
    if "preferred" in words:
        node.preferred = _value_set(words["preferred"])
    if "sliced" in words:
        node.discriminators = tuple((kind, path) for kind, path in (by.split(" ") for by in words["sliced"]))
    if "types" in words:
        node.types = tuple(TypeRef(code) for code in words["types"])
    if "points_at" in words:
        node.types = (TypeRef("Reference", targets=tuple(words["points_at"])),)
    if "extension" in words:
        node.types = (TypeRef("Extension", profile=PROFILE_URL + words["extension"]),)


def _value_set(name: str) -> str:
    return VALUE_SET_URL + name if name.startswith("krcore-") else full_value_set(name)
