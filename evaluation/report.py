"""The written report of ``scribe eval cases``: report.json for machines, report.html for people."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from rich.table import Table

from evaluation.cases import (
    CaseResult,
    JsonValue,
    Score,
    Totals,
    case_figures,
    figures,
    total,
)
from evaluation.fields import FIELDS
from evaluation.gold import GoldEntry
from scribe.domain.entries import KINDS, Entry
from scribe.domain.formats import write_draft

_HERE = Path(__file__).parent
_SPEAKERS = {"doctor": "의사", "patient": "환자", "guardian": "보호자", "nurse": "간호사", "unknown": "미상"}


@dataclass(frozen=True, slots=True)
class Machine:
    """What the figures were measured on; ``seconds`` is the drafting time of all cases together."""

    platform: str
    python: str
    processors: int
    seconds: float


def write_report(results: Sequence[CaseResult], machine: Machine, broken: Sequence[str], folder: Path) -> None:
    """Writes drafts/<id>.json, report.json and report.html; the folder is made where it is missing."""
    drafts = folder / "drafts"
    drafts.mkdir(parents=True, exist_ok=True)
    for result in results:
        (drafts / f"{result.case.id}.json").write_bytes(write_draft(result.draft))
    document = report_json(results, machine, broken)
    (folder / "report.json").write_text(json.dumps(document, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
    (folder / "report.html").write_text(report_html(results, machine, broken), encoding="utf-8")


def report_json(results: Sequence[CaseResult], machine: Machine, broken: Sequence[str]) -> dict[str, JsonValue]:
    """All figures, overall and case by case."""
    cases: list[JsonValue] = [dict(case_figures(result)) for result in results]
    return {
        "format": "scribe-eval-cases/1",
        "machine": {
            "platform": machine.platform,
            "python": machine.python,
            "processors": machine.processors,
            "seconds": round(machine.seconds, 3),
        },
        "overall": figures(total(results)),
        "cases": cases,
        "broken": list(broken),
    }


def report_html(results: Sequence[CaseResult], machine: Machine, broken: Sequence[str]) -> str:
    """One page without anything from outside: tables, and each case with transcript, gold and draft."""
    environment = Environment(loader=FileSystemLoader(_HERE / "templates"), autoescape=True, undefined=StrictUndefined)
    environment.filters["share"] = _percent
    environment.filters["about"] = _about
    return environment.get_template("cases.html").render(
        totals=total(results),
        results=results,
        machine=machine,
        broken=broken,
        fields=FIELDS,
        kinds=KINDS,
        speakers=_SPEAKERS,
        cited={result.case.id: _cited(result) for result in results},
    )


def _percent(value: float | None) -> str:
    return "–" if value is None else f"{value * 100:.1f}"


def _about(fact: Entry | GoldEntry) -> str:
    """The fact's fields in a few words."""
    words: list[str] = []
    for name in (
        "status",
        "category",
        "certainty",
        "action",
        "value",
        "unit",
        "finding",
        "in_days",
        "times_per_day",
        "duration_days",
    ):
        value = getattr(fact, name, None)
        if value is not None:
            words.append(f"{value:g}" if isinstance(value, float) else str(value))
    dose = getattr(fact, "dose", None)
    if dose is not None:
        words.append(dose if isinstance(dose, str) else f"{dose.value:g} {dose.unit}")
    code = getattr(fact, "code", None)
    if code is not None:
        words.append(code if isinstance(code, str) else code.code)
    return " · ".join(words)


def _cited(result: CaseResult) -> dict[str, str]:
    """How each utterance fares: "missed" where a missed fact rests on it, "extra", "found" or nothing."""
    marks: dict[str, str] = {}
    for pair in result.pairs:
        marks |= dict.fromkeys((item.utterance for item in pair.drafted.evidence), "found")
    for entry in result.extra:
        for item in entry.evidence:
            marks.setdefault(item.utterance, "extra")
    for gold in result.missed:
        marks |= dict.fromkeys(gold.utterances, "missed")
    return marks


def tables(totals: Totals, results: Sequence[CaseResult]) -> tuple[Table, Table, Table]:
    """The figures for the terminal: by kind, by field, by case."""
    return _kind_table(totals), _field_table(totals), _case_table(results)


def _kind_table(totals: Totals) -> Table:
    table = Table(title="Entries by kind", title_justify="left")
    for name in ("kind", "gold", "drafted", "matched", "precision", "recall", "F1"):
        table.add_column(name, justify="left" if name == "kind" else "right")
    for kind, score in totals.kinds.items():
        if score.gold or score.drafted:
            table.add_row(kind, *_cells(score))
    table.add_section()
    table.add_row("all (micro)", *_cells(totals.micro))
    return table


def _cells(score: Score) -> tuple[str, ...]:
    counts = (str(score.gold), str(score.drafted), str(score.matched))
    return (*counts, _percent(score.precision), _percent(score.recall), _percent(score.f1))


def _field_table(totals: Totals) -> Table:
    table = Table(title="Fields over matched entries", title_justify="left")
    for name in ("field", "right", "of", "share"):
        table.add_column(name, justify="left" if name == "field" else "right")
    for name, share in totals.fields.items():
        table.add_row(name, str(share.right), str(share.of), _percent(share.value))
    return table


def _case_table(results: Sequence[CaseResult]) -> Table:
    table = Table(title="Cases", title_justify="left")
    for name in ("case", "F1", "critical", "must not", "unsupported", "evidence recall"):
        table.add_column(name, justify="left" if name == "case" else "right")
    for result in results:
        table.add_row(
            result.case.id,
            _percent(result.micro.f1),
            str(len(result.critical)),
            str(len(result.traps)),
            str(len(result.unsupported)),
            _percent(result.evidence.recall),
        )
    return table
