"""What the recogniser is told to listen for: from signed records of the same patient and physician, nobody else's."""

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from edge_agent.uplink_client import Transport, UplinkClient
from edge_agent.uplink_errors import UplinkError
from scribe import signing
from scribe.domain.entries import Diagnosis, Entry, MedicationOrder, Symptom
from scribe.domain.note import Draft, Drafter, Note
from scribe.domain.statement import Section, Statement
from scribe.domain.summary import PatientSummary
from scribe.hot_words import hot_words
from scribe.store import Work
from scribe.store.records import AccountRecord
from tests.uplink_service import UplinkClinic, served, uplink_clinic


@pytest.fixture(scope="module")
def clinic(tmp_path_factory: pytest.TempPathFactory) -> Iterator[UplinkClinic]:
    with uplink_clinic(tmp_path_factory.mktemp("clinic")) as opened, served(opened):
        yield opened


def sign(work: Work, encounter_id: str, author: AccountRecord, *entries: Entry) -> None:
    encounter = work.encounters.get(encounter_id).encounter
    statement = Statement(id="s0", text="처방함.", support="edited")
    content = signing.content_of(
        Draft(
            encounter=encounter,
            transcript_sha256="0" * 64,
            drafter=Drafter(name="test", version="1"),
            entries=entries,
            note=Note(template="soap", sections=(Section(code="plan", title="P", statements=(statement,)),)),
            patient_summary=PatientSummary(language="ko", sections=()),
        )
    )
    work.notes.add(
        signing.sign(
            content,
            encounter,
            shown_sha256=signing.content_sha256(content, encounter),
            author=author.practitioner,
            key=work.signing_keys.mine(),
            clock=lambda: datetime.now(UTC),
            new_id=work.scope.new_id,
        )
    )


def test_terms_come_from_signed_records_only_of_this_physician(clinic: UplinkClinic, tmp_path: Path) -> None:
    with clinic.store.begin(clinic.kim.actor) as work:
        before, now = clinic.visit(), clinic.visit()
        assert hot_words(work, now) == ()
    with clinic.store.begin(clinic.kim.actor) as work:
        sign(
            work, before, clinic.kim,
            MedicationOrder(id="e0", name="에스오메프라졸", action="start", evidence=()),
            Diagnosis(id="e1", name="위식도역류병(속이 쓰리고)", certainty="confirmed", evidence=()),
            Diagnosis(id="e2", name="협심증", certainty="ruled_out", evidence=()),
            Symptom(id="e3", name="가슴 쓰림", status="present", evidence=()),
        )  # fmt: skip

    identity = clinic.enrol(tmp_path)
    with UplinkClient(identity, Transport()) as client:
        assert client.terms(now) == ("에스오메프라졸", "위식도역류병")
        foreign = clinic.visit(clinic.lee)
        with pytest.raises(UplinkError):
            client.terms(foreign)
    with clinic.store.begin(clinic.lee.actor) as work:
        assert hot_words(work, foreign) == ()


def test_there_are_never_more_than_the_recogniser_takes_in(clinic: UplinkClinic) -> None:
    visit = clinic.visit()
    with clinic.store.begin(clinic.kim.actor) as work:
        sign(
            work, visit, clinic.kim,
            *(MedicationOrder(id=f"e{i}", name=f"약제{i:03d}번", action="start", evidence=()) for i in range(60)),
        )  # fmt: skip
    with clinic.store.begin(clinic.kim.actor) as work:
        assert len(hot_words(work, clinic.visit())) == 24
