"""Which of a record's diagnoses is the primary one (주상병): the order of the entries says so, nothing else does."""

from collections.abc import Iterable, Mapping
from typing import Literal

from scribe.domain.entries import Diagnosis, Entry

Rank = Literal["primary", "secondary"]


def ranks(entries: Iterable[Entry]) -> Mapping[str, Rank]:
    """The rank of each diagnosis by its id: the first that is not ruled out is primary; what is ruled out has none."""
    held = [entry.id for entry in entries if isinstance(entry, Diagnosis) and entry.certainty != "ruled_out"]
    return {name: "primary" if place == 0 else "secondary" for place, name in enumerate(held)}
