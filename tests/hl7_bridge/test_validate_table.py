"""Our tables beside the official definitions: nothing missing, nothing more, and no line that could change unseen."""

import copy
import gzip
import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from hl7_bridge.validate import Validator, package_validator, table_validator
from hl7_bridge.validate.elements import HL7_STRUCTURE, BaseType, Node, Profile, TypeRef, base_types
from hl7_bridge.validate.structure import NATIVE_RULES
from hl7_bridge.validate.table import PROFILE_URL, read_table, table_profile
from hl7_bridge.validate.terminology import compile_value_sets, r4_value_sets
from hl7_bridge.validate.terminology import value_set as value_set_of

Json = dict[str, Any]
Said = dict[str, tuple[Any, ...]]

CORE = Path(__file__).resolve().parents[2] / "../shared/krcore/r4-core-min.json.gz"
# What the trimmed definitions carry and R4 4.0.1 does not: elements, and the targets of one reference.
NOT_R4 = {f"Meta.{name}" for name in ("project", "author", "onBehalfOf", "account", "accounts", "compartment")}
OBSERVER = "AuditEvent.source.observer"
# Datatypes and resources of R4 that nobody exchanges as clinical data.
LEFT_OUT = {"CapabilityStatement", "ElementDefinition", "MoneyQuantity"}
PARTS = ("BackboneElement", "Element")
ABSTRACT = {"Element", "BackboneElement", "Resource", "DomainResource", "Extension"}
NOTHING: tuple[Any, ...] = (None, None, None, None, None, None, [], (), (), False)


@pytest.fixture(scope="module")
def official(package: Path) -> Validator:
    return package_validator(package)


@pytest.fixture(scope="module")
def core() -> Json:
    if not CORE.exists():
        pytest.skip("the trimmed R4 definitions are not beside the repository")
    found: Json = json.loads(gzip.decompress(CORE.read_bytes()))
    return found


@pytest.fixture(scope="module")
def preferred(core: Json) -> set[tuple[str, str]]:
    """What base R4 itself prefers, which a snapshot only repeats: (element, value set)."""
    return {
        (element["path"], element["binding"]["valueSet"].split("|")[0])
        for definition in core["StructureDefinition"].values()
        if definition.get("derivation") != "constraint"
        for element in definition["snapshot"]["element"]
        if element.get("binding", {}).get("strength") == "preferred"
    }


def test_the_table_has_every_profile_and_extension_of_the_guide(official: Validator) -> None:
    assert table_validator().profiles.keys() == official.profiles.keys()
    assert len([profile for profile in official.profiles.values() if profile.type != "Extension"]) == 31
    assert len([url for url, profile in official.profiles.items() if url.startswith(PROFILE_URL)]) == 35


def test_the_table_says_what_the_official_definitions_say(official: Validator, preferred: set[tuple[str, str]]) -> None:
    for url, profile in official.profiles.items():
        assert said(table_validator().profiles[url]) == said(profile, preferred), url


def test_every_line_of_the_table_counts(official: Validator, preferred: set[tuple[str, str]]) -> None:
    """Whichever word of the table is taken out or changed, the comparison above fails."""
    document = read_table()
    changes = 0
    for name, table in document["profiles"].items():
        truth = said(official.profiles[PROFILE_URL + name], preferred)
        for what, changed in changed_tables(table):
            other = {**document, "profiles": {**document["profiles"], name: changed}}
            assert said(table_profile(name, other)) != truth, (name, what)
            changes += 1
    assert changes > 800


def test_the_table_lists_the_codes_of_the_guide(official: Validator, core: Json) -> None:
    ours = table_validator().terminology.value_sets
    compiled = compile_value_sets(core["ValueSet"], core["CodeSystem"])
    for url, found in official.terminology.value_sets.items():
        if url in compiled or url.startswith(("http://hl7.org", "http://terminology.hl7.org")):
            continue
        expected = {system: codes - found.excluded.get(system, frozenset()) for system, codes in found.codes.items()}
        assert dict(ours[url].codes) == expected, url


def test_the_table_lists_the_code_systems_that_the_guide_lists_whole(official: Validator) -> None:
    assert table_validator().terminology.systems == official.terminology.systems
    assert len(official.terminology.systems) == 7


def test_our_value_sets_of_r4_are_those_of_r4(core: Json) -> None:
    compiled = compile_value_sets(core["ValueSet"], core["CodeSystem"])
    compared = 0
    for url, mine in r4_value_sets().items():
        if url in compiled:
            found = compiled[url]
            expected = {
                system: codes - found.excluded.get(system, frozenset()) for system, codes in found.codes.items()
            }
            assert dict(mine.codes) == expected, url
            compared += 1
    assert compared > 120
    assert value_set_of({"urn:a": ["*"], "-urn:a": ["x"]}).contains("urn:a", "x") is False


def test_our_base_types_are_those_of_r4(core: Json) -> None:
    definitions = {
        url.removeprefix(HL7_STRUCTURE): definition
        for url, definition in core["StructureDefinition"].items()
        if definition["kind"] in ("resource", "complex-type") and definition.get("derivation") != "constraint"
    }
    assert base_types().keys() - {"SimpleQuantity"} == definitions.keys() - ABSTRACT - LEFT_OUT
    for name, base in base_types().items():
        if name == "SimpleQuantity":
            continue
        elements = definitions[name]["snapshot"]["element"]
        expected = {element["path"]: official_words(element) for element in elements if element["path"] not in NOT_R4}
        expected.pop(name)
        if OBSERVER in expected:
            expected[OBSERVER] = (1, "1", expected["AuditEvent.agent.who"][2], None)
        assert ours_words(base) == expected, name
        rules = {
            (element["path"], rule["key"], rule["severity"], rule["expression"])
            for element in elements
            for rule in element.get("constraint", [])
            if rule["key"] not in NATIVE_RULES | {"txt-1", "txt-2"} and rule.get("expression")
        }
        mine = {
            (f"{name}.{path}".rstrip("."), rule.key, rule.severity, rule.expression)
            for path, found in base.rules.items()
            for rule in found
        }
        assert mine == rules, name


def official_words(element: Json) -> tuple[Any, ...]:
    """Cardinality, types with targets, and the binding that can be checked."""
    kinds = sorted(
        short(kind) for kind in element.get("type", []) if kind["code"] not in ("BackboneElement", "Element")
    )
    if len(kinds) > 20:
        kinds = ["*"]
    binding = element.get("binding", {})
    bound = None
    if binding.get("strength") in ("required", "extensible"):
        bound = (binding["strength"], binding["valueSet"].split("|")[0])
    return element["min"], element["max"], kinds, bound


def short(kind: Json) -> str:
    code = "string" if "fhirpath" in kind["code"] else kind["code"]
    profile = [url.removeprefix(HL7_STRUCTURE) for url in kind.get("profile", [])]
    targets = sorted({url.removeprefix(HL7_STRUCTURE) for url in kind.get("targetProfile", [])} - {"Resource"})
    if code != "Reference":
        targets = []
    return " ".join([profile[0] if profile and code != "Extension" else code, *targets])


def ours_words(base: BaseType) -> Json:
    found = {}
    for parent, children in base.children.items():
        for element in children.values():
            kinds = sorted(" ".join([kind.code, *sorted(kind.targets)]) for kind in element.types)
            if element.name == "id":
                kinds = ["string"]
            if len(kinds) > 20:
                kinds = ["*"]
            most = "*" if element.maximum is None else str(element.maximum)
            bound = (element.binding.strength, element.binding.value_set) if element.binding else None
            path = ".".join(part for part in (base.name, parent, element.name) if part)
            found[path] = (element.minimum, most, kinds, bound)
    return found


def said(profile: Profile, repeated: set[tuple[str, str]] = frozenset()) -> Said:  # type: ignore[assignment]
    """Everything a profile asks, by element id, in a form that can be compared."""
    found = dict(_said(profile.root, repeated))
    found["context"] = (profile.contexts, profile.modifies)
    return {name: words for name, words in found.items() if words != NOTHING}


def _said(node: Node, repeated: set[tuple[str, str]]) -> Iterator[tuple[str, tuple[Any, ...]]]:
    kinds = sorted(
        (
            ref.code,
            str(ref.profile) if ref.code == "Extension" else "",
            sorted(target.rsplit("/", maxsplit=1)[-1] for target in ref.targets),
        )
        for ref in merged(node)
    )
    place = re.sub(r":[\w-]+", "", node.id)
    is_repeated = node.preferred is not None and any(
        value_set == node.preferred and (path == place or path in ("Timing.code",)) for path, value_set in repeated
    )
    yield (
        node.id,
        (
            node.minimum,
            node.maximum,
            node.fixed,
            node.pattern,
            node.binding,
            None if is_repeated else node.preferred,
            kinds,
            node.discriminators if node.slices else (),
            node.rules,
            (node.closed, node.ordered) if node.slices and (node.closed or node.ordered) else node.must_support,
        ),
    )
    for child in (*node.children.values(), *node.slices.values()):
        yield from _said(child, repeated)


def merged(node: Node) -> tuple[TypeRef, ...]:
    """References are compared by all they may lead to, however many type entries say so."""
    references = [ref for ref in node.types if ref.code == "Reference"]
    if len(references) < 2:
        return node.types
    return (TypeRef("Reference", targets=tuple(target for ref in references for target in ref.targets)),)


def changed_tables(table: Json) -> Iterator[tuple[str, Json]]:
    """The table of a profile with one word less, or with one word changed."""
    for path, words in table["elements"].items():
        yield path, without(table, path)
        for word, value in words.items():
            if len(words) > 1:
                yield f"{path} without {word}", without(table, path, word)
            changed = copy.deepcopy(table)
            changed["elements"][path][word] = another(value)
            yield f"{path} with another {word}", changed
    for path in table.get("must_support", []):
        changed = copy.deepcopy(table)
        changed["must_support"].remove(path)
        yield f"{path} without must-support", changed
    for index, rule in enumerate(table.get("rules", [])):
        changed = copy.deepcopy(table)
        del changed["rules"][index]
        yield f"without {rule[0]}", changed
    if "on" in table:
        yield "another context", {**table, "on": ["Patient"]}
    yield "one line more", {**table, "elements": {**table["elements"], "language": {"min": 1}}}


def without(table: Json, path: str, word: str | None = None) -> Json:
    changed = copy.deepcopy(table)
    if word is None:
        del changed["elements"][path]
    else:
        del changed["elements"][path][word]
    return changed


def another(value: Any) -> Any:
    if isinstance(value, int):
        return value + 1
    if isinstance(value, str):
        return f"{value}x"
    return [*value[:-1], f"{value[-1].split(' ')[0]} x"] if " " in value[-1] else [*value, "Basic"]
