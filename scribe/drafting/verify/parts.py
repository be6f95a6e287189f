"""A statement of prose in its parts: what each says on its own, and whether it is stated, denied or only supposed."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import Literal

from scribe.drafting.terms import Mention
from scribe.drafting.verify.polarity import mentions

Asserted = Literal["present", "absent", "either"]
"""``either``: an item of a list that ends in a denial, which may or may not reach it ("입마름, 실신 없음")."""

_SEPARATOR = re.compile(
    r"[,;，]\s*(?!\d{3}(?!\d))|\s?(?:→|->|⇒|⟶)\s?|(?<=[^\d]) / (?=[^\d])|\.\s|\n"
    r"|(?<=[가-힣])(?<=[있없않하되었았낫함임나음])(?:으나|지만|으며|며|고|는데|은데|었으나|았으나)\s(?!있|않|싶)"
)
_POLAR = re.compile(
    r"(?P<resolved>없어[지졌짐]|사라|소실|해소)|(?P<absent>없|부인(?!과)|아님|아니|않|배제|음성|비흡연|미접종"
    r"|(?<![가-힣])안 [가-힣]|못[함하]|불필요"
    r"|\([-–−]\)|(?<=\s)\(?neg|아직(?=[.,)\s]*$))|(?P<either>금지|피하|회피|조심|주의|제한|확인 ?필요|여부"
    r"|호전|예정|권유|계획|다음 ?방문)"
    r"|(?P<present>있|호소|동반|양성(?!\s?(?:종양|결절|으로|질환))|확인됨|관찰|발생|심함|\(\+{1,3}\)|(?<=\s)\(?pos)"
)
_NO_DENIAL = re.compile(
    r"(?:변화|호전|차도|차이|관련|효과|악화|문제|이상 ?반응|반응|의심의 여지)(?:은|는|이|가|도)?\s?(?:없|않)[가-힣]*"
    r"|(?:확실하|분명하|심하|충분하)(?:지|진) ?않[가-힣]*|이상 없[가-힣]*|멈추지 않"
    r"|조절(?:이|은)? ?(?:안|되지 않)[가-힣 ]*|호전되지 않|낫지 않"
    r"|떨어지지 않|관계 ?없이|상관 ?없이|못 ?(?:잠그|자|먹|들)[가-힣]*|조절 ?불충분"
)
_CONDITION = re.compile(r"(?:\s시(?=[\s,.)]|$)|(?<=[가-힣])면(?=[\s,.)]|$)|때(?:는|만)?(?=[\s,.)]|$)|경우)")
_ACT = re.compile(
    r"내원|응급실|119|재진|연락|방문|알리|알림|호출|콜|보고|전화|109|중단|복용|추가|고려|시행|오도록|오시|의뢰"
)


@dataclass(frozen=True)
class Part:
    """A stretch of a statement from ``start``; ``text`` has the length of the stretch, its brackets blanked."""

    text: str
    start: int
    asserted: Asserted
    is_bracketed: bool = False
    is_condition: bool = False

    @property
    def end(self) -> int:
        return self.start + len(self.text)

    @cached_property
    def mentions(self) -> tuple[Mention, ...]:
        """The lexicon's terms, at places of this text."""
        return tuple(m for m in mentions(self.text) if not _is_unit(self.text, m) and not _is_chance(self.text, m))

    def asserts(self, end: int, start: int = 0) -> Asserted:
        """How the part asserts what ends at ``end`` of its text: by the next word of presence or absence."""
        scope = _NO_DENIAL.sub(lambda match: " " * len(match[0]), self.text)
        own = _POLAR.search(scope, end)
        if own is None:
            before = re.search(r"(?:No|no|\(-\)|w/o|without)\s$", self.text[:start])
            return "absent" if before else self.asserted
        return _group(own)


def _group(sign: re.Match[str]) -> Asserted:
    return (
        "absent" if sign.lastgroup == "absent" else "either" if sign.lastgroup in ("either", "resolved") else "present"
    )


def _is_unit(text: str, mention: Mention) -> bool:
    """MG is a disease, but not in "40 mg"."""
    return mention.surface.isascii() and bool(re.search(r"\d\s?$", text[: mention.start]))


def _is_chance(text: str, mention: Mention) -> bool:
    """과호흡 is none in "혈압과 호흡": words put together across a space behind another word."""
    joins = mention.how == "exact" and " " in mention.surface and " " not in mention.form
    return joins and mention.start > 0 and "가" <= text[mention.start - 1] <= "힣"


@lru_cache(maxsize=4096)
def parts_of(text: str) -> tuple[Part, ...]:
    """The parts of a statement, from left to right; what stands in brackets is a part of its own behind its host."""
    outer, brackets = _brackets(text)
    pieces = list(_cut(outer, 0))
    signs = [_sign(piece) for piece, _ in pieces]
    conditions = _conditions([piece for piece, _ in pieces])
    found = [
        Part(piece, start, _inherited(signs, index), is_condition=conditions[index])
        for index, (piece, start) in enumerate(pieces)
    ]
    for inner, start in brackets:
        host = next((part for part in found if part.start <= start < part.end + 1), None)
        is_condition = host is not None and host.is_condition
        found += [
            Part(piece, at, _sign(piece) or "either", is_bracketed=True, is_condition=is_condition)
            for piece, at in _cut(inner, start)
        ]
    return tuple(sorted((part for part in found if part.text.strip(" .,")), key=lambda part: part.start))


def _brackets(text: str) -> tuple[str, list[tuple[str, int]]]:
    """The text with the inside of its brackets blanked (signs like "(-)" stay), and the insides with their places."""
    inside = []
    outer = text
    for match in re.finditer(r"[(\[]([^()\[\]]*)[)\]]", text):
        if re.fullmatch(r"\s*(?:[-–−+]{1,3}|시작|유지|변경|중단|추가|증량|감량)\s*", match[1]):
            continue
        inside.append((match[1], match.start(1)))
        outer = outer[: match.start()] + " " * len(match[0]) + outer[match.end() :]
    return outer, inside


def _cut(text: str, offset: int) -> Iterator[tuple[str, int]]:
    start = 0
    for match in _SEPARATOR.finditer(text):
        yield text[start : match.start()], offset + start
        start = match.end()
    yield text[start:], offset + start


def _sign(piece: str) -> Asserted | None:
    """The last word of presence or absence of a piece."""
    plain = _NO_DENIAL.sub(" ", piece)
    signs = list(_POLAR.finditer(plain))
    return _group(signs[-1]) if signs else None


def _inherited(signs: list[Asserted | None], index: int) -> Asserted:
    if signs[index] not in (None, "either"):
        return "present"  # a term behind the sign is none of its denial
    later = next((sign for sign in signs[index + 1 :] if sign not in (None, "either")), None)
    return "either" if later == "absent" else "present"


def _conditions(pieces: list[str]) -> list[bool]:
    """Which pieces only say what to do in a case that may come: up to the piece with the condition's word."""
    found = [False] * len(pieces)
    acts = any(_ACT.search(piece) for piece in pieces)
    for index, piece in enumerate(pieces):
        condition = _CONDITION.search(piece)
        later = " ".join(pieces[index:])
        if condition and acts and _ACT.search(later[condition.end() :]):
            back = index
            while back >= 0 and not found[back] and (back == index or not _ACT.search(pieces[back])):
                found[back] = True
                back -= 1
    return found
