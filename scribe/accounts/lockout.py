"""Guessing passwords is made slow: for a login after a few wrong ones, for an address that tries many logins.

What is refused does not tell whether the login exists: a login that nobody has is counted and locked like any other.
An address cannot lock out a clinic that shares it: who has signed in from there before is let through, bounded by
their own login's count alone.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

from scribe.domain.errors import ScribeError
from scribe.store import Store, Work
from scribe.store.account_rows import ThrottleKind
from scribe.store.records import Actor, ThrottleRecord


class SignInError(ScribeError):
    """Login or password is wrong."""


class LockedError(SignInError):
    """Too many wrong passwords: try again in {seconds} seconds."""


@dataclass(frozen=True, slots=True)
class LockPolicy:
    """``waits`` follow the wrong passwords of one login, the first of them the one after ``free``; the last repeats.

    Ten tries within ten minutes, then at most two an hour: OWASP ASVS 2.2.1 allows a hundred an hour.  An address
    that sent ``address_most`` wrong ones waits until ``address_window`` has passed since the last.
    """

    free: int = 4
    waits: tuple[timedelta, ...] = (
        timedelta(minutes=1),
        timedelta(minutes=1),
        timedelta(minutes=2),
        timedelta(minutes=5),
        timedelta(minutes=15),
        timedelta(minutes=30),
    )
    forgotten: timedelta = timedelta(hours=24)
    address_most: int = 30
    address_window: timedelta = timedelta(minutes=10)

    def wait_after(self, kind: ThrottleKind, failures: int) -> timedelta | None:
        """How long nothing is tried after so many wrong ones; None where the next may follow at once."""
        if kind == "address":
            return self.address_window if failures >= self.address_most else None
        over = failures - self.free
        return self.waits[min(over, len(self.waits)) - 1] if over > 0 else None

    def forgets(self, kind: ThrottleKind, record: ThrottleRecord, now: datetime) -> bool:
        """Whether what was counted no longer counts."""
        return now - record.last_failed_at >= (self.address_window if kind == "address" else self.forgotten)


@dataclass(frozen=True, slots=True)
class Subject:
    """What wrong passwords are counted for."""

    kind: ThrottleKind
    value: str


@dataclass(frozen=True, slots=True)
class Gate:
    """The counts of one hospital."""

    store: Store
    hospital_id: str
    policy: LockPolicy = LockPolicy()

    def enter(self, subject: Subject) -> None:
        """Count an attempt as wrong until it proves right; :class:`LockedError`, uncounted, while ``subject`` waits.

        Counting comes before checking, so that a hundred attempts at the same moment are a hundred counted ones.
        """
        with self.store.begin(Actor.service(self.hospital_id)) as work:
            wait = self._wait(work, subject)
            if wait is not None:
                raise locked(wait)
            self._count(work, subject)

    def count(self, subject: Subject) -> None:
        """Count a wrong attempt, whether or not ``subject`` waits."""
        with self.store.begin(Actor.service(self.hospital_id)) as work:
            self._count(work, subject)

    def right(self, subject: Subject) -> None:
        """The password was right: ``subject`` begins anew."""
        with self.store.begin(Actor.service(self.hospital_id)) as work:
            work.throttles.clear(subject.kind, subject.value)

    def wait(self, subject: Subject) -> timedelta | None:
        """How long ``subject`` has to wait from now; None where it need not."""
        with self.store.begin(Actor.service(self.hospital_id)) as work:
            return self._wait(work, subject)

    def _wait(self, work: Work, subject: Subject) -> timedelta | None:
        record = work.throttles.get(subject.kind, subject.value)
        if record is None or record.locked_until is None or record.locked_until <= self.store.clock():
            return None
        return record.locked_until - self.store.clock()

    def _count(self, work: Work, subject: Subject) -> None:
        now = self.store.clock()
        record = work.throttles.get(subject.kind, subject.value)
        before = 0 if record is None or self.policy.forgets(subject.kind, record, now) else record.failures
        wait = self.policy.wait_after(subject.kind, before + 1)
        work.throttles.put(subject.kind, subject.value, before + 1, now + wait if wait else None)
        work.throttles.forget(now - self.policy.forgotten)


def locked(wait: timedelta) -> LockedError:
    """The error that says how long to wait, in whole seconds and never too few."""
    return LockedError(seconds=-int(-wait.total_seconds() // 1))
