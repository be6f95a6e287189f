"""The store: every query of the service, scoped to the actor, audited in the same transaction.

::

    store = open_store(url, wrapper=HospitalKey.from_file(path), audio_dir=data_dir / "audio")
    with store.begin(actor) as work:
        draft = work.drafts.latest(encounter_id)
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from sqlalchemy import Engine, select
from sqlalchemy.orm import Session

from scribe.crypto import KeyWrapper, new_id
from scribe.domain.encounter import Organization
from scribe.domain.settling import UNSUPPORTED_ONLY, Settling
from scribe.store import models as rows
from scribe.store import trail
from scribe.store.accounts import Accounts, Sessions, SigningKeys
from scribe.store.admissions import Admissions
from scribe.store.captures import Drafts, Recordings, Transcripts
from scribe.store.consents import Consents
from scribe.store.database import migrate, open_engine
from scribe.store.destinations import Destinations
from scribe.store.devices import Devices
from scribe.store.encounters import Encounters, Patients
from scribe.store.links import PatientLinks
from scribe.store.notes import Notes
from scribe.store.outbox import Outbox
from scribe.store.preferences import Preferences
from scribe.store.records import Actor
from scribe.store.revisions import Amendments, Retractions
from scribe.store.rewritings import Rewritings
from scribe.store.scope import Clock, NewId, Scope
from scribe.store.style import EditShareRows, StyleObservations, StyleRules
from scribe.store.summaries import Summaries
from scribe.store.throttles import Throttles
from scribe.store.trail import Trail
from scribe.store.uploads import Uploads
from scribe.store.visit_matches import VisitMatches
from scribe.store.visit_numbers import VisitNumbers
from scribe.store.worklist import Worklist

__all__ = ["Actor", "Store", "Work", "migrate", "open_store"]


def utc_now() -> datetime:
    return datetime.now(UTC)


@dataclass(frozen=True, slots=True)
class Work:
    """One transaction of one actor: the repositories, and what is to happen once it is committed."""

    scope: Scope

    @property
    def actor(self) -> Actor:
        return self.scope.actor

    @property
    def accounts(self) -> Accounts:
        return Accounts(self.scope)

    @property
    def sessions(self) -> Sessions:
        return Sessions(self.scope)

    @property
    def signing_keys(self) -> SigningKeys:
        return SigningKeys(self.scope)

    @property
    def throttles(self) -> Throttles:
        return Throttles(self.scope)

    @property
    def preferences(self) -> Preferences:
        return Preferences(self.scope)

    @property
    def patients(self) -> Patients:
        self.scope.permit("see_worklist")
        return Patients(self.scope)

    @property
    def encounters(self) -> Encounters:
        self.scope.permit("see_worklist")
        return Encounters(self.scope)

    @property
    def worklist(self) -> Worklist:
        return Worklist(self.scope)

    @property
    def consents(self) -> Consents:
        self.scope.permit("record_consent")
        return Consents(self.scope)

    @property
    def recordings(self) -> Recordings:
        self.scope.permit("read_captures")
        return Recordings(self.scope)

    @property
    def transcripts(self) -> Transcripts:
        self.scope.permit("read_captures")
        return Transcripts(self.scope)

    @property
    def drafts(self) -> Drafts:
        self.scope.permit("read_captures")
        return Drafts(self.scope)

    @property
    def rewritings(self) -> Rewritings:
        self.scope.permit("read_captures")
        return Rewritings(self.scope)

    @property
    def notes(self) -> Notes:
        self.scope.permit("read_notes")
        return Notes(self.scope)

    @property
    def amendments(self) -> Amendments:
        return Amendments(self.scope)

    @property
    def retractions(self) -> Retractions:
        return Retractions(self.scope)

    @property
    def outbox(self) -> Outbox:
        self.scope.permit("see_deliveries")
        return Outbox(self.scope)

    @property
    def destinations(self) -> Destinations:
        return Destinations(self.scope)

    @property
    def patient_links(self) -> PatientLinks:
        self.scope.permit("share_summaries")
        return PatientLinks(self.scope)

    @property
    def summaries(self) -> Summaries:
        return Summaries(self.scope)

    @property
    def admissions(self) -> Admissions:
        return Admissions(self.scope)

    @property
    def visit_numbers(self) -> VisitNumbers:
        self.scope.permit("see_worklist")
        return VisitNumbers(self.scope)

    @property
    def visit_matches(self) -> VisitMatches:
        self.scope.permit("see_worklist")
        return VisitMatches(self.scope)

    @property
    def devices(self) -> Devices:
        return Devices(self.scope)

    @property
    def uploads(self) -> Uploads:
        self.scope.permit("read_captures")
        return Uploads(self.scope)

    @property
    def style_rules(self) -> StyleRules:
        return StyleRules(self.scope)

    @property
    def style_observations(self) -> StyleObservations:
        return StyleObservations(self.scope)

    @property
    def edit_shares(self) -> EditShareRows:
        return EditShareRows(self.scope)

    @property
    def trail(self) -> Trail:
        return Trail(self.scope)

    def after_commit(self, action: Callable[[], None]) -> None:
        """Run ``action()`` once the transaction has committed, and not otherwise."""
        self.scope.after_commit.append(action)


@dataclass(frozen=True, slots=True)
class Store:
    """The database with the keys to it, and the hospital's rule of what has to be settled."""

    engine: Engine
    wrapper: KeyWrapper
    audio_dir: Path
    clock: Clock = field(default=utc_now)
    new_id: NewId = field(default=new_id)
    settling: Settling = UNSUPPORTED_ONLY

    @contextmanager
    def begin(self, actor: Actor) -> Iterator[Work]:
        """A transaction: committed with its audit records at the end of the block, rolled back on any error.

        What was read or refused before an error is audited nevertheless.  Long work (recognition, drafting,
        sending) has no place inside: on SQLite all transactions wait for one another.
        """
        scope: Scope | None = None
        try:
            with Session(self.engine, expire_on_commit=False) as session, session.begin():
                scope = Scope(actor, session, self.wrapper, self.clock, self.new_id, self.audio_dir, self.settling)
                yield Work(scope)
                trail.append(session, actor, scope.trail, self.clock, self.new_id)
        except BaseException:
            if scope is not None:
                self._account_for_failure(scope)
            raise
        for action in scope.after_commit:
            action()

    def ensure_hospital(self, organization: Organization) -> str:
        """The id of the hospital of that number, else of that name; made where there is none.

        A hospital known by its number takes the name that is given.
        """
        number = organization.identifier
        with Session(self.engine) as session, session.begin():
            row = _hospital(session, organization)
            if row is not None:
                row.name = organization.name
                row.identifier_system = number.system if number else row.identifier_system
                row.identifier_value = number.value if number else row.identifier_value
                return row.id
            hospital_id = self.new_id()
            session.add(
                rows.HospitalRow(
                    id=hospital_id,
                    hospital_id=hospital_id,
                    created_at=self.clock(),
                    name=organization.name,
                    identifier_system=number.system if number else None,
                    identifier_value=number.value if number else None,
                )
            )
            return hospital_id

    def hospitals(self) -> tuple[str, ...]:
        """The ids of the hospitals of this installation."""
        with Session(self.engine) as session, session.begin():
            return tuple(session.scalars(select(rows.HospitalRow.id).order_by(rows.HospitalRow.id)))

    def close(self) -> None:
        self.engine.dispose()

    def _account_for_failure(self, scope: Scope) -> None:
        for undo in scope.after_rollback:
            undo()
        lasting = [trace for trace in scope.trail if trace.outlives_rollback]
        with Session(self.engine) as session, session.begin():
            trail.append(session, scope.actor, lasting, self.clock, self.new_id)


def _hospital(session: Session, organization: Organization) -> rows.HospitalRow | None:
    number = organization.identifier
    if number is not None:
        row = session.scalars(
            select(rows.HospitalRow).where(
                rows.HospitalRow.identifier_system == number.system, rows.HospitalRow.identifier_value == number.value
            )
        ).one_or_none()
        if row is not None:
            return row
    return session.scalars(select(rows.HospitalRow).where(rows.HospitalRow.name == organization.name)).one_or_none()


def open_store(
    url: str,
    *,
    wrapper: KeyWrapper,
    audio_dir: Path,
    clock: Clock = utc_now,
    ids: NewId = new_id,
    settling: Settling = UNSUPPORTED_ONLY,
) -> Store:
    """Migrate the database at ``url`` and open it."""
    migrate(url)
    return Store(open_engine(url), wrapper, audio_dir, clock, ids, settling)
