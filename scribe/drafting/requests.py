"""Advice as a polite request: "천천히 일어나기" is "천천히 일어나세요.", "운전 금지" is "운전은 하지 마세요."."""

import re

from scribe.drafting.particles import Particle, with_particle
from scribe.drafting.terms import TermIndex

_NOUN_REQUESTS = {
    "금지": "하지 마세요",
    "주의": "조심하세요",
    "회피": "피하세요",
    "섭취": "드세요",
    "복용": "드세요",
    "착용": "착용하세요",
    "유지": "지켜 주세요",
    "제한": "줄이세요",
}
_DONE = re.compile(
    r"(?:운전|조리|사용|목욕|샤워|운동|흡연|등산|외출|등원|등교|출근|수영|작업|활동|세안|화장|입욕|사우나|여행|비행)$"
)
_ADVERB = re.compile(r"\s+(평생|계속|당분간|매일|꾸준히)$")
_RIEUL = 8  # the Unicode index of a final ㄹ
_CONSUMED = re.compile(r"(?:복용|섭취|먹기|음주)\s*금지$")


_SPOKEN = (
    (re.compile(r"안 (?:됨|돼|됩니다|되세요)$"), "안 돼요"),
    (re.compile(r"(?<=[도아어]) ?(?:됨|돼|됩니다)$"), " 돼요"),
    (re.compile(r"(?:해야|어야|아야) (?:됨|돼|됩니다|함|해|합니다)$"), lambda m: m[0].split()[0] + " 해요"),
    (re.compile(r"입니다$"), "이에요"),
    (re.compile(r"봅시다$"), "봐요"),
    (re.compile(r"좋습니다$"), "좋아요"),
    (re.compile(r"(?<=[가-힣])게$"), "게 하세요"),
)
_POLITE = re.compile(r"(?:요|세요|에요|예요|죠)$")
_LISTENED = {"걷": "걸으세요", "듣": "들으세요", "싣": "실으세요"}


def request(name: str) -> str:
    """The advice as one sentence of 해요체; what is no known shape is given after "꼭 기억하세요"."""
    spoken = _spoken(name.strip().rstrip("."))
    if spoken is not None:
        return f"{spoken}."
    base, bracket = _bracket(name.strip().rstrip("."))
    parts = [_sentence(part) for part in base.split(", ")]
    told = [part for part in parts if part is not None]
    sentence = ". ".join(told) if len(told) == len(parts) else _sentence(base)
    return f"{sentence}{bracket}." if sentence else f"꼭 기억하세요: {name}."


def _spoken(name: str) -> str | None:
    """Advice that is a sentence already, in 해요체; None where it is a nominal or a fragment."""
    if _POLITE.search(name):
        return name
    for pattern, words in _SPOKEN:
        if pattern.search(name):
            return pattern.sub(words, name)
    return None


def _bracket(name: str) -> tuple[str, str]:
    match = re.search(r"\s*(\([^()]*\))$", name)
    return (name[: match.start()], match[1]) if match else (name, "")


def _sentence(name: str) -> str | None:
    if _CONSUMED.search(name):
        return _not_taken(re.sub(r"\s*(?:복용|섭취|먹기|음주)\s*금지$", "", name))
    what, _, last = name.rpartition(" ")
    return _asked(what, last) if what and last in _NOUN_REQUESTS else _conjugated(name)


def _not_taken(what: str) -> str | None:
    if not what:
        return None
    together = re.search(r"\s*(?:중복|병용)$", what)
    if together:
        return f"{with_particle(what[: together.start()], '은')} 함께 드시지 마세요"
    return f"{what if re.search('함께|같이$', what) else with_particle(what, '은')} 드시지 마세요"


def _asked(what: str, last: str) -> str:
    """A noun of action with its object: "갑각류 회피" is "갑각류를 피하세요"."""
    verb = _NOUN_REQUESTS[last]
    if (adverb := _ADVERB.search(what)) is not None:
        return f"{with_particle(what[: adverb.start()], '은')} {adverb[1]} {verb}"
    if last == "금지" and not _DONE.search(what):
        return f"{with_particle(what, '은')} 피하세요"
    if re.search(r"(?:이나|하게|자주|충분히|이후|까지|함께|같이)$", what):
        return f"{what} {verb}"
    particle: Particle = "은" if last == "금지" else "을"
    return f"{with_particle(what, particle)} {verb}"


def _conjugated(name: str) -> str | None:
    """A nominal in -기 or -ㄹ 것 as a request, its parts before a comma as well."""
    parts = [part.strip() for part in name.split(",")]
    if not all(part.endswith("기") for part in parts[-1:]):
        ban = re.fullmatch(r"(.+지)\s?말\s?것", name)
        return f"{ban[1]} 마세요" if ban else None
    *first, last = parts
    ended = _ask(last)
    if ended is None:
        return None
    return ", ".join((*(_and(part) for part in first), ended))


def _ask(phrase: str) -> str | None:
    morphemes = TermIndex.load().morphemes(phrase)
    if len(morphemes) < 2 or (morphemes[-1].form, morphemes[-1].tag) != ("기", "ETN"):
        return None
    verb = morphemes[-2]
    if verb.form in ("않", "말") and len(morphemes) > 2:
        return f"{phrase[: verb.start].rstrip()} 마세요"
    return _polite(phrase[: -len("기")].rstrip())


def _and(phrase: str) -> str:
    """A part before a comma keeps its noun form: "찬 것 피하기" → "찬 것 피하고"."""
    return phrase.removesuffix("기") + "고" if phrase.endswith("기") else phrase


def _polite(stem: str) -> str:
    """-(으)세요 by the stem's last sound; a final ㄹ falls away ("들" is "드세요")."""
    if stem.endswith(("드시", "주무시", "계시")):
        return stem[:-1] + "세요"
    irregular = next((polite for root, polite in _LISTENED.items() if stem.endswith(root)), None)
    if irregular is not None:
        return stem[:-1] + irregular
    final = (ord(stem[-1]) - ord("가")) % 28 if "가" <= stem[-1] <= "힣" else 0
    if final == _RIEUL:
        return stem[:-1] + chr(ord(stem[-1]) - _RIEUL) + "세요"
    return stem + ("으세요" if final else "세요")
