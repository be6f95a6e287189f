"""What reading a dialogue gives: entries, what was taken back, contradictions, and what no entry cites."""

from dataclasses import dataclass
from typing import Literal

from scribe.domain.entries import Entry, Evidence

UnreadReason = Literal["drug", "number", "symptom", "plan"]
DoubtKind = Literal["name", "term", "unit", "strength", "pressure"]


@dataclass(frozen=True, slots=True)
class Retracted:
    """Words said and taken back, where they stand, and the words that hold instead."""

    text: str
    evidence: Evidence
    instead: Evidence


@dataclass(frozen=True, slots=True)
class Rejected:
    """A drug, test or procedure that was mentioned and not ordered; ``reason`` is why it is none."""

    name: str
    evidence: Evidence
    reason: Literal["negated", "considered", "hypothetical"]


@dataclass(frozen=True, slots=True)
class Conflict:
    """Two statements of the dialogue that cannot both hold."""

    name: str
    first: Evidence
    second: Evidence


@dataclass(frozen=True, slots=True)
class Unread:
    """An utterance that holds something clinical which no entry cites."""

    utterance: str
    reason: UnreadReason


@dataclass(frozen=True, slots=True)
class Doubt:
    """An entry that holds only if the physician confirms it.

    ``said`` is what the text has, ``read`` what the entry made of it: a medicine's name that was probably misheard, a
    unit that the medicine's form contradicts, an amount that its strengths do not make up and the order therefore
    leaves out (``read`` is the medicine), a blood pressure written as something else.
    """

    kind: DoubtKind
    entry: str
    said: str
    read: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """The facts of a consultation with their evidence, in the order in which they were said.

    ``said`` pairs the ids of entries with the words that their terms stand for.
    """

    entries: tuple[Entry, ...]
    retracted: tuple[Retracted, ...] = ()
    rejected: tuple[Rejected, ...] = ()
    conflicts: tuple[Conflict, ...] = ()
    unread: tuple[Unread, ...] = ()
    doubts: tuple[Doubt, ...] = ()
    chief_complaint: str | None = None
    said: tuple[tuple[str, str], ...] = ()
