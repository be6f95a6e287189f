"""Which drafted entry is which gold entry: one to one within a kind, as many as can be."""

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass

from evaluation.gold import GoldDose, GoldEntry
from scribe.domain.entries import Dose, Entry

BIGRAM_SHARE = 0.4


@dataclass(frozen=True, slots=True)
class Pair:
    """A drafted entry matched with a gold entry."""

    drafted: Entry
    gold: GoldEntry


def folded(text: str) -> str:
    """NFKC, lower case, without spaces and punctuation."""
    return re.sub(r"[\W_]+", "", unicodedata.normalize("NFKC", text).casefold())


def bigram_share(one: str, other: str) -> float:
    """Dice coefficient of the character bigrams of two folded strings (0 to 1)."""
    first, second = _bigrams(folded(one)), _bigrams(folded(other))
    return 2 * len(first & second) / (len(first) + len(second)) if first and second else 0.0


def _bigrams(text: str) -> set[str]:
    return {text[i : i + 2] for i in range(len(text) - 1)}


def same_name(name: str, gold: GoldEntry) -> bool:
    """Equal, containing or contained, against the gold name and its aliases."""
    drafted = folded(name)
    return bool(drafted) and any(other in drafted or drafted in other for other in map(folded, gold.names) if other)


def is_match(drafted: Entry, gold: GoldEntry) -> bool:
    """By name or alias, or by a shared evidence utterance and enough common bigrams."""
    if drafted.kind != gold.kind:
        return False
    if same_name(drafted.name, gold):
        return True
    shared = gold.utterances & {item.utterance for item in drafted.evidence}
    return bool(shared) and any(bigram_share(drafted.name, name) >= BIGRAM_SHARE for name in gold.names)


def match(drafted: Sequence[Entry], gold: Sequence[GoldEntry]) -> tuple[Pair, ...]:
    """A largest one-to-one matching; among those the one whose pairs agree best in name, evidence and values."""
    pairs: list[Pair] = []
    for kind in dict.fromkeys(entry.kind for entry in gold):
        ours = [entry for entry in drafted if entry.kind == kind]
        theirs = [entry for entry in gold if entry.kind == kind]
        weights = [[_weight(mine, wanted) if is_match(mine, wanted) else 0.0 for wanted in theirs] for mine in ours]
        pairs += [Pair(ours[row], theirs[column]) for row, column in _heaviest(weights)]
    return tuple(pairs)


def _weight(drafted: Entry, gold: GoldEntry) -> float:
    """1000 a pair, so that more pairs always beat better ones."""
    exact = folded(drafted.name) in map(folded, gold.names)
    shared = bool(gold.utterances & {item.utterance for item in drafted.evidence})
    status = getattr(drafted, "status", None) == gold.status
    if gold.category is not None and (gold.category == "family") != (getattr(drafted, "category", None) == "family"):
        status = False
        shared = False
    return 1000 + 100 * _same_value(drafted, gold) + 40 * shared + 20 * exact + 10 * status


def _same_value(drafted: Entry, gold: GoldEntry) -> bool:
    value = getattr(drafted, "value", None)
    dose = getattr(drafted, "dose", None)
    if gold.value is not None:
        return value == gold.value
    if isinstance(gold.dose, GoldDose):
        return isinstance(dose, Dose) and dose.value == gold.dose.value
    return True


def _heaviest(weights: list[list[float]]) -> list[tuple[int, int]]:
    """The assignment of greatest total weight (Hungarian method); pairs of weight 0 are left out."""
    if not weights or not weights[0]:
        return []
    turned = len(weights) > len(weights[0])
    table = [list(column) for column in zip(*weights, strict=True)] if turned else weights
    chosen = _assign([[-weight for weight in row] for row in table])
    pairs = [(row, column) for row, column in enumerate(chosen) if table[row][column] > 0]
    return sorted((column, row) for row, column in pairs) if turned else pairs


def _assign(costs: list[list[float]]) -> list[int]:
    """The cheapest column for each row, no more rows than columns; O(rows² · columns)."""
    rows, columns = len(costs), len(costs[0])
    row_price, column_price = [0.0] * (rows + 1), [0.0] * (columns + 1)
    row_of = [0] * (columns + 1)
    for row in range(1, rows + 1):
        row_of[0], at = row, 0
        slack, came_from, done = [float("inf")] * (columns + 1), [0] * (columns + 1), [False] * (columns + 1)
        while row_of[at]:
            done[at] = True
            current, best, following = row_of[at], float("inf"), 0
            for column in range(1, columns + 1):
                if done[column]:
                    continue
                cost = costs[current - 1][column - 1] - row_price[current] - column_price[column]
                if cost < slack[column]:
                    slack[column], came_from[column] = cost, at
                if slack[column] < best:
                    best, following = slack[column], column
            for column in range(columns + 1):
                if done[column]:
                    row_price[row_of[column]] += best
                    column_price[column] -= best
                else:
                    slack[column] -= best
            at = following
        while at:
            row_of[at] = row_of[came_from[at]]
            at = came_from[at]
    chosen = [0] * rows
    for column in range(1, columns + 1):
        if row_of[column]:
            chosen[row_of[column] - 1] = column - 1
    return chosen
