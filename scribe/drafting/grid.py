"""The medicine grid: what to take at which time of the day, as far as the order says it."""

import re

from scribe.domain.entries import MedicationOrder
from scribe.domain.summary import Medicine
from scribe.drafting.phrases import dose_text
from scribe.drafting.safety.drugs import medicine_row

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
AS_NEEDED_AMOUNT = frozenset({"topical", "transdermal", "ophthalmic", "otic", "nasal", "rectal", "vaginal"})
"""Routes whose amount a prescription does not count: an ointment, a patch, drops."""
_AT_HOME = frozenset(
    [
        "oral",
        "topical",
        "transdermal",
        "inhalation",
        "inhaled",
        "ophthalmic",
        "otic",
        "nasal",
        "rectal",
        "vaginal",
        "sublingual",
    ]
)


def medicine(order: MedicationOrder, *, is_confirmed: bool = True) -> Medicine | None:
    """The order's row; None for what is stopped or given once by the clinic (an injection, a single dose).

    A cell is filled where the order names the time of day, or three times a day (with the meals, as Korean
    prescriptions mean it); what the order leaves open stays None and is named in ``to_confirm``.  An order that is not
    confirmed has its name alone.
    """
    if order.action == "stop" or not _is_taken_at_home(order):
        return None
    if not is_confirmed:
        return Medicine(entry=order.id, name=order.name, to_confirm="의사 확인 전이에요")
    frequency = order.frequency or ""
    amount = dose_text(order.dose) if order.dose else "1회분"
    slots = _slots(frequency, order.times_per_day)
    meal = _MEAL.search(frequency)
    return Medicine(
        entry=order.id,
        name=order.name,
        relation_to_meal=meal[0].strip() if meal else None,
        days=order.duration_days,
        to_confirm=_left_open(order, slots),
        **dict.fromkeys(slots, amount),
    )


def route_of(order: MedicationOrder) -> str:
    """By which way the medicine goes in: as said, else as the lexicon knows the medicine, else "oral"."""
    if order.route is not None:
        return order.route
    row = medicine_row(order.name)
    return (row.route if row is not None else "") or "oral"


def _left_open(order: MedicationOrder, slots: list[str]) -> str | None:
    """What the patient must ask before taking it: how much, how often, at which times of the day."""
    lacking = [] if order.dose is not None or route_of(order) in AS_NEEDED_AMOUNT else ["먹는 양"]
    if order.frequency is None and order.times_per_day is None:
        lacking.append("먹는 횟수")
    elif not slots and not _NEEDED.search(order.frequency or ""):
        times = f"하루 {order.times_per_day:g}번, " if order.times_per_day else ""
        lacking.append(f"{times}먹는 시간")
    return f"{', '.join(lacking)} 확인 필요" if lacking else None


def _slots(frequency: str, times: float | None) -> list[str]:
    if _NEEDED.search(frequency):
        return []
    named = [slot for slot in _SLOTS if _WORDS[slot].search(frequency)]
    if times == _THREE_MEALS and len(named) in (0, _THREE_MEALS):
        return named or ["morning", "noon", "evening"]
    return named if times is None or len(named) == times else []


def _is_taken_at_home(order: MedicationOrder) -> bool:
    if route_of(order) not in _AT_HOME:
        return order.duration_days is not None
    once = re.fullmatch(r"(?:오늘 |지금 )?1회\b.*", (order.frequency or "").strip())
    return not once or order.duration_days is not None
