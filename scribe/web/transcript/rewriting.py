"""Writing anew what went stale, in the background: asked on the page, done once, however often it is begun."""

from dataclasses import dataclass
from pathlib import Path

from scribe.domain.carry_over import carry_over
from scribe.domain.errors import ScribeError
from scribe.domain.note import Draft
from scribe.domain.rewriting import RewriteWish, Rewritten
from scribe.drafting.redraft import redraft
from scribe.drafting.restate import Basis, carried
from scribe.stages import DraftNote
from scribe.store import Actor, Store, Work
from scribe.store.errors import StaleVersionError
from scribe.store.rewritings import RewritingRecord
from scribe.web.errors import AlreadySignedError
from scribe.web.review.desk import Desk, open_desk
from scribe.web.service import Service
from scribe.web.transcript.desk import Paired, baseline_of, keep_pair


@dataclass(frozen=True, slots=True)
class Rewriter:
    """What the drafter makes of a corrected transcript, brought into the draft as it stands when it is ready.

    ``templates`` is the hospital's own folder of note templates.
    """

    store: Store
    draft_note: DraftNote
    templates: Path | None = None

    def __call__(self, hospital_id: str, rewriting_id: str) -> None:
        """Do what was wished for, unless it is over, on behalf of the physician who wished for it.

        The drafter reads outside of any transaction.  Only what is stale still is written anew: what a physician edited
        meanwhile stays.  Raises ``StaleVersionError``, to be tried again, where the transcript was corrected meanwhile.
        """
        with self.store.begin(Actor.service(hospital_id)) as work:
            asked = work.rewritings.get(rewriting_id)
        if asked.state != "waiting":
            return
        actor = Actor(hospital_id, asked.owner_id, "physician")
        with self.store.begin(actor) as work:
            before = _desk(work, asked.encounter_id)
        template = before.draft.draft.note.template
        fresh = self.draft_note(before.transcript.transcript, before.encounter.encounter, template=template)
        with self.store.begin(actor) as work:
            if work.rewritings.get(rewriting_id).state == "waiting":
                self._bring_in(work, asked, before, fresh)

    def _bring_in(self, work: Work, asked: RewritingRecord, before: Desk, fresh: Draft) -> None:
        desk = _desk(work, asked.encounter_id)
        then, now = before.transcript.version, desk.transcript.version
        if then != now:
            raise StaleVersionError(subject="transcript", expected=then, found=now)
        pair, result = (
            self._whole(work, desk, fresh) if asked.wish.whole else self._pieces(work, desk, asked.wish, fresh)
        )
        kept = keep_pair(work, desk, pair)
        work.rewritings.finish(asked.id, result, before=desk.draft.version, after=kept.draft.version)

    def _pieces(self, work: Work, desk: Desk, wish: RewriteWish, fresh: Draft) -> tuple[Paired, Rewritten]:
        done = redraft(
            desk.draft.draft,
            baseline_of(work, desk).draft,
            fresh,
            desk.transcript.transcript,
            wish,
            work.scope.new_id,
            templates=self.templates,
        )
        result = Rewritten(rewritten=done.rewritten, removed=done.removed, offered=done.offered)
        return Paired(done.draft, done.baseline), result

    def _whole(self, work: Work, desk: Desk, fresh: Draft) -> tuple[Paired, Rewritten]:
        drafted, edited = baseline_of(work, desk).draft, desk.draft.draft
        basis = Basis(new_id=work.scope.new_id, transcript=desk.transcript.transcript, templates=self.templates)
        theirs = carried(drafted, edited, fresh, basis)
        return Paired(carry_over(drafted, edited, theirs), fresh), Rewritten()


def ask(service: Service, work: Work, encounter_id: str, wish: RewriteWish) -> RewritingRecord:
    """Wish for a rewriting, to be begun after the transaction: by the durable jobs, or right here where there are none.

    Raises :class:`AlreadySignedError` for what a signed version rests on.
    """
    _desk(work, encounter_id)
    asked = work.rewritings.ask(encounter_id, wish)
    if service.rewriting is not None:
        service.rewriting(work, asked.id)
    else:
        hospital_id = work.actor.hospital_id
        work.after_commit(lambda: _at_once(service, hospital_id, asked.id))
    return asked


def _at_once(service: Service, hospital_id: str, rewriting_id: str) -> None:
    try:
        Rewriter(service.store, service.drafter, service.settings.templates_dir)(hospital_id, rewriting_id)
    except ScribeError:
        with service.store.begin(Actor.service(hospital_id)) as work:
            work.rewritings.fail(rewriting_id)


def _desk(work: Work, encounter_id: str) -> Desk:
    desk = open_desk(work, encounter_id)
    if desk.amendment is not None:
        raise AlreadySignedError
    return desk
