"""The tables of what the hospital's information system tells: visits, patients, and the messages themselves.

They belong to no account until a visit has its physician.  Patients and visits are found by keyed digests of their
numbers; what is told of them lies sealed under a key of the row.
"""

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from scribe.domain.same_visit import Doubt
from scribe.store.models import Id, Table, Word
from scribe.store.visits import VisitState


class OfHospital:
    """Rows of a hospital that may have no owner yet."""

    hospital_id: Mapped[str] = mapped_column(Id, ForeignKey("hospital.id"), index=True)
    owner_id: Mapped[str | None] = mapped_column(Id, ForeignKey("account.id"), index=True)


class VisitRow(OfHospital, Table):
    """A visit as the hospital numbers it, and the consultation made of it once its physician is known.

    ``sealed_details`` is the consultation to be made; it goes once that is there.  ``told_at`` is the time of the
    latest message that counted.
    """

    __tablename__ = "visit"
    __table_args__ = (
        UniqueConstraint("hospital_id", "visit_index"),
        CheckConstraint("state IN ('open', 'discharged', 'cancelled')", name="state"),
    )

    visit_index: Mapped[bytes]
    patient_index: Mapped[bytes | None] = mapped_column(index=True)
    encounter_id: Mapped[str | None] = mapped_column(Id, ForeignKey("encounter.id"), index=True)
    attending: Mapped[str | None] = mapped_column(Id)
    state: Mapped[VisitState] = mapped_column(Word)
    told_at: Mapped[datetime]
    wrapped_key: Mapped[bytes | None]
    sealed_details: Mapped[bytes | None]

    def become(self, encounter_id: str, owner_id: str) -> None:
        """From now on the visit is that consultation, which keeps the details."""
        self.encounter_id, self.owner_id = encounter_id, owner_id
        self.wrapped_key = self.sealed_details = None


class VisitDoubtRow(OfHospital, Table):
    """A visit that may be a consultation that was typed in before; ``same`` is what a person decided."""

    __tablename__ = "visit_doubt"
    __table_args__ = (
        UniqueConstraint("visit_id", "encounter_id"),
        CheckConstraint("(decided_at IS NULL) = (same IS NULL)", name="decided"),
    )

    visit_id: Mapped[str] = mapped_column(Id, ForeignKey("visit.id"))
    encounter_id: Mapped[str] = mapped_column(Id, ForeignKey("encounter.id"), index=True)
    reason: Mapped[Doubt] = mapped_column(Word)
    decided_at: Mapped[datetime | None]
    same: Mapped[bool | None]


class PatientNewsRow(OfHospital, Table):
    """The latest that was told of a patient: who they are, or that they are another one since a merge."""

    __tablename__ = "patient_news"
    __table_args__ = (UniqueConstraint("hospital_id", "patient_index"),)

    patient_index: Mapped[bytes]
    told_at: Mapped[datetime]
    merged: Mapped[bool]
    wrapped_key: Mapped[bytes]
    sealed_news: Mapped[bytes]


class AdmissionMessageRow(OfHospital, Table):
    """A message that was done; ``receipt`` is a digest of its sender, its MSH-10 and its body."""

    __tablename__ = "admission_message"
    __table_args__ = (UniqueConstraint("hospital_id", "receipt"),)

    receipt: Mapped[str] = mapped_column(Id)
    event: Mapped[str] = mapped_column(Word)
    done: Mapped[str] = mapped_column(String(32))
