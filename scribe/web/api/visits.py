"""The desk: who may be consulted, finding a patient's consultations, closing those without a recording."""

from typing import Annotated

from fastapi import APIRouter, Depends
from pydantic import Field

from scribe.drafting.template import template_names
from scribe.web.access import ScriptViewer, ServiceOf, Signed, permitted, require
from scribe.web.api.answers import Answer, RecordId, Wish, problems
from scribe.web.api.encounters import EncounterAnswer, EncounterList, encounter_answer
from scribe.web.worklist.page import PAGE_SIZE, matching

router = APIRouter(tags=["encounters"], dependencies=[Depends(permitted("see_worklist"))])


class PhysicianAnswer(Answer):
    id: str
    name: str
    department: str | None


class AdmissionAnswer(Answer):
    """For whom the account may open consultations, and the note templates there are."""

    physicians: list[PhysicianAnswer]
    templates: list[str]


class SearchWish(Wish):
    """A part of a name, its initial sounds, or of a registration number."""

    query: Annotated[str, Field(min_length=1, max_length=100)]


@router.get("/admission", summary="What a consultation is opened with", responses=problems())
def admission(service: ServiceOf, viewer: Signed) -> AdmissionAnswer:
    """The choices of ``POST /api/encounters``."""
    require(viewer, "admit_patients")
    with service.store.begin(viewer.actor) as work:
        found = work.accounts.physicians()
    physicians = [
        PhysicianAnswer(id=one.id, name=one.practitioner.name, department=one.practitioner.department) for one in found
    ]
    return AdmissionAnswer(physicians=physicians, templates=list(template_names(service.settings.templates_dir)))


@router.post("/encounters/search", summary="Find consultations", responses=problems())
def search(wish: SearchWish, service: ServiceOf, viewer: ScriptViewer) -> EncounterList:
    """Among the latest ones of any day; what is looked for stands in no address."""
    with service.store.begin(viewer.actor) as work:
        found = matching(work, wish.query.strip())
    records = [line.record for line in found[:PAGE_SIZE]]
    return EncounterList(encounters=[encounter_answer(one) for one in records], more=len(found) > PAGE_SIZE)


@router.post("/encounters/{encounter_id}/close", summary="Close without recording", responses=problems(404, 409))
def close(encounter_id: RecordId, service: ServiceOf, viewer: ScriptViewer) -> EncounterAnswer:
    """Nothing will be recorded; 409 where something was."""
    require(viewer, "admit_patients")
    with service.store.begin(viewer.actor) as work:
        work.encounters.close(encounter_id)
        return encounter_answer(work.encounters.get(encounter_id))


@router.post("/encounters/{encounter_id}/reopen", summary="Open again", responses=problems(404, 409))
def reopen(encounter_id: RecordId, service: ServiceOf, viewer: ScriptViewer) -> EncounterAnswer:
    """Something will be recorded after all."""
    require(viewer, "admit_patients")
    with service.store.begin(viewer.actor) as work:
        work.encounters.reopen(encounter_id)
        return encounter_answer(work.encounters.get(encounter_id))
