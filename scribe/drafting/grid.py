"""The medicine grid: what to take at which time of the day, as far as the order says it."""

import re

from scribe.domain.entries import MedicationOrder
from scribe.domain.summary import Medicine
from scribe.drafting.phrases import dose_text

_SLOTS = ("morning", "noon", "evening", "bedtime")
_WORDS = {
    "morning": re.compile(r"아침"),
    "noon": re.compile(r"점심"),
    "evening": re.compile(r"저녁"),
    "bedtime": re.compile(r"자기\s?(?:\d+\s?(?:분|시간)\s?)?전|취침|잘 때|자기 직전"),
}
_MEAL = re.compile(
    r"식후\s?(?:즉시|바로|\d+\s?(?:분|시간))?|식전\s?(?:\d+\s?(?:분|시간))?|식간|식사와 함께|식사 직후|공복"
)
_NEEDED = re.compile(r"필요|아플 때|심할 때|때만|열(?:이)? ?나면|가끔")
_THREE_MEALS = 3


def medicine(order: MedicationOrder) -> Medicine | None:
    """The order's row; None for what is stopped or given once by the clinic (an injection, a single dose).

    A cell is filled where the order names the time of day, or three times a day (with the meals, as Korean
    prescriptions mean it); what the order leaves open stays None.
    """
    if order.action == "stop" or not _is_taken_at_home(order):
        return None
    frequency = order.frequency or ""
    amount = dose_text(order.dose) if order.dose else "1회분"
    cells = dict.fromkeys(_slots(frequency, order.times_per_day), amount)
    meal = _MEAL.search(frequency)
    return Medicine(
        entry=order.id,
        name=order.name,
        relation_to_meal=meal[0].strip() if meal else None,
        days=order.duration_days,
        **cells,
    )


def _slots(frequency: str, times: float | None) -> list[str]:
    if _NEEDED.search(frequency):
        return []
    named = [slot for slot in _SLOTS if _WORDS[slot].search(frequency)]
    if times == _THREE_MEALS and len(named) in (0, _THREE_MEALS):
        return named or ["morning", "noon", "evening"]
    return named if times is None or len(named) == times else []


def _is_taken_at_home(order: MedicationOrder) -> bool:
    if order.route not in (None, "oral", "topical", "inhalation", "ophthalmic", "otic", "nasal", "rectal", "vaginal"):
        return order.duration_days is not None
    once = re.fullmatch(r"(?:오늘 |지금 )?1회\b.*", (order.frequency or "").strip())
    return not once or order.duration_days is not None
