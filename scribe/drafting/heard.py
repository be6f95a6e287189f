"""Words that a recogniser got wrong: systematic errors mended in place, lost denials left out, medicines guessed."""

import re
from collections.abc import Sequence
from dataclasses import replace

from rapidfuzz.distance import Levenshtein

from scribe.domain.transcript import Correction
from scribe.drafting.fuzzy import sounds
from scribe.drafting.lexicon import Table
from scribe.drafting.numbers import Number, find_numbers
from scribe.drafting.quantities import find_quantities
from scribe.drafting.terms import Mention, TermIndex

_MISHEARD_OR = re.compile(r"(?<=[가-힣])가나(?=[\s,])")
_MISHEARD_NOT = re.compile(
    r"[^.?!,]*한\s(?:피웠|피워|피우|먹었|먹어|마셨|마셔|했어|했고|해요|나와|나왔|아파|아프|맞았|갔어|다쳤|떨려)[가-힣]*"
)
# nouns that a clause may modify and still say that it holds: "쓰러진 적은 있어요"
_AFTER_CLAUSE = re.compile(
    r"\s*(?:적|거|것|건|게|걸|때|지|편|느낌|증상|후|뒤|다음|이후|데|일|정도|상태|곳|부위|날|동안|채|줄|듯|만큼|대로|분)"
)


_PLACED = re.compile("[십백천만]")
_FRACTION_LOST = re.compile(r"\s?점\s(?!정도|쯤|만점|오른|왼|나[와오]|으로|이상|이하)[가-힣]{1,2}(?=[\s,.])")
# what may follow a spoken number within its word: a counter, a particle, the copula, the rest of a name
_AFTER_NUMBER = re.compile(
    r"[일주달년월시분초번회차점도살세명개부대째층원배쪽칸잔병갑끼기형급단등에은는이가을를으로까쯤정짜보나만씩과와랑하의요예입]|"
    r"[인네였라면죠고대여견지밀킬미센그리알캡포봉방퍼스숟유프제호후전]"
)
_DENIALS = (
    *("없어요", "없네요", "없고요", "없습니다", "없으세요", "아니에요", "아니고요", "아니고", "아닙니다"),
    *("않아요", "않고요", "않으시고요"),
)
_AFFIRMATIONS = (
    *("있어요", "있네요", "있고요", "있습니다", "있으세요", "많아요", "그래요", "맞아요", "나요", "나고요", "아파요"),
    *("심해요", "해요", "하고요", "예요", "이에요", "이고요", "입니다", "같아요", "좋아요", "앓아요", "앓으세요"),
    *("앉으세요", "아이고", "아빠"),
)
_CLEAR = re.compile(r"없|않|아니|아닙|안\s|못|있|맞")
_CLOSE = 0.34


def heard(text: str) -> str:
    """The text at the same length with 거나 where it was misheard, and blanks for what was lost.

    Lost are sentences whose denial was probably misheard ("평생 한 피웠고") and numbers that stop within a word or at
    the point ("칠십다고요", "사 점 애로"): the value heard is not the one said.
    """
    text = _MISHEARD_NOT.sub(lambda match: " " * len(match.group()), _MISHEARD_OR.sub("거나", text))
    measured = {quantity.start for quantity in find_quantities(text)}
    for number in find_numbers(text):
        if number.system == "sino" and _is_cut_number(text, number, number.start in measured):
            text = text[: number.start] + " " * (number.end - number.start) + text[number.end :]
    return text


def _is_cut_number(text: str, number: Number, is_measured: bool) -> bool:
    tail = text[number.end :]
    if _FRACTION_LOST.match(tail):
        return not is_measured
    in_word = "가" <= tail[:1] <= "힣"
    is_placed = bool(_PLACED.search(text[number.start : number.end])) and number.end - number.start > 1
    return is_placed and in_word and not is_measured and not _AFTER_NUMBER.match(tail)


def _has_lost_denial(text: str, mention: Mention) -> bool:
    """The word after the mention is neither denial nor affirmation and sounds like a denial: "폐렴은 아리에요"."""
    rest = re.split(r"[.?!,]", text[mention.end :])[0]
    if mention.how == "predicate" or _CLEAR.search(rest):
        return False
    particle = re.match(r"(?:은|는|도|이|가)\s", rest)
    words = re.findall("[가-힣]+", rest[particle.end() :])[:1] if particle else []
    return any(_denies(word) for word in words if 2 <= len(word) <= 5)


def _denies(word: str) -> bool:
    spoken = sounds(word)
    to_denial, to_affirmation = (
        min(Levenshtein.normalized_distance(spoken, sounds(known)) for known in forms)
        for forms in (_DENIALS, _AFFIRMATIONS)
    )
    return to_denial <= _CLOSE and to_denial < to_affirmation


def heard_mentions(
    text: str, mentions: tuple[Mention, ...], terms: TermIndex, corrections: Sequence[Correction] = ()
) -> tuple[Mention, ...]:
    """The lexicon's ``mentions`` in what a machine wrote, with guesses at the names it got wrong.

    A guess replaces the name of another medicine that stops within a word of it ("텔미" in "텔미살을 탄을").  Of
    the ``corrections`` that a person decided on, a confirmed one is a name as any other, an undone one is none.
    """
    found = [mention for mention in mentions if not _is_lost(mention, text, terms)]
    guesses: list[Mention] = []
    for guess in (*terms.misheard_medicines(text), *terms.misheard_names(text)):
        if not any(_excludes(mention, guess, text) for mention in (*found, *guesses)):
            guesses.append(guess)
    guesses = [decided for guess in guesses if (decided := _decided(guess, corrections)) is not None]
    kept = [m for m in found if not any(m.start < g.end and g.start < m.end and m.table is g.table for g in guesses)]
    return tuple(sorted([*kept, *guesses], key=lambda mention: (mention.start, -mention.end)))


def _decided(guess: Mention, corrections: Sequence[Correction]) -> Mention | None:
    """The guess as a person left it: sure where it was confirmed, None where it was undone."""
    for item in corrections:
        if item.start < guess.end and guess.start < item.end:
            if item.state == "undone":
                return None
            if item.state == "confirmed" and item.written == guess.form:
                return replace(guess, how="exact", score=1.0)
    return guess


def _is_lost(mention: Mention, text: str, terms: TermIndex) -> bool:
    return _is_cut_off(mention, text, terms) or (
        mention.table is not Table.MEDICINES and _has_lost_denial(text, mention)
    )


def _is_cut_off(mention: Mention, text: str, terms: TermIndex) -> bool:
    """A predicate before a word that nobody knows ("쓰러진 차근 압사요", for 적은 없어요): what it says is lost."""
    if mention.table is not Table.SYMPTOMS or mention.how != "predicate" or _AFTER_CLAUSE.match(text, mention.end):
        return False
    return any(here.tag == "ETM" and here.end == mention.end for here in terms.morphemes(text))


def _excludes(mention: Mention, guess: Mention, text: str) -> bool:
    """A known term that ends with its word, in the stretch of the guess."""
    overlaps = mention.start < guess.end and guess.start < mention.end
    is_whole = mention.end >= len(text) or not "가" <= text[mention.end] <= "힣"
    size = mention.end - mention.start
    return overlaps and ((mention.table is guess.table and is_whole) or 2 * size >= guess.end - guess.start)
