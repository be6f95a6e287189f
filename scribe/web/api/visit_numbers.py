"""Where a consultation belongs at the hospital, and visits that may be the same one."""

from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Depends
from pydantic import StringConstraints

from scribe.domain.same_visit import Doubt
from scribe.store import Work
from scribe.visits import registration_number, visit_number
from scribe.web.access import ScriptViewer, ServiceOf, Signed, permitted, require
from scribe.web.api.answers import Answer, RecordId, Wish, problems
from scribe.web.api.encounters import EncounterAnswer, Number, encounter_answer

router = APIRouter(tags=["encounters"], dependencies=[Depends(permitted("see_worklist"))])

VisitNumber = Annotated[str, StringConstraints(pattern=r"^[0-9A-Za-z][0-9A-Za-z./_-]{0,31}$")]


class NumbersWish(Wish):
    """``visit_number`` null takes one back; ``number`` is taken where the patient has no registration number yet."""

    visit_number: VisitNumber | None
    number: Number | None = None


class MaybeSameAnswer(Answer):
    """A visit that the hospital told of and that may be the consultation; ``reason`` is why a person has to say so."""

    id: str
    reason: Doubt
    visit_number: str | None
    start: datetime


class SameWish(Wish):
    """Whether it is the same visit."""

    same: bool


@router.put("/encounters/{encounter_id}/numbers", summary="Give the hospital's numbers", responses=problems(404, 409))
def numbers(encounter_id: RecordId, wish: NumbersWish, service: ServiceOf, viewer: ScriptViewer) -> EncounterAnswer:
    """Give a typed-in consultation its visit number, until something was sent; what waited for it is sent."""
    require(viewer, "admit_patients")
    hospital_id = viewer.actor.hospital_id
    with service.store.begin(viewer.actor) as work:
        given = work.visit_numbers.give(
            encounter_id,
            visit=visit_number(service.settings, hospital_id, wish.visit_number or ""),
            registration=registration_number(service.settings, hospital_id, wish.number or ""),
        )
    return encounter_answer(given)


@router.get("/encounters/{encounter_id}/same-visits", summary="Visits that may be the same", responses=problems(404))
def same_visits(encounter_id: RecordId, service: ServiceOf, viewer: Signed) -> list[MaybeSameAnswer]:
    """What a person has to decide about a typed-in consultation, oldest first."""
    require(viewer, "admit_patients")
    with service.store.begin(viewer.actor) as work:
        return _open(work, encounter_id)


@router.post(
    "/encounters/{encounter_id}/same-visits/{doubt_id}",
    summary="Say whether a visit is the same",
    responses=problems(404, 409),
)
def decide(
    encounter_id: RecordId, doubt_id: RecordId, wish: SameWish, service: ServiceOf, viewer: ScriptViewer
) -> list[MaybeSameAnswer]:
    """What is left to decide; the same visit becomes one consultation, and nothing recorded or signed is lost."""
    require(viewer, "admit_patients")
    with service.store.begin(viewer.actor) as work:
        work.visit_matches.decide(encounter_id, doubt_id, same=wish.same)
        return _open(work, encounter_id)


def _open(work: Work, encounter_id: str) -> list[MaybeSameAnswer]:
    return [
        MaybeSameAnswer(
            id=one.id,
            reason=one.reason,
            visit_number=one.visit.identifier.value if one.visit.identifier else None,
            start=one.visit.start,
        )
        for one in work.visit_matches.doubts(encounter_id)
    ]
