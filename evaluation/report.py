"""The written report of ``scribe eval cases``: report.json for machines, report.html for people."""

import json
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path

from evaluation.cases import CaseResult, total
from evaluation.figures import JsonValue, case_figures, figures
from evaluation.machine import Machine
from evaluation.page import page
from evaluation.trend import FORMAT, Baseline
from scribe.domain.files import write_file
from scribe.domain.formats import write_draft


def write_report(
    results: Sequence[CaseResult],
    machine: Machine,
    broken: Sequence[str],
    folder: Path,
    baseline: Baseline | None = None,
) -> None:
    """Writes drafts/<id>.json, report.json and report.html into a folder that :func:`output_folder` has made."""
    for result in results:
        write_file(folder / "drafts" / f"{result.case.id}.json", write_draft(result.draft))
    document = json.dumps(report_json(results, machine, broken), ensure_ascii=False, indent=1) + "\n"
    write_file(folder / "report.json", document.encode())
    write_file(folder / "report.html", page(results, machine, broken, baseline).encode())


def report_json(results: Sequence[CaseResult], machine: Machine, broken: Sequence[str]) -> dict[str, JsonValue]:
    """All figures, overall and case by case."""
    return {
        "format": FORMAT,
        "machine": {**asdict(machine), "seconds": round(machine.seconds, 3)},
        "overall": figures(total(results)),
        "cases": [case_figures(result) for result in results],
        "broken": list(broken),
    }
