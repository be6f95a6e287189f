"""The figures of ``scribe eval cases``: drafted entries, note and summary against gold, case by case and overall."""

import unicodedata
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from evaluation.calibration import Calibration, Judged, calibration
from evaluation.critical import CriticalError, critical_errors
from evaluation.fields import FIELDS, field_verdicts
from evaluation.gold import Case, GoldEntry
from evaluation.matching import Pair, match
from evaluation.taxonomy import Fault, FaultClass, FaultCount, count, faults
from evaluation.watching import StageTime, Watch, seconds_by_stage
from scribe.domain.encounter import Encounter
from scribe.domain.entries import KINDS, Entry
from scribe.domain.note import Draft
from scribe.domain.statement import Section
from scribe.domain.transcript import Transcript
from scribe.drafting.extract import Unread
from scribe.drafting.observer import Observer

Drafting = Callable[[Transcript, Encounter, Observer], Draft]


@dataclass(frozen=True, slots=True)
class Score:
    """Counts of matched, drafted and gold items, and the shares that follow."""

    matched: int = 0
    drafted: int = 0
    gold: int = 0

    def __add__(self, other: "Score") -> "Score":
        return Score(self.matched + other.matched, self.drafted + other.drafted, self.gold + other.gold)

    @property
    def precision(self) -> float | None:
        return self.matched / self.drafted if self.drafted else None

    @property
    def recall(self) -> float | None:
        return self.matched / self.gold if self.gold else None

    @property
    def f1(self) -> float | None:
        return 2 * self.matched / (self.drafted + self.gold) if self.drafted + self.gold else None


@dataclass(frozen=True, slots=True)
class Share:
    """How many of how many were right."""

    right: int = 0
    of: int = 0

    def __add__(self, other: "Share") -> "Share":
        return Share(self.right + other.right, self.of + other.of)

    @property
    def value(self) -> float | None:
        return self.right / self.of if self.of else None


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseResult:
    """One case measured; ``missed`` and ``extra`` are the entries that found no partner."""

    case: Case
    draft: Draft
    pairs: tuple[Pair, ...]
    missed: tuple[GoldEntry, ...]
    extra: tuple[Entry, ...]
    kinds: dict[str, Score]
    fields: dict[str, Share]
    evidence: Score
    critical: tuple[CriticalError, ...]
    traps: tuple[str, ...]
    unsupported: tuple[str, ...]
    faults: tuple[Fault, ...]
    times: tuple[StageTime, ...] = ()
    unread: tuple[Unread, ...] = ()
    raw: Mapping[str, float] = field(default_factory=dict)

    @property
    def micro(self) -> Score:
        return sum(self.kinds.values(), Score())

    @property
    def judged(self) -> tuple[Judged, ...]:
        """The drafted entries that state a confidence: right where gold has them and no major error is in them."""
        return self._judged({e.id: e.confidence for e in self.draft.entries if e.confidence is not None})

    @property
    def raw_judged(self) -> tuple[Judged, ...]:
        """The same entries with the confidence that their extractors stated."""
        return self._judged(self.raw)

    def _judged(self, confidence: Mapping[str, float]) -> tuple[Judged, ...]:
        wrong = {fault.entry for fault in self.faults if fault.severity == "major"}
        found = {pair.drafted.id for pair in self.pairs}
        return tuple(
            Judged(entry.kind, confidence[entry.id], entry.id in found and entry.id not in wrong)
            for entry in self.draft.entries
            if entry.id in confidence
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Totals:
    """The same over all cases."""

    kinds: dict[str, Score]
    fields: dict[str, Share]
    evidence: Score
    critical: int
    traps: int
    unsupported: int
    mean_sentence_eojeol: float | None
    difficult_terms: int
    grade: float | None
    faults: dict[FaultClass, FaultCount]
    calibration: Calibration
    raw_calibration: Calibration
    seconds: dict[str, float]
    unread: int
    micro: Score = field(default_factory=Score)


def measure(case: Case, drafting: Drafting) -> CaseResult:
    """Drafts one case and holds the draft against its gold."""
    watch = Watch()
    draft = drafting(case.transcript, case.encounter, watch)
    pairs = match(draft.entries, case.entries)
    missed = tuple(gold for gold in case.entries if not any(pair.gold is gold for pair in pairs))
    extra = tuple(entry for entry in draft.entries if not any(pair.drafted is entry for pair in pairs))
    critical = critical_errors(pairs, extra, case)
    return CaseResult(
        case=case,
        draft=draft,
        pairs=pairs,
        missed=missed,
        extra=extra,
        kinds={kind: _score(kind, pairs, draft.entries, case.entries) for kind in KINDS},
        fields=_field_shares(pairs),
        evidence=_evidence(pairs),
        critical=critical,
        traps=tuple(trap for trap in case.traps if _is_said(trap, draft)),
        unsupported=tuple(
            statement.id
            for section in draft.note.sections
            for statement in section.statements
            if statement.support not in ("supported", "edited")
        ),
        faults=faults(pairs, missed, extra, critical),
        times=watch.times,
        unread=watch.unread,
        raw=watch.raw,
    )


def total(results: Sequence[CaseResult]) -> Totals:
    """Micro figures over the cases; readability is the mean over the summaries that state it."""
    kinds = {kind: sum((result.kinds[kind] for result in results), Score()) for kind in KINDS}
    readings = [result.draft.patient_summary.readability for result in results]
    known = [reading for reading in readings if reading is not None]
    grades = [reading.grade for reading in known if reading.grade is not None]
    return Totals(
        kinds=kinds,
        micro=sum(kinds.values(), Score()),
        fields={name: sum((result.fields[name] for result in results), Share()) for name in FIELDS},
        evidence=sum((result.evidence for result in results), Score()),
        critical=sum(len(result.critical) for result in results),
        traps=sum(len(result.traps) for result in results),
        unsupported=sum(len(result.unsupported) for result in results),
        mean_sentence_eojeol=_mean([reading.mean_sentence_eojeol for reading in known]),
        difficult_terms=sum(len(reading.difficult_terms) for reading in known),
        grade=_mean(grades),
        faults=count(fault for result in results for fault in result.faults),
        calibration=calibration([judged for result in results for judged in result.judged]),
        raw_calibration=calibration([judged for result in results for judged in result.raw_judged]),
        seconds=seconds_by_stage([time for result in results for time in result.times]),
        unread=sum(len(result.unread) for result in results),
    )


def _score(kind: str, pairs: Iterable[Pair], drafted: Iterable[Entry], gold: Iterable[GoldEntry]) -> Score:
    return Score(
        sum(pair.gold.kind == kind for pair in pairs),
        sum(entry.kind == kind for entry in drafted),
        sum(entry.kind == kind for entry in gold),
    )


def _field_shares(pairs: Iterable[Pair]) -> dict[str, Share]:
    shares = dict.fromkeys(FIELDS, Share())
    for pair in pairs:
        for name, right in field_verdicts(pair).items():
            shares[name] += Share(int(right), 1)
    return shares


def _evidence(pairs: Iterable[Pair]) -> Score:
    """Evidence utterances of the matched pairs."""
    score = Score()
    for pair in pairs:
        ours = {item.utterance for item in pair.drafted.evidence}
        score += Score(len(ours & pair.gold.utterances), len(ours), len(pair.gold.utterances))
    return score


def _is_said(trap: str, draft: Draft) -> bool:
    wanted = unicodedata.normalize("NFC", trap)
    return any(wanted in text for text in _texts((*draft.note.sections, *draft.patient_summary.sections)))


def _texts(sections: Iterable[Section]) -> Iterable[str]:
    return (statement.text for section in sections for statement in section.statements)


def _mean(values: Sequence[float]) -> float | None:
    return sum(values) / len(values) if values else None
