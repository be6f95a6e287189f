"""Entries as rows a physician reads at a glance."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from types import MappingProxyType

from scribe.domain import entries as e
from scribe.domain.diagnoses import Rank, ranks
from scribe.domain.transcript import Transcript
from scribe.web.labels import amount, measured, number, route, unit
from scribe.web.quotes import Quote, quotes

KINDS: Mapping[str, str] = MappingProxyType(
    {
        "red_flag": "위험 신호",
        "symptom": "증상",
        "history": "병력",
        "allergy": "알레르기",
        "medication_statement": "복용 중인 약",
        "vital": "활력징후",
        "lab_result": "검사 결과",
        "exam": "진찰 소견",
        "diagnosis": "진단",
        "medication_order": "처방",
        "test_order": "검사 처방",
        "procedure": "처치·시술",
        "referral": "의뢰",
        "advice": "생활 지도",
        "follow_up": "다음 진료",
        "return_precaution": "재내원 안내",
    }
)
_STATUS = {
    "present": "있음",
    "absent": "없음",
    "resolved": "호전됨",
    "normal": "정상",
    "abnormal": "이상",
    "planned": "예정",
    "done": "시행",
}
_CERTAINTY = {"confirmed": "확진", "suspected": "의심", "ruled_out": "배제"}
_RANKS: Mapping[Rank, str] = MappingProxyType({"primary": "주상병", "secondary": "부상병"})
_ACTION = {"start": "시작", "continue": "유지", "change": "변경", "stop": "중단"}
_HISTORY = {
    "medical": "과거력",
    "surgical": "수술력",
    "family": "가족력",
    "social": "사회력",
    "obstetric": "산과력",
    "immunization": "예방접종력",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class EntryRow:
    """One entry: ``details`` are short phrases in reading order, ``rank`` says which diagnosis is the primary one."""

    id: str
    name: str
    status: str | None
    details: tuple[str, ...]
    code: str | None
    absent: bool
    quotes: tuple[Quote, ...]
    rank: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class EntryGroup:
    """The entries of one kind."""

    kind: str
    title: str
    rows: tuple[EntryRow, ...]


def entry_groups(entries: Sequence[e.Entry], transcript: Transcript | None) -> tuple[EntryGroup, ...]:
    """Entries by kind, danger signs first, each kind in the order of the draft; quotes where there is a transcript."""
    names = rank_names(entries)
    rows = [(one.kind, replace(entry_row(one, transcript), rank=names.get(one.id, ""))) for one in entries]
    groups = (
        EntryGroup(kind=kind, title=title, rows=tuple(row for row_kind, row in rows if row_kind == kind))
        for kind, title in KINDS.items()
    )
    return tuple(group for group in groups if group.rows)


def rank_names(entries: Iterable[e.Entry]) -> dict[str, str]:
    """What each diagnosis is called by its rank, by its id: 주상병, or 부상병."""
    return {name: _RANKS[rank] for name, rank in ranks(entries).items()}


def entry_row(entry: e.Entry, transcript: Transcript | None) -> EntryRow:
    """The entry in words; a field that the dialogue did not give is left out."""
    status, details = _status(entry), _details(entry)
    return EntryRow(
        id=entry.id,
        name=entry.name,
        status=status,
        details=tuple(detail for detail in details if detail),
        code=entry.code.code if entry.code else None,
        absent=getattr(entry, "status", None) == "absent" or getattr(entry, "certainty", None) == "ruled_out",
        quotes=quotes(transcript, entry.evidence) if transcript else (),
    )


def _status(entry: e.Entry) -> str | None:
    match entry:
        case e.Symptom() | e.History() | e.Allergy() | e.Exam() | e.Procedure():
            return _STATUS[entry.status]
        case e.Diagnosis():
            return _CERTAINTY[entry.certainty]
        case e.MedicationOrder():
            return _ACTION[entry.action]
        case _:
            return None


def _details(entry: e.Entry) -> tuple[str | None, ...]:
    return _told(entry) + _measured(entry) + _planned(entry)


def _told(entry: e.Entry) -> tuple[str | None, ...]:
    match entry:
        case e.Symptom():
            when = (entry.onset, entry.duration)
            return *when, measured(entry.severity), entry.quality, entry.location, entry.course, entry.relation
        case e.History():
            return _HISTORY[entry.category], entry.detail
        case e.Allergy():
            return (entry.reaction,)
        case e.MedicationStatement():
            return entry.dose, entry.frequency, entry.adherence
        case _:
            return ()


def _measured(entry: e.Entry) -> tuple[str | None, ...]:
    match entry:
        case e.Vital():
            return (f"{number(entry.value)} {unit(entry.unit)}",)
        case e.LabResult():
            return f"{number(entry.value)} {unit(entry.unit or '')}".strip(), entry.interpretation
        case e.Exam():
            return (entry.finding,)
        case _:
            return ()


def _planned(entry: e.Entry) -> tuple[str | None, ...]:
    match entry:
        case e.MedicationOrder():
            return _order_details(entry)
        case e.Referral():
            return (entry.to,)
        case e.FollowUp():
            return (entry.when,)
        case _:
            return ()


def _order_details(order: e.MedicationOrder) -> tuple[str | None, ...]:
    dose = amount(order.dose.value, order.dose.unit) if order.dose else None
    times = f"1일 {number(order.times_per_day)}회" if order.times_per_day and not order.frequency else None
    days = f"{order.duration_days}일분" if order.duration_days else None
    return dose, order.frequency or times, days, route(order.route) if order.route else None
