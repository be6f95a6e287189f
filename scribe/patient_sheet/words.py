"""The words and dates that stand around what was signed, in the languages of the sheet."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone

from scribe.patient_sheet.sheet import Language, Role

SEOUL = timezone(timedelta(hours=9), "Asia/Seoul")
_KOREAN_DAYS = "월화수목금토일"
_ENGLISH_DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
_MONTHS = (
    "January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November",
    "December",
)  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Words:
    """What the sheet says by itself; ``{…}`` are filled in."""

    title: str
    of: str
    visit: str
    roles: Mapping[Role, str]
    grid: str
    medicine: str
    morning: str
    noon: str
    evening: str
    bedtime: str
    meal: str
    meals: Mapping[str, str]
    days: str
    days_of: str
    not_taken: str
    as_described: str
    emergency: str
    call: str
    around: str
    original: str
    original_word: str
    made_by: str
    approved_by: str
    version: str
    amended: str
    newer: str
    unapproved: str
    unapproved_mark: str
    expires: str
    questions: str
    questions_here: str
    language_name: str
    other_languages: str
    tools: str
    larger: str
    scan: str
    scan_code: str
    code: str


KOREAN = Words(
    title="진료 안내문",
    of="{name}님",
    visit="진료받은 날",
    roles={
        "found": "오늘 알게 된 것",
        "medicines": "약 드시는 방법",
        "warning": "이럴 때는 바로 병원에 오세요",
        "do": "집에서 하실 일",
        "next": "검사와 다음 방문",
    },
    grid="약 먹는 시간표",
    medicine="약",
    morning="아침",
    noon="점심",
    evening="저녁",
    bedtime="자기 전",
    meal="식사",
    meals={"before": "식전", "after": "식후", "with": "식사와 함께", "between": "식간"},
    days="기간",
    days_of="{days}일",
    not_taken="안 먹음",
    as_described="설명대로 드세요",
    emergency="급할 때는 망설이지 말고 119에 전화하세요.",
    call="119에 전화하기",
    around="{day}쯤",
    original="의사가 쓴 원문",
    original_word="원문",
    made_by="AI가 진료 대화를 듣고 초안을 썼고, {physician} 의사가 확인하고 서명했습니다.",
    approved_by="안내문 승인: {name} · {day}",
    version="제{version}판 · 서명 {day}",
    amended="고친 안내문입니다. 전에 받으신 안내문 대신 이것을 보세요. ({day} 고침)",
    newer=(
        "병원에서 이 진료 기록을 고쳤고, 새 안내문을 준비하고 있습니다. "
        "약을 드시는 방법이 바뀌었을 수 있으니 병원에 먼저 물어보세요."
    ),
    unapproved="아직 승인하지 않은 안내문입니다. 환자에게 드리지 마세요.",
    unapproved_mark="미승인",
    expires="이 주소는 {day}까지 열립니다.",
    questions="궁금한 점은 진료받은 병원에 물어보세요.",
    questions_here="궁금한 점은 {hospital}에 물어보세요.",
    language_name="한국어",
    other_languages="다른 언어",
    tools="보기 설정",
    larger="글자 크게",
    scan="휴대전화로 이 그림을 찍으면 안내문이 열립니다. 환자분의 생년월일을 묻습니다.",
    scan_code="휴대전화로 이 그림을 찍으면 안내문이 열립니다. 아래 확인 번호를 묻습니다.",
    code="확인 번호",
)
ENGLISH = Words(
    title="Your visit summary",
    of="For {name}",
    visit="Visit",
    roles={
        "found": "What we found",
        "medicines": "How to take your medicines",
        "warning": "When to come to the hospital at once",
        "do": "What to do at home",
        "next": "Tests and next visit",
    },
    grid="Medicine timetable",
    medicine="Medicine",
    morning="Morning",
    noon="Noon",
    evening="Evening",
    bedtime="Bedtime",
    meal="Meals",
    meals={"before": "Before", "after": "After", "with": "With meals", "between": "Between meals"},
    days="For",
    days_of="{days} days",
    not_taken="none",
    as_described="Take it as described",
    emergency="In an emergency, call 119 without delay.",
    call="Call 119",
    around="around {day}",
    original="as the physician wrote it, in Korean",
    original_word="original",
    made_by="Drafted by AI from the conversation of the visit; checked and signed by Dr. {physician}.",
    approved_by="Approved by {name} · {day}",
    version="Version {version} · signed {day}",
    amended="This summary was corrected on {day}. Use it instead of the one you had before.",
    newer=(
        "The hospital has corrected the record of this visit and is preparing a new summary. "
        "How to take your medicines may have changed: ask the hospital first."
    ),
    unapproved="Not approved yet: do not hand it out.",
    unapproved_mark="DRAFT",
    expires="This address opens until {day}.",
    questions="If you have questions, ask the hospital of your visit.",
    questions_here="If you have questions, ask {hospital}.",
    language_name="English",
    other_languages="Other languages",
    tools="View",
    larger="Larger text",
    scan="Scan this with a phone to open the summary. It asks for the patient's date of birth.",
    scan_code="Scan this with a phone to open the summary. It asks for the code below.",
    code="Code",
)
WORDS: Mapping[Language, Words] = {"ko": KOREAN, "en": ENGLISH}


def day(moment: datetime, language: Language) -> str:
    """The date in Seoul with its weekday: "2026년 9월 14일(월)", "Monday, 14 September 2026"."""
    local = moment.astimezone(SEOUL)
    if language == "ko":
        return f"{local.year}년 {local.month}월 {local.day}일({_KOREAN_DAYS[local.weekday()]})"
    return f"{_ENGLISH_DAYS[local.weekday()]}, {local.day} {_MONTHS[local.month - 1]} {local.year}"
