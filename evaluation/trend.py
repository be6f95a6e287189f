"""An earlier report beside this one: what changed, kind by kind, between two versions of the code."""

from dataclasses import dataclass
from pathlib import Path

from pydantic import BaseModel, ConfigDict, ValidationError

from evaluation.cases import Score, Totals
from evaluation.errors import WrongBaselineError
from scribe.domain.files import read_file

FORMAT = "scribe-eval-cases/1"


class _Score(BaseModel):
    model_config = ConfigDict(extra="ignore", frozen=True)
    f1: float | None = None
    precision: float | None = None
    recall: float | None = None


class _Figures(BaseModel):
    model_config = ConfigDict(extra="ignore", frozen=True)
    micro: _Score
    kinds: dict[str, _Score]
    critical_errors: int = 0
    statements_without_support: int = 0


class _Case(BaseModel):
    model_config = ConfigDict(extra="ignore", frozen=True)
    id: str
    micro: _Score


class _Report(BaseModel):
    model_config = ConfigDict(extra="ignore", frozen=True)
    format: str
    overall: _Figures
    cases: tuple[_Case, ...] = ()


@dataclass(frozen=True, slots=True)
class Baseline:
    """The figures of an earlier ``report.json``."""

    report: _Report

    def case_f1(self, case: str) -> float | None:
        """None where the earlier run had no such case."""
        return next((one.micro.f1 for one in self.report.cases if one.id == case), None)

    def same_cases(self, ids: tuple[str, ...]) -> bool:
        return sorted(one.id for one in self.report.cases) == sorted(ids)


def read_baseline(path: Path) -> Baseline:
    """The report of an earlier run; FileUnreadableError or WrongBaselineError say what is wrong with the file."""
    try:
        report = _Report.model_validate_json(read_file(path))
    except ValidationError as error:
        first = error.errors(include_input=False, include_url=False)[0]
        where = ".".join(str(part) for part in first["loc"]) or "the file"
        raise WrongBaselineError(file=path, problem=f"{where}: {first['msg'].lower()}") from None
    if report.format != FORMAT:
        raise WrongBaselineError(file=path, problem=f"format is not {FORMAT}")
    return Baseline(report)


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """F1 now minus then, None where one of the two has none."""

    micro: float | None
    precision: float | None
    recall: float | None
    kinds: dict[str, float | None]
    critical: int
    unsupported: int

    @classmethod
    def between(cls, baseline: Baseline, totals: Totals) -> "Change":
        before = baseline.report.overall
        return cls(
            micro=_minus(totals.micro.f1, before.micro.f1),
            precision=_minus(totals.micro.precision, before.micro.precision),
            recall=_minus(totals.micro.recall, before.micro.recall),
            kinds={kind: _of_kind(score, before.kinds.get(kind)) for kind, score in totals.kinds.items()},
            critical=totals.critical - before.critical_errors,
            unsupported=totals.unsupported - before.statements_without_support,
        )


def _of_kind(score: Score, before: _Score | None) -> float | None:
    return _minus(score.f1, before.f1 if before else None)


def _minus(now: float | None, before: float | None) -> float | None:
    return None if now is None or before is None else now - before
