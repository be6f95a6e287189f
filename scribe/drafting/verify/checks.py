"""All checks of a statement, in the order in which their reasons are told."""

from scribe.drafting.verify.claim import Claim
from scribe.drafting.verify.number_checks import amounts_agree, entry_amounts_agree
from scribe.drafting.verify.place_checks import sides_agree, times_agree
from scribe.drafting.verify.presence_checks import entry_negations_agree, nouns_agree, polarity_agrees
from scribe.drafting.verify.role_checks import actions_agree, certainty_agrees, routes_agree, subjects_agree
from scribe.drafting.verify.term_checks import drugs_were_said, terms_were_said, words_were_said
from scribe.drafting.verify.verdict import Check, Reason

_CHECKS = (
    amounts_agree,
    entry_amounts_agree,
    entry_negations_agree,
    drugs_were_said,
    terms_were_said,
    polarity_agrees,
    nouns_agree,
    sides_agree,
    times_agree,
    actions_agree,
    routes_agree,
    subjects_agree,
    certainty_agrees,
    words_were_said,
)


def reasons(claim: Claim) -> tuple[Reason, ...]:
    """Every reason to doubt the statement, each once."""
    found = dict.fromkeys(reason for check in _CHECKS for reason in check(claim))
    terms = {reason.word for reason in found if reason.check is not Check.WORD}
    return tuple(r for r in found if r.check is not Check.WORD or not any(r.word in term for term in terms))
