"""The interface of edge devices over real HTTP, asked by the edge agent's own client."""

import logging
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest

from edge_agent.identity import Identity
from edge_agent.uplink_client import Transport, UplinkClient
from edge_agent.uplink_errors import (
    BusyError,
    ClockError,
    EnrolmentCodeError,
    ErasureOrderedError,
    RefusedError,
    ReplayedError,
    RevokedError,
)
from scribe.crypto import HospitalKey, new_id
from tests.uplink_service import MARKER, NAME, UplinkClinic, consent
from tests.web.device_parts import DOCUMENT, PCM, Desk, a_desk, announced, completed


@pytest.fixture
def desk(service: UplinkClinic, tmp_path: Path) -> Iterator[Desk]:
    with a_desk(service, tmp_path) as made:
        yield made


def test_a_device_knows_who_it_is(desk: Desk) -> None:
    about = desk.client.about()
    assert (about.device_id, about.name, about.owner) == (desk.identity.device_id, "진료실 1", "김의사")
    assert about.hospital == "서울내과의원"
    assert about.accepts_audio
    assert abs((about.time - datetime.now(UTC)).total_seconds()) < 60


def test_a_wrong_code_is_told_as_such(service: UplinkClinic, tmp_path: Path) -> None:
    clinic = replace(service)
    clinic.invite = lambda **_: "AAAA-BBBB-CCCC"  # type: ignore[method-assign]
    with pytest.raises(EnrolmentCodeError):
        clinic.enrol(tmp_path)


def test_the_picker_shows_open_consultations_of_the_owner_with_the_name_masked(desk: Desk, visit: str) -> None:
    foreign = desk.clinic.visit(desk.clinic.lee)
    withdrawn = desk.clinic.visit()
    desk.clinic.decide(withdrawn, "withdrawn")
    unasked = desk.clinic.visit(state=None)
    found = {one.id: one for one in desk.client.encounters()}
    assert found[visit].label == "홍○○ 여 54세"
    assert (found[visit].consent, found[visit].recorded, found[visit].setting) == ("given", False, "외래")
    assert found[unasked].consent is None
    assert foreign not in found
    assert withdrawn not in found
    assert NAME not in desk.raw("GET", "encounters").text


def test_what_is_recorded_now_is_known(desk: Desk, visit: str) -> None:
    def since() -> datetime | None:
        with desk.clinic.store.begin(desk.clinic.kim.actor) as work:
            (line,) = work.worklist.of([visit])
        return line.recording_since

    desk.client.note_recording(visit, under_way=True)
    began = since()
    desk.client.note_recording(visit, under_way=True)
    assert began is not None
    assert since() == began
    desk.client.note_recording(visit, under_way=False)
    assert since() is None
    with pytest.raises(RefusedError) as refused:
        desk.client.note_recording(desk.clinic.visit(desk.clinic.lee), under_way=True)
    assert refused.value.code == "not_found"
    assert desk.raw("PUT", f"encounters/{visit}/recording", b"{}").status_code == 422


def test_consultations_of_others_are_not_there(desk: Desk, service: UplinkClinic, tmp_path: Path, visit: str) -> None:
    recording_id = new_id()
    desk.client.announce(recording_id, announced(visit))
    (tmp_path / "lee").mkdir()
    with UplinkClient(service.enrol(tmp_path / "lee", owner="lee"), Transport()) as other:
        for attempt in (
            lambda: other.announce(new_id(), announced(visit)),
            lambda: other.announce(new_id(), announced("no-such-encounter")),
            lambda: other.state(recording_id),
            lambda: other.put_transcript(recording_id, DOCUMENT),
            lambda: other.finish(recording_id, completed(None)),
        ):
            with pytest.raises(RefusedError) as refused:
                attempt()
            assert refused.value.reason == "not_found"
        with pytest.raises(RefusedError, match="conflict"):
            other.announce(recording_id, announced(service.visit(service.lee)))


@pytest.mark.parametrize("decision", ["refused", "withdrawn"])
def test_withdrawn_consent_orders_every_copy_erased(desk: Desk, visit: str, decision: Any) -> None:
    recording_id = new_id()
    desk.client.announce(recording_id, announced(visit))
    desk.client.put_transcript(recording_id, DOCUMENT)
    desk.clinic.decide(visit, decision)
    early = consent(at=datetime.now(UTC) - timedelta(hours=1))
    for attempt in (
        lambda: desk.client.announce(recording_id, announced(visit, decision=early)),
        lambda: desk.client.state(recording_id),
        lambda: desk.client.put_part(recording_id, 0, PCM),
        lambda: desk.client.finish(recording_id, completed(None)),
    ):
        with pytest.raises(ErasureOrderedError) as order:
            attempt()
        assert (order.value.receipt.kind, order.value.receipt.encounter_id) == ("erase", visit)


def test_what_is_kept_at_the_desk_is_asked_for_at_once(desk: Desk) -> None:
    visits = [desk.clinic.visit() for _ in range(4)]
    kept = {new_id(): visit for visit in visits}
    for recording_id, visit in kept.items():
        desk.send(visit, recording_id=recording_id)
    desk.clinic.decide(visits[1], "withdrawn")
    desk.clinic.decide(visits[2], "refused")
    orders = desk.client.withdrawals([*kept, new_id()])
    assert {order.encounter_id for order in orders} == {visits[1], visits[2]}
    assert {order.kind for order in orders} == {"erase"}
    assert desk.client.withdrawals([]) == ()
    with pytest.raises(RefusedError) as refused:
        desk.client.withdrawals(["x"] * 501)
    assert refused.value.reason == "too_large"


def test_nobody_asks_for_the_recordings_of_others(desk: Desk, service: UplinkClinic, tmp_path: Path) -> None:
    recording_id, visit = new_id(), desk.clinic.visit()
    desk.send(visit, recording_id=recording_id)
    desk.clinic.decide(visit, "withdrawn")
    (tmp_path / "lee").mkdir()
    with UplinkClient(service.enrol(tmp_path / "lee", owner="lee"), Transport()) as other:
        assert other.withdrawals([recording_id]) == ()


def test_consent_asked_for_at_the_desk_counts(desk: Desk) -> None:
    unasked, refused = desk.clinic.visit(state=None), desk.clinic.visit(state="refused")
    assert desk.send(unasked).kind == "acknowledged"
    assert desk.send(refused).kind == "acknowledged"  # the patient agreed after all
    with desk.clinic.store.begin(desk.clinic.kim.actor) as work:
        assert [one.state for one in work.consents.list(refused)] == ["refused", "given"]


def test_a_recording_without_consent_is_refused(desk: Desk) -> None:
    with pytest.raises(RefusedError) as refused:
        desk.client.announce(new_id(), announced(desk.clinic.visit(state=None), decision=consent("refused")))
    assert refused.value.reason == "consent"


def test_a_revoked_device_is_refused_at_once(desk: Desk, visit: str) -> None:
    desk.client.about()
    desk.clinic.revoke(desk.identity.device_id)
    with pytest.raises(RevokedError):
        desk.client.announce(new_id(), announced(visit))


@pytest.mark.parametrize(("minutes", "direction"), [(12, "ahead"), (-12, "behind")])
def test_a_wrong_clock_is_told_in_minutes(desk: Desk, minutes: int, direction: str) -> None:
    desk.clinic.device_clock.off = timedelta(minutes=minutes)
    with pytest.raises(ClockError) as off:
        desk.client.about()
    assert (off.value.minutes, off.value.direction) == (12, direction)
    assert "시계가 12분" in off.value.korean


def test_a_captured_request_cannot_be_used_again(desk: Desk, visit: str) -> None:
    target = "/api/devices/encounters"
    token = desk.identity.token("GET", target, b"")
    assert desk.raw("GET", "encounters", token=token).status_code == 200
    again = desk.raw("GET", "encounters", token=token)
    assert (again.status_code, again.json()["code"]) == (401, "replayed")
    fresh = desk.identity.token("GET", target, b"")
    assert desk.raw("GET", "me", token=fresh).json()["code"] == "token"
    tampered = desk.identity.token("PUT", f"/api/devices/recordings/{visit}", b"{}")
    assert desk.raw("PUT", f"recordings/{visit}", b"{ }", token=tampered).json()["code"] == "token"


def test_a_replay_is_an_error_that_another_attempt_mends(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    used = desk.identity.token("GET", "/api/devices/me", b"")
    desk.raw("GET", "me", token=used)
    with monkeypatch.context() as patched:
        patched.setattr(Identity, "token", lambda *_: used)
        with pytest.raises(ReplayedError) as error:
            desk.client.about()
    assert error.value.retryable
    assert desk.client.about()


def test_the_session_of_a_browser_opens_nothing_here(desk: Desk) -> None:
    for path in ("me", "encounters", f"recordings/{new_id()}"):
        session = {"scribe_session": f"{desk.clinic.hospital_id}.anything"}
        with httpx.Client(base_url=desk.identity.url, trust_env=False, cookies=session) as http:
            answer = http.get(f"/api/devices/{path}")
        assert (answer.status_code, answer.json()["code"]) == (401, "token")


def test_what_was_said_is_in_no_log_no_row_no_file_and_no_answer(
    desk: Desk, visit: str, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    recording_id = new_id()
    desk.client.announce(recording_id, announced(visit))
    desk.client.put_transcript(recording_id, DOCUMENT)  # in the database, not finished yet
    assert MARKER not in desk.raw("GET", f"recordings/{recording_id}").text
    desk.send(visit, pcm=PCM)
    with pytest.raises(RefusedError):
        desk.client.put_transcript(recording_id, DOCUMENT.replace(b'"u0"', b"0"))
    for secret in (MARKER, NAME, "홍○○"):
        assert secret not in caplog.text
        for path in desk.clinic.folder.rglob("*"):
            assert not path.is_file() or secret.encode() not in path.read_bytes(), path.name
    assert PCM[:64] not in b"".join(path.read_bytes() for path in desk.clinic.folder.rglob("*") if path.is_file())


def test_what_comes_through_a_device_is_audited_with_it(desk: Desk, visit: str) -> None:
    desk.send(visit)
    with desk.clinic.store.begin(desk.clinic.kim.actor) as work:
        trail = work.trail.of_encounter(visit)
    done = {(record.action, record.subject) for record in trail}
    assert {("create", "upload"), ("update", "upload"), ("create", "transcript")} <= done
    with desk.clinic.store.engine.begin() as connection:
        used = connection.exec_driver_sql(
            "SELECT count(*) FROM audit WHERE action = 'use' AND subject = 'device' AND subject_id = ?",
            (desk.identity.device_id,),
        ).scalar_one()
    assert used >= 3


def test_the_interface_is_described(service: UplinkClinic) -> None:
    with httpx.Client(base_url=service.url, trust_env=False) as http:
        paths = http.get("/api/openapi.json").json()["paths"]
    ours = {path.removeprefix("/api/devices"): methods for path, methods in paths.items() if "/devices" in path}
    assert set(ours) == {
        "/enrol",
        "/me",
        "/encounters",
        "/encounters/{encounter_id}/terms",
        "/encounters/{encounter_id}/recording",
        "/withdrawals",
        "/recordings/{recording_id}",
        "/recordings/{recording_id}/transcript",
        "/recordings/{recording_id}/audio/{number}",
        "/recordings/{recording_id}/finish",
    }
    for path, methods in ours.items():
        for method, described in methods.items():
            assert method in {"get"} or described["requestBody"]["content"], path
            assert "200" in described["responses"]
            assert path == "/enrol" or {"401", "410"} <= set(described["responses"]), path


def test_a_busy_service_says_when_to_come_back(desk: Desk) -> None:
    desk.clinic.fault("503", "me", retry_after="7")
    with pytest.raises(BusyError) as busy:
        desk.client.about()
    assert busy.value.retry_after == 7.0


def test_the_key_of_the_hospital_is_needed_to_read_uploads(desk: Desk, visit: str) -> None:
    recording_id = new_id()
    desk.client.announce(recording_id, announced(visit))
    desk.client.put_part(recording_id, 0, PCM)
    stored = replace(desk.clinic.store, wrapper=HospitalKey(bytes(32)))
    with pytest.raises(Exception, match="cannot be opened"), stored.begin(desk.clinic.kim.actor) as work:
        work.uploads.audio(recording_id)
