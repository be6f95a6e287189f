"""Korean numerals as people say them and as recognisers write them.

Sino-Korean ("백사십이"), native ("스물다섯", "세 알"), mixtures ("백스물다섯"), decimals ("칠 점 이", "공 점 사 이"),
halves ("한 알 반" is left to the units), parts ("사분의 일", "1/2정"), approximate pairs ("서너", "이삼 일", "오륙십")
and digits ("1,350", "38.2").
:func:`find_numbers` gives non-overlapping readings in order with offsets into the text it was given.
"""

import re
from dataclasses import dataclass
from decimal import Decimal
from typing import Literal

System = Literal["sino", "native", "digits"]

_SINO_DIGITS = {
    "영": 0,
    "공": 0,
    "일": 1,
    "이": 2,
    "삼": 3,
    "사": 4,
    "오": 5,
    "육": 6,
    "륙": 6,
    "칠": 7,
    "팔": 8,
    "구": 9,
}
_SINO_SPOKEN = "영일이삼사오육칠팔구"
_PLACES = (("천", 1000), ("백", 100), ("십", 10))
_NATIVE_ONES = {
    "하나": 1, "한": 1, "둘": 2, "두": 2, "셋": 3, "세": 3, "석": 3, "넷": 4, "네": 4, "넉": 4,
    "다섯": 5, "닷": 5, "여섯": 6, "엿": 6, "일곱": 7, "여덟": 8, "여덜": 8, "아홉": 9,
}  # fmt: skip
_NATIVE_TENS = {
    "열": 10, "스물": 20, "스무": 20, "서른": 30, "마흔": 40, "쉰": 50, "예순": 60, "일흔": 70, "여든": 80, "아흔": 90,
}  # fmt: skip
_NATIVE_SPOKEN_ONES = ("", "하나", "둘", "셋", "넷", "다섯", "여섯", "일곱", "여덟", "아홉")
_NATIVE_SPOKEN_TENS = ("", "열", "스물", "서른", "마흔", "쉰", "예순", "일흔", "여든", "아흔")
_PAIRS = {
    "한두": (1, 2), "두어": (2, 3), "두세": (2, 3), "두서너": (2, 4), "서너": (3, 4), "세네": (3, 4), "네다섯": (4, 5),
    "네댓": (4, 5), "너댓": (4, 5), "너더댓": (4, 5), "너덧": (4, 5), "대여섯": (5, 6), "예닐곱": (6, 7),
    "일고여덟": (7, 8), "일여덟": (7, 8), "여덟아홉": (8, 9), "일이": (1, 2), "이삼": (2, 3), "삼사": (3, 4),
    "사오": (4, 5), "오륙": (5, 6), "육칠": (6, 7), "칠팔": (7, 8), "팔구": (8, 9),
}  # fmt: skip

_D = "[일이삼사오육륙칠팔구]"
_BELOW_10000 = (
    rf"(?:(?:{_D}?천)(?:\s?{_D}?백)?(?:\s?{_D}?십)?{_D}?|(?:{_D}?백)(?:\s?{_D}?십)?{_D}?|(?:{_D}?십){_D}?|{_D})"
)
_SINO = rf"(?:{_BELOW_10000}?만(?:\s?{_BELOW_10000})?|{_BELOW_10000})"
_TENS = "|".join(_NATIVE_TENS)
_ONES = "|".join(sorted(_NATIVE_ONES, key=len, reverse=True))
_NATIVE = rf"(?:(?:{_TENS})(?:{_ONES})?|{_ONES})"
_DECIMALS = r"\s?점\s?(?P<fraction>[영공일이삼사오육칠팔구](?:\s?[영공일이삼사오육칠팔구])*)"
# After the copula's stem or a subject particle the last 이 is no digit: "팔십이에요" is 80, "삼십육 점 칠이요" 36.7.
_COPULA = re.compile(
    r"이(?:에요|어요|었|고|네|니까|니|시니|지|라|야|거든|래|며|면|요|구나|던데|ㅂ니다)|이(?=\s(?:넘|"
    r"안 되|채 안|되))|입니|인데|일 때"
)
_SCALES = {"십": 10, "백": 100, "천": 1000}
_AFTER_PAIR = re.compile(
    r"[십백천](?![일이삼사오육칠팔구십])|\s?(?:일|주|개월|년|분|회|점|도|번|시간|킬로|키로|밀리|미리|그램|그람|센티|센치|씨씨|"
    r"시시|마이크로|퍼센트|프로|리터|미터|배|층|명|회|차|단위|유닛|kg|mg|mL|ml|cm|cc|%)"
)
_DIGITS = re.compile(r"\d{1,3}(?:,\d{3})+(?:\.\d+)?|\d+(?:\.\d+)?")
_SINO_AT = re.compile(_SINO)
_ZERO_AT = re.compile(r"[영공](?=\s?점)|영(?=\s?도|$)")
_NATIVE_AT = re.compile(rf"(?:(?P<hundreds>{_D}?백)\s?)?(?P<native>{_NATIVE})")
_PAIR_AT = re.compile("|".join(sorted(_PAIRS, key=len, reverse=True)))
_FRACTION_AT = re.compile(_DECIMALS)


@dataclass(frozen=True, slots=True)
class Number:
    """A number said at ``start`` to ``end``; ``high`` is the upper end of an approximate pair ("서너" 3–4).

    ``other`` is the value where the words can be read in two ways: "칠십이요" is 70 with 이요 and 72 with 요.
    """

    start: int
    end: int
    value: float
    system: System
    high: float | None = None
    other: float | None = None

    @property
    def is_single_syllable(self) -> bool:
        """A one-syllable numeral is a number only beside a unit: 이 is also "this", 사 also "buy"."""
        return self.system != "digits" and self.end - self.start == 1


def sino_value(text: str) -> int:
    """The value of a Sino-Korean numeral such as "십이만 삼천사백"; ValueError where it is none."""
    compact = re.sub(r"\s", "", text)
    if not compact or any(char not in _SINO_DIGITS and char not in "십백천만" for char in compact):
        raise ValueError("not a Sino-Korean numeral")
    head, ten_thousand, tail = compact.rpartition("만")
    high = (_below_10000(head) if head else 1) * 10_000 if ten_thousand else 0
    return high + (_below_10000(tail) if tail else 0)


def _below_10000(text: str) -> int:
    total, digit = 0, None
    places = dict(_PLACES)
    for char in text:
        if char in places:
            total += (1 if digit is None else digit) * places[char]
            digit = None
        else:
            digit = _SINO_DIGITS[char]
    return total + (digit or 0)


def native_value(text: str) -> int:
    """The value of a native numeral to 99 ("스물다섯", "세"); ValueError where it is none."""
    for tens, value in _NATIVE_TENS.items():
        if text.startswith(tens):
            rest = text[len(tens) :]
            if not rest:
                return value
            if rest in _NATIVE_ONES:
                return value + _NATIVE_ONES[rest]
    if text in _NATIVE_ONES:
        return _NATIVE_ONES[text]
    raise ValueError("not a native numeral")


def spoken_sino(value: int | Decimal) -> str:
    """A number below 10^8, to any decimals, as it is read in Sino-Korean: 0.42 is "영 점 사이"."""
    whole = int(value)
    if value < 0 or whole >= 10**8:
        raise ValueError("spoken numbers run from 0 to below 100,000,000")
    high, low = divmod(whole, 10_000)
    text = ("만" if high == 1 else _spoken_below_10000(high) + "만") if high else ""
    text += _spoken_below_10000(low)
    text = text or "영"
    if isinstance(value, Decimal) and value != whole:
        fraction = format(value, "f").partition(".")[2]
        text += " 점 " + "".join(_SINO_SPOKEN[int(digit)] for digit in fraction)
    return text


def _spoken_below_10000(value: int) -> str:
    text = ""
    for name, place in _PLACES:
        digit, value = divmod(value, place)
        if digit:
            text += ("" if digit == 1 else _SINO_SPOKEN[digit]) + name
    return text + (_SINO_SPOKEN[value] if value else "")


def spoken_native(value: int) -> str:
    """A number from 1 as it is counted: native below 100, above it with Sino-Korean hundreds ("백스물다섯")."""
    hundreds, rest = divmod(value, 100)
    if value < 1:
        raise ValueError("native numerals start at 1")
    tens, ones = divmod(rest, 10)
    return (spoken_sino(hundreds * 100) if hundreds else "") + _NATIVE_SPOKEN_TENS[tens] + _NATIVE_SPOKEN_ONES[ones]


def read_number(text: str, position: int = 0) -> Number | None:
    """The longest number that begins exactly at ``position``."""
    readings = [
        reading
        for reading in (
            _part(text, position),
            _digits(text, position),
            _sino(text, position),
            _native(text, position),
        )
        if reading
    ]
    return max(readings, key=lambda reading: reading.end, default=None)


def find_numbers(text: str) -> tuple[Number, ...]:
    """Every number of ``text`` from left to right.

    One-syllable numerals are reported wherever they stand alone as a word or begin one; the caller accepts them
    only beside a unit.
    """
    found: list[Number] = []
    position = 0
    while position < len(text):
        number = read_number(text, position) if _may_begin(text, position) else None
        if number is None or not _may_end(text, number):
            position += 1
        else:
            found.append(number)
            position = number.end
    return tuple(found)


# words that begin like a numeral
_NO_NUMERAL = re.compile(
    r"십이지장|십자|사이너스|사구체|오십견|삼차|이석|이물|이명|이하선|이뇨|육아|구역|구토|구강|구내|구순|천식|천명|천공|백반|백태|백내"
)


def _may_begin(text: str, position: int) -> bool:
    if _NO_NUMERAL.match(text, position):
        return False
    if position == 0:
        return True
    before, here = text[position - 1], text[position]
    if before.isdigit() or (here.isdigit() and before == "."):
        return False
    return here.isdigit() or not ("가" <= before <= "힣" or (before.isascii() and before.isalpha()))


def _may_end(text: str, number: Number) -> bool:
    """백 of 백혈구 and 만 of 만점 are no numbers: what follows a spoken numeral is a unit, a particle or a break."""
    rest = text[number.end :]
    if number.system == "digits" or not rest or not "가" <= rest[0] <= "힣":
        return True
    if number.system == "native":
        return bool(_COUNTER.match(rest)) or (number.value > 10 and bool(_AFTER_NATIVE.match(rest)))
    return (
        not rest.startswith("점 만점")
        and bool(_PARTICLE.match(rest) or _COUNTER.match(rest))
        and not (text[number.start : number.end] == "만" and rest.startswith("점"))
    )


# "스물둘이고요", "서른여덟인데": a numeral of its own, not counted in a unit
_AFTER_NATIVE = re.compile(r"(?:이(?:고|에|요|네|었|ㅂ)|입니|인데|요|에(?=\s|서)|까지|부터|으로)")
_COUNTER = re.compile(
    r"(?:번|회|알|정|개|캡슐|포|봉|방울|퍼프|시간|시|분|초|달|살|세|잔|병|갑|군데|가지|주먹|공기|끼|"
    r"명|마리|주|일|년|월|점|씨씨|시시|유닛|단위|리터|"
    r"그램|밀리|미리|마이크로|킬로|키로|센티|미터|밀리미터|퍼센트|프로|도|부|층|째|배|차|기|형|급|대|"
    r"이하|이상|미만|초반|중반|후반|짜리|씩|쯤|정도|여)"
)


_SPOKEN_PART = re.compile(rf"(?P<of>{_SINO}|\d+)\s?분의\s?(?P<count>{_SINO}|\d+)")
_WRITTEN_PART = re.compile(r"(?P<count>[1-3])/(?P<of>[2-4])(?=\s?(?:정|알|쪽|포|캡슐|T\b|tab))")


def _part(text: str, position: int) -> Number | None:
    """ "사분의 일" and "1/4정" are 0.25; what is more than a whole ("이 분의 팔") is no part."""
    match = _SPOKEN_PART.match(text, position) or _WRITTEN_PART.match(text, position)
    if match is None or (position and text[position - 1] in "/."):
        return None
    count, whole = (int(group) if group.isdigit() else sino_value(group) for group in match.group("count", "of"))
    if not 0 < count < whole:
        return None
    return Number(position, match.end(), round(count / whole, 4), "sino")


def _digits(text: str, position: int) -> Number | None:
    match = _DIGITS.match(text, position)
    if not match:
        return None
    end, value = match.end(), float(match.group().replace(",", ""))
    place = re.compile(r"(만|천)\s?").match(text, end)
    if place and value == int(value):
        value *= 10_000 if place.group(1) == "만" else 1000
        end = place.end(1)
        low = _digits(text, place.end())
        if low and low.value < value:
            value, end = value + low.value, low.end
    return Number(match.start(), end, value, "digits")


def _sino(text: str, position: int) -> Number | None:
    pair = _PAIR_AT.match(text, position)
    if pair and pair.group()[0] in _SINO_DIGITS and _AFTER_PAIR.match(text, pair.end()):
        low, high = _PAIRS[pair.group()]
        place = _SCALES.get(text[pair.end() : pair.end() + 1], 1)
        return Number(position, pair.end() + (place > 1), low * place, "sino", high * place)
    zero = _ZERO_AT.match(text, position)
    match = zero or _SINO_AT.match(text, position)
    if not match:
        return None
    end = _without_copula(text, position, match.end())
    if end <= position:
        return None
    value: float = sino_value(text[position:end])
    fraction = _FRACTION_AT.match(text, end)
    if fraction and not (
        text[fraction.start("fraction") - 1] == "점" and _COPULA.match(text, fraction.start("fraction"))
    ):
        stop = _without_copula(text, fraction.start("fraction"), fraction.end())
        stop = _fraction_end(text, fraction.start("fraction"), stop)
        digits = "".join(
            str(_SINO_DIGITS[char]) for char in text[fraction.start("fraction") : stop] if not char.isspace()
        )
        if digits:
            return Number(position, stop, float(f"{int(value)}.{digits}"), "sino")
    return Number(position, end, value, "sino", other=_other_reading(text, end, value))


_POLITE = re.compile(r"이요(?=\s*(?:[.,!?…]|$))")


def _other_reading(text: str, end: int, value: float) -> float | None:
    return value + 2 if text[end - 1] in "십백천" and _POLITE.match(text, end) else None


def _fraction_end(text: str, start: int, end: int) -> int:
    """Where the digits after 점 stop: "육 점 이상" and "사 점 이요" have none, "공 점 사 이로" has two."""
    words = list(re.finditer(r"\S+", text[start:end]))
    kept = start
    for word in words:
        stop = start + word.end()
        tail = re.match(r"[가-힣]*", text[stop:])
        rest = tail.group() if tail else ""
        if stop == end and rest and not _PARTICLE.match(rest):
            break
        kept = stop
    return kept


_PARTICLE = re.compile(
    r"(?:이|은|는|가|을|를|로|으로|에|에서|까지|부터|도|의|하고|이랑|랑|고|네|예요|에요|이에요|요|"
    r"입니다|이고|였|이었|인데|이라|라|나|정도|쯤|"
    r"퍼센트|프로|킬로|그램|밀리|센티|도|부|지|죠|니까|이니|이네|이나|이지|이죠|이다|다|밖에|라서|씩|짜리|구먼|구만|군요|구나)"
)


def _without_copula(text: str, start: int, end: int) -> int:
    """``end`` moved before a last 이 that is the copula or a particle, not the digit two."""
    last = text[end - 1]
    if last in "이일" and end - start > 1 and _COPULA.match(text, end - 1):
        return end - 1
    if last == "이" and text[end - 2] == "만" and end - start > 1 and re.match(r"\s\S", text[end:]):
        return end - 1  # "사십만이 정상": the subject's particle
    return end


def _native(text: str, position: int) -> Number | None:
    pair = _PAIR_AT.match(text, position)
    if pair and pair.group()[0] not in _SINO_DIGITS:
        low, high = _PAIRS[pair.group()]
        return Number(position, pair.end(), low, "native", high)
    match = _NATIVE_AT.match(text, position)
    if not match:
        return None
    hundreds = sino_value(match.group("hundreds")) if match.group("hundreds") else 0
    value = hundreds + native_value(match.group("native"))
    fraction = _FRACTION_AT.match(text, match.end()) if value < 10 else None
    if fraction and text[match.end() :].startswith((" 점 ", "점 ")):
        stop = _fraction_end(text, fraction.start("fraction"), fraction.end())
        tenths = "".join(str(_SINO_DIGITS[char]) for char in text[fraction.start("fraction") : stop].replace(" ", ""))
        if tenths and not _COPULA.match(text, fraction.start("fraction")):
            return Number(position, stop, float(f"{value}.{tenths}"), "native")
    return Number(position, match.end(), value, "native")
