"""The OpenAPI document is true: whatever a program sends, the answer is one that the document describes."""

from collections.abc import Callable
from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from scribe.store.permissions import Role
from scribe.web.api.openapi import OPEN
from scribe.web.app import create_app
from tests.web.api.conftest import machine, somebody

CHECKS = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
]
BOUNDED = settings(
    max_examples=3,
    deadline=None,
    derandomize=True,
    database=None,
    phases=(Phase.explicit, Phase.generate),
    suppress_health_check=list(HealthCheck),
)
ENDS_THE_SESSION = ("DELETE", "/api/session")
ENDS_THE_CAPTURE = ("POST", "/api/encounters/{encounter_id}/consents")


@pytest.fixture
def operations(clinic: Any) -> list[Any]:
    """What the document describes, the devices' part left out: it is tried in test_devices."""
    loaded = schemathesis.openapi.from_asgi("/api/openapi.json", create_app(clinic.service))
    loaded.config.update(request_timeout=120)  # a busy machine is no fault of the service's
    found = [one.ok() for one in loaded.exclude(path_regex="^/api/devices").get_all_operations()]
    assert len(found) > 30
    return found


def tried(operation: Any, attempt: Callable[[Any], None]) -> None:
    """``attempt`` with a few requests of the operation, of the documented form."""
    BOUNDED(given(case=operation.as_strategy())(attempt))()


def test_a_stranger_is_told_as_documented(operations: list[Any]) -> None:
    def attempt(case: Any) -> None:
        answer = case.call_and_validate(checks=CHECKS)
        if case.path not in OPEN:
            assert answer.status_code == 401, case.path

    for operation in operations:
        tried(operation, attempt)


@pytest.mark.parametrize("role", ["physician", "patient_services", "admin"])
def test_whoever_is_signed_in_is_answered_as_documented(operations: list[Any], clinic: Any, role: Role) -> None:
    asking = machine(clinic.client()) if role == "physician" else somebody(clinic, role)
    seen: set[int] = set()

    def attempt(case: Any) -> None:
        if "encounter_id" in (case.path_parameters or {}) and (case.method.upper(), case.path) != ENDS_THE_CAPTURE:
            case.path_parameters["encounter_id"] = clinic.encounter_id
        cookies = dict(asking.client.cookies)
        answer = case.call_and_validate(checks=CHECKS, headers={"x-csrf-token": asking.csrf}, cookies=cookies)
        seen.add(answer.status_code)

    for operation in operations:
        if (operation.method.upper(), operation.path) != ENDS_THE_SESSION:
            tried(operation, attempt)
    assert {200, 403 if role != "physician" else 409} <= seen
    assert asking.get("/me").status_code == 200, "the session was there throughout"
