"""The steps of the durable jobs: each may run twice, and leaves one result.

What goes in and out is ids, states and codes.  An exception that left a step would be stored and logged by the
job engine with its message, so none does: it becomes an :class:`Outcome`, and the log gets its type and place.
"""

import logging
from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from scribe.crypto import CryptoError
from scribe.domain.carry_over import carry_over
from scribe.domain.errors import ScribeError
from scribe.domain.note import Draft
from scribe.drafting import restate
from scribe.progress import Observer, Phase, Progress, Step, place_of, unobserved
from scribe.stages import Stages
from scribe.store import Actor, Store, Work
from scribe.store.errors import CaptureKeyDestroyedError, StaleVersionError
from scribe.store.records import DraftRecord, Problem
from scribe.style import restyle

NOTHING_SAID: Problem = "nothing_said"
WITHDRAWN = "withdrawn"

log = logging.getLogger("scribe.pipeline")


@dataclass(frozen=True, slots=True)
class Outcome:
    """How a step ended: ``done`` with a result id, ``failed`` with a code, or ``retry`` with the code it fails with if
    no attempt is left."""

    kind: Literal["done", "failed", "retry"]
    value: str


class Steps:
    """The steps over one store and one set of stages."""

    def __init__(self, store: Store, stages: Stages, observe: Observer | None = None) -> None:
        self._store = store
        self._stages = stages
        self._observe = observe or unobserved

    def recognise(self, hospital_id: str, encounter_id: str, recording_id: str) -> Outcome:
        """Recording to transcript; done with the transcript's id."""
        return self._guarded(
            "recognise",
            encounter_id,
            "recognition_failed",
            lambda: self._recognise(Actor.service(hospital_id), encounter_id, recording_id),
        )

    def draft(self, hospital_id: str, encounter_id: str, transcript_id: str) -> Outcome:
        """Transcript to draft; done with the draft's id, failed where nothing was said."""
        return self._guarded(
            "draft",
            encounter_id,
            "drafting_failed",
            lambda: self._draft(Actor.service(hospital_id), encounter_id, transcript_id),
        )

    def rewrite(self, hospital_id: str, rewriting_id: str) -> Outcome:
        """What went stale, written anew; done with the rewriting's own id."""
        return self._guarded(
            "rewrite", rewriting_id, "rewriting_failed", lambda: self._rewrite(hospital_id, rewriting_id)
        )

    def give_up_rewriting(self, hospital_id: str, rewriting_id: str) -> None:
        """Show that it could not be written anew."""
        with self._store.begin(Actor.service(hospital_id)) as work:
            work.rewritings.fail(rewriting_id)

    def stop(self, hospital_id: str, encounter_id: str, problem: Problem) -> None:
        """Show the problem that ended the work."""
        with self._store.begin(Actor.service(hospital_id)) as work:
            work.encounters.stop(encounter_id, problem)

    def _recognise(self, actor: Actor, encounter_id: str, recording_id: str) -> Outcome:
        with self._store.begin(actor) as work:
            known = work.transcripts.first_of(recording_id)
            if known is not None:
                return Outcome("done", known)
            language = work.encounters.get(encounter_id).language
            audio = work.recordings.audio(recording_id)
            work.encounters.reach(encounter_id, "transcribing")
        transcript = self._stages.recognise(
            audio,
            language=language,
            recording_id=recording_id,
            progress=lambda fraction: self._tell("recognise", "running", encounter_id, fraction),
        )
        with self._store.begin(actor) as work:
            work.encounters.reach(encounter_id, "transcribing")  # from here on no other job adds one
            known = work.transcripts.first_of(recording_id)
            if known is not None:
                return Outcome("done", known)
            latest = work.encounters.get(encounter_id).transcript_version or 0
            added = work.transcripts.add(encounter_id, transcript, expected_version=latest, recording_id=recording_id)
        return Outcome("done", added.id)

    def _draft(self, actor: Actor, encounter_id: str, transcript_id: str) -> Outcome:
        with self._store.begin(actor) as work:
            known = work.drafts.first_of(transcript_id) or self._later(work, encounter_id, transcript_id)
            if known is not None:
                return Outcome("done", known)
            encounter = work.encounters.get(encounter_id)
            record = work.transcripts.get(transcript_id)
            if record.transcript.is_empty:
                return Outcome("failed", NOTHING_SAID)
            rules = work.style_rules.list(encounter.owner_id)
            work.encounters.reach(encounter_id, "drafting")
        corrected = self._stages.correct(record.transcript)
        draft = self._stages.draft_note(corrected, encounter.encounter, template=encounter.template)
        styled = restyle(draft, corrected, rules)
        with self._store.begin(actor) as work:
            work.encounters.reach(encounter_id, "drafting")
            known = work.drafts.first_of(transcript_id) or self._later(work, encounter_id, transcript_id)
            if known is not None:
                return Outcome("done", known)
            if corrected != record.transcript:
                transcript_id = work.transcripts.add(
                    encounter_id, corrected, expected_version=record.version, recording_id=record.recording_id
                ).id
            added = self._keep(work, encounter_id, styled.draft, transcript_id)
            work.style_rules.count(encounter.owner_id, styled.applied)
        return Outcome("done", added.id)

    def _rewrite(self, hospital_id: str, rewriting_id: str) -> Outcome:
        if self._stages.rewrite is None:
            return Outcome("failed", "rewriting_failed")
        self._stages.rewrite(hospital_id, rewriting_id)
        return Outcome("done", rewriting_id)

    def _later(self, work: Work, encounter_id: str, transcript_id: str) -> str | None:
        """What stands in place of a draft of this transcript, None where nothing does: a later version of it, which is
        drafted or has a job of its own, or the signature, after which no machine drafts."""
        latest = work.transcripts.latest(encounter_id)
        if latest is not None and latest.id != transcript_id:
            return latest.id
        return transcript_id if work.encounters.get(encounter_id).note_version is not None else None

    def _keep(self, work: Work, encounter_id: str, draft: Draft, transcript_id: str) -> DraftRecord:
        """Add what the drafter wrote, and after it what a physician did to the draft before, carried over."""
        before, drafted = work.drafts.latest(encounter_id), work.drafts.as_drafted(encounter_id)
        latest = before.version if before else 0
        added = work.drafts.add(
            encounter_id, draft, expected_version=latest, drafted_by="drafter", transcript_id=transcript_id
        )
        if before is not None and drafted is not None and before.drafted_by == "clinician":
            transcript = work.transcripts.get(transcript_id).transcript
            basis = restate.Basis(new_id=work.scope.new_id, transcript=transcript, templates=self._stages.templates)
            theirs = restate.carried(drafted.draft, before.draft, draft, basis)
            carried = carry_over(drafted.draft, before.draft, theirs)
            if carried != draft:
                work.drafts.add(
                    encounter_id,
                    carried,
                    expected_version=added.version,
                    drafted_by="clinician",
                    transcript_id=transcript_id,
                )
        return added

    def _guarded(self, step: Step, subject_id: str, code: str, body: Callable[[], Outcome]) -> Outcome:
        self._tell(step, "started", subject_id)
        try:
            outcome = body()
        except CaptureKeyDestroyedError:
            outcome = Outcome("failed", WITHDRAWN)
        except (ScribeError, CryptoError) as error:
            log.warning("%s of %s failed: %s at %s", step, subject_id, type(error).__name__, place_of(error))
            lasting = not (error.retryable or isinstance(error, StaleVersionError))
            outcome = Outcome("failed" if lasting else "retry", code)
        except Exception as error:  # the message may hold what a patient said: only type and place go on
            log.error("%s of %s broke: %s at %s", step, subject_id, type(error).__name__, place_of(error))
            outcome = Outcome("retry", code)
        self._tell(step, "finished", subject_id)
        return outcome

    def _tell(self, step: Step, phase: Phase, subject_id: str, fraction: float | None = None) -> None:
        self._observe(Progress(step=step, phase=phase, subject_id=subject_id, fraction=fraction))
