"""The figures as JSON; a share that has no denominator is null."""

from dataclasses import asdict

from evaluation.calibration import Calibration
from evaluation.cases import CaseResult, Score, Totals, total
from evaluation.taxonomy import Fault

JsonValue = str | int | float | bool | None | list["JsonValue"] | dict[str, "JsonValue"]


def figures(totals: Totals) -> dict[str, JsonValue]:
    """The totals of one case or of all."""
    return {
        "micro": score_figures(totals.micro),
        "kinds": {kind: score_figures(score) for kind, score in totals.kinds.items() if score.drafted or score.gold},
        "fields": {name: {**asdict(share), "share": _round(share.value)} for name, share in totals.fields.items()},
        "evidence": {"precision": _round(totals.evidence.precision), "recall": _round(totals.evidence.recall)},
        "critical_errors": totals.critical,
        "errors": {name: {"major": counted.major, "minor": counted.minor} for name, counted in totals.faults.items()},
        "must_not_contain": totals.traps,
        "statements_without_support": totals.unsupported,
        "unclassified_utterances": totals.unread,
        "calibration": _calibration(totals.calibration),
        "raw_calibration": _calibration(totals.raw_calibration),
        "readability": {
            "mean_sentence_eojeol": _round(totals.mean_sentence_eojeol),
            "difficult_terms": totals.difficult_terms,
            "grade": _round(totals.grade),
        },
        "processor_seconds": {stage: round(seconds, 4) for stage, seconds in totals.seconds.items()},
    }


def case_figures(result: CaseResult) -> dict[str, JsonValue]:
    """The totals of one case, and what was missed, extra and wrong."""
    return {
        "id": result.case.id,
        **figures(total([result])),
        "critical": [asdict(error) for error in result.critical],
        "faults": [_fault(fault) for fault in result.faults],
        "traps": list(result.traps),
        "missed": [{"kind": gold.kind, "name": gold.name} for gold in result.missed],
        "extra": [{"kind": entry.kind, "name": entry.name, "id": entry.id} for entry in result.extra],
        "unread": [{"utterance": unread.utterance, "reason": unread.reason} for unread in result.unread],
    }


def score_figures(score: Score) -> dict[str, JsonValue]:
    return {
        "matched": score.matched,
        "drafted": score.drafted,
        "gold": score.gold,
        "precision": _round(score.precision),
        "recall": _round(score.recall),
        "f1": _round(score.f1),
    }


def _fault(fault: Fault) -> dict[str, JsonValue]:
    return {
        "class": fault.fault,
        "severity": fault.severity,
        "kind": fault.kind,
        "name": fault.name,
        "detail": fault.detail,
        "entry": fault.entry,
        "turns": list(fault.turns),
    }


def _calibration(found: Calibration) -> dict[str, JsonValue]:
    return {
        "entries": found.count,
        "brier": _round(found.brier),
        "expected_calibration_error": _round(found.error),
        "bins": [
            {
                "low": one.low,
                "high": one.high,
                "entries": one.count,
                "confidence": _round(one.confidence),
                "right": _round(one.right),
            }
            for one in found.bins
        ],
    }


def _round(value: float | None) -> float | None:
    return None if value is None else round(value, 4)
