"""What a physician wishes to have written anew after the transcript was corrected."""

from dataclasses import dataclass
from typing import Literal

from scribe.domain.note import Flag

RewritingState = Literal["waiting", "done", "failed"]


@dataclass(frozen=True, slots=True, kw_only=True)
class StaleChoice:
    """What of the stale things is meant: statements and entries by their ids, or ``everything`` that no physician
    wrote."""

    statements: frozenset[str] = frozenset()
    entries: frozenset[str] = frozenset()
    everything: bool = False

    def names(self, flag: Flag) -> bool:
        """Whether a stale flag is about what was chosen by id."""
        return bool(self.statements & set(flag.statements) or self.entries & set(flag.entries))


@dataclass(frozen=True, slots=True, kw_only=True)
class RewriteWish(StaleChoice):
    """What of the stale things is to be rewritten; ``whole``: the draft from its first word."""

    whole: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Rewritten:
    """How many statements were written anew, how many went, how many facts are offered besides."""

    rewritten: int = 0
    removed: int = 0
    offered: int = 0
