"""How often: the counts of a day, a week or a month and the intervals of a statement, against those said of it."""

import re
from collections.abc import Iterator

from scribe.drafting.verify.parts import Part
from scribe.drafting.verify.told import ProseClaim
from scribe.drafting.verify.verdict import Check, Reason

_COUNTS = {
    "한": (1, 1), "두": (2, 2), "세": (3, 3), "네": (4, 4), "다섯": (5, 5), "여섯": (6, 6), "일곱": (7, 7),
    "여덟": (8, 8), "아홉": (9, 9), "열": (10, 10), "한두": (1, 2), "두어": (2, 2), "두세": (2, 3), "두서너": (2, 4),
    "서너": (3, 4), "서": (3, 3), "너덧": (4, 5), "네댓": (4, 5), "네다섯": (4, 5), "대여섯": (5, 6), "예닐곱": (6, 7),
    "일": (1, 1), "이": (2, 2), "삼": (3, 3), "사": (4, 4), "오": (5, 5), "육": (6, 6), "칠": (7, 7), "팔": (8, 8),
    "일이": (1, 2), "이삼": (2, 3), "삼사": (3, 4), "사오": (4, 5), "오육": (5, 6),
}  # fmt: skip
_WORDS = "|".join(sorted(_COUNTS, key=len, reverse=True))
_FRAMES = {
    "day": r"1일|하루(?:에|에는|엔|에도)?|매일|일일",
    "week": r"일주일(?:에|에는|이면|이믄)?|1주(?:일)?에?|매주|주에?|한 주(?:에|에는)?|주당",
    "month": r"한 달(?:에|에는|이면)?|1개월에?|매달|매월|월",
}
_FRAMED = {
    frame: re.compile(
        rf"(?<![가-힣\d])(?<!이번 )(?<!지난 )(?<!다음 )(?<!저번 )(?:{before})\s?"
        rf"(?:한\s(?={_WORDS}\s)|약 |평균 |최대 |총 )?"
        rf"(?:(?P<low>\d+)(?:\s?[~–-]\s?(?P<high>\d+))?|(?P<word>{_WORDS}))\s?(?:번|회|차례)"
    )
    for frame, before in _FRAMES.items()
}
_OTHERWISE = {
    1: r"한 ?번|매일|날마다|아침|저녁|점심|자기 .{0,8}전|주무시기|밤에|한 ?(?:알|포|정|장|개|봉|방울)|하나",
    2: r"아침,? ?(?:하고 ?|이랑 ?)?저녁|두 ?번",
    3: r"세 ?끼|매 ?끼|끼니|식사 ?때마다|밥 ?먹을 때마다|아침,? ?점심,? ?저녁|세 ?번",
}
_INTERVAL = re.compile(r"(\d+)\s?시간\s?(?:마다|간격)")
_SAID_INTERVAL = re.compile(r"([가-힣\d]+)\s?시간(?:에 한 번|에 한번| ?마다| ?간격|은? ?(?:띄|지나|있다))")
_NATIVE = {
    **{word: low for word, (low, high) in _COUNTS.items() if low == high}, "열두": 12, "스물네": 24, "이십사": 24,
    "열여섯": 16, "십이": 12, "매": 1,
}  # fmt: skip


def prose_frequencies_agree(claim: ProseClaim) -> Iterator[Reason]:
    """What is counted by the day, week or month was counted so where its words were told; intervals of hours too."""
    for part in claim.parts:
        near = claim.near(part, 1)
        texts = [turn.text for turn in claim.consultation.turns if turn.index in near]
        text = "\n".join(texts)
        for frame, pattern in _FRAMED.items():
            heard = [_bounds(match) for match in pattern.finditer(text)]
            if not heard and frame != "day":
                heard = [_bounds(match) for match in pattern.finditer(claim.consultation.text)]
            for match in pattern.finditer(part.text) if heard else ():
                low, high = _bounds(match)
                otherwise = _OTHERWISE.get(low)
                if any(low >= least and high <= most for least, most in heard):
                    continue
                if frame == "day" and otherwise and re.search(otherwise, text):
                    continue
                said = ", ".join(dict.fromkeys(one[0].strip() for one in pattern.finditer(text)))
                yield Reason(Check.NUMBER, match[0].strip(), said, "횟수")
        yield from _intervals(part, text)


def _bounds(match: re.Match[str]) -> tuple[int, int]:
    """The least and the most of a count."""
    if match["word"]:
        return _COUNTS[match["word"]]
    return int(match["low"]), int(match["high"] or match["low"])


def _intervals(part: Part, text: str) -> Iterator[Reason]:
    found = [(match, _hours(match[1])) for match in _SAID_INTERVAL.finditer(text)]
    said = {hours: match[0].strip() for match, hours in found if hours is not None}
    for match in _INTERVAL.finditer(part.text):
        if said and int(match[1]) not in said:
            yield Reason(Check.NUMBER, match[0], ", ".join(said.values()), "간격")


def _hours(word: str) -> int | None:
    return int(word) if word.isdigit() else _NATIVE.get(word)
