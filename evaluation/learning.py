"""Learns the calibration curves of entry confidence from judged entries, and how well they hold on other cases."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from evaluation.calibration import Calibration, Judged, calibration
from evaluation.errors import TooFewEntriesError
from scribe.drafting.confidence import Curve, Curves

FOLDS = 5
_FEWEST = 50
"""Entries a kind needs for a curve of its own."""
_PRIOR = 10.0
"""Entries' worth of the share over all that each level of confidence starts from."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Learned:
    """The curves over all entries; ``before`` and ``after`` are the scores of raw and cross-validated confidences."""

    curves: Curves
    cases: int
    entries: int
    before: Calibration
    after: Calibration


def learn(cases: Sequence[Sequence[Judged]]) -> Learned:
    """Curves from the entries of all cases, each case's entries scored by curves that never saw that case's fold.

    Curves by kind are kept only where they predict held-out cases better than one curve does.  Raises
    TooFewEntriesError where there is too little to learn from.
    """
    entries = [one for case in cases for one in case]
    if len(entries) < _FEWEST or len(cases) < FOLDS:
        raise TooFewEntriesError(entries=len(entries), cases=len(cases), fewest=_FEWEST, folds=FOLDS)
    pooled, by_kind = _held_out(cases, _pooled), _held_out(cases, _by_kind)
    best, fit = (by_kind, _by_kind) if _brier(by_kind) < _brier(pooled) else (pooled, _pooled)
    return Learned(
        curves=fit(entries),
        cases=len(cases),
        entries=len(entries),
        before=calibration(entries),
        after=calibration(best),
    )


def write_toml(learned: Learned, source: str) -> str:
    """The table as ``scribe/drafting/confidence.toml`` holds it, with how it was made."""
    before, after = learned.before, learned.after
    lines = [
        "# From the raw confidence of an extractor to the share of such entries that agreed with gold; monotone.",
        "# Made by `scribe eval calibrate`; never edited by hand.",
        f"# Isotonic regression over levels of raw confidence, each level drawn to the share over all by {_PRIOR:g}",
        f"# entries; the scores after are of {FOLDS}-fold cross-validation by case.",
        "",
        "[made]",
        f'from = "{source}"',
        f"cases = {learned.cases}",
        f"entries = {learned.entries}",
        f"brier = {{ before = {_score(before.brier)}, after = {_score(after.brier)} }}",
        f"calibration_error = {{ before = {_score(before.error)}, after = {_score(after.error)} }}",
        "",
        "[all]",
        *_points(learned.curves.all),
    ]
    for kind, curve in sorted(learned.curves.kinds.items()):
        lines += ["", f"[kinds.{kind}]", *_points(curve)]
    return "\n".join(lines) + "\n"


def _score(value: float | None) -> str:
    return "0.0" if value is None else f"{value:.4f}"


def _points(curve: Curve) -> list[str]:
    return [
        f"raw = [{', '.join(f'{value:g}' for value in curve.raw)}]",
        f"right = [{', '.join(f'{value:.3f}' for value in curve.right)}]",
    ]


_Fit = Callable[[Sequence[Judged]], Curves]


def _held_out(cases: Sequence[Sequence[Judged]], fit: _Fit) -> list[Judged]:
    """Every entry with the confidence that curves learned from the other folds give it."""
    scored: list[Judged] = []
    for fold in range(FOLDS):
        curves = fit([one for index, case in enumerate(cases) if index % FOLDS != fold for one in case])
        held = [one for index, case in enumerate(cases) if index % FOLDS == fold for one in case]
        scored += [Judged(one.kind, curves.confidence(one.kind, one.confidence), one.right) for one in held]
    return scored


def _pooled(entries: Sequence[Judged]) -> Curves:
    return Curves(_isotonic(entries, _share(entries)), {})


def _by_kind(entries: Sequence[Judged]) -> Curves:
    """A kind's levels are drawn to its own share, which is drawn to the share over all."""
    whole = _share(entries)
    kinds = {kind: [one for one in entries if one.kind == kind] for kind in {one.kind for one in entries}}
    curves = {
        kind: _isotonic(members, _drawn(members, whole)) for kind, members in kinds.items() if len(members) >= _FEWEST
    }
    return Curves(_isotonic(entries, whole), curves)


def _share(entries: Sequence[Judged]) -> float:
    return sum(one.right for one in entries) / len(entries)


def _drawn(members: Sequence[Judged], prior: float) -> float:
    return (sum(one.right for one in members) + _PRIOR * prior) / (len(members) + _PRIOR)


def _isotonic(entries: Sequence[Judged], prior: float) -> Curve:
    """Pool adjacent violators over the levels of raw confidence (Barlow et al. 1972)."""
    levels = sorted({one.confidence for one in entries})
    blocks: list[tuple[float, float, list[float]]] = []
    for level in levels:
        members = [one for one in entries if one.confidence == level]
        blocks.append((_drawn(members, prior), float(len(members)), [level]))
        while len(blocks) > 1 and blocks[-2][0] > blocks[-1][0]:
            (low, low_weight, low_levels), (high, high_weight, high_levels) = blocks[-2:]
            weight = low_weight + high_weight
            share = (low * low_weight + high * high_weight) / weight
            blocks[-2:] = [(share, weight, low_levels + high_levels)]
    points = [(level, round(share, 3)) for share, _, members_ in blocks for level in members_]
    return Curve(tuple(level for level, _ in points), tuple(share for _, share in points))


def _brier(scored: Sequence[Judged]) -> float:
    return sum((one.confidence - one.right) ** 2 for one in scored) / len(scored)
