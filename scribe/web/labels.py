"""The Korean words and number forms of the screens."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta, timezone
from types import MappingProxyType

from scribe.domain.consent import ConsentState
from scribe.domain.encounter import Encounter, Sex
from scribe.domain.note import FlagKind
from scribe.domain.statement import Statement, Support
from scribe.domain.transcript import Speaker

# Korea keeps no summer time, so the fixed offset is exact and needs no time-zone database.
SEOUL = timezone(timedelta(hours=9), "Asia/Seoul")

_WEEKDAYS = "월화수목금토일"


@dataclass(frozen=True, slots=True)
class SpeakerLabel:
    """How a speaker is shown: one letter in the margin, the word for screen readers."""

    letter: str
    name: str


@dataclass(frozen=True, slots=True)
class SupportLabel:
    """How a statement's support is shown: the mark and its meaning."""

    mark: str
    meaning: str


SPEAKERS: Mapping[Speaker, SpeakerLabel] = MappingProxyType(
    {
        "doctor": SpeakerLabel("의", "의사"),
        "patient": SpeakerLabel("환", "환자"),
        "guardian": SpeakerLabel("보", "보호자"),
        "nurse": SpeakerLabel("간", "간호사"),
        "unknown": SpeakerLabel("?", "화자 미상"),
    }
)

SUPPORTS: Mapping[Support, SupportLabel] = MappingProxyType(
    {
        "supported": SupportLabel("●", "대화에 근거 있음"),
        "partial": SupportLabel("◐", "근거가 일부만 있음"),
        "none": SupportLabel("○", "대화에 근거 없음"),
        "edited": SupportLabel("✎", "의사가 작성"),
    }
)

ACKNOWLEDGED: Mapping[Support, SupportLabel] = MappingProxyType(
    {
        "none": SupportLabel("☑", "대화에 근거 없음 · 의사가 확인하고 유지"),
        "partial": SupportLabel("☑", "근거가 일부만 있음 · 의사가 확인하고 유지"),
    }
)


def support_label(statement: Statement) -> SupportLabel:
    """The mark of a statement: its support, and whether a physician kept it all the same."""
    kept = ACKNOWLEDGED if statement.acknowledged else SUPPORTS
    return kept.get(statement.support, SUPPORTS[statement.support])


# What the one-letter titles of the SOAP template stand for.
SECTIONS: Mapping[str, str] = MappingProxyType(
    {"subjective": "주관적 호소", "objective": "객관적 소견", "assessment": "평가", "plan": "계획"}
)

FLAGS: Mapping[FlagKind, str] = MappingProxyType(
    {
        "red_flag": "위험 신호",
        "conflict": "확인 필요",
        "unsupported": "근거 없음",
        "missing": "참고",
        "stale": "근거가 바뀜",
    }
)

SEXES: Mapping[Sex, str] = MappingProxyType({"male": "남", "female": "여", "other": "기타", "unknown": "성별 미상"})

TEMPLATES: Mapping[str, str] = MappingProxyType(
    {
        "soap": "외래 기본(SOAP)",
        "initial": "초진",
        "follow_up": "재진",
        "emergency": "응급",
        "paediatric": "소아",
        "telephone": "전화",
        "ward_round": "회진",
    }
)


def template_name(name: str) -> str:
    """What a note template is called; a hospital's own by the name of its file."""
    return TEMPLATES.get(name, name)


SETTINGS: Mapping[str, str] = MappingProxyType(
    {"outpatient": "외래", "emergency": "응급", "inpatient_round": "입원", "telephone": "전화"}
)

# UCUM codes whose form on Korean charts differs from the code itself.
_UNITS: Mapping[str, str] = MappingProxyType(
    {
        "mm[Hg]": "mmHg",
        "Cel": "℃",
        "/min": "회/분",
        "[degF]": "℉",
        "[iU]": "IU",
        "[IU]": "IU",
        "ug": "μg",
        "10*3/uL": "×10³/μL",
        "10*6/uL": "×10⁶/μL",
        "10*9/L": "×10⁹/L",
        "kg/m2": "kg/m²",
        "mL/min/{1.73_m2}": "mL/min/1.73m²",
        "mm/h": "mm/시간",
        "mL/h": "mL/시간",
        "L/min": "L/분",
        "h": "시간",
        "min": "분",
        "d": "일",
        "wk": "주",
        "mo": "개월",
        "a": "년",
        "{tbl}": "정",
        "{capsule}": "캡슐",
        "{score}": "점",
        "1": "",
    }
)


def amount(value: float, ucum: str) -> str:
    """A value with its unit: ``500 mg``, but ``1정`` close together as Korean writes it."""
    written = unit(ucum)
    gap = "" if "가" <= written[:1] <= "힣" else " "
    return f"{number(value)}{gap}{written}".strip()


def measured(words: str | None) -> str | None:
    """Words of an entry with a temperature as a Korean chart writes it: ``37.8 ℃`` for ``37.8 Cel``."""
    return None if words is None else re.sub(r"(?<=\d) Cel(?![A-Za-z])", f" {unit('Cel')}", words)


def unit(ucum: str) -> str:
    """A UCUM unit as a Korean chart writes it."""
    return _UNITS.get(ucum, ucum)


_ROUTES: Mapping[str, str] = MappingProxyType(
    {
        "oral": "먹는 약",
        "intravenous": "정맥 주사",
        "intramuscular": "근육 주사",
        "subcutaneous": "피하 주사",
        "intravitreal": "눈 속 주사",
        "topical": "바르는 약",
        "transdermal": "붙이는 약",
        "inhaled": "흡입",
        "ophthalmic": "눈에 넣는 약",
        "otic": "귀에 넣는 약",
        "nasal": "코에 쓰는 약",
        "sublingual": "혀 밑에 녹이는 약",
        "rectal": "좌약",
    }
)
"""The routes of the lexicon of medicines."""


def route(name: str) -> str:
    """By what route a medicine is given, in Korean; what was said otherwise, as it is."""
    return _ROUTES.get(name, name)


def number(value: float | str) -> str:
    """A number without a trailing ".0"; other values as they are."""
    return f"{value:g}" if isinstance(value, float) else str(value)


def clock(seconds: float) -> str:
    """Seconds of a recording as ``분:초``, or ``시:분:초`` from an hour on."""
    whole = int(seconds)
    hours, minutes = whole // 3600, whole % 3600 // 60
    return f"{hours}:{minutes:02}:{whole % 60:02}" if hours else f"{minutes}:{whole % 60:02}"


def day(moment: datetime) -> str:
    """The date in Seoul, ``2026년 9월 14일(월)``."""
    local = moment.astimezone(SEOUL)
    return f"{local.year}년 {local.month}월 {local.day}일({_WEEKDAYS[local.weekday()]})"


def day_in_numbers(moment: datetime) -> str:
    """The date in Seoul as it is written short, ``2026. 9. 14. (월)``."""
    local = moment.astimezone(SEOUL)
    return f"{local.year}. {local.month}. {local.day}. ({_WEEKDAYS[local.weekday()]})"


def time_of_day(moment: datetime) -> str:
    """The time in Seoul, ``오전 10:20``."""
    local = moment.astimezone(SEOUL)
    return f"{'오전' if local.hour < 12 else '오후'} {(local.hour - 1) % 12 + 1}:{local.minute:02}"


def moment(value: datetime) -> str:
    """Date and time in Seoul."""
    return f"{day(value)} {time_of_day(value)}"


def age(born: date, on: date) -> str:
    """The age on a day as charts write it: in days in the first month, in months below two years, else 만 나이."""
    months = 12 * (on.year - born.year) + on.month - born.month - (on.day < born.day)
    if months < 1:
        return f"생후 {(on - born).days}일"
    return f"{months}개월" if months < 24 else f"{months // 12}세"


@dataclass(frozen=True, slots=True, kw_only=True)
class Consenting:
    """The patient's decision on recording as the list shows it."""

    label: str
    kind: str


_CONSENTS: dict[ConsentState | None, Consenting] = {
    "given": Consenting(label="동의", kind="given"),
    "refused": Consenting(label="거부", kind="refused"),
    "withdrawn": Consenting(label="철회", kind="refused"),
    None: Consenting(label="미확인", kind="open"),
}


def consenting(state: ConsentState | None) -> Consenting:
    """What was decided on recording; None where nobody was asked yet."""
    return _CONSENTS[state]


@dataclass(frozen=True, slots=True, kw_only=True)
class PatientBar:
    """Whom the page is about; what is not known reads as such."""

    name: str
    sex_and_age: str
    registration: str
    visit: str
    setting: str


def patient_bar(encounter: Encounter) -> PatientBar:
    """The patient as named at the head of every clinical page; the age is that on the day of the encounter."""
    patient = encounter.patient
    if patient is None:
        name, sex_and_age, registration = "환자 미지정", "", ""
    else:
        years = age(patient.birth_date, encounter.start.astimezone(SEOUL).date())
        name, sex_and_age = patient.name, f"{SEXES[patient.sex]} {years}"
        registration = patient.identifier.value if patient.identifier else ""
    return PatientBar(
        name=name,
        sex_and_age=sex_and_age,
        registration=registration or "등록번호 없음",
        visit=moment(encounter.start),
        setting=SETTINGS[encounter.setting],
    )


def destination_name(name: str) -> str:
    """What a destination is called on screens: the one that a site has without naming it is the hospital's."""
    return "병원 시스템" if name == "hospital" else name
