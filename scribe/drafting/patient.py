"""The plain-language summary that the patient takes home: from the same entries, in words a grandmother understands."""

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

from scribe.domain.encounter import Encounter
from scribe.domain.entries import (
    Advice,
    Diagnosis,
    Entry,
    FollowUp,
    LabResult,
    MedicationOrder,
    Procedure,
    Referral,
    ReturnPrecaution,
    Symptom,
    TestOrder,
    Vital,
)
from scribe.domain.statement import Section, Statement
from scribe.domain.summary import PatientSummary
from scribe.drafting.compose import merge_evidence
from scribe.drafting.errors import UnknownLanguageError
from scribe.drafting.grid import medicine
from scribe.drafting.lay import advised, condition, lay_terms, note_for, plain
from scribe.drafting.particles import with_particle
from scribe.drafting.phrases import dose_text, number, unit_text
from scribe.drafting.readability import readability
from scribe.drafting.requests import request

_CHILD_YEARS = 12
_ROUTES = {
    "intravenous": "정맥주사로 맞아요",
    "intramuscular": "근육주사로 맞아요",
    "subcutaneous": "피하주사로 맞아요",
    "sublingual": "혀 밑에 녹여 드세요",
    "topical": "바르세요",
    "inhalation": "들이마시세요",
    "ophthalmic": "눈에 넣으세요",
    "otic": "귀에 넣으세요",
    "nasal": "코에 뿌리세요",
    "rectal": "항문에 넣으세요",
    "vaginal": "질에 넣으세요",
}


@dataclass(frozen=True, slots=True)
class _Line:
    text: str
    entries: tuple[Entry, ...]


@dataclass(frozen=True, slots=True)
class _Reader:
    """Who the summary speaks to: the patient, or the one who gives a child its medicine."""

    is_child: bool

    @property
    def take(self) -> str:
        return "먹이세요" if self.is_child else "드세요"

    @property
    def do_not_take(self) -> str:
        return "먹이지 마세요" if self.is_child else "드시지 마세요"


_Writer = Callable[[Sequence[Entry], _Reader], Iterator[_Line]]


def summarise(entries: Sequence[Entry], encounter: Encounter, language: str = "ko") -> PatientSummary:
    """The summary in short 해요체 sentences, with the medicine grid and its readability.

    Says what the patient has, takes and does: never what was denied or ruled out, nor a relative's disease.  Numbers
    and drug names stay as they are in the entries.  Every statement carries entries and evidence; ``support`` is
    "none" until the verifier has judged it.  Empty sections are left out.  Raises UnknownLanguageError for any
    language but "ko".
    """
    if language != "ko":
        raise UnknownLanguageError(language=language)
    patient = encounter.patient
    reader = _Reader(patient is not None and patient.age_on(encounter.start.date()) < _CHILD_YEARS)
    sections = _numbered((code, title, _distinct(writer(entries, reader))) for code, title, writer in _SECTIONS)
    rows = (medicine(entry) for entry in entries if isinstance(entry, MedicationOrder))
    return PatientSummary(
        language=language,
        sections=sections,
        medicines=tuple(row for row in rows if row is not None),
        readability=readability(sections),
    )


def _numbered(drafted: Iterable[tuple[str, str, list[_Line]]]) -> tuple[Section, ...]:
    sections: list[Section] = []
    count = 0
    for code, title, lines in drafted:
        statements = []
        for line in lines:
            ids = tuple(dict.fromkeys(entry.id for entry in line.entries))
            statement = Statement(id=f"p{count}", text=line.text, entries=ids, evidence=merge_evidence(line.entries))
            statements.append(statement)
            count += 1
        if statements:
            sections.append(Section(code=code, title=title, statements=tuple(statements)))
    return tuple(sections)


def _distinct(lines: Iterable[_Line]) -> list[_Line]:
    """Lines that say the same become one, resting on the entries of all."""
    out: dict[str, _Line] = {}
    for line in lines:
        known = out.get(line.text)
        out[line.text] = replace(known, entries=(*known.entries, *line.entries)) if known else line
    return list(out.values())


# -- 오늘 진료 한눈에 -----------------------------------------------------------------------------------------------


def _today(entries: Sequence[Entry], _: _Reader) -> Iterator[_Line]:
    symptoms = [e for e in entries if isinstance(e, Symptom) and e.status == "present"][:3]
    if symptoms:
        names = [re.sub(r"\s*\([^()]*\)", "", plain(symptom.name)) for symptom in symptoms]
        yield _Line(f"말씀하신 증상은 {with_particle(_enumerated(names), '이에')}요.", tuple(symptoms))
    for entry in entries:
        if isinstance(entry, Diagnosis) and entry.certainty == "confirmed":
            yield _Line(f"오늘 진단은 {with_particle(_explained(entry.name), '이에')}요.", (entry,))
    for entry in entries:
        if isinstance(entry, Diagnosis) and entry.certainty == "suspected":
            yield _Line(f"{with_particle(_explained(entry.name), '이')} 의심돼요.", (entry,))


def _explained(name: str) -> str:
    """The name with its plain explanation behind it."""
    words = note_for(name) or plain(name)
    return f"{name}({words})" if words != name and "(" not in words else words


def _enumerated(names: Sequence[str]) -> str:
    return ", ".join(dict.fromkeys(names))


# -- 약 -------------------------------------------------------------------------------------------------------------


def _medicines(entries: Sequence[Entry], reader: _Reader) -> Iterator[_Line]:
    for entry in entries:
        if isinstance(entry, MedicationOrder):
            main, _, rest = (entry.frequency or "").partition(", ")
            once = main == "1회"
            told = entry if once else replace(entry, frequency=main or None)
            yield _Line(_medicine_sentence(told, reader), (entry,))
            if rest and not once:
                yield _Line(f"{entry.name} 복용법: {rest}.", (entry,))


def _medicine_sentence(order: MedicationOrder, reader: _Reader) -> str:
    if order.action == "stop":
        return f"{with_particle(order.name, '은')} 이제 {reader.do_not_take}."
    named = f"{order.name} {dose_text(order.dose)}" if order.dose else order.name
    how = _how(order)
    if order.route in _ROUTES and not order.times_per_day:
        once = f" {how}" if how else ""
        return f"{with_particle(named, '을')}{once} {_ROUTES[order.route]}."
    verb = _ROUTES.get(order.route or "", reader.take)
    days = f" {order.duration_days}일 동안" if order.duration_days else ""
    if order.action == "continue":
        return f"{with_particle(named, '은')} 지금처럼 {how}{days} {verb}.".replace("  ", " ")
    lead = with_particle(named, "으로" if order.action == "change" else "을")
    changed = " 바꿔서" if order.action == "change" else ""
    return " ".join(f"{lead}{changed} {how}{days} {verb}.".split())


def _how(order: MedicationOrder) -> str:
    """The frequency in plain words: "1일 3회 식후 30분" is "하루 3번 식후 30분에"."""
    text = order.frequency or (f"1일 {number(order.times_per_day)}회" if order.times_per_day else "")
    text = re.sub(r"(?:1일|일일)\s*(\d+)\s*회", r"하루 \1번", text)
    text = re.sub(r"^1회\b", "한 번", text)
    text = re.sub(r"\s*\([^()]*\)", "", text).replace("정맥주사", "").replace("근육주사", "")
    for term in ("식간", "필요시", "설하"):
        text = text.replace(term, lay_terms()[term].plain)
    text = re.sub(
        r"(식[후전](?:\s?\d+(?:분|시간))?|식사와 식사 사이|아침저녁|아침|점심|저녁|자기\s?(?:\d+분\s?)?전)$",
        r"\1에",
        text.strip(" ,"),
    )
    return text.strip(" ,")


# -- 검사 -----------------------------------------------------------------------------------------------------------


def _tests(entries: Sequence[Entry], _: _Reader) -> Iterator[_Line]:
    yield from _pressures(entries)
    for entry in entries:
        if isinstance(entry, LabResult):
            yield _Line(_result(entry), (entry,))
    for entry in entries:
        if isinstance(entry, TestOrder):
            name = _kept(entry.name)
            yield _Line(f"{with_particle(name, '을')} 해요." if _is_test(name) else f"{name} 검사를 해요.", (entry,))
    for entry in entries:
        if isinstance(entry, Procedure):
            done = "했어요" if entry.status == "done" else "할 예정이에요"
            yield _Line(f"{with_particle(_kept(entry.name), '을')} {done}.", (entry,))
    for entry in entries:
        if isinstance(entry, Referral):
            yield _Line(_referral(entry), (entry,))


def _pressures(entries: Sequence[Entry]) -> Iterator[_Line]:
    """The last plain blood pressure and the temperature: what patients ask for."""
    vitals = [entry for entry in entries if isinstance(entry, Vital)]
    systolic = [vital for vital in vitals if vital.name == "수축기혈압"]
    diastolic = [vital for vital in vitals if vital.name == "이완기혈압"]
    if systolic and len(systolic) == len(diastolic):
        top, bottom = systolic[-1], diastolic[-1]
        value = f"{number(top.value)}/{number(bottom.value)}"
        yield _Line(f"오늘 혈압은 {with_particle(value, '이에')}요.", (top, bottom))
    for vital in vitals:
        if vital.name == "체온":
            yield _Line(f"오늘 체온은 {number(vital.value)}도예요.", (vital,))


def _result(entry: LabResult) -> str:
    name = _kept(entry.name)
    if isinstance(entry.value, str):
        if entry.value.endswith("없음"):
            return f"{name} 결과 {with_particle(entry.value.removesuffix(' 없음'), '은')} 없어요."
        return f"{with_particle(name, '은')} {with_particle(entry.value, '이에')}요."
    value = number(entry.value) + (unit_text(entry.unit) if entry.unit else "")
    return f"{with_particle(name, '은')} {with_particle(value, '이에')}요."


def _kept(name: str) -> str:
    """A test's own name, with what it is in brackets."""
    base, _, bracket = name.partition(" (")
    note = note_for(base)
    inside = ", ".join(part for part in (note, bracket.removesuffix(")")) if part)
    return f"{base}({inside})" if inside else base


def _is_test(name: str) -> bool:
    return bool(re.search(r"(?:검사|MRI|CT|X선|심전도|초음파|내시경|촬영|조영술|엑스레이)\b", name))


def _referral(entry: Referral) -> str:
    if re.search("상담|검사", entry.to) or entry.to in ("", entry.name):
        return f"{with_particle(entry.to or entry.name, '을')} 받으세요."
    return f"{entry.to} 진료를 받으시도록 연결해 드려요."


# -- 집에서 하실 일, 다음 진료, 바로 오셔야 할 때 ---------------------------------------------------------------------


def _advice(entries: Sequence[Entry], reader: _Reader) -> Iterator[_Line]:
    for entry in entries:
        if isinstance(entry, Advice):
            sentence = advised(entry.name) or request(", ".join(map(_plain_advice, entry.name.split(", "))))
            if reader.is_child:
                sentence = re.sub(r"드세요", "먹이세요", sentence).replace("드시지 마세요", "먹이지 마세요")
            yield _Line(sentence, (entry,))


def _plain_advice(name: str) -> str:
    known = lay_terms().get(name)
    return known.plain if known is not None and known.plain else name


def _follow_up(entries: Sequence[Entry], _: _Reader) -> Iterator[_Line]:
    for entry in entries:
        if isinstance(entry, FollowUp):
            yield _Line(_next_visit(entry), (entry,))


def _next_visit(entry: FollowUp) -> str:
    if re.search(r"면$", entry.when):
        return f"{entry.when} 다시 오세요."
    purpose = re.sub(r"^.*?(?:뒤|후|다음 달|다음 주|내일|모레)\s*|재진,?\s*|\s*내원$", "", entry.name).strip(" ,()")
    if re.search("입원", entry.name):
        return f"{entry.when} 입원해요."
    if entry.in_days is None and not re.search(r"뒤|후|내일|모레|다음|요일", entry.when):
        return f"{request(entry.name)}"
    when = entry.when if re.search(r"(?:에|까지|내일|모레)$", entry.when) else f"{entry.when}에"
    if purpose and purpose not in entry.when and re.search(r"확인|검사|상담|결정", purpose):
        return f"{when} 다시 오세요({purpose})."
    return f"{when} 다시 오세요."


def _warning(entries: Sequence[Entry], _: _Reader) -> Iterator[_Line]:
    for entry in entries:
        if isinstance(entry, ReturnPrecaution):
            yield _Line(_come_at_once(entry.name), (entry,))


def _come_at_once(name: str) -> str:
    """ "호흡곤란 시 즉시 내원" as "숨이 차면 바로 오세요."."""
    even = re.match(r"(?P<sign>.+[가-힣]도)\s+(?P<what>(?:즉시|바로|당일|내원|응급실|119).*)$", name)
    if even is not None:
        return f"{even['sign']} {_answer(even['what'])}"
    found = re.match(r"(?P<sign>.+?)(?P<joint>\s시|\s때|면|경우)\s+(?P<what>.+)$", name)
    if found is None:
        return f"{with_particle(plain(name), '이')} 있으면 바로 오세요."
    what = _answer(found["what"])
    if found["joint"] == "면":
        return f"{found['sign']}면 {what}"
    if found["joint"].strip() in ("때", "경우"):
        return f"{found['sign']}{found['joint']} {what}"
    signs = re.split(r"\s*(?:,|또는|혹은|이나)\s+", found["sign"])
    if found["sign"] in lay_terms():
        signs = [found["sign"]]
    elif found["sign"].endswith(" 악화"):
        worse = [plain(sign.removesuffix(" 악화")) for sign in signs]
        return f"{with_particle(', '.join(worse), '이')} 심해지면 {what}"
    clauses = [condition(sign) or f"{with_particle(plain(sign), '이')} 있으면" for sign in signs]
    return " ".join((*(_or(clause) for clause in clauses[:-1]), clauses[-1], what))


def _or(clause: str) -> str:
    """-(으)면 as -거나: "숨이 차면" is "숨이 차거나", "있으면" "있거나"; ㅂ and ㅅ stems that changed change back."""
    for irregular, regular in (
        ("추우면", "춥거나"),
        ("어려우면", "어렵거나"),
        ("러우면", "럽거나"),
        ("부으면", "붓거나"),
    ):
        if clause.endswith(irregular):
            return clause.removesuffix(irregular) + regular
    return re.sub(r"으?면$", "거나", clause)


def _answer(what: str) -> str:
    if "119" in what:
        return "바로 119를 부르세요." if "응급실" not in what else "바로 119를 부르거나 응급실로 가세요."
    if re.search(r"\b109\b", what):
        return "바로 109에 전화하거나 응급실로 가세요." if "응급실" in what else "바로 109에 전화하세요."
    if "응급실" in what:
        return "바로 응급실로 가세요."
    return (
        "바로 말씀하세요." if "말" in what else "바로 전화하세요." if re.search("전화|연락", what) else "바로 오세요."
    )


_SECTIONS: tuple[tuple[str, str, _Writer], ...] = (
    ("today", "오늘 진료 한눈에", _today),
    ("medicines", "약", _medicines),
    ("tests", "검사", _tests),
    ("advice", "집에서 하실 일", _advice),
    ("follow_up", "다음 진료", _follow_up),
    ("warning", "바로 오셔야 할 때", _warning),
)
