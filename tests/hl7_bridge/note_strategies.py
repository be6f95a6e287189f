"""Signed notes of every shape, for property tests."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

from hypothesis import strategies as st

from scribe.domain.encounter import Encounter, Identifier, Organization, Patient, Practitioner
from scribe.domain.entries import (
    ATC_SYSTEM,
    KCD8_SYSTEM,
    LOINC_SYSTEM,
    Advice,
    Allergy,
    Code,
    Diagnosis,
    Dose,
    Entry,
    Evidence,
    Exam,
    FollowUp,
    History,
    LabResult,
    MedicationOrder,
    MedicationStatement,
    Procedure,
    RedFlag,
    Referral,
    ReturnPrecaution,
    Symptom,
    TestOrder,
    Vital,
)
from scribe.domain.note import Drafter, NoteContent, Signature, SignedNote
from scribe.domain.statement import Section, Statement
from scribe.domain.summary import Medicine, PatientSummary

EVIDENCE = (Evidence(utterance="u1", start=0, end=3),)
ARC = "urn:oid:1.2.410.100110.10.99999999"

FIRST, LAST = datetime(1990, 1, 1), datetime(2090, 1, 1)  # noqa: DTZ001  hypothesis adds the zone

any_text = st.text(st.characters(exclude_categories=["Cs"]), max_size=40)
NAMES = [
    *("기침", "기침(마른기침)", "체온", "수축기혈압", "기립 이완기혈압", "왼팔 수축기혈압", "맥박", "타이레놀"),
    *("새우", "독감 예방접종", "예방접종", "봉합술", "당화혈색소", "지난번 당화혈색소", "고혈압", "어지럼증(핑 돌)"),
    *("<br/>&amp;", "", " ", "\x0b"),
]
words = st.sampled_from(NAMES) | any_text
systems = st.sampled_from(
    [KCD8_SYSTEM, ATC_SYSTEM, LOINC_SYSTEM, "http://www.hl7korea.or.kr/CodeSystem/hira-edi-medication", "urn:oid:1.2.3"]
)
codes = st.none() | st.builds(
    Code,
    system=systems,
    code=st.sampled_from(["J06.9", "J069", "J45", "N02BE01", "4548-4", "6301-6", "649900010", "기침", "X"]),
    display=st.none() | st.sampled_from(["급성 상기도감염", "Hemoglobin A1c"]),
)
maybe = st.none() | words
numbers = st.floats(-1e6, 1e6, allow_nan=False) | st.sampled_from([0.0, 37.8, 118.0, float("inf"), float("nan")])
units = st.sampled_from(
    ["mm[Hg]", "mmHg", "Cel", "℃", "/min", "%", "kg", "cm", "mg", "정", "U", "mg/dL", "", "바퀴", " "]
)
onsets = st.none() | st.sampled_from(["어제부터", "지난주", "작년 오월", "그끄저께", " "]) | words
durations = st.none() | st.sampled_from(["P3D", "P2W", "P1Y6M", "PT30M", "P99999D", "P9999Y", "P", "잠깐"])


def _fact(kind: type, **fields: st.SearchStrategy) -> st.SearchStrategy:  # type: ignore[type-arg]
    return st.builds(kind, id=st.just(""), name=words, evidence=st.just(EVIDENCE), code=codes, **fields)


entry: st.SearchStrategy[Entry] = st.one_of(
    _fact(
        Symptom,
        status=st.sampled_from(["present", "absent", "resolved"]),
        onset=onsets,
        duration_iso=durations,
    ),
    _fact(
        History,
        category=st.sampled_from(["medical", "family", "immunization"]),
        status=st.sampled_from(["present", "absent"]),
        detail=maybe,
    ),
    _fact(
        Allergy,
        status=st.sampled_from(["present", "absent"]),
        reaction=maybe,
        category=st.none() | st.sampled_from(["medication", "food"]),
    ),
    _fact(MedicationStatement, dose=maybe, frequency=maybe),
    _fact(Vital, value=numbers, unit=units),
    _fact(
        LabResult,
        value=numbers | st.sampled_from(["음성", "양성", "정상", "0.005 미만", "140–160", " "]) | any_text,
        unit=st.none() | units,
        interpretation=maybe | st.sampled_from(["낮음", "정상"]),
    ),
    _fact(Exam, status=st.sampled_from(["normal", "abnormal"]), finding=words),
    _fact(Diagnosis, certainty=st.sampled_from(["confirmed", "suspected", "ruled_out"])),
    _fact(
        MedicationOrder,
        action=st.sampled_from(["start", "continue", "change", "stop"]),
        dose=st.none() | st.builds(Dose, value=numbers, unit=units | words),
        frequency=maybe | st.sampled_from(["1일 3회 식후 30분", "8시간마다", "필요시", "0시간마다"]),
        times_per_day=st.none() | st.sampled_from([0.0, 0.5, 1.0, 1.5, 3.0, 1000.0]) | numbers,
        duration_days=st.none() | st.integers(-1, 400),
        route=maybe | st.sampled_from(["oral", "inhaled"]),
        ingredient=codes,
    ),
    _fact(TestOrder),
    _fact(Procedure, status=st.sampled_from(["planned", "done"])),
    _fact(Referral, to=words),
    _fact(Advice),
    _fact(FollowUp, when=words, in_days=st.none() | st.integers(0, 90)),
    _fact(ReturnPrecaution),
    _fact(RedFlag),
)


@st.composite
def entry_lists(draw: st.DrawFn) -> tuple[Entry, ...]:
    """Entries with ids of their own, as drafting numbers them or longer ones."""
    found = draw(st.lists(entry, max_size=12))
    prefix = draw(st.sampled_from(["e", "0199c0de-0000-7000-8000-00000000000", "증상"]))
    return tuple(replace(item, id=f"{prefix}{number}") for number, item in enumerate(found))


@st.composite
def section_lists(draw: st.DrawFn, ids: list[str], prefix: str) -> tuple[Section, ...]:
    count = 0
    sections: list[Section] = []
    codes_and_titles = [("subjective", "S"), ("chief_complaint", "주호소"), ("plan", "P"), ("우리 병원 항목", "기타")]
    for code, title in draw(st.lists(st.sampled_from(codes_and_titles), max_size=3, unique=True)):
        statements: list[Statement] = []
        for text in draw(
            st.lists(any_text | st.sampled_from(["주호소: 추적 진료.", "기침 없음", "체온 37.8"]), max_size=4)
        ):
            cited = draw(st.lists(st.sampled_from(ids), max_size=3)) if ids else []
            support = draw(st.sampled_from(["supported", "partial", "none", "edited"]))
            statements.append(
                Statement(id=f"{prefix}{count}", text=text, entries=tuple(cited), evidence=EVIDENCE, support=support)
            )
            count += 1
        sections.append(Section(code=code, title=title, statements=tuple(statements)))
    return tuple(sections)


@st.composite
def signed_notes(draw: st.DrawFn) -> SignedNote:
    """A signed note whose patient, encounter, author and institution have their numbers."""
    entries = draw(entry_lists())
    ids = [item.id for item in entries]
    start = draw(st.datetimes(FIRST, LAST)).replace(tzinfo=UTC)
    doctor = Practitioner(
        name="이의사",
        identifier=Identifier(system="http://www.hl7korea.or.kr/Identifier/mohw-md-license-id", value="12345"),
        department=draw(st.sampled_from([None, "01", "27", "내과"])),
    )
    clinic = Organization(
        name="한빛의원",
        identifier=Identifier(system="http://www.hl7korea.or.kr/Identifier/hira-krnpi", value="99999999"),
    )
    encounter = Encounter(
        id="0199c0de-1111-7000-8000-000000000001",
        start=start,
        setting=draw(st.sampled_from(["outpatient", "emergency", "inpatient_round", "telephone"])),
        patient=Patient(
            name="김가람",
            sex=draw(st.sampled_from(["male", "female", "other", "unknown"])),
            birth_date=date(1981, 4, 2),
            identifier=Identifier(system=f"{ARC}.1", value="00000001"),
        ),
        practitioner=doctor,
        organization=clinic,
        identifier=Identifier(system=f"{ARC}.2", value="V00000001"),
    )
    medicine = st.builds(Medicine, entry=st.just("e0"), name=words, morning=maybe, days=st.none() | st.integers(1, 30))
    content = NoteContent(
        sections=draw(section_lists(ids, "s")),
        entries=entries,
        patient_summary=PatientSummary(
            language="ko",
            sections=draw(section_lists(ids, "p")),
            medicines=tuple(draw(st.lists(medicine, max_size=2))),
            notice=draw(st.none() | st.just("의사가 확인한 안내문입니다.")),
        ),
        drafter=draw(st.none() | st.just(Drafter(name="evidence", version="0.1.0", recognizer="whisper-base-int8"))),
        template=draw(st.sampled_from([None, "soap", "initial", "follow_up", "ward_round"])),
    )
    return SignedNote(
        note_id="0199c0de-0000-7000-8000-000000000001",
        version=1,
        replaces=None,
        encounter=encounter,
        content=content,
        author=doctor,
        signed_at=start + timedelta(minutes=20),
        reason=None,
        signature=Signature(algorithm="Ed25519", key_id="test", value="AA=="),
    )
