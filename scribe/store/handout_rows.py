"""The tables of what patients are handed: approvals of their summary, and what is kept off it."""

from datetime import datetime

from sqlalchemy import Index, String
from sqlalchemy.orm import Mapped, mapped_column

from scribe.store.models import Id, OfEncounter, Table, Word


class SummaryApprovalRow(OfEncounter, Table):
    """A sheet approved for a patient, byte for byte (record key); ``created_at`` is when.  Only the withdrawal changes.

    ``sha256`` is of the approved bytes, ``version`` the signed version they were made of.
    """

    __tablename__ = "summary_approval"
    __table_args__ = (Index("ix_summary_approval_standing", "encounter_id", "language"),)

    note_id: Mapped[str] = mapped_column(Id)
    version: Mapped[int]
    language: Mapped[str] = mapped_column(Word)
    approved_by: Mapped[str] = mapped_column(Id)
    approver_name: Mapped[str] = mapped_column(String(100))
    sha256: Mapped[str] = mapped_column(Id)
    sealed_document: Mapped[bytes]
    withdrawn_at: Mapped[datetime | None]
    withdrawn_by: Mapped[str | None] = mapped_column(Id)


class SummaryWithholdingRow(OfEncounter, Table):
    """What is kept off the sheet of a signed version (record key); the latest row of the version holds."""

    __tablename__ = "summary_withholding"

    note_id: Mapped[str] = mapped_column(Id)
    version: Mapped[int]
    sealed_parts: Mapped[bytes]
