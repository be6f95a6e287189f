"""What a physician wishes to have written anew after the transcript was corrected."""

from dataclasses import dataclass
from typing import Literal

RewritingState = Literal["waiting", "done", "failed"]


@dataclass(frozen=True, slots=True, kw_only=True)
class RewriteWish:
    """Statements and entries by their ids, ``everything`` stale that no physician wrote, or the ``whole`` draft."""

    statements: frozenset[str] = frozenset()
    entries: frozenset[str] = frozenset()
    everything: bool = False
    whole: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Rewritten:
    """How many statements were written anew, how many went, how many facts are offered besides."""

    rewritten: int = 0
    removed: int = 0
    offered: int = 0
