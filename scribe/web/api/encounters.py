"""The worklist and its consultations: listed, opened at the desk, consented to."""

from datetime import UTC, date, datetime
from typing import Annotated, Literal

from fastapi import APIRouter, Depends, Query
from pydantic import AwareDatetime, Field, StringConstraints

from scribe.domain.consent import Consent, ConsentState
from scribe.domain.encounter import Patient, Setting, Sex
from scribe.drafting.template import AUTO, template_names
from scribe.store import Actor, Work
from scribe.store.records import DeliveryState, EncounterRecord, Problem
from scribe.visits import TypedVisit, numbered, open_visit, patient_system, template_for, visit_number
from scribe.web.access import ScriptViewer, ServiceOf, Signed, Viewer, permitted, require
from scribe.web.api.answers import Answer, RecordId, Wish, problems
from scribe.web.errors import IdentityDiffersError, UnknownTemplateError
from scribe.web.service import Service
from scribe.web.worklist.page import Day
from scribe.web.worklist.view import StateKey, state_of
from scribe.web.worklist.visit_view import decide, withdraw

router = APIRouter(tags=["encounters"], dependencies=[Depends(permitted("see_worklist"))])

Name = Annotated[
    str, StringConstraints(strip_whitespace=True, min_length=1, max_length=100, pattern=r"^[^\x00-\x1f]+$")
]
Number = Annotated[str, StringConstraints(pattern=r"^[0-9A-Za-z-]{1,32}$")]
_EARLIEST = datetime(2000, 1, 1, tzinfo=UTC)
_LATEST = datetime(2100, 1, 1, tzinfo=UTC)


class PatientAnswer(Answer):
    """Whom the consultation is about; ``number`` is the hospital's registration number."""

    name: str
    sex: Sex
    birth_date: date
    number: str | None


class EncounterAnswer(Answer):
    """A consultation: who, when, how far it has come, and what stopped it there."""

    id: str
    start: datetime
    setting: Setting
    physician: str | None
    patient: PatientAnswer | None
    state: StateKey
    problem: Problem | None
    language: str
    template: str
    draft_version: int | None
    note_version: int | None
    delivery: DeliveryState | None
    amending: bool
    retracted: bool
    visit_number: str | None
    destroyed: bool
    """Consent was withdrawn: recording, transcript and drafts are gone."""


class EncounterList(Answer):
    """Consultations in their order; ``more`` where the next ``offset`` has further ones."""

    encounters: list[EncounterAnswer]
    more: bool


class PatientWish(Wish):
    """Whom the consultation is about; ``number`` is the hospital's registration number."""

    name: Name
    sex: Sex
    birth_date: Annotated[date, Field(ge=date(1880, 1, 1), le=date(2099, 12, 31))]
    number: Number | None = None


class EncounterWish(Wish):
    """A consultation to open.

    ``physician`` is an account's id, by default that of the physician who asks; ``start`` is by default now.
    ``visit_number`` is the hospital's; without one the signed note waits until somebody, or the hospital, gives it.
    ``correct_identity``: the number is known of a patient called or born otherwise, and what is sent is right.
    """

    patient: PatientWish
    physician: Annotated[str, Field(max_length=64)] | None = None
    start: Annotated[AwareDatetime, Field(ge=_EARLIEST, le=_LATEST)] | None = None
    setting: Setting = "outpatient"
    template: Annotated[str, Field(max_length=32)] | None = None
    consent: Literal["given", "refused"] | None = None
    decided_by: Literal["patient", "guardian"] = "patient"
    visit_number: Annotated[str, StringConstraints(pattern=r"^[0-9A-Za-z][0-9A-Za-z./_-]{0,31}$")] | None = None
    correct_identity: bool = False


class ConsentAnswer(Answer):
    """A decision on recording; the latest holds."""

    state: ConsentState
    decided_at: datetime
    decided_by: Literal["patient", "guardian"]


class ConsentWish(Wish):
    """``withdrawn`` destroys recording, transcript and drafts at once and for good; what is signed stays."""

    state: Literal["given", "refused", "withdrawn"]
    decided_by: Literal["patient", "guardian"] = "patient"


@router.get("/encounters", summary="The worklist", responses=problems())
def encounters(
    service: ServiceOf,
    viewer: Signed,
    day: Annotated[date | None, Query(ge=date(2000, 1, 1), le=date(2099, 12, 31))] = None,
    limit: Annotated[int, Query(ge=1, le=200)] = 50,
    offset: Annotated[int, Query(ge=0, le=100_000)] = 0,
) -> EncounterList:
    """The consultations of ``day`` in Seoul in their order; without a day the latest ones, the newest first."""
    with service.store.begin(viewer.actor) as work:
        records = _listed(work, day, limit + 1, offset)
    return EncounterList(encounters=[encounter_answer(one) for one in records[:limit]], more=len(records) > limit)


@router.post("/encounters", summary="Open a consultation", status_code=201, responses=problems(404, 409))
def open_one(wish: EncounterWish, service: ServiceOf, viewer: ScriptViewer) -> EncounterAnswer:
    """Open the consultation of somebody who has come, for a physician of the hospital."""
    require(viewer, "admit_patients")
    if wish.template not in {None, AUTO, *template_names(service.settings.templates_dir)}:
        raise UnknownTemplateError
    owner = wish.physician or viewer.account.id
    template = wish.template or _usual_template(service, viewer, owner, wish.setting)
    with service.store.begin(viewer.actor) as work:
        opened = open_visit(work, service.settings, _typed(work, service, wish, owner, template))
    return encounter_answer(opened)


@router.get("/encounters/{encounter_id}", summary="One consultation", responses=problems(404))
def encounter(encounter_id: RecordId, service: ServiceOf, viewer: Signed) -> EncounterAnswer:
    """How far it has come."""
    with service.store.begin(viewer.actor) as work:
        return encounter_answer(work.encounters.get(encounter_id))


@router.get("/encounters/{encounter_id}/consents", summary="Decisions on recording", responses=problems(404))
def consents(encounter_id: RecordId, service: ServiceOf, viewer: Signed) -> list[ConsentAnswer]:
    """The patient's decisions on recording, oldest first."""
    require(viewer, "record_consent")
    with service.store.begin(viewer.actor) as work:
        return _decisions(work.consents.list(encounter_id))


@router.post(
    "/encounters/{encounter_id}/consents", summary="Record a decision", status_code=201, responses=problems(404, 409)
)
def record_consent(
    encounter_id: RecordId, wish: ConsentWish, service: ServiceOf, viewer: ScriptViewer
) -> list[ConsentAnswer]:
    """The decisions after it; after a withdrawal no other one is kept."""
    require(viewer, "record_consent")
    with service.store.begin(viewer.actor) as work:
        if wish.state == "withdrawn":
            withdraw(work, encounter_id, wish.decided_by)
        else:
            decide(work, encounter_id, wish.decided_by if wish.state == "given" else "refused")
        return _decisions(work.consents.list(encounter_id))


def encounter_answer(record: EncounterRecord) -> EncounterAnswer:
    """A consultation as the API tells it."""
    details = record.encounter
    return EncounterAnswer(
        id=record.id,
        start=details.start,
        setting=details.setting,
        physician=details.practitioner.name if details.practitioner else None,
        patient=_patient(details.patient),
        state=state_of(record).key,
        problem=record.problem,
        language=record.language,
        template=record.template,
        draft_version=record.draft_version,
        note_version=record.note_version,
        delivery=record.delivery,
        amending=record.amending,
        retracted=record.retracted,
        visit_number=details.identifier.value if details.identifier else None,
        destroyed=record.capture_destroyed,
    )


def _patient(patient: Patient | None) -> PatientAnswer | None:
    if patient is None:
        return None
    number = patient.identifier.value if patient.identifier else None
    return PatientAnswer(name=patient.name, sex=patient.sex, birth_date=patient.birth_date, number=number)


def _listed(work: Work, day: date | None, limit: int, offset: int) -> tuple[EncounterRecord, ...]:
    if day is None:
        return work.encounters.list(limit=limit, offset=offset)
    of_day = Day(day)
    lines = work.worklist.between(of_day.start, of_day.end, limit=limit, offset=offset)
    return tuple(line.record for line in lines)


def _typed(work: Work, service: Service, wish: EncounterWish, owner: str, template: str) -> TypedVisit:
    asked = Patient(name=wish.patient.name, sex=wish.patient.sex, birth_date=wish.patient.birth_date)
    patient = numbered(asked, patient_system(service.settings, work.actor.hospital_id), wish.patient.number or "")
    if patient.identifier is not None and not wish.correct_identity:
        differing = work.patients.differences(patient)
        if differing:
            raise IdentityDiffersError(fields=", ".join(sorted(differing)))
    return TypedVisit(
        patient=patient,
        owner_id=owner,
        start=wish.start or work.scope.clock(),
        setting=wish.setting,
        template=template,
        number=visit_number(service.settings, work.actor.hospital_id, wish.visit_number or ""),
        consent=wish.consent,
        decided_by=wish.decided_by,
    )


def _usual_template(service: Service, viewer: Viewer, owner: str, setting: Setting) -> str:
    """That of the physician's consultations in that setting, whoever opens this one."""
    with service.store.begin(Actor.service(viewer.actor.hospital_id)) as work:
        return template_for(work, service.settings, owner, setting)


def _decisions(consents: tuple[Consent, ...]) -> list[ConsentAnswer]:
    return [
        ConsentAnswer(state=one.state, decided_at=one.decided_at, decided_by=one.decided_by)
        for one in consents
        if one.purpose == "recording"
    ]
