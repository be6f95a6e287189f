"""Admissions: what the hospital's information system tells becomes the list of consultations physicians pick from.

A message is done once, in one transaction, and never over what a later one told.  A visit whose physician nobody
knows waits, or goes to the account the site names; a consultation that somebody has begun stays with them.
"""

import logging
from collections.abc import Collection, Iterable
from dataclasses import dataclass, replace
from datetime import UTC, datetime, time, timedelta

from hl7_bridge.hl7v2.admissions import Admission, Merge, PatientTold, Systems, VisitTold
from hl7_bridge.hl7v2.errors import MessageError
from hl7_bridge.hl7v2.receiving import Done
from hl7_bridge.hl7v2.settings import Hl7Receiver
from hl7_bridge.hl7v2.times import SEOUL
from hl7_bridge.site import INSTITUTION_ARC, Site
from scribe.domain.encounter import Encounter, Identifier, Patient, Setting
from scribe.domain.errors import ScribeError
from scribe.domain.same_visit import Arrival, TypedIn, contradicts, match
from scribe.store import Actor, Store, Work
from scribe.store.admissions import Admissions
from scribe.store.records import AccountRecord
from scribe.store.visits import PatientNews, VisitRecord
from scribe.style import preferred_template

log = logging.getLogger("scribe.admissions")
_LONG_AGO = datetime.min.replace(tzinfo=UTC)
_DAY = timedelta(days=1)


class NoSystemError(ScribeError):
    """Nothing says under which identifiers patients and visits are numbered: set identifier_system in the site file,
    or patient_system and visit_system in its [receive] section.
    """


class UnknownLoginError(ScribeError):
    """The site file names the login {login} for admissions, and no physician signs in under it."""


def systems_of(site: Site, settings: Hl7Receiver) -> Systems:
    """The URIs that patients and visits are numbered under: configured, else the institution's OID with .1 and .2.

    Raises NoSystemError where nothing determines them.
    """
    number = site.organization.identifier if site.organization else None
    arc = site.identifier_system or (f"{INSTITUTION_ARC}.{number.value}" if number else None)
    patient = settings.patient_system or (f"{arc}.1" if arc else None)
    visit = settings.visit_system or (f"{arc}.2" if arc else None)
    if patient is None or visit is None:
        raise NoSystemError
    return Systems(patient=patient, visit=visit)


@dataclass(frozen=True, slots=True)
class Physicians:
    """The accounts that a visit's physician can be."""

    accounts: tuple[AccountRecord, ...]
    settings: Hl7Receiver

    @classmethod
    def of(cls, work: Work, settings: Hl7Receiver) -> "Physicians":
        usable = (one for one in work.accounts.list() if one.role == "physician" and not one.disabled)
        return cls(tuple(usable), settings)

    def find(self, number: str | None) -> AccountRecord | None:
        """The physician of that number, else who takes the unknown."""
        return self.known(number) or self._signing_in(self.settings.unknown_physician)

    def known(self, number: str | None) -> AccountRecord | None:
        """The physician of that number: by the site's table, else by licence."""
        login = self.settings.login_of(number) if number else None
        licences = ((one.practitioner.identifier, one) for one in self.accounts)
        licensed = next((one for licence, one in licences if licence and licence.value == number), None)
        return self._signing_in(login) or licensed

    def check(self) -> None:
        """UnknownLoginError where the site names somebody who is not there."""
        for login in (*(login for _, login in self.settings.physicians), self.settings.unknown_physician):
            if login is not None and self._signing_in(login) is None:
                raise UnknownLoginError(login=login)

    def _signing_in(self, login: str | None) -> AccountRecord | None:
        return next((one for one in self.accounts if one.login == login), None)


@dataclass(frozen=True, slots=True, kw_only=True)
class Opening:
    """How consultations are opened: their language, and the template where the physician has chosen no other."""

    template: str = "soap"
    language: str = "ko"

    def template_of(self, work: Work, owner_id: str, setting: Setting) -> str:
        return preferred_template(work.style_rules.list(owner_id), setting) or self.template


class Reception:
    """Does what admissions say, for one hospital."""

    def __init__(self, store: Store, hospital_id: str, settings: Hl7Receiver, opening: Opening = Opening()) -> None:
        self._store = store
        self._actor = Actor.service(hospital_id)
        self._settings = settings
        self._opening = opening
        self._tidy_at = _LONG_AGO

    def open(self) -> int:
        """Before listening: UnknownLoginError where the site names somebody who is not there; else how many visits
        still wait for a physician."""
        with self._store.begin(self._actor) as work:
            Physicians.of(work, self._settings).check()
        return self.tidy()

    def tidy(self) -> int:
        """Forget old messages, and give waiting visits to physicians who are known by now; how many still wait."""
        now = self._store.clock()
        self._tidy_at = now + _DAY
        with self._store.begin(self._actor) as work:
            physicians, desk = Physicians.of(work, self._settings), work.admissions
            desk.forget(now - timedelta(days=self._settings.remember_days))
            return sum(not self._assigned(work, physicians, visit) for visit in desk.unassigned())

    def apply(self, admission: Admission) -> Done:
        """Do what a message says, once; MessageError where it does not say enough.  Tidies once a day."""
        if self._store.clock() >= self._tidy_at:
            self.tidy()
        with self._store.begin(self._actor) as work:
            desk = work.admissions
            if desk.seen(admission.receipt.key):
                return "repeated"
            done = self._done(work, desk, admission)
            desk.remember(admission.receipt.key, admission.event, done)
        return done

    def _done(self, work: Work, desk: Admissions, admission: Admission) -> Done:
        if admission.kind == "merge":
            return _first(self._merge(desk, merge, admission.at) for merge in admission.merges)
        if admission.patient is None:
            raise ValueError("only a merge has no patient of its own")
        if admission.kind == "person":
            return _person(desk, admission.patient, admission.at, work.visit_matches.in_doubt())
        if admission.visit is None:
            raise ValueError("an admission of that kind has a visit")
        if admission.kind == "visit":
            return self._visit(work, desk, admission, admission.patient, admission.visit)
        return _ended(work, desk, admission.visit, admission.at, cancelled=admission.kind == "cancel")

    def _visit(self, work: Work, desk: Admissions, admission: Admission, told: PatientTold, visit: VisitTold) -> Done:
        known, at = desk.visit(visit.identifier), admission.at
        if known is not None and at < known.told_at:
            return "outdated"
        patient = self._patient(work, told, visit, at, joined=known is not None and known.encounter_id is not None)
        details = self._details(work, known, visit, patient, at)
        over = known is not None and known.state != "open" and admission.event == "A08"
        if known is None:
            known = desk.add_visit(visit.identifier, state="open", told_at=at)
        before, state = known.state, known.state if over else "open"
        known = desk.tell_visit(known.id, state=state, told_at=at, attending=visit.attending, details=details)
        if state == "open":
            if before == "cancelled" and known.encounter_id is not None and desk.untouched(known.encounter_id):
                work.encounters.reach(known.encounter_id, "new")
            self._assigned(work, Physicians.of(work, self._settings), known)
        return "applied"

    def _details(
        self, work: Work, known: VisitRecord | None, told: VisitTold, patient: Patient, at: datetime
    ) -> Encounter:
        """The consultation as it is to be: what was told now, over what was told before."""
        before = known.details if known else None
        if known is not None and known.encounter_id is not None:
            before = work.encounters.get(known.encounter_id).encounter
        return Encounter(
            id=before.id if before else self._store.new_id(),
            start=told.start or (before.start if before else at),
            setting=told.setting or (before.setting if before else "outpatient"),
            patient=patient,
            organization=work.accounts.hospital().organization,
            identifier=told.identifier,
        )

    def _assigned(self, work: Work, physicians: Physicians, visit: VisitRecord) -> bool:
        """Give the visit to its physician; False where nobody is that."""
        desk = work.admissions
        found = physicians.find(visit.attending)
        if visit.encounter_id is None and self._typed_before(work, physicians, visit):
            visit, found = desk.get(visit.id), physicians.known(visit.attending)
        if found is None:
            if visit.encounter_id is None:
                log.warning("visit %s waits: nobody here has the number of its physician", visit.id)
            return visit.encounter_id is not None
        if visit.encounter_id is None:
            setting = visit.details.setting if visit.details else "outpatient"
            template = self._opening.template_of(work, found.id, setting)
            added = desk.assign(visit.id, found.id, template=template, language=self._opening.language)
            if added.encounter_id is not None:
                self._name(work, added.encounter_id, found)
        elif visit.owner_id != found.id and visit.attending is not None:
            if desk.hand_over(visit.id, found.id):
                self._name(work, visit.encounter_id, found)
            else:
                log.warning("visit %s has another physician now, and a consultation that is begun", visit.id)
        return True

    def _typed_before(self, work: Work, physicians: Physicians, visit: VisitRecord) -> bool:
        """Let a consultation that was typed in be the visit, where it is that for certain; else what may be it is kept
        for a person to decide."""
        details = visit.details
        if details is None or details.patient is None or details.identifier is None:
            return False
        meant = physicians.known(visit.attending)
        arrival = Arrival(
            number=details.identifier,
            birth_date=details.patient.birth_date,
            sex=details.patient.sex,
            physician=meant.id if meant else None,
        )
        found = match(arrival, _typed_in(work, details.patient, details.identifier, details.start))
        for encounter_id, reason in found.doubts:
            work.visit_matches.doubt(visit.id, encounter_id, reason)
        if found.same is not None:
            work.visit_matches.join(visit.id, found.same)
        return found.same is not None

    def _patient(self, work: Work, told: PatientTold, visit: VisitTold, at: datetime, *, joined: bool) -> Patient:
        """The patient after this message.  A consultation typed in under that number with another birth date or sex
        may be somebody else's: it stays as it was typed until a person has looked at it."""
        desk = work.admissions
        but = set(work.visit_matches.in_doubt())
        if not joined:
            number = desk.survivor(told.identifier)
            arrival = Arrival(number=visit.identifier, birth_date=told.birth_date, sex=told.sex, physician=None)
            typed = work.visit_matches.typed_in(number, visit.identifier, *_day(visit.start or at))
            but |= {one.encounter_id for one in typed if contradicts(arrival, one)}
        return _patient(desk, told, at, but)

    def _name(self, work: Work, encounter_id: str, physician: AccountRecord) -> None:
        encounter = work.encounters.get(encounter_id).encounter
        work.encounters.update(replace(encounter, practitioner=physician.practitioner))

    def _merge(self, desk: Admissions, merge: Merge, at: datetime) -> Done:
        before = desk.news(merge.prior)
        if before is not None and before.survivor is not None and at < before.told_at:
            return "outdated"
        target = desk.survivor(merge.survivor.identifier)
        if target == merge.prior:
            problem = "the patient was merged the other way round before"
            raise MessageError(location="MRG-1", problem=problem, code="205")
        known = desk.news(target) or _with_number(before, target)
        survivor = _whole(replace(merge.survivor, identifier=target), known)
        if known is None or at >= known.told_at:
            desk.tell_patient(survivor, at)
        desk.merge(merge.prior, survivor, at)
        return "applied"


def _person(desk: Admissions, told: PatientTold, at: datetime, but: Collection[str]) -> Done:
    """Only of patients we have: others are none of our business."""
    number = desk.survivor(told.identifier)
    known = desk.news(number)
    if known is None:
        return "irrelevant"
    if at < known.told_at:
        return "outdated"
    desk.tell_patient(_whole(replace(told, identifier=number), known), at, but=but)
    return "applied"


def _day(moment: datetime) -> tuple[datetime, datetime]:
    """The day in Seoul of a moment."""
    start = datetime.combine(moment.astimezone(SEOUL).date(), time(), SEOUL)
    return start, start + _DAY


def _typed_in(work: Work, patient: Patient, visit: Identifier, start: datetime) -> tuple[TypedIn, ...]:
    if patient.identifier is None:
        raise ValueError("a patient of the hospital has a number")
    return work.visit_matches.typed_in(patient.identifier, visit, *_day(start))


def _patient(desk: Admissions, told: PatientTold, at: datetime, but: Collection[str]) -> Patient:
    """The patient after this message: updated by it, unless a later one told of them."""
    number = desk.survivor(told.identifier)
    known = desk.news(number)
    if known is not None and known.patient is not None and at < known.told_at:
        return known.patient
    patient = _whole(replace(told, identifier=number), known)
    desk.tell_patient(patient, at, but=but)
    return patient


def _whole(told: PatientTold, known: PatientNews | None) -> Patient:
    """A patient with all that a consultation needs; MessageError where neither message nor memory has it."""
    before = known.patient if known else None
    name = told.name or (before.name if before else None)
    birth_date = told.birth_date or (before.birth_date if before else None)
    if name is None:
        raise MessageError(location="PID-5", problem="the patient has no name", code="101")
    if birth_date is None:
        raise MessageError(location="PID-7", problem="the patient has no date of birth", code="101")
    sex = told.sex or (before.sex if before else "unknown")
    return Patient(name=name, sex=sex, birth_date=birth_date, identifier=told.identifier)


def _with_number(known: PatientNews | None, number: Identifier) -> PatientNews | None:
    """What is known of a patient, as of the one they are merged into."""
    if known is None or known.patient is None:
        return None
    return PatientNews(told_at=_LONG_AGO, patient=replace(known.patient, identifier=number))


def _ended(work: Work, desk: Admissions, told: VisitTold, at: datetime, *, cancelled: bool) -> Done:
    """Discharge or cancellation; of a visit nobody told of only a cancellation is kept, for messages out of order."""
    known = desk.visit(told.identifier)
    if known is None:
        if cancelled:
            desk.add_visit(told.identifier, state="cancelled", told_at=at)
        return "irrelevant"
    if at < known.told_at:
        return "outdated"
    desk.tell_visit(known.id, state="cancelled" if cancelled else "discharged", told_at=at)
    if cancelled and known.encounter_id is not None and desk.untouched(known.encounter_id):
        work.encounters.stop(known.encounter_id, "visit_cancelled")
    return "applied"


def _first(done: Iterable[Done]) -> Done:
    """What became of several: applied where any was."""
    found = list(done)
    return "applied" if "applied" in found else found[0]
