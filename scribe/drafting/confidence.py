"""From how sure a reader of entries is to how often such entries were right.

Each extractor states a raw confidence by rule (how plainly something was said).  ``confidence.toml`` maps it to the
share of such entries that agreed with gold, as measured by ``scribe eval calibrate``: a monotone table for each kind
with enough entries, one over all kinds for the others.
"""

import tomllib
from bisect import bisect_left
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from functools import cache
from importlib import resources

from scribe.domain.entries import Entry


@dataclass(frozen=True, slots=True)
class Curve:
    """Raw confidences in rising order and the shares right, which never fall; linear between, level above.

    Below the lowest confidence that was measured nothing is known: what states less keeps what it states.
    """

    raw: tuple[float, ...]
    right: tuple[float, ...]

    def __post_init__(self) -> None:
        rising = all(low < high for low, high in zip(self.raw, self.raw[1:], strict=False))
        level = all(low <= high for low, high in zip(self.right, self.right[1:], strict=False))
        if not self.raw or len(self.raw) != len(self.right) or not rising or not level:
            raise ValueError("a calibration curve needs rising raw confidences with shares that never fall")
        if not all(0 <= share <= 1 for share in self.right):
            raise ValueError("a share right lies between 0 and 1")

    def at(self, raw: float) -> float:
        """The share right of entries with that raw confidence."""
        position = bisect_left(self.raw, raw)
        if position == 0:
            return self.right[0] if raw == self.raw[0] else min(raw, self.right[0])
        if position == len(self.raw):
            return self.right[-1]
        low, high = self.raw[position - 1], self.raw[position]
        part = (raw - low) / (high - low)
        return self.right[position - 1] + part * (self.right[position] - self.right[position - 1])


@dataclass(frozen=True, slots=True)
class Curves:
    """The curve over all kinds, and those of the kinds that have one of their own."""

    all: Curve
    kinds: Mapping[str, Curve]

    def confidence(self, kind: str, raw: float) -> float:
        return round(self.kinds.get(kind, self.all).at(raw), 2)


@cache
def load_curves() -> Curves:
    """The curves of ``confidence.toml``."""
    text = resources.files(__package__).joinpath("confidence.toml").read_text(encoding="utf-8")
    return read_curves(text)


def read_curves(text: str) -> Curves:
    """The curves of a TOML text; ValueError where one is no curve."""
    document = tomllib.loads(text)
    return Curves(_curve(document["all"]), {kind: _curve(points) for kind, points in document.get("kinds", {}).items()})


def _curve(points: Mapping[str, list[float]]) -> Curve:
    return Curve(tuple(points["raw"]), tuple(points["right"]))


def calibrated(entries: Iterable[Entry], curves: Curves | None = None) -> tuple[Entry, ...]:
    """The entries with calibrated confidences, to two places; an entry that states none keeps none."""
    known = curves or load_curves()
    return tuple(
        entry if entry.confidence is None else replace(entry, confidence=known.confidence(entry.kind, entry.confidence))
        for entry in entries
    )
