"""Whether a thing is said to be there: in a written statement, and in the dialogue that it rests on."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal

from scribe.domain.transcript import Utterance
from scribe.drafting.lexicon import Table
from scribe.drafting.terms import Mention, TermIndex
from scribe.drafting.verify.passage import Passage

Polarity = Literal["present", "absent", "unclear"]

_STATED = re.compile(
    r"(?P<absent>없|부인|아님|아니|않|배제|음성|비흡연|미접종|(?<![가-힣])안 [가-힣]|못함|정상|불필요|필요 ?없)"
    r"|(?P<present>있|호소|동반|양성|확인됨|관찰|발생|심함|악화)"
)
_UNCERTAIN = re.compile(r"(?:확실하(?:지|진)|분명하(?:지|진)) ?않[가-힣]*|불확실|이상 없[가-힣]*")
_SO_NOT = re.compile(r"고 ?그러(?:진|지는|지)? ?않|그런 (?:건|거|적)[은는이도]? ?(?:아니|없)|그렇(?:진|지는|지) ?않")
_NEGATION = re.compile(
    r"없|않|(?<![가-힣])안\s?(?!과|정|내|쪽|좋|녕|에|의)[가-힣]|(?<![가-힣])못\s?[가-힣]|아니|아닌|아닙|괜찮|멀쩡|정상|깨끗|그대로|음성"
)
_CLAUSE_END = re.compile(r"[.?!,\n]|(?<=[가-힣])(?:고요?|는데요?|은데|ㄴ데|지만|더니|다가|거든요)(?=\s)")
_NOT_SO = re.compile(r"아니|아뇨|없|(?<![가-힣])안\s?[가-힣]|괜찮|전혀|못\s?느|않|멀쩡|아직")
_YES = re.compile(r"^\s*(?:어|음|아|그)?[,.\s]*(?:네|예|응|있어|있습|맞아|맞습|그래요|좀)")
_ASKS = re.compile(r"(?:\?|(?:은요|는요|도요|은|는|(?<=[가-힣])나요|까요)[.…]*)$")
_TRAILS_OFF = re.compile(r"(?:거나|든지|든가|라든가|같은 거)[.…]*$")  # "소변이 안 나오거나 새거나." after a question
_ASKS_NEGATIVE = re.compile(r"없|않|안\s|진\s|지는\s|못")
_OVER = re.compile(r"나았|낫|멈췄|멈추|없어졌|좋아졌|괜찮아졌|가라앉|사라|끝났")
_LASTS = re.compile(  # what is not getting better is there: "고혈압이 아직 조절이 안 돼요"
    r"(?:조절|관리|호전|해결|회복|차도)[이은도가]?\s?(?:아직|잘|덜|별로|영|전혀|통)?\s?(?:안\s?[돼되됩있]|못\s?[하되]|되[지진]\s?않|없)[가-힣]*"
    r"|(?<![가-힣])(?:안|못)\s?(?:낫|나아|나았|나을|좋아|떨어|내려|가라앉|빠지|사라|없어|멎|멈)[가-힣]*"
    r"|(?:낫|나아지|좋아지|떨어지|내려가|가라앉|빠지|사라지|없어지|멎|멈추)[지질]?[는진]?\s?(?:않|못)[가-힣]*"
)
_FILLER = re.compile(r",\s*(?:음|어|그|저|뭐|아)\s*,")
_SENTENCE = re.compile(r"[^.?!\n]+[.?!]*")


@lru_cache(maxsize=4096)
def mentions(text: str) -> tuple[Mention, ...]:
    """The lexicon's terms in ``text``."""
    return tuple(TermIndex.load().find(text))


@dataclass(frozen=True, slots=True)
class Sentence:
    """A sentence of an utterance at ``start`` of its text."""

    text: str
    start: int

    @property
    def end(self) -> int:
        return self.start + len(self.text)


def sentences(text: str) -> Iterator[Sentence]:
    """The sentences of a text."""
    for match in _SENTENCE.finditer(text):
        yield Sentence(match[0], match.start())


def stated(text: str, mention: Mention) -> Polarity:
    """How a written statement asserts a term: "오한, 흉통 없음" denies both, "압통, 반발통 없음, 장음 정상" one each.

    A word of presence or absence in the term's own comma segment decides; else a single one at the end of the sentence
    holds for the whole list; several leave it unclear; none means present.
    """
    if mention.how == "predicate" and mention.negated:
        return "absent"
    return stated_at(text, mention.end)


def stated_at(text: str, end: int) -> Polarity:
    """As :func:`stated`, for what ends at ``end``."""
    scope = _UNCERTAIN.sub(" ", _same_bracket(text, end))
    segment, _, rest = scope.partition(",")
    own = _STATED.search(segment)
    if own is not None:
        return "absent" if own.lastgroup == "absent" else "present"
    later = {match.lastgroup for match in _STATED.finditer(rest)}
    segments = [part for part in rest.split(",") if _STATED.search(part)]
    if not later:
        return "present"
    if len(segments) > 1 or not _STATED.search(rest.rsplit(",", 1)[-1]):
        return "unclear"
    return "absent" if later == {"absent"} else "present" if later == {"present"} else "unclear"


def _same_bracket(text: str, end: int) -> str:
    """What follows in the same bracket and sentence, brackets opened later left out."""
    depth, out = 0, []
    for char in text[end:]:
        if char in "([":
            depth += 1
        elif char in ")]":
            depth -= 1
            if depth < 0:
                break
        elif depth == 0:
            if char in ".;\n":
                break
            out.append(char)
    return "".join(out)


@dataclass(frozen=True, slots=True)
class Spot:
    """A place in an utterance; ``negated`` where the words there deny themselves ("숨이 안 차요")."""

    start: int
    end: int
    is_predicate: bool = False
    negated: bool = False


def spot_of(mention: Mention) -> Spot:
    """Where a term of the lexicon stands."""
    return Spot(mention.start, mention.end, mention.how == "predicate", mention.negated)


def said(passage: Passage, utterance: Utterance, spot: Spot) -> Polarity:
    """How the dialogue asserts what stands at a spot: by its own clause, or for a question by the answer."""
    sentence = next(s for s in sentences(utterance.text) if spot.start < s.end)
    if _is_asked(sentence, utterance):
        return _answered(passage, utterance, sentence)
    return _clause_polarity(utterance.text, spot)


def _is_asked(sentence: Sentence, utterance: Utterance) -> bool:
    asks = _ASKS.search(sentence.text.rstrip()) is not None
    is_last = sentence.end >= len(utterance.text.rstrip()) - 1
    if utterance.speaker in ("patient", "guardian"):
        return asks and is_last
    return asks or (is_last and _TRAILS_OFF.search(sentence.text.rstrip()) is not None)


def _answered(passage: Passage, utterance: Utterance, sentence: Sentence) -> Polarity:
    answer = passage.following(utterance)
    if answer is None or answer.speaker == utterance.speaker:
        return "unclear"
    first = re.split(r"(?<=[.?!…])\s", answer.text.strip())[0]
    negative_question = bool(_ASKS_NEGATIVE.search(sentence.text))
    if re.match(r"^\s*(?:아니|아뇨)", first) or re.search(
        r"(?:그런|그건|거긴|둘 다|다)\s[^.]{0,8}(?:없|아니|괜찮)", first
    ):
        return "absent"
    if _YES.match(first):
        if _NOT_SO.search(first):
            return "absent"
        return "absent" if negative_question and len(first) <= 4 else "present" if not negative_question else "unclear"
    if re.match(r"^\s*(?:없|안\s|못|괜찮|멀쩡)", first):
        return "absent"
    return "unclear"


def _clause_polarity(text: str, spot: Spot) -> Polarity:
    """The clause from the spot to its end; what is over by now is neither plainly there nor absent."""
    after = _FILLER.sub(lambda match: " " * len(match[0]), text[spot.start :])
    size = spot.end - spot.start
    stop = _CLAUSE_END.search(after, max(size - 1, 1))
    clause = after[: stop.end()] if stop else after
    clause = _LASTS.sub(lambda match: " " * len(match[0]), clause)
    if _OVER.search(after[: len(clause) + 12]):
        return "unclear"
    if spot.negated or _SO_NOT.search(after[: len(clause) + 14]):
        return "absent"
    rest = clause[size:] if not spot.is_predicate else clause
    if not spot.is_predicate and _NEGATION.search(rest):
        return "absent"
    if spot.is_predicate and re.match(r"(?:[은는이도])?\s?없", after[size:]):
        return "absent"
    if spot.is_predicate and re.search(
        r"(?:지|진|지는|질)\s?(?:않|안|못)|(?:적|건|거|것)[은도이]?\s?(?:없|아니)", rest
    ):
        return "absent"
    return "present"


POLAR_TABLES = frozenset({Table.SYMPTOMS, Table.DIAGNOSES, Table.ALLERGENS, Table.HISTORIES})
