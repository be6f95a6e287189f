"""Presence over HTTP."""

from typing import Any

from starlette.testclient import TestClient

from tests.web.conftest import csrf_of, field_of

PAGE, OTHER = "0123456789ab", "ba9876543210"


def say(client: TestClient, desk: Any, page: str, **more: object) -> Any:
    csrf = csrf_of(desk.page())
    return client.post(
        f"/encounters/{desk.encounter_id}/presence", json={"page": page, **more}, headers={"x-csrf-token": csrf}
    )


def test_a_second_page_of_the_same_physician_is_told(desk: Any) -> None:
    assert say(desk.client, desk, PAGE).json() == {"others": [], "version": 1}
    assert say(desk.client, desk, OTHER).json()["others"] == [{"name": "이서연", "own": True}]
    say(desk.client, desk, PAGE, leaving=True)
    assert say(desk.client, desk, OTHER).json()["others"] == []


def test_presence_is_for_who_may_see_the_consultation_and_needs_proof(desk: Any, colleague: TestClient) -> None:
    csrf = field_of(colleague.get("/account").text, "csrf")
    path = f"/encounters/{desk.encounter_id}/presence"
    assert colleague.post(path, json={"page": PAGE}, headers={"x-csrf-token": csrf}).status_code == 404
    assert desk.client.post(path, json={"page": PAGE}).status_code == 403
