"""Whether the confidence of an entry is the share of such entries that are right.

An entry is right where gold has it and no major error was found in it.  The Brier score is the mean squared distance
between confidence and outcome; the expected calibration error is the mean distance between confidence and share right
over the bins, weighted by their entries (Naeini, Cooper, Hauskrecht 2015).
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

BINS = 10


@dataclass(frozen=True, slots=True)
class Judged:
    """An entry's kind, its confidence, and whether it is right."""

    kind: str
    confidence: float
    right: bool


@dataclass(frozen=True, slots=True)
class Bin:
    """Entries whose confidence lies in ``low`` to ``high`` (the last bin includes 1); None where there are none."""

    low: float
    high: float
    count: int
    confidence: float | None
    right: float | None


@dataclass(frozen=True, slots=True)
class Calibration:
    """The bins and the two scores; None over no entries."""

    bins: tuple[Bin, ...]
    count: int
    brier: float | None
    error: float | None


def calibration(judged: Sequence[Judged]) -> Calibration:
    """The reliability of confidences in ten bins of equal width."""
    if not judged:
        return Calibration(tuple(_bin(index, ()) for index in range(BINS)), 0, None, None)
    bins = tuple(
        _bin(index, [one for one in judged if min(int(one.confidence * BINS), BINS - 1) == index])
        for index in range(BINS)
    )
    return Calibration(bins, len(judged), brier(judged), _expected_error(bins, len(judged)))


def brier(judged: Sequence[Judged]) -> float:
    """Mean squared distance; needs at least one entry."""
    return sum((one.confidence - one.right) ** 2 for one in judged) / len(judged)


def _bin(index: int, members: Sequence[Judged]) -> Bin:
    return Bin(
        low=index / BINS,
        high=(index + 1) / BINS,
        count=len(members),
        confidence=_mean(one.confidence for one in members),
        right=_mean(float(one.right) for one in members),
    )


def _expected_error(bins: Iterable[Bin], count: int) -> float:
    return (
        sum(
            one.count * abs(one.confidence - one.right)
            for one in bins
            if one.confidence is not None and one.right is not None
        )
        / count
    )


def _mean(values: Iterable[float]) -> float | None:
    known = list(values)
    return sum(known) / len(known) if known else None
