"""scribe-delivery/1 comes back as it was written and holds to its schema."""

import json
from pathlib import Path

from jsonschema import Draft202012Validator

from scribe.domain.delivery import DeliveredResource, Delivery, DeliveryProblem, LeftOut
from scribe.domain.encounter import Identifier
from scribe.domain.formats import read_delivery, write_delivery

SCHEMA = Path(__file__).resolve().parents[2] / "docs/schemas/scribe-delivery-1.json"
DELIVERY = Delivery(
    note_id="n1",
    note_version=2,
    destination="http://hospital.test/fhir",
    state="outcome_unknown",
    resources=(
        DeliveredResource(
            role="note-document",
            key=Identifier(system="urn:oid:1.2.3", value="n1.v2.note-document"),
            reference="DocumentReference/7",
            version='W/"1"',
            created=True,
        ),
    ),
    left_out=(LeftOut(entry="e1", kind="diagnosis", reason="KCD-8 코드가 없습니다"),),
    problem=DeliveryProblem(code="busy", message="잠시 뒤 다시 보냅니다.", retryable=True, retry_after=3.0),
)


def test_a_delivery_comes_back_as_it_was_written() -> None:
    written = write_delivery(DELIVERY)
    assert read_delivery(written, "d.json") == DELIVERY
    Draft202012Validator(json.loads(SCHEMA.read_text("utf-8"))).validate(json.loads(written))


def test_counts_and_retrying_follow_from_what_is_there() -> None:
    assert (DELIVERY.created, DELIVERY.existing, DELIVERY.retryable) == (1, 0, True)
    assert DELIVERY.resources[0].type == "DocumentReference"
