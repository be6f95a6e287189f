"""The figures for the terminal."""

from collections.abc import Sequence

from rich.table import Table

from evaluation.cases import CaseResult, Score, Totals
from evaluation.mutations import MutationFigures
from evaluation.page import share, signed
from evaluation.taxonomy import CLASSES
from evaluation.trend import Baseline, Change


def tables(totals: Totals, results: Sequence[CaseResult], baseline: Baseline | None = None) -> tuple[Table, ...]:
    """By kind, by field, errors by class, by case; beside an earlier run where there is one."""
    change = Change.between(baseline, totals) if baseline else None
    return (
        _kind_table(totals, change),
        _field_table(totals),
        _fault_table(totals),
        _case_table(results, baseline),
    )


def mutation_table(figures: MutationFigures) -> Table:
    """What the verifier catches of each class of error, and how many true statements it doubts, by source."""
    names = [one.source for one in figures.sources]
    table = _table(
        "Verifier on corrupted statements",
        "class",
        *(f"{name} {part}" for name in names for part in ("caught", "%")),
    )
    kinds = dict.fromkeys(one.kind for source in figures.sources for one in source.classes if one.made)
    for kind in kinds:
        caught = [next(one for one in source.classes if one.kind == kind) for source in figures.sources]
        table.add_row(kind, *(cell for one in caught for cell in (f"{one.caught}/{one.made}", share(one.recall))))
    table.add_section()
    table.add_row("all", *(cell for one in figures.sources for cell in (f"{one.caught}/{one.made}", share(one.recall))))
    alarms = [
        cell for one in figures.sources for cell in (f"{one.false_alarms}/{one.judged}", share(one.false_alarm_rate))
    ]
    table.add_row("false alarms", *alarms)
    return table


def _kind_table(totals: Totals, change: Change | None) -> Table:
    table = _table("Entries by kind", "kind", "gold", "drafted", "matched", "precision", "recall", "F1")
    if change:
        table.add_column("change", justify="right")
    for kind, score in totals.kinds.items():
        if score.gold or score.drafted:
            table.add_row(kind, *_cells(score), *([signed(change.kinds[kind])] if change else []))
    table.add_section()
    table.add_row("all (micro)", *_cells(totals.micro), *([signed(change.micro)] if change else []))
    return table


def _cells(score: Score) -> tuple[str, ...]:
    counts = (str(score.gold), str(score.drafted), str(score.matched))
    return (*counts, share(score.precision), share(score.recall), share(score.f1))


def _field_table(totals: Totals) -> Table:
    table = _table("Fields over matched entries", "field", "right", "of", "share")
    for name, right in totals.fields.items():
        table.add_row(name, str(right.right), str(right.of), share(right.value))
    return table


def _fault_table(totals: Totals) -> Table:
    table = _table("Errors", "class", "major", "minor")
    for name in CLASSES:
        table.add_row(name, str(totals.faults[name].major), str(totals.faults[name].minor))
    return table


def _case_table(results: Sequence[CaseResult], baseline: Baseline | None) -> Table:
    table = _table("Cases", "case", "F1", "critical", "must not", "unsupported", "major", "minor", "evidence recall")
    if baseline:
        table.add_column("change", justify="right")
    for result in results:
        major = sum(fault.severity == "major" for fault in result.faults)
        before = baseline.case_f1(result.case.id) if baseline else None
        now = result.micro.f1
        change = signed(now - before if now is not None and before is not None else None)
        table.add_row(
            result.case.id,
            share(now),
            str(len(result.critical)),
            str(len(result.traps)),
            str(len(result.unsupported)),
            str(major),
            str(len(result.faults) - major),
            share(result.evidence.recall),
            *([change] if baseline else []),
        )
    return table


def _table(title: str, *columns: str) -> Table:
    table = Table(title=title, title_justify="left")
    for number, name in enumerate(columns):
        table.add_column(name, justify="right" if number else "left", no_wrap=True)
    return table
