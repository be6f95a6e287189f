"""Which pages have a draft open, for all processes of an installation: nothing of a patient, so not audited."""

from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, delete, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from scribe.store import Store
from scribe.store.desk_rows import OpenPageRow
from scribe.store.models import AccountRow
from scribe.store.records import AccountRecord


@dataclass(frozen=True, slots=True)
class OpenPage:
    """A page as the others are told of it."""

    page: str
    account_id: str
    name: str


@dataclass(frozen=True, slots=True)
class OpenPages:
    """Whoever asks has made sure that the account may see the consultation."""

    store: Store

    def keep(self, account: AccountRecord, encounter_id: str, page: str, now: datetime, *, most: int) -> None:
        """The page is open; of more than ``most`` of a consultation, those that spoke longest ago are forgotten."""
        spoken = update(OpenPageRow).where(*_is(account, encounter_id, page)).values(seen_at=now)
        # where the same page says so twice at once, the first has it
        with suppress(IntegrityError), Session(self.store.engine) as session, session.begin():
            if session.execute(spoken).rowcount:  # type: ignore[attr-defined]
                return
            session.add(
                OpenPageRow(
                    id=self.store.new_id(),
                    created_at=now,
                    hospital_id=account.hospital_id,
                    owner_id=account.id,
                    encounter_id=encounter_id,
                    page=page,
                    seen_at=now,
                )
            )
            session.flush()
            of_it = select(OpenPageRow.id).where(OpenPageRow.encounter_id == encounter_id)
            kept = session.scalars(of_it.order_by(OpenPageRow.seen_at.desc(), OpenPageRow.id.desc()))
            session.execute(delete(OpenPageRow).where(OpenPageRow.id.in_(kept.all()[most:])))

    def of(self, hospital_id: str, encounter_id: str) -> tuple[OpenPage, ...]:
        """The open pages of a consultation, in the order in which they were opened."""
        query = (
            select(OpenPageRow.page, OpenPageRow.owner_id, AccountRow.display_name)
            .join(AccountRow, AccountRow.id == OpenPageRow.owner_id)
            .where(OpenPageRow.hospital_id == hospital_id, OpenPageRow.encounter_id == encounter_id)
            .order_by(OpenPageRow.id)
        )
        with Session(self.store.engine) as session, session.begin():
            return tuple(OpenPage(*row) for row in session.execute(query))

    def drop(self, account: AccountRecord, encounter_id: str, page: str) -> None:
        """The page is closed; nothing happens to one that somebody else opened."""
        with Session(self.store.engine) as session, session.begin():
            session.execute(delete(OpenPageRow).where(*_is(account, encounter_id, page)))

    def forget(self, before: datetime) -> None:
        """Without the pages that last spoke before that."""
        with Session(self.store.engine) as session, session.begin():
            session.execute(delete(OpenPageRow).where(OpenPageRow.seen_at < before))


def _is(account: AccountRecord, encounter_id: str, page: str) -> tuple[ColumnElement[bool], ...]:
    return (
        OpenPageRow.hospital_id == account.hospital_id,
        OpenPageRow.owner_id == account.id,
        OpenPageRow.encounter_id == encounter_id,
        OpenPageRow.page == page,
    )
