"""Fillers, false starts and self-corrections: what a speaker took back is blanked, and remembered as retracted.

The cleaned text has the length of the original, so that offsets into one are offsets into the other.
"""

import re
from dataclasses import dataclass
from itertools import pairwise

from scribe.drafting.numbers import Number, find_numbers, read_number
from scribe.drafting.quantities import find_quantities
from scribe.drafting.terms import Mention

_NO = re.compile(
    r"(?:(?<=[\s,.…])|^)(?:(?:아|어|앗|참|아\s?참)[\s,.…]+){0,2}아니(?:다|지|라|야)?(?=[\s,.…])[\s,.…]*"
    r"(?:(?:어|음|그|그게|아)[\s,…]+)?"
)
_FILLER = re.compile(
    r"(?:(?<=^)|(?<=[\s,.…]))(?:(?:어|음|으음|흠|에|저기|그|그게|뭐랄까|뭐라카노|뭐지|그러니까 뭐|"
    r"아니 뭐)(?=[,…])|(?:어|음|에)(?=\s))[,…]*"
)
_UNIT_TAIL = re.compile(
    r"\s?(?:밀리그램|미리그램|밀리|미리|그램|유닛|단위|씨씨|시시|알|정|포|방울|번|회|일치|주치|일분|"
    r"일간|일|주일|주|개월|달|년|시간|분|도|점|살|킬로|키로|"
    r"센티|퍼센트|프로|mg|개|잔|병)?\s?(?:부|전|뒤|후|쯤|정도)?(?:으로|로|에|을|를|은|는|이|가|요|에요|예요)?$"
)
_DAY = re.compile(
    r"(?:그저께|그제|엊그제|어제|오늘|내일|모레|지난주|이번 주|다음 주|지난달|작년|재작년|올해|내년|"
    r"아침|점심|저녁|월요일|화요일|수요일|목요일|금요일|"
    r"토요일|일요일)(?:에|부터|은|는)?"
)
_SIDE = re.compile(r"(왼쪽|왼|오른쪽|오른|좌측|우측|양쪽)")
# between a reading and the one that replaces it: "구십, 아 다시 쟀더니 구십삼", "백십, 아, 일 분 다 세니까 백사"
_AGAIN = re.compile(
    r"^(?:이|요|이요|으로)?\s?[,.…]+\s*(?:(?:아|어|앗|앗차|참|잠깐만?요?|잠시만요?|죄송해요|정정이요)[\s,.…]+)*"
    r"(?:(?:일|삼십|육십)\s?(?:분|초)\s?|한\s?번\s?더\s?)?"
    r"(?:다시|다 세|정확히|제대로|정정)[가-힣\s]{0,12}(?:니까|니|더니|는데|면|서|하면|[,.…])[\s,]*$"
)
_PAIRED = re.compile(r"\s?에\s?")
_SAID_AH = re.compile(r"^(?:이|요|이요)?\s?[,.…]+\s*(?:아|앗)[\s,.…]+$")
_HESITATION = re.compile(r"^(?:으로|로|을|를|부터|에|요)?\s?[,.…]\s*(?:어|음|그|아)\s?[,.…]")


@dataclass(frozen=True, slots=True)
class Retraction:
    """Words at ``start`` to ``end`` that the speaker took back, and where the words stand that hold instead."""

    start: int
    end: int
    instead_start: int
    instead_end: int


@dataclass(frozen=True, slots=True)
class Repaired:
    """``text`` has fillers and retracted words blanked with spaces, all else in place."""

    text: str
    retractions: tuple[Retraction, ...]


def repair(text: str, mentions: tuple[Mention, ...] = ()) -> Repaired:
    """Blanks what was taken back; ``mentions`` of the text let a corrected term be seen ("텔미, 아니 로사르탄")."""
    retractions = _distinct([*_said_no(text, mentions), *_hesitated(text), *_measured_again(text)])
    clean = _FILLER.sub(lambda match: " " * len(match.group()), text)
    for retraction in retractions:
        clean = clean[: retraction.start] + " " * (retraction.end - retraction.start) + clean[retraction.end :]
    for match in _NO.finditer(text):
        if any(r.end <= match.start() <= r.instead_start for r in retractions):
            clean = clean[: match.start()] + " " * (match.end() - match.start()) + clean[match.end() :]
    return Repaired(clean, tuple(sorted(retractions, key=lambda retraction: retraction.start)))


def _distinct(found: list[Retraction]) -> list[Retraction]:
    """Without those that take back what another takes back already."""
    kept: list[Retraction] = []
    for one in found:
        if not any(one.start < other.end and other.start < one.end for other in kept):
            kept.append(one)
    return kept


def _said_no(text: str, mentions: tuple[Mention, ...]) -> list[Retraction]:
    found = []
    for match in _NO.finditer(text):
        left = len(text[: match.start()].rstrip(" ,.…"))
        right = match.end()
        span = (
            _number_retracted(text, left, right)
            or _word_retracted(text, left, right, _DAY)
            or _side_retracted(text, left, right)
            or _term_retracted(mentions, left, right)
            or _verb_retracted(text, left, right)
        )
        if span:
            found.append(Retraction(*span))
    return found


def _number_retracted(text: str, left: int, right: int) -> tuple[int, int, int, int] | None:
    instead = read_number(text, right)
    if instead is None:
        return None
    numbers = find_numbers(text[:left])
    for position in range(len(numbers) - 1, -1, -1):
        number = numbers[position]
        if left - number.start > 16:
            break
        is_day = text[number.start : number.end] == "일" and position and numbers[position - 1].end + 1 >= number.start
        if is_day:
            continue
        if _UNIT_TAIL.fullmatch(text[number.end : left]):
            return number.start, left, right, instead.end
    return None


def _word_retracted(text: str, left: int, right: int, words: re.Pattern[str]) -> tuple[int, int, int, int] | None:
    instead = words.match(text, right)
    before = [match for match in words.finditer(text, 0, left) if match.end() == left]
    return (before[-1].start(), left, instead.start(), instead.end()) if instead and before else None


def _side_retracted(text: str, left: int, right: int) -> tuple[int, int, int, int] | None:
    """The side said before "아니" where another side follows in the same breath, also after an aside."""
    before = [match for match in _SIDE.finditer(text, 0, left) if left - match.end() <= 6]
    after = _SIDE.search(text, right, right + 40)
    if not before or not after or after.group(1)[:1] == before[-1].group(1)[:1]:
        return None
    return before[-1].start(), left, after.start(), after.end()


def _term_retracted(mentions: tuple[Mention, ...], left: int, right: int) -> tuple[int, int, int, int] | None:
    for before in mentions:
        for after in mentions:
            alike = before.table is after.table and before.row != after.row
            if alike and left - 2 <= before.end <= left and right <= after.start <= right + 2:
                return before.start, left, after.start, after.end
    return None


def _verb_retracted(text: str, left: int, right: int) -> tuple[int, int, int, int] | None:
    """ "사서, 아니 사려다가": the same stem begun again."""
    before = re.search(r"([가-힣]{2,})$", text[:left])
    after = re.match(r"([가-힣]{2,})", text[right:])
    if not before or not after or before.group()[0] != after.group()[0] or before.group() == after.group():
        return None
    return before.start(), left, right, right + after.end()


def _hesitated(text: str) -> list[Retraction]:
    """An amount, a filler, and another amount in the same unit: "백 밀리로, 어, 삼백 밀리부터"."""
    found = []
    quantities = find_quantities(text)
    for first, second in pairwise(quantities):
        between = text[first.end : second.start]
        if first.unit == second.unit and len(between) <= 16 and _HESITATION.match(between):
            found.append(Retraction(first.start, first.end, second.start, second.end))
    return found


def _measured_again(text: str) -> list[Retraction]:
    """A number, and the one that was read when it was measured, counted or looked at again."""
    found = []
    numbers = [number for number in find_numbers(text) if not number.is_single_syllable or number.value > 5]
    for position, (first, second) in enumerate(pairwise(numbers)):
        between = text[first.end : second.start]
        is_alike = 0.5 <= (second.value or 1) / (first.value or 1) <= 2
        begun_again = first.value >= 1000 and between.strip() == "," and _begins(text, second.start, first)
        measured_again = _AGAIN.match(between) or (is_alike and _SAID_AH.match(between))
        if len(between) > 24 or not (begun_again or measured_again):
            continue
        before = numbers[position - 1] if position else None
        is_pair = before is not None and bool(_PAIRED.fullmatch(text[before.end : first.start]))
        found.append(
            Retraction(before.start if before and is_pair else first.start, first.end, second.start, second.end)
        )
    return found


def _begins(text: str, start: int, first: Number) -> bool:
    """ "이천, 이천사백": the number broken off and said again with its rest."""
    return text[start:].startswith(text[first.start : first.end]) and first.system == "sino"
