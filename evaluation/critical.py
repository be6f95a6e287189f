"""Errors that could harm: polarity flipped, a stated number wrong, another's or a rejected fact as the patient's."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

from evaluation.fields import compare_doses, same_value
from evaluation.gold import Case, GoldDose, GoldEntry
from evaluation.matching import Pair, folded, same_name
from scribe.domain.entries import Dose, Entry

CriticalKind = Literal["polarity", "number", "attribution", "rejected"]

_OPPOSITES = {
    frozenset(pair)
    for pair in (
        ("present", "absent"),
        ("normal", "abnormal"),
        ("confirmed", "ruled_out"),
        ("suspected", "ruled_out"),
        ("start", "stop"),
        ("continue", "stop"),
        ("change", "stop"),
    )
}
_PATIENT_FACTS = frozenset({"symptom", "history", "diagnosis", "allergy", "medication_statement"})
_ACTS = frozenset({"medication_order", "test_order", "procedure", "referral"})
_ACT_WORDS = ("처방", "투여", "시행", "사용", "복용", "촬영", "검사")


@dataclass(frozen=True, slots=True)
class CriticalError:
    """``entry`` is the drafted entry's id; ``detail`` says what was drafted and what gold has."""

    kind: CriticalKind
    entry: str
    detail: str


def critical_errors(pairs: Iterable[Pair], extra: Iterable[Entry], case: Case) -> tuple[CriticalError, ...]:
    """Polarity and numbers over the matched pairs; attribution and rejection over the entries without a partner."""
    errors: list[CriticalError] = []
    for pair in pairs:
        errors += _polarity(pair)
        errors += _numbers(pair)
    for entry in extra:
        errors += _attribution(entry, case)
        errors += _rejected(entry, case)
    return tuple(errors)


def _verdict(fact: Entry | GoldEntry) -> str | None:
    for name in ("status", "certainty", "action"):
        value = getattr(fact, name, None)
        if isinstance(value, str):
            return value
    return None


def _is_family(fact: Entry | GoldEntry) -> bool:
    return getattr(fact, "category", None) == "family"


def _polarity(pair: Pair) -> list[CriticalError]:
    ours, theirs = _verdict(pair.drafted), _verdict(pair.gold)
    if _is_family(pair.drafted) != _is_family(pair.gold):
        if _is_family(pair.gold) and ours == theirs == "present":
            detail = f"{pair.drafted.name}: the patient's, gold family history"
            return [CriticalError("attribution", pair.drafted.id, detail)]
        return []
    if ours and theirs and frozenset((ours, theirs)) in _OPPOSITES:
        return [CriticalError("polarity", pair.drafted.id, f"{pair.drafted.name}: {ours}, gold {theirs}")]
    return []


def _numbers(pair: Pair) -> list[CriticalError]:
    drafted, gold = pair.drafted, pair.gold
    wrong: list[str] = []
    value = getattr(drafted, "value", None)
    if isinstance(value, int | float) and isinstance(gold.value, int | float) and not same_value(value, gold.value):
        wrong.append(f"{value:g}, gold {gold.value:g}")
    dose = getattr(drafted, "dose", None)
    if isinstance(dose, Dose) and isinstance(gold.dose, GoldDose) and compare_doses(dose, gold.dose) is False:
        wrong.append(f"{dose.value:g} {dose.unit}, gold {gold.dose.value:g} {gold.dose.unit}")
    for name in ("times_per_day", "duration_days", "in_days"):
        ours, theirs = getattr(drafted, name, None), getattr(gold, name)
        if ours is not None and theirs is not None and abs(ours - theirs) > 1e-3:
            wrong.append(f"{name} {ours:g}, gold {theirs:g}")
    return [CriticalError("number", drafted.id, f"{drafted.name}: {detail}") for detail in wrong]


def _attribution(entry: Entry, case: Case) -> list[CriticalError]:
    """Another person's disease, or a denied fact, stated of the patient."""
    if entry.kind not in _PATIENT_FACTS or _verdict(entry) in ("absent", "ruled_out"):
        return []
    if entry.kind == "history" and getattr(entry, "category", None) == "family":
        return []
    same = [gold for gold in case.entries if gold.kind in _PATIENT_FACTS and same_name(entry.name, gold)]
    relatives = [gold for gold in same if gold.category == "family" and gold.status == "present"]
    own = [gold for gold in same if gold.category != "family" and _verdict(gold) not in ("absent", "ruled_out")]
    denied = [gold for gold in same if gold.kind == entry.kind and _verdict(gold) in ("absent", "ruled_out")]
    if relatives and not own:
        return [CriticalError("attribution", entry.id, f"{entry.name}: the patient's, gold family history")]
    if denied and not own:
        return [CriticalError("polarity", entry.id, f"{entry.name}: stated, gold denies it")]
    return []


def _rejected(entry: Entry, case: Case) -> list[CriticalError]:
    if entry.kind not in _ACTS or _verdict(entry) == "stop":
        return []
    if any(gold.kind in _ACTS and same_name(entry.name, gold) for gold in case.entries):
        return []
    name = folded(entry.name)
    if any(name in folded(claim) and any(word in claim for word in _ACT_WORDS) for claim in case.claims):
        return [CriticalError("rejected", entry.id, f"{entry.name}: ordered, but it was rejected or only mentioned")]
    return []
