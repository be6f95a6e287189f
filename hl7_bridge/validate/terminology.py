"""Which codes belong to a value set, as far as that is known offline."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from typing import Any, Final

from hl7_bridge.validate.elements import r4_table

ANY: Final = "*"


@dataclass(frozen=True, slots=True)
class ValueSet:
    """Codes by system; ``*`` stands for every code of a system whose list is kept elsewhere (KCD-8, EDI, LOINC)."""

    codes: Mapping[str, frozenset[str]]
    excluded: Mapping[str, frozenset[str]] = field(default_factory=dict)

    def contains(self, system: str | None, code: str) -> bool:
        """``system`` None (a bare code) matches any system of the set."""
        for name, codes in self.codes.items():
            if system not in (None, name) or code in self.excluded.get(name, frozenset()):
                continue
            if ANY in codes or code in codes:
                return True
        return False


@dataclass(frozen=True, slots=True)
class Terminology:
    """Value sets by canonical URL, and the code systems whose every code is known.

    A binding to a value set that is not here is not checked.
    """

    value_sets: Mapping[str, ValueSet]
    systems: Mapping[str, frozenset[str]] = field(default_factory=dict)

    def get(self, url: str) -> ValueSet | None:
        return self.value_sets.get(url.split("|", maxsplit=1)[0])

    def is_unheard_of(self, system: str | None, code: str) -> bool:
        """True for a code that its system, whose list is whole, does not have."""
        return code not in self.systems.get(system or "", frozenset((code,)))

    def over(self, other: "Terminology") -> "Terminology":
        """This terminology with ``other``'s over it."""
        return Terminology({**self.value_sets, **other.value_sets}, {**self.systems, **other.systems})


@cache
def r4_value_sets() -> dict[str, ValueSet]:
    """The value sets of ``r4.toml``."""
    return {url: value_set(systems) for url, systems in r4_table()["valuesets"].items()}


def value_set(systems: Mapping[str, Any]) -> ValueSet:
    """A table of codes by system; ``-system`` lists what a system's ``*`` leaves out."""
    return ValueSet(
        codes={system: frozenset(codes) for system, codes in systems.items() if not system.startswith("-")},
        excluded={system[1:]: frozenset(codes) for system, codes in systems.items() if system.startswith("-")},
    )


def compile_value_sets(
    value_sets: Mapping[str, Mapping[str, Any]], code_systems: Mapping[str, Mapping[str, Any]]
) -> dict[str, ValueSet]:
    """ValueSet resources as sets.

    A code system that the package does not carry, or carries without content, counts as ``*``, and so does a filter
    on it, or one of an operator that is not evaluated here (``=`` and ``regex`` on properties).
    """
    return {url: _compiled(url, value_sets, code_systems, ()) for url in value_sets}


def whole_systems(code_systems: Mapping[str, Mapping[str, Any]]) -> dict[str, frozenset[str]]:
    """The codes of those CodeSystem resources that list all of theirs."""
    return {
        url: frozenset(_parents(system.get("concept", [])))
        for url, system in code_systems.items()
        if system.get("content") == "complete"
    }


def _compiled(
    url: str,
    value_sets: Mapping[str, Mapping[str, Any]],
    code_systems: Mapping[str, Mapping[str, Any]],
    parents: tuple[str, ...],
) -> ValueSet:
    compose = value_sets[url].get("compose", {})
    codes: dict[str, set[str]] = {}
    for include in compose.get("include", []):
        for imported in include.get("valueSet", []):
            inner = imported.split("|")[0]
            if inner in value_sets and inner not in parents:
                for system, found in _compiled(inner, value_sets, code_systems, (*parents, url)).codes.items():
                    codes.setdefault(system, set()).update(found)
        if "system" in include:
            codes.setdefault(include["system"], set()).update(_included(include, code_systems))
    excluded: dict[str, set[str]] = {}
    for exclude in compose.get("exclude", []):
        if "system" in exclude:
            excluded.setdefault(exclude["system"], set()).update(_included(exclude, code_systems))
    return ValueSet(
        codes={system: frozenset(found) for system, found in codes.items()},
        excluded={system: frozenset(found - {ANY}) for system, found in excluded.items()},
    )


def _included(part: Mapping[str, Any], code_systems: Mapping[str, Mapping[str, Any]]) -> set[str]:
    if "concept" in part:
        return {concept["code"] for concept in part["concept"]}
    system = code_systems.get(part["system"])
    if system is None or system.get("content") != "complete":
        return {ANY}
    parents = _parents(system.get("concept", []))
    found = set(parents)
    for wanted in part.get("filter", []):
        chosen = _filtered(wanted, parents)
        if chosen is None:
            return {ANY}
        found &= chosen
    return found


def _filtered(wanted: Mapping[str, Any], parents: Mapping[str, frozenset[str]]) -> set[str] | None:
    """The codes that a filter on the hierarchy keeps; None for a filter of another kind."""
    operator, value = wanted.get("op"), str(wanted.get("value"))
    if operator not in ("is-a", "descendent-of", "is-not-a", "in", "not-in"):
        return None
    if operator in ("in", "not-in"):
        listed = {code.strip() for code in value.split(",")}
        return {code for code in parents if (code in listed) == (operator == "in")}
    below = {code for code in parents if value in _ancestors(code, parents)}
    if operator == "descendent-of":
        return below
    return below | {value} if operator == "is-a" else set(parents) - below - {value}


def _ancestors(code: str, parents: Mapping[str, frozenset[str]]) -> set[str]:
    found: set[str] = set()
    left = [code]
    while left:
        fresh = parents.get(left.pop(), frozenset()) - found
        found |= fresh
        left += fresh
    return found


def _parents(concepts: Sequence[Mapping[str, Any]], above: str | None = None) -> dict[str, frozenset[str]]:
    """Every code with the codes right above it, by nesting and by its ``subsumedBy`` properties."""
    found: dict[str, frozenset[str]] = {}
    for concept in concepts:
        stated = {
            str(given.get("valueCode"))
            for given in concept.get("property", [])
            if given.get("code") in ("subsumedBy", "parent")
        }
        found[concept["code"]] = frozenset(stated | ({above} if above else set()))
        found.update(_parents(concept.get("concept", []), concept["code"]))
    return found
