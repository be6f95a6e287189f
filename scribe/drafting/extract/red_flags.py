"""Danger signs present in this consultation, by the lexicon's rules over the other entries."""

import re
from collections.abc import Sequence
from dataclasses import replace
from fnmatch import fnmatchcase

from scribe.domain.entries import Diagnosis, Entry, Evidence, Exam, History, LabResult, RedFlag, Symptom, Vital
from scribe.drafting.lexicon import RedFlagRow, rows

_COMPARISON = re.compile(r"(?P<name>[^<>=]+)(?P<sign><=|>=|<|>|=)(?P<value>[\d.]+)")


def red_flags(entries: Sequence[Entry]) -> list[RedFlag]:
    """Every rule whose conditions hold, with the evidence of the entries that make it hold."""
    found: list[RedFlag] = []
    for rule in rows(RedFlagRow):
        needed = [_holding(condition, entries) for condition in rule.all_of]
        options = [_holding(condition, entries) for condition in rule.any_of]
        if not all(needed) or (options and not any(options)) or not (needed or options):
            continue
        evidence = tuple(dict.fromkeys(item for group in (*needed, *options) for item in group))
        found.append(RedFlag(id="", name=rule.term, evidence=evidence, confidence=0.8))
    return found


def _holding(condition: str, entries: Sequence[Entry]) -> tuple[Evidence, ...]:
    """The evidence that a condition holds; empty where it does not.  ``&`` joins parts that must all hold."""
    groups: list[tuple[Evidence, ...]] = []
    for part in condition.split("&"):
        kind, _, name = part.strip().partition(":")
        matching = [entry for entry in entries if entry.kind == kind and _holds(entry, name)]
        if not matching:
            return ()
        groups.append(matching[0].evidence)
    return tuple(dict.fromkeys(item for group in groups for item in group))


def _holds(entry: Entry, wanted: str) -> bool:
    entry = replace(entry, name=entry.name.partition("(")[0])
    if isinstance(entry, Vital | LabResult) and (comparison := _COMPARISON.fullmatch(wanted)):
        return entry.name.endswith(comparison["name"]) and _compares(
            entry.value, comparison["sign"], float(comparison["value"])
        )
    if isinstance(entry, Diagnosis):
        code = entry.code.code if entry.code else ""
        return entry.certainty != "ruled_out" and (entry.name == wanted or fnmatchcase(code, wanted))
    if isinstance(entry, Symptom | History):
        return entry.status == "present" and entry.name == wanted
    if isinstance(entry, Exam):
        return entry.status == "abnormal" and wanted in (entry.name, entry.name.split(" ", 1)[-1])
    return entry.name == wanted


def _compares(value: float | str, sign: str, limit: float) -> bool:
    if isinstance(value, str):
        return False
    return {"<": value < limit, "<=": value <= limit, ">": value > limit, ">=": value >= limit, "=": value == limit}[
        sign
    ]
