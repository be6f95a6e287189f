"""What the page of deliveries is rendered from."""

from datetime import datetime

from scribe.store import Work
from scribe.store.permissions import may
from scribe.store.records import OutboxRecord
from scribe.web.deliveries.view import Patients, failing_lines, filters, rows
from scribe.web.labels import patient_bar

_MOST_NAMED = 300


def deliveries_context(work: Work, now: datetime, show: str) -> dict[str, object]:
    """What has not arrived; with the patient's name for those who may see patients."""
    items, failing = work.outbox.open_items(), work.destinations.failing()
    reads = may(work.actor.role, "read_notes")
    shown = rows(items, now, links=reads, patients=_patients(work, items) if reads else {})
    return {
        "rows": shown,
        "filters": filters(shown, show),
        "show": show,
        "failing": failing_lines(failing.values()),
        "named": reads,
    }


def _patients(work: Work, items: tuple[OutboxRecord, ...]) -> Patients:
    if not items:
        return {}
    ids = dict.fromkeys(item.encounter_id for item in items)
    found = {}
    for line in work.worklist.of(list(ids)[:_MOST_NAMED]):
        bar = patient_bar(line.record.encounter)
        found[line.record.id] = (bar.name, bar.registration)
    return found
