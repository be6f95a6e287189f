"""The tables beside an account: what it prefers, and how often a sign-in was refused."""

from datetime import datetime
from typing import Literal

from sqlalchemy import ForeignKey, LargeBinary, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from scribe.store.models import Id, Scoped, Table, Word

ThrottleKind = Literal["login", "confirmation", "address"]


class PreferenceRow(Scoped, Table):
    """One JSON document of an account, sealed under a key of its own: learnt wordings may echo what a note said."""

    __tablename__ = "preference"
    __table_args__ = (UniqueConstraint("owner_id", "name"),)

    name: Mapped[str] = mapped_column(String(64))
    wrapped_key: Mapped[bytes]
    sealed_document: Mapped[bytes]
    changed_at: Mapped[datetime]


class ThrottleRow(Table):
    """Refused sign-ins of one login or from one address, known by a keyed digest; nobody owns it."""

    __tablename__ = "throttle"
    __table_args__ = (UniqueConstraint("hospital_id", "kind", "subject_index"),)

    hospital_id: Mapped[str] = mapped_column(Id, ForeignKey("hospital.id"), index=True)
    owner_id: Mapped[str | None] = mapped_column(Id)
    kind: Mapped[ThrottleKind] = mapped_column(Word)
    subject_index: Mapped[bytes] = mapped_column(LargeBinary)
    failures: Mapped[int]
    last_failed_at: Mapped[datetime]
    locked_until: Mapped[datetime | None]
