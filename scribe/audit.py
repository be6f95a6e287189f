"""The audit chain: one per hospital, each record holding the hash of the one before it.

A record's hash is SHA-256 over the RFC 8785 canonical JSON of its other fields.  Whoever holds an exported
chain, and the hash of any later record, can verify it offline: a record changed, removed, inserted or
reordered breaks the chain at that place.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime

from scribe.crypto import canonical_json, sha256_hex
from scribe.domain.errors import ScribeError

GENESIS = "0" * 64
"""``previous_hash`` of a hospital's first record."""


class AuditChainError(ScribeError):
    """The audit log of hospital {hospital_id} is broken at record {sequence}: {problem}."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditRecord:
    """Who did what to which row, when; never what it said.

    ``at`` is UTC; ``sequence`` counts from 1 within the hospital without gaps.
    """

    hospital_id: str
    sequence: int
    at: datetime
    account_id: str
    role: str
    action: str
    subject: str
    subject_id: str
    encounter_id: str | None
    previous_hash: str
    hash: str

    def expected_hash(self) -> str:
        """What ``hash`` must be, by the other fields."""
        document: dict[str, object] = {
            "hospital_id": self.hospital_id,
            "sequence": self.sequence,
            "at": self.at.astimezone(UTC).isoformat(timespec="microseconds"),
            "account_id": self.account_id,
            "role": self.role,
            "action": self.action,
            "subject": self.subject,
            "subject_id": self.subject_id,
            "encounter_id": self.encounter_id,
            "previous_hash": self.previous_hash,
        }
        return sha256_hex(canonical_json(document))


def verify_chain(
    records: Iterable[AuditRecord], *, hospital_id: str, head: str | None = None, length: int | None = None
) -> int:
    """Count the records of a whole chain, given in order from the first one.

    ``head`` and ``length`` are the last hash and the count where an outside witness has noted them: without
    them, records cut off at the end cannot be noticed.  Raises :class:`AuditChainError` at the first break.
    """
    previous = GENESIS
    count = 0
    for record in records:
        count += 1
        problem = _problem(record, hospital_id, count, previous)
        if problem is not None:
            raise AuditChainError(hospital_id=hospital_id, sequence=count, problem=problem)
        previous = record.hash
    if length is not None and count != length:
        raise AuditChainError(hospital_id=hospital_id, sequence=count, problem=f"{length} records were expected")
    if head is not None and previous != head:
        raise AuditChainError(hospital_id=hospital_id, sequence=count, problem="its last hash is not the noted one")
    return count


def _problem(record: AuditRecord, hospital_id: str, sequence: int, previous: str) -> str | None:
    if record.hospital_id != hospital_id:
        return "it belongs to another hospital"
    if record.sequence != sequence:
        return f"its number is {record.sequence}"
    if record.previous_hash != previous:
        return "it does not follow from the record before it"
    if record.hash != record.expected_hash():
        return "its content has been changed"
    return None
