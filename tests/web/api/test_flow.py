"""A consultation from the desk to the patient, by a program."""

from typing import Any

from starlette.testclient import TestClient

from scribe.domain.formats import read_draft, read_note, read_transcript
from tests.web.api.conftest import Machine, machine, somebody
from tests.web.conftest import LOGIN, PASSWORD


def settle(physician: Machine) -> None:
    edit = {"version": 1, "edit": {"op": "settle", "flag": 0}}
    assert physician.post("/encounters/encounter-1/draft/edits", edit).json()["version"] == 2


def sign(physician: Machine, **changed: object) -> Any:
    shown = physician.get("/encounters/encounter-1/sign").json()
    wish = {"content_sha256": shown["content_sha256"], "acknowledged": shown["unacknowledged"], "password": PASSWORD}
    return physician.post("/encounters/encounter-1/sign", {**wish, **changed})


def test_signing_in_gives_a_session_and_its_proof(visitor: TestClient) -> None:
    wrong = visitor.post("/api/sign-in", json={"login": LOGIN, "password": "wrong password"})
    assert (wrong.status_code, wrong.json()) == (401, {"error": "Login or password is wrong."})
    signed_in = machine(visitor)
    me = signed_in.get("/me").json()
    assert (me["login"], me["role"], "sign" in me["permissions"]) == (LOGIN, "physician", True)
    assert signed_in.client.post("/api/session").status_code == 403
    assert signed_in.post("/session").json()["idle"] == 900
    assert signed_in.delete("/session").status_code == 204
    assert signed_in.get("/me").status_code == 401


def test_too_many_wrong_passwords_say_how_long_to_wait(visitor: TestClient) -> None:
    for _ in range(5):
        answer = visitor.post("/api/sign-in", json={"login": LOGIN, "password": "wrong password"})
    assert (answer.status_code, answer.headers["retry-after"]) == (429, "60")


def test_the_draft_is_read_edited_signed_and_delivered(physician: Machine, clinic: Any) -> None:
    draft = physician.get("/encounters/encounter-1/draft")
    assert read_draft(draft.content, "the answer") == clinic.draft
    assert read_transcript(physician.get("/encounters/encounter-1/transcript").content, "it") == clinic.transcript
    assert sign(physician).status_code == 409, "a conflict is open"
    settle(physician)
    assert sign(physician, acknowledged=[]).status_code == 409
    assert sign(physician, content_sha256="0" * 64).status_code == 409
    refused = sign(physician, password="wrong password")
    assert (refused.status_code, refused.json()) == (403, {"error": "The password is wrong."})
    signed = sign(physician)
    assert signed.status_code == 201, signed.text
    assert read_note(signed.content, "the answer").version == 1
    assert physician.get("/encounters/encounter-1/note").content == signed.content
    assert physician.get("/encounters/encounter-1/note/versions/1").content == signed.content
    assert [one["version"] for one in physician.get("/encounters/encounter-1/note/versions").json()] == [1]
    (delivery,) = physician.get("/encounters/encounter-1/deliveries").json()
    assert (delivery["state"], delivery["destination"]) == ("waiting", "hospital")
    assert physician.get("/encounters/encounter-1").json()["note_version"] == 1
    assert physician.get("/encounters/encounter-1/draft").status_code == 409


def test_an_approved_sheet_is_handed_out_by_patient_services(physician: Machine, clinic: Any) -> None:
    settle(physician)
    assert sign(physician).status_code == 201
    desk = somebody(clinic, "patient_services")
    home = "/encounters/encounter-1"
    assert desk.get(f"{home}/summary/ko").status_code == 404
    assert desk.get(f"{home}/summary/ko/preview").status_code == 403
    preview = physician.get(f"{home}/summary/ko/preview").json()
    wish = {"sheet_sha256": preview["sheet_sha256"]}
    assert desk.post(f"{home}/summary/ko/approval", wish).status_code == 403
    assert physician.post(f"{home}/summary/ko/approval", wish).status_code == 201
    assert desk.get(f"{home}/summary/ko").json()["sheet"]["patient"] == "박정호"
    share = desk.post(f"{home}/shares", {"language": "ko", "days": 7})
    assert share.status_code == 201
    assert share.json()["address"].startswith("http://testserver/p/")
    (listed,) = desk.get(f"{home}/shares").json()
    assert listed["state"] == "open"
    assert desk.delete(f"{home}/shares/{listed['id']}").status_code == 204
    assert desk.get(f"{home}/shares").json()[0]["state"] != "open"
    for closed in ("draft", "transcript", "note", "sign"):
        assert desk.get(f"{home}/{closed}").status_code == 403


def test_a_consultation_is_opened_at_the_desk_and_consented_to(clinic: Any, physician: Machine) -> None:
    desk = somebody(clinic, "patient_services")
    patient = {"name": "한지민", "sex": "female", "birth_date": "1990-02-03", "number": "7001"}
    wish = {"patient": patient, "physician": clinic.physician.id, "consent": "given"}
    opened = desk.post("/encounters", wish)
    assert opened.status_code == 201, opened.text
    one = opened.json()
    assert (one["patient"]["name"], one["state"], one["physician"]) == ("한지민", "waiting", "이서연")
    assert {one["id"], "encounter-1"} == {each["id"] for each in physician.get("/encounters").json()["encounters"]}
    assert [each["state"] for each in desk.get(f"/encounters/{one['id']}/consents").json()] == ["given"]
    refused = desk.post(f"/encounters/{one['id']}/consents", {"state": "refused"})
    assert [each["state"] for each in refused.json()] == ["given", "refused"]
    other_name = {**wish, "patient": {**patient, "name": "한지수"}}
    assert desk.post("/encounters", other_name).status_code == 409
    assert desk.post("/encounters", {**wish, "physician": "nobody"}).status_code == 404
    assert desk.post("/encounters", {**wish, "template": "no such"}).status_code == 422


def test_the_worklist_of_a_day(physician: Machine) -> None:
    assert [one["id"] for one in physician.get("/encounters?day=2026-11-16").json()["encounters"]] == ["encounter-1"]
    assert physician.get("/encounters?day=2026-11-17").json() == {"encounters": [], "more": False}


def test_it_makes_resets_and_ends_accounts(clinic: Any, visitor: TestClient) -> None:
    it = somebody(clinic, "admin")
    made = it.post("/accounts", {"login": "parkwonmu", "name": "박원무", "role": "patient_services"}).json()
    new = machine(visitor, "parkwonmu", made["password"])
    assert new.get("/encounters").status_code == 403
    assert new.post("/me/password", {"old": made["password"], "new": "원무과의 새 문장 12"}).status_code == 204
    assert new.get("/encounters").status_code == 200
    assert new.post("/me/password", {"old": "wrong", "new": "원무과의 새 문장 13"}).status_code == 403
    assert new.post("/me/password", {"old": "원무과의 새 문장 12", "new": "short"}).status_code == 422
    assert it.post(f"/accounts/{made['id']}/disable").status_code == 204
    assert new.get("/me").status_code == 401
    lines = {one["login"]: one for one in it.get("/accounts").json()}
    assert (lines["parkwonmu"]["disabled"], lines[LOGIN]["licence"] is not None) == (True, True)
    assert it.post("/accounts", {"login": LOGIN, "name": "이둘째", "role": "physician"}).status_code == 409
    assert it.get("/encounters").status_code == 403
    assert new.get("/accounts").status_code == 401
