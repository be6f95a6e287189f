"""What the report's page shows: cases as rows of joined facts beside the transcript they rest on."""

import hashlib
from base64 import b64encode
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from evaluation import labels, plots
from evaluation.cases import CaseResult, total
from evaluation.differences import FieldDifference, differences, fields_of
from evaluation.fields import FIELDS
from evaluation.machine import Machine
from evaluation.mutations import Caught, MutationFigures
from evaluation.taxonomy import CLASSES, SEVERITIES, Fault
from evaluation.trend import Baseline, Change
from evaluation.turns import Turn, turns_of
from scribe.domain.entries import KINDS, Evidence
from scribe.domain.statement import Statement
from scribe.web.labels import FLAGS, SEXES, SPEAKERS, SUPPORTS, clock
from scribe.web.quotes import quotes
from scribe.web.review.entry_view import KINDS as KIND_LABELS

_HERE = Path(__file__).parent / "templates"
Mark = Literal["found", "missed", "extra", "unread", ""]


@dataclass(frozen=True, slots=True, kw_only=True)
class FactRow:
    """A gold fact beside its draft; one side is None where it has no partner.

    ``evidence`` is what the draft cites ("u3:4-11 u5:0-7"), ``turns`` the gold's utterances ("u3 u5").
    """

    kind: str
    state: Literal["found", "differs", "missed", "extra"]
    gold: str | None
    drafted: str | None
    fields: tuple[FieldDifference, ...]
    faults: tuple[Fault, ...]
    confidence: float | None
    evidence: str
    turns: str
    quote: str


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseView:
    """One case as the page shows it."""

    result: CaseResult
    turns: tuple[Turn, ...]
    marks: Mapping[str, Mark]
    groups: tuple[tuple[str, tuple[FactRow, ...]], ...]
    people: str
    f1_change: float | None


def page(
    results: Sequence[CaseResult],
    machine: Machine,
    broken: Sequence[str],
    *,
    mutations: MutationFigures | None = None,
    mutated: int = 0,
    baseline: Baseline | None = None,
) -> str:
    """One page that needs nothing from outside: its policy allows its own script and style alone."""
    environment = Environment(
        loader=FileSystemLoader(_HERE), autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )
    environment.filters |= {
        "share": share,
        "signed": signed,
        "clock": clock,
        "cites": cites,
        "field": lambda name: labels.FIELDS.get(name, name),
        "value": lambda value: labels.VALUES.get(value, value),
    }
    style, script = (_HERE / "report.css").read_text("utf-8"), (_HERE / "report.js").read_text("utf-8")
    totals = total(results)
    return environment.get_template("cases.html").render(
        totals=totals,
        views=[_view(result, baseline) for result in results],
        change=Change.between(baseline, totals) if baseline else None,
        machine=machine,
        broken=broken,
        mutations=mutations,
        mutated=mutated,
        mutation_rows=_mutation_rows(mutations),
        fields=FIELDS,
        kinds=KINDS,
        classes=CLASSES,
        severities=SEVERITIES,
        labels=labels,
        kind_labels=KIND_LABELS,
        speakers=SPEAKERS,
        supports=SUPPORTS,
        flags=FLAGS,
        plots=plots,
        style=Markup(style),  # noqa: S704  (our own file)
        script=Markup(script),  # noqa: S704  (our own file)
        policy=f"default-src 'none'; style-src '{_hash(style)}'; script-src '{_hash(script)}'; base-uri 'none'",
    )


def _hash(text: str) -> str:
    return f"sha256-{b64encode(hashlib.sha256(text.encode()).digest()).decode()}"


def share(value: float | None) -> str:
    """Per cent with one decimal."""
    return "–" if value is None else f"{value * 100:.1f}"


def signed(value: float | None) -> str:
    """A change in points of per cent, with its sign."""
    return "" if value is None else "±0" if abs(value) < 0.0005 else f"{value * 100:+.1f}"


def cites(evidence: Iterable[Evidence]) -> str:
    """Evidence as the page's script reads it."""
    return " ".join(f"{item.utterance}:{item.start}-{item.end}" for item in evidence)


def _view(result: CaseResult, baseline: Baseline | None) -> CaseView:
    draft, case = result.draft, result.case
    statements = _statements(result)
    cited = [item for entry in draft.entries for item in entry.evidence]
    cited += [item for statement in statements for item in statement.evidence]
    rows = _rows(result)
    groups = ((kind, tuple(row for row in rows if row.kind == kind)) for kind in KINDS)
    before = baseline.case_f1(case.id) if baseline else None
    patient = case.encounter.patient
    age = patient.age_on(case.encounter.start.date()) if patient else None
    return CaseView(
        result=result,
        turns=turns_of(case.transcript, cited),
        marks=_marks(result),
        groups=tuple((kind, members) for kind, members in groups if members),
        people=f"{SEXES[patient.sex]} {age}세" if patient else "",
        f1_change=result.micro.f1 - before if before is not None and result.micro.f1 is not None else None,
    )


def _mutation_rows(mutations: MutationFigures | None) -> list[tuple[str, tuple[Caught | None, ...]]]:
    """Each class of error with what was caught of it in every source."""
    if mutations is None:
        return []
    kinds = dict.fromkeys(one.kind for source in mutations.sources for one in source.classes if one.made)
    by_source = [{one.kind: one for one in source.classes} for source in mutations.sources]
    return [(kind, tuple(caught.get(kind) for caught in by_source)) for kind in kinds]


def _statements(result: CaseResult) -> tuple[Statement, ...]:
    sections = (*result.draft.note.sections, *result.draft.patient_summary.sections)
    return tuple(statement for section in sections for statement in section.statements)


def _rows(result: CaseResult) -> list[FactRow]:
    """Pairs in the order of gold, then what is missing, then what is too much."""
    rows = []
    for pair in result.pairs:
        faults = tuple(fault for fault in result.faults if fault.entry == pair.drafted.id)
        fields = differences(pair)
        differs = bool(faults) or any(one.agreement == "wrong" for one in fields)
        rows.append(
            FactRow(
                kind=pair.gold.kind,
                state="differs" if differs else "found",
                gold=pair.gold.name,
                drafted=pair.drafted.name,
                fields=fields,
                faults=faults,
                confidence=pair.drafted.confidence,
                evidence=cites(pair.drafted.evidence),
                turns=_turns(pair.gold.turns),
                quote=_quote(result, pair.drafted.evidence),
            )
        )
    return [*rows, *_missed_rows(result), *_extra_rows(result)]


def _missed_rows(result: CaseResult) -> Iterable[FactRow]:
    said = result.case.transcript.utterances
    for gold in result.missed:
        faults = tuple(f for f in result.faults if f.entry is None and (f.kind, f.name) == (gold.kind, gold.name))
        fields = tuple(
            FieldDifference(name=name, gold=value, drafted=None, agreement="left_out")
            for name, value in fields_of(gold)
        )
        yield FactRow(
            kind=gold.kind,
            state="missed",
            gold=gold.name,
            drafted=None,
            fields=fields,
            faults=faults[:1],
            confidence=None,
            evidence="",
            turns=_turns(gold.turns),
            quote=" … ".join(said[turn].text for turn in gold.turns),
        )


def _extra_rows(result: CaseResult) -> Iterable[FactRow]:
    for entry in result.extra:
        fields = tuple(
            FieldDifference(name=name, gold=None, drafted=value, agreement="added") for name, value in fields_of(entry)
        )
        yield FactRow(
            kind=entry.kind,
            state="extra",
            gold=None,
            drafted=entry.name,
            fields=fields,
            faults=tuple(fault for fault in result.faults if fault.entry == entry.id),
            confidence=entry.confidence,
            evidence=cites(entry.evidence),
            turns="",
            quote=_quote(result, entry.evidence),
        )


def _turns(turns: Iterable[int]) -> str:
    return " ".join(f"u{turn}" for turn in turns)


def _quote(result: CaseResult, evidence: Iterable[Evidence]) -> str:
    return " … ".join(quote.text for quote in quotes(result.case.transcript, evidence))


def _marks(result: CaseResult) -> dict[str, Mark]:
    """How each utterance fares: a missed fact weighs most, then an extra one, then what is unclassified."""
    marks: dict[str, Mark] = {unread.utterance: "unread" for unread in result.unread}
    for pair in result.pairs:
        for item in pair.drafted.evidence:
            marks.setdefault(item.utterance, "found")
    for entry in result.extra:
        marks |= {item.utterance: "extra" for item in entry.evidence}
    for gold in result.missed:
        marks |= dict.fromkeys(gold.utterances, "missed")
    return marks
