"""The OpenAPI document is true: whatever a program sends, the answer is one that the document describes."""

from collections import defaultdict
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

from scribe.web.api.openapi import OPEN
from scribe.web.app import create_app
from tests.web.api.conftest import Machine, machine, somebody

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


STRANGER = "a stranger"


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


def test_whoever_asks_whatever_is_answered_as_documented(operations: list[Any], clinic: Any) -> None:
    """Making requests up costs more than answering them: each is sent by everybody."""
    people: dict[str, Machine | None] = {STRANGER: None, "physician": machine(clinic.client())}
    people |= {role: somebody(clinic, role) for role in ("patient_services", "admin")}
    seen: defaultdict[str, set[int]] = defaultdict(set)

    def attempt(case: Any) -> None:
        act = (case.method.upper(), case.path)
        if "encounter_id" in (case.path_parameters or {}) and act != ENDS_THE_CAPTURE:
            case.path_parameters["encounter_id"] = clinic.encounter_id
        for who, asking in people.items():
            if asking is not None and act == ENDS_THE_SESSION:
                continue
            cookies = dict(asking.client.cookies) if asking else {}
            proof = {"x-csrf-token": asking.csrf} if asking else {}
            status = case.call_and_validate(checks=CHECKS, headers=proof, cookies=cookies).status_code
            seen[who].add(status)
            assert asking is not None or status == 401 or case.path in OPEN, act

    for operation in operations:
        tried(operation, attempt)
    assert {200, 404, 409} <= seen["physician"]
    assert {200, 403} <= seen["patient_services"]
    assert {200, 403} <= seen["admin"]
    for asking in filter(None, people.values()):
        assert asking.get("/me").status_code == 200, "the session was there throughout"
