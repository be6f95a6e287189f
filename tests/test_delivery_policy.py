"""What follows from an attempt."""

from datetime import timedelta

import pytest

from scribe.delivery_policy import RetryPolicy, judge
from scribe.domain.delivery import Delivery, DeliveryProblem

POLICY = RetryPolicy(first=2.0, longest=100.0, tries=10, age=timedelta(hours=1))


def after(state, code=None, *, kind="send", retryable=False, asked=None, tries=1, age=timedelta()):
    problem = code and DeliveryProblem(code=code, message="-", retryable=retryable, retry_after=asked)
    delivery = Delivery(note_id="n", note_version=1, destination="hospital", state=state, problem=problem)
    return judge(delivery, kind, tries=tries, age=age, policy=POLICY, chance=0.0)


@pytest.mark.parametrize(
    ("state", "code", "kind", "becomes"),
    [
        ("accepted", None, "send", "accepted"),
        ("accepted", None, "look_up", "accepted"),
        ("rejected", "refused", "send", "rejected"),
        ("rejected", "multiple-matches", "send", "rejected"),
        ("rejected", "multiple-matches", "look_up", "parked"),
        ("outcome_unknown", "multiple-matches", "send", "parked"),
        ("outcome_unknown", "outcome-unknown", "send", "sent_outcome_unknown"),
        ("outcome_unknown", "not-fhir", "send", "sent_outcome_unknown"),
        ("rejected", "not-fhir", "send", "waiting"),
        ("rejected", "not-fhir", "look_up", "sent_outcome_unknown"),
        ("not_sent", "unreachable", "send", "waiting"),
        ("not_sent", "unauthorised", "send", "waiting"),
        ("not_sent", "unreachable", "look_up", "sent_outcome_unknown"),
        ("not_sent", "conflict", "send", "parked"),
        ("not_sent", None, "send", "parked"),
    ],
)
def test_each_end_of_an_attempt_leads_somewhere(state, code, kind, becomes):
    verdict = after(state, code, kind=kind)
    assert verdict.state == becomes
    assert (verdict.wait is None) == (becomes in {"accepted", "rejected", "parked"})
    assert verdict.answered == (verdict.wait is None)


@pytest.mark.parametrize("state", ["not_sent", "outcome_unknown"])
def test_a_look_up_that_finds_nothing_or_cannot_look_leads_to_sending(state):
    assert after(state, kind="look_up").send_now


def test_waits_double_up_to_a_bound_and_are_shortened_by_chance():
    assert [POLICY.wait(tries, 0.0) for tries in (1, 2, 3, 7, 900)] == [2.0, 4.0, 8.0, 100.0, 100.0]
    assert POLICY.wait(2, 1.0) == 2.0


def test_the_receiver_is_left_alone_as_long_as_it_asks_within_reason():
    assert after("not_sent", "busy", retryable=True, asked=30.0).wait == 30.0
    assert after("not_sent", "busy", retryable=True, asked=1.0).wait == 2.0
    assert after("not_sent", "busy", retryable=True, asked=1e9).wait == 3600.0


@pytest.mark.parametrize("more", [{"tries": 10}, {"age": timedelta(hours=1)}])
@pytest.mark.parametrize("state", ["not_sent", "outcome_unknown"])
def test_after_enough_tries_or_time_it_is_left_to_a_person(state, more):
    verdict = after(state, "busy", retryable=True, **more)
    assert (verdict.state, verdict.answered) == ("parked", False)
