"""The verifier: is every statement supported by what was said?

Judged by code alone, whatever wrote the statement: numbers, units, doses, drug names, presence and absence, sides,
times, the action of an order, the person and the certainty must be in the cited words of the dialogue; a statement that
cites nothing (a note from elsewhere) is judged against the whole consultation as the project's own reader reads it.
"""

import re
from collections.abc import Iterable, Sequence
from typing import Literal

from scribe.domain.encounter import Encounter
from scribe.domain.entries import Entry, Evidence
from scribe.domain.statement import Statement
from scribe.domain.transcript import Transcript
from scribe.drafting.verify.checks import reasons
from scribe.drafting.verify.claim import Claim
from scribe.drafting.verify.consultation import Consultation
from scribe.drafting.verify.passage import passage_of
from scribe.drafting.verify.polarity import mentions
from scribe.drafting.verify.prose_checks import judge_prose
from scribe.drafting.verify.verdict import Check, Reason, Verdict
from scribe.drafting.verify.vocabulary import is_template_word

__all__ = ["Check", "Reason", "Verdict", "verify"]

_LABEL = re.compile(r"^\s*(?:[가-힣/ ]{2,7}|C\.?C\.?|[SOAP])\s?:\s")
_MINOR = frozenset({Check.WORD, Check.FINDING})


def verify(
    transcript: Transcript,
    statements: Iterable[Statement],
    entries: Sequence[Entry] = (),
    *,
    encounter: Encounter | None = None,
) -> tuple[Verdict, ...]:
    """A verdict for each statement, in order.

    ``entries`` are those that the statements cite by id: they vouch for the wording of a finding ("요통" for "허리가
    아파요") and the statement must agree with them, but numbers, drug names, sides and times must be in the words
    themselves.  A statement that cites no evidence is judged against the whole consultation, which is then read once;
    ``encounter`` tells that reading the date and the patient.  Statements marked "edited" are the physician's own and
    come back supported.  What a person excluded from the transcript supports nothing.
    """
    known = {entry.id: entry for entry in entries}
    transcript = transcript.relevant
    consultation = Consultation(transcript, encounter)
    confirmed = transcript.confirmed
    return tuple(_judge(consultation, confirmed, statement, known) for statement in statements)


def _judge(consultation: Consultation, confirmed: Transcript, statement: Statement, known: dict[str, Entry]) -> Verdict:
    if statement.support == "edited":
        return Verdict(statement=statement.id, support="supported", evidence=statement.evidence)
    if not statement.evidence:
        return judge_prose(statement, consultation)
    transcript = consultation.transcript
    readable = _readable(transcript, statement.evidence)
    if not readable:
        return Verdict(statement=statement.id, support="none", reasons=(Reason(Check.NO_EVIDENCE),))
    passage = passage_of(confirmed, (item.utterance for item in readable))
    cited = tuple(known[entry] for entry in statement.entries if entry in known)
    found = reasons(Claim(_LABEL.sub(_blank, statement.text), cited, passage, "가족력" in statement.text))
    return Verdict(
        statement=statement.id, support=_support(found, statement), reasons=found, evidence=statement.evidence
    )


def _blank(label: re.Match[str]) -> str:
    """A label such as "과거력: " says nothing itself; "폐 청진: " does."""
    words = label[0].strip(" :").split()
    return " " * len(label[0]) if all(is_template_word(word) for word in words) else label[0]


def _support(found: tuple[Reason, ...], statement: Statement) -> Literal["supported", "partial", "none"]:
    if not found:
        return "supported"
    if any(reason.check not in _MINOR for reason in found):
        return "none"
    told = {mention.surface for mention in mentions(statement.text)}
    missing = {reason.word for reason in found if reason.check is Check.FINDING}
    return "none" if told and told <= missing else "partial"


def _readable(transcript: Transcript, evidence: Iterable[Evidence]) -> list[Evidence]:
    """The evidence that points at words which the transcript has."""
    out = []
    for item in evidence:
        utterance = transcript.utterance(item.utterance)
        if utterance is not None and item.start < len(utterance.text):
            out.append(item)
    return out
