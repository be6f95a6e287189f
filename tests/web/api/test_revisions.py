"""Amending, comparing and retracting by a machine."""

from typing import Any

from tests.web.conftest import PASSWORD, csrf_of

BASE = "/api/encounters/encounter-1"


def headers(desk: Any) -> dict[str, str]:
    return {"x-csrf-token": csrf_of(desk.page())}


def test_a_note_is_amended_compared_and_retracted(desk: Any, clinic: Any) -> None:
    desk.settle_everything()
    proof = headers(desk)
    assert desk.sign().status_code == 303
    assert desk.client.get(f"{BASE}/amendment").status_code == 404
    wish = {"version": 1, "reason": "오기 정정"}
    begun = desk.client.post(f"{BASE}/amendment", json=wish, headers=proof)
    assert (begun.status_code, begun.json()["version"]) == (201, 2)
    assert desk.client.post(f"{BASE}/amendment", json=wish, headers=proof).status_code == 409
    desk.version = desk.client.get(f"{BASE}/draft").headers["x-draft-version"]
    desk.version = int(desk.version)
    assert desk.edit(op="delete", part="summary", statement="p3").status_code == 200
    assert desk.sign().status_code == 303
    found = desk.client.get(f"{BASE}/note/compare").json()
    assert (found["a"], found["b"], found["counts"]["removed"]) == (1, 2, 1)
    (gone,) = [line for block in found["blocks"] for line in block["lines"] if line["state"] == "removed"]
    assert gone["pieces"] == [{"kind": "del", "text": "열이 39도를 넘을 때"}]
    refused = desk.client.post(f"{BASE}/retraction", json={"reason": "잘못된 환자", "password": "-"}, headers=proof)
    assert refused.status_code == 403
    taken = {"reason": "잘못된 환자", "password": PASSWORD}
    answers = [desk.client.post(f"{BASE}/retraction", json=taken, headers=proof) for _ in range(2)]
    assert [answer.status_code for answer in answers] == [201, 201]
    assert answers[0].json() == answers[1].json()
    assert desk.client.post(f"{BASE}/amendment", json={**wish, "version": 2}, headers=proof).status_code == 409


def test_an_amendment_is_given_up(desk: Any) -> None:
    desk.settle_everything()
    proof = headers(desk)
    desk.sign()
    assert desk.client.post(f"{BASE}/amendment/abandon", headers=proof).status_code == 404
    desk.client.post(f"{BASE}/amendment", json={"version": 1, "reason": "오기 정정"}, headers=proof)
    assert desk.client.get(f"{BASE}/amendment").json()["reason"] == "오기 정정"
    assert desk.client.post(f"{BASE}/amendment/abandon", headers=proof).status_code == 204
    assert desk.client.get(f"{BASE}/amendment").status_code == 404
