"""The classes of error: rules that change one thing in a true statement, so that it still reads as a note.

Each works on the text alone, drafted or written by a person, and makes nothing of a statement that it does not apply
to.  ``Told`` is what a rule may know of the consultation, so as not to make a true statement by chance.
"""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cached_property, lru_cache

from scribe.drafting.lexicon import MedicineRow, RelativeRow, Table, rows
from scribe.drafting.phrases import number
from scribe.drafting.verify.polarity import mentions


@dataclass(frozen=True)
class Told:
    """All that was said, and all that the note says."""

    said: str
    note: str = ""

    @cached_property
    def terms(self) -> frozenset[str]:
        return frozenset(mention.row.term for text in (self.said, self.note) for mention in mentions(text))

    def lacks(self, word: str) -> bool:
        """Nobody said it, the note does not have it, in any form that the lexicon knows."""
        return word not in self.said and word not in self.note and not {m.row.term for m in mentions(word)} & self.terms


Corrupt = Callable[[str, Told], Iterator[str]]

_NUMBER = r"(?<![\d.,A-Za-z/-])\d[\d,]*(?:\.\d+)?"
_DOSE = re.compile(
    rf"({_NUMBER})(?=\s?(?:mg|g|mcg|μg|ug|mL|ml|cc|IU|U|L|정|알|포|캡슐|단위|퍼프|방울)(?![A-Za-z가-힣]))(?!\s?(?:mg|g)/dL)"
)
_PRESSURE = re.compile(r"(?<![\d.])(\d{2,3})/(\d{2,3})(?!/|\d)")
_TIMES = re.compile(
    r"((?:1일|하루(?:에)?|매일|일|주|한 주에|일주일에|월|매주)\s?)(\d|한|두|세|네|다섯)(\s?(?:회|번|차례))(?![가-힣])"
)
_LENGTH = re.compile(
    rf"({_NUMBER})(\s?)(일|주|개월|달|시간|분|년|박)(?=분?치?(?:$|[^가-힣\d]|간|쯤|뒤|후|전|마다|째|동안|에|만))"
)
_TIME_WORDS = (
    ("어제", "그저께"), ("그저께", "어제"), ("어젯밤", "오늘 아침"), ("어제 밤", "오늘 아침"),
    ("오늘 아침", "어제 저녁"),
    ("오늘 새벽", "어제 새벽"), ("지난주", "지난달"), ("지난달", "지난주"), ("작년", "재작년"), ("재작년", "작년"),
    ("다음 주", "다음 달"), ("다음 달", "다음 주"), ("식후", "식전"), ("식전", "식후"), ("자기 전", "아침"),
    ("아침 식후", "저녁 식후"), ("금요일", "화요일"), ("월요일", "목요일"), ("내일", "모레"), ("모레", "다음 주"),
)  # fmt: skip
_COUNT = {"한": "두", "두": "세", "세": "두", "네": "두", "다섯": "두"}
_UNITS = (
    ("mmHg", "℃"), ("mg/dL", "mg"), ("mg", "g"), ("g", "mg"), ("mL", "L"), ("ml", "L"), ("L", "mL"), ("kg", "cm"),
    ("cm", "kg"), ("mm", "cm"), ("℃", "%"), ("도", "%"), ("%", "회/분"), ("회/분", "%"), ("정", "mL"), ("포", "mg"),
    ("U", "mg"), ("IU", "mg"),
)  # fmt: skip
_STRETCHES = {"일": "주", "주": "개월", "개월": "주", "달": "주", "시간": "일", "년": "개월", "분": "시간"}


def _with(text: str, match: re.Match[str], group: int, word: str) -> str:
    return text[: match.start(group)] + word + text[match.end(group) :]


def _value(digits: str) -> float:
    return float(digits.replace(",", ""))


def _doses(text: str, _: Told) -> Iterator[str]:
    """Double, half, and ten times."""
    for match in _DOSE.finditer(text):
        value = _value(match[1])
        for other in (value * 2, value / 2, value * 10):
            yield _with(text, match, 1, number(other))


def _measurements(text: str, _: Told) -> Iterator[str]:
    """Values of measurements and results: ten more, a tenth more, the digits turned."""
    for match in _PRESSURE.finditer(text):
        if int(match[1]) > 60:
            yield _with(text, match, 1, str(int(match[1]) + 20))
            yield _with(text, match, 2, str(int(match[2]) + 10))
    for match in re.finditer(_NUMBER, text):
        if _DOSE.match(text, match.start()) or _LENGTH.match(text, match.start()) or _is_count(text, match):
            continue
        value = _value(match[0])
        if re.match(r"/\d", text[match.end() :]):
            if value <= 10:
                yield _with(text, match, 0, number(value + 2 if value < 8 else value - 3))
            continue
        others = (value + (1 if value < 20 else 10), value * 10) if value == int(value) else (value + 1, value + 0.4)
        for other in others:
            yield _with(text, match, 0, number(round(other, 2)))


def _is_count(text: str, match: re.Match[str]) -> bool:
    before, after = text[: match.start()], text[match.end() :]
    return bool(_TIMES.search(text[max(0, match.start() - 8) : match.end() + 4])) or bool(
        re.match(r"\s?(?:번 문항|기|등급|형|단계|차|[-–~]\d?번|번)", after) or re.search(r"[가-힣A-Za-z]$", before)
    )


def _frequencies(text: str, _: Told) -> Iterator[str]:
    for match in _TIMES.finditer(text):
        if match[2].isdigit():
            yield _with(text, match, 2, str(int(match[2]) + 1))
            if int(match[2]) > 1:
                yield _with(text, match, 2, str(int(match[2]) - 1))
        else:
            yield _with(text, match, 2, _COUNT[match[2]])


def _lengths(text: str, _: Told) -> Iterator[str]:
    """Another number of days, weeks, months; a day of "1일 3회" is none."""
    for match in _LENGTH.finditer(text):
        if _TIMES.match(text, match.start()):
            continue
        value = _value(match[1])
        yield _with(text, match, 1, number(value * 2 if value > 1 else 3))
        yield _with(text, match, 1, number(value + 3 if value < 20 else value - 10))
        yield _with(text, match, 3, _STRETCHES.get(match[3], "주"))


def _times(text: str, told: Told) -> Iterator[str]:
    for word, other in _TIME_WORDS:
        if re.search(rf"(?<![가-힣]){word}", text) and other not in told.said and other not in text:
            yield re.sub(rf"(?<![가-힣]){word}", other, text, count=1)


def _units(text: str, _: Told) -> Iterator[str]:
    for unit, other in _UNITS:
        match = re.search(rf"(?<=\d)(\s?)({re.escape(unit)})(?![A-Za-z가-힣/²])", text)
        if match:
            yield _with(text, match, 2, other)
            return


@lru_cache
def _common_drugs() -> tuple[str, ...]:
    return tuple(row.ingredient for row in rows(MedicineRow) if len(row.brands) > 1)


def _pick(choices: tuple[str, ...], text: str, told: Told) -> str | None:
    """One that nobody mentioned, the same for the same text."""
    start = sum(map(ord, text)) % len(choices)
    return next((word for word in (*choices[start:], *choices[:start]) if told.lacks(word)), None)


def _drugs(text: str, told: Told) -> Iterator[str]:
    for mention in mentions(text):
        other = _pick(_common_drugs(), mention.row.term, told)
        if mention.table is Table.MEDICINES and not mention.nested and other:
            yield text[: mention.start] + other + text[mention.end :]


_NOT = re.compile(r"\s?(없음|없었음|않음|부인함|부인|아님|음성|정상|\(-\)|안 함)(?=[.,)]|$)")
_NOT_TURNED = {
    "없음": "있음", "없었음": "있었음", "부인": "호소", "부인함": "호소함", "음성": "양성", "정상": "비정상",
    "(-)": "(+)",
}  # fmt: skip
_TURNED = {"있음": "없음", "양성": "음성", "호소": "부인", "동반": "없음", "(+)": "(-)"}


def _polarity(text: str, _: Told) -> Iterator[str]:
    """What is denied is there, what is there is denied."""
    for match in _NOT.finditer(text):
        if match[1] in ("않음", "안 함", "아님"):
            continue
        yield _with(text, match, 1, _NOT_TURNED[match[1]])
    for word, other in _TURNED.items():
        for match in re.finditer(rf"(?<![가-힣])({re.escape(word)})(?=[.,)]|$)", text):
            yield _with(text, match, 1, other)
    yield from _denied(text)


def _denied(text: str) -> Iterator[str]:
    """A symptom at the end of an item of a list that nobody denies: "… 두통, …" becomes "… 두통 없음, …"."""
    if _NOT.search(text) or _is_conditional(text) or re.search(r"가족력|않|없|아니", text):
        return
    for mention in mentions(text):
        ends = re.match(r"(?=\.|,|\(|$)", text[mention.end :]) is not None
        bracketed = text[: mention.start].count("(") > text[: mention.start].count(")")
        plain = mention.table is Table.SYMPTOMS and not mention.nested and mention.how == "exact"
        if plain and ends and not bracketed and not re.search(r"의심|호전|후 ", text[: mention.end]):
            yield f"{text[: mention.end]} 없음{text[mention.end :]}"


def _is_conditional(text: str) -> bool:
    return bool(re.search(r"\s시[ ,.]|면[ ,]|때[ ,]", text))


_SIDES = (("왼쪽", "오른쪽"), ("좌측", "우측"), ("왼", "오른"), ("Lt", "Rt"), ("양쪽", "왼쪽"), ("양측", "우측"))


def _sides(text: str, _: Told) -> Iterator[str]:
    for one, two in _SIDES:
        for side, other in ((one, two), (two, one)) if one[0] != "양" else ((one, two),):
            pattern = rf"(?<![가-힣A-Za-z]){side}(?![가-힣]*쪽)" if side in ("왼", "오른") else rf"(?<![A-Za-z]){side}"
            for match in re.finditer(pattern, text):
                yield text[: match.start()] + other + text[match.end() :]


@lru_cache
def _relatives() -> str:
    return "|".join(sorted({re.escape(n) for row in rows(RelativeRow) for n in row.nouns}, key=len, reverse=True))


_KIN = ("아버지", "어머니", "할머니", "오빠", "누나", "언니", "남동생", "이모", "삼촌")


def _persons(text: str, told: Told) -> Iterator[str]:
    """A relative's disease as the patient's own, another relative's, and the patient's as a relative's."""
    family = re.match(rf"(가족력\s?[:은]?\s?)({_relatives()})(?![가-힣]{{2}})(?:\([^)]*\))?(?:가|이)?\s(.+)", text)
    if family and "없음" not in text:
        yield f"과거력: {family[3]}"
        other = next((kin for kin in _KIN if kin not in told.said and kin not in text), None)
        if other:
            yield _with(text, family, 2, other)
        return
    own = re.match(r"(?:과거력|병력)\s?: (.+)\.?$", text)
    kin = next((kin for kin in _KIN if kin not in told.said), None)
    if own and kin and not re.search("없음|아님|않음", text):
        yield f"가족력: {kin} {own[1]}"


_ACTIONS = (
    ("시작", "중단"), ("추가", "중단"), ("유지", "중단"), ("증량", "감량"), ("감량", "증량"), ("중단", "유지"),
    ("변경", "중단"),
    ("중단", "시작"), ("유지", "증량"),
)  # fmt: skip


def _actions(text: str, _: Told) -> Iterator[str]:
    is_of_drug = any(mention.table is Table.MEDICINES for mention in mentions(text)) or re.search(r"\d\s?mg", text)
    for action, other in _ACTIONS if is_of_drug else ():
        for match in re.finditer(rf"(?<![가-힣]){action}(?=[.,)]|$)", text):
            yield text[: match.start()] + other + text[match.end() :]


def _routes(text: str, _: Told) -> Iterator[str]:
    for route, other in (
        ("정맥주사", "근육주사"), ("근육주사", "정맥주사"), ("정주", "근주"), ("근주", "정주"), ("설하", "정맥주사"),
        ("정맥 투여", "경구 투여"), ("흡입", "정맥주사"), ("도포", "복용"), ("점안", "복용"),
    ):  # fmt: skip
        if route in text:
            yield text.replace(route, other, 1)


def _certainty(text: str, _: Told) -> Iterator[str]:
    for match in re.finditer(r"\s?(의심|가능성|추정)(?=[.,(]|\s\(|$)|(?<![A-Za-z])(r/o|R/O)\s", text):
        yield (text[: match.start()] + text[match.end() :]).strip()
    coded = re.search(r"[가-힣](?=\s?\([A-Z]\d\d)", text)
    if coded and not re.search(r"의심|가능성|추정|아님|배제", text):
        yield f"{text[: coded.end()]} 의심{text[coded.end() :]}"


_REFUSED = (
    (re.compile(r"(?:은|는|도)? (?:현재 |지금 |이번에 )?(?:처방하지|쓰지|투여하지) 않(?:음|고|기로)"), " 처방"),
    (re.compile(r"(?:은|는)? (?:현재 |지금 )?필요 ?없음"), " 처방"),
    (re.compile(r" 불필요(?:함)?(?:을 설명)?"), " 필요함"),
    (re.compile(r"(?:은|는)? (?:지금 |현재 )?하지 않음"), " 시행"),
)


def _rejected(text: str, _: Told) -> Iterator[str]:
    """A plan that was rejected, as one that stands."""
    for pattern, plan in _REFUSED:
        match = pattern.search(text)
        if match:
            yield text[: match.start()] + plan + text[match.end() :]


def _hypothetical(text: str, told: Told) -> Iterator[str]:
    """A sign to look out for, as one that is there."""
    match = re.match(r"(.{2,60}?)(?: 시|이?면|(?:이|가) ?있으면|나면|하면)[ ,](?:.*?)(?:내원|응급실|119|재진)", text)
    signs = [m for m in mentions(match[1]) if m.table is Table.SYMPTOMS and not m.nested] if match else []
    for sign in signs[:2]:
        if sign.how == "exact" and not re.search(rf"{re.escape(sign.surface)}(?! 시)", told.note.replace(text, "")):
            yield f"{sign.surface} 있음."


_COMMON_SYMPTOMS = (
    "두통", "흉통", "호흡곤란", "구토", "설사", "어지럼", "발열", "오한", "객혈", "혈변", "심계항진", "실신", "황달",
    "빈뇨",
    "이명", "복통", "발진", "관절통", "체중 감소", "야간 발한", "시야 흐림", "쉰 목소리", "변비", "배뇨통", "혈뇨",
)  # fmt: skip
_COMMON_DISEASES = (
    "고혈압",
    "당뇨병",
    "천식",
    "결핵",
    "B형 간염",
    "위궤양",
    "갑상선기능저하증",
    "뇌졸중",
    "심방세동",
    "통풍",
)
_COMMON_TESTS = (
    "복부 CT",
    "뇌 MRI",
    "심초음파",
    "대장내시경",
    "골밀도 검사",
    "폐기능 검사",
    "위내시경",
    "소변 배양 검사",
)


def _invented_symptoms(text: str, told: Told) -> Iterator[str]:
    """A symptom that nobody mentioned, added to those of the statement: told or denied with them."""
    new = _pick(_COMMON_SYMPTOMS, text, told)
    symptoms = [m for m in mentions(text) if m.table is Table.SYMPTOMS and not m.nested]
    if new is None or not symptoms or _is_conditional(text) or re.search("가족력|의심", text):
        return
    listed = re.search(r"[가-힣](?= 없음\.?$| 동반\.?$)|[가-힣](?=\.?$)", text)
    if listed:
        yield f"{text[: listed.end()]}, {new}{text[listed.end() :]}"
    yield f"{new}, {text}"


def _invented_diseases(text: str, told: Told) -> Iterator[str]:
    new = _pick(_COMMON_DISEASES, text, told)
    if new and re.match(r"(?:과거력|병력)", text) and "없음" not in text:
        yield f"{text.rstrip('.')}, {new}."
    diagnoses = [m for m in mentions(text) if m.table is Table.DIAGNOSES and not m.nested and m.how == "exact"]
    other = _pick(_COMMON_DISEASES, text[::-1], told)
    if diagnoses and other and "가족력" not in text:
        yield text[: diagnoses[-1].start] + other + text[diagnoses[-1].end :]


def _invented_drugs(text: str, told: Told) -> Iterator[str]:
    """A whole order that nobody gave, beside those of the statement."""
    new = _pick(_common_drugs(), text, told)
    if new and re.search(r"\d\s?(?:mg|정|포|mL)\b.*(?:\d\s?회|아침|자기 전|필요시)", text):
        yield f"{new} 1일 2회, {text}"
        yield f"{text.rstrip('.')}, {new}."


def _invented_tests(text: str, told: Told) -> Iterator[str]:
    new = _pick(_COMMON_TESTS, text, told)
    tests = [m for m in mentions(text) if m.table is Table.TESTS and not m.nested]
    if new and tests and not re.search(r"\d", text) and not _NOT.search(text):
        yield f"{text.rstrip('.')}, {new}."


CLASSES: dict[str, Corrupt] = {
    "dose": _doses,
    "measurement": _measurements,
    "unit": _units,
    "frequency": _frequencies,
    "length of time": _lengths,
    "time": _times,
    "drug": _drugs,
    "polarity": _polarity,
    "side": _sides,
    "person": _persons,
    "action": _actions,
    "route": _routes,
    "certainty": _certainty,
    "rejected as real": _rejected,
    "hypothetical as real": _hypothetical,
    "invented symptom": _invented_symptoms,
    "invented disease": _invented_diseases,
    "invented drug": _invented_drugs,
    "invented test": _invented_tests,
}
