"""Structured entries as forms: every field of a kind with its control, in the layout that the kind reads best in."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from types import MappingProxyType
from typing import Literal

from scribe.domain import entries as e
from scribe.domain.encounter import Encounter
from scribe.domain.note import Draft, Flag
from scribe.domain.transcript import Transcript
from scribe.drafting.lexicon import VitalRow, rows
from scribe.drafting.restate.wording import plain_entry
from scribe.web.labels import FLAGS, SEOUL, number, unit
from scribe.web.labels import route as route_name
from scribe.web.quotes import Quote, quotes
from scribe.web.review.entry_view import KINDS, entry_row, rank_names
from scribe.web.review.flag_names import flag_names

Control = Literal["text", "number", "select", "term", "date", "check", "code"]
Layout = Literal["table", "ranked", "list"]

_NAMED = {"present": "있음", "absent": "없음"}
_ROUTES = (
    "oral", "intravenous", "intramuscular", "subcutaneous", "sublingual", "topical", "transdermal", "inhaled",
    "ophthalmic", "otic", "nasal", "rectal", "vaginal",
)  # fmt: skip
_COUNTED = frozenset({"정", "캡슐", "포", "알", "병", "개", "mL", "{tbl}", "패치", "매", "방울"})
"""Units that are handed out: a total of them is what the pharmacy counts."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FieldSpec:
    """A field of a kind: how it is called and typed; ``terms`` names the search behind a name, ``rare`` fields are
    folded away while they are empty, ``listed`` is the list of usual values."""

    name: str
    label: str
    control: Control = "text"
    options: tuple[tuple[str, str], ...] = ()
    terms: str = ""
    width: str = ""
    required: bool = False
    rare: bool = False
    hint: str = ""
    listed: str = ""


def _name(terms: str = "", label: str = "이름") -> FieldSpec:
    return FieldSpec(
        name="name", label=label, control="term" if terms else "text", terms=terms, required=True, width="name"
    )


def _choice(name: str, label: str, options: Mapping[str, str]) -> FieldSpec:
    return FieldSpec(
        name=name, label=label, control="select", options=tuple(options.items()), required=True, width="short"
    )


def _rare(name: str, label: str, hint: str = "") -> FieldSpec:
    return FieldSpec(name=name, label=label, rare=True, hint=hint)


SPECS: Mapping[str, tuple[FieldSpec, ...]] = MappingProxyType(
    {
        "red_flag": (_name(),),
        "vital": (
            replace(_name(label="항목"), listed="vital-names"),
            FieldSpec(name="value", label="값", control="number", required=True, width="short"),
            FieldSpec(
                name="unit", label="단위", control="select", width="short",
                options=tuple((code, unit(code)) for code in ("", *sorted({row.unit for row in rows(VitalRow)}))),
            ),
        ),
        "diagnosis": (
            _name("diagnosis", "진단명"),
            FieldSpec(name="code", label="코드", control="code", width="short"),
            _choice("certainty", "확실성", {"confirmed": "확진", "suspected": "의심", "ruled_out": "배제"}),
        ),
        "medication_order": (
            _name("drug", "약"),
            FieldSpec(name="dose_value", label="1회량", control="number", width="tiny"),
            FieldSpec(name="dose_unit", label="단위", width="tiny"),
            FieldSpec(
                name="route", label="경로", control="select", width="short",
                options=(("", "–"), *((name, route_name(name)) for name in _ROUTES)),
            ),
            FieldSpec(name="times_per_day", label="1일 횟수", control="number", width="tiny"),
            FieldSpec(name="frequency", label="용법", width="wide", hint="1일 3회 식후 30분"),
            FieldSpec(name="duration_days", label="일수", control="number", width="tiny"),
            FieldSpec(name="as_needed", label="필요시", control="check", width="tiny"),
            _choice("action", "구분", {"start": "시작", "continue": "유지", "change": "변경", "stop": "중단"}),
        ),
        "test_order": (_name("test", "검사"),),
        "procedure": (_name("procedure", "처치"), _choice("status", "상태", {"planned": "예정", "done": "시행"})),
        "referral": (
            FieldSpec(name="to", label="의뢰할 곳", required=True, width="name"),
            FieldSpec(name="name", label="내용", required=True),
        ),
        "follow_up": (
            FieldSpec(name="date", label="날짜", control="date", width="date"),
            FieldSpec(name="when", label="언제", width="short", hint="2주 뒤"),
            _rare("name", "내용"),
        ),
        "symptom": (
            _name(label="증상"),
            _choice("status", "상태", {**_NAMED, "resolved": "호전됨"}),
            _rare("onset", "시작", "그저께부터"),
            _rare("duration", "기간", "3일"),
            _rare("severity", "정도", "NRS 7/10"),
            _rare("quality", "양상"),
            _rare("location", "부위"),
            _rare("course", "경과"),
            _rare("relation", "관련", "운동, 식사"),
        ),
        "history": (
            _name(label="병력"),
            _choice(
                "category", "구분",
                {
                    "medical": "과거력", "surgical": "수술력", "family": "가족력", "social": "사회력",
                    "obstetric": "산과력", "immunization": "예방접종력",
                },
            ),
            _choice("status", "상태", _NAMED),
            FieldSpec(name="detail", label="자세히", width="wide"),
        ),
        "allergy": (_name(label="물질"), _choice("status", "상태", _NAMED), FieldSpec(name="reaction", label="반응")),
        "medication_statement": (
            _name("drug", "약"),
            FieldSpec(name="dose", label="용량", width="short"),
            FieldSpec(name="frequency", label="용법"),
            _rare("adherence", "복약 상태"),
        ),
        "lab_result": (
            _name("test", "검사"),
            FieldSpec(name="value", label="결과", required=True, width="short"),
            FieldSpec(name="unit", label="단위", width="short"),
            FieldSpec(name="interpretation", label="해석", width="short"),
        ),
        "exam": (
            _name(label="부위·검사"),
            _choice("status", "판정", {"normal": "정상", "abnormal": "이상"}),
            FieldSpec(name="finding", label="소견", required=True, width="wide"),
        ),
        "advice": (_name(label="지도 내용"),),
        "return_precaution": (_name(label="이럴 때 다시"),),
    }
)  # fmt: skip
_LAYOUTS: Mapping[str, Layout] = MappingProxyType(
    {"vital": "table", "medication_order": "table", "diagnosis": "ranked", "lab_result": "table"}
)
NEW = (
    "diagnosis", "medication_order", "test_order", "follow_up", "vital", "symptom", "allergy", "history",
    "medication_statement", "lab_result", "exam", "procedure", "referral", "advice", "return_precaution", "red_flag",
)  # fmt: skip
"""The kinds as a physician adds them, the most frequent first."""
ORDER = (
    "red_flag", "vital", "diagnosis", "medication_order", "test_order", "procedure", "referral", "follow_up", "symptom",
    "history", "allergy", "medication_statement", "lab_result", "exam", "advice", "return_precaution",
)  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class FieldForm:
    """A field with its value as typed."""

    spec: FieldSpec
    value: str
    code: e.Code | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """An open question about an entry, told at its row; ``flag`` is its name, ``decidable`` whether it waits for a
    decision."""

    flag: str
    kind: str
    label: str
    text: str
    decidable: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class EntryForm:
    """One entry to be changed: ``said`` is how it was drafted, where a physician changed it since; ``total`` what the
    order amounts to; ``rank`` whether the diagnosis is the primary one, "" where it is ruled out."""

    id: str
    kind: str
    name: str
    fields: tuple[FieldForm, ...]
    rare: tuple[FieldForm, ...]
    quotes: tuple[Quote, ...]
    is_own: bool
    is_absent: bool
    said: str
    said_quotes: tuple[Quote, ...]
    total: str
    code: str
    questions: tuple[Question, ...]
    rank: str


@dataclass(frozen=True, slots=True, kw_only=True)
class FormGroup:
    """The entries of one kind, and what a new one is called."""

    kind: str
    title: str
    layout: Layout
    columns: tuple[FieldSpec, ...]
    rows: tuple[EntryForm, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Gone:
    """An entry that was deleted since it was drafted."""

    id: str
    kind: str
    words: str


@dataclass(frozen=True, slots=True, kw_only=True)
class EntryForms:
    """All that the panel of structured entries shows."""

    groups: tuple[FormGroup, ...]
    blank: tuple[FormGroup, ...]
    gone: tuple[Gone, ...]
    vitals: tuple[tuple[str, str], ...]


def entry_forms(draft: Draft, drafted: Draft | None, transcript: Transcript) -> EntryForms:
    """The draft's entries by kind; ``drafted`` is what the drafter wrote, None where nothing was edited since."""
    first = {entry.id: entry for entry in drafted.entries} if drafted is not None else {}
    asked = _questions(draft.flags)
    named = rank_names(draft.entries)
    forms = [
        _form(entry, draft.encounter, first.get(entry.id), asked, transcript, named.get(entry.id, ""))
        for entry in draft.entries
    ]
    groups = (_group(kind, tuple(form for form in forms if form.kind == kind)) for kind in ORDER)
    here = {entry.id for entry in draft.entries}
    gone = [entry for entry in first.values() if entry.id not in here]
    return EntryForms(
        groups=tuple(group for group in groups if group.rows),
        blank=tuple(_group(kind, ()) for kind in NEW),
        gone=tuple(Gone(id=entry.id, kind=KINDS[entry.kind], words=in_words(entry)) for entry in gone),
        vitals=tuple((row.term, row.unit) for row in rows(VitalRow)),
    )


def in_words(entry: e.Entry) -> str:
    """The entry in one line: name, status and details."""
    row = entry_row(entry, None)
    return " · ".join(part for part in (row.name, row.status, row.code, *row.details) if part)


def total_of(order: e.MedicationOrder) -> str:
    """What the whole order amounts to: units that are handed out where the dose counts them, else doses."""
    if not order.times_per_day or not order.duration_days or order.action == "stop":
        return ""
    doses = order.times_per_day * order.duration_days
    if order.dose is not None and order.dose.unit in _COUNTED:
        return f"{number(round(order.dose.value * doses, 2))}{unit(order.dose.unit).replace('{tbl}', '정')}"
    return f"{number(float(doses))}회분"


def _group(kind: str, forms: tuple[EntryForm, ...]) -> FormGroup:
    return FormGroup(
        kind=kind,
        title=KINDS[kind],
        layout=_LAYOUTS.get(kind, "list"),
        columns=SPECS[kind],
        rows=forms,
    )


def _form(
    entry: e.Entry,
    encounter: Encounter,
    first: e.Entry | None,
    asked: Mapping[str, Sequence[Question]],
    transcript: Transcript,
    rank: str,
) -> EntryForm:
    shown = plain_entry(entry)
    fields = [
        FieldForm(spec=spec, value=_value(shown, spec, encounter), code=entry.code if spec.control == "code" else None)
        for spec in SPECS[entry.kind]
    ]
    changed = first is not None and entry.author is not None
    return EntryForm(
        id=entry.id,
        kind=entry.kind,
        name=shown.name,
        fields=tuple(field for field in fields if not field.spec.rare),
        rare=tuple(field for field in fields if field.spec.rare),
        quotes=quotes(transcript, entry.evidence),
        is_own=entry.author is not None,
        is_absent=entry_row(entry, None).absent,
        said=in_words(first) if first is not None and changed else "",
        said_quotes=quotes(transcript, first.evidence) if first is not None and changed else (),
        total=total_of(entry) if isinstance(entry, e.MedicationOrder) else "",
        code=entry.code.code if entry.code is not None else "",
        questions=tuple(asked.get(entry.id, ())),
        rank=rank,
    )


def _value(entry: e.Entry, spec: FieldSpec, encounter: Encounter) -> str:
    if isinstance(entry, e.MedicationOrder) and spec.name in ("dose_value", "dose_unit"):
        dose = entry.dose
        return "" if dose is None else number(dose.value) if spec.name == "dose_value" else dose.unit
    if isinstance(entry, e.MedicationOrder) and spec.name == "as_needed":
        return "on" if "필요" in (entry.frequency or "") else ""
    if isinstance(entry, e.FollowUp) and spec.name == "date":
        return "" if entry.in_days is None else (day_of(encounter) + timedelta(days=entry.in_days)).isoformat()
    if spec.control == "code":
        return entry.code.code if entry.code is not None else ""
    value = getattr(entry, spec.name)
    return "" if value is None else number(value) if isinstance(value, float) else str(value)


def day_of(encounter: Encounter) -> date:
    """The day of the encounter in Seoul, from which follow-up is counted."""
    return encounter.start.astimezone(SEOUL).date()


def _questions(flags: Sequence[Flag]) -> dict[str, list[Question]]:
    asked: dict[str, list[Question]] = {}
    for name, flag in zip(flag_names(flags), flags, strict=True):
        if flag.decision is not None or flag.kind == "unsupported" or not flag.text:
            continue
        question = Question(
            flag=name,
            kind=flag.kind,
            label=FLAGS[flag.kind],
            text=flag.text.removeprefix("확인 필요: "),
            decidable=flag.is_open,
        )
        for entry in flag.entries:
            asked.setdefault(entry, []).append(question)
    return asked


def with_choice(spec: FieldSpec, value: str) -> tuple[tuple[str, str], ...]:
    """The options of a select, with the value as it is where it is none of them."""
    known = any(option == value for option, _ in spec.options)
    return spec.options if known else (*spec.options, (value, value))
