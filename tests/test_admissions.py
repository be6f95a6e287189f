"""Admissions: each message done once, never over a later one, and each visit with its physician."""

import shutil
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from itertools import count
from pathlib import Path

import pytest

from hl7_bridge.hl7v2.acknowledgements import read_acknowledgement
from hl7_bridge.hl7v2.admissions import Systems
from hl7_bridge.hl7v2.receiving import Receiver
from hl7_bridge.hl7v2.settings import Hl7Receiver
from scribe.admissions import Opening, Reception, UnknownLoginError
from scribe.crypto import HospitalKey
from scribe.domain.consent import Consent
from scribe.domain.encounter import Encounter, Identifier, Organization, Patient
from scribe.domain.style import DefaultTemplate
from scribe.store import Actor, Store, migrate, open_store
from scribe.store.records import AccountRecord, EncounterRecord
from tests.store.conftest import draft_of, signed

SYSTEMS = Systems(patient="urn:oid:1.2.3.1", visit="urn:oid:1.2.3.2")
LICENCE = "http://www.hl7korea.or.kr/Identifier/mohw-md-license-id"
_numbers = count(1)


@dataclass
class Ward:
    """A hospital whose information system sends what a test says."""

    store: Store
    hospital_id: str
    kim: AccountRecord
    lee: AccountRecord
    settings: Hl7Receiver = field(default_factory=Hl7Receiver)

    @property
    def reception(self) -> Reception:
        return Reception(self.store, self.hospital_id, self.settings)

    def send(self, text: str, codec: str = "utf-8") -> str:
        """MSA-1, and the error codes."""
        receiver = Receiver(settings=self.settings, systems=SYSTEMS, apply=self.reception.apply, clock=self.store.clock)
        (answer,) = receiver.answer(text.encode(codec))
        told = read_acknowledgement(answer)
        return " ".join((told.code, *told.conditions))

    def seen_by(self, who: AccountRecord) -> tuple[EncounterRecord, ...]:
        with self.store.begin(who.actor) as work:
            return work.encounters.list()

    def lines(self):
        with self.store.begin(Actor.service(self.hospital_id)) as work:
            return work.admissions.lines(since=datetime(2020, 1, 1, tzinfo=UTC))


@pytest.fixture(scope="module")
def migrated(tmp_path_factory) -> Path:
    path = tmp_path_factory.mktemp("migrated") / "scribe.db"
    migrate(f"sqlite:///{path}")
    return path


@pytest.fixture
def ward(tmp_path, migrated) -> Iterator[Ward]:
    shutil.copy(migrated, tmp_path / "scribe.db")
    store = open_store(
        f"sqlite:///{tmp_path / 'scribe.db'}",
        wrapper=HospitalKey.from_file(tmp_path / "hospital.key"),
        audio_dir=tmp_path / "audio",
    )
    hospital_id = store.ensure_hospital(Organization(name="한빛병원"))
    with store.begin(Actor.service(hospital_id)) as work:
        people = [
            work.accounts.add(
                login=login, password_hash="-", role="physician", name=name,
                licence=Identifier(system=LICENCE, value=number),
            )
            for login, name, number in (("kim", "김의사", "11111"), ("lee", "이의사", "22222"))
        ]  # fmt: skip
    yield Ward(store, hospital_id, *people)
    store.close()


def adt(
    event: str,
    *,
    at: str = "20260914100000",
    patient: str = "00000001",
    name: str = "김^서준",
    born: str = "19810402",
    sex: str = "M",
    visit: str | None = "V1",
    attending: str = "11111",
    control: str | None = None,
    patient_class: str = "O",
    start: str = "20260914102000",
    merge: str | None = None,
    extra: str = "",
) -> str:
    control = control or f"C{next(_numbers)}"
    lines = [
        f"MSH|^~\\&|HIS|한빛|SCRIBE||{at}||ADT^{event}|{control}|P|2.5||||||UNICODE UTF-8{extra}",
        f"EVN|{event}|{at}",
        f"PID|1||{patient}^^^HIS^MR||{name}^^^^^L||{born}|{sex}",
    ]
    if merge is not None:
        lines.append(f"MRG|{merge}^^^HIS^MR")
    elif visit is not None:
        lines.append(f"PV1|1|{patient_class}|||||{attending}^의사{'|' * 12}{visit}{'|' * 25}{start}")
    return "\r".join(lines) + "\r"


def test_an_admission_is_a_consultation_of_its_physician(ward):
    assert ward.send(adt("A04")) == "AA"
    (record,) = ward.seen_by(ward.kim)
    encounter = record.encounter
    assert encounter.patient == Patient(
        name="김서준",
        sex="male",
        birth_date=datetime(1981, 4, 2, tzinfo=UTC).date(),
        identifier=Identifier(system=SYSTEMS.patient, value="00000001"),
    )
    assert encounter.identifier == Identifier(system=SYSTEMS.visit, value="V1")
    assert (encounter.start, encounter.setting) == (datetime.fromisoformat("2026-09-14T10:20:00+09:00"), "outpatient")
    assert encounter.practitioner == ward.kim.practitioner
    assert encounter.organization is not None
    assert encounter.organization.name == "한빛병원"
    assert ward.seen_by(ward.lee) == ()


def test_a_name_beyond_the_old_standard_arrives_in_code_page_949(ward):
    text = adt("A01", name="뷁^똠방", patient_class="I").replace("UNICODE UTF-8", "KS X 1001")
    assert ward.send(text, "cp949") == "AA"
    (record,) = ward.seen_by(ward.kim)
    assert (record.encounter.patient.name, record.encounter.setting) == ("뷁똠방", "inpatient_round")


@pytest.mark.parametrize(
    ("names", "shown"),
    [
        ("Smith^John^Q", "John Q Smith"),
        ("KIM^SEOJUN^^^^^A~김^서준^^^^^L~金^瑞俊^^^^^I", "김서준"),
        ("金^瑞俊^^^^^L~김^서준^^^^^L", "김서준"),
        ("제갈공명", "제갈공명"),
    ],
)
def test_names_are_joined_as_they_are_written(ward, names, shown):
    text = adt("A04").replace("김^서준^^^^^L", names)
    assert ward.send(text) == "AA"
    assert ward.seen_by(ward.kim)[0].encounter.patient.name == shown


def test_a_repeated_message_is_answered_alike_and_done_once(ward):
    message = adt("A04", control="C-9")
    assert [ward.send(message) for _ in range(3)] == ["AA"] * 3
    later = adt("A08", at="20260914110000", sex="F")
    assert ward.send(later) == "AA"
    assert ward.send(message) == "AA"
    (record,) = ward.seen_by(ward.kim)
    assert record.encounter.patient.sex == "female"


def test_a_control_id_used_again_for_another_message_is_not_lost(ward):
    ward.send(adt("A04", control="1"))
    assert ward.send(adt("A04", control="1", visit="V2", patient="00000002", name="이^하나")) == "AA"
    assert {record.encounter.identifier.value for record in ward.seen_by(ward.kim)} == {"V1", "V2"}


def test_what_is_older_than_what_is_known_changes_nothing(ward):
    ward.send(adt("A04", at="20260914100000"))
    ward.send(adt("A08", at="20260914120000", name="김^새이름", start="20260914130000"))
    assert ward.send(adt("A08", at="20260914110000", name="김^옛이름", start="20260914090000")) == "AA"
    assert ward.send(adt("A31", at="20260914110000", name="김^옛이름", visit=None)) == "AA"
    (record,) = ward.seen_by(ward.kim)
    assert record.encounter.patient.name == "김새이름"
    assert record.encounter.start == datetime.fromisoformat("2026-09-14T13:00:00+09:00")


def test_demographics_reach_every_consultation_that_is_not_signed(ward):
    for number in ("V1", "V2"):
        ward.send(adt("A04", visit=number))
    sign_note(ward, "V1")
    assert ward.send(adt("A31", at="20260914150000", name="김^개명", visit=None)) == "AA"
    by_visit = {record.encounter.identifier.value: record.encounter.patient.name for record in ward.seen_by(ward.kim)}
    assert by_visit == {"V1": "김서준", "V2": "김개명"}


def test_a_patient_nobody_here_knows_is_not_kept(ward):
    assert ward.send(adt("A31", visit=None)) == "AA"
    with ward.store.begin(Actor.service(ward.hospital_id)) as work:
        assert work.admissions.news(Identifier(system=SYSTEMS.patient, value="00000001")) is None


def test_an_empty_field_leaves_what_is_known(ward):
    ward.send(adt("A04"))
    assert ward.send(adt("A08", at="20260914110000", born="", sex="", name="")) == "AA"
    assert ward.seen_by(ward.kim)[0].encounter.patient.sex == "male"
    assert ward.send(adt("A08", at="20260914120000", sex='""')) == "AA"
    assert ward.seen_by(ward.kim)[0].encounter.patient.sex == "unknown"


def test_what_a_new_patient_needs_is_asked_for_by_field(ward):
    assert ward.send(adt("A04", born="")) == "AE 101"
    assert ward.send(adt("A04", name="")) == "AE 101"
    assert ward.send(adt("A04", born="19811332")) == "AE 102"
    assert ward.send(adt("A04", sex="X")) == "AE 103"
    assert ward.send(adt("A04", visit="")) == "AE 101"
    assert ward.send(adt("A04", patient="")) == "AE 101"
    assert ward.send(adt("A04", visit=None)) == "AE 100"
    assert ward.seen_by(ward.kim) == ()
    assert ward.send(adt("A04")) == "AA"


def sign_note(ward: Ward, visit: str) -> EncounterRecord:
    record = next(one for one in ward.seen_by(ward.kim) if one.encounter.identifier.value == visit)
    with ward.store.begin(ward.kim.actor) as work:
        work.drafts.add(record.id, draft_of(record.encounter), expected_version=0, drafted_by="clinician")
        work.notes.add(signed(work, record.encounter, ward.kim.practitioner))
    return record


def test_a_merge_moves_what_is_not_signed_and_leaves_what_is(ward):
    ward.send(adt("A04", visit="V1", patient="00000007"))
    ward.send(adt("A04", visit="V2", patient="00000007"))
    before = sign_note(ward, "V1")
    assert ward.send(adt("A40", at="20260914160000", patient="00000001", merge="00000007")) == "AA"
    by_visit = {record.encounter.identifier.value: record for record in ward.seen_by(ward.kim)}
    assert by_visit["V2"].encounter.patient.identifier.value == "00000001"
    assert by_visit["V1"].encounter == before.encounter
    assert by_visit["V1"].patient_id == by_visit["V2"].patient_id != before.patient_id
    with ward.store.begin(ward.kim.actor) as work:
        assert work.notes.latest(before.id).note.encounter.patient.identifier.value == "00000007"
    with ward.store.begin(Actor.service(ward.hospital_id)) as work:
        prior = Identifier(system=SYSTEMS.patient, value="00000007")
        assert work.admissions.survivor(prior).value == "00000001"


def test_what_is_told_of_a_merged_patient_reaches_the_survivor(ward):
    ward.send(adt("A04", visit="V1", patient="A"))
    ward.send(adt("A40", at="20260914110000", patient="B", merge="A"))
    ward.send(adt("A40", at="20260914120000", patient="C", merge="B"))
    assert ward.send(adt("A04", at="20260914090000", visit="V2", patient="A")) == "AA"
    assert ward.send(adt("A08", at="20260914130000", visit="V1", patient="A", name="김^나중")) == "AA"
    patients = {one.encounter.identifier.value: one.encounter.patient for one in ward.seen_by(ward.kim)}
    assert {patient.identifier.value for patient in patients.values()} == {"C"}
    assert patients["V1"].name == patients["V2"].name == "김나중"
    assert ward.send(adt("A40", at="20260914140000", patient="A", merge="C")) == "AE 205"
    assert ward.send(adt("A40", patient="A", merge="A")) == "AE 205"


def test_several_patients_merged_by_one_message(ward):
    for number in ("P1", "P2"):
        ward.send(adt("A04", visit=f"V{number}", patient=number))
    message = adt("A40", at="20260914110000", patient="S1", merge="P1")
    second = "PID|1||S2^^^HIS^MR||박^다른^^^^^L||19700101|F\rMRG|P2^^^HIS^MR\r"
    assert ward.send(message + second) == "AA"
    found = {one.encounter.identifier.value: one.encounter.patient.identifier.value for one in ward.seen_by(ward.kim)}
    assert found == {"VP1": "S1", "VP2": "S2"}


def test_a_visit_of_an_unknown_physician_waits_where_it_can_see(ward, caplog):
    assert ward.send(adt("A04", attending="D777", name="선우^비밀")) == "AA"
    assert ward.seen_by(ward.kim) == ward.seen_by(ward.lee) == ()
    (line,) = ward.lines()
    assert (line.attending, line.login, line.state) == ("D777", None, "open")
    assert "선우" not in caplog.text
    assert "waits" in caplog.text
    ward.send(adt("A40", at="20260914110000", patient="00000009", merge="00000001", name="선우^비밀"))
    ward.settings = Hl7Receiver(physicians=(("D777", "lee"),))
    assert ward.reception.open() == 0
    (record,) = ward.seen_by(ward.lee)
    assert (record.encounter.patient.name, record.encounter.patient.identifier.value) == ("선우비밀", "00000009")
    assert [line.login for line in ward.lines()] == ["lee"]


def test_unknown_physicians_may_have_a_deputy(ward):
    ward.settings = Hl7Receiver(unknown_physician="lee")
    ward.send(adt("A04", attending="D777"))
    ward.send(adt("A04", attending="", visit="V2"))
    assert len(ward.seen_by(ward.lee)) == 2
    ward.settings = Hl7Receiver(unknown_physician="nobody")
    with pytest.raises(UnknownLoginError, match="names the login nobody"):
        ward.reception.open()


def test_a_visit_goes_to_its_new_physician_unless_somebody_has_begun(ward):
    ward.send(adt("A04", visit="V1"))
    ward.send(adt("A04", visit="V2"))
    begun = next(one for one in ward.seen_by(ward.kim) if one.encounter.identifier.value == "V2")
    with ward.store.begin(ward.kim.actor) as work:
        work.consents.add(begun.id, Consent(purpose="recording", state="given", decided_at=datetime.now(UTC)))
    for number in ("V1", "V2"):
        assert ward.send(adt("A08", at="20260914110000", visit=number, attending="22222")) == "AA"
    (moved,) = ward.seen_by(ward.lee)
    assert (moved.encounter.identifier.value, moved.encounter.practitioner.name) == ("V1", "이의사")
    assert [one.id for one in ward.seen_by(ward.kim)] == [begun.id]
    with ward.store.begin(ward.lee.actor) as work:
        work.consents.add(moved.id, Consent(purpose="recording", state="given", decided_at=datetime.now(UTC)))
        work.recordings.add(moved.id, b"noise", media_type="audio/wav")


def test_a_cancelled_visit_is_shown_as_such_and_may_come_back(ward):
    ward.send(adt("A04"))
    assert ward.send(adt("A11", at="20260914110000")) == "AA"
    assert ward.seen_by(ward.kim)[0].problem == "visit_cancelled"
    assert ward.send(adt("A08", at="20260914113000")) == "AA"
    assert ward.seen_by(ward.kim)[0].problem == "visit_cancelled"
    assert ward.send(adt("A04", at="20260914120000")) == "AA"
    assert ward.seen_by(ward.kim)[0].problem is None


def test_a_cancellation_that_overtakes_its_admission_holds(ward):
    assert ward.send(adt("A11", at="20260914110000")) == "AA"
    assert ward.send(adt("A04", at="20260914100000")) == "AA"
    assert ward.seen_by(ward.kim) == ()
    assert [line.state for line in ward.lines()] == ["cancelled"]


def test_a_discharge_ends_the_visit_and_leaves_the_consultation(ward):
    ward.send(adt("A01", patient_class="I"))
    assert ward.send(adt("A03", at="20260914110000")) == "AA"
    assert ward.send(adt("A08", at="20260914120000")) == "AA"
    assert [(line.state, line.login) for line in ward.lines()] == [("discharged", "kim")]
    assert len(ward.seen_by(ward.kim)) == 1
    assert ward.send(adt("A03", visit="V404")) == "AA"


def test_a_consultation_that_was_opened_by_hand_learns_of_its_patient(ward):
    by_hand = Patient(
        name="김서준",
        sex="male",
        birth_date=datetime(1981, 4, 2, tzinfo=UTC).date(),
        identifier=Identifier(system=SYSTEMS.patient, value="00000001"),
    )
    with ward.store.begin(ward.kim.actor) as work:
        work.encounters.add(Encounter(id="e-1", start=datetime.now(UTC), patient=by_hand))
    assert ward.send(adt("A31", at="20260914110000", name="김^개명", visit=None)) == "AA"
    assert ward.seen_by(ward.kim)[0].encounter.patient.name == "김개명"
    ward.send(adt("A40", at="20260914120000", patient="00000002", merge="00000001", name="김^개명"))
    assert ward.seen_by(ward.kim)[0].encounter.patient.identifier.value == "00000002"


def test_messages_are_forgotten_after_their_time(ward):
    ward.send(adt("A04", control="C-1"))
    object.__setattr__(ward.store, "clock", lambda: datetime(2099, 1, 1, tzinfo=UTC))
    ward.reception.open()
    with ward.store.begin(Actor.service(ward.hospital_id)) as work:
        rows = work.scope.session.connection().exec_driver_sql("SELECT count(*) FROM admission_message").scalar_one()
    assert rows == 0


def test_a_message_that_cannot_be_done_leaves_no_trace_but_the_audit(ward):
    assert ward.send(adt("A04", born="")) == "AE 101"
    with ward.store.begin(Actor.service(ward.hospital_id)) as work:
        connection = work.scope.session.connection()
        for table in ("visit", "patient_news", "admission_message", "encounter", "patient"):
            assert connection.exec_driver_sql(f"SELECT count(*) FROM {table}").scalar_one() == 0


@pytest.mark.parametrize(
    ("old", "new", "answer"),
    [
        ("|P|2.5", "|T|2.5", "AR 202"),
        ("|P|2.5", "|D|2.5", "AR 202"),
        ("|P|2.5", "|P|3.0", "AR 203"),
        ("ADT^A04", "ORU^R01", "AR 200"),
        ("ADT^A04", "ADT^A02", "AR 201"),
        ("|C-1|", "||", "AR 101"),
        ("MSH|^~\\&|HIS", "MSH|^~\\&|ELSE", "AR 103"),
        ("UNICODE UTF-8", "ISO IR87", "AR 103"),
    ],
)
def test_what_is_not_for_us_is_rejected_as_such(ward, old, new, answer):
    ward.settings = Hl7Receiver(applications=("HIS",))
    text = adt("A04", control="C-1")
    assert old in text
    assert ward.send(text.replace(old, new)) == answer
    assert ward.send(text) == "AA"


def test_events_that_the_site_ignores_are_answered_and_leave_nothing(ward):
    ward.settings = Hl7Receiver(ignore_events=("A02",))
    assert ward.send(adt("A02")) == "AA"
    assert ward.lines() == ()


def test_a_running_reception_tidies_once_a_day(ward):
    ward.send(adt("A04", attending="D777"))
    reception = Reception(ward.store, ward.hospital_id, Hl7Receiver(physicians=(("D777", "lee"),)))
    receiver = Receiver(settings=ward.settings, systems=SYSTEMS, apply=reception.apply, clock=ward.store.clock)
    receiver.answer(adt("A31", visit=None, patient="00000404").encode())
    assert len(ward.seen_by(ward.lee)) == 1
    ward.send(adt("A04", attending="D777", visit="V2"))
    receiver.answer(adt("A31", visit=None, patient="00000404").encode())
    assert len(ward.seen_by(ward.lee)) == 1


@pytest.mark.parametrize(
    ("levels", "good", "bad"),
    [
        (("", ""), ["AA"], ["AE"]),
        (("AL", "AL"), ["CA", "AA"], ["CE"]),
        (("AL", "NE"), ["CA"], ["CE"]),
        (("NE", "AL"), ["AA"], ["AE"]),
        (("ER", "NE"), [], ["CE"]),
        (("SU", "ER"), ["CA"], ["AE"]),
        (("NE", "NE"), [], []),
    ],
)
def test_acknowledgements_are_those_that_are_asked_for(ward, levels, good, bad):
    receiver = Receiver(settings=ward.settings, systems=SYSTEMS, apply=ward.reception.apply, clock=ward.store.clock)

    def codes(text: str) -> list[str]:
        header, _, rest = text.partition("\r")
        fields = header.split("|")
        fields[14], fields[15] = levels
        answers = receiver.answer(("|".join(fields) + "\r" + rest).encode())
        return [read_acknowledgement(answer).code for answer in answers]

    assert codes(adt("A04")) == good
    assert codes(adt("A04", born="", patient="00000099")) == bad


def test_a_visit_is_written_in_the_template_its_physician_or_the_site_has_chosen(ward):
    opening = Opening(template="follow_up", language="en")
    reception = Reception(ward.store, ward.hospital_id, Hl7Receiver(physicians=(("D777", "lee"),)), opening)
    receiver = Receiver(settings=ward.settings, systems=SYSTEMS, apply=reception.apply, clock=ward.store.clock)
    receiver.answer(adt("A04", attending="D777").encode())
    (record,) = ward.seen_by(ward.lee)
    assert (record.template, record.language) == ("follow_up", "en")
    with ward.store.begin(ward.lee.actor) as work:
        work.style_rules.add(DefaultTemplate(setting="outpatient", template="initial"), origin="written")
    receiver.answer(adt("A04", attending="D777", visit="V2", patient="00000002").encode())
    chosen = {one.encounter.identifier.value: one.template for one in ward.seen_by(ward.lee)}
    assert chosen == {"V1": "follow_up", "V2": "initial"}
