"""Taking a signed note back: recorded, told to every destination, and closed to the patient."""

from collections.abc import Callable

from scribe.store import Work
from scribe.store.revisions import RetractionRecord


def retract_note(work: Work, encounter_id: str, reason: str, wake: Callable[[], None]) -> RetractionRecord:
    """All in the transaction of ``work``: the retraction, its deliveries, and the end of the patient's addresses.

    A second time gives the first one.  ``wake`` is called once it has committed.
    """
    record = work.retractions.add(encounter_id, reason)
    work.outbox.retract(encounter_id)
    for link in work.patient_links.list(encounter_id):
        work.patient_links.revoke(link.id)
    work.after_commit(wake)
    return record
