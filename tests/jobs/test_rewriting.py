"""Rewriting what went stale, as a durable job: done once, gone on with after a crash, given up at last."""

import threading
from dataclasses import replace

from scribe.domain.rewriting import RewriteWish, Rewritten
from scribe.store import Actor
from scribe.store.errors import NotFoundError, StaleVersionError


class Desk:
    """Rewrites as the web does it, and counts; ``held`` makes it wait, ``trouble`` fail."""

    def __init__(self, store) -> None:
        self.store, self.done = store, []
        self.begun, self.held = threading.Event(), threading.Event()
        self.held.set()
        self.trouble: list[Exception] = []

    def __call__(self, hospital_id: str, rewriting_id: str) -> None:
        self.begun.set()
        self.held.wait(20)
        if self.trouble:
            raise self.trouble.pop()
        with self.store.begin(Actor.service(hospital_id)) as work:
            if work.rewritings.get(rewriting_id).state == "waiting":
                work.rewritings.finish(rewriting_id, Rewritten(rewritten=1), before=1, after=2)
                self.done.append(rewriting_id)


def asked(office, visit, **wish) -> str:
    with office.store.begin(office.kim) as work:
        return work.rewritings.ask(visit, RewriteWish(**wish)).id


def state(office, name) -> str:
    with office.store.begin(office.kim) as work:
        return work.rewritings.get(name).state


def test_a_rewriting_is_done_once_and_goes_on_after_a_crash(office, hospital):
    desk = Desk(office.store)
    office.restart(stages=replace(hospital.stages(), rewrite=desk))
    visit = office.visit(recorded=False)
    one = asked(office, visit, everything=True)
    assert asked(office, visit, everything=True) == one, "a second press is the same wish"
    jobs = {office.pipeline.rewrite(office.kim, one) for _ in range(2)}
    assert office.pipeline.wait(jobs.pop(), seconds=20).outcome == "rewritten"
    assert (jobs, desk.done, state(office, one)) == (set(), [one], "done")

    never_enqueued = asked(office, visit, whole=True)
    desk.begun.clear()
    desk.held.clear()
    cut_off = asked(office, visit, statements=frozenset({"s1"}))
    office.pipeline.rewrite(office.kim, cut_off)
    assert desk.begun.wait(20)
    office.pipeline.stop()
    desk.held.set()
    office.restart(stages=replace(hospital.stages(), rewrite=desk))
    for name in (never_enqueued, cut_off):
        office.pipeline.wait(f"rewriting-{name}", seconds=20)
        assert state(office, name) == "done"
    assert sorted(desk.done) == sorted([one, never_enqueued, cut_off])


def test_a_rewriting_that_breaks_is_given_up_and_says_so(office, hospital):
    desk = Desk(office.store)
    desk.trouble = [StaleVersionError(subject="transcript", expected=1, found=2)]
    office.restart(stages=replace(hospital.stages(), rewrite=desk))
    visit = office.visit(recorded=False)
    once = asked(office, visit, everything=True)
    assert office.pipeline.wait(office.pipeline.rewrite(office.kim, once), seconds=20).outcome == "rewritten"
    desk.trouble = [NotFoundError(subject="draft")]
    name = asked(office, visit, everything=True)
    assert office.pipeline.wait(office.pipeline.rewrite(office.kim, name), seconds=20).outcome == "rewriting_failed"
    assert state(office, name) == "failed"
