"""Times, frequencies, doses and readings in English, number by number; what is not understood stays as it was said."""

import re
from collections.abc import Sequence

from scribe.domain.entries import Dose
from scribe.drafting.english_names import as_said, english, known_english, words
from scribe.drafting.phrases import number, unit_text

_HANGUL = re.compile(r"[가-힣]")
_UNITS = {
    "일": "day",
    "주": "week",
    "주일": "week",
    "개월": "month",
    "달": "month",
    "년": "year",
    "시간": "hour",
    "분": "minute",
}
_TIMES = {"1": "once", "2": "twice"}
_FREQUENCY: Sequence[tuple[str, str]] = (
    (r"식후\s?(\d+)\s?분", r"\1 minutes after meals"),
    (r"식전\s?(\d+)\s?분", r"\1 minutes before meals"),
    (r"자기\s?(\d+)\s?분\s?전", r"\1 minutes before bedtime"),
    (r"(\d+)시간\s?(?:마다|간격)", r"every \1 hours"),
    (r"식후\s?(?:즉시|바로)|식사 직후", "right after meals"),
    (r"식사와 함께", "with meals"),
    (r"아침\s?식후", "after breakfast"),
    (r"점심\s?식후", "after lunch"),
    (r"저녁\s?식후", "after dinner"),
    (r"아침\s?식전", "before breakfast"),
    (r"저녁\s?식전", "before dinner"),
    (r"아침\s?공복", "in the morning on an empty stomach"),
    (r"아침\s?저녁(?:으로)?", "in the morning and evening"),
    (r"식후", "after meals"),
    (r"식전", "before meals"),
    (r"식간", "between meals"),
    (r"공복", "on an empty stomach"),
    (r"필요\s?시", "as needed"),
    (r"자기\s?(?:직)?전|취침\s?전", "at bedtime"),
    (r"아침", "in the morning"),
    (r"점심", "at noon"),
    (r"저녁", "in the evening"),
    (r"격일|이틀에\s?한\s?번", "every other day"),
    (r"매일", "every day"),
)
_DOSE_UNITS = {
    "정": "tablet",
    "알": "tablet",
    "캡슐": "capsule",
    "포": "sachet",
    "방울": "drop",
    "puff": "puff",
    "단위": "unit",
    "U": "unit",
    "회": "time",
}


def quantity(value: float, unit: str) -> str:
    """A number with its UCUM unit ("37.8 ℃", "88/min", "1 sachet")."""
    if unit in _DOSE_UNITS:
        word = _DOSE_UNITS[unit]
        return f"{number(value)} {word if value == 1 else word + 's'}"
    if unit == "/min":
        return f"{number(value)}/min"
    written = unit_text(unit)
    return number(value) + (f" {as_said(unit)}" if _HANGUL.search(unit) else written)


def dose(amount: Dose) -> str:
    """A dose, such as "40 mg" or "1 sachet"."""
    return quantity(amount.value, amount.unit)


def spoken_dose(text: str) -> str:
    """A dose that is kept as text ("5 mg", "1 알")."""
    found = re.fullmatch(r"(\d+(?:\.\d+)?)\s*(\S+)", text)
    if found is None:
        return reading(text)
    return quantity(float(found[1]), found[2])


def duration(text: str) -> str:
    """How long: "3개월" is "3 months"."""
    found = re.fullmatch(r"(\d+(?:[–~-]\d+)?)\s?(시간|주일|개월|일|주|달|년|분)(?:간|째)?", text)
    if found:
        word = _UNITS[found[2]]
        return f"{found[1]} {word if found[1] == '1' else word + 's'}"
    return words("count").get(text.removesuffix("째").removesuffix("간")) or as_said(text)


def onset(text: str) -> str:
    """Since when: "그저께부터" is "since the day before yesterday", "3일 전부터" "since 3 days ago"."""
    since = text.endswith("부터")
    plain = text.removesuffix("부터").strip()
    ago = re.fullmatch(r"(?:한\s)?(.+?)\s?전(?:에|쯤)?", plain)
    when = words("day").get(plain) or _part_of_day(plain)
    if when is None and ago:
        length = duration(ago[1])
        when = f"{length} ago" if not _HANGUL.search(length) else None
    if when is None:
        return as_said(text)
    return f"since {when}" if since else when


def _part_of_day(text: str) -> str | None:
    day, _, part = text.rpartition(" ")
    if day in words("day") and part in words("part_of_day"):
        joined = {"yesterday night": "last night", "today night": "tonight", "today morning": "this morning"}
        both = f"{words('day')[day]} {words('part_of_day')[part]}"
        return joined.get(both, both)
    return None


def frequency(text: str) -> str:
    """How often and when: "1일 3회 식후 30분" is "3 times a day, 30 minutes after meals"."""
    left, told = text, []
    found = re.search(r"(?:1일|하루)\s?(\d+(?:\.\d+)?(?:[–~-]\d+)?)\s?회", left)
    if found:
        told.append(f"{_TIMES.get(found[1], f'{found[1]} times')} a day")
        left = left.replace(found[0], " ", 1)
    found = re.search(r"주\s?(\d+(?:[–~-]\d+)?)\s?회", left)
    if found:
        told.append(f"{_TIMES.get(found[1], f'{found[1]} times')} a week")
        left = left.replace(found[0], " ", 1)
    found = re.match(r"\s*1회\b", left)
    if found:
        told.append("once")
        left = left[found.end() :]
    for pattern, meaning in _FREQUENCY:
        match = re.search(pattern, left)
        if match:
            told.append(match.expand(meaning))
            left = left[: match.start()] + " " + left[match.end() :]
    rest = left.strip(" ,()")
    return ", ".join((*told, as_said(rest)) if rest else told)


def reading(text: str) -> str:
    """A value, finding or quality in words; "… 없음" of a known name is "no …"."""
    plain = re.sub(r"(?<=\d) Cel\b", " ℃", text.strip())
    if not _HANGUL.search(plain):
        return plain
    if plain in words("reading"):
        return words("reading")[plain]
    if plain.endswith(" 없음") and (name := known_english(plain.removesuffix(" 없음"))):
        return f"no {name}"
    parts = [part.strip() for part in plain.split(",")]
    if len(parts) > 1 and all(part in words("reading") or known_english(part) for part in parts):
        return ", ".join(words("reading").get(part) or english(part) for part in parts)
    return known_english(plain) or as_said(plain)


def relative(text: str) -> str:
    """Who: "보호자의 이모" is "the guardian's maternal aunt"."""
    owner, _, who = text.partition("의 ")
    if who and owner in words("relative") and who in words("relative"):
        known = words("relative")
        return f"the {known[owner]}'s {known[who]}"
    return words("relative").get(text.strip()) or as_said(text)


def appointment(when: str) -> str:
    """When to come again: "4주 뒤" is "in 4 weeks"."""
    found = re.fullmatch(r"(.+?)\s?(?:뒤|후)(?:에)?", when)
    if found:
        length = duration(found[1])
        return f"in {length}" if not _HANGUL.search(length) else as_said(when)
    return words("day").get(when.strip()) or as_said(when)
