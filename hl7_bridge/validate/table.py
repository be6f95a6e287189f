"""The project's own constraint table (``profiles.toml``) as a validator that needs no package."""

import tomllib
from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from typing import Any, Final

from hl7_bridge.validate.elements import Binding, Node, Profile, Rule, TypeRef, full_value_set, place
from hl7_bridge.validate.engine import Validator
from hl7_bridge.validate.terminology import Terminology, r4_value_sets, value_set

PROFILE_URL: Final = "http://www.hl7korea.or.kr/fhir/krcore/StructureDefinition/"
VALUE_SET_URL: Final = "http://www.hl7korea.or.kr/fhir/krcore/ValueSet/"


@cache
def table_validator() -> Validator:
    """The validator of ``profiles.toml`` over ``r4.toml``."""
    document = tomllib.loads(files("hl7_bridge.validate").joinpath("profiles.toml").read_text("utf-8"))
    value_sets = {VALUE_SET_URL + name: value_set(systems) for name, systems in document["valuesets"].items()}
    profiles = {PROFILE_URL + name: _profile(name, document["profiles"]) for name in document["profiles"]}
    return Validator(profiles, Terminology({**value_sets, **r4_value_sets()}))


def _profile(name: str, tables: Mapping[str, Mapping[str, Any]]) -> Profile:
    """A profile with what it inherits from its parents in the table, the nearest last."""
    root = Node(id="", name="")
    base = ""
    for table in _lineage(name, tables):
        base = table.get("of", base)
        root.id = root.name = base
        for path, words in table["elements"].items():
            _apply(place(root, path), words)
        root.rules += tuple(Rule(*rule) for rule in table.get("rules", []))
    contexts = tuple(tables[name].get("on", []))
    return Profile(url=PROFILE_URL + name, type=base, root=root, contexts=contexts)


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
    for strength in ("required", "extensible"):
        if strength in words:
            name = words[strength]
            url = VALUE_SET_URL + name if name.startswith("krcore-") else full_value_set(name)
            node.binding = Binding("required" if strength == "required" else "extensible", url)
    if "sliced" in words:
        node.discriminators = tuple((kind, path) for kind, path in (by.split(" ") for by in words["sliced"]))
    if "types" in words:
        node.types = tuple(TypeRef(code) for code in words["types"])
    if "points_at" in words:
        node.types = (TypeRef("Reference", targets=tuple(words["points_at"])),)
    if "extension" in words:
        node.types = (TypeRef("Extension", profile=PROFILE_URL + words["extension"]),)
