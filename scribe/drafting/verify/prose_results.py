"""Results and findings of a statement without evidence: normal or not, negative or positive."""

import re
from collections.abc import Iterator

from scribe.drafting.assertion import is_fine
from scribe.drafting.verify.parts import Part
from scribe.drafting.verify.told import ProseClaim
from scribe.drafting.verify.verdict import Check, Reason

_ABNORMAL = re.compile(r"비정상|이상 ?(?:소견 ?)?있")


_RESULT = re.compile(r"(?P<negative>음성)|(?P<positive>양성(?!\s?(?:종양|결절|으로|질환)))")


_NOT_FOUND = re.compile(r"안 나[왔오]|없[어네고습]|아니|음성|깨끗")


def prose_results_agree(claim: ProseClaim) -> Iterator[Reason]:
    """What was said to be fine is not abnormal, and a negative result not positive."""
    for part in claim.parts:
        if part.is_condition:
            continue
        sentences = _sentences_about(claim, part)
        if _ABNORMAL.search(part.text) and any(is_fine(sentence) for sentence in sentences):
            yield Reason(Check.POLARITY, part.text.strip(" ."), "정상", "결과")
        match = _RESULT.search(part.text)
        said = {m.lastgroup for sentence in sentences for m in _RESULT.finditer(sentence)}
        if match and match.lastgroup == "positive" and not said and any(map(_NOT_FOUND.search, sentences)):
            yield Reason(Check.POLARITY, match[0], "음성", "결과")
        if match and len(said) == 1 and match.lastgroup not in said:
            yield Reason(Check.POLARITY, match[0], "음성" if "negative" in said else "양성", "결과")


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
