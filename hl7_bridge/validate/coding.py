"""The codes a value carries."""

from typing import Any


def codings(value: Any, type_code: str = "") -> list[tuple[str | None, str]]:
    """(system, code) pairs of a code, Coding, CodeableConcept or Quantity; a bare code has no system."""
    if isinstance(value, str):
        return [(None, value)]
    if not isinstance(value, dict):
        return []
    if type_code == "CodeableConcept" or (not type_code and "coding" in value):
        members = value.get("coding")
        return [pair for member in (members if isinstance(members, list) else []) for pair in _pair(member)]
    return _pair(value)


def _pair(value: Any) -> list[tuple[str | None, str]]:
    if not isinstance(value, dict) or not isinstance(value.get("code"), str):
        return []
    system = value.get("system")
    return [(system if isinstance(system, str) else "", value["code"])]
