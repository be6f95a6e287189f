"""In which of the physician's roles (PractitionerRole) on the server a note was written."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Final

from hl7_bridge.fhir import FhirJson
from hl7_bridge.fhir_client import FhirClient
from hl7_bridge.fhir_errors import BusyError, NotFhirError, RefusedError, TooManyPagesError
from hl7_bridge.kr_core.codes import HIRA_DEPARTMENT
from hl7_bridge.kr_core.people import DEPARTMENTS

ROLE: Final = "PractitionerRole"
PARAMETER: Final = "practitioner"
NOT_SEARCHABLE: Final = "병원 FHIR 서버에서 진료의의 역할(PractitionerRole)을 검색할 수 없어 진료의만 적습니다"
NO_ROLE: Final = "병원 FHIR 서버에 진료의의 역할(PractitionerRole)이 없어 진료의만 적습니다"
NO_FITTING_ROLE: Final = (
    "이 기관·진료과에 맞는 진료의의 역할(PractitionerRole)이 병원 FHIR 서버에 없어 진료의만 적습니다"
)
SEVERAL_ROLES: Final = "진료의의 역할(PractitionerRole)이 여럿이라 어느 것인지 알 수 없어 진료의만 적습니다"
_NOT_IMPLEMENTED: Final = (500, 501)


@dataclass(frozen=True, slots=True)
class RoleFound:
    """``reference`` (``PractitionerRole/1``) of the one role that fits, else in Korean why there is none."""

    reference: str | None = None
    lacking: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class RoleSought:
    """``practitioner`` and ``organization`` are references on the server; ``department`` as the physician's account
    has it, ``day`` that of the encounter.
    """

    practitioner: str
    organization: str | None
    department: str | None
    day: date


def can_search_roles(client: FhirClient) -> bool:
    """False where /metadata lists no PractitionerRole, or its search parameters without ``practitioner``."""
    found = client.capabilities()
    return (not found.types or ROLE in found.types) and not found.cannot_find(ROLE, PARAMETER)


def find_role(client: FhirClient, sought: RoleSought) -> RoleFound:
    """The physician's one role that contradicts neither institution, department nor day; never a guess.

    Of several, those that name department and institution go before those that name none, active ones before those
    that do not say.  That a server has no roles, or lets nobody search them, is no failure; a server that is busy or
    out of reach is, as everywhere.
    """
    if not can_search_roles(client):
        return RoleFound(lacking=NOT_SEARCHABLE)
    try:
        found = roles_of(client, sought.practitioner)
    except BusyError as error:
        if error.status not in _NOT_IMPLEMENTED:
            raise
        return RoleFound(lacking=NOT_SEARCHABLE)
    except (RefusedError, NotFhirError, TooManyPagesError):
        return RoleFound(lacking=NOT_SEARCHABLE)
    if found is None:
        return RoleFound(lacking=NOT_SEARCHABLE)
    return _chosen(found, sought, client.base_url)


def roles_of(client: FhirClient, practitioner: str) -> list[FhirJson] | None:
    """All roles that the server gives for the physician; None where it answers with somebody else's."""
    wanted = _local(practitioner, client.base_url)
    matches = {item.id: item.content for item in client.search(ROLE, {PARAMETER: wanted})}
    if any(_reference(role, "practitioner", client.base_url) != wanted for role in matches.values()):
        return None
    return list(matches.values())


def _chosen(roles: Sequence[FhirJson], sought: RoleSought, base_url: str) -> RoleFound:
    institution = _local(sought.organization, base_url) if sought.organization else None
    department = sought.department if sought.department in DEPARTMENTS else None

    def at_institution(role: FhirJson) -> bool | None:
        named = _reference(role, "organization", base_url)
        return None if institution is None or named is None else named == institution

    def in_department(role: FhirJson) -> bool | None:
        named = _departments(role)
        return None if department is None or not named else department.zfill(2) in named

    def active(role: FhirJson) -> bool | None:
        said = role.get("active")
        return said if isinstance(said, bool) else None

    in_force = [role for role in roles if active(role) is not False and _covers(role.get("period"), sought.day)]
    fitting = [role for role in in_force if at_institution(role) is not False and in_department(role) is not False]
    narrowed = fitting
    for says_so in (in_department, at_institution, active):
        narrowed = _preferred(narrowed, says_so)
    if len(narrowed) == 1:
        return RoleFound(reference=f"{ROLE}/{narrowed[0]['id']}")
    return RoleFound(lacking=SEVERAL_ROLES if narrowed else NO_FITTING_ROLE if roles else NO_ROLE)


def _preferred(roles: list[FhirJson], says_so: Callable[[FhirJson], bool | None]) -> list[FhirJson]:
    return [role for role in roles if says_so(role)] or roles


def _departments(role: FhirJson) -> set[str]:
    """The HIRA departments among the specialties, as two digits."""
    codings = [coding for item in _objects(role.get("specialty")) for coding in _objects(item.get("coding"))]
    return {str(coding.get("code", "")).zfill(2) for coding in codings if coding.get("system") == HIRA_DEPARTMENT}


def _covers(period: Any, day: date) -> bool:
    """Whether the day is in a FHIR Period, whose ends may be a year or a month; without one, always."""
    if not isinstance(period, dict):
        return True
    start, end, today = str(period.get("start", ""))[:10], str(period.get("end", ""))[:10], day.isoformat()
    return start <= today[: len(start)] and today[: len(end)] <= end


def _reference(role: FhirJson, name: str, base_url: str) -> str | None:
    there = role.get(name)
    said = there.get("reference") if isinstance(there, dict) else None
    return _local(said, base_url) if isinstance(said, str) else None


def _local(reference: str, base_url: str) -> str:
    """``Type/id`` of a reference into the server, whatever version it names."""
    return reference.removeprefix(f"{base_url.rstrip('/')}/").partition("/_history/")[0]


def _objects(value: Any) -> list[FhirJson]:
    return [item for item in value if isinstance(item, dict)] if isinstance(value, list) else []
