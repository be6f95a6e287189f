"""How the patient summary says it in Korean: 해요체, one idea a sentence, hard terms explained."""

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
    Symptom,
    Vital,
)
from scribe.drafting.grid import route_of
from scribe.drafting.lay import advised, lay_terms, note_for, plain
from scribe.drafting.lines import Reader, What
from scribe.drafting.particles import with_particle
from scribe.drafting.phrases import dose_text, number, unit_text
from scribe.drafting.requests import request
from scribe.drafting.tidy import mended, noted, without_lead
from scribe.drafting.warnings_told import come_at_once

TITLES: Mapping[str, str] = {
    "today": "오늘 진료 한눈에",
    "reason": "왜 오셨나요",
    "findings": "확인한 것",
    "medicines": "약 드시는 방법",
    "advice": "집에서 하실 일",
    "next": "검사와 다음 방문",
    "warning": "이럴 때는 바로 연락하세요",
}
_ROUTES = {
    "intravenous": "정맥주사로 맞아요",
    "intramuscular": "근육주사로 맞아요",
    "subcutaneous": "피하주사로 맞아요",
    "intravitreal": "눈 주사로 맞아요",
    "sublingual": "혀 밑에 녹여 드세요",
    "topical": "바르세요",
    "transdermal": "붙이세요",
    "inhalation": "들이마시세요",
    "inhaled": "들이마시세요",
    "ophthalmic": "눈에 넣으세요",
    "otic": "귀에 넣으세요",
    "nasal": "코에 뿌리세요",
    "rectal": "항문에 넣으세요",
    "vaginal": "질에 넣으세요",
}
_STOPPED = {
    "topical": "바르지 마세요",
    "transdermal": "붙이지 마세요",
    "ophthalmic": "넣지 마세요",
    "otic": "넣지 마세요",
    "nasal": "뿌리지 마세요",
    "inhaled": "쓰지 마세요",
    "inhalation": "쓰지 마세요",
    "subcutaneous": "맞지 마세요",
    "intramuscular": "맞지 마세요",
    "intravenous": "맞지 마세요",
    "rectal": "넣지 마세요",
    "vaginal": "넣지 마세요",
}
_CAME = {"telephone": "전화하셨어요", "inpatient_round": "힘들다고 하셨어요"}
_INJECTED = frozenset({"intravenous", "intramuscular", "subcutaneous", "intravitreal"})
_WARDS = re.compile(r"(?:중환자실|병동)$")
_READINGS = {
    "높음": "높아요",
    "낮음": "낮아요",
    "정상": "정상이에요",
    "양호": "괜찮아요",
    "음성": "음성이에요",
    "양성": "양성이에요",
}
_TOPICAL = re.compile(r"(?:[은는도이가데]|건|거|게)$")
_WORD_ONLY = re.compile(r"[가-힣]{1,6}")


def sentence(what: What, entries: Sequence[Entry], reader: Reader) -> str:
    """One sentence (or two short ones) about the entries; "" where there is nothing more to say."""
    return _SENTENCES[what](entries, reader)


def notice(physician: Practitioner | None) -> str:
    """That a machine wrote the summary, and the place of the physician who reviews it."""
    name = f"{physician.name} 의사" if physician is not None else "담당 의사 ____________"
    return f"AI가 진료 대화를 듣고 쓴 안내문 초안이에요. 의사가 확인하고 서명해야 완성돼요. 확인: {name}"


def _diagnosis(entries: Sequence[Entry], _: Reader) -> str:
    return f"오늘 진단은 {with_particle(explained(entries[0].name), '이에')}요."


def _suspected(entries: Sequence[Entry], _: Reader) -> str:
    return f"{with_particle(explained(entries[0].name), '이')} 의심돼요."


def _looked_into(_entries: Sequence[Entry], _: Reader) -> str:
    return "검사를 하고 결과를 확인해요."


def _return_visit(entries: Sequence[Entry], _: Reader) -> str:
    return f"{explained(entries[0].name)} 진료를 이어서 받으셨어요."


def explained(name: str) -> str:
    """The name with its plain explanation behind it."""
    words = note_for(name) or plain(name)
    return f"{name}({words})" if words != name and "(" not in words else words


def _symptoms(entries: Sequence[Entry], reader: Reader) -> str:
    return f"{_enumerated(entries).removesuffix(' 증상')} 증상으로 {_CAME.get(reader.setting, '오셨어요')}."


def _symptoms_too(entries: Sequence[Entry], _: Reader) -> str:
    return f"{_enumerated(entries).removesuffix(' 증상')} 증상도 말씀하셨어요."


def _enumerated(entries: Sequence[Entry]) -> str:
    names = [re.sub(r"\s*\([^()]*\)", "", plain(_placed(entry))) for entry in entries]
    return ", ".join(dict.fromkeys(names))


def _placed(entry: Entry) -> str:
    """ "통증" of a place is that place's pain."""
    if isinstance(entry, Symptom) and entry.name == "통증" and entry.location and len(entry.location.split()) <= 2:
        return f"{entry.location} {entry.name}"
    return entry.name


# -- 확인한 것 -------------------------------------------------------------------------------------------------------


def _pressure(entries: Sequence[Entry], _: Reader) -> str:
    value = "/".join(number(entry.value) for entry in entries if isinstance(entry, Vital))
    return f"오늘 혈압은 {with_particle(value, '이에')}요."


def _vital(entries: Sequence[Entry], _: Reader) -> str:
    entry = entries[0]
    if not isinstance(entry, Vital):
        return ""
    if entry.name == "체온":
        return f"오늘 체온은 {number(entry.value)}도예요."
    value = number(entry.value) + unit_text(entry.unit)
    return f"{with_particle(kept(entry.name), '은')} {with_particle(value, '이에')}요."


def _result(entries: Sequence[Entry], _: Reader) -> str:
    entry = entries[0]
    if not isinstance(entry, LabResult):
        return ""
    name = kept(entry.name)
    if isinstance(entry.value, str):
        return _told_result(name, entry.value)
    value = number(entry.value) + (unit_text(entry.unit) if entry.unit else "")
    reading = {"높음": "높아요", "낮음": "낮아요"}.get(entry.interpretation or "")
    if reading:
        return f"{with_particle(name, '은')} {with_particle(value, '으로')} {reading}."
    good = {"정상": "정상이에요", "양호": "괜찮아요"}.get(entry.interpretation or "")
    if good:
        return f"{with_particle(name, '은')} {with_particle(value, '으로')} {good}."
    return f"{with_particle(name, '은')} {with_particle(value, '이에')}요."


def _told_result(name: str, value: str) -> str:
    if value in _READINGS:
        return f"{with_particle(name, '은')} {_READINGS[value]}."
    if value.endswith(" 없음"):
        what = value.removesuffix(" 없음")
        return f"{name} 결과 {what if _TOPICAL.search(what) else with_particle(what, '은')} 없어요."
    if value == "없음":
        return f"{name} 결과는 ‘없음’이에요."
    if re.search(r"(?:어요|아요|해요|돼요|예요|에요|네요|여요|와요|워요)$", value):
        return f"{name} 결과예요: {value}."
    if not _WORD_ONLY.fullmatch(value) and re.search(r"[가-힣]{2}", value):
        return f"{name} 결과예요: {noted(value)}."
    return f"{with_particle(name, '은')} {with_particle(value, '이에')}요."


def kept(name: str) -> str:
    """A test's own name, with what it is in brackets."""
    base, _, bracket = name.replace(" (", "(").partition("(")
    spoken = bracket.removesuffix(")")
    note = note_for(base) or note_for(spoken)
    inside = ", ".join(part for part in (note, spoken if spoken.isascii() or not note else "") if part)
    return f"{base}({inside})" if inside else base


# -- 약 -------------------------------------------------------------------------------------------------------------


def _medicine(entries: Sequence[Entry], reader: Reader) -> str:
    order = entries[0]
    if not isinstance(order, MedicationOrder):
        return ""
    main, _, _rest = (order.frequency or "").partition(", ")
    told = order if main == "1회" else replace(order, frequency=main or None)
    return _medicine_sentence(told, reader)


def _medicine_more(entries: Sequence[Entry], _: Reader) -> str:
    order = entries[0]
    if not isinstance(order, MedicationOrder):
        return ""
    main, _comma, rest = (order.frequency or "").partition(", ")
    return f"{order.name} 복용법: {rest}." if rest and main != "1회" and order.action != "stop" else ""


def _unconfirmed(entries: Sequence[Entry], _: Reader) -> str:
    return f"{with_particle(entries[0].name, '은')} 아직 확인이 필요해요. 의사에게 확인한 뒤에 쓰세요."


def _medicine_sentence(order: MedicationOrder, reader: Reader) -> str:
    route = route_of(order)
    if order.action == "stop":
        return f"{with_particle(order.name, '은')} 이제 {_STOPPED.get(route, reader.do_not_take)}."
    named = f"{order.name} {dose_text(order.dose)}" if order.dose else order.name
    how = _how(order)
    verb = _ROUTES.get(route, reader.take)
    if order.route is None and route in _INJECTED:
        verb = "맞아요"  # by which needle was not said
    if verb != reader.take and not order.times_per_day:
        start = f"{with_particle(named, '으로')} 바꿔서" if order.action == "change" else with_particle(named, "을")
        return " ".join(f"{start} {how} {verb}.".split())
    days = f" {order.duration_days}일 동안" if order.duration_days else ""
    if order.action == "continue":
        return " ".join(f"{with_particle(named, '은')} 지금처럼 {how}{days} {verb}.".split())
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
        r"(식[후전](?:\s?\d+(?:분|시간))?|식사와 식사 사이|아침저녁|아침|점심|저녁|자기\s?(?:\d+분\s?)?전|공복)$",
        r"\1에",
        text.strip(" ,"),
    )
    return text.strip(" ,")


# -- 집에서 하실 일, 검사와 다음 방문 ----------------------------------------------------------------------------------


def _advice(entries: Sequence[Entry], reader: Reader) -> str:
    entry = entries[0]
    if not isinstance(entry, Advice):
        return ""
    name = mended(without_lead(entry.name))
    lay = advised(name)
    if lay is None or _COUNT.findall(lay) != _COUNT.findall(name):
        lay = request(", ".join(map(_plain_advice, name.split(", "))))
    said = re.sub(r"이고요, ", "이에요. ", lay)
    if reader.is_child:
        said = re.sub(r"드세요", "먹이세요", said).replace("드시지 마세요", "먹이지 마세요")
    return said


_COUNT = re.compile(r"\d+|(?:한두|두세|서너|[한두세네])\s?(?:번|시간|분|잔|달|주)")  # what nobody said is not added


def _plain_advice(name: str) -> str:
    known = lay_terms().get(name)
    return known.plain if known is not None and known.plain else name


def _test(entries: Sequence[Entry], _: Reader) -> str:
    name = kept(entries[0].name)
    is_test = re.search(r"(?:검사|MRI|CT|X선|심전도|초음파|내시경|촬영|조영술|엑스레이)\b", name)
    return f"{with_particle(name, '을')} 해요." if is_test else f"{name} 검사를 해요."


def _procedure(entries: Sequence[Entry], _: Reader) -> str:
    entry = entries[0]
    done = isinstance(entry, Procedure) and entry.status == "done"
    return f"{with_particle(kept(entry.name), '을')} {'했어요' if done else '할 예정이에요'}."


def _referral(entries: Sequence[Entry], _: Reader) -> str:
    entry = entries[0]
    if not isinstance(entry, Referral):
        return ""
    if _WARDS.search(entry.to):
        return f"{entry.to}에 입원해요."
    if re.search("상담|검사", entry.to) or entry.to in ("", entry.name):
        return f"{with_particle(entry.to or entry.name, '을')} 받으세요."
    return f"{entry.to} 진료를 받으시도록 연결해 드려요."


def _next_visit(entries: Sequence[Entry], reader: Reader) -> str:
    entry = entries[0]
    if not isinstance(entry, FollowUp):
        return ""
    again = "다시 봐요" if reader.setting == "inpatient_round" else "다시 오세요"
    when = re.sub(r"에?\s?(?:오시면|오면)$", "", entry.when)
    if re.search(r"(?:면|도)$", when):
        return f"{without_lead(when)} {again}."
    if "입원" in entry.name:
        return f"{when} 입원해요." if when not in entry.name else "입원해요."
    if entry.in_days is None and not re.search(r"뒤|후|내일|모레|다음|요일", when):
        return f"{request(entry.name)}"
    day = when if re.search(r"(?:에|까지|내일|모레)$", when) else f"{when}에"
    purpose = re.sub(r"^.*?(?:뒤|후|다음 달|다음 주|내일|모레)\s*|재진,?\s*|\s*내원$", "", entry.name).strip(" ,()")
    is_told = purpose and purpose not in when and re.search(r"확인|검사|상담|결정", purpose)
    return f"{day} {again}{f'({purpose})' if is_told else ''}."


def _warning(entries: Sequence[Entry], _: Reader) -> str:
    return come_at_once(without_lead(entries[0].name))


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
    "follow_up": _next_visit,
    "warning": _warning,
}
