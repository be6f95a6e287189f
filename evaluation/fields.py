"""Over a matched pair: which of the gold fields the draft has right."""

from evaluation.gold import GoldDose, GoldEntry
from evaluation.matching import Pair, folded
from scribe.domain.entries import Dose, Entry

FIELDS = ("status", "value", "dose", "times_per_day", "days", "action", "code3", "certainty", "in_days")
_MILLIGRAMS = {"ug": 0.001, "mg": 1.0, "g": 1000.0}
_MILLILITRES = {"mL": 1.0, "L": 1000.0}
_SPELLINGS = {
    "알": "정", "{tbl}": "정", "단위": "U", "유닛": "U", "IU": "U", "[iU]": "U", "mcg": "ug", "µg": "ug", "μg": "ug",
    "ml": "mL", "cc": "mL", "봉": "포", "봉지": "포",
}  # fmt: skip
"""Units that are written in several ways."""


def field_verdicts(pair: Pair) -> dict[str, bool]:
    """Right or wrong for each field that gold states."""
    drafted, gold = pair.drafted, pair.gold
    verdicts: dict[str, bool] = {}
    if gold.status is not None:
        verdicts["status"] = getattr(drafted, "status", None) == gold.status
    if gold.value is not None:
        verdicts["value"] = same_value(getattr(drafted, "value", None), gold.value)
    if isinstance(gold.dose, GoldDose):
        verdicts["dose"] = same_dose(getattr(drafted, "dose", None), gold.dose)
    if gold.kind == "medication_order":
        verdicts |= _order_verdicts(drafted, gold)
    if gold.code is not None:
        verdicts["code3"] = drafted.code is not None and drafted.code.code[:3] == gold.code[:3]
    if gold.certainty is not None:
        verdicts["certainty"] = getattr(drafted, "certainty", None) == gold.certainty
    if gold.in_days is not None:
        verdicts["in_days"] = getattr(drafted, "in_days", None) == gold.in_days
    return verdicts


def _order_verdicts(drafted: Entry, gold: GoldEntry) -> dict[str, bool]:
    verdicts = {"action": getattr(drafted, "action", None) == gold.action}
    if gold.times_per_day is not None:
        verdicts["times_per_day"] = getattr(drafted, "times_per_day", None) == gold.times_per_day
    if gold.duration_days is not None:
        verdicts["days"] = getattr(drafted, "duration_days", None) == gold.duration_days
    return verdicts


def same_value(drafted: object, gold: float | str) -> bool:
    """Numbers equal; words equal or contained after folding."""
    if isinstance(gold, str) or isinstance(drafted, str):
        ours, theirs = folded(str(drafted or "")), folded(str(gold))
        return bool(ours) and (ours in theirs or theirs in ours)
    return isinstance(drafted, int | float) and abs(drafted - gold) < 1e-6


def same_dose(drafted: object, gold: GoldDose) -> bool:
    """Equal amounts: 1 g is 1000 mg, a 알 is a 정."""
    comparison = compare_doses(drafted, gold) if isinstance(drafted, Dose) else None
    return comparison is True


def compare_doses(drafted: Dose, gold: GoldDose) -> bool | None:
    """Whether the amounts are equal; None where the units cannot be compared (tablets and milligrams)."""
    ours, theirs = (_SPELLINGS.get(unit, unit) for unit in (drafted.unit, gold.unit))
    for scale in (_MILLIGRAMS, _MILLILITRES):
        if ours in scale and theirs in scale:
            return abs(drafted.value * scale[ours] - gold.value * scale[theirs]) < 1e-6
    return abs(drafted.value - gold.value) < 1e-6 if ours == theirs else None
