"""Admissions in both databases, and what of them is readable there."""

from datetime import date

import sqlalchemy as sa

from hl7_bridge.hl7v2.admissions import Systems
from hl7_bridge.hl7v2.receiving import Receiver
from hl7_bridge.hl7v2.settings import Hl7Receiver
from scribe.admissions import Reception
from scribe.domain.encounter import Identifier

SYSTEMS = Systems(patient="urn:oid:1.2.3", visit="urn:oid:1.2.4")
NAME, NUMBER, VISIT = "선우비밀", "NUMBER-4711", "VISIT-0815"


def message(event: str, at: str, attending: str = "D1", merge: str = "") -> bytes:
    lines = [
        f"MSH|^~\\&|HIS||||{at}||ADT^{event}|{event}{at}|P|2.5||||||UNICODE UTF-8",
        f"PID|1||{NUMBER}^^^^MR||{NAME}||19800301|M",
        f"MRG|{merge}^^^^MR" if merge else f"PV1|1|O|||||{attending}{'|' * 12}{VISIT}",
    ]
    return "\r".join(lines).encode()


def test_admissions_in_either_database(clinic):
    settings = Hl7Receiver(physicians=(("D1", "kim"), ("D2", "lee")))
    reception = Reception(clinic.store, clinic.hospital_id, settings)
    receiver = Receiver(settings=settings, systems=SYSTEMS, apply=reception.apply, clock=clinic.store.clock)

    def send(*what: str) -> bool:
        (answer,) = receiver.answer(message(*what))
        return b"\rMSA|AA|" in answer

    assert send("A04", "20260914100000")
    assert send("A04", "20260914100000")
    assert send("A08", "20260914110000", "D2")
    assert send("A04", "20260914120000", "D9")
    assert send("A40", "20260914130000", "", "OLD-1")
    assert send("A11", "20260914140000")
    with clinic.store.begin(clinic.lee.actor) as work:
        (record,) = work.encounters.list()
    assert record.encounter.patient.name == NAME
    assert record.encounter.patient.birth_date == date(1980, 3, 1)
    assert record.encounter.practitioner.name == "이의사"
    assert (record.problem, record.stage) == ("visit_cancelled", "new")
    with clinic.store.begin(clinic.service) as work:
        assert work.admissions.survivor(Identifier(system=SYSTEMS.patient, value="OLD-1")).value == NUMBER
        assert [line.state for line in work.admissions.lines(since=record.created_at.replace(year=2020))] == [
            "cancelled"
        ]


def test_nothing_of_a_waiting_patient_is_readable_in_the_database(clinic):
    settings = Hl7Receiver()
    reception = Reception(clinic.store, clinic.hospital_id, settings)
    receiver = Receiver(settings=settings, systems=SYSTEMS, apply=reception.apply, clock=clinic.store.clock)
    receiver.answer(message("A04", "20260914100000"))
    receiver.answer(message("A40", "20260914110000", "", "OLD-4711"))
    with clinic.store.engine.begin() as connection:
        for table in sa.inspect(connection).get_table_names():
            for row in connection.execute(sa.text(f"SELECT * FROM {table}")):
                shown = b" ".join(bytes(v) if isinstance(v, bytes | memoryview) else str(v).encode() for v in row)
                assert not any(secret.encode() in shown for secret in (NAME, NUMBER, VISIT, "OLD-4711")), table
