"""What happens to a delivery after an attempt: settled, tried again later, or left to a person."""

from dataclasses import dataclass
from datetime import timedelta

from scribe.domain.delivery import Delivery
from scribe.store.records import AttemptKind, DeliveryState

UNEXPLAINED = "unexplained"
ASKING = frozenset({"multiple-matches", "changed", "conflict"})
"""Problems that only a person can decide, whenever they come up."""
_NOT_FHIR = "not-fhir"
_LONGEST_ASKED = 3600.0
"""Seconds: a receiver that asks for a longer wait is asked again after this."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RetryPolicy:
    """How long a delivery is tried.

    The wait doubles from ``first`` to ``longest`` seconds; each is shortened by chance to as little as half, so that
    what failed together does not come back together.  After ``tries`` attempts, or ``age`` after it was put on its
    way, it is parked: three days outlast a weekend without anyone at the hospital's system.
    """

    first: float = 2.0
    longest: float = 1800.0
    tries: int = 200
    age: timedelta = timedelta(hours=72)

    def wait(self, tries: int, chance: float, asked: float | None = None) -> float:
        """Seconds after the ``tries``-th attempt; ``chance`` is 0 to 1, ``asked`` what the receiver asked for."""
        doubled = self.first * 2.0 ** min(tries - 1, 40)
        own = min(doubled, self.longest) * (1.0 - chance / 2.0)
        return max(own, min(asked or 0.0, _LONGEST_ASKED))

    def exhausted(self, tries: int, age: timedelta) -> bool:
        return tries >= self.tries or age >= self.age


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """The state a delivery goes to; with ``wait`` seconds until the next attempt where it is not settled.

    ``answered``: the receiver said something about the note itself, be it no; else the receiver is at fault.
    ``send_now``: it holds nothing of the note and is to be sent it.
    """

    state: DeliveryState
    problem: str | None = None
    wait: float | None = None
    answered: bool = True
    send_now: bool = False


def judge(
    delivery: Delivery, kind: AttemptKind, *, tries: int, age: timedelta, policy: RetryPolicy, chance: float
) -> Verdict:
    """What follows from one attempt.

    A look-up that finds nothing, or a receiver that cannot be looked into, leads to sending again: every sending
    carries the same identifiers.  A look-up that fails keeps the outcome unknown.
    """
    if delivery.state == "accepted":
        return Verdict(state="accepted")
    problem = delivery.problem
    if kind == "look_up" and problem is None:
        return Verdict(state="sent_outcome_unknown", send_now=True)
    code = problem.code if problem else UNEXPLAINED
    if not _receiver_at_fault(delivery):
        refused = kind == "send" and delivery.state == "rejected"
        return Verdict(state="rejected" if refused else "parked", problem=code)
    if policy.exhausted(tries, age):
        return Verdict(state="parked", problem=code, answered=False)
    unknown = kind == "look_up" or delivery.state == "outcome_unknown"
    return Verdict(
        state="sent_outcome_unknown" if unknown else "waiting",
        problem=code,
        wait=policy.wait(tries, chance, problem.retry_after if problem else None),
        answered=False,
    )


def _receiver_at_fault(delivery: Delivery) -> bool:
    """True where the same note may go through once the receiver, the network or the settings are mended.

    What answers without FHIR is a gateway's or a maintenance page, not the receiver's word on the note.
    """
    problem = delivery.problem
    if problem is None or problem.code in ASKING:
        return False
    return problem.retryable or problem.code == _NOT_FHIR or delivery.state in {"not_sent", "outcome_unknown"}
