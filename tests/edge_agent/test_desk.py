"""The desk page's server over HTTP: who may use it, what it answers, what it streams."""

import json
import logging
import time

import httpx
import pytest

from edge_agent.desk.access import COOKIE, TICKET_SECONDS, DeskKey
from edge_agent.desk.app import Page
from edge_agent.desk.server import HOST, PortTakenError, entrance, serving
from edge_agent.devices import InputDevice
from edge_agent.doctor import Check, Korean, Report
from edge_agent.errors import NoMicrophoneError
from scribe.crypto import KeyFileError, new_id
from scribe.domain.uplink import OpenEncounter
from tests.edge_agent.agent_parts import NOON, FakeWay, bench

KEY = DeskKey(b"k" * 32)
MICROPHONE = InputDevice(
    index=3, name="USB", host_api="ALSA", channels=1, default_rate=48000, is_default=True
)  # fmt: skip
REPORT = Report((Check("model", "failed", "is missing", "pull it", Korean("인식 모델", "없습니다.", "알리세요.")),))
ENCOUNTER = OpenEncounter(
    id="enc-1", start=NOON, label="김○○ 여 54세", setting="outpatient", consent=None, recorded=False
)  # fmt: skip


class Visitor:
    """A browser that was let in, at ``address``."""

    def __init__(self, address: str, desk) -> None:
        self.address, self.desk = address, desk
        self.clients: list[httpx.Client] = []
        self.http = self.stranger()
        self.http.get(entrance("", KEY))
        self.token = self.http.get("/api/state").json()["token"]

    def stranger(self, **options) -> httpx.Client:
        """A browser that was not let in."""
        self.clients.append(httpx.Client(base_url=self.address, timeout=10, **options))
        return self.clients[-1]

    def close(self) -> None:
        for client in self.clients:
            client.close()

    def tell(self, path: str, body=None, **headers) -> httpx.Response:
        return self.http.post(path, json=body or {}, headers={"x-scribe-desk": self.token} | headers)

    def state(self) -> dict:
        return self.http.get("/api/state").json()


@pytest.fixture
def visitor(tmp_path):
    with bench(tmp_path / "spool", way=FakeWay(ENCOUNTER)) as desk:
        page = Page(
            agent=desk.agent, key=KEY, now=lambda: NOON, microphones=lambda: (MICROPHONE,), examine=lambda: REPORT
        )  # fmt: skip
        with serving(page, 0) as address:
            found = Visitor(address, desk)
            yield found
            found.close()


# ---- who may use it


def test_it_listens_on_loopback_only(visitor):
    assert visitor.address.startswith(f"http://{HOST}:")
    assert HOST == "127.0.0.1"


def test_a_port_that_is_taken_is_one_sentence(visitor):
    page = Page(agent=visitor.desk.agent, key=KEY, now=lambda: NOON, microphones=tuple, examine=lambda: REPORT)
    with pytest.raises(PortTakenError, match="is taken"), serving(page, int(visitor.address.rsplit(":", 1)[1])):
        pass


def test_without_the_cookie_there_is_neither_page_nor_state(visitor):
    stranger = visitor.stranger()
    page = stranger.get("/")
    assert page.status_code == 401
    assert "scribe edge open" in page.text
    for path in ("/api/state", "/api/events", "/api/live", "/api/encounters", "/api/doctor"):
        assert stranger.get(path).status_code == 401
    assert stranger.post("/api/start", json={"consent": "patient"}).status_code == 401


def test_a_ticket_opens_for_two_minutes_and_only_with_this_key(visitor):
    stranger = visitor.stranger()
    assert stranger.get(f"/enter?ticket={KEY.ticket(time.time() - TICKET_SECONDS - 1)}").status_code == 401
    assert stranger.get(f"/enter?ticket={DeskKey(b'x' * 32).ticket()}").status_code == 401
    for ticket in ("", "9999999999.", "x.y", "9999999999." + "0" * 64):
        assert stranger.get("/enter", params={"ticket": ticket}).status_code == 401
    answer = stranger.get(f"/enter?ticket={KEY.ticket()}")
    assert (answer.status_code, answer.headers["location"]) == (303, "/")
    cookie = answer.headers["set-cookie"]
    assert "HttpOnly" in cookie
    assert "SameSite=strict" in cookie
    assert stranger.get("/").status_code == 200


@pytest.mark.parametrize("host", ["evil.example", "127.0.0.1", "127.0.0.1:1", "evil.example:{port}", ""])
def test_another_name_for_this_computer_is_refused(visitor, host):
    """DNS rebinding: the name is the attacker's, the address is ours."""
    port = visitor.address.rsplit(":", 1)[1]
    answer = visitor.http.get("/api/state", headers={"host": host.format(port=port)})
    assert answer.status_code == 403
    assert visitor.http.get("/api/state", headers={"host": f"localhost:{port}"}).status_code == 200


@pytest.mark.parametrize(
    "headers",
    [
        {"origin": "https://evil.example"},
        {"origin": "null"},
        {"origin": "http://127.0.0.1:1"},
        {"sec-fetch-site": "cross-site"},
        {"sec-fetch-site": "same-site"},
    ],
)
def test_a_request_from_another_site_is_refused(visitor, headers):
    assert visitor.tell("/api/start", {"consent": "patient"}, **headers).status_code == 403
    assert visitor.http.get("/api/events", headers=headers).status_code == 403
    assert visitor.state()["state"] == "idle"


def test_a_command_needs_the_token_and_json(visitor):
    start = {"consent": "patient"}
    assert visitor.http.post("/api/start", json=start).status_code == 403
    assert visitor.tell("/api/start", start, **{"x-scribe-desk": "0" * 64}).status_code == 403
    form = visitor.http.post("/api/start", data=start, headers={"x-scribe-desk": visitor.token})
    assert form.status_code == 403
    large = visitor.http.post(
        "/api/start", content=b" " * 5000, headers={"x-scribe-desk": visitor.token, "content-type": "application/json"}
    )
    assert large.status_code == 413
    assert visitor.state()["state"] == "idle"
    assert visitor.tell("/api/start", start).status_code == 200


def test_every_answer_is_strict_and_kept_by_nobody(visitor):
    for path in ("/", "/static/desk.js", "/api/state", "/nowhere"):
        headers = visitor.http.get(path).headers
        policy = headers["content-security-policy"]
        assert "default-src 'none'" in policy
        assert "unsafe" not in policy
        assert "http" not in policy
        assert headers["cache-control"] == "no-store"
        assert headers["x-content-type-options"] == "nosniff"
        assert headers["cross-origin-resource-policy"] == "same-origin"
        assert "access-control-allow-origin" not in headers


def test_the_page_has_nothing_inline_and_nothing_foreign(visitor):
    page = visitor.http.get("/").text
    assert "<script>" not in page
    assert "style=" not in page
    assert " on" + "click=" not in page
    assert "http://" not in page
    assert "https://" not in page


def test_a_cookie_of_an_other_key_does_not_count(visitor):
    stranger = visitor.stranger(cookies={COOKIE: DeskKey(b"y" * 32).cookie})
    assert stranger.get("/api/state").status_code == 401


def test_the_key_file_is_private_and_lasts(tmp_path):
    file = tmp_path / "edge" / "desk.key"
    first = DeskKey.from_file(file)
    assert file.stat().st_mode & 0o777 == 0o600
    assert DeskKey.from_file(file).cookie == first.cookie
    file.chmod(0o644)
    with pytest.raises(KeyFileError, match="chmod 600"):
        DeskKey.from_file(file)
    file.chmod(0o600)
    file.write_bytes(b"short")
    with pytest.raises(KeyFileError, match="does not hold"):
        DeskKey.from_file(file)


# ---- what it does


def test_a_recording_by_the_page(visitor):
    desk = visitor.desk
    recording_id = visitor.tell("/api/start", {"consent": "guardian", "encounter": "enc-1"}).json()["id"]
    desk.room.talk(4)
    state = visitor.state()
    assert (state["state"], state["state_text"]) == ("recording", "녹음 중")
    assert (state["current"]["id"], state["current"]["consent_text"]) == (recording_id, "보호자 동의")
    assert state["can"]["pause"]
    assert not state["can"]["start"]
    assert visitor.tell("/api/pause").status_code == 200
    assert visitor.state()["state"] == "paused"
    assert visitor.tell("/api/resume").status_code == 200
    assert visitor.tell("/api/off-the-record", {"seconds": 1}).json() == {"erased": 1.0}
    assert visitor.tell("/api/stop").json() == {"id": recording_id}
    desk.settle()
    row = visitor.state()["recordings"][0]
    assert (row["id"], row["seconds"]) == (recording_id, 3)
    assert row["standing"] == {"kind": "busy", "label": "전송 대기", "advice": "곧 보냅니다."}
    assert row["acts"] == ["transcript", "assign", "discard"]
    transcript = visitor.http.get(f"/api/recordings/{recording_id}/transcript").json()
    assert transcript["utterances"][1] == {
        "start": 3.0, "speaker": "patient", "speaker_text": "환자", "text": "기침이 나요.",
    }  # fmt: skip
    assert visitor.tell(f"/api/recordings/{recording_id}/discard").status_code == 200
    desk.settle()
    assert visitor.state()["recordings"] == []


def test_consent_is_needed_to_start(visitor):
    for body in ({}, {"consent": ""}, {"consent": "refused"}, {"consent": "nobody"}):
        assert visitor.tell("/api/start", body).status_code == 422
    assert visitor.desk.room.opened == []


def test_what_the_agent_refuses_is_a_korean_sentence(visitor):
    answer = visitor.tell("/api/pause")
    assert answer.status_code == 409
    assert answer.json()["error"].startswith("지금은 할 수 없는")
    visitor.desk.room.refuses = NoMicrophoneError()
    answer = visitor.tell("/api/start", {"consent": "patient"})
    assert (answer.status_code, answer.json()["error"]) == (
        503, "마이크가 없습니다. 마이크를 연결한 뒤 다시 시작하세요.",
    )  # fmt: skip
    state = visitor.state()
    assert state["state"] == "fault"
    assert state["notices"][0]["grave"]
    unknown = visitor.tell(f"/api/recordings/{new_id()}/discard")
    assert unknown.status_code == 404
    assert visitor.http.get(f"/api/recordings/{new_id()}/transcript").status_code == 404
    assert visitor.http.get("/api/recordings/../transcript").status_code == 404
    assert visitor.tell("/api/recordings/1/discard").status_code == 422


def test_lists_for_the_pickers(visitor):
    assert visitor.http.get("/api/microphones").json() == {"microphones": [{"name": "USB", "label": "USB (기본)"}]}
    found = visitor.http.get("/api/encounters").json()
    assert [encounter["label"] for encounter in found["encounters"]] == ["김○○ 여 54세"]
    visitor.desk.way.problem = "서버에 연결할 수 없습니다."
    found = visitor.http.get("/api/encounters").json()
    assert found["encounters"] == []
    assert "나중에 지정" in found["advice"]
    checks = visitor.http.get("/api/doctor").json()
    assert (checks["summary"], checks["checks"][0]["status"]) == ("문제 1건", "failed")


def test_choosing_a_microphone(visitor):
    assert visitor.tell("/api/microphone", {"name": "USB"}).status_code == 200
    assert visitor.state()["wanted_microphone"] == "USB"
    assert visitor.tell("/api/microphone/try", {"on": True}).status_code == 200
    assert visitor.state()["trying_microphone"]
    assert visitor.desk.room.microphone.name == "USB"
    assert visitor.tell("/api/microphone/try", {"on": False}).status_code == 200
    assert not visitor.desk.agent.level().listening
    assert visitor.tell("/api/microphone", {"name": None}).status_code == 200
    assert visitor.desk.chosen == ["USB", None]


# ---- what it streams


class Stream:
    """The events of one connection."""

    def __init__(self, response: httpx.Response) -> None:
        self._lines = response.iter_lines()

    def next(self, name: str) -> dict:
        """The next event of that name."""
        kind = None
        for line in self._lines:
            if line.startswith("event: "):
                kind = line.removeprefix("event: ")
            elif line.startswith("data: ") and kind == name:
                return json.loads(line.removeprefix("data: "))
        raise AssertionError(f"the stream ended without {name}")


def test_a_page_gets_everything_on_connecting_and_then_what_changes(visitor):
    desk = visitor.desk
    desk.record(2)
    desk.recogniser.last.partial("안녕하세요", "어디가", tentative="불편")
    with visitor.http.stream("GET", "/api/events") as response:
        assert response.headers["content-type"].startswith("text/event-stream")
        stream = Stream(response)
        assert stream.next("hello") == {"token": visitor.token}
        assert stream.next("state")["state"] == "recording"
        assert stream.next("level")["seconds"] == 2.0
        live = stream.next("live")
        assert (live["from"], live["words"]) == (0, [["안녕하세요", 0.0], ["어디가", 0.5]])
        assert live["tentative"] == "불편"
        desk.recogniser.last.partial("안녕하세요", "어디가", "불편하세요", tentative="")
        live = stream.next("live")
        assert (live["from"], live["words"], live["tentative"]) == (2, [["불편하세요", 1.0]], "")
        desk.agent.off_the_record(1.2)
        live = stream.next("live")
        assert (live["from"], live["generation"]) == (0, 1)
        assert [word for word, _ in live["words"]] == ["안녕하세요", "어디가"]


def test_two_pages_see_the_same_and_one_may_leave(visitor):
    desk = visitor.desk
    desk.record(1)
    with visitor.http.stream("GET", "/api/events") as one:
        first = Stream(one)
        first.next("live")
        with visitor.http.stream("GET", "/api/events") as two:
            second = Stream(two)
            second.next("live")
            desk.recogniser.last.partial("하나")
            assert first.next("live")["words"] == second.next("live")["words"] == [["하나", 0.0]]
        desk.recogniser.last.partial("하나", "둘")
        assert first.next("live")["words"] == [["둘", 0.5]]
    desk.room.talk(1)
    assert desk.agent.level().seconds == 2.0


def test_levels_come_at_most_ten_times_a_second(visitor):
    visitor.desk.record(1)
    levels = 0
    started = time.monotonic()
    with visitor.http.stream("GET", "/api/events") as response:
        stream = Stream(response)
        while time.monotonic() - started < 1.5:
            visitor.desk.room.microphone.level = visitor.desk.room.microphone.level
            stream.next("level")
            levels += 1
    assert 2 <= levels <= 17


def test_streams_end_when_the_page_is_taken_down(tmp_path):
    with bench(tmp_path / "spool") as desk:
        page = Page(agent=desk.agent, key=KEY, now=lambda: NOON, microphones=tuple, examine=lambda: REPORT)
        with serving(page, 0) as address:
            visitor = Visitor(address, desk)
            response = visitor.http.send(visitor.http.build_request("GET", "/api/events"), stream=True)
            stream = Stream(response)
            stream.next("live")
            started = time.monotonic()
        assert time.monotonic() - started < 1.8
        response.close()
        visitor.close()


def test_the_log_knows_routes_and_kinds_and_nothing_else(visitor, caplog):
    caplog.set_level(logging.DEBUG)
    desk = visitor.desk
    recording_id = visitor.tell("/api/start", {"consent": "patient", "encounter": "enc-geheim"}).json()["id"]
    desk.room.talk(1)
    desk.recogniser.says = ("환자의 비밀 이야기",)
    desk.recogniser.last.partial("비밀", tentative="이야기")
    visitor.http.get("/api/live")
    visitor.tell("/api/stop")
    desk.settle()
    visitor.http.get(f"/api/recordings/{recording_id}/transcript")
    logged = "\n".join(f"{record.name} {record.getMessage()}" for record in caplog.records if record.name != "httpx")
    assert "/api/start" in logged
    assert "/api/recordings/{recording_id}/transcript" in logged
    for secret in ("비밀", "enc-geheim", "이야기", KEY.token, "ticket="):
        assert secret not in logged
