"""What a reply says to one item of a question: "잇몸에서 좀 나요. 소변은 깨끗해요"."""

import re
from typing import Literal

from scribe.domain.entries import Evidence
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
_TURNED = re.compile(r"(?:만|밖에)\s|말고는|빼고는|때는|면\s|정도는?")


def part_answer(item: Item, replies: tuple[Turn, ...]) -> PartAnswer | None:
    """The polarity of the first clause that takes up a word of the item, with the clause; None where none does.

    A part of the body alone takes up the item only where it is said to be fine and nothing else is said of it.
    """
    for reply in replies:
        for clause in reply.clauses:
            shared = (item.stems | item.topics) & stems(reply, clause.start, clause.end)
            said = _said(reply, clause, shared & item.stems) if shared and not clause.is_question else None
            place_only = shared <= item.stems and _is_place_only(reply, clause, shared)
            if said and place_only and (said == "present" or _names_other(reply, clause)):
                said = None
            if said is not None:
                return said, reply.evidence(clause.start, clause.end)
    return None


def _said(reply: Turn, clause: Clause, shared: frozenset[str]) -> Literal["present", "absent"] | None:
    words = reply.words(clause)
    if clause.link == "if" or "모르" in words:
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
