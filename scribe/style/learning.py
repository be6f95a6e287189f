"""What a signature teaches: how much of the draft was kept, and which habits it shows."""

import logging

from scribe.domain.note import SignedNote
from scribe.domain.style import SignedShares
from scribe.store import Actor, Store, Work
from scribe.store.errors import CaptureKeyDestroyedError
from scribe.store.records import DraftRecord
from scribe.style.learn import learn
from scribe.style.observe import observe
from scribe.style.shares import edit_shares

REMEMBERED = 60
"""Consultations that are looked at for habits: what was done long ago is no habit."""

log = logging.getLogger("scribe.style")


def learn_from_signing(store: Store, actor: Actor, encounter_id: str) -> None:
    """Learn from the first version that ``actor`` signed of a consultation, in a transaction of its own.

    Call it after the signature has been committed: nothing that goes wrong here may stand in its way, and none of it
    is told beyond its type.
    """
    try:
        with store.begin(actor) as work:
            _learn(work, encounter_id)
    except CaptureKeyDestroyedError:
        return
    except Exception as error:  # the message may hold what a physician wrote
        log.error("learning from a signature broke: %s", type(error).__name__)


def _learn(work: Work, encounter_id: str) -> None:
    note = next((record.note for record in work.notes.versions(encounter_id) if record.note.version == 1), None)
    drafted = work.drafts.as_drafted(encounter_id)
    if note is None or drafted is None or drafted.transcript_id is None:
        return
    transcript = work.transcripts.get(drafted.transcript_id).transcript
    work.style_observations.put(encounter_id, observe(drafted.draft, note.content, transcript))
    work.edit_shares.put(encounter_id, note.version, _shares(work, drafted, note))
    known = [rule.habit for rule in work.style_rules.list()]
    for habit, seen in learn(work.style_observations.latest(most=REMEMBERED), known):
        work.style_rules.add(habit, origin="learnt", seen=seen)


def _shares(work: Work, drafted: DraftRecord, note: SignedNote) -> SignedShares:
    waited = (note.signed_at - drafted.created_at).total_seconds()
    return SignedShares(
        account_id=work.actor.account_id,
        template=note.content.template or drafted.draft.note.template,
        setting=note.encounter.setting,
        language=drafted.draft.patient_summary.language,
        signed_at=note.signed_at,
        review_seconds=max(0, int(waited)),
        shares=edit_shares(drafted.draft, note.content),
    )
