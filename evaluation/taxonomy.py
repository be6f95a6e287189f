"""What is wrong with a draft, in classes: omission, fabrication, negation, attribution, number; each major or minor.

The classes are those in which deployed scribes are counted (hallucinations and omissions, major where the error could
change what is diagnosed or done if nobody noticed: Asgari et al., npj Digital Medicine 2025), told apart by what went
wrong.  The rules, fixed here so that figures of different versions compare:

* omission: a gold entry without a partner, or a gold dose, number or time that the matched entry leaves out.  Major
  for a medicine ordered or taken, a present allergy, a diagnosis not ruled out, a danger sign, a referral, a dose.
* fabrication: a drafted entry that gold does not have.  Major for a medicine, an allergy, a diagnosis, a danger sign, a
  measured value, a procedure, and for an order of what was rejected.  An upper bound: gold may lack what was said.
* negation: the state is not the one that was said.  Major where it is the opposite (present and absent, normal and
  abnormal, confirmed and ruled out, taken and stopped), minor where it is a neighbour (suspected and confirmed).
* attribution: a relative's fact as the patient's, or the patient's as a relative's.  Always major.
* number: a stated value, dose, frequency, number of days or term differs.  Major; minor for a symptom's duration, for
  results in words and for amounts whose units cannot be compared.

A fact that stands in the draft under another kind, or once more, is minor.  Every critical error is a major one.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

from evaluation.critical import CriticalError, CriticalKind
from evaluation.fields import compare_doses, same_value
from evaluation.gold import GoldDose, GoldEntry
from evaluation.matching import Pair, same_name
from scribe.domain.entries import Dose, Entry

FaultClass = Literal["omission", "fabrication", "negation", "attribution", "number"]
Severity = Literal["major", "minor"]
CLASSES: tuple[FaultClass, ...] = ("omission", "fabrication", "negation", "attribution", "number")
SEVERITIES: tuple[Severity, ...] = ("major", "minor")

_CLASS_OF: dict[CriticalKind, FaultClass] = {
    "polarity": "negation",
    "number": "number",
    "attribution": "attribution",
    "rejected": "fabrication",
}
_MAJOR_OMISSIONS = frozenset(
    {"medication_order", "medication_statement", "allergy", "diagnosis", "red_flag", "referral"}
)
_MAJOR_FABRICATIONS = frozenset(
    {
        "medication_order",
        "medication_statement",
        "allergy",
        "diagnosis",
        "red_flag",
        "vital",
        "lab_result",
        "procedure",
    }
)
_DENIED = ("absent", "ruled_out")
_COUNTED = ("value", "dose", "times_per_day", "duration_days", "in_days")


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """One error of a draft: what class and how grave, of which entry, and what was drafted against what gold has.

    ``entry`` is the drafted entry's id, None for an omission; ``turns`` are the gold entry's, empty for a fabrication.
    """

    fault: FaultClass
    severity: Severity
    kind: str
    name: str
    detail: str
    entry: str | None = None
    turns: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class FaultCount:
    """Errors of one class."""

    major: int = 0
    minor: int = 0

    def __add__(self, other: "FaultCount") -> "FaultCount":
        return FaultCount(self.major + other.major, self.minor + other.minor)

    @property
    def all(self) -> int:
        return self.major + self.minor


def faults(
    pairs: Sequence[Pair], missed: Sequence[GoldEntry], extra: Sequence[Entry], critical: Iterable[CriticalError]
) -> tuple[Fault, ...]:
    """Every error of a draft, critical ones first, then pair by pair, then what is missing and what is too much."""
    entries = {entry.id: entry for entry in (*(pair.drafted for pair in pairs), *extra)}
    turns = {pair.drafted.id: pair.gold.turns for pair in pairs}
    found = [_of_critical(error, entries[error.entry], turns.get(error.entry, ())) for error in critical]
    known = {(fault.entry, fault.fault) for fault in found}
    for pair in pairs:
        found += [fault for fault in _of_pair(pair) if (fault.entry, fault.fault) not in known]
    found += [_omission(gold, entries.values()) for gold in missed]
    wrong = {fault.entry for fault in found}
    gold_entries = [*(pair.gold for pair in pairs), *missed]
    found += [_fabrication(entry, gold_entries) for entry in extra if entry.id not in wrong]
    return tuple(found)


def count(found: Iterable[Fault]) -> dict[FaultClass, FaultCount]:
    """How many of each class, every class present."""
    counts = dict.fromkeys(CLASSES, FaultCount())
    for fault in found:
        counts[fault.fault] += FaultCount(fault.severity == "major", fault.severity == "minor")
    return counts


def _of_critical(error: CriticalError, entry: Entry, turns: tuple[int, ...]) -> Fault:
    return Fault(
        fault=_CLASS_OF[error.kind],
        severity="major",
        kind=entry.kind,
        name=entry.name,
        detail=error.detail.removeprefix(f"{entry.name}: "),
        entry=entry.id,
        turns=turns,
    )


def _of_pair(pair: Pair) -> Iterator[Fault]:
    yield from _states(pair)
    yield from _persons(pair)
    for name in _COUNTED:
        if getattr(pair.gold, name, None) is not None:
            yield from _amounts(pair, name)
    yield from _durations(pair)


def _fault(pair: Pair, fault: FaultClass, severity: Severity, detail: str) -> Fault:
    return Fault(
        fault=fault,
        severity=severity,
        kind=pair.gold.kind,
        name=pair.gold.name,
        detail=detail,
        entry=pair.drafted.id,
        turns=pair.gold.turns,
    )


def _states(pair: Pair) -> Iterator[Fault]:
    """Opposites are critical errors already; what is left is a neighbouring state."""
    for name in ("status", "certainty", "action"):
        ours, theirs = getattr(pair.drafted, name, None), getattr(pair.gold, name)
        if theirs is not None and ours is not None and ours != theirs:
            yield _fault(pair, "negation", "minor", f"{ours}, gold {theirs}")


def _persons(pair: Pair) -> Iterator[Fault]:
    ours, theirs = getattr(pair.drafted, "category", None), pair.gold.category
    if ours is not None and theirs is not None and (ours == "family") != (theirs == "family"):
        yield _fault(pair, "attribution", "major", f"{ours}, gold {theirs}")


def _amounts(pair: Pair, name: str) -> Iterator[Fault]:
    """What is left out, and amounts that no critical error compares."""
    ours, theirs = getattr(pair.drafted, name, None), getattr(pair.gold, name)
    if name == "dose" and not isinstance(theirs, GoldDose):
        return
    if ours is None:
        yield _fault(pair, "omission", "major" if name == "dose" else "minor", f"{name} left out, gold {_said(theirs)}")
    elif isinstance(ours, Dose) and compare_doses(ours, theirs) is None:
        yield _fault(pair, "number", "minor", f"{name} {_said(ours)}, gold {_said(theirs)}")
    elif name == "value" and (isinstance(ours, str) or isinstance(theirs, str)) and not same_value(ours, theirs):
        yield _fault(pair, "number", "minor", f"{ours}, gold {theirs}")


def _durations(pair: Pair) -> Iterator[Fault]:
    ours, theirs = getattr(pair.drafted, "duration_iso", None), pair.gold.duration_iso
    if ours is not None and theirs is not None and ours != theirs:
        yield _fault(pair, "number", "minor", f"duration {ours}, gold {theirs}")


def _said(value: object) -> str:
    if isinstance(value, Dose | GoldDose):
        return f"{value.value:g} {value.unit}"
    return f"{value:g}" if isinstance(value, float) else str(value)


def _omission(gold: GoldEntry, drafted: Iterable[Entry]) -> Fault:
    elsewhere = next((entry for entry in drafted if entry.kind != gold.kind and same_name(entry.name, gold)), None)
    denied = gold.status in _DENIED or gold.certainty in _DENIED
    major = gold.kind in _MAJOR_OMISSIONS and not denied and elsewhere is None
    return Fault(
        fault="omission",
        severity="major" if major else "minor",
        kind=gold.kind,
        name=gold.name,
        detail=f"drafted as {elsewhere.kind}" if elsewhere else "not drafted",
        turns=gold.turns,
    )


def _fabrication(entry: Entry, gold: Sequence[GoldEntry]) -> Fault:
    same = [wanted for wanted in gold if same_name(entry.name, wanted)]
    again = [wanted for wanted in same if wanted.kind == entry.kind]
    value = getattr(entry, "value", None)
    if again and value is not None and not any(same_value(value, one.value) for one in again if one.value is not None):
        return _extra(entry, "number", "major", f"{_said(value)}, gold {', '.join(_said(one.value) for one in again)}")
    if again:
        return _extra(entry, "fabrication", "minor", "drafted once more")
    if same:
        return _extra(entry, "fabrication", "minor", f"gold has it as {same[0].kind}")
    major = entry.kind in _MAJOR_FABRICATIONS and getattr(entry, "status", None) not in _DENIED
    return _extra(entry, "fabrication", "major" if major else "minor", "not in gold")


def _extra(entry: Entry, fault: FaultClass, severity: Severity, detail: str) -> Fault:
    return Fault(fault=fault, severity=severity, kind=entry.kind, name=entry.name, detail=detail, entry=entry.id)
