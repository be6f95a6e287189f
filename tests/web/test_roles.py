"""What each role may open: patient services and IT are refused everything that is not listed here."""

import re
from typing import Any

import pytest
from starlette.testclient import TestClient

from scribe.accounts import create_account
from scribe.store import Actor
from scribe.store.errors import NotPermittedError
from scribe.store.permissions import ALLOWED, Role
from tests.web.conftest import PASSWORD, field_of, signed_in
from tests.web.test_security import MARKER, addresses

OWN = r"/account.*|/keys.*|/appearance|/sign-out|/api/session|/api/me.*"
# what listens tells states alone, of what the role may see
SHARED = r"/events|/encounters/[^/]+/(events|presence)|/encounters/rows"
MAY_OPEN: dict[Role, str] = {
    "patient_services": rf"{OWN}|{SHARED}|/encounters|/encounters/(search|rows)|/visits/.*|/summaries.*"
    r"|/encounters/[^/]+/(visit|consent|withdrawal|close|reopen|numbers|same-visits/[^/]+)"
    r"|/encounters/[^/]+/summary(/[^/]+(/sheet|/sheet.pdf|/paper|/preview|/preview.pdf|/links|/links/[^/]+/revoke)?)?"
    r"|/api/(admission|summaries|encounters|encounters/[^/]+)"
    r"|/api/encounters/[^/]+/(consents|numbers|same-visits.*|close|reopen|summary|summary/.*|shares.*)",
    "admin": rf"{OWN}|{SHARED}|(/api)?/(quality|accounts.*|audit.*|deliveries.*)",
}


@pytest.fixture(params=sorted(MAY_OPEN))
def somebody(request: pytest.FixtureRequest, clinic: Any) -> tuple[Role, TestClient]:
    role: Role = request.param
    create_account(clinic.store, clinic.hospital_id, login="somebody", password=PASSWORD, role=role, name="아무개")
    return role, signed_in(clinic.client(), "somebody")


def test_everything_else_is_refused_before_it_is_looked_up(clinic: Any, somebody: tuple[Role, TestClient]) -> None:
    role, client = somebody
    csrf = field_of(client.get("/account").text, "csrf")
    refused = 0
    for method, path in addresses(clinic):
        if re.fullmatch(MAY_OPEN[role], path) or path.startswith("/api/devices/"):
            continue
        body = None if method == "GET" else {"csrf": csrf}
        answer = client.request(method, path, headers={"x-csrf-token": csrf}, data=body)
        assert answer.status_code in {403, 404}, (method, path, answer.status_code)
        assert MARKER not in answer.text
        assert "박정호" not in answer.text
        refused += 1
    assert refused > 10


def test_every_role_of_people_is_walked() -> None:
    assert set(MAY_OPEN) == set(ALLOWED) - {"physician", "service"}


@pytest.mark.parametrize("role", ["patient_services", "admin"])
@pytest.mark.parametrize("repository", ["recordings", "transcripts", "drafts", "notes", "uploads"])
def test_the_store_refuses_too_and_audits_it(clinic: Any, role: Role, repository: str) -> None:
    actor = Actor(clinic.hospital_id, "somebody-else", role)
    with pytest.raises(NotPermittedError), clinic.store.begin(actor) as work:
        getattr(work, repository)
    with clinic.store.begin(Actor.service(clinic.hospital_id)) as work:
        last = [line for line in work.trail.all() if line.account_id == "somebody-else"][-1]
    assert (last.action, last.subject) == ("refused", "permission")


def test_patient_services_see_who_comes_to_the_hospital_and_no_capture_key(clinic: Any) -> None:
    actor = Actor(clinic.hospital_id, "somebody-else", "patient_services")
    with clinic.store.begin(actor) as work:
        row = work.scope.encounter(clinic.encounter_id)
        assert work.scope.key(row, "record")
        with pytest.raises(NotPermittedError):
            work.scope.key(row, "capture")
        assert work.encounters.get(clinic.encounter_id).encounter.patient is not None
