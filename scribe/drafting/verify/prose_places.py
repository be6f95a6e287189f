"""Sides and times of a statement without evidence, held against what was said of the same thing."""

import re
from collections.abc import Iterator

from scribe.domain.entries import MedicationOrder
from scribe.drafting.lexicon import Table
from scribe.drafting.terms import Mention
from scribe.drafting.verify import claims
from scribe.drafting.verify.amounts import find_amounts
from scribe.drafting.verify.parts import Part
from scribe.drafting.verify.told import ProseClaim
from scribe.drafting.verify.verdict import Check, Reason
from scribe.drafting.verify.vocabulary import is_template_word

_NAMES = {"left": "왼쪽", "right": "오른쪽", "both": "양쪽"}
_PAST = re.compile(r"작년|재작년|년 전|과거|예전")
_RESULTS = frozenset({"정상", "양호", "음성", "양성", "깨끗함"})
_AFTER = re.compile(r"[가-힣A-Za-z]{2,}")


def prose_sides_agree(claim: ProseClaim) -> Iterator[Reason]:
    """A side is the one said of each thing that the statement puts on it."""
    everywhere = {side for turn in claim.consultation.turns for side, _, _ in claims.sides(turn.text)}
    for part in claim.parts:
        found = claims.sides(part.text)
        for index, (side, start, end) in enumerate(found):
            until = found[index + 1][1] if index + 1 < len(found) else len(part.text)
            beside = [sides for sides in _beside(claim, part, start, end, until) if sides]
            beside = beside or [sides for sides in (_of_number(claim, part, end, until),) if sides]
            beside = beside or [sides for sides in (_around(claim, part),) if sides]
            word = part.text[start:end]
            results = [sides for sides in _of_results(claim, part, end, until) if sides]
            beside = results or beside
            told = _told_together(claim, part, start if index else 0, until)
            if len(told) == 1 and side != "both" and not _has(side, told):
                yield Reason(Check.SIDE, word, _NAMES[min(told)], "방향")
            elif not _has(side, everywhere):
                yield Reason(Check.SIDE, word)
            elif beside and not any(_has(side, sides) for sides in beside) and not _PAST.search(part.text):
                wrong = beside[-1]
                yield Reason(Check.SIDE, word, ", ".join(_NAMES[one] for one in sorted(wrong)), "방향")


def _has(side: str, sides: set[str]) -> bool:
    return side in sides or (side == "both" and {"left", "right"} <= sides)


def _beside(claim: ProseClaim, part: Part, start: int, end: int, until: int) -> Iterator[set[str]]:
    """The sides said closest to each term and noun behind the side in the statement."""
    for mention in part.mentions:
        if end <= mention.start < until or mention.start <= start < mention.end:
            yield {side for place in claim.places(mention) for side in _closest(claim, place.turn, place.start)}
    for match in _AFTER.finditer(part.text, end, until):
        if match[0] in _RESULTS:
            continue
        word = re.sub(r"(?:에서|으로|로|의|에|이|가|은|는|을|를)$", "", match[0])
        if len(word) > 1 and not is_template_word(word):
            places = claim.consultation.word_places(word)
            yield {side for place in places for side in _closest(claim, place.turn, place.start)}


def _told_together(claim: ProseClaim, part: Part, start: int, until: int) -> set[str]:
    """The sides of the sentences that tell the most of the words around the side, two at least."""
    terms = [m for m in part.mentions if start <= m.start < until and not m.nested and not claims.sides(m.surface)]
    nouns = [noun for noun in claim.nouns if noun in part.text[start:until] and noun not in _RESULTS]
    groups = list({(m.start, m.end): claim.places(m) for m in terms}.values())  # a word of two tables is one word
    groups += [claim.consultation.word_places(noun) for noun in nouns if not claims.sides(noun)]
    sentences: dict[tuple[int, int], set[int]] = {}
    for number, places in enumerate(groups):
        for place in places:
            turn = claim.consultation.turns[place.turn]
            first = turn.sentence_of(turn.clause_at(place.start))[0].start
            if claims.sides(turn.sentence_text(turn.clause_at(place.start))):
                sentences.setdefault((place.turn, first), set()).add(number)
    most = max((len(words) for words in sentences.values()), default=0)
    found: set[str] = set()
    for (index, first), words in sentences.items():
        turn = claim.consultation.turns[index]
        if len(words) == most >= 2:
            found |= {side for side, _, _ in claims.sides(turn.sentence_text(turn.clause_at(first)))}
    return found


def _of_results(claim: ProseClaim, part: Part, end: int, until: int) -> Iterator[set[str]]:
    """The sides of a result that the statement names ("왼쪽 고막 정상"), where they were told as such."""
    near = claim.near(part, 1)
    for match in _AFTER.finditer(part.text, end, until):
        if match[0] in _RESULTS:
            places = [place for place in claim.consultation.word_places(match[0]) if place.turn in near]
            yield {side for place in places for side in _closest(claim, place.turn, place.start)}


def _of_number(claim: ProseClaim, part: Part, end: int, until: int) -> set[str]:
    """The sides of which the number behind the side in the statement was said ("왼쪽 4/5")."""
    number = next((amount for amount in find_amounts(part.text) if end <= amount.start < until), None)
    found: set[str] = set()
    near = claim.near(part, 2)
    for turn, amount in claim.consultation.amounts:
        if number is not None and turn in near and amount.standing == "said" and amount.supports(number):
            text = claim.consultation.turns[turn].text
            before = [side for side, _, stop in claims.sides(text) if stop <= amount.start]
            found |= set(before[-1:])
    return found


def _around(claim: ProseClaim, part: Part) -> set[str]:
    """The sides named in the turns where the part's terms were told."""
    near = claim.near(part, 0)
    return {s for turn in claim.consultation.turns if turn.index in near for s, _, _ in claims.sides(turn.text)}


def _closest(claim: ProseClaim, turn: int, position: int) -> set[str]:
    """The last side before a place in its sentence, else the next one in it, else the one in the reply."""
    here = claim.consultation.turns[turn]
    sentence = here.sentence_of(here.clause_at(position))
    first, last = sentence[0].start, sentence[-1].end
    named = [(side, start) for side, start, _ in claims.sides(here.text) if first <= start < last]
    before = [side for side, start in named if start <= position]
    after = [side for side, start in named if start > position]
    if before or after:
        return set(before[-1:] or after[:1])
    if here.clause_at(position).is_question and turn + 1 < len(claim.consultation.turns):
        return {side for side, _, _ in claims.sides(claim.consultation.turns[turn + 1].text)[:1]}
    return set()


def prose_times_agree(claim: ProseClaim) -> Iterator[Reason]:
    """Every day and part of the day was said, close to what the statement dates with it."""
    everywhere = claims.said_times(claim.consultation.text)
    for part in claim.parts:
        near = claim.near(part, 2) or set(range(len(claim.consultation.turns)))
        texts = [turn.text for turn in claim.consultation.turns if turn.index in near]
        heard = set().union(*(claims.said_times(text) for text in texts)) if texts else set()
        yield from _of_order(claim, part)
        for time in sorted(claims.stated_times(part.text) - heard):
            if time == "오늘" or _in_other_words(time, "\n".join(texts)):
                continue
            if time not in everywhere or heard & _RIVALS.get(time, set()):
                said = ", ".join(sorted(heard & _RIVALS.get(time, set())))
                yield Reason(Check.TIME, time, said, "때" if said else "")


_GROUPS = (
    {"그저께", "어제", "오늘", "지난주", "지난달"},
    {"내일", "모레", "다음 주", "다음 달"},
    {"재작년", "작년", "올해"},
    {"식후", "식전", "식간"},
    {"아침", "점심", "저녁", "자기 전"},
    {"월요일", "화요일", "수요일", "목요일", "금요일", "토요일", "일요일"},
)
_RIVALS = {time: group - {time} for group in _GROUPS for time in group}


def _said_with(claim: ProseClaim, drug: Mention) -> set[str]:
    """The times said in the turns that name the drug."""
    turns = claim.turns(drug)
    return set().union(*(claims.said_times(turn.text) for turn in claim.consultation.turns if turn.index in turns))


def _of_order(claim: ProseClaim, part: Part) -> Iterator[Reason]:
    """When a drug is taken, against the order that was read of it."""
    drugs = [m for m in part.mentions if m.table is Table.MEDICINES and not m.nested]
    if not re.search(r"1일|하루|\d\s?(?:mg|g|mL|정|포|캡슐|방울)", part.text):
        return
    orders = [
        entry.frequency
        for entry in claim.consultation.entries
        if isinstance(entry, MedicationOrder) and entry.frequency and any(m.surface in entry.name for m in drugs)
    ]
    known = set().union(*(claims.stated_times(frequency) for frequency in orders)) if orders else set()
    for time in sorted(claims.stated_times(part.text) - known):
        rivals = known & _RIVALS.get(time, set())
        if (
            len(drugs) == 1
            and rivals
            and time not in _said_with(claim, drugs[0])
            and time in ("식후", "식전", "식간", "아침", "점심", "저녁", "자기 전")
        ):
            yield Reason(Check.TIME, time, ", ".join(sorted(rivals)), "때")


def _in_other_words(time: str, text: str) -> bool:
    if time in ("그저께", "모레"):
        return bool(re.search(r"이틀 ?(?:뒤|후|있|지나)" if time == "모레" else r"이틀 ?(?:전|됐|째|되|정도|쯤)", text))
    if time in ("아침", "점심", "저녁", "식후"):
        return bool(re.search(r"세 ?끼|매 ?끼|끼니|밥 ?먹|식사 ?때", text))
    if time == "새벽":
        return bool(re.search(r"(?:[서너네다섯]|두세|두) ?시(?!간)", text))
    return time == "자기 전" and bool(re.search(r"잘 때|주무|자기|밤에|잠들", text))
