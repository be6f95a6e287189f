"""The OpenAPI document: the addresses for machines alone, and how they are signed in to."""

import json
import re
from collections.abc import Callable, Mapping
from importlib.metadata import version
from typing import Any

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi

from scribe.web.access import SESSION_COOKIE

OPEN = frozenset({"/health", "/api/sign-in", "/api/devices/enrol"})
"""Addresses that ask for no session."""
DEVICES = "/api/devices/"

_REFERENCE = re.compile(r'"#/components/schemas/([^"]+)"')

_DESCRIPTION = (
    "Everything that the pages of the service show and do, as JSON. Sign in with `POST /api/sign-in`; send its "
    "cookie with every request and its `csrf` in the header `X-CSRF-Token` with every change. Documents (transcript, "
    "draft, note) have the published formats of `docs/schemas/`. Times are in UTC, ISO 8601."
)
_SCHEMES: dict[str, dict[str, str]] = {
    "session": {
        "type": "apiKey", "in": "cookie", "name": SESSION_COOKIE, "description": "The session of a signed-in person.",
    },
    "csrf": {
        "type": "apiKey", "in": "header", "name": "X-CSRF-Token",
        "description": "With every change: the `csrf` of the session.",
    },
    "device": {
        "type": "http", "scheme": "bearer", "bearerFormat": "JWT",
        "description": "A token that an enrolled device signs for each request (docs/devices.md).",
    },
}  # fmt: skip


def describe(app: FastAPI) -> Callable[[], dict[str, Any]]:
    """What ``app.openapi`` is to be: the document, made once when it is first asked for."""
    made: list[dict[str, Any]] = []

    def openapi() -> dict[str, Any]:
        if not made:
            made.append(_document(app))
        return made[0]

    return openapi


def whole(app: FastAPI) -> dict[str, Any]:
    """The document of every address, the pages' included."""
    return get_openapi(
        title="Clinical Scribe",
        version=version("clinical-scribe"),
        description=_DESCRIPTION,
        routes=app.routes,
    )


def _document(app: FastAPI) -> dict[str, Any]:
    document = whole(app)
    document["paths"] = {path: found for path, found in document["paths"].items() if _for_machines(path)}
    for path, operations in document["paths"].items():
        for method, operation in operations.items():
            operation["security"] = _security(path, method)
            _without_proof_parameter(operation)
    schemas = document["components"]["schemas"]
    document["components"] = {
        "schemas": {name: schemas[name] for name in sorted(_named(document["paths"], schemas))},
        "securitySchemes": _SCHEMES,
    }
    return document


def _for_machines(path: str) -> bool:
    return path.startswith("/api/") or path == "/health"


def _named(part: object, schemas: Mapping[str, object]) -> set[str]:
    """The schemas that ``part`` refers to, and those that they refer to."""
    found: set[str] = set()
    waiting = [part]
    while waiting:
        for name in set(_REFERENCE.findall(json.dumps(waiting.pop()))) - found:
            found.add(name)
            waiting.append(schemas[name])
    return found


def _security(path: str, method: str) -> list[dict[str, list[str]]]:
    """What an operation asks for: nothing, a device's token, a session, or a session with its proof."""
    if path in OPEN:
        return []
    if path.startswith(DEVICES):
        return [{"device": []}]
    return [{"session": []} if method == "get" else {"session": [], "csrf": []}]


def _without_proof_parameter(operation: dict[str, Any]) -> None:
    """The form token is a security scheme, not a parameter of each change."""
    kept = [one for one in operation.get("parameters", []) if one["name"].lower() != "x-csrf-token"]
    operation.pop("parameters", None)
    if kept:
        operation["parameters"] = kept
