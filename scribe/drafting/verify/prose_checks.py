"""Judges a statement that cites no evidence against the whole consultation."""

from typing import Literal

from scribe.domain.statement import Statement
from scribe.drafting.verify.consultation import Consultation
from scribe.drafting.verify.prose_amounts import prose_amounts_agree
from scribe.drafting.verify.prose_certainty import prose_certainty_agrees
from scribe.drafting.verify.prose_clock import prose_clock_agrees
from scribe.drafting.verify.prose_frequencies import prose_frequencies_agree
from scribe.drafting.verify.prose_orders import prose_orders_agree, prose_routes_agree
from scribe.drafting.verify.prose_persons import prose_persons_agree
from scribe.drafting.verify.prose_places import prose_sides_agree, prose_times_agree
from scribe.drafting.verify.prose_presence import prose_presence_agrees
from scribe.drafting.verify.prose_results import prose_results_agree
from scribe.drafting.verify.prose_terms import prose_terms_were_told, prose_words_were_told
from scribe.drafting.verify.prose_units import prose_units_are_possible
from scribe.drafting.verify.told import ProseClaim
from scribe.drafting.verify.verdict import Check, Reason, Verdict

_CHECKS = (
    prose_amounts_agree,
    prose_frequencies_agree,
    prose_clock_agrees,
    prose_units_are_possible,
    prose_terms_were_told,
    prose_presence_agrees,
    prose_results_agree,
    prose_persons_agree,
    prose_sides_agree,
    prose_times_agree,
    prose_orders_agree,
    prose_routes_agree,
    prose_certainty_agrees,
    prose_words_were_told,
)
_MINOR = frozenset({Check.WORD, Check.FINDING})


def judge_prose(statement: Statement, consultation: Consultation) -> Verdict:
    """The verdict on a statement of any note: "partial" names what was not told beside what was.

    The evidence is the turns in which its terms, words and numbers were told.
    """
    claim = ProseClaim(statement.text, consultation)
    found = tuple(dict.fromkeys(reason for check in _CHECKS for reason in check(claim)))
    terms = {reason.word for reason in found if reason.check is not Check.WORD}
    found = tuple(r for r in found if r.check is not Check.WORD or not any(r.word in term for term in terms))
    turns = _told(claim)
    if not consultation.transcript.utterances:
        return Verdict(statement=statement.id, support="none", reasons=(Reason(Check.NO_EVIDENCE),))
    return Verdict(
        statement=statement.id,
        support=_support(claim, found),
        reasons=found,
        evidence=consultation.evidence(turns),
    )


def _told(claim: ProseClaim) -> set[int]:
    """A few turns that hold the most of the statement: those of each term, number and noun."""
    groups = [claim.turns(m) for m in claim.mentions if not m.nested]
    groups += [claim.word_turns(noun) for noun in claim.nouns]
    found: set[int] = set()
    for group in groups:
        if group and not found & group:
            found.add(min(group))
    return found


def _support(claim: ProseClaim, found: tuple[Reason, ...]) -> Literal["supported", "partial", "none"]:
    if not found:
        return "supported"
    if any(reason.check not in _MINOR for reason in found):
        return "none"
    missing = {reason.word for reason in found}
    told = {m.surface for m in claim.mentions if not m.nested} | set(claim.nouns)
    return "none" if told <= missing else "partial"
