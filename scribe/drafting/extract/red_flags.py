"""Danger signs present in this consultation, by the lexicon's rules over the other entries.

A condition is ``kind:name``; ``name>=5`` compares a number, ``name~word`` wants a word in the reading, the finding or
the reaction; ``*`` stands for any letters.  ``years:<10`` and ``months:<3`` hold by the patient's age, naming no entry.
"""

import re
from collections.abc import Mapping, Sequence
from fnmatch import fnmatchcase

from scribe.domain.entries import Allergy, Diagnosis, Entry, Exam, History, LabResult, RedFlag, Symptom, Vital
from scribe.drafting.lexicon import RedFlagRow, rows
from scribe.drafting.phrases import quantity

_ADULT = re.compile(r"맥박|호흡수|수축기|이완기")
_COMPARISON = re.compile(r"(?P<name>[^<>=]+)(?P<sign><=|>=|<|>|=)(?P<value>[\d.]+)")


def red_flags(entries: Sequence[Entry], years: int | None = None, months: int | None = None) -> list[RedFlag]:
    """Every rule whose conditions hold, named with what makes it hold; a child's pulse is not held to adult bounds.

    ``years`` and ``months`` are the patient's completed age; a rule for an age holds only where that is known.
    """
    signs_of = _by_kind(entries, years)
    found: list[RedFlag] = []
    age = {"years": years, "months": months}
    for rule in rows(RedFlagRow):
        ages = [condition for condition in rule.all_of if condition.partition(":")[0] in age]
        if not all(_is_of_age(condition, age) for condition in ages):
            continue
        needed = [_holding(condition, signs_of) for condition in rule.all_of if condition not in ages]
        options = [_holding(condition, signs_of) for condition in rule.any_of]
        if not all(needed) or (options and not any(options)) or not (needed or options):
            continue
        signs = list({id(entry): entry for group in (*needed, *options) for entry in group}.values())
        evidence = tuple(dict.fromkeys(item for entry in signs for item in entry.evidence))
        told = [_told(entry) for entry in signs if entry.name not in rule.term]
        name = f"{rule.term} ({', '.join(dict.fromkeys(told))})" if told else rule.term
        found.append(RedFlag(id="", name=name, evidence=evidence, confidence=0.8))
    return found


def _by_kind(entries: Sequence[Entry], years: int | None) -> dict[str, list[Entry]]:
    """What is the patient's own, by kind; without the vital signs of a child that adult bounds would judge."""
    found: dict[str, list[Entry]] = {}
    for entry in entries:
        judged_as_adult = _is_child(years) and isinstance(entry, Vital) and _ADULT.search(entry.name)
        if not judged_as_adult and not (isinstance(entry, History) and entry.category == "family"):
            found.setdefault(entry.kind, []).append(entry)
    return found


def _is_of_age(condition: str, age: dict[str, int | None]) -> bool:
    unit, _, limit = condition.partition(":<")
    completed = age[unit]
    return completed is not None and completed < int(limit)


def _is_child(years: int | None) -> bool:
    return years is not None and years < 15


def _told(entry: Entry) -> str:
    return f"{entry.name} {quantity(entry.value, entry.unit)}" if isinstance(entry, Vital) else entry.name


def _holding(condition: str, signs_of: Mapping[str, Sequence[Entry]]) -> tuple[Entry, ...]:
    """The entries by which a condition holds; empty where it does not.  ``&`` joins parts that must all hold."""
    found: list[Entry] = []
    for part in condition.split("&"):
        kind, _, name = part.strip().partition(":")
        sign = next((entry for entry in signs_of.get(kind, ()) if _holds(entry, name)), None)
        if sign is None:
            return ()
        found.append(sign)
    return tuple(found)


def _holds(entry: Entry, wanted: str) -> bool:
    told = entry.name.partition("(")[0]
    wanted, _, word = wanted.partition("~")
    if word and not _tells(entry, word):
        return False
    if isinstance(entry, Vital | LabResult) and (comparison := _COMPARISON.fullmatch(wanted)):
        name, limit = comparison["name"], float(comparison["value"])
        same = told == name or (isinstance(entry, Vital) and told.endswith(name))
        return same and _compares(entry.value, comparison["sign"], limit)
    if isinstance(entry, Diagnosis):
        code = entry.code.code if entry.code else ""
        return entry.certainty != "ruled_out" and (told == wanted or fnmatchcase(code, wanted))
    if isinstance(entry, Exam):
        return entry.status == "abnormal" and told.endswith(wanted)
    is_present = not isinstance(entry, Symptom | History | Allergy) or entry.status == "present"
    return is_present and fnmatchcase(told, wanted)


def _tells(entry: Entry, word: str) -> bool:
    """The entry's reading, finding or reaction holds the word and does not deny it."""
    parts: tuple[object, ...] = ()
    if isinstance(entry, LabResult):
        parts = (entry.value, entry.interpretation)
    elif isinstance(entry, Exam):
        parts = (entry.finding,)
    elif isinstance(entry, Allergy):
        parts = (entry.reaction,)
    return any(re.search(rf"{re.escape(word)}(?!\s?(?:없|아니|안))", part) for part in parts if isinstance(part, str))


def _compares(value: float | str, sign: str, limit: float) -> bool:
    if isinstance(value, str):
        return False
    return {"<": value < limit, "<=": value <= limit, ">": value > limit, ">=": value >= limit, "=": value == limit}[
        sign
    ]
