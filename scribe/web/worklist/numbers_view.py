"""The hospital's numbers of a consultation, and visits of the hospital that may be the same one."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from scribe.domain.same_visit import Doubt
from scribe.settings import Settings
from scribe.store import Work
from scribe.store.errors import NumberSettledError, OtherPatientsNumberError
from scribe.store.permissions import may
from scribe.store.records import EncounterRecord
from scribe.store.visit_matches import VisitDoubt
from scribe.visits import registration_number, visit_number
from scribe.web.labels import moment
from scribe.web.worklist.visit_form import registration_problem, visit_problem

OTHERS_VISIT = "다른 환자의 내원번호입니다. 번호를 확인하세요."
_OTHERS_REGISTRATION = "이름·생년월일·성별이 다른 환자의 등록번호입니다. 번호를 확인하세요."
_SETTLED = "이미 병원으로 보냈거나 보내는 중이어서 내원번호를 바꿀 수 없습니다."
_REASONS: Mapping[Doubt, str] = {
    "several": "같은 날 직접 추가한 진료가 여럿이라, 어느 진료의 접수인지 알 수 없습니다.",
    "birth_date": "등록번호는 같지만 병원 시스템의 생년월일이 입력한 것과 다릅니다.",
    "sex": "등록번호는 같지만 병원 시스템의 성별이 입력한 것과 다릅니다.",
    "number": "입력한 내원번호와 병원 시스템의 내원번호가 다릅니다.",
    "physician": "병원 시스템이 보낸 담당 의사를 알 수 없습니다.",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Numbers:
    """The numbers as they were typed, and what is wrong with them by field."""

    visit: str
    registration: str
    problems: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class DoubtView:
    """A visit of the hospital that may be the consultation: nothing of whom the hospital means."""

    id: str
    at: str
    number: str
    why: str


def numbers_context(work: Work, record: EncounterRecord) -> dict[str, object]:
    """The numbers, whether they can still be entered, and what a person has to decide."""
    encounter = record.encounter
    patient = encounter.patient
    admits = may(work.actor.role, "admit_patients")
    registration = patient.identifier.value if patient and patient.identifier else ""
    return {
        "visit_number": encounter.identifier.value if encounter.identifier else "",
        "registration_number": registration,
        "numbers_open": admits and not (registration and work.visit_numbers.fixed(record.id)),
        "unnumbered": record.problem == "delivery_unnumbered",
        "entered": Numbers(visit=encounter.identifier.value if encounter.identifier else "", registration=registration),
        "doubts": [_doubt(one) for one in work.visit_matches.doubts(record.id)] if admits else [],
        "maybe_same": work.visit_matches.about(record.id) if admits else (),
    }


def give_numbers(work: Work, settings: Settings, encounter_id: str, entered: Numbers) -> Numbers:
    """Keep the numbers; those that were entered, with what is wrong where nothing was kept."""
    problems = {
        "visit": visit_problem(entered.visit),
        "registration": registration_problem(entered.registration),
    }
    wrong = {key: problem for key, problem in problems.items() if problem}
    if not wrong:
        hospital_id = work.actor.hospital_id
        try:
            work.visit_numbers.give(
                encounter_id,
                visit=visit_number(settings, hospital_id, entered.visit),
                registration=registration_number(settings, hospital_id, entered.registration),
            )
        except OtherPatientsNumberError as error:
            visit = error.context["what"] == "visit number"
            wrong = {"visit": OTHERS_VISIT} if visit else {"registration": _OTHERS_REGISTRATION}
        except NumberSettledError:
            wrong = {"visit": _SETTLED}
    return Numbers(visit=entered.visit, registration=entered.registration, problems=wrong)


def _doubt(one: VisitDoubt) -> DoubtView:
    number = one.visit.identifier.value if one.visit.identifier else ""
    return DoubtView(id=one.id, at=moment(one.visit.start), number=number, why=_REASONS[one.reason])
