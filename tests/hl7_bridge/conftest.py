"""A real FHIR server for the bridge's tests, and signed notes to send it."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import date, datetime
from itertools import count
from pathlib import Path

import pytest

from hl7_bridge.fhir_client import FhirClient
from hl7_bridge.hospital import seed_hospital
from hl7_bridge.local_server import LocalFhirServer
from scribe.domain.encounter import Encounter, Identifier, Organization, Patient, Practitioner
from scribe.domain.entries import (
    ATC_SYSTEM,
    KCD8_SYSTEM,
    Advice,
    Allergy,
    Code,
    Diagnosis,
    Dose,
    Entry,
    Evidence,
    FollowUp,
    MedicationOrder,
    Symptom,
    Vital,
)
from scribe.domain.note import Drafter, NoteContent, Signature, SignedNote
from scribe.domain.statement import Section, Statement
from scribe.domain.summary import Medicine, PatientSummary

KRCORE = Path(__file__).resolve().parents[2] / "../shared/krcore"
PACKAGE = KRCORE / "hl7.fhir.kr.core-2.0.0.tgz"
INSTITUTION = "99999999"
ARC = f"urn:oid:1.2.410.100110.10.{INSTITUTION}"

EVIDENCE = (Evidence(utterance="u1", start=0, end=3),)
DOCTOR = Practitioner(
    name="이의사",
    identifier=Identifier(system="http://www.hl7korea.or.kr/Identifier/mohw-md-license-id", value="12345"),
    department="01",
)
CLINIC = Organization(
    name="한빛의원",
    identifier=Identifier(system="http://www.hl7korea.or.kr/Identifier/hira-krnpi", value=INSTITUTION),
)
ENTRIES: tuple[Entry, ...] = (
    Symptom(id="e0", name="기침", evidence=EVIDENCE, status="present", duration="3일", duration_iso="P3D"),
    Symptom(id="e1", name="발열", evidence=EVIDENCE, status="absent"),
    Diagnosis(
        id="e2",
        name="급성 상기도감염",
        evidence=EVIDENCE,
        certainty="confirmed",
        code=Code(system=KCD8_SYSTEM, code="J06.9"),
    ),
    Vital(id="e3", name="수축기혈압", evidence=EVIDENCE, value=118, unit="mm[Hg]"),
    Vital(id="e4", name="이완기혈압", evidence=EVIDENCE, value=76, unit="mm[Hg]"),
    Vital(id="e5", name="체온", evidence=EVIDENCE, value=37.8, unit="Cel"),
    MedicationOrder(
        id="e6",
        name="아세트아미노펜",
        evidence=EVIDENCE,
        action="start",
        dose=Dose(value=650, unit="mg"),
        frequency="1일 3회 식후 30분",
        times_per_day=3,
        duration_days=3,
        route="oral",
        code=Code(system=ATC_SYSTEM, code="N02BE01", display="paracetamol"),
    ),
    Allergy(id="e7", name="페니실린", evidence=EVIDENCE, status="present", reaction="두드러기"),
    Advice(id="e8", name="수분 섭취", evidence=EVIDENCE),
    FollowUp(id="e9", name="재진", evidence=EVIDENCE, when="3일 뒤", in_days=3),
)
SECTIONS = (
    Section(
        code="subjective",
        title="S",
        statements=(
            Statement(id="s0", text="3일 전부터 기침.", entries=("e0",), evidence=EVIDENCE, support="supported"),
        ),
    ),
    Section(
        code="objective",
        title="O",
        statements=(
            Statement(id="s1", text="BP 118/76 mmHg, BT 37.8℃", entries=("e3", "e4", "e5"), support="supported"),
        ),
    ),
    Section(
        code="assessment",
        title="A",
        statements=(Statement(id="s2", text="급성 상기도감염", entries=("e2",), support="supported"),),
    ),
    Section(
        code="plan",
        title="P",
        statements=(Statement(id="s3", text="아세트아미노펜 650 mg 1일 3회", entries=("e6",), support="supported"),),
    ),
)
SUMMARY = PatientSummary(
    language="ko",
    sections=(
        Section(
            code="today",
            title="오늘 진료 한눈에",
            statements=(Statement(id="p0", text="감기로 보입니다.", entries=("e2",), support="supported"),),
        ),
    ),
    medicines=(Medicine(entry="e6", name="아세트아미노펜", morning="1정", noon="1정", evening="1정", days=3),),
)
_numbers = count(1)

MakeNote = Callable[..., SignedNote]


@pytest.fixture
def make_note() -> MakeNote:
    """A signed note of an encounter that no other note has; keyword arguments replace parts of it."""

    def make(
        *,
        entries: tuple[Entry, ...] = ENTRIES,
        sections: tuple[Section, ...] = SECTIONS,
        summary: PatientSummary = SUMMARY,
        drafter: Drafter | None = Drafter(name="evidence", version="0.1.0", recognizer="whisper-base-int8"),
    ) -> SignedNote:
        number = next(_numbers)
        return SignedNote(
            note_id=f"0199c0de-0000-7000-8000-{number:012d}",
            version=1,
            replaces=None,
            encounter=encounter(number),
            content=NoteContent(sections=sections, entries=entries, patient_summary=summary, drafter=drafter),
            author=DOCTOR,
            signed_at=datetime.fromisoformat("2026-09-14T01:40:00+00:00"),
            reason=None,
            signature=Signature(algorithm="Ed25519", key_id="test", value="AA=="),
        )

    return make


def encounter(number: int) -> Encounter:
    return Encounter(
        id=f"0199c0de-1111-7000-8000-{number:012d}",
        start=datetime.fromisoformat("2026-09-14T10:20:00+09:00"),
        patient=Patient(
            name="김가람",
            sex="female",
            birth_date=date(1981, 4, 2),
            identifier=Identifier(system=f"{ARC}.1", value=f"{number:08d}"),
        ),
        practitioner=DOCTOR,
        organization=CLINIC,
        identifier=Identifier(system=f"{ARC}.2", value=f"V{number:08d}"),
    )


@pytest.fixture(autouse=True)
def _no_proxy(monkeypatch: pytest.MonkeyPatch) -> None:
    """Requests to the local server never take a way round."""
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")


@pytest.fixture
def amend() -> Callable[[SignedNote, str], SignedNote]:
    """The next version of a note, for a reason."""

    def next_version(note: SignedNote, reason: str) -> SignedNote:
        return replace(note, version=note.version + 1, replaces=note.version, reason=reason)

    return next_version


@pytest.fixture(scope="session")
def base_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A FHIR server in a process of its own, for the whole run."""
    pytest.importorskip("sekmet", reason="the local FHIR server (sekmet-fhir) is not installed")
    with LocalFhirServer(tmp_path_factory.mktemp("fhir")) as url:
        yield url


@pytest.fixture
def client(base_url: str) -> Iterator[FhirClient]:
    with FhirClient(base_url) as connected:
        yield connected


@pytest.fixture
def registered(make_note: MakeNote, client: FhirClient) -> SignedNote:
    """A note whose patient and encounter the hospital's server knows."""
    note = make_note()
    seed_hospital(client, note.encounter)
    return note


@pytest.fixture(scope="session")
def package() -> Path:
    if not PACKAGE.exists():
        pytest.skip("the compiled KR Core guide is not beside the repository")
    return PACKAGE


@pytest.fixture(scope="session")
def conformance() -> Path:
    folder = KRCORE / "conformance"
    if not folder.exists():
        pytest.skip("the conformance corpus is not beside the repository")
    return folder
