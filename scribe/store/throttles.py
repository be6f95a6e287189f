"""How often a password was wrong, for a login or an address: counted by the service alone."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, delete, select
from sqlalchemy.exc import IntegrityError

from scribe.store.account_rows import ThrottleKind, ThrottleRow
from scribe.store.records import ThrottleRecord
from scribe.store.scope import Scope


@dataclass(frozen=True, slots=True)
class Throttles:
    """Counts by keyed digest: neither logins that were tried nor addresses are readable in the database.

    Counting is not audited, as what was refused is (``work.accounts.note_failed_sign_in``).
    """

    scope: Scope

    def get(self, kind: ThrottleKind, subject: str) -> ThrottleRecord | None:
        """What was counted, None where nothing was."""
        row = self._row(kind, subject)
        if row is None:
            return None
        return ThrottleRecord(failures=row.failures, last_failed_at=row.last_failed_at, locked_until=row.locked_until)

    def waiting(self, kind: ThrottleKind, subjects: Iterable[str]) -> dict[str, datetime]:
        """Those of ``subjects`` for whom nothing is tried now, and until when."""
        self._permit()
        query = select(ThrottleRow.subject_index, ThrottleRow.locked_until).where(
            ThrottleRow.hospital_id == self.scope.actor.hospital_id,
            ThrottleRow.kind == kind,
            ThrottleRow.locked_until > self.scope.clock(),
        )
        until = {index: moment for index, moment in self.scope.session.execute(query) if moment is not None}
        found = ((subject, until.get(self._index(kind, subject))) for subject in subjects)
        return {subject: moment for subject, moment in found if moment is not None}

    def put(self, kind: ThrottleKind, subject: str, failures: int, locked_until: datetime | None) -> None:
        """Note that it failed now, for the ``failures``-th time, and until when nothing more is tried."""
        row = self._row(kind, subject) or self._new(kind, subject)
        row.failures = failures
        row.last_failed_at = self.scope.clock()
        row.locked_until = locked_until
        self.scope.session.flush()

    def clear(self, kind: ThrottleKind, subject: str) -> None:
        """Count anew."""
        self._permit()
        self.scope.session.execute(delete(ThrottleRow).where(*self._is(kind, subject)))

    def forget(self, before: datetime) -> None:
        """Remove what has not failed since ``before``."""
        self._permit()
        self.scope.session.execute(
            delete(ThrottleRow).where(
                ThrottleRow.hospital_id == self.scope.actor.hospital_id, ThrottleRow.last_failed_at < before
            )
        )

    def _permit(self) -> None:
        self.scope.permit("manage_accounts")

    def _row(self, kind: ThrottleKind, subject: str) -> ThrottleRow | None:
        self._permit()
        query = select(ThrottleRow).where(*self._is(kind, subject)).with_for_update()
        return self.scope.session.scalars(query).one_or_none()

    def _new(self, kind: ThrottleKind, subject: str) -> ThrottleRow:
        """Insert the count; a concurrent first failure wins."""
        row = ThrottleRow(
            id=self.scope.new_id(),
            created_at=self.scope.clock(),
            hospital_id=self.scope.actor.hospital_id,
            kind=kind,
            subject_index=self._index(kind, subject),
            failures=0,
            last_failed_at=self.scope.clock(),
        )
        try:
            with self.scope.session.begin_nested():
                self.scope.session.add(row)
        except IntegrityError:
            known = self._row(kind, subject)
            if known is None:
                raise
            return known
        return row

    def _is(self, kind: ThrottleKind, subject: str) -> tuple[ColumnElement[bool], ...]:
        return (
            ThrottleRow.hospital_id == self.scope.actor.hospital_id,
            ThrottleRow.kind == kind,
            ThrottleRow.subject_index == self._index(kind, subject),
        )

    def _index(self, kind: ThrottleKind, subject: str) -> bytes:
        value = f"{self.scope.actor.hospital_id}\n{kind}\n{subject}"
        return self.scope.wrapper.index("throttle", value.encode())
