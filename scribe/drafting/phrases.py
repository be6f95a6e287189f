"""One entry as a clinical Korean phrase: only what the entry holds, in the words that physicians write."""

import re
from collections.abc import Callable
from dataclasses import dataclass

from scribe.domain.entries import (
    Allergy,
    Diagnosis,
    Dose,
    Entry,
    Exam,
    FollowUp,
    History,
    LabResult,
    MedicationOrder,
    MedicationStatement,
    Procedure,
    Referral,
    Symptom,
    Vital,
)
from scribe.drafting.charting import charted
from scribe.drafting.lexicon import SymptomRow, by_term
from scribe.drafting.template import Template

_TIME = re.compile(r"부터|전에?\b|전,|어제|어젯밤|그저께|그제|오늘|아침|지난|새벽")
_UNITS = {
    "mm[Hg]": " mmHg",
    "Cel": " ℃",
    "/min": "회/분",
    "%": "%",
    "[iU]": " IU",
    "{iU}": " IU",
    "U": " 단위",
    "ug": " μg",
    "mg/m2": " mg/m²",
    "kg/m2": " kg/m²",
    "10*3/uL": "×10³/μL",
    "[drp]": "방울",
    "{drop}": "방울",
    "{tbl}": "정",
    "{tablet}": "정",
    "{puff}": "회 흡입",
    "{score}": "점",
}


def quantity(value: float, unit: str) -> str:
    """A number with its UCUM unit as Korean clinicians write it ("37.8 ℃", "88회/분", "1포")."""
    return number(value) + unit_text(unit)


def unit_text(unit: str) -> str:
    """The unit as written after a number, with its leading space where it takes one."""
    if unit in _UNITS:
        return _UNITS[unit]
    return f" {unit}" if unit.isascii() else unit


def number(value: float) -> str:
    """A number without a needless fraction; thousands are grouped ("98,000", "0.42")."""
    text = f"{value:,.4f}".rstrip("0").rstrip(".")
    return text if value >= 10_000 else text.replace(",", "")


def dose_text(dose: Dose) -> str:
    """A dose, such as "40 mg" or "1포"; a half tablet is 0.5정."""
    return quantity(dose.value, dose.unit)


@dataclass(frozen=True, slots=True)
class Phrase:
    """What is stated, and the details that follow it in brackets."""

    head: str
    details: tuple[str, ...] = ()

    def in_sentence(self, text: str) -> str:
        """The sentence ``text`` around {facts}, with the details in brackets before its full stop."""
        sentence = text.format(facts=self.head)
        body, stop = (sentence[:-1], ".") if sentence.endswith(".") else (sentence, "")
        return _bracketed(body, self.details) + stop


def phrase(entry: Entry, template: Template) -> Phrase:
    """The entry as a phrase; presence or absence is left to the sentence of the template's block."""
    render = _PHRASES.get(entry.kind)
    return render(entry, template) if render else Phrase(entry.name)


def in_list(text: str) -> str:
    """The phrase fit to stand in an enumeration: its own commas become middle dots."""
    return re.sub(r"(?<=[가-힣A-Za-z]),\s*(?=[가-힣A-Za-z])(?![^(]*\))", "·", text)


def is_plain(entry: Entry) -> bool:
    """True where the entry says no more than its name (and a symptom its onset): it may stand in a list."""
    if isinstance(entry, Symptom):
        return not _symptom_details(entry) and _located(entry) == (entry.name, None)
    if isinstance(entry, History):
        return not entry.detail
    return True


def measured(name: str) -> str:
    """What a systolic or diastolic reading is called as a pair: "기립 수축기혈압" is "기립 혈압"."""
    return " ".join(re.sub(r"(수축기|이완기)\s*혈압", "혈압", name).split())


def _bracketed(text: str, details: tuple[str, ...]) -> str:
    """``text`` and the details that it does not say already."""
    told: list[str] = []
    for detail in details:
        clean = _inner(detail)
        if not any(_folded(clean) in _folded(other) for other in (text, *told)):
            told.append(clean)
    if not told:
        return text
    separator = "; " if any(", " in detail for detail in told) and len(told) > 1 else ", "
    inside = separator.join(told)
    return f"{text[:-1]}{separator}{inside})" if text.endswith(")") else f"{text}({inside})"


def _inner(detail: str) -> str:
    """A detail without brackets of its own, its unit as clinicians write it."""
    plain = (
        re.sub(r"\s*\(([^()]*)\)", r" [\1]", detail) if "," in detail else re.sub(r"\s*\(([^()]*)\)", r", \1", detail)
    )
    return re.sub(r"(?<=\d) Cel\b", " ℃", plain)


def _folded(text: str) -> str:
    return re.sub(r"[\s()\[\]·,]", "", text)


def _details(*values: str | None) -> tuple[str, ...]:
    return tuple(value for value in values if value)


def _symptom(entry: Symptom, _: Template) -> Phrase:
    name, inside = _located(entry)
    text = f"{entry.onset} {name}" if entry.onset else name
    return Phrase(text, _details(inside, *_symptom_details(entry)))


def _symptom_details(entry: Symptom) -> tuple[str, ...]:
    duration = entry.duration if not (entry.onset and _TIME.search(entry.onset)) else None
    return _details(entry.quality, entry.severity, duration, entry.course, entry.relation)


def _located(entry: Symptom) -> tuple[str, str | None]:
    """The name with its place before it where that reads well, else the place to be told in brackets."""
    if not entry.location or _folded(entry.location) in _folded(entry.name):
        return entry.name, None
    if (row := by_term(SymptomRow).get(entry.name)) is not None and row.body_site == entry.location:
        return entry.name, None
    first, *rest = entry.name.split()
    if rest and entry.location.split()[-1].startswith(first):
        return " ".join((entry.location, *rest)), None
    if entry.location.endswith(first):
        return " ".join((entry.location, *rest)), None
    short = len(entry.location.split()) <= 3 and not re.search(r"[,;·]|까지|에서", entry.location)
    overlap = any(word in entry.name for word in entry.location.split())
    return (f"{entry.location} {entry.name}", None) if short and not overlap else (entry.name, entry.location)


def _history(entry: History, template: Template) -> Phrase:
    if entry.category == "family":
        return _relative(entry)
    name = entry.name
    detail = charted(entry.detail) if entry.detail else None
    said_as = re.fullmatch(r"(?P<name>.+?)\((?P<spoken>.+)\)", name)
    if detail and said_as and detail.startswith(f"{said_as['spoken']} "):
        name = said_as["name"]
    if entry.status == "absent" and (own := template.word("absent", name)):
        name = own
    elif entry.status == "absent" and entry.category == "social":
        name = f"{name} 없음"
    if detail and _tells(detail, name, entry):
        return Phrase(detail)
    return Phrase(name, _details(detail))


def _tells(detail: str, name: str, entry: History) -> bool:
    """Whether the detail says the name too, so that it stands alone."""
    if _folded(detail).startswith(_folded(name)):
        return True
    return (entry.status == "present" or name != entry.name) and name.rsplit(maxsplit=1)[-1] in detail.split()


def _relative(entry: History) -> Phrase:
    """ "아버지 심근경색(55세에 사망)": the relative first, the rest of the detail in brackets."""
    disease = re.sub(r"\s*(가족력|병력|과거력)$", "", entry.name)
    if not entry.detail:
        return Phrase(disease)
    who, _, rest = entry.detail.partition("(") if "(" in entry.detail else _split(entry.detail)
    if "(" in who or "," in who:
        return Phrase(disease, (entry.detail,))
    return Phrase(f"{who.strip()} {disease}", _details(rest.removesuffix(")").strip()))


def _split(detail: str) -> tuple[str, str, str]:
    found = re.search(r"\s*[,:;]\s*", detail)
    return (detail[: found.start()], found[0], detail[found.end() :]) if found else (detail, "", "")


def _allergy(entry: Allergy, _: Template) -> Phrase:
    name = entry.name if re.search("알레르기|알러지|과민", entry.name) else f"{entry.name} 알레르기"
    return Phrase(name, _details(entry.reaction))


def _medication_statement(entry: MedicationStatement, _: Template) -> Phrase:
    dose = re.sub(r"(?<=\d) (?=[가-힣])", "", entry.dose) if entry.dose else None
    words = _details(entry.name, dose, entry.frequency)
    adherence = entry.adherence
    if adherence and not re.search("복용|먹|잊|빠", adherence):
        adherence = f"복약 {adherence}"
    return Phrase(" ".join(words), _details(adherence))


def _vital(entry: Vital, _: Template) -> Phrase:
    return Phrase(f"{entry.name} {quantity(entry.value, entry.unit)}")


def _lab_result(entry: LabResult, _: Template) -> Phrase:
    value = entry.value if isinstance(entry.value, str) else number(entry.value)
    value += unit_text(entry.unit) if entry.unit else ""
    if entry.interpretation and entry.interpretation.startswith(value):
        return Phrase(f"{entry.name} {entry.interpretation}")
    return Phrase(f"{entry.name} {value}", _details(entry.interpretation))


_GENERIC = {"왼쪽", "오른쪽", "양쪽", "좌측", "우측", "양측", "검사", "촉진", "청진", "시진", "타진", "소견"}


def _exam(entry: Exam, _: Template) -> Phrase:
    name, spoken = (*entry.name.removesuffix(")").split("(", maxsplit=1), "")[:2]
    finding = charted(entry.finding)
    if spoken and finding.startswith(f"{spoken} "):
        finding = finding.removeprefix(f"{spoken} ")
    words = [word for word in name.split() if word not in _GENERIC]
    first, *rest = finding.split()
    if finding == "없음":
        return Phrase(f"{name} 없음")
    if words and words[-1] == first and name.endswith(first):
        return Phrase(" ".join((name, *rest)))
    if words and all(word in finding for word in words):
        return Phrase(finding)
    return Phrase(f"{name}: {finding}")


def _diagnosis(entry: Diagnosis, template: Template) -> Phrase:
    certainty = template.word("certainty", entry.certainty)
    code = f" ({entry.code.code})" if entry.code and entry.certainty != "ruled_out" else ""
    return Phrase(f"{entry.name}{' ' if certainty else ''}{certainty}{code}")


def _medication_order(entry: MedicationOrder, template: Template) -> Phrase:
    frequency = entry.frequency or (f"1일 {number(entry.times_per_day)}회" if entry.times_per_day else "")
    route = template.word("route", entry.route or "")
    days = f"{entry.duration_days}일분" if entry.duration_days else ""
    words = _details(
        entry.name,
        dose_text(entry.dose) if entry.dose else None,
        route if route not in frequency else None,
        frequency,
        days if days not in frequency else None,
    )
    action = template.word("action", entry.action)
    return Phrase(" ".join(words) + (f" ({action})" if action else ""))


def _procedure(entry: Procedure, template: Template) -> Phrase:
    return Phrase(entry.name, _details(template.word("procedure", entry.status)))


def _referral(entry: Referral, _: Template) -> Phrase:
    named = entry.name if re.search("의뢰|호출|협진|상담|전원|회송", entry.name) else f"{entry.name} 의뢰"
    return Phrase(named, _details(entry.to))


def _follow_up(entry: FollowUp, _: Template) -> Phrase:
    again = re.search("재진|내원|방문|입원|확인|진료|전화", entry.name)
    name = entry.name if again else f"{entry.name} 재진"
    if _DAY.search(name) or entry.when in name:
        return Phrase(name)
    return Phrase(f"{entry.when} {'재진' if entry.name.endswith('재진') else name}")


_DAY = re.compile(r"\d|[일주달년] ?뒤|[일주달년] ?후|이틀|사흘|나흘|모레|내일|다음 ?[주달]")


_PHRASES: dict[str, Callable[..., Phrase]] = {
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
    "follow_up": _follow_up,
}
