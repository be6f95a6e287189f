"""Which gold entries of a case are in a draft."""

from collections.abc import Sequence
from pathlib import Path

from evaluation.gold import GoldEntry, read_case
from evaluation.matching import match
from scribe.domain.entries import Entry


def survived(case: Path, drafted: Sequence[Entry]) -> tuple[tuple[str, bool], ...]:
    """Each gold entry of the consultation-case file, as "kind name", and whether the draft has it.

    Matched by name only: a draft from recognised text has other utterances than the case.
    """
    gold = read_case(case.read_bytes(), str(case)).entries
    matched = {id(pair.gold) for pair in match(drafted, gold)}
    return tuple((_title(entry), id(entry) in matched) for entry in gold)


def _title(entry: GoldEntry) -> str:
    return f"{entry.name}({entry.kind})"
