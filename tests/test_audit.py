"""The audit chain, verified offline."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from scribe.audit import GENESIS, AuditChainError, AuditRecord, verify_chain


def chain(length: int = 5) -> list[AuditRecord]:
    records, previous = [], GENESIS
    for number in range(1, length + 1):
        record = AuditRecord(
            hospital_id="h",
            sequence=number,
            at=datetime(2026, 9, 14, tzinfo=UTC) + timedelta(microseconds=number),
            account_id="kim",
            role="physician",
            action="read",
            subject="transcript",
            subject_id=f"t{number}",
            encounter_id="e" if number % 2 else None,
            previous_hash=previous,
            hash="",
        )
        previous = record.expected_hash()
        records.append(replace(record, hash=previous))
    return records


def test_a_whole_chain_verifies():
    records = chain()
    assert verify_chain(records, hospital_id="h", head=records[-1].hash, length=5) == 5
    assert verify_chain([], hospital_id="h") == 0


@pytest.mark.parametrize(
    "change",
    [
        {"at": datetime(2020, 1, 1, tzinfo=UTC)},
        {"account_id": "lee"},
        {"role": "admin"},
        {"action": "create"},
        {"subject": "draft"},
        {"subject_id": "t9"},
        {"encounter_id": "f"},
        {"hospital_id": "i"},
        {"sequence": 9},
        {"previous_hash": GENESIS},
        {"hash": GENESIS},
    ],
    ids=lambda change: next(iter(change)),
)
def test_a_changed_field_breaks_the_chain_where_it_stands(change):
    records = chain()
    records[2] = replace(records[2], **change)
    with pytest.raises(AuditChainError) as error:
        verify_chain(records, hospital_id="h")
    assert error.value.sequence == 3


def test_a_record_that_is_forged_whole_breaks_the_next_link():
    records = chain()
    forged = replace(records[2], account_id="lee")
    records[2] = replace(forged, hash=forged.expected_hash())
    with pytest.raises(AuditChainError) as error:
        verify_chain(records, hospital_id="h")
    assert error.value.sequence == 4


def test_removed_inserted_and_reordered_records_are_noticed():
    records = chain()
    for broken in (
        records[1:],
        records[:2] + records[3:],
        [*records[:2], records[1], *records[2:]],
        [records[0], records[2], records[1], *records[3:]],
    ):
        with pytest.raises(AuditChainError):
            verify_chain(broken, hospital_id="h")


def test_a_cut_end_is_noticed_by_a_witness():
    records = chain()
    assert verify_chain(records[:3], hospital_id="h") == 3
    with pytest.raises(AuditChainError, match="5 records"):
        verify_chain(records[:3], hospital_id="h", length=5)
    with pytest.raises(AuditChainError, match="last hash"):
        verify_chain(records[:3], hospital_id="h", head=records[-1].hash)


def test_the_time_zone_a_record_is_shown_in_does_not_matter():
    from zoneinfo import ZoneInfo

    records = [replace(record, at=record.at.astimezone(ZoneInfo("Asia/Seoul"))) for record in chain()]
    assert verify_chain(records, hospital_id="h") == 5
