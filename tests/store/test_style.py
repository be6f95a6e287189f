"""Rules of style, observations, shares: the physician's own, sealed, and gone with the recording they quote."""

from datetime import UTC, datetime

import pytest
import sqlalchemy as sa

from scribe.domain.consent import Consent
from scribe.domain.style import EditShares, Observation, Share, SignedShares, Wording
from scribe.store.errors import NotFoundError, NotPermittedError

RULE = Wording(before="콧물", after="비루")
SEEN = Observation(
    template="soap", setting="outpatient", replaced=(RULE,), drafted=("콧물.",), order=("S",), drafted_order=("S",)
)
NOW = datetime(2026, 11, 22, 3, 0, tzinfo=UTC)
SHARES = SignedShares(
    account_id="", template="soap", setting="outpatient", language="ko", signed_at=NOW, review_seconds=61,
    shares=EditShares(note=Share(kept=9, edited=1), summary=Share(kept=4, deleted=1), entries=Share(kept=7, added=2)),
)  # fmt: skip


def test_a_rule_is_kept_changed_paused_and_taken_up_again(clinic):
    with clinic.store.begin(clinic.kim.actor) as work:
        rule = work.style_rules.add(RULE, origin="learnt", seen=3)
        work.style_rules.set_state(rule.id, "dismissed")
    with clinic.store.begin(clinic.kim.actor) as work:
        [found] = work.style_rules.list()
        assert (found.habit, found.state, found.origin, found.seen) == (RULE, "dismissed", "learnt", 3)
        assert work.style_rules.add(RULE, origin="written").id == rule.id
        assert work.style_rules.list()[0].active
        changed = work.style_rules.change(rule.id, Wording(before="콧물", after="맑은 콧물"))
        assert (changed.origin, changed.seen, changed.habit.after) == ("written", 0, "맑은 콧물")
    with clinic.store.begin(clinic.service) as work:
        work.style_rules.count(clinic.kim.id, {rule.id: 2})
        assert work.style_rules.list(clinic.kim.id)[0].applied == 2


def test_rules_are_nobody_elses(clinic):
    with clinic.store.begin(clinic.kim.actor) as work:
        rule = work.style_rules.add(RULE, origin="written")
    with clinic.store.begin(clinic.lee.actor) as work:
        assert work.style_rules.list() == ()
    with pytest.raises(NotFoundError), clinic.store.begin(clinic.lee.actor) as work:
        work.style_rules.set_state(rule.id, "paused")
    with pytest.raises(NotPermittedError), clinic.store.begin(clinic.lee.actor) as work:
        work.style_rules.list(clinic.kim.id)


@pytest.mark.parametrize("url", ["sqlite"], indirect=True)
def test_their_words_lie_sealed(clinic):
    with clinic.store.begin(clinic.kim.actor) as work:
        work.style_rules.add(RULE, origin="written")
    with clinic.store.engine.begin() as connection:
        [sealed] = connection.execute(sa.text("SELECT sealed_habit FROM style_rule")).scalars()
    assert "비루".encode() not in sealed


def test_an_observation_goes_with_the_recording(clinic):
    encounter = clinic.visit()
    with clinic.store.begin(clinic.kim.actor) as work:
        work.style_observations.put(encounter, SEEN)
        work.style_observations.put(encounter, SEEN)
        assert work.style_observations.latest(most=5) == (SEEN,)
        consent = Consent(purpose="recording", state="withdrawn", decided_at=NOW, decided_by="patient")
        work.consents.add(encounter, consent)
    with clinic.store.begin(clinic.kim.actor) as work:
        assert work.style_observations.latest(most=5) == ()


def test_shares_are_numbers_that_a_physician_sees_of_their_own(clinic):
    encounter = clinic.visit()
    with clinic.store.begin(clinic.kim.actor) as work:
        mine = SignedShares(**{**{f: getattr(SHARES, f) for f in SHARES.__slots__}, "account_id": clinic.kim.id})
        work.edit_shares.put(encounter, 1, mine)
        assert work.edit_shares.since(NOW) == (mine,)
    with clinic.store.begin(clinic.lee.actor) as work:
        assert work.edit_shares.since(NOW) == ()
