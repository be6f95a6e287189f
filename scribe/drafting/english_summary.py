"""How the patient summary says it in English: the same lines as in Korean, in plain words."""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace

from scribe.domain.encounter import Practitioner
from scribe.domain.entries import (
    Advice,
    Entry,
    FollowUp,
    LabResult,
    MedicationOrder,
    Procedure,
    Referral,
    ReturnPrecaution,
    Vital,
)
from scribe.domain.summary import Medicine
from scribe.drafting import english_phrases as say
from scribe.drafting.english_names import english, known_english
from scribe.drafting.english_note import advice_text, phrase, precaution_text
from scribe.drafting.grid import route_of
from scribe.drafting.lines import Reader, What
from scribe.drafting.phrases import number, unit_text
from scribe.drafting.tidy import noted, without_lead

TITLES: Mapping[str, str] = {
    "today": "Today at a glance",
    "reason": "Why you came",
    "findings": "What we checked",
    "medicines": "How to take your medicines",
    "advice": "What to do at home",
    "next": "Tests and next visit",
    "warning": "Contact us at once if",
}
_CAME = {"telephone": "You called because of", "inpatient_round": "You told us about"}
_VERBS = {
    "intravenous": "You get {what} into a vein", "intramuscular": "You get {what} into a muscle",
    "subcutaneous": "You get {what} under the skin", "intravitreal": "You get {what} into the eye",
    "sublingual": "Let {what} melt under your tongue", "topical": "Apply {what}", "transdermal": "Stick on {what}",
    "inhalation": "Breathe in {what}", "inhaled": "Breathe in {what}", "ophthalmic": "Put {what} into the eye",
    "otic": "Put {what} into the ear", "nasal": "Spray {what} into the nose", "rectal": "Insert {what} into the rectum",
    "vaginal": "Insert {what} into the vagina",
}  # fmt: skip
_TO_CONFIRM = (
    ("의사 확인 전이에요", "not yet confirmed by the physician"),
    ("먹는 양", "how much"),
    ("먹는 횟수", "how often"),
    ("먹는 시간", "at what time"),
)


def sentence(what: What, entries: Sequence[Entry], reader: Reader) -> str:
    """One sentence (or two short ones) about the entries."""
    text = _SENTENCES[what](entries, reader)
    return text[:1].upper() + text[1:]


def notice(physician: Practitioner | None) -> str:
    """That a machine wrote the summary, and the place of the physician who reviews it."""
    name = f"Dr. {physician.name}" if physician is not None else "physician ____________"
    return (
        "This summary was drafted by AI from the conversation of the visit. "
        f"It is complete when the physician has checked and signed it. Checked by: {name}"
    )


def medicine_row(row: Medicine) -> Medicine:
    """The row of the medicine grid in English: the same cells, amounts and days."""
    return replace(
        row,
        name=english(row.name),
        morning=_cell(row.morning),
        noon=_cell(row.noon),
        evening=_cell(row.evening),
        bedtime=_cell(row.bedtime),
        relation_to_meal=say.frequency(row.relation_to_meal) if row.relation_to_meal else None,
        to_confirm=_left_open(row.to_confirm) if row.to_confirm else None,
    )


def _cell(amount: str | None) -> str | None:
    if amount is None:
        return None
    return "1 dose" if amount == "1회분" else say.spoken_dose(amount)


def _left_open(korean: str) -> str:
    times = re.search(r"하루 (\d+(?:\.\d+)?)번", korean)
    told = [words for key, words in _TO_CONFIRM if key in korean]
    if told and told[0].startswith("not yet"):
        return told[0]
    often = f"{times[1]} times a day; " if times else ""
    return f"{often}to confirm: {', '.join(told)}"


def _diagnosis(entries: Sequence[Entry], _: Reader) -> str:
    return f"Today's diagnosis is {english(entries[0].name)}."


def _suspected(entries: Sequence[Entry], _: Reader) -> str:
    return f"{english(entries[0].name)} is suspected."


def _looked_into(_entries: Sequence[Entry], _: Reader) -> str:
    return "You have tests, and their results are checked."


def _return_visit(entries: Sequence[Entry], _: Reader) -> str:
    return f"You came for your follow-up of {english(entries[0].name)}."


def _symptoms(entries: Sequence[Entry], reader: Reader) -> str:
    return f"{_CAME.get(reader.setting, 'You came because of')} {_listed(entries)}."


def _symptoms_too(entries: Sequence[Entry], _: Reader) -> str:
    return f"You also told us about {_listed(entries)}."


def _listed(entries: Sequence[Entry]) -> str:
    return ", ".join(dict.fromkeys(english(entry.name) for entry in entries))


def _pressure(entries: Sequence[Entry], _: Reader) -> str:
    value = "/".join(number(entry.value) for entry in entries if isinstance(entry, Vital))
    return f"Your blood pressure today is {value}."


def _vital(entries: Sequence[Entry], _: Reader) -> str:
    entry = entries[0]
    return f"Your {english(entry.name)} is {say.quantity(entry.value, entry.unit)}." if isinstance(entry, Vital) else ""


def _result(entries: Sequence[Entry], _: Reader) -> str:
    entry = entries[0]
    if not isinstance(entry, LabResult):
        return ""
    if isinstance(entry.value, str):
        return f"{english(entry.name)}: {say.reading(noted(entry.value))}."
    value = number(entry.value) + (unit_text(entry.unit) if entry.unit else "")
    known = entry.interpretation if entry.interpretation in ("높음", "낮음", "정상", "양호") else None
    told = f", which is {say.reading(known)}" if known else ""
    return f"{english(entry.name)} is {value}{told}."


def _medicine(entries: Sequence[Entry], reader: Reader) -> str:
    order = entries[0]
    if not isinstance(order, MedicationOrder):
        return ""
    name = english(order.name)
    if order.action == "stop":
        return f"Stop {name} now." if not reader.is_child else f"Do not give {name} any more."
    what = f"{name} {say.dose(order.dose)}" if order.dose else name
    route = route_of(order)
    verb = _VERBS.get(route, "Give {what}" if reader.is_child else "Take {what}")
    if order.route is None and route in ("intravenous", "intramuscular", "subcutaneous", "intravitreal"):
        verb = "You get {what}"
    main, _, _rest = (order.frequency or "").partition(", ")
    often = main or (f"1일 {number(order.times_per_day)}회" if order.times_per_day else "")
    told = [verb.format(what=what)]
    told += [say.frequency(often)] if often else []
    told += [f"for {order.duration_days} days"] if order.duration_days else []
    lead = {"continue": "As before: ", "change": "Changed: "}.get(order.action, "")
    return f"{lead}{' '.join(told)}."


def _medicine_more(entries: Sequence[Entry], _: Reader) -> str:
    order = entries[0]
    rest = (order.frequency or "").partition(", ")[2] if isinstance(order, MedicationOrder) else ""
    return f"How to take {english(order.name)}: {say.frequency(rest)}."


def _unconfirmed(entries: Sequence[Entry], _: Reader) -> str:
    return f"{english(entries[0].name)} is not confirmed yet. Ask the physician before you take it."


def _advice(entries: Sequence[Entry], _: Reader) -> str:
    return f"{advice_text(entries[0])}." if isinstance(entries[0], Advice) else ""


def _test(entries: Sequence[Entry], _: Reader) -> str:
    return f"You have this test: {english(entries[0].name)}."


def _procedure(entries: Sequence[Entry], _: Reader) -> str:
    entry = entries[0]
    done = isinstance(entry, Procedure) and entry.status == "done"
    return f"{'Done' if done else 'Planned'}: {english(entry.name)}."


def _referral(entries: Sequence[Entry], _: Reader) -> str:
    entry = entries[0]
    if not isinstance(entry, Referral):
        return ""
    to = known_english(entry.to)
    return f"You are referred to {to}." if to else f"{phrase(entry)}."


def _follow_up(entries: Sequence[Entry], _: Reader) -> str:
    entry = entries[0]
    if not isinstance(entry, FollowUp):
        return ""
    if "입원" in entry.name:
        return "You are admitted to the hospital."
    return f"Come again {say.appointment(without_lead(entry.when))}."


def _warning(entries: Sequence[Entry], _: Reader) -> str:
    return f"{precaution_text(entries[0])}." if isinstance(entries[0], ReturnPrecaution) else ""


_SENTENCES: Mapping[What, Callable[[Sequence[Entry], Reader], str]] = {
    "diagnosis": _diagnosis,
    "suspected": _suspected,
    "looked_into": _looked_into,
    "return_visit": _return_visit,
    "symptoms": _symptoms,
    "symptoms_too": _symptoms_too,
    "blood_pressure": _pressure,
    "vital": _vital,
    "result": _result,
    "medicine": _medicine,
    "medicine_more": _medicine_more,
    "unconfirmed": _unconfirmed,
    "advice": _advice,
    "test": _test,
    "procedure": _procedure,
    "referral": _referral,
    "follow_up": _follow_up,
    "warning": _warning,
}
