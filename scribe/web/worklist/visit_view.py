"""A consultation beside what was said in it: how it was opened, what the patient decided, what is left after that."""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from scribe.domain.consent import Consent
from scribe.domain.encounter import Identifier, Patient
from scribe.store import Work
from scribe.store.permissions import may
from scribe.store.records import EncounterRecord
from scribe.store.worklist import WorklistLine
from scribe.visits import DecidedBy
from scribe.web.labels import consenting, moment, patient_bar
from scribe.web.worklist.departments import department_name
from scribe.web.worklist.numbers_view import numbers_context
from scribe.web.worklist.page import Day
from scribe.web.worklist.view import RECORDING, State, is_recording, state_of
from scribe.web.worklist.visit_form import Entered, decision, template_label

_FIELDS = {"name": "이름", "birth_date": "생년월일", "sex": "성별"}
_DECISIONS = {"given": "녹음에 동의함", "refused": "녹음을 거부함", "withdrawn": "녹음 동의를 철회함"}
_DECIDERS = {"patient": "환자", "guardian": "보호자"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Questions:
    """What has to be answered before a typed consultation is opened.

    ``differing``: the number is known of a patient called or born otherwise.  ``earlier``: the day has a consultation
    of that patient already, or there is one of that visit number (``by_number``).  What another physician's patient is
    called is not told.
    """

    differing: tuple[str, ...] = ()
    earlier: tuple[str, ...] = ()
    by_number: bool = False

    @property
    def open(self) -> bool:
        return bool(self.differing or self.earlier)


def questions(work: Work, patient: Patient, number: Identifier | None, entered: Entered, day: Day) -> Questions:
    """Those that the form does not answer yet; ``number`` is that of the visit, if any."""
    earlier: tuple[str, ...] = ()
    if number is not None and not entered.again:
        earlier = work.visit_numbers.known(number)
    if patient.identifier is None:
        return Questions(earlier=earlier, by_number=bool(earlier))
    differing = () if entered.identity == "correct" else tuple(sorted(work.patients.differences(patient)))
    by_number = bool(earlier)
    if not earlier and not entered.again:
        earlier = work.worklist.of_patient(patient.identifier, day.start, day.end)
    return Questions(differing=tuple(_FIELDS[name] for name in differing), earlier=earlier, by_number=by_number)


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """A decision on recording as the page lists it."""

    text: str
    who: str
    at: str


def visit_context(work: Work, encounter_id: str, now: datetime, *, desk_port: int) -> dict[str, object]:
    """What the page of a consultation is rendered from; NotFoundError where the actor may not see it.

    ``desk_port``: where the recording page is, on the computer that the browser runs on.
    """
    work.encounters.get(encounter_id)
    (line,) = work.worklist.of([encounter_id])
    record, encounter = line.record, line.record.encounter
    state = _state(line, now)
    return {
        "encounter_id": record.id,
        "bar": patient_bar(encounter),
        "badge": state.label,
        "badge_kind": state.kind,
        "state": state,
        "consent": consenting(line.consent),
        "consent_state": line.consent,
        "decisions": _decisions(work, encounter_id),
        "physician": line.physician.name,
        "department": department_name(encounter.practitioner.department if encounter.practitioner else None),
        "template": template_label(record.template),
        "told_by_hospital": work.visit_numbers.told(encounter_id),
        **numbers_context(work, record),
        "destroyed": record.capture_destroyed,
        "signed": record.note_version is not None,
        "shares": record.note_version is not None and may(work.actor.role, "share_summaries"),
        "record_href": _record_href(work, record),
        "heard": record.stage != "new",
        "closable": record.stage == "new" and record.problem is None and state != RECORDING,
        "reopenable": record.problem == "closed",
        "reads": may(work.actor.role, "read_captures"),
        "desk_href": f"http://127.0.0.1:{desk_port}/",
    }


def _record_href(work: Work, record: EncounterRecord) -> str:
    """Where the signed record stands, or the draft; empty where there is neither, or not for this viewer."""
    if not may(work.actor.role, "read_notes"):
        return ""
    if record.note_version is not None:
        return f"/encounters/{record.id}/note"
    return f"/encounters/{record.id}" if record.stage != "new" and not record.capture_destroyed else ""


def decide(work: Work, encounter_id: str, choice: Literal["patient", "guardian", "refused"]) -> None:
    """Keep a decision on recording; after a refusal too the patient may agree, never after a withdrawal."""
    state, decided_by = decision(choice)
    if state is not None and not work.encounters.get(encounter_id).capture_destroyed:
        made = Consent(purpose="recording", state=state, decided_at=work.scope.clock(), decided_by=decided_by)
        work.consents.add(encounter_id, made)


def withdraw(work: Work, encounter_id: str, by: DecidedBy) -> None:
    """Destroy what was recorded; what is signed stays.  A second time changes nothing."""
    if not work.encounters.get(encounter_id).capture_destroyed:
        made = Consent(purpose="recording", state="withdrawn", decided_at=work.scope.clock(), decided_by=by)
        work.consents.add(encounter_id, made)


def _state(line: WorklistLine, now: datetime) -> State:
    return RECORDING if is_recording(line.recording_seen_at, now) else state_of(line.record)


def _decisions(work: Work, encounter_id: str) -> tuple[Decision, ...]:
    return tuple(
        Decision(text=_DECISIONS[one.state], who=_DECIDERS[one.decided_by], at=moment(one.decided_at))
        for one in work.consents.list(encounter_id)
        if one.purpose == "recording"
    )
