"""The summary that the patient takes home: from the same entries, in words a grandmother understands.

What is told in which section is chosen here, once for every language; how it is said stands in
:mod:`scribe.drafting.patient_words` (Korean) and :mod:`scribe.drafting.english_summary`.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

from scribe.domain.encounter import Encounter
from scribe.domain.entries import (
    Advice,
    Diagnosis,
    Entry,
    FollowUp,
    LabResult,
    MedicationOrder,
    Procedure,
    Referral,
    ReturnPrecaution,
    Symptom,
    TestOrder,
    Vital,
)
from scribe.domain.statement import Section, Statement
from scribe.domain.summary import PatientSummary
from scribe.drafting import english_summary, patient_words
from scribe.drafting.compose import merge_evidence, repeated, with_basis
from scribe.drafting.errors import UnknownLanguageError
from scribe.drafting.grid import medicine
from scribe.drafting.lines import Line, Reader, What
from scribe.drafting.readability import readability

CHILD_YEARS = 12
_FIRST_SYMPTOMS = 3
_RETURN = "추적 진료"

Chosen = Iterator[tuple[What, tuple[Entry, ...]]]


@dataclass(frozen=True, slots=True)
class _Visit:
    """What the sections choose from."""

    entries: Sequence[Entry]
    unconfirmed: frozenset[str]
    complaint: str

    def of(self, kind: type) -> Iterator[Entry]:
        return (entry for entry in self.entries if isinstance(entry, kind))


def summarise(
    entries: Sequence[Entry],
    encounter: Encounter,
    language: str = "ko",
    *,
    unconfirmed: frozenset[str] = frozenset(),
    chief_complaint: str | None = None,
) -> PatientSummary:
    """The summary in short sentences, with the medicine grid, its readability and who answers for it.

    Says what the patient has, takes and does: never what was denied or ruled out, nor a relative's disease.  Numbers
    and drug names stay as they are in the entries; an order whose id is in ``unconfirmed`` is not told as certain.
    Every statement carries entries and evidence; ``support`` is "none" until the verifier has judged it.  Empty
    sections are left out.  "en" tells the same statements (ids, entries, evidence) in English.  Readability is
    measured in Korean alone.  Raises UnknownLanguageError for any other language.
    """
    if language not in ("ko", "en"):
        raise UnknownLanguageError(language=language)
    patient = encounter.patient
    is_child = patient is not None and patient.age_on(encounter.start.date()) < CHILD_YEARS
    reader = Reader(is_child=is_child, setting=encounter.setting)
    visit = _Visit(entries, unconfirmed, chief_complaint or "")
    drafted = _distinct((code, _lines(choose(visit), reader)) for code, choose in _SECTIONS)
    write = patient_words.TITLES if language == "ko" else english_summary.TITLES
    sections = _numbered(((code, write[code], lines) for code, lines in drafted), entries, language, reader)
    rows = (
        medicine(entry, is_confirmed=entry.id not in unconfirmed)
        for entry in entries
        if isinstance(entry, MedicationOrder) and not _is_given_at_once(entry, encounter)
    )
    table = tuple(row for row in rows if row is not None)
    return PatientSummary(
        language=language,
        sections=sections,
        medicines=table if language == "ko" else tuple(map(english_summary.medicine_row, table)),
        readability=readability(sections) if language == "ko" else None,
        notice=(patient_words if language == "ko" else english_summary).notice(encounter.practitioner),
    )


def _is_given_at_once(order: MedicationOrder, encounter: Encounter) -> bool:
    """What the emergency department gives without a word on how to go on is given there."""
    is_open = order.times_per_day is None and order.frequency is None and order.duration_days is None
    return encounter.setting == "emergency" and is_open


def _lines(chosen: Chosen, reader: Reader) -> Iterator[Line]:
    for what, entries in chosen:
        text = patient_words.sentence(what, entries, reader)
        if text:
            yield Line(what, text, entries, entries)


def _distinct(drafted: Iterable[tuple[str, Iterable[Line]]]) -> list[tuple[str, list[Line]]]:
    """Lines that say the same become one, where it is said first, resting on the entries of all."""
    places: dict[str, tuple[int, int]] = {}
    out: list[tuple[str, list[Line]]] = []
    for number, (code, lines) in enumerate(drafted):
        out.append((code, []))
        for line in lines:
            where = places.setdefault(line.text, (number, len(out[number][1])))
            if where == (number, len(out[number][1])):
                out[number][1].append(line)
                continue
            section, place = where
            known = out[section][1][place]
            out[section][1][place] = replace(known, entries=(*known.entries, *line.entries))
    return out


def _numbered(
    drafted: Iterable[tuple[str, str, list[Line]]], entries: Sequence[Entry], language: str, reader: Reader
) -> tuple[Section, ...]:
    sections: list[Section] = []
    count = 0
    for code, title, lines in drafted:
        statements = []
        for line in lines:
            ids = tuple(dict.fromkeys(entry.id for entry in line.entries))
            text = line.text if language == "ko" else english_summary.sentence(line.what, line.told, reader)
            statements.append(
                Statement(
                    id=f"p{count}", text=text, entries=ids, evidence=merge_evidence(with_basis(line.entries, entries))
                )
            )
            count += 1
        if statements:
            sections.append(Section(code=code, title=title, statements=tuple(statements)))
    return tuple(sections)


# -- what is told where ---------------------------------------------------------------------------------------------


def _today(visit: _Visit) -> Chosen:
    """The diagnoses; where there is none, that tests are to find the cause."""
    diagnoses = [entry for entry in visit.of(Diagnosis) if isinstance(entry, Diagnosis)]
    for entry in diagnoses:
        if entry.certainty == "confirmed":
            yield "diagnosis", (entry,)
    for entry in diagnoses:
        if entry.certainty == "suspected":
            yield "suspected", (entry,)
    tests = tuple(visit.of(TestOrder))
    if tests and all(entry.certainty == "ruled_out" for entry in diagnoses):
        yield "looked_into", tests


def _reason(visit: _Visit) -> Chosen:
    """The symptoms of the chief complaint first, then the others."""
    present = [e for e in visit.entries if isinstance(e, Symptom) and e.status == "present"]
    known = [e for e in visit.entries if isinstance(e, Diagnosis) and e.certainty == "confirmed"]
    if visit.complaint.endswith(_RETURN) and known:
        yield "return_visit", (known[0],)
        if present:
            yield "symptoms_too", tuple(present[:_FIRST_SYMPTOMS])
        return
    named = [entry for entry in present if entry.name in visit.complaint]
    first = (named or present)[:_FIRST_SYMPTOMS]
    more = [entry for entry in present if entry not in first and entry.name not in {e.name for e in first}]
    if first:
        yield "symptoms", tuple(first)
    if more:
        yield "symptoms_too", tuple(more[:_FIRST_SYMPTOMS])


def _findings(visit: _Visit) -> Chosen:
    yield from _measured([entry for entry in visit.entries if isinstance(entry, Vital)])
    for same in repeated([entry for entry in visit.entries if isinstance(entry, LabResult)]):
        yield "result", tuple(same)


def _measured(vitals: list[Vital]) -> Chosen:
    """The last plain blood pressure, the temperature and the oxygen: what patients ask for."""
    systolic = [vital for vital in vitals if vital.name == "수축기혈압"]
    diastolic = [vital for vital in vitals if vital.name == "이완기혈압"]
    if systolic and len(systolic) == len(diastolic):
        yield "blood_pressure", (systolic[-1], diastolic[-1])
    for name in ("체온", "산소포화도", "체중"):
        told = [vital for vital in vitals if vital.name == name]
        if told:
            yield "vital", (told[-1],)


def _medicines(visit: _Visit) -> Chosen:
    for entry in visit.of(MedicationOrder):
        if entry.id in visit.unconfirmed:
            yield "unconfirmed", (entry,)
            continue
        yield "medicine", (entry,)
        yield "medicine_more", (entry,)


def _advice(visit: _Visit) -> Chosen:
    for entry in visit.of(Advice):
        yield "advice", (entry,)


def _next(visit: _Visit) -> Chosen:
    for entry in visit.of(TestOrder):
        yield "test", (entry,)
    for entry in visit.of(Procedure):
        yield "procedure", (entry,)
    for entry in visit.of(Referral):
        yield "referral", (entry,)
    for entry in visit.of(FollowUp):
        yield "follow_up", (entry,)


def _warning(visit: _Visit) -> Chosen:
    for entry in visit.of(ReturnPrecaution):
        yield "warning", (entry,)


_SECTIONS: tuple[tuple[str, Callable[[_Visit], Chosen]], ...] = (
    ("today", _today),
    ("reason", _reason),
    ("findings", _findings),
    ("medicines", _medicines),
    ("advice", _advice),
    ("next", _next),
    ("warning", _warning),
)
