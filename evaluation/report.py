"""The written report of ``scribe eval cases``: report.json for machines, report.html for people."""

import json
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path

from evaluation.cases import CaseResult, total
from evaluation.figures import JsonValue, case_figures, figures
from evaluation.machine import Machine
from evaluation.mutations import MutationFigures
from evaluation.page import page
from evaluation.trend import FORMAT, Baseline
from scribe.domain.files import write_file
from scribe.domain.formats import write_draft


def write_report(
    results: Sequence[CaseResult],
    machine: Machine,
    broken: Sequence[str],
    folder: Path,
    *,
    mutations: MutationFigures | None = None,
    mutated: int = 0,
    baseline: Baseline | None = None,
) -> None:
    """Writes drafts/<id>.json, report.json and report.html into a folder that :func:`output_folder` has made."""
    for result in results:
        write_file(folder / "drafts" / f"{result.case.id}.json", write_draft(result.draft))
    document = (
        json.dumps(report_json(results, machine, broken, mutations, mutated), ensure_ascii=False, indent=1) + "\n"
    )
    write_file(folder / "report.json", document.encode())
    write_file(
        folder / "report.html",
        page(results, machine, broken, mutations=mutations, mutated=mutated, baseline=baseline).encode(),
    )


def report_json(
    results: Sequence[CaseResult],
    machine: Machine,
    broken: Sequence[str],
    mutations: MutationFigures | None = None,
    mutated: int = 0,
) -> dict[str, JsonValue]:
    """All figures, overall and case by case; ``mutated`` cases gave the statements that were corrupted."""
    return {
        "format": FORMAT,
        "machine": {**asdict(machine), "seconds": round(machine.seconds, 3)},
        "overall": figures(total(results)),
        "mutations": {"cases": mutated, **mutations.as_json()} if mutations else None,
        "cases": [case_figures(result) for result in results],
        "broken": list(broken),
    }


def write_mutations(figures: MutationFigures, machine: Machine, broken: Sequence[str], folder: Path) -> str:
    """Writes mutations.json, whose text is returned, and missed.tsv: every corruption that went unnoticed."""
    document = {
        "format": "scribe-eval-mutations/1",
        "machine": asdict(machine),
        **figures.as_json(),
        "broken": list(broken),
    }
    written = json.dumps(document, ensure_ascii=False, indent=1)
    write_file(folder / "mutations.json", f"{written}\n".encode())
    lines = ["source\tclass\ttext"]
    for source in figures.sources:
        lines += [f"{source.source}\t{one.kind}\t{text}" for one in source.classes for text in one.missed]
        lines += [f"{source.source}\tfalse alarm\t{text}" for text in source.alarms]
    write_file(folder / "missed.tsv", ("\n".join(lines) + "\n").encode())
    return written
