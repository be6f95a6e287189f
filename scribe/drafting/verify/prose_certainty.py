"""How certain a diagnosis of a statement without evidence was said to be."""

import re
from collections.abc import Iterator

from scribe.domain.entries import Diagnosis
from scribe.drafting.lexicon import Table
from scribe.drafting.terms import Mention
from scribe.drafting.verify import claims
from scribe.drafting.verify.facts_heard import (
    is_reaction,
    is_same,
)
from scribe.drafting.verify.parts import Part
from scribe.drafting.verify.told import ProseClaim
from scribe.drafting.verify.verdict import Check, Reason


def prose_certainty_agrees(claim: ProseClaim) -> Iterator[Reason]:
    """A diagnosis is as certain as it was read, or said, to be."""
    for part in claim.parts:
        diagnoses = [m for m in part.mentions if m.table is Table.DIAGNOSES and not m.nested]
        if is_reaction(claim, part):
            continue
        for mention in diagnoses if not part.is_condition and not claim.is_family_history else ():
            read = {
                entry.certainty
                for entry in claim.consultation.entries
                if isinstance(entry, Diagnosis) and is_same(entry, mention)
            }
            certainty = _certainty(part, mention)
            if not read and certainty == "suspected" and _is_never_hedged(claim, mention):
                yield Reason(Check.CERTAINTY, part.text.strip(" ."), "확진", "확실성")
            if not read or certainty in read or certainty not in ("suspected", "confirmed"):
                continue
            if "ruled_out" in read or (certainty == "confirmed" and not _is_a_diagnosis(claim, part, mention)):
                continue
            if certainty == "suspected" and not _is_never_hedged(claim, mention):
                continue
            said = "의심" if "suspected" in read else "배제" if "ruled_out" in read else "확진"
            if not (certainty == "confirmed" and _was_stated(claim, mention)):
                yield Reason(Check.CERTAINTY, part.text.strip(" ."), said, "확실성")


def _is_never_hedged(claim: ProseClaim, mention: Mention) -> bool:
    """Whether the clinicians named the disease, and never as something that only may be."""
    said = []
    for place in claim.places(mention):
        turn = claim.consultation.turns[place.turn]
        if turn.role == "clinician" and not place.is_asked:
            said.append(turn.sentence_text(turn.clause_at(place.start)))
    return bool(said) and not any(claims.doubted(sentence) for sentence in said)


def _is_a_diagnosis(claim: ProseClaim, part: Part, mention: Mention) -> bool:
    """Whether the part gives the disease as its diagnosis: with a code, or with little else."""
    coded = re.search(r"\([A-Z]\d\d", claim.text) is not None
    return coded or (len(part.text.strip(" .")) <= len(mention.surface) + 8 and "없" not in part.text)


def _was_stated(claim: ProseClaim, mention: Mention) -> bool:
    """Whether the disease was also told without any doubt, as a history is."""
    for place in claim.places(mention):
        turn = claim.consultation.turns[place.turn]
        sentence = turn.sentence_text(turn.clause_at(place.start))
        if turn.is_patient_side and not place.is_asked and place.polarity == "present" and not claims.hedged(sentence):
            return True
    return False


def _certainty(part: Part, mention: Mention) -> str:
    own = part.asserts(mention.end, mention.start)
    after = part.text[mention.end :]
    hedge = claims.stated_certainty(after)
    if hedge != "confirmed":
        return hedge
    before = part.text[: mention.start]
    if "r/o" in before.lower() or "rule out" in before.lower():
        return "suspected"
    return {"absent": "ruled_out", "either": "either"}.get(own, "confirmed")
