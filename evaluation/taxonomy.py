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
from dataclasses import dataclass, replace
from typing import Literal

from evaluation.critical import CriticalError, CriticalKind
from evaluation.differences import text
from evaluation.fields import compare_doses, same_value
from evaluation.gold import GoldDose, GoldEntry
from evaluation.matching import Pair, same_name
from scribe.domain.entries import Dose, Entry

FaultClass = Literal["omission", "fabrication", "negation", "attribution", "number"]
Severity = Literal["major", "minor"]
CLASSES: tuple[FaultClass, ...] = ("omission", "fabrication", "negation", "attribution", "number")
SEVERITIES: tuple[Severity, ...] = ("major", "minor")

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
_TOLERANCE = 1e-3
_COUNTED = ("value", "dose", "times_per_day", "duration_days", "in_days")


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """One error of a draft: what class and how grave, of which entry, and what was drafted against what gold has.

    ``entry`` is the drafted entry's id, None for an omission; ``turns`` are the gold entry's, empty for a fabrication.
    ``field`` is the field that is wrong, with both sides; without one the whole entry is, and ``elsewhere`` is the kind
    under which the fact stands on the other side, ``is_repeated`` that it stands there once.
    """

    fault: FaultClass
    severity: Severity
    kind: str
    name: str
    entry: str | None = None
    turns: tuple[int, ...] = ()
    field: str | None = None
    drafted: str | None = None
    gold: str | None = None
    elsewhere: str | None = None
    is_repeated: bool = False
    is_rejected: bool = False

    @property
    def detail(self) -> str:
        """What is wrong, in a few words."""
        if self.field is not None:
            return f"{self.field} {self.drafted or 'left out'}, gold {self.gold or 'none'}"
        if self.is_rejected:
            return "was rejected or only mentioned"
        if self.is_repeated:
            return "drafted once more"
        if self.fault == "omission":
            return f"drafted as {self.elsewhere}" if self.elsewhere else "not drafted"
        return f"gold has it as {self.elsewhere}" if self.elsewhere else "not in gold"


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
    """Every error of a draft: pair by pair, then what is missing, then what is too much."""
    entries = [*(pair.drafted for pair in pairs), *extra]
    gold_entries = [*(pair.gold for pair in pairs), *missed]
    harm = {error.entry: error.kind for error in critical}
    return (
        *(fault for pair in pairs for fault in _of_pair(pair, harm.get(pair.drafted.id))),
        *(_omission(gold, entries) for gold in missed),
        *(_of_extra(entry, gold_entries, harm.get(entry.id)) for entry in extra),
    )


def count(found: Iterable[Fault]) -> dict[FaultClass, FaultCount]:
    """How many of each class, every class present."""
    counts = dict.fromkeys(CLASSES, FaultCount())
    for fault in found:
        counts[fault.fault] += FaultCount(fault.severity == "major", fault.severity == "minor")
    return counts


def _of_pair(pair: Pair, harm: CriticalKind | None) -> Iterator[Fault]:
    yield from _states(pair, harm)
    yield from _persons(pair)
    for name in _COUNTED:
        if getattr(pair.gold, name, None) is not None:
            yield from _amounts(pair, name)
    yield from _durations(pair)


def _fault(pair: Pair, fault: FaultClass, severity: Severity, name: str) -> Fault:
    return Fault(
        fault=fault,
        severity=severity,
        kind=pair.gold.kind,
        name=pair.gold.name,
        entry=pair.drafted.id,
        turns=pair.gold.turns,
        field=name,
        drafted=text(getattr(pair.drafted, name, None)),
        gold=text(getattr(pair.gold, name)),
    )


def _states(pair: Pair, harm: CriticalKind | None) -> Iterator[Fault]:
    for name in ("status", "certainty", "action"):
        ours, theirs = getattr(pair.drafted, name, None), getattr(pair.gold, name)
        if theirs is not None and ours is not None and ours != theirs:
            yield _fault(pair, "negation", "major" if harm == "polarity" else "minor", name)


def _persons(pair: Pair) -> Iterator[Fault]:
    ours, theirs = getattr(pair.drafted, "category", None), pair.gold.category
    if ours is not None and theirs is not None and (ours == "family") != (theirs == "family"):
        yield _fault(pair, "attribution", "major", "category")


def _amounts(pair: Pair, name: str) -> Iterator[Fault]:
    ours, theirs = getattr(pair.drafted, name, None), getattr(pair.gold, name)
    if name == "dose" and not isinstance(theirs, GoldDose):
        return
    if ours is None:
        yield _fault(pair, "omission", "major" if name == "dose" else "minor", name)
    elif isinstance(ours, Dose):
        same = compare_doses(ours, theirs)
        if same is not True:
            yield _fault(pair, "number", "minor" if same is None else "major", name)
    elif isinstance(ours, str) or isinstance(theirs, str):
        if not same_value(ours, theirs):
            yield _fault(pair, "number", "minor", name)
    elif abs(ours - theirs) > _TOLERANCE:
        yield _fault(pair, "number", "major", name)


def _durations(pair: Pair) -> Iterator[Fault]:
    ours, theirs = getattr(pair.drafted, "duration_iso", None), pair.gold.duration_iso
    if ours is not None and theirs is not None and ours != theirs:
        yield _fault(pair, "number", "minor", "duration_iso")


def _omission(gold: GoldEntry, drafted: Iterable[Entry]) -> Fault:
    elsewhere = next((entry.kind for entry in drafted if entry.kind != gold.kind and same_name(entry.name, gold)), None)
    denied = gold.status in _DENIED or gold.certainty in _DENIED or gold.name.endswith("없음")
    major = gold.kind in _MAJOR_OMISSIONS and not denied and elsewhere is None
    return Fault(
        fault="omission",
        severity="major" if major else "minor",
        kind=gold.kind,
        name=gold.name,
        turns=gold.turns,
        elsewhere=elsewhere,
    )


def _of_extra(entry: Entry, gold: Sequence[GoldEntry], harm: CriticalKind | None) -> Fault:
    extra = Fault(fault="fabrication", severity="minor", kind=entry.kind, name=entry.name, entry=entry.id)
    same = [wanted for wanted in gold if same_name(entry.name, wanted)]
    again = [wanted for wanted in same if wanted.kind == entry.kind]
    if harm is not None:
        return _harmful(extra, entry, again, harm)
    value = getattr(entry, "value", None)
    if again and value is not None and not any(same_value(value, one.value) for one in again if one.value is not None):
        told = ", ".join(text(one.value) or "" for one in again)
        return replace(extra, fault="number", severity="major", field="value", drafted=text(value), gold=told)
    if same:
        return replace(extra, is_repeated=bool(again), elsewhere=None if again else same[0].kind)
    major = entry.kind in _MAJOR_FABRICATIONS and getattr(entry, "status", None) not in _DENIED
    return replace(extra, severity="major" if major else "minor")


def _harmful(extra: Fault, entry: Entry, again: Sequence[GoldEntry], harm: CriticalKind) -> Fault:
    """What a critical error makes of an entry without a partner."""
    if harm == "rejected":
        return replace(extra, severity="major", is_rejected=True)
    if harm == "attribution":
        return replace(extra, fault="attribution", severity="major", field="category", gold="family")
    state = next((name for name in ("status", "certainty", "action") if hasattr(entry, name)), "status")
    ours, theirs = text(getattr(entry, state, None)), text(next((getattr(one, state) for one in again), None))
    return replace(extra, fault="negation", severity="major", field=state, drafted=ours, gold=theirs)
