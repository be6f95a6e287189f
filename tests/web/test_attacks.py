"""The service as somebody sees it who means ill: other people's records, planted sessions, other sites' pages."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import pytest
from starlette.testclient import TestClient

from scribe.accounts import authentication, create_account
from scribe.domain.encounter import Organization
from scribe.store import Actor
from scribe.store.permissions import Role
from scribe.web.access import SESSION_COOKIE
from scribe.web.api.openapi import whole
from scribe.web.app import create_app
from scribe.web.borders import MOST_BODY
from tests.web.api.conftest import machine
from tests.web.conftest import LOGIN, PASSWORD, field_of, signed_in
from tests.web.test_security import MARKER, addresses

PATIENT = "박정호"
_SHA = "0" * 64
_WHY = {"reason": "확인을 위해"}
_FORM = {
    **_WHY, "password": PASSWORD, "content_sha256": _SHA, "sheet_sha256": _SHA, "version": "1", "choice": "refused",
    "confirmed": "true", "days": "7", "decision": "theirs", "before": "기침함", "after": "기침이 있음",
    "token": "A" * 24, "encounter": "", "same": "true",
}  # fmt: skip
_WISHES: Mapping[str, object] = {
    r"/transcript/edits": {"version": 1, "edit": {"op": "swap", "one": "doctor", "other": "patient"}},
    r"/edits": {"version": 1, "edit": {"op": "settle", "flag": 0}},
    r"/stale": {"decision": {"op": "rewrite_whole"}},
    r"/presence": {"page": "0123456789"},
    r"/sign": {"content_sha256": _SHA, "password": PASSWORD},
    r"/amendment": {"version": 1, **_WHY},
    r"/amendment/reason": _WHY,
    r"/retraction": {**_WHY, "password": PASSWORD},
    r"/consents": {"state": "withdrawn"},
    r"/approval": {"sheet_sha256": _SHA},
    r"/parts": {"off": []},
    r"/shares": {"language": "ko", "days": 7},
    r"/replay": {},
    r"/set-aside": _WHY,
    r"/style/[^/]+": {"habit": {"kind": "wording", "before": "기침함", "after": "기침이 있음"}},
    r"/state": {"state": "paused"},
    r"/numbers": {"visit_number": "V-1"},
    r"/same-visits/[^/]+": {"same": True},
}


@dataclass(frozen=True)
class Target:
    """What there is of the physician's: the ids that stand in addresses."""

    ids: dict[str, str]

    def addresses(self, clinic: Any) -> list[tuple[str, str]]:
        """Every address that names something of theirs."""
        fixed = {"language": "ko", "version": "1", "act": "pause", "doubt_id": "none", "rewriting_id": "none"}
        return [
            (method.upper(), re.sub(r"{(\w+)}", lambda name: {**self.ids, **fixed}[name[1]], path))
            for path, methods in whole(create_app(clinic.service))["paths"].items()
            for method in methods
            if set(re.findall(r"{(\w+)}", path)) & set(self.ids) and not path.startswith("/api/devices/")
        ]


@pytest.fixture
def target(clinic: Any, desk: Any) -> Target:
    """A signed note on its way, a sheet handed out, a rule of style."""
    desk.settle_everything()
    assert desk.sign().status_code == 303
    physician = machine(clinic.client())
    home = f"/encounters/{clinic.encounter_id}"
    sha = physician.get(f"{home}/summary/ko/preview").json()["sheet_sha256"]
    assert physician.post(f"{home}/summary/ko/approval", {"sheet_sha256": sha}).status_code == 201
    assert physician.post(f"{home}/shares", {"language": "ko", "days": 7}).status_code == 201
    habit = {"kind": "wording", "before": "기침함", "after": "기침이 있음"}
    rule = physician.post("/style", {"habit": habit})
    assert rule.status_code == 201, rule.text
    (delivery,) = physician.get(f"{home}/deliveries").json()
    share = physician.get(f"{home}/shares").json()[0]["id"]
    return Target(
        {
            "encounter_id": clinic.encounter_id,
            "outbox_id": delivery["id"],
            "delivery_id": delivery["id"],
            "link_id": share,
            "share_id": share,
            "account_id": clinic.physician.id,
            "session_id": physician.get("/me/sessions").json()[0]["id"],
            "rule_id": rule.json()["id"],
        }
    )


def trail(clinic: Any) -> list[Any]:
    with clinic.store.begin(Actor.service(clinic.hospital_id)) as work:
        return [line for line in work.trail.all() if (line.action, line.subject) != ("read", "audit")]


def ask(client: TestClient, method: str, path: str, csrf: str) -> Any:
    """With everything that the owner's own request would have."""
    proof = {"x-csrf-token": csrf}
    wish = next((wish for end, wish in _WISHES.items() if re.search(f"{end}$", path)), None)
    if (
        method != "GET"
        and wish is not None
        and (path.startswith("/api/") or re.search("/(edits|stale|presence)$", path))
    ):
        return client.request(method, path, json=wish, headers=proof)
    return client.request(method, path, data=None if method == "GET" else {"csrf": csrf, **_FORM}, headers=proof)


@pytest.mark.parametrize("role", ["physician", "patient_services", "admin"])
def test_nobody_of_another_hospital_reaches_anything(clinic: Any, target: Target, role: Role) -> None:
    other = clinic.store.ensure_hospital(Organization(name="다른의원"))
    create_account(clinic.store, other, login="elsewhere", password=PASSWORD, role=role, name="남의사")
    client = signed_in(clinic.client(), "elsewhere")
    csrf = field_of(client.get("/account").text, "csrf")
    before = trail(clinic)
    found = target.addresses(clinic)
    assert len(found) > 60
    for method, path in found:
        answer = ask(client, method, path, csrf)
        assert answer.status_code in {303, 403, 404}, (method, path, answer.status_code, answer.text[:200])
        assert MARKER not in answer.text
        assert PATIENT not in answer.text
    assert trail(clinic) == before, "nothing of this hospital was touched, or even asked for"


def test_a_colleague_reaches_nothing_of_it(clinic: Any, target: Target, colleague: TestClient) -> None:
    csrf = field_of(colleague.get("/account").text, "csrf")
    before = len(trail(clinic))
    for method, path in target.addresses(clinic):
        answer = ask(colleague, method, path, csrf)
        assert answer.status_code in {303, 403, 404}, (method, path, answer.status_code, answer.text[:200])
        assert PATIENT not in answer.text
    theirs = [line for line in trail(clinic)[before:] if line.encounter_id is not None or line.action != "list"]
    assert {line.action for line in theirs} == {"refused"}, "lists of their own rules apart"


def test_who_may_amend_is_said_alike_whether_or_not_there_is_such_a_record(
    colleague: TestClient, target: Target
) -> None:
    theirs = colleague.get(f"/encounters/{target.ids['encounter_id']}/amendment")
    nobodys = colleague.get("/encounters/none/amendment")
    assert (theirs.status_code, nobodys.status_code) == (404, 404)
    proof = re.compile(r'(name="csrf" (value|content)|name="csrf" content)="[0-9a-f]+"')
    assert proof.sub("", theirs.text) == proof.sub("", nobodys.text)
    assert "서명한 의사만 정정하거나 취소할 수 있습니다" in theirs.text


def test_nothing_but_static_files_is_kept_by_a_cache(clinic: Any, browser: TestClient) -> None:
    for method, path in addresses(clinic):
        if method == "GET" and not path.endswith("/events"):
            headers = browser.get(path).headers
            assert headers["cache-control"] == "no-store", path
            assert headers["x-content-type-options"] == "nosniff", path


def test_a_planted_session_is_not_taken_over_and_ends(clinic: Any, browser: TestClient) -> None:
    planted = browser.cookies[SESSION_COOKIE]
    victim = clinic.client()
    victim.cookies.set(SESSION_COOKIE, planted)
    victim.get("/sign-in")
    form = {"login": LOGIN, "password": PASSWORD, "csrf": victim.cookies["scribe_sign_in"]}
    fresh = victim.post("/sign-in", data=form).cookies[SESSION_COOKIE]
    assert fresh != planted
    assert browser.get("/encounters").status_code == 303, "whoever planted it is out"


@pytest.mark.parametrize("where", ["cross-site", "same-site"])
@pytest.mark.parametrize("path", ["/sign-in", "/api/sign-in", "/p/some-token", "/sign-out", "/api/session"])
def test_no_page_of_another_site_changes_anything(browser: TestClient, path: str, where: str) -> None:
    answer = browser.post(path, data={"login": LOGIN}, headers={"sec-fetch-site": where})
    assert answer.status_code == 403
    assert browser.get("/account").status_code == 200


@pytest.mark.parametrize("content_type", ["text/plain", "application/x-www-form-urlencoded", ""])
def test_the_api_signs_nobody_in_by_what_a_form_can_send(visitor: TestClient, content_type: str) -> None:
    body = f'{{"login": "{LOGIN}", "password": "{PASSWORD}"}}'
    answer = visitor.post("/api/sign-in", content=body, headers={"content-type": content_type})
    assert answer.status_code == 422
    assert SESSION_COOKIE not in answer.cookies


def test_a_body_larger_than_any_form_is_refused(visitor: TestClient) -> None:
    whole_body = "x" * (MOST_BODY + 1)
    assert visitor.post("/sign-in", content=whole_body).status_code == 413
    in_parts = (b"x" * 65536 for _ in range(MOST_BODY // 65536 + 1))
    answer = visitor.post("/api/sign-in", content=in_parts, headers={"content-type": "application/json"})
    assert answer.status_code in {400, 413}


@pytest.mark.parametrize("page", ["//evil.example/", "/\\evil.example/"])
def test_the_way_back_stays_here(browser: TestClient, page: str) -> None:
    csrf = field_of(browser.get("/account").text, "csrf")
    form = {"csrf": csrf, "theme": "dark"}
    answer = browser.post("/appearance", data=form, headers={"referer": f"http://testserver{page}"})
    assert answer.headers["location"] == "/encounters"


@pytest.mark.parametrize("name", ["x%0d%0aset-cookie:%20a=b", "%22;%20filename=%22evil.html", "%ea%b0%80"])
def test_what_stands_in_an_address_gets_into_no_header(browser: TestClient, name: str) -> None:
    for path in (f"/encounters/{name}/note/access", f"/encounters/{name}/note/document", f"/encounters/{name}/audio"):
        answer = browser.get(path)
        assert answer.status_code == 404
        assert "set-cookie" not in answer.headers
        assert "content-disposition" not in answer.headers


def test_an_unknown_login_costs_as_many_hashes_as_a_known_one(
    clinic: Any, visitor: TestClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    hashed: list[str] = []
    matches = authentication.matches
    monkeypatch.setattr(authentication, "matches", lambda known, given: hashed.append(known) or matches(known, given))
    counts = []
    for login in (LOGIN, "nobody-at-all"):
        hashed.clear()
        visitor.post("/api/sign-in", json={"login": login, "password": "wrong password"})
        counts.append(len(hashed))
    assert counts == [1, 1]
