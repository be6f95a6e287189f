"""Consultations beside what was said: typed in, consented to, closed without recording."""

from dataclasses import replace
from typing import Annotated, Literal

from fastapi import APIRouter, Depends, Form
from starlette.responses import RedirectResponse, Response

from scribe.domain.encounter import Patient
from scribe.drafting.template import AUTO, template_names
from scribe.store import Actor
from scribe.store.errors import OtherPatientsNumberError
from scribe.store.records import AccountRecord
from scribe.visits import TypedVisit, numbered, open_visit, patient_system, template_for, visit_number
from scribe.web.access import FormViewer, ServiceOf, Signed, Viewer, permitted, require
from scribe.web.pages import page
from scribe.web.service import Service
from scribe.web.worklist.departments import DEPARTMENTS
from scribe.web.worklist.numbers_view import OTHERS_VISIT
from scribe.web.worklist.page import Day
from scribe.web.worklist.visit_form import (
    CONSENTS,
    SETTINGS,
    SEXES,
    Checked,
    Entered,
    check,
    decision,
    setting_of,
    template_label,
)
from scribe.web.worklist.visit_view import Questions, decide, questions, visit_context, withdraw

router = APIRouter(dependencies=[Depends(permitted("see_worklist"))])

Short = Annotated[str, Form(max_length=200)]


def entered(
    *,
    name: Short = "",
    number: Short = "",
    visit: Short = "",
    birth: Short = "",
    sex: Short = "",
    setting: Short = "",
    time: Short = "",
    department: Short = "",
    template: Short = "",
    consent: Short = "",
    physician: Short = "",
    identity: Short = "",
    again: Annotated[bool, Form()] = False,
) -> Entered:
    """The fields of the posted form."""
    return Entered(
        name=name, number=number, visit=visit, birth=birth, sex=sex, setting=setting, time=time, department=department,
        template=template, consent=consent, physician=physician, identity=identity, again=again,
    )  # fmt: skip


Fields = Annotated[Entered, Depends(entered)]


@router.get("/visits/new")
def new_visit(service: ServiceOf, viewer: Signed) -> Response:
    require(viewer, "admit_patients")
    with service.store.begin(viewer.actor) as work:
        physicians = work.accounts.physicians()
    return _form(service, viewer, physicians, Entered(), Checked(start=service.store.clock()), Questions())


@router.post("/visits/new")
def add_visit(service: ServiceOf, viewer: FormViewer, fields: Fields) -> Response:
    """Opens the consultation; what contradicts what is known of the patient is asked about first."""
    require(viewer, "admit_patients")
    checked = check(fields, service.store.clock())
    with service.store.begin(viewer.actor) as work:
        physicians = work.accounts.physicians()
    owner, asked = _owner(physicians, fields.physician), Questions()
    if checked.patient is not None and owner is not None and _known_template(service, fields.template):
        template = fields.template or _usual_template(service, owner, fields)
        with service.store.begin(viewer.actor) as work:
            system = patient_system(service.settings, viewer.actor.hospital_id)
            patient = numbered(checked.patient, system, fields.number.strip())
            number = visit_number(service.settings, viewer.actor.hospital_id, fields.visit.strip())
            asked = questions(work, patient, number, fields, Day.of(checked.start))
            if not asked.open:
                typed = replace(_typed(fields, checked, owner, patient, template), number=number)
                try:
                    opened = open_visit(work, service.settings, typed)
                except OtherPatientsNumberError:
                    checked = replace(checked, problems={"visit": OTHERS_VISIT})
                else:
                    return RedirectResponse(f"/encounters/{opened.id}/visit", status_code=303)
    return _form(service, viewer, physicians, fields, checked, asked)


@router.get("/encounters/{encounter_id}/visit")
def visit(encounter_id: str, service: ServiceOf, viewer: Signed) -> Response:
    """The consultation without what was said in it: who, when, for what, and the patient's decision on recording."""
    with service.store.begin(viewer.actor) as work:
        context = visit_context(work, encounter_id, service.store.clock(), desk_port=service.settings.desk_port)
    return page("visit.html", {"viewer": viewer, **context})


@router.post("/encounters/{encounter_id}/consent")
def consent(
    encounter_id: str,
    service: ServiceOf,
    viewer: FormViewer,
    choice: Annotated[Literal["patient", "guardian", "refused"], Form()],
) -> Response:
    """The patient's decision on recording."""
    require(viewer, "record_consent")
    with service.store.begin(viewer.actor) as work:
        decide(work, encounter_id, choice)
    return _back(encounter_id)


@router.post("/encounters/{encounter_id}/withdrawal")
def withdrawal(
    encounter_id: str,
    service: ServiceOf,
    viewer: FormViewer,
    *,
    confirmed: Annotated[bool, Form()] = False,
    by: Annotated[Literal["patient", "guardian"], Form()] = "patient",
) -> Response:
    """Withdraws the consent: recording, dialogue and drafts are destroyed at once.  Nothing happens unconfirmed."""
    require(viewer, "record_consent")
    if confirmed:
        with service.store.begin(viewer.actor) as work:
            withdraw(work, encounter_id, by)
    return _back(encounter_id)


@router.post("/encounters/{encounter_id}/close")
def close(encounter_id: str, service: ServiceOf, viewer: FormViewer) -> Response:
    """Nothing will be recorded."""
    require(viewer, "admit_patients")
    with service.store.begin(viewer.actor) as work:
        work.encounters.close(encounter_id)
    return _back(encounter_id)


@router.post("/encounters/{encounter_id}/reopen")
def reopen(encounter_id: str, service: ServiceOf, viewer: FormViewer) -> Response:
    """Something will be recorded after all."""
    require(viewer, "admit_patients")
    with service.store.begin(viewer.actor) as work:
        work.encounters.reopen(encounter_id)
    return _back(encounter_id)


def _back(encounter_id: str) -> Response:
    return RedirectResponse(f"/encounters/{encounter_id}/visit", status_code=303)


def _owner(physicians: tuple[AccountRecord, ...], chosen: str) -> AccountRecord | None:
    """The only physician there is to choose, else the chosen one."""
    if len(physicians) == 1:
        return physicians[0]
    return next((one for one in physicians if one.id == chosen), None)


def _typed(fields: Entered, checked: Checked, owner: AccountRecord, patient: Patient, template: str) -> TypedVisit:
    state, decided_by = decision(fields.consent)
    return TypedVisit(
        patient=patient,
        owner_id=owner.id,
        start=checked.start,
        setting=setting_of(fields.setting),
        department=fields.department or None,
        template=template,
        consent=state,
        decided_by=decided_by,
    )


def _usual_template(service: Service, owner: AccountRecord, fields: Entered) -> str:
    """That of the physician's consultations in that setting, whoever types this one in."""
    with service.store.begin(Actor.service(owner.hospital_id)) as work:
        return template_for(work, service.settings, owner.id, setting_of(fields.setting))


def _known_template(service: Service, name: str) -> bool:
    return not name or name == AUTO or name in template_names(service.settings.templates_dir)


def _form(
    service: Service,
    viewer: Viewer,
    physicians: tuple[AccountRecord, ...],
    fields: Entered,
    checked: Checked,
    asked: Questions,
) -> Response:
    problems = dict(checked.problems)
    if fields != Entered() and _owner(physicians, fields.physician) is None:
        problems["physician"] = "담당 의사를 고르세요."
    if not _known_template(service, fields.template):
        problems["template"] = "기록 서식을 다시 고르세요."
    names = ("", AUTO, *template_names(service.settings.templates_dir))
    context = {
        "viewer": viewer,
        "entered": fields,
        "problems": problems,
        "first": next(iter(problems), "" if asked.open else "name"),
        "asked": asked,
        "physicians": [(one.id, one.practitioner.name) for one in physicians],
        "settings": SETTINGS,
        "sexes": SEXES,
        "consents": CONSENTS,
        "departments": DEPARTMENTS.items(),
        "templates": [(name, template_label(name)) for name in names],
    }
    status = 422 if problems else 409 if asked.open else 200
    return page("visit_new.html", context, status)
