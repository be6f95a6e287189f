"""One entry as a clinical Korean phrase: only what the entry holds, in the words that physicians write."""

import re
from collections.abc import Callable
from dataclasses import dataclass

from scribe.domain.entries import (
    Advice,
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
from scribe.drafting.lexicon import BodySiteRow, HistoryRow, SymptomRow, by_term
from scribe.drafting.template import Template
from scribe.drafting.tidy import (
    GENERIC,
    advised,
    is_adnominal,
    length_of,
    noted,
    only_denies,
    only_repeats,
    quality_of,
    relation_of,
    without_lead,
    without_name,
)

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
        return not (_symptom_details(entry) or entry.quality) and located(entry) == (symptom_name(entry), None)
    if isinstance(entry, History):
        return not entry.detail
    return True


def measured(name: str) -> str:
    """What a systolic or diastolic reading is called as a pair: "기립 수축기혈압" is "혈압(기립)"."""
    return _postured(" ".join(re.sub(r"(수축기|이완기)\s*혈압", "혈압", name).split()))


def _postured(name: str) -> str:
    """A measurement with the posture or the arm behind it: "앉은 맥박" is "맥박(앉은 자세)"."""
    found = re.fullmatch(r"(?P<how>기립|앙와위|앉은|[좌우]측 팔) (?P<what>\S+)", name)
    if found is None:
        return name
    return f"{found['what']}({'앉은 자세' if found['how'] == '앉은' else found['how']})"


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
    name, inside = located(entry)
    if entry.quality and is_adnominal(entry.quality):
        name = f"{entry.quality} {name}"
    text = f"{entry.onset} {name}" if entry.onset else name
    return Phrase(text, _details(inside, *_symptom_details(entry)))


def _symptom_details(entry: Symptom) -> tuple[str, ...]:
    timed = entry.onset is not None and _TIME.search(entry.onset) is not None
    return _details(
        quality_of(entry.quality) if entry.quality and not is_adnominal(entry.quality) else None,
        entry.severity,
        length_of(entry.duration) if entry.duration and not timed else None,
        noted(entry.course) if entry.course else None,
        relation_of(entry.relation) if entry.relation else None,
    )


def symptom_name(entry: Symptom) -> str:
    """The symptom's name; a "증상" at its end says nothing ("구내염 증상 호전됨")."""
    return entry.name.removesuffix(" 증상") if entry.name.count(" ") == 1 else entry.name


def located(entry: Symptom) -> tuple[str, str | None]:
    """The name with its place before it where that reads well, else the place to be told in brackets."""
    name = symptom_name(entry)
    if not entry.location or _folded(entry.location) in _folded(name):
        return name, None
    row = by_term(SymptomRow).get(entry.name)
    if row is not None and entry.location in (row.body_site, *_site_words(row.body_site)):
        return name, None
    first, *rest = name.split()
    if rest and entry.location.split()[-1].startswith(first):
        return " ".join((entry.location, *rest)), None
    if entry.location.endswith(first):
        return " ".join((entry.location, *rest)), None
    short = len(entry.location.split()) <= 3 and not re.search(r"[,;·]|까지|에서", entry.location)
    overlap = any(word in name for word in entry.location.split())
    return (f"{entry.location} {name}", None) if short and not overlap else (name, entry.location)


def _site_words(site: str) -> tuple[str, ...]:
    row = by_term(BodySiteRow).get(site)
    return row.synonyms if row is not None else ()


def _history(entry: History, template: Template) -> Phrase:
    if entry.category == "family":
        return _relative(entry)
    base, spoken = _spoken_name(entry.name)
    detail = without_name(noted(entry.detail), spoken, *GENERIC) if entry.detail else None
    if detail and (only_repeats(detail, base) or (entry.status == "absent" and only_denies(detail))):
        detail = None
    name = base if detail or entry.category in ("medical", "surgical") else entry.name
    if entry.status == "absent" and (own := template.word("absent", base)):
        name = own
    elif entry.status == "absent" and entry.category == "social":
        name = f"{spoken or name} 없음"
    if detail and _tells(detail, base, entry):
        return Phrase(detail)
    if detail and spoken and entry.category == "social" and not _folded(detail).startswith(_folded(spoken)):
        detail = f"{spoken} {detail}" if len(detail) <= _SHORT and entry.status == "present" else detail
    return Phrase(name, _details(detail))


_SHORT = 16  # a detail that still reads well behind the thing it is of ("커피 하루 네 잔")


def _spoken_name(name: str) -> tuple[str, str]:
    """A lexicon term and the word in brackets by which it was said; the latter is "" where it is a time or none."""
    found = re.fullmatch(r"(?P<name>.+?)\((?P<spoken>.+)\)", name)
    if found is None:
        return name, ""
    return found["name"], "" if found["spoken"] in _TIMES else found["spoken"]


_TIMES = {"하루", "매일", "일주일", "한 달", "요즘", "최근"}


def _tells(detail: str, name: str, entry: History) -> bool:
    """Whether the detail says the name too, by one of its words, so that it stands alone."""
    if _folded(detail).startswith(_folded(name)):
        return True
    if entry.status == "absent":
        return False
    if name.removesuffix(" 이력").rsplit(maxsplit=1)[-1] in detail.split():
        return True
    row = by_term(HistoryRow).get(name) if entry.category in ("obstetric", "surgical") else None
    words = [_folded(noun) for noun in (*row.nouns, name.removesuffix(" 이력"))] if row is not None else []
    return any(len(word) > 1 and word in _folded(detail) for word in words)


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
    dose = _spoken_dose(entry.dose) if entry.dose else None
    words = _details(entry.name, dose, entry.frequency)
    adherence = entry.adherence
    if adherence and not re.search("복용|먹|잊|빠", adherence):
        adherence = f"복약 {adherence}"
    return Phrase(" ".join(words), _details(adherence))


def _spoken_dose(text: str) -> str:
    """A dose kept as text, its unit as clinicians write it: "50 ug" is "50 μg", "1 알" is "1알"."""
    found = re.fullmatch(r"(\d+(?:\.\d+)?) (\S+)", text)
    return f"{found[1]}{unit_text(found[2])}" if found else text


def _vital(entry: Vital, _: Template) -> Phrase:
    return Phrase(f"{_postured(entry.name)} {quantity(entry.value, entry.unit)}")


def _lab_result(entry: LabResult, _: Template) -> Phrase:
    value = noted(entry.value) if isinstance(entry.value, str) else number(entry.value)
    value += unit_text(entry.unit) if entry.unit else ""
    if entry.interpretation and entry.interpretation.startswith(value):
        return Phrase(f"{entry.name} {entry.interpretation}")
    apart = ": " if len(value) > _SHORT or value == "없음" else " "
    return Phrase(
        f"{entry.name}{apart}{value}", _details(noted(entry.interpretation) if entry.interpretation else None)
    )


_GENERIC = {"왼쪽", "오른쪽", "양쪽", "좌측", "우측", "양측", "검사", "촉진", "청진", "시진", "타진", "소견"}


def _exam(entry: Exam, _: Template) -> Phrase:
    name, spoken = (*entry.name.removesuffix(")").split("(", maxsplit=1), "")[:2]
    name = name.removesuffix(" 검사") if name.removesuffix(" 검사").endswith(_SIGNS) else name
    finding = noted(entry.finding)
    if spoken and finding.startswith(f"{spoken} "):
        finding = finding.removeprefix(f"{spoken} ")
    words = [word for word in name.split() if word not in _GENERIC]
    first, *rest = finding.split()
    if finding == "없음":
        return Phrase(f"{name}: 없음" if name.endswith(_LOOKED_AT) else f"{name} 없음")
    if words and words[-1] == first and name.endswith(first):
        return Phrase(" ".join((name, *rest)))
    if words and (
        all(word in finding for word in words) or (len(words) > 1 and finding.startswith(" ".join(words[:-1])))
    ):
        return Phrase(finding)
    return Phrase(f"{name}: {finding}")


_LOOKED_AT = ("청진", "촉진", "검사", "진찰", "내진", "시진")
_SIGNS = ("부종", "강직", "안진", "탈장")


def _advice(entry: Advice, _: Template) -> Phrase:
    return Phrase(advised(entry.name))


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
    base, _bracket, inside = entry.name.removesuffix(")").partition("(")
    if entry.when and base.strip() == entry.when:
        return Phrase(base.strip(), _details(noted(inside) if inside and not _says_only(inside, base) else None))
    if re.search(r"(?:면|도)$", entry.when):
        return Phrase(f"{without_lead(entry.when)} 재진")
    again = re.search("재진|내원|방문|입원|확인|진료|전화", entry.name)
    name = entry.name if again else f"{entry.name} 재진"
    if _DAY.search(name) or entry.when in name:
        return Phrase(name)
    return Phrase(f"{entry.when} {'재진' if entry.name.endswith('재진') else name}")


def _says_only(inside: str, base: str) -> bool:
    return _folded(noted(inside)) == _folded(base)


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
    "advice": _advice,
}
