"""Signed against accepted: what was signed on a day, and what a destination holds of it."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Literal
from zoneinfo import ZoneInfo

from scribe.domain.delivery import Delivery
from scribe.stages import Channel, Receiver
from scribe.store import Actor, Store
from scribe.store.records import ReconciliationCounts, ReconciliationRecord

SEOUL = ZoneInfo("Asia/Seoul")

Finding = Literal["unqueued", "unanswered", "missing", "duplicated", "unchecked"]
"""``unqueued``: signed, but never put on its way there.  ``unanswered``: on its way, rejected or parked.
``missing``: accepted, but no longer held whole.  ``duplicated``: held more than once.  ``unchecked``: accepted, but
the receiver could not be asked, or cannot be at all."""
Version = tuple[str, int]


@dataclass(frozen=True, slots=True, kw_only=True)
class Discrepancy:
    """A signed version that is not simply accepted and held."""

    note_id: str
    version: int
    finding: Finding


@dataclass(frozen=True, slots=True, kw_only=True)
class Reconciliation:
    """One day (of signatures, in Seoul) and destination; ``open`` where somebody has to look."""

    record: ReconciliationRecord
    discrepancies: tuple[Discrepancy, ...]

    @property
    def open(self) -> bool:
        return self.record.counts.open > 0


def reconcile(store: Store, hospital_id: str, destination: str, receiver: Receiver, day: date) -> Reconciliation:
    """Compare, ask the receiver by identifier for what it accepted, and keep the counts.

    Only the latest accepted version of a note is looked up: a version that was amended lives on in the later one.
    Nothing is sent.
    """
    actor = Actor.service(hospital_id)
    start = datetime.combine(day, time(), SEOUL)
    with store.begin(actor) as work:
        signed = work.destinations.unreconciled(start, start + timedelta(days=1), destination)
    latest = dict(sorted(signed.accepted))
    checked = list(_checked(store, actor, receiver, list(latest.items())))
    found = (
        *(_discrepancies("unqueued", signed.unqueued)),
        *(_discrepancies("unanswered", signed.unanswered)),
        *checked,
    )
    counts = ReconciliationCounts(
        signed=len(signed.accepted) + len(signed.set_aside) + len(signed.unqueued) + len(signed.unanswered),
        accepted=len(signed.accepted),
        set_aside=len(signed.set_aside),
        unqueued=len(signed.unqueued),
        unanswered=len(signed.unanswered),
        missing=_count(checked, "missing"),
        duplicated=_count(checked, "duplicated"),
        unchecked=_count(checked, "unchecked"),
    )
    with store.begin(actor) as work:
        record = work.destinations.reconciled(day, destination, counts)
    return Reconciliation(record=record, discrepancies=found)


def yesterday(now: datetime) -> date:
    """The last whole day in Seoul."""
    return now.astimezone(SEOUL).date() - timedelta(days=1)


def _checked(store: Store, actor: Actor, receiver: Receiver, versions: list[Version]) -> Iterator[Discrepancy]:
    if not versions:
        return
    with receiver.open() as channel:
        for note_id, version in versions:
            finding = _looked_up(store, actor, channel, note_id, version)
            if finding is not None:
                yield Discrepancy(note_id=note_id, version=version, finding=finding)


def _looked_up(store: Store, actor: Actor, channel: Channel, note_id: str, version: int) -> Finding | None:
    with store.begin(actor) as work:
        record = work.notes.get(note_id, version)
        versions = work.notes.versions(record.encounter_id)
        now = work.encounters.get(record.encounter_id).encounter
    earlier = tuple(one.note.addressed(now) for one in versions if one.note.version < version)
    return finding_of(channel.look_up(record.note.addressed(now), earlier))


def finding_of(held: Delivery) -> Finding | None:
    """What a look-up of an accepted version says; None where everything is there once."""
    if held.state == "accepted":
        return None
    if held.problem is not None:
        return "duplicated" if held.problem.code == "multiple-matches" else "unchecked"
    if held.state == "outcome_unknown" and not held.resources:
        return "unchecked"
    return "missing"


def _discrepancies(finding: Finding, versions: list[Version]) -> Iterator[Discrepancy]:
    for note_id, version in versions:
        yield Discrepancy(note_id=note_id, version=version, finding=finding)


def _count(found: list[Discrepancy], finding: Finding) -> int:
    return sum(item.finding == finding for item in found)
