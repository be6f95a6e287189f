"""Statements: the sentences of a note or a patient summary, and their sections."""

from dataclasses import dataclass
from typing import Literal

from scribe.domain.entries import Evidence

Support = Literal["supported", "partial", "none", "edited"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Statement:
    """One sentence, the entries it states and the words it rests on.

    ``edited`` marks text that a physician wrote or changed: it needs no evidence.  ``acknowledged`` is True where a
    physician read a statement that is not fully supported and kept it as it was drafted; None elsewhere.
    """

    id: str
    text: str
    entries: tuple[str, ...] = ()
    evidence: tuple[Evidence, ...] = ()
    support: Support = "none"
    acknowledged: Literal[True] | None = None

    @property
    def unsettled(self) -> bool:
        """True where nothing supports the statement and no physician has said that it stays."""
        return self.support == "none" and self.acknowledged is None


@dataclass(frozen=True, slots=True, kw_only=True)
class Section:
    """A titled part of a note or a summary; ``code`` is stable, ``title`` is what the reader sees."""

    code: str
    title: str
    statements: tuple[Statement, ...] = ()
