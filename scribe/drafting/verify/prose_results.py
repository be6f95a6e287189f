"""Results and findings of a statement without evidence: normal or not, negative or positive."""

import re
from collections.abc import Iterator

from scribe.drafting.assertion import is_fine
from scribe.drafting.verify.consultation import Place
from scribe.drafting.verify.parts import Part
from scribe.drafting.verify.told import ProseClaim
from scribe.drafting.verify.verdict import Check, Reason

_ABNORMAL = re.compile(r"비정상|이상 ?(?:소견 ?)?있")
_NO_FAULT = re.compile(
    r"이상[은이]? ?없|괜찮|멀쩡|아무렇지|문제[는가]? ?없|깨끗|잘 [가-힣]+(?:어요|네요|았|었|됐)|[건것]도? ?없"
)
_FAULT = re.compile(r"이상[이은]? ?(?:있|하)|안 좋|나쁘|나빠")
_RESULT = re.compile(
    r"(?P<negative>음성(?! ?변화)|네거티브|네가티브)|(?P<positive>양성(?!\s?(?:종양|결절|으로|질환))|포지티브)"
)
_NOT_FOUND = re.compile(r"안 나[왔오]|없[어네고습]|아니|음성|깨끗|네거티브")
_NAMES = {"negative": "음성", "positive": "양성"}


def prose_results_agree(claim: ProseClaim) -> Iterator[Reason]:
    """What was said to be fine is not abnormal, and a negative result not positive."""
    for part in claim.parts:
        if part.is_condition:
            continue
        sentences = _sentences_about(claim, part)
        if _ABNORMAL.search(part.text) and (any(map(is_fine, sentences)) or _is_faultless(claim, part)):
            yield Reason(Check.POLARITY, part.text.strip(" ."), "정상", "결과")
        match = _RESULT.search(part.text)
        if match is None:
            continue
        said = {m.lastgroup for sentence in sentences for m in _RESULT.finditer(sentence)}
        own = _results_behind(claim, part)
        if match.lastgroup == "positive" and not (said or own) and any(map(_NOT_FOUND.search, sentences)):
            yield Reason(Check.POLARITY, match[0], "음성", "결과")
        elif (len(said) == 1 and match.lastgroup not in said) or (len(own) == 1 and match.lastgroup not in own):
            other = "positive" if match.lastgroup == "negative" else "negative"
            yield Reason(Check.POLARITY, match[0], _NAMES[other], "결과")


def _places(claim: ProseClaim, part: Part) -> list[Place]:
    """Where the part's terms and nouns were told, its own words of result left out."""
    places = [place for m in part.mentions if not m.nested for place in claim.places(m)]
    nouns = [noun for noun in claim.nouns if noun in part.text and not _RESULT.fullmatch(noun)]
    return places + [place for noun in nouns for place in claim.consultation.word_places(noun)]


def _results_behind(claim: ProseClaim, part: Part) -> set[str]:
    """The results that were told first behind each of the part's words, in the same sentence or in the answer."""
    found = set()
    turns = claim.consultation.turns
    for place in _places(claim, part):
        turn = turns[place.turn]
        last = turn.sentence_of(turn.clause_at(place.start))[-1].end
        result = _RESULT.search(turn.text, place.end, last)
        if result is None and place.is_asked and place.turn + 1 < len(turns):
            result = _RESULT.search(turns[place.turn + 1].text)
        if result is not None and result.lastgroup:
            found.add(result.lastgroup)
    return found


def _is_faultless(claim: ProseClaim, part: Part) -> bool:
    """Whether all that anyone said of the part's words is that nothing is wrong with them."""
    told = []
    for place in _places(claim, part):
        turn = claim.consultation.turns[place.turn]
        if not place.is_asked and not place.is_supposed:
            told.append(turn.sentence_text(turn.clause_at(place.start)))
    return any(map(_NO_FAULT.search, told)) and not any(map(_FAULT.search, told))


def _sentences_about(claim: ProseClaim, part: Part) -> list[str]:
    """What the clinicians told of the part's words: the sentences from each on, the words of judgement left out."""
    places = [place for m in part.mentions if not m.nested for place in claim.places(m)]
    nouns = [noun for noun in claim.nouns if noun in part.text]
    places += [place for noun in nouns for place in claim.consultation.word_places(noun)]
    found = []
    for place in places:
        turn = claim.consultation.turns[place.turn]
        if turn.role in ("clinician", "nurse") and not place.is_asked:
            found.append(turn.sentence_text(turn.clause_at(place.start)))
    judged = [sentence for sentence in found if is_fine(sentence) or _RESULT.search(sentence)]
    return judged if judged and not _ABNORMAL.search(part.text) else found
