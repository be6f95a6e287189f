"""What a reply says to one item of a question: "잇몸에서 좀 나요. 소변은 깨끗해요"."""

import re
from typing import Literal

from scribe.domain.entries import Evidence
from scribe.drafting.assertion import is_effect_denied
from scribe.drafting.dialogue import Clause, Turn
from scribe.drafting.extract.question_items import Item, stems
from scribe.drafting.lexicon import Table

PartAnswer = tuple[Literal["present", "absent"], Evidence]

_FINE = re.compile(
    r"괜찮(?!아[졌지])|깨끗|멀쩡|말짱|정상|보통(?!이? ?아니)|그대로|똑같|아무렇지|이상\s?없|문제\s?없|"
    r"별\s?(?:거|일|문제)\s?없|"
    r"변함\s?없|변화(?:는|가|도)?\s?없|안\s(?:그래|그랬|그러)|잘\s[가-힣]+|양호|편해|편하|편안|시원하|"
    r"(?:오히려|외려|도리어|되레)"
)
_DENIED = re.compile(r"없|않|아니[었에야고요]|아닙|아닌|안\s[가-힣]|못\s?(?:봤|느|들|하)|전혀")
_AFFIRMED = re.compile(r"있|많|심[하해]|그래|그렇|늘었|생겼|여전|자주|가끔|종종|조금|좀|약간|살짝|엄청|매일|계속")
_UNRELIEVED = re.compile(r"안\s(?:좋|멎|멈|낫|나아|떨어지|떨어져|내려|빠지|빠져|가라앉|풀)|말도 (?:못|마)|장난\s?아니")
_UNSURE = re.compile(r"모르|글쎄|기억(?:이|은)? (?:안|없)")
_WHILE = re.compile(r"(?:면서|다가|느라)[\s,]*$")
# "머리는 가끔": how often, and of nothing else
_AMOUNT_ONLY = re.compile(
    r"[\s,]*[가-힣]{1,6}(?:은|는|이|가|도)\s(?:가끔|자주|종종|조금|좀|약간|살짝|매일|계속|엄청|많이|심하게)(?:씩)?(?:은|이?요)?[\s,.…]*"
)
_TURNED = re.compile(r"(?:만|밖에)\s|말고는|빼고는|때는|면\s|정도는?")


def part_answer(item: Item, replies: tuple[Turn, ...]) -> PartAnswer | None:
    """The polarity of the first clause that takes up a word of the item, with the clause; None where none does.

    A part of the body alone takes up the item only where it is said to be fine and nothing else is said of it.
    """
    for reply in replies:
        for clause in reply.clauses:
            shared = (item.stems | item.topics) & stems(reply, clause.start, clause.end)
            said = _said(reply, clause, shared & item.stems) if shared and not clause.is_question else None
            if said and not _has_same_place(item, reply, clause):
                continue
            if said == "present" and _AMOUNT_ONLY.fullmatch(reply.words(clause)) and _opens(item, reply, clause):
                return said, reply.evidence(clause.start, clause.end)
            place_only = shared <= item.stems and _is_place_only(reply, clause, shared)
            if said and place_only and (said == "present" or _names_other(reply, clause)):
                said = None
            if said is not None:
                return said, reply.evidence(clause.start, clause.end)
    return None


def _places(turn: Turn, start: int, end: int) -> set[str]:
    return {site.row.term for site in turn.of(Table.BODY_SITES) if start <= site.start < end}


def _has_same_place(item: Item, reply: Turn, clause: Clause) -> bool:
    """Not of the belly what was asked of the head: "머리가 아프거나 배가 아픈 건?" – "배는 안 아파요"."""
    asked, told = _places(item.turn, item.start, item.end), _places(reply, clause.start, clause.end)
    return not asked or not told or bool(asked & told)


def _opens(item: Item, reply: Turn, clause: Clause) -> bool:
    """No other item of the question has the place, whose answer the words could be."""
    told = _places(reply, clause.start, clause.end)
    others = [site for site in item.turn.of(Table.BODY_SITES) if not item.start <= site.start < item.end]
    return bool(told) and not any(site.row.term in told for site in others)


def _said(reply: Turn, clause: Clause, shared: frozenset[str]) -> Literal["present", "absent"] | None:
    words = reply.words(clause)
    if clause.link == "if" or _UNSURE.search(words) or _WHILE.search(words) or is_effect_denied(reply, clause):
        return None
    limited = _TURNED.search(words) or _is_circumstantial(reply, clause)
    if _UNRELIEVED.search(words):
        return "present"
    fine, denied = bool(_FINE.search(words)), bool(_DENIED.search(_FINE.sub("", words)))
    if fine or denied:
        return None if limited or (fine and denied) else "absent"
    return "present" if _AFFIRMED.search(words) or _echoes(reply, clause, shared) else None


def _echoes(reply: Turn, clause: Clause, shared: frozenset[str]) -> bool:
    """The verb asked after is said back: "지려요?" – "지려요"."""
    verbs = {here.form for here in reply.in_clause(clause) if here.tag in ("VV", "VA")}
    return bool(verbs & shared) and not _names_other(reply, clause)


def _is_circumstantial(reply: Turn, clause: Clause) -> bool:
    """ "가만히 있으면 안 떨려요": fine in one circumstance only."""
    sentence = reply.sentence_of(clause)
    return any(before.link == "if" for before in sentence[: sentence.index(clause)])


def _names_other(reply: Turn, clause: Clause) -> bool:
    return any(
        clause.start <= mention.start < clause.end and mention.row.term != "통증"
        for mention in reply.of(Table.SYMPTOMS)
    )


def _is_place_only(reply: Turn, clause: Clause, shared: frozenset[str]) -> bool:
    places = {
        word
        for site in reply.of(Table.BODY_SITES)
        if clause.start <= site.start < clause.end
        for word in (site.surface, site.row.term)
    }
    return shared <= places
