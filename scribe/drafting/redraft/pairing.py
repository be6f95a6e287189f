"""Which entry or statement of one draft is which of another: two readings of nearly the same dialogue."""

import re
from collections.abc import Iterable, Mapping, Sequence

from rapidfuzz import fuzz

from scribe.domain.entries import Entry, Evidence
from scribe.domain.statement import Section, Statement

_SAME_WORDS = 0.5
"""The share of common words from which two entries of other names, or other kinds, are two readings of one fact."""
_ALIKE = 0.3
_LABEL = re.compile("[^:]{2,8}: ")
"""What a sentence tells of ("주호소: "): sentences of the same facts differ by it."""


def pair_entries(old: Sequence[Entry], new: Sequence[Entry]) -> dict[str, str]:
    """For ids of ``new``, the id in ``old`` of the same fact; each stands for one at most.

    The same fact has the same kind and name, or rests on the same words.
    """
    scores = [
        (score, -there, -here, other.id, one.id)
        for here, one in enumerate(old)
        for there, other in enumerate(new)
        if (score := _entry_score(one, other)) > 0
    ]
    pairs: dict[str, str] = {}
    taken: set[str] = set()
    for _, _, _, fresh, known in sorted(scores, reverse=True):
        if fresh not in pairs and known not in taken:
            pairs[fresh] = known
            taken.add(known)
    return pairs


def _entry_score(one: Entry, other: Entry) -> float:
    shared = _common(one.evidence, other.evidence)
    same_kind, same_name = one.kind == other.kind, _folded(one.name) == _folded(other.name)
    if not (same_kind and same_name) and shared < _SAME_WORDS and not (same_kind and shared > 0):
        return 0.0
    status = getattr(one, "status", None) == getattr(other, "status", None)
    return 2.0 * same_kind + 2.0 * same_name + 2.0 * shared + 0.5 * status


def pair_statements(
    section: Section, fresh: Iterable[Section], twins: Mapping[str, str]
) -> dict[str, tuple[Statement, ...]]:
    """For ids of the section's statements, what the same section of ``fresh`` says instead, in its order.

    ``twins`` are the ids of the draft's entries for those of the fresh ones.
    """
    told = [s for one in fresh if one.code == section.code for s in one.statements]
    pairs: dict[str, list[Statement]] = {}
    for statement in told:
        scored = [(_statement_score(one, statement, twins), -at) for at, one in enumerate(section.statements)]
        best = max(scored, default=(0.0, 0))
        if best[0] >= _ALIKE:
            pairs.setdefault(section.statements[-best[1]].id, []).append(statement)
    return {name: tuple(statements) for name, statements in pairs.items()}


def _statement_score(one: Statement, fresh: Statement, twins: Mapping[str, str]) -> float:
    mine, theirs = set(one.entries), {twins.get(name, name) for name in fresh.entries}
    entries = len(mine & theirs) / len(mine | theirs) if mine | theirs else 0.0
    words = _common(one.evidence, fresh.evidence)
    if not entries and not words and one.text != fresh.text:
        return 0.0
    labels = [label[0] if (label := _LABEL.match(text)) else "" for text in (one.text, fresh.text)]
    return entries + words + fuzz.ratio(one.text, fresh.text) / 200 + 0.5 * (labels[0] == labels[1])


def _common(one: Iterable[Evidence], other: Iterable[Evidence]) -> float:
    mine, theirs = _characters(one), _characters(other)
    return len(mine & theirs) / len(mine | theirs) if mine | theirs else 0.0


def _characters(evidence: Iterable[Evidence]) -> set[tuple[str, int]]:
    return {(item.utterance, at) for item in evidence for at in range(item.start, item.end)}


def _folded(text: str) -> str:
    return "".join(text.split())
