"""One saying about a symptom, and where in the words it stands."""

from dataclasses import dataclass

from scribe.domain.entries import Evidence, SymptomStatus
from scribe.drafting.dialogue import Turn
from scribe.drafting.lexicon import Table
from scribe.drafting.terms import Mention
from scribe.drafting.times import Period

FEVER = "발열"


@dataclass(frozen=True, slots=True)
class Observation:
    """One saying about a symptom; ``is_explicit`` where the words name it, not only answer a question."""

    term: str
    status: SymptomStatus
    turn: Turn
    mention: Mention | None
    evidence: tuple[Evidence, ...]
    is_explicit: bool
    place: str = ""
    period: Period | None = None


def clause_evidence(turn: Turn, mention: Mention) -> Evidence:
    first, last = turn.clause_at(mention.start), turn.clause_at(max(mention.start, mention.end - 1))
    return turn.evidence(first.start, last.end)


def site(turn: Turn, mention: Mention) -> str:
    """The body site named before the symptom's predicate in its clause; empty where none is."""
    clause = turn.clause_at(max(mention.start, mention.end - 1))
    sites = [site for site in turn.of(Table.BODY_SITES) if clause.start <= site.start and site.end <= mention.end]
    return sites[0].row.term if sites else ""
