"""docs/api.md names every address that the OpenAPI document describes, and no other."""

import re
from pathlib import Path
from typing import Any

import pytest

from scribe.web.api.answers import problems
from scribe.web.api.openapi import DEVICES
from scribe.web.app import create_app

PAGE = Path(__file__).parents[3] / "docs" / "api.md"


@pytest.fixture
def document(clinic: Any) -> dict[str, Any]:
    return create_app(clinic.service).openapi()


def described(document: dict[str, Any]) -> dict[tuple[str, str], dict[str, Any]]:
    return {
        (method.upper(), path): operation
        for path, operations in document["paths"].items()
        for method, operation in operations.items()
        if not path.startswith(DEVICES)
    }


def test_the_page_lists_the_addresses_of_the_document(document: dict[str, Any]) -> None:
    rows = re.findall(r"^\| `(\w+)` \| `([^`]+)` \| (.+) \|$", PAGE.read_text(encoding="utf-8"), re.M)
    written = {(method, path): what for method, path, what in rows}
    assert written == {key: operation["summary"] for key, operation in described(document).items()}


def test_every_operation_says_what_it_is_for_and_what_can_go_wrong(document: dict[str, Any]) -> None:
    for (method, path), operation in described(document).items():
        if path == "/health":
            continue
        assert operation["summary"], path
        assert operation.get("description"), path
        assert operation["tags"], path
        assert {str(status) for status in problems()} <= set(operation["responses"]), path
        assert all(
            answer["content"]["application/json"]["schema"]["$ref"].endswith("/Problem")
            for status, answer in operation["responses"].items()
            if status >= "400"
        ), path
        signed_in = operation["security"]
        proof: dict[str, list[str]] = {} if method == "GET" else {"csrf": []}
        assert signed_in == ([] if path == "/api/sign-in" else [{"session": [], **proof}])


def test_the_document_knows_nothing_of_the_pages(document: dict[str, Any]) -> None:
    assert all(path.startswith("/api/") or path == "/health" for path in document["paths"])
    assert set(document["components"]["securitySchemes"]) == {"session", "csrf", "device"}
    assert "Body_start_sign_in_post" not in document["components"]["schemas"]
