"""The form that a consultation is typed into: what was entered, what is wrong with it, and what it comes to."""

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, time

from scribe.domain.consent import ConsentState
from scribe.domain.encounter import Patient, Setting, Sex
from scribe.visits import DecidedBy
from scribe.web.labels import SEOUL
from scribe.web.worklist.departments import DEPARTMENTS

SETTINGS: tuple[tuple[Setting, str], ...] = (
    ("outpatient", "외래"), ("inpatient_round", "입원"), ("emergency", "응급"), ("telephone", "전화"),
)  # fmt: skip
SEXES: tuple[tuple[Sex, str], ...] = (("male", "남"), ("female", "여"), ("unknown", "모름"))
CONSENTS: tuple[tuple[str, str], ...] = (
    ("patient", "환자가 동의함"), ("guardian", "보호자가 동의함"), ("refused", "거부함"), ("", "아직 묻지 않음"),
)  # fmt: skip
TEMPLATES: Mapping[str, str] = {
    "": "기본 서식", "auto": "상황에 따라 자동", "soap": "SOAP", "initial": "초진 기록", "follow_up": "재진 경과",
    "paediatric": "소아 진료", "emergency": "응급 진료", "ward_round": "회진 경과", "telephone": "전화 진료",
}  # fmt: skip
"""Names of our own templates; the hospital's own are called by their file's name."""

_NUMBER = re.compile(r"[0-9A-Za-z][0-9A-Za-z-]{0,19}")
_VISIT = re.compile(r"[0-9A-Za-z][0-9A-Za-z./_-]{0,31}")
_TIME = re.compile(r"([01]?\d|2[0-3]):([0-5]\d)")
_BIRTH = re.compile(r"(\d{4})(\d\d)(\d\d)|(\d{4})[-./ ]+(\d{1,2})[-./ ]+(\d{1,2})\.?")
_FIRST_YEAR = 1890


@dataclass(frozen=True, slots=True, kw_only=True)
class Entered:
    """The fields as they were entered, so that nothing has to be typed twice."""

    name: str = ""
    number: str = ""
    visit: str = ""
    birth: str = ""
    sex: str = ""
    setting: str = "outpatient"
    time: str = ""
    department: str = ""
    template: str = ""
    consent: str = ""
    physician: str = ""
    identity: str = ""
    again: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Checked:
    """What the fields come to; ``problems`` by field, in Korean, where they come to nothing."""

    patient: Patient | None = None
    start: datetime
    problems: Mapping[str, str] = field(default_factory=dict)


def check(entered: Entered, now: datetime) -> Checked:
    """Everything that is wrong at once, in the order of the form."""
    today = now.astimezone(SEOUL)
    name = " ".join(unicodedata.normalize("NFC", entered.name).split())
    number = entered.number.strip()
    birth_date, birth_problem = _birth(entered.birth, today.date())
    start = _start(entered.time, today)
    problems = {
        "name": "" if 0 < len(name) <= 60 else "환자 이름을 입력하세요.",
        "number": registration_problem(number),
        "visit": visit_problem(entered.visit.strip()),
        "birth": birth_problem,
        "sex": "" if entered.sex in dict(SEXES) else "성별을 고르세요. 모르면 ‘모름’을 고르세요.",
        "setting": "" if entered.setting in dict(SETTINGS) else "진료 구분을 고르세요.",
        "time": "" if start is not None else "진료 시각은 09:30처럼 입력하세요.",
        "department": "" if not entered.department or entered.department in DEPARTMENTS else "진료과를 다시 고르세요.",
        "consent": "" if entered.consent in dict(CONSENTS) else "녹음 동의 여부를 고르세요.",
    }
    found = {key: problem for key, problem in problems.items() if problem}
    if found or birth_date is None:
        return Checked(start=start or now, problems=found)
    patient = Patient(name=name, sex=_sex(entered.sex), birth_date=birth_date)
    return Checked(patient=patient, start=start or now)


def registration_problem(number: str) -> str:
    """What is wrong with a registration number as it was typed; nothing where there is none."""
    return "" if not number or _NUMBER.fullmatch(number) else "등록번호는 숫자와 영문자로 20자까지입니다."


def visit_problem(number: str) -> str:
    """What is wrong with a visit number as it was typed; nothing where there is none."""
    return "" if not number or _VISIT.fullmatch(number) else "내원번호는 숫자와 영문자로 32자까지입니다."


def decision(consent: str) -> tuple[ConsentState | None, DecidedBy]:
    """What a choice of :data:`CONSENTS` says, and who decided."""
    if consent == "refused":
        return "refused", "patient"
    if consent == "guardian":
        return "given", "guardian"
    return ("given" if consent == "patient" else None), "patient"


def setting_of(value: str) -> Setting:
    return next(setting for setting, _ in SETTINGS if setting == value)


def template_label(name: str) -> str:
    return TEMPLATES.get(name, name)


def _sex(value: str) -> Sex:
    return next(sex for sex, _ in SEXES if sex == value)


def _birth(text: str, today: date) -> tuple[date | None, str]:
    found = _BIRTH.fullmatch(text.strip())
    if found is None:
        return None, "생년월일을 19680314처럼 여덟 자리로 입력하세요."
    try:
        birth = date(*(int(part) for part in found.groups() if part))
    except ValueError:
        return None, "달력에 없는 날짜입니다. 생년월일을 확인하세요."
    if birth > today:
        return None, "생년월일이 오늘보다 뒤입니다."
    return (birth, "") if birth.year >= _FIRST_YEAR else (None, "생년월일의 연도를 확인하세요.")


def _start(text: str, today: datetime) -> datetime | None:
    if not text.strip():
        return today
    found = _TIME.fullmatch(text.strip())
    if found is None:
        return None
    return datetime.combine(today.date(), time(int(found[1]), int(found[2])), SEOUL)
