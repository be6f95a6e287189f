"""Words that a recogniser got wrong: systematic errors mended in place, lost denials left out, medicines guessed."""

import re

from scribe.drafting.lexicon import Table
from scribe.drafting.terms import Mention, TermIndex

_MISHEARD_OR = re.compile(r"(?<=[가-힣])가나(?=[\s,])")
_MISHEARD_NOT = re.compile(
    r"[^.?!,]*한\s(?:피웠|피워|피우|먹었|먹어|마셨|마셔|했어|했고|해요|나와|나왔|아파|아프|맞았|갔어|다쳤|떨려)[가-힣]*"
)
# nouns that a clause may modify and still say that it holds: "쓰러진 적은 있어요"
_AFTER_CLAUSE = re.compile(
    r"\s*(?:적|거|것|건|게|걸|때|지|편|느낌|증상|후|뒤|다음|이후|데|일|정도|상태|곳|부위|날|동안|채|줄|듯|만큼|대로|분)"
)


def heard(text: str) -> str:
    """The text with 거나 where it was misheard, and blanks for what may have been a denial ("평생 한 피웠고")."""
    return _MISHEARD_NOT.sub(lambda match: " " * len(match.group()), _MISHEARD_OR.sub("거나", text))


def heard_mentions(text: str, mentions: tuple[Mention, ...], terms: TermIndex) -> tuple[Mention, ...]:
    """The lexicon's ``mentions`` in what a machine wrote, with guesses at medicines it got wrong.

    A guess replaces the name of another medicine that stops within a word of it ("텔미" in "텔미살을 탄을").
    """
    found = [mention for mention in mentions if not _is_cut_off(mention, text, terms)]
    guesses = [
        guess
        for guess in terms.misheard_medicines(text)
        if not any(_excludes(mention, guess, text) for mention in found)
    ]
    kept = [m for m in found if not any(m.start < g.end and g.start < m.end and m.table is g.table for g in guesses)]
    return tuple(sorted([*kept, *guesses], key=lambda mention: (mention.start, -mention.end)))


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
