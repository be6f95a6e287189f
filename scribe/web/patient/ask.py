"""What a patient's address says before it opens, and where it does not open: in the patient's language, kindly."""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Literal

from scribe.patient_sheet.sheet import Language
from scribe.patient_sheet.words import WORDS
from scribe.web.patient.links import FoundLink

Closed = Literal["unknown", "expired", "revoked", "locked", "withdrawn"]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Sayings:
    ask_title: str
    birth_date: str
    birth_hint: str
    code: str
    code_hint: str
    guardian: str
    button: str
    wrong: str
    last: str
    malformed: str
    closed: Mapping[Closed, tuple[str, str]]
    phone: str


_KOREAN = _Sayings(
    ask_title="진료 안내문 열기",
    birth_date="환자분의 생년월일",
    birth_hint="숫자 8자리로 적어 주세요. 예: 1958년 3월 2일생이면 19580302",
    code="확인 번호",
    code_hint="병원에서 받은 숫자 6자리를 적어 주세요.",
    guardian="보호자도 환자분의 생년월일을 적습니다.",
    button="안내문 보기",
    wrong="맞지 않습니다. 다시 확인해 주세요. 앞으로 {left}번 더 적어 볼 수 있습니다.",
    last="맞지 않습니다. 한 번 더 틀리면 이 주소가 닫힙니다. 잘 모르겠으면 병원에 물어보세요.",
    malformed="숫자만 다시 적어 주세요.",
    closed=MappingProxyType(
        {
            "unknown": (
                "안내문을 찾지 못했습니다",
                "주소를 다시 확인해 주세요. 그래도 안 되면 진료받은 병원에 새 주소를 요청하세요.",
            ),
            "expired": (
                "볼 수 있는 기간이 지났습니다",
                "안내문은 정해진 기간에만 열립니다. 병원에 새 주소를 요청하시면 다시 보실 수 있습니다.",
            ),
            "revoked": (
                "닫힌 주소입니다",
                "병원에서 이 주소를 닫았습니다. 안내문이 필요하시면 병원에 새 주소를 요청하세요.",
            ),
            "locked": (
                "주소가 닫혔습니다",
                "여러 번 맞지 않아 안내문을 보호하려고 닫았습니다. 병원에 새 주소를 요청하세요.",
            ),
            "withdrawn": (
                "안내문을 거두었습니다",
                "전에 보신 내용을 따르지 마시고, 약과 다음 방문은 병원에 물어보세요.",
            ),
        }
    ),
    phone="병원 전화",
)
_ENGLISH = _Sayings(
    ask_title="Open your visit summary",
    birth_date="The patient's date of birth",
    birth_hint="Write 8 digits: year, month, day. Example: 19580302 for 2 March 1958",
    code="Code",
    code_hint="Write the 6 digits that the hospital gave you.",
    guardian="A guardian writes the patient's date of birth, too.",
    button="Show the summary",
    wrong="That does not match. Please check it; you can try {left} more times.",
    last="That does not match. After one more wrong try this address closes. If unsure, ask the hospital.",
    malformed="Please write digits only.",
    closed=MappingProxyType(
        {
            "unknown": (
                "Summary not found",
                "This address is not right. Check it, or ask the hospital of your visit for a new one.",
            ),
            "expired": (
                "This address has expired",
                "A summary opens for a limited time. Ask the hospital for a new address.",
            ),
            "revoked": ("This address is closed", "The hospital has closed it. Ask the hospital for a new address."),
            "locked": (
                "This address is closed",
                "It was closed to protect your summary after several wrong tries. Ask the hospital for a new address.",
            ),
            "withdrawn": (
                "This summary was withdrawn",
                "Do not follow what it said before. Ask the hospital about your medicines and your next visit.",
            ),
        }
    ),
    phone="Hospital",
)
_SAYINGS: Mapping[Language, _Sayings] = MappingProxyType({"ko": _KOREAN, "en": _ENGLISH})


def language_of(found: FoundLink) -> Language:
    return "en" if found.link.language == "en" else "ko"


def ask(found: FoundLink, action: str, *, phone: str | None, problem: str = "") -> dict[str, object]:
    """The page that asks for the birth date or the code."""
    language = language_of(found)
    say = _SAYINGS[language]
    coded = found.link.code is not None
    return {
        **_frame(language, found.hospital.organization.name, phone),
        "title": say.ask_title,
        "texts": () if coded else (say.guardian,),
        "problem": problem,
        "field": say.code if coded else say.birth_date,
        "hint": say.code_hint if coded else say.birth_hint,
        "button": say.button,
        "action": action,
    }


def wrong(found: FoundLink) -> str:
    """What is said after a wrong answer, to who may still try."""
    say = _SAYINGS[language_of(found)]
    return say.last if found.attempts_left == 1 else say.wrong.format(left=found.attempts_left)


def malformed(found: FoundLink) -> str:
    """What is said to an answer that cannot be a date or a code, and does not count as a try."""
    return _SAYINGS[language_of(found)].malformed


def closed(why: Closed, found: FoundLink | None, *, phone: str | None) -> dict[str, object]:
    """The page of an address that does not open: what has happened, and what to do."""
    language = language_of(found) if found else "ko"
    title, text = _SAYINGS[language].closed[why]
    hospital = found.hospital.organization.name if found else ""
    return {
        **_frame(language, hospital, phone if found else None),
        "title": title,
        "texts": (text,),
        "problem": "",
        "field": "",
    }


def _frame(language: Language, hospital: str, phone: str | None) -> dict[str, object]:
    return {
        "language": language,
        "hospital": hospital,
        "phone": phone or "",
        "phone_label": _SAYINGS[language].phone,
        "emergency": WORDS[language].emergency,
        "call": WORDS[language].call,
    }
