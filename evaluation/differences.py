"""A matched pair field by field: what gold has, what was drafted, and whether the two agree."""

from dataclasses import dataclass
from typing import Literal

from evaluation.fields import field_verdicts, same_value
from evaluation.gold import GoldDose, GoldEntry
from evaluation.matching import Pair
from scribe.domain.entries import Code, Dose, Entry

Agreement = Literal["same", "worded", "wrong", "left_out", "added"]

_SHOWN = (
    "status", "category", "certainty", "action", "value", "unit", "dose", "frequency", "times_per_day", "duration_days",
    "route", "onset", "duration", "duration_iso", "severity", "quality", "location", "course", "relation", "detail",
    "reaction", "adherence", "interpretation", "finding", "to", "when", "in_days", "code",
)  # fmt: skip
_VERDICT_OF = {"duration_days": "days", "code": "code3"}


@dataclass(frozen=True, slots=True, kw_only=True)
class FieldDifference:
    """One field of both sides as text.

    "worded" where free words differ and nobody judges them; "left_out" where gold states what the draft does not,
    "added" the other way round.
    """

    name: str
    gold: str | None
    drafted: str | None
    agreement: Agreement


def differences(pair: Pair) -> tuple[FieldDifference, ...]:
    """Every field that one of the two sides states, in the order of the case format."""
    verdicts = field_verdicts(pair)
    found = []
    for name in _SHOWN:
        ours, theirs = getattr(pair.drafted, name, None), getattr(pair.gold, name)
        if ours is None and theirs is None:
            continue
        agreement = _agreement(name, ours, theirs, verdicts.get(_VERDICT_OF.get(name, name)))
        found.append(FieldDifference(name=name, gold=text(theirs), drafted=text(ours), agreement=agreement))
    return tuple(found)


def fields_of(fact: Entry | GoldEntry) -> tuple[tuple[str, str], ...]:
    """The fields that an entry without a partner states, as (name, text)."""
    said = [(name, text(getattr(fact, name, None))) for name in _SHOWN]
    return tuple((name, value) for name, value in said if value is not None)


def text(value: object) -> str | None:
    """A field's value in few characters: numbers without needless zeros, a dose with its unit, a code alone."""
    match value:
        case None:
            return None
        case Dose() | GoldDose():
            return f"{value.value:g} {value.unit}"
        case Code():
            return value.code
        case float():
            return f"{value:g}"
        case _:
            return str(value)


def _agreement(name: str, ours: object, theirs: object, verdict: bool | None) -> Agreement:
    if theirs is None:
        return "added"
    if ours is None:
        return "left_out"
    if verdict is not None:
        return "same" if verdict else "wrong"
    if name == "category":
        return "same" if ours == theirs else "wrong" if "family" in (ours, theirs) else "worded"
    if name == "duration_iso":
        return "same" if ours == theirs else "wrong"
    return "same" if same_value(text(ours), text(theirs) or "") else "worded"
