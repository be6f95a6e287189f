"""A visit that the hospital tells of after it was typed in: one consultation, nothing lost, in both databases."""

import multiprocessing
import os
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from itertools import count
from typing import Any

import pytest

from hl7_bridge.hl7v2.admissions import Systems
from hl7_bridge.hl7v2.receiving import Receiver
from hl7_bridge.hl7v2.settings import Hl7Receiver
from hl7_bridge.problems import NO_VISIT_NUMBER
from scribe.admissions import Reception
from scribe.crypto import HospitalKey, new_id
from scribe.domain.consent import Consent
from scribe.domain.encounter import Encounter, Identifier, Patient
from scribe.store import Store, open_store
from scribe.store.admissions import Admissions
from scribe.store.errors import NotFoundError, NumberSettledError, OtherPatientsNumberError
from scribe.store.records import EncounterRecord
from tests.store.conftest import Clinic, draft_of, signed

SYSTEMS = Systems(patient="urn:oid:1.2.3", visit="urn:oid:1.2.4")
SETTINGS = Hl7Receiver(physicians=(("D1", "kim"), ("D2", "lee")))
AT = datetime.fromisoformat("2026-09-14T10:20:00+09:00")
_numbers = count(1)


def adt(event: str = "A04", *, visit: str = "V1", born: str = "19800301", sex: str = "M", who: str = "D1") -> bytes:
    lines = [
        f"MSH|^~\\&|HIS||||20260914100000||ADT^{event}|C{next(_numbers)}|P|2.5||||||UNICODE UTF-8",
        f"PID|1||77^^^^MR||홍길동||{born}|{sex}",
        f"PV1|1|O|||||{who}{'|' * 12}{visit}{'|' * 25}20260914102000",
    ]
    return "\r".join(lines).encode()


def receiver(store: Store, hospital_id: str, settings: Hl7Receiver = SETTINGS) -> Receiver:
    reception = Reception(store, hospital_id, settings)
    return Receiver(settings=settings, systems=SYSTEMS, apply=reception.apply, clock=store.clock)


@dataclass
class Desk:
    """The desk of a clinic, where consultations are typed in before the hospital tells of them."""

    clinic: Clinic

    def send(self, message: bytes, settings: Hl7Receiver = SETTINGS) -> None:
        (answer,) = receiver(self.clinic.store, self.clinic.hospital_id, settings).answer(message)
        assert b"\rMSA|AA|" in answer

    def typed(self, *, visit: str | None = None, number: str | None = "77", **patient: Any) -> str:
        identifier = Identifier(system=SYSTEMS.patient, value=number) if number else None
        person = Patient(
            **{"name": "홍길동", "sex": "male", "birth_date": date(1980, 3, 1), "identifier": identifier, **patient}
        )
        encounter = Encounter(id=new_id(), start=AT + timedelta(minutes=5), patient=person, identifier=vn(visit))
        with self.clinic.store.begin(self.clinic.kim.actor) as work:
            return work.encounters.add(encounter).id

    def record(self, encounter_id: str) -> None:
        with self.clinic.store.begin(self.clinic.kim.actor) as work:
            work.consents.add(encounter_id, Consent(purpose="recording", state="given", decided_at=AT))
            work.recordings.add(encounter_id, b"sound", media_type="audio/flac")

    def sign(self, encounter_id: str) -> str:
        """The delivery that waits."""
        with self.clinic.store.begin(self.clinic.kim.actor) as work:
            encounter = work.encounters.get(encounter_id).encounter
            work.drafts.add(encounter_id, draft_of(encounter), expected_version=0, drafted_by="clinician")
            note = work.notes.add(signed(work, encounter, self.clinic.kim.practitioner)).note
            return work.outbox.add(note.note_id, 1, "hospital").id

    def refuse(self, outbox_id: str, *, meanwhile: Any = None) -> None:
        """What a courier makes of a delivery without number."""
        with self.clinic.store.begin(self.clinic.service) as work:
            work.outbox.claim("hospital", "w", most=5, lease=timedelta(minutes=1))
            attempt = work.outbox.open(outbox_id, "w", "send")
        if meanwhile:
            meanwhile()
        with self.clinic.store.begin(self.clinic.service) as work:
            work.outbox.close(attempt, "rejected", problem=NO_VISIT_NUMBER)
            work.outbox.settle(outbox_id, "w", "rejected", problem=NO_VISIT_NUMBER)

    def seen(self, who: Any = None) -> tuple[EncounterRecord, ...]:
        with self.clinic.store.begin((who or self.clinic.kim).actor) as work:
            return work.encounters.list()

    def get(self, encounter_id: str) -> EncounterRecord:
        return next(one for one in self.seen() if one.id == encounter_id)

    def give(self, encounter_id: str, visit: str | None, registration: str | None = None) -> EncounterRecord:
        number = Identifier(system=SYSTEMS.patient, value=registration) if registration else None
        with self.clinic.store.begin(self.clinic.kim.actor) as work:
            return work.visit_numbers.give(encounter_id, visit=vn(visit), registration=number)

    def doubts(self, encounter_id: str) -> list[tuple[str, str]]:
        with self.clinic.store.begin(self.clinic.kim.actor) as work:
            return [(one.id, one.reason) for one in work.visit_matches.doubts(encounter_id)]

    def decide(self, encounter_id: str, *, same: bool) -> None:
        with self.clinic.store.begin(self.clinic.kim.actor) as work:
            (doubt,) = work.visit_matches.doubts(encounter_id)
            work.visit_matches.decide(encounter_id, doubt.id, same=same)


def vn(visit: str | None) -> Identifier | None:
    return Identifier(system=SYSTEMS.visit, value=visit) if visit else None


@pytest.fixture
def desk(clinic: Clinic) -> Desk:
    return Desk(clinic)


def test_a_visit_told_later_is_the_consultation_that_was_typed_in(desk: Desk) -> None:
    typed = desk.typed()
    desk.record(typed)
    desk.send(adt())
    (found,) = desk.seen()
    assert (found.id, found.encounter.identifier, found.problem) == (typed, vn("V1"), None)
    with desk.clinic.store.begin(desk.clinic.kim.actor) as work:
        assert len(work.recordings.list(typed)) == 1
        assert work.consents.permits(typed, "recording")
        assert work.visit_numbers.told(typed)
    desk.send(adt("A08", sex="F"))
    assert desk.get(typed).encounter.patient.sex == "female"


def test_what_is_signed_stays_and_its_delivery_goes_out_under_the_number(desk: Desk) -> None:
    typed = desk.typed()
    outbox = desk.sign(typed)
    desk.refuse(outbox)
    assert desk.get(typed).problem == "delivery_unnumbered"
    with desk.clinic.store.begin(desk.clinic.kim.actor) as work:
        before = work.notes.latest(typed).document
    desk.send(adt(born="19800301"))
    found = desk.get(typed)
    assert (found.problem, found.delivery, found.stage) == (None, "waiting", "signed")
    with desk.clinic.store.begin(desk.clinic.kim.actor) as work:
        assert work.notes.latest(typed).document == before
    with desk.clinic.store.begin(desk.clinic.service) as work:
        work.outbox.claim("hospital", "w", most=1, lease=timedelta(minutes=1))
        sent = work.outbox.open(outbox, "w", "send").note
    assert sent.encounter.identifier == vn("V1")
    assert len(desk.seen()) == 1


def test_another_day_physician_or_patient_is_another_visit(desk: Desk) -> None:
    typed = desk.typed()
    desk.send(adt(visit="V2", who="D2"))
    desk.send(adt(visit="V3").replace(b"20260914102000", b"20260915102000"))
    desk.send(adt(visit="V4").replace(b"77^^^^MR", b"78^^^^MR"))
    assert desk.get(typed).encounter.identifier is None
    assert desk.doubts(typed) == []
    assert len(desk.seen()) == 3
    assert len(desk.seen(desk.clinic.lee)) == 1


@pytest.mark.parametrize(
    ("message", "typed", "reason"),
    [
        ({"born": "19900301"}, {}, "birth_date"),
        ({"sex": "F"}, {}, "sex"),
        ({}, {"visit": "V9"}, "number"),
        ({"who": "D9"}, {}, "physician"),
    ],
)
def test_what_is_not_certain_waits_for_a_person(
    desk: Desk, message: dict[str, str], typed: dict[str, Any], reason: str
) -> None:
    encounter_id = desk.typed(**typed)
    before = desk.get(encounter_id).encounter
    desk.send(adt(**message))
    assert [kind for _, kind in desk.doubts(encounter_id)] == [reason]
    assert desk.get(encounter_id).encounter == before, "nobody's identity is put over another's"
    made = [one for one in desk.seen() if one.id != encounter_id]
    desk.decide(encounter_id, same=True)
    after = desk.get(encounter_id)
    assert after.encounter.identifier == vn("V1")
    assert desk.doubts(encounter_id) == []
    assert [desk.get(one.id).problem for one in made] == ["merged"] * len(made)


def test_a_person_may_say_that_it_is_another_visit(desk: Desk) -> None:
    typed = desk.typed(birth_date=date(1990, 3, 1))
    desk.send(adt())
    desk.decide(typed, same=False)
    desk.send(adt("A08"))
    assert desk.doubts(typed) == []
    assert desk.get(typed).encounter.identifier is None
    assert len(desk.seen()) == 2


def test_of_two_candidates_one_is_chosen_and_the_other_stays(desk: Desk) -> None:
    first, second = desk.typed(), desk.typed()
    desk.send(adt())
    assert [kind for one in (first, second) for _, kind in desk.doubts(one)] == ["several", "several"]
    (made,) = (one.id for one in desk.seen() if one.id not in (first, second))
    desk.decide(first, same=True)
    assert [desk.get(one).encounter.identifier for one in (first, second)] == [vn("V1"), None]
    assert desk.get(made).problem == "merged"
    desk.decide(second, same=False)
    assert desk.doubts(second) == []


def test_a_consultation_that_was_begun_is_not_ended_by_a_merge(desk: Desk) -> None:
    typed = desk.typed(sex="female")
    desk.send(adt())
    (made,) = (one.id for one in desk.seen() if one.id != typed)
    desk.record(made)
    desk.decide(typed, same=True)
    assert [desk.get(one).encounter.identifier for one in (typed, made)] == [vn("V1"), vn("V1")]
    assert desk.get(made).problem is None
    with desk.clinic.store.begin(desk.clinic.kim.actor) as work:
        assert len(work.recordings.list(made)) == 1


def test_a_waiting_visit_is_joined_once_its_physician_is_known(desk: Desk) -> None:
    typed = desk.typed()
    desk.send(adt(who="D9"))
    known = Hl7Receiver(physicians=(("D9", "kim"),))
    assert Reception(desk.clinic.store, desk.clinic.hospital_id, known).open() == 0
    (found,) = desk.seen()
    assert (found.id, found.encounter.identifier) == (typed, vn("V1"))
    assert desk.doubts(typed) == []


def test_a_number_given_by_hand_sends_what_waited_and_can_be_corrected_until_then(desk: Desk) -> None:
    typed = desk.typed(number=None)
    outbox = desk.sign(typed)
    desk.refuse(outbox)
    assert desk.give(typed, "V8").encounter.identifier == vn("V8")
    found = desk.give(typed, "V1", "77")
    assert (found.delivery, found.problem) == ("waiting", None)
    with desk.clinic.store.begin(desk.clinic.service) as work:
        work.outbox.claim("hospital", "w", most=1, lease=timedelta(minutes=1))
        attempt = work.outbox.open(outbox, "w", "send")
        assert attempt.note.encounter.identifier == vn("V1")
        assert attempt.note.encounter.patient.identifier.value == "77"
    with pytest.raises(NumberSettledError):
        desk.give(typed, "V2")
    with desk.clinic.store.begin(desk.clinic.service) as work:
        work.outbox.close(attempt, "accepted")
        work.outbox.settle(outbox, "w", "accepted")
    with pytest.raises(NumberSettledError):
        desk.give(typed, None)
    desk.send(adt())
    assert [one.id for one in desk.seen()] == [typed]


def test_a_number_that_comes_while_the_delivery_is_refused_is_not_overlooked(desk: Desk) -> None:
    typed = desk.typed()
    outbox = desk.sign(typed)

    def number_comes() -> None:
        with desk.clinic.store.begin(desk.clinic.service) as work:
            work.visit_numbers.take(typed, Identifier(system=SYSTEMS.visit, value="V1"))

    desk.refuse(outbox, meanwhile=number_comes)
    assert (desk.get(typed).delivery, desk.get(typed).problem) == ("waiting", None)


def test_the_number_of_another_patients_visit_is_refused(desk: Desk) -> None:
    desk.send(adt())
    other = desk.typed(number="78", name="다른이")
    with pytest.raises(OtherPatientsNumberError):
        desk.give(other, "V1")
    with pytest.raises(OtherPatientsNumberError):
        desk.give(desk.typed(number=None, name="다른이"), None, "77")
    assert desk.get(other).encounter.identifier is None
    told = next(one.id for one in desk.seen() if one.encounter.identifier)
    with pytest.raises(NumberSettledError):
        desk.give(told, "V5")


def test_a_visit_that_waited_for_its_physician_is_taken_by_its_number(desk: Desk) -> None:
    desk.send(adt(who="D9"))
    typed = desk.typed()
    desk.give(typed, "V1")
    assert Reception(desk.clinic.store, desk.clinic.hospital_id, SETTINGS).open() == 0
    assert [one.id for one in desk.seen()] == [typed]


def test_nobody_else_decides_and_every_step_is_audited(desk: Desk) -> None:
    typed = desk.typed(sex="female")
    desk.send(adt())
    ((doubt, _),) = desk.doubts(typed)
    for call in (
        lambda work: work.visit_matches.decide(typed, doubt, same=True),
        lambda work: work.visit_numbers.give(typed, visit=vn("V7")),
    ):
        with pytest.raises(NotFoundError), desk.clinic.store.begin(desk.clinic.lee.actor) as work:
            call(work)
    desk.decide(typed, same=True)
    with desk.clinic.store.begin(desk.clinic.service) as work:
        acts = {(one.action, one.subject) for one in work.trail.of_encounter(typed)}
    assert {("doubt", "visit"), ("same_visit", "visit"), ("number", "encounter"), ("join", "visit")} <= acts


def test_killed_while_it_joins_it_has_joined_nothing_and_the_message_comes_again(desk: Desk, url: str) -> None:
    typed = desk.typed()
    desk.refuse(desk.sign(typed))
    before, message = desk.get(typed), adt()
    child = multiprocessing.get_context("fork").Process(
        target=_killed_at_the_end, args=(url, desk.clinic.store, desk.clinic.hospital_id, message)
    )
    child.start()
    child.join(timeout=60)
    assert child.exitcode == 9
    assert desk.seen() == (before,)
    desk.send(message)
    assert desk.seen() == (replace(before, encounter=replace(before.encounter, identifier=vn("V1")),
                                   problem=None, delivery="waiting"),)  # fmt: skip


def _killed_at_the_end(url: str, theirs: Store, hospital_id: str, message: bytes) -> None:
    key = HospitalKey.from_file(theirs.audio_dir.parent / "hospital.key")
    store = open_store(url, wrapper=key, audio_dir=theirs.audio_dir)

    def die(self: Admissions, receipt: str, event: str, done: str) -> None:
        self.scope.session.flush()
        os._exit(9)

    Admissions.remember = die  # type: ignore[method-assign]
    receiver(store, hospital_id).answer(message)
