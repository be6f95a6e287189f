"""The worklist: what state each consultation is in and what to do about it."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal, Protocol

from scribe.store.records import EncounterRecord, Problem, Stage
from scribe.web.labels import SEOUL, patient_bar, time_of_day

StateKey = Literal["waiting", "recognizing", "review", "signed", "delivered", "held"]


class Progress(Protocol):
    """How far a consultation has come, as encounter records and standings know it."""

    @property
    def stage(self) -> Stage: ...

    @property
    def problem(self) -> Problem | None: ...

    @property
    def capture_destroyed(self) -> bool: ...

    @property
    def note_version(self) -> int | None: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class State:
    """A state as the worklist shows it; ``kind`` is its style, ``hint`` says what to do."""

    key: StateKey
    label: str
    kind: str
    action: str
    hint: str = ""


WAITING = State(key="waiting", label="대기", kind="waiting", action="보기")
RECOGNIZING = State(key="recognizing", label="인식 중", kind="busy", action="보기")
REVIEW = State(key="review", label="검토 필요", kind="attention", action="검토하기")
SIGNED = State(key="signed", label="서명됨", kind="signed", action="기록 보기")
DELIVERED = State(key="delivered", label="전달됨", kind="done", action="기록 보기")

_BY_STAGE: dict[Stage, State] = {"new": WAITING, "drafted": REVIEW, "signed": SIGNED, "delivered": DELIVERED}
_HELD: dict[Problem, str] = {
    "nothing_said": "녹음에서 알아들은 말이 없습니다",
    "recognition_failed": "음성 인식이 끝나지 못했습니다",
    "drafting_failed": "초안을 쓰지 못했습니다",
    "delivery_rejected": "병원 시스템이 받지 않았습니다",
    "delivery_parked": "병원 시스템에 전달하지 못했습니다",
    "visit_cancelled": "병원에서 접수를 취소했습니다",
}


def _held(hint: str) -> State:
    return State(key="held", label="보류", kind="held", action="확인하기", hint=hint)


STATES: tuple[State, ...] = (REVIEW, RECOGNIZING, WAITING, SIGNED, DELIVERED, _held(""))


def state_of(record: Progress) -> State:
    """The state of a consultation; whatever stands in the way of the work is "보류" with its reason."""
    if record.problem is not None:
        return _held(_HELD[record.problem])
    if record.capture_destroyed and record.note_version is None:
        return _held("환자가 녹음 동의를 철회했습니다")
    return _BY_STAGE.get(record.stage, RECOGNIZING)


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """A consultation in the list."""

    href: str
    time: str
    date: str
    name: str
    sex_and_age: str
    registration: str
    setting: str
    state: State


@dataclass(frozen=True, slots=True, kw_only=True)
class Filter:
    """A choice of state with the number of consultations in it; an empty key is all of them."""

    key: str
    label: str
    count: int
    current: bool


def rows(records: Iterable[EncounterRecord], state: str) -> tuple[Row, ...]:
    """The consultations in ``state``, or all of them where it is empty."""
    return tuple(_row(record) for record in records if state in {"", state_of(record).key})


def filters(records: Iterable[EncounterRecord], state: str) -> tuple[Filter, ...]:
    """All states, those without a consultation left out unless chosen."""
    counts = Counter(state_of(record).key for record in records)
    everything = Filter(key="", label="전체", count=sum(counts.values()), current=state == "")
    chosen = (
        Filter(key=one.key, label=one.label, count=counts[one.key], current=state == one.key)
        for one in STATES
        if counts[one.key] or state == one.key
    )
    return (everything, *chosen)


def _row(record: EncounterRecord) -> Row:
    bar = patient_bar(record.encounter)
    start = record.encounter.start.astimezone(SEOUL)
    return Row(
        href=f"/encounters/{record.id}",
        time=time_of_day(start),
        date=f"{start.month}월 {start.day}일",
        name=bar.name,
        sex_and_age=bar.sex_and_age,
        registration=bar.registration,
        setting=bar.setting,
        state=state_of(record),
    )
