"""Clinical facts with the words they rest on.

The kinds and their fields are those of the consultation-case format: a field that the dialogue does not
give is None.  Units are UCUM.
"""

from dataclasses import dataclass
from typing import ClassVar, Literal, get_args

KCD8_SYSTEM = "http://www.hl7korea.or.kr/CodeSystem/kostat-kcd-8"
ATC_SYSTEM = "http://www.whocc.no/atc"
LOINC_SYSTEM = "http://loinc.org"
UCUM_SYSTEM = "http://unitsofmeasure.org"

Presence = Literal["present", "absent"]
SymptomStatus = Literal["present", "absent", "resolved"]
ExamStatus = Literal["normal", "abnormal"]
ProcedureStatus = Literal["planned", "done"]
Certainty = Literal["confirmed", "suspected", "ruled_out"]
OrderAction = Literal["start", "continue", "change", "stop"]
HistoryCategory = Literal["medical", "surgical", "family", "social", "obstetric", "immunization"]
AllergyCategory = Literal["medication", "food", "environment", "biologic"]
Author = Literal["physician"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """Characters ``start`` to ``end`` (Unicode code points, end exclusive) of an utterance's text."""

    utterance: str
    start: int
    end: int

    def __post_init__(self) -> None:
        if not 0 <= self.start < self.end:
            raise ValueError("evidence needs 0 <= start < end")


@dataclass(frozen=True, slots=True, kw_only=True)
class Code:
    """A code of a terminology: ``system`` is its URI."""

    system: str
    code: str
    display: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Dose:
    """An amount taken at once; ``unit`` in UCUM where one exists, else as said ("정", "포")."""

    value: float
    unit: str


@dataclass(frozen=True, slots=True, kw_only=True)
class _Fact:
    """What every entry has; ``confidence`` is 0 to 1.

    ``author`` "physician" says that a physician wrote or changed it by hand; ``evidence`` is then empty where the
    dialogue does not support what they wrote.
    """

    id: str
    name: str
    evidence: tuple[Evidence, ...]
    code: Code | None = None
    confidence: float | None = None
    author: Author | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Symptom(_Fact):
    """What the patient has, denies or no longer has; ``duration_iso`` is an ISO 8601 duration."""

    kind: Literal["symptom"] = "symptom"
    status: SymptomStatus
    onset: str | None = None
    duration: str | None = None
    duration_iso: str | None = None
    severity: str | None = None
    quality: str | None = None
    location: str | None = None
    course: str | None = None
    relation: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class History(_Fact):
    """Past, family or social history; family history names the relative in ``detail``."""

    kind: Literal["history"] = "history"
    category: HistoryCategory
    status: Presence
    detail: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Allergy(_Fact):
    """An allergy, or its denial ("약물 알레르기", absent); ``category`` is the kind of substance, where known."""

    kind: Literal["allergy"] = "allergy"
    status: Presence
    reaction: str | None = None
    category: AllergyCategory | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class MedicationStatement(_Fact):
    """What the patient already takes."""

    kind: Literal["medication_statement"] = "medication_statement"
    dose: str | None = None
    frequency: str | None = None
    adherence: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Vital(_Fact):
    """A measured vital sign; a blood pressure is two entries, 수축기혈압 and 이완기혈압."""

    kind: Literal["vital"] = "vital"
    value: float
    unit: str


@dataclass(frozen=True, slots=True, kw_only=True)
class LabResult(_Fact):
    """A result discussed in the consultation."""

    kind: Literal["lab_result"] = "lab_result"
    value: float | str
    unit: str | None = None
    interpretation: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Exam(_Fact):
    """A finding of the physical examination, said aloud."""

    kind: Literal["exam"] = "exam"
    status: ExamStatus
    finding: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Diagnosis(_Fact):
    """A diagnosis; ``code`` is KCD-8 where known."""

    kind: Literal["diagnosis"] = "diagnosis"
    certainty: Certainty


@dataclass(frozen=True, slots=True, kw_only=True)
class MedicationOrder(_Fact):
    """What the physician prescribes, continues, changes or stops.

    ``code`` is the product (EDI), ``ingredient`` the substance in it (ATC), each where known.
    """

    kind: Literal["medication_order"] = "medication_order"
    action: OrderAction
    dose: Dose | None = None
    frequency: str | None = None
    times_per_day: float | None = None
    duration_days: int | None = None
    route: str | None = None
    ingredient: Code | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class TestOrder(_Fact):
    """A blood test, imaging or other test ordered."""

    __test__: ClassVar[bool] = False  # not a pytest class

    kind: Literal["test_order"] = "test_order"


@dataclass(frozen=True, slots=True, kw_only=True)
class Procedure(_Fact):
    """A procedure planned or done."""

    kind: Literal["procedure"] = "procedure"
    status: ProcedureStatus


@dataclass(frozen=True, slots=True, kw_only=True)
class Referral(_Fact):
    """A referral to another department or institution."""

    kind: Literal["referral"] = "referral"
    to: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Advice(_Fact):
    """Lifestyle, self-care or education."""

    kind: Literal["advice"] = "advice"


@dataclass(frozen=True, slots=True, kw_only=True)
class FollowUp(_Fact):
    """When to come again; ``in_days`` counts from the encounter."""

    kind: Literal["follow_up"] = "follow_up"
    when: str
    in_days: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ReturnPrecaution(_Fact):
    """When to come back at once."""

    kind: Literal["return_precaution"] = "return_precaution"


@dataclass(frozen=True, slots=True, kw_only=True)
class RedFlag(_Fact):
    """A danger sign present in this consultation, to be highlighted to the physician."""

    kind: Literal["red_flag"] = "red_flag"


Entry = (
    Symptom
    | History
    | Allergy
    | MedicationStatement
    | Vital
    | LabResult
    | Exam
    | Diagnosis
    | MedicationOrder
    | TestOrder
    | Procedure
    | Referral
    | Advice
    | FollowUp
    | ReturnPrecaution
    | RedFlag
)

KINDS: tuple[str, ...] = tuple(entry_type.__dataclass_fields__["kind"].default for entry_type in get_args(Entry))
