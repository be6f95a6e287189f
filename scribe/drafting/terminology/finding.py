"""Names of a hospital's masters in dialogue: whole words only, and everyday words only as medicines.

A master of fifty thousand products holds names that are ordinary Korean (바로정, 우리정): see :class:`Use`.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from scribe.drafting.terminology.records import Use
from scribe.drafting.terminology.store import PREFIX_LENGTH, HospitalTerms
from scribe.drafting.words import PARTICLE_RUNS, hangul_run, is_hangul, is_latin

FORMS = (
    *("구강붕해정", "서방캡슐", "연질캡슐", "장용캡슐", "서방정", "장용정", "츄어블정", "츄정", "질정", "캡슐", "정"),
    *("건조시럽", "시럽", "현탁액", "내복액", "점안액", "점이액", "흡입액", "주사액", "주사", "펜", "주"),
    *("연고", "크림", "겔", "로션", "패취", "패치", "파스", "과립", "산", "좌제", "좌약", "스프레이", "흡입제", "액"),
)
_LONGEST = 40
_SHORTEST_ACROSS_SPACE = 4
_NUMBER = r"(?:\d+(?:[./]\d+)*|[영공일이삼사오육칠팔구십백천만점반]+|한|두|세|네|다섯)"
_UNIT = r"(?:밀리그[램람]|미리그[램람]|밀리|미리|마이크로|그[램람]|mg|mcg|ug|g\b|ml|cc|씨씨|시시|단위|유닛|퍼센트|%)"
_COUNT = r"(?:알|정|캡슐|포|봉지?|병|방울|앰플|바이알|통)"
_DOSE = re.compile(rf"\s*(?:{_NUMBER}\s*{_UNIT}|{_NUMBER}\s*{_COUNT})", re.IGNORECASE)
_AS_MEDICINE = re.compile(r"\s?약(?:[을은이도]|이[랑나]|하고)?(?![가-힣])")
_FORM = re.compile("|".join(FORMS))


@dataclass(frozen=True, slots=True)
class Hit:
    """A hospital's name at code points ``start`` to ``end`` of the text, the dosage form included where it follows."""

    key: str
    start: int
    end: int


def find_names(terms: HospitalTerms, text: str, squeezed: str, origin: list[int]) -> Iterator[Hit]:
    """The names in ``text``; ``squeezed`` is the text without spaces, ``origin`` the places of its characters."""
    for first, start in enumerate(origin):
        if not terms.may_start(squeezed[first : first + PREFIX_LENGTH]) or not _starts_word(text, start):
            continue
        ends = {squeezed[first:last]: last for last in range(first + 2, min(first + _LONGEST, len(squeezed)) + 1)}
        found = [
            hit
            for key, how in terms.spoken(tuple(ends))
            if (hit := _hit(text, key, how, start, origin[ends[key] - 1] + 1)) is not None
        ]
        if found:
            yield max(found, key=lambda hit: hit.end)


def _hit(text: str, key: str, how: Use, start: int, end: int) -> Hit | None:
    if len(key) < _SHORTEST_ACROSS_SPACE and end - start > len(key):
        return None
    rest = text[end:]
    form = _FORM.match(rest)
    if form is not None and _ends_word(rest[form.end() :]):
        return Hit(key, start, end + form.end())
    if how is Use.WITH_FORM or not _ends_word(rest):
        return None
    if how is Use.WITH_DOSE and not (_DOSE.match(rest) or _AS_MEDICINE.match(rest)):
        return None
    return Hit(key, start, end)


def _starts_word(text: str, start: int) -> bool:
    if start == 0:
        return True
    before, here = text[start - 1], text[start]
    return not is_latin(before) if is_latin(here) else not is_hangul(before)


def _ends_word(rest: str) -> bool:
    """Whether a word ends here: no letter follows, or only a particle or a spoken dose does."""
    if not rest or not rest[0].isalnum():
        return True
    if not is_hangul(rest[0]):
        return not rest[0].isalpha()
    return hangul_run(rest, 0) in PARTICLE_RUNS or bool(_DOSE.match(rest))
