"""The clinician's note in English: the same statements, from the same entries, never by translating sentences."""

import re
from collections.abc import Callable, Mapping, Sequence

from scribe.domain.entries import (
    Advice,
    Allergy,
    Diagnosis,
    Entry,
    Exam,
    FollowUp,
    History,
    LabResult,
    MedicationOrder,
    MedicationStatement,
    Procedure,
    Referral,
    ReturnPrecaution,
    Symptom,
    Vital,
)
from scribe.drafting import english_phrases as say
from scribe.drafting.english_names import as_said, english, known_english
from scribe.drafting.lexicon import Table
from scribe.drafting.phrases import located, number, symptom_name, unit_text
from scribe.drafting.template import Block, SectionTemplate
from scribe.drafting.terms import TermIndex
from scribe.drafting.tidy import noted, quality_of, relation_of, without_lead

_ACTIONS = {"start": "start", "continue": "continue", "change": "change", "stop": "stop"}
ROUTES = {
    "intravenous": "IV",
    "intramuscular": "IM",
    "subcutaneous": "SC",
    "intravitreal": "intravitreal",
    "sublingual": "sublingual",
    "topical": "topical",
    "transdermal": "patch",
    "inhalation": "inhaled",
    "inhaled": "inhaled",
    "ophthalmic": "eye drops",
    "otic": "ear drops",
    "nasal": "nasal",
    "rectal": "rectal",
    "vaginal": "vaginal",
}
_HANGUL = re.compile(r"[가-힣]")
_TITLES = {"S": "S", "O": "O", "A": "A", "P": "P"}


def english_title(section: SectionTemplate) -> str:
    """The section's English title; without one, its code as words."""
    return section.title_en or _TITLES.get(section.title) or section.code.replace("_", " ").capitalize()


def english_statement(block: Block, entries: Sequence[Entry]) -> str:
    """The statement of these entries in English, in the template's ``text_en`` where it has one."""
    if block.facts == ("chief_complaint",):
        facts = ", ".join(dict.fromkeys(english(entry.name) for entry in entries))
        return (block.text_en or "Chief complaint: {facts}.").format(facts=facts)
    vitals = [entry for entry in entries if isinstance(entry, Vital)]
    if len(vitals) > 1:
        return _sentence(block, entries[0], _pair(vitals))
    told = list(dict.fromkeys(phrase(entry) for entry in entries))
    joiner = "; " if isinstance(entries[0], Advice | ReturnPrecaution) else ", "
    if isinstance(entries[0], Symptom) and len(entries) > 1 and block.together == "onset" and entries[0].onset:
        told = [f"{', '.join(english(entry.name) for entry in entries)} ({say.onset(entries[0].onset)})"]
    return _sentence(block, entries[0], joiner.join(told))


def _sentence(block: Block, entry: Entry, facts: str) -> str:
    frame = block.text_en or _FRAMES.get((entry.kind, _state(entry))) or _FRAMES.get((entry.kind, "")) or "{facts}."
    text = frame.format(facts=facts)
    return text[:1].upper() + text[1:]


def _state(entry: Entry) -> str:
    if isinstance(entry, History):
        return f"{entry.category}:{entry.status}"
    return str(getattr(entry, "status", None) or getattr(entry, "certainty", None) or "")


_FRAMES: Mapping[tuple[str, str], str] = {
    ("symptom", "resolved"): "{facts}: resolved or better.",
    ("symptom", "absent"): "No {facts}.",
    ("history", "medical:present"): "Past history: {facts}.",
    ("history", "surgical:present"): "Past history: {facts}.",
    ("history", "medical:absent"): "Past history: no {facts}.",
    ("history", "surgical:absent"): "Past history: no {facts}.",
    ("history", "family:present"): "Family history: {facts}.",
    ("history", "family:absent"): "Family history: no {facts}.",
    ("history", "social:present"): "Social history: {facts}.",
    ("history", "social:absent"): "Social history: no {facts}.",
    ("history", "obstetric:present"): "Obstetric history: {facts}.",
    ("history", "obstetric:absent"): "No {facts}.",
    ("history", "immunization:present"): "Received: {facts}.",
    ("history", "immunization:absent"): "Not received: {facts}.",
    ("medication_statement", ""): "Takes {facts}.",
    ("allergy", "absent"): "No {facts}.",
    ("test_order", ""): "Tests: {facts}.",
    ("procedure", "planned"): "Planned: {facts}.",
    ("procedure", "done"): "Done: {facts}.",
    ("advice", ""): "Advice: {facts}.",
    ("medication_order", ""): "{facts}",
    ("follow_up", ""): "Follow-up: {facts}.",
    ("return_precaution", ""): "Return precautions: {facts}.",
}


def phrase(entry: Entry) -> str:
    """One entry in English; presence or absence is left to the sentence."""
    render = _PHRASES.get(entry.kind)
    return render(entry) if render else english(entry.name)


def _with(head: str, *details: str | None) -> str:
    told = [detail for detail in details if detail and detail.casefold() not in head.casefold()]
    return f"{head} ({'; '.join(told)})" if told else head


def _pair(vitals: Sequence[Vital]) -> str:
    first = vitals[0]
    name = " ".join(re.sub(r"(수축기|이완기)\s*혈압", "혈압", first.name).split())
    values = "/".join(number(vital.value) for vital in vitals[:2])
    return f"{english(name)} {values}{unit_text(first.unit)}"


def _symptom(entry: Symptom) -> str:
    name = english(symptom_name(entry))
    korean, inside = located(entry)
    place = say.reading(entry.location) if entry.location and (inside or korean != symptom_name(entry)) else None
    return _with(
        name,
        place if place and place not in name else None,
        say.reading(quality_of(entry.quality)) if entry.quality else None,
        say.reading(entry.severity) if entry.severity else None,
        say.onset(entry.onset) if entry.onset else None,
        f"for {say.duration(entry.duration)}" if entry.duration and not _is_dated(entry) else None,
        say.reading(noted(entry.course)) if entry.course else None,
        say.reading(relation_of(entry.relation)) if entry.relation else None,
    )


def _is_dated(entry: Symptom) -> bool:
    """The Korean note leaves the duration out where the onset tells it: so does this."""
    return (
        entry.onset is not None and re.search(r"부터|전|어제|그저께|그제|오늘|아침|지난|새벽", entry.onset) is not None
    )


def _history(entry: History) -> str:
    if entry.category == "family":
        who, _, rest = (entry.detail or "").partition("(")
        who, _, more = who.partition(",")
        relative = say.relative(re.split(r"[:,]", who)[0].strip()) if who.strip() else ""
        name = english(re.sub(r"\s*(가족력|병력|과거력)$", "", entry.name))
        left = (more or rest).removesuffix(")").strip()
        return _with(f"{relative} – {name}" if relative else name, say.reading(left) if left else None)
    return _with(english(entry.name), say.reading(noted(entry.detail)) if entry.detail else None)


def _allergy(entry: Allergy) -> str:
    name = english(entry.name)
    named = name if "allerg" in name else f"{name} allergy"
    return _with(named, say.reading(entry.reaction) if entry.reaction else None)


def _medication_statement(entry: MedicationStatement) -> str:
    told = [english(entry.name)]
    told += [say.spoken_dose(entry.dose)] if entry.dose else []
    told += [say.frequency(entry.frequency)] if entry.frequency else []
    return _with(" ".join(told), say.reading(entry.adherence) if entry.adherence else None)


def _vital(entry: Vital) -> str:
    return f"{english(entry.name)} {say.quantity(entry.value, entry.unit)}"


def _lab_result(entry: LabResult) -> str:
    if isinstance(entry.value, str):
        value = say.reading(noted(entry.value))
        return _with(f"{english(entry.name)}: {value}{unit_text(entry.unit) if entry.unit else ''}")
    value = number(entry.value) + (unit_text(entry.unit) if entry.unit else "")
    reading = say.reading(noted(entry.interpretation)) if entry.interpretation else None
    return _with(f"{english(entry.name)} {value}", reading)


def _exam(entry: Exam) -> str:
    finding = say.reading(noted(entry.finding))
    state = entry.status if _HANGUL.search(finding) else None
    return _with(f"{english(entry.name)}: {finding}", state)


def _diagnosis(entry: Diagnosis) -> str:
    certainty = {"suspected": "suspected ", "ruled_out": ""}.get(entry.certainty, "")
    code = f" ({entry.code.code})" if entry.code and entry.certainty != "ruled_out" else ""
    after = " ruled out" if entry.certainty == "ruled_out" else ""
    return f"{certainty}{english(entry.name)}{after}{code}"


def _medication_order(entry: MedicationOrder) -> str:
    often = entry.frequency or (f"1일 {number(entry.times_per_day)}회" if entry.times_per_day else "")
    told = [
        english(entry.name),
        say.dose(entry.dose) if entry.dose else "",
        ROUTES.get(entry.route or "", ""),
        say.frequency(often) if often else "",
        f"for {entry.duration_days} days" if entry.duration_days else "",
    ]
    return " ".join(part for part in told if part) + f" ({_ACTIONS[entry.action]})"


def _procedure(entry: Procedure) -> str:
    return english(entry.name)


def _referral(entry: Referral) -> str:
    named = re.sub(r"\s*(?:의뢰|호출|협진|전원|회송)$", "", entry.name)
    to = known_english(entry.to) or as_said(entry.to)
    name = known_english(named)
    return f"Referral to {to}" + (f" ({name})" if name and name != to else "")


def advice_text(entry: Advice) -> str:
    """The advice in English where the lexicon knows (nearly) all of it, beside it as said; else as said alone."""
    said = without_lead(entry.name)
    if (whole := known_english(said)) is not None:
        return whole
    mentions = [m for m in TermIndex.load().find(said) if m.table is Table.ADVICE and not m.negated]
    widest = max(mentions, key=lambda mention: mention.end - mention.start, default=None)
    if widest is not None and (widest.end - widest.start) >= _MOST * len(said):
        name = known_english(widest.row.term)
        return f"{name} – {as_said(said)}" if name else as_said(said)
    return as_said(said)


_MOST = 0.7  # the share of an advice that a term must cover to stand for it


def _follow_up(entry: FollowUp) -> str:
    inside = re.search(r"\(([^()]*)\)", entry.name)
    purpose = say.reading(inside[1]) if inside and known_english(inside[1]) else None
    when = say.appointment(without_lead(entry.when))
    return _with("admission" if "입원" in entry.name else f"return {when}", purpose)


def precaution_text(entry: ReturnPrecaution) -> str:
    """The sign in English where it is one that the lexicon knows plainly, what to do, and the words that were said."""
    said = without_lead(entry.name)
    sign = re.split(r"(?:면|경우|\s시|\s때|도)\s+(?=[^면]*$)", said)[0]
    denied = re.search(r"(?:^|\s)(?:안|못)\s|없|[가-힣]지 ?(?:않|못)|\d", sign)
    mentions = [m for m in TermIndex.load().find(said[: len(sign) + 1]) if m.table is Table.SYMPTOMS and not m.nested]
    names = [known_english(mention.row.term) for mention in mentions if not mention.negated]
    told = ", ".join(dict.fromkeys(name for name in names if name)) if not denied else ""
    return f"{f'{told}: ' if told else ''}{_action(said)} – {as_said(said)}"


def _action(said: str) -> str:
    told = []
    if "119" in said:
        told.append("call 119")
    if re.search(r"\b109\b", said):
        told.append("call 109")
    if "응급실" in said:
        told.append("go to the emergency department")
    if told:
        return " or ".join(told)
    if re.search("알림|알리|말씀", said):
        return "tell the staff at once"
    return "contact the clinic at once" if re.search("전화|연락", said) else "come back at once"


_PHRASES: Mapping[str, Callable[..., str]] = {
    "symptom": _symptom,
    "history": _history,
    "allergy": _allergy,
    "medication_statement": _medication_statement,
    "vital": _vital,
    "lab_result": _lab_result,
    "exam": _exam,
    "diagnosis": _diagnosis,
    "medication_order": _medication_order,
    "procedure": _procedure,
    "referral": _referral,
    "advice": advice_text,
    "follow_up": _follow_up,
    "return_precaution": precaution_text,
}
