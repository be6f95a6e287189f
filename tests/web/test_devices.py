"""The interface of edge devices over real HTTP, asked by the edge agent's own client."""

import logging
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest

from edge_agent.identity import Identity
from edge_agent.uplink_client import Transport, UplinkClient
from edge_agent.uplink_errors import (
    BusyError,
    ChangedError,
    ClockError,
    EnrolmentCodeError,
    ErasureOrderedError,
    RefusedError,
    ReplayedError,
    RevokedError,
    UplinkError,
)
from scribe.crypto import HospitalKey, new_id, sha256_hex
from scribe.domain.consent import Consent
from scribe.domain.formats import write_transcript
from scribe.domain.uplink import Announcement, AudioManifest, Completion
from scribe.uploads import PART_BYTES
from tests.uplink_service import MARKER, NAME, UplinkClinic, consent, served, transcript_of, uplink_clinic

PCM = bytes(range(256)) * 125  # one second
DOCUMENT = write_transcript(transcript_of())


def manifest(pcm: bytes = PCM) -> AudioManifest:
    return AudioManifest(sha256=sha256_hex(pcm), bytes=len(pcm), chunks=1 + len(pcm) // 32000)


def announced(encounter_id: str, pcm: bytes = PCM, decision: Consent | None = None) -> Announcement:
    return Announcement(
        encounter_id=encounter_id,
        started_at=datetime.now(UTC),
        duration=len(pcm) / 32000,
        sample_rate=16000,
        channels=1,
        audio=manifest(pcm),
        consent=decision or consent(),
    )


@dataclass
class Desk:
    """A device of Dr Kim's, and its line to the service."""

    clinic: UplinkClinic
    identity: Identity
    client: UplinkClient

    def send(self, encounter_id: str, *, pcm: bytes | None = None, recording_id: str | None = None) -> Any:
        """Everything that an upload takes; the receipt."""
        recording_id = recording_id or new_id()
        self.client.announce(recording_id, announced(encounter_id, pcm or PCM))
        self.client.put_transcript(recording_id, DOCUMENT)
        for number, start in enumerate(range(0, len(pcm or b""), PART_BYTES)):
            self.client.put_part(recording_id, number, (pcm or b"")[start : start + PART_BYTES])
        return self.client.finish(recording_id, completed(pcm))

    def raw(self, method: str, path: str, body: bytes = b"", *, token: str | None = None) -> httpx.Response:
        """A request by hand, with a good token unless another is given."""
        target = f"/api/devices/{path}"
        made = self.identity.token(method, target, body) if token is None else token
        with httpx.Client(base_url=self.identity.url, trust_env=False, timeout=20) as http:
            return http.request(method, target, content=body, headers={"authorization": f"Bearer {made}"})


def completed(pcm: bytes | None, announced_pcm: bytes | None = None) -> Completion:
    audio = manifest(announced_pcm or pcm or PCM)
    return Completion(transcript_sha256=sha256_hex(DOCUMENT), audio=audio, audio_sent=pcm is not None)


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[UplinkClinic]:
    with uplink_clinic(tmp_path_factory.mktemp("clinic")) as clinic, served(clinic):
        yield clinic


@pytest.fixture
def desk(service: UplinkClinic, tmp_path: Path) -> Iterator[Desk]:
    service.clock.off = service.device_clock.off = timedelta(0)
    identity = service.enrol(tmp_path, audio=True)
    with UplinkClient(identity, Transport()) as client:
        yield Desk(service, identity, client)


@pytest.fixture
def visit(service: UplinkClinic) -> str:
    return service.visit()


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


def test_a_transcript_becomes_part_of_the_consultation_and_is_drafted(desk: Desk, visit: str) -> None:
    receipt = desk.send(visit)
    assert (receipt.kind, receipt.encounter_id, receipt.audio, receipt.audio_stored) == (
        "acknowledged",
        visit,
        manifest(),
        False,
    )
    with desk.clinic.store.begin(desk.clinic.kim.actor) as work:
        latest = work.transcripts.latest(visit)
        assert latest is not None
        assert latest.transcript == transcript_of()
        assert work.encounters.get(visit).stage == "transcribed"
    assert desk.clinic.drafted[-1] == visit


def test_audio_in_parts_becomes_a_recording_that_can_be_played(desk: Desk, visit: str) -> None:
    pcm = PCM * (1 + PART_BYTES * 2 // len(PCM))
    receipt = desk.send(visit, pcm=pcm)
    assert receipt.audio_stored
    with desk.clinic.store.begin(desk.clinic.kim.actor) as work:
        (recording,) = work.recordings.list(visit)
        wav = work.recordings.audio(recording.id)
    assert recording.media_type == "audio/wav"
    assert wav[44:] == pcm
    assert desk.clinic.count("upload_part") == 0
    assert not list(desk.clinic.folder.rglob("*.part"))


def test_an_upload_goes_on_where_it_ended(desk: Desk, visit: str) -> None:
    recording_id, pcm = new_id(), PCM * (1 + PART_BYTES * 3 // len(PCM))
    desk.client.announce(recording_id, announced(visit, pcm))
    for number in (2, 0):
        desk.client.put_part(recording_id, number, pcm[number * PART_BYTES : (number + 1) * PART_BYTES])
    state = desk.client.announce(recording_id, announced(visit, pcm))
    assert [part.number for part in state.parts] == [0, 2]
    assert state.parts[1].sha256 == sha256_hex(pcm[2 * PART_BYTES : 3 * PART_BYTES])
    desk.client.put_transcript(recording_id, DOCUMENT)
    with pytest.raises(ChangedError):
        desk.client.finish(recording_id, completed(pcm))
    for number in (1, 3):
        desk.client.put_part(recording_id, number, pcm[number * PART_BYTES : (number + 1) * PART_BYTES])
    assert desk.client.finish(recording_id, completed(pcm)).audio_stored


def test_everything_repeated_leaves_one_upload_and_one_receipt(desk: Desk, visit: str) -> None:
    recording_id = new_id()
    first = desk.send(visit, pcm=PCM, recording_id=recording_id)
    assert desk.client.state(recording_id).receipt == first
    assert desk.client.finish(recording_id, completed(PCM)) == first
    state = desk.client.announce(recording_id, announced(visit))
    assert state.receipt == first
    assert desk.client.put_transcript(recording_id, DOCUMENT).receipt == first
    with desk.clinic.store.begin(desk.clinic.kim.actor) as work:
        assert work.encounters.get(visit).transcript_version == 1
        assert len(work.recordings.list(visit)) == 1


def test_parts_that_are_not_the_announced_audio_are_sent_again(desk: Desk, visit: str) -> None:
    recording_id = new_id()
    desk.client.announce(recording_id, announced(visit))
    desk.client.put_transcript(recording_id, DOCUMENT)
    desk.client.put_part(recording_id, 0, bytes(len(PCM)))
    with pytest.raises(ChangedError):
        desk.client.finish(recording_id, completed(PCM))
    assert desk.client.state(recording_id).parts == ()
    desk.client.put_part(recording_id, 0, PCM)
    assert desk.client.finish(recording_id, completed(PCM)).audio_stored


def test_another_recording_of_the_same_id_is_a_conflict(desk: Desk, visit: str) -> None:
    recording_id = new_id()
    desk.client.announce(recording_id, announced(visit))
    for attempt in (
        lambda: desk.client.announce(recording_id, announced(visit, PCM + PCM)),
        lambda: (
            desk.client.put_transcript(recording_id, DOCUMENT),
            desk.client.put_transcript(recording_id, write_transcript(transcript_of("다른 말"))),
        ),
        lambda: (desk.client.put_part(recording_id, 0, PCM), desk.client.put_part(recording_id, 0, PCM[::-1])),
        lambda: desk.client.finish(recording_id, completed(None, PCM + PCM)),
    ):
        with pytest.raises(RefusedError) as refused:
            attempt()
        assert refused.value.reason == "conflict"


def test_a_recording_can_be_given_to_another_consultation_until_it_is_finished(desk: Desk, visit: str) -> None:
    recording_id, right = new_id(), desk.clinic.visit()
    desk.client.announce(recording_id, announced(visit))
    desk.client.put_transcript(recording_id, DOCUMENT)
    desk.client.put_part(recording_id, 0, PCM)
    moved = desk.client.announce(recording_id, announced(right))
    assert (moved.encounter_id, moved.parts, moved.transcript_sha256) == (right, (), None)
    assert desk.send(right, pcm=PCM, recording_id=recording_id).encounter_id == right
    with desk.clinic.store.begin(desk.clinic.kim.actor) as work:
        assert work.transcripts.latest(visit) is None
    with pytest.raises(RefusedError, match="conflict"):
        desk.client.announce(recording_id, announced(visit))


def test_a_recording_without_its_transcript_is_not_acknowledged(desk: Desk, visit: str) -> None:
    recording_id = new_id()
    desk.client.announce(recording_id, announced(visit))
    with pytest.raises(RefusedError, match="conflict"):
        desk.client.finish(recording_id, completed(None))
    assert desk.client.state(recording_id).receipt is None


@pytest.mark.parametrize("document", [b"", b"{}", b'{"format": "scribe-draft/1"}', b"\xff\xfe", b"[" * 3000])
def test_what_is_no_transcript_is_refused_without_repeating_it(desk: Desk, visit: str, document: bytes) -> None:
    recording_id = new_id()
    desk.client.announce(recording_id, announced(visit))
    with pytest.raises(RefusedError) as refused:
        desk.client.put_transcript(recording_id, document)
    assert refused.value.reason == "invalid"
    assert desk.client.state(recording_id).transcript_sha256 is None


@pytest.mark.parametrize(
    "wrong",
    [
        {"duration": 60.0},
        {"duration": -1.0},
        {"duration": 1e300},
        {"channels": 3},
        {"sample_rate": 0},
        {"audio": AudioManifest(sha256="x", bytes=len(PCM), chunks=1)},
        {"audio": AudioManifest(sha256="0" * 64, bytes=-1, chunks=1)},
        {"started_at": datetime(2026, 1, 1)},  # noqa: DTZ001
    ],
    ids=str,
)
def test_an_announcement_that_does_not_fit_together_is_refused(desk: Desk, visit: str, wrong: dict[str, Any]) -> None:
    with pytest.raises(RefusedError) as refused:
        desk.client.announce(new_id(), replace(announced(visit), **wrong))
    assert refused.value.reason == "invalid"


@pytest.mark.parametrize("recording_id", ["1", "..", "0198A000-0000-7000-8000-00000000000F", MARKER])
def test_a_recording_is_named_by_a_uuid_only(desk: Desk, visit: str, recording_id: str) -> None:
    with pytest.raises(UplinkError):
        desk.client.announce(recording_id, announced(visit))


@pytest.mark.parametrize(("number", "size"), [(1, 10), (0, 10), (-1, len(PCM)), (0, len(PCM) + 1), (10**6, 0)])
def test_a_part_has_its_place_and_length(desk: Desk, visit: str, number: int, size: int) -> None:
    recording_id = new_id()
    desk.client.announce(recording_id, announced(visit))
    with pytest.raises(UplinkError):
        desk.client.put_part(recording_id, number, bytes(size))
    assert desk.client.state(recording_id).parts == ()


def test_a_request_that_is_too_large_is_not_read(desk: Desk) -> None:
    answer = desk.raw("PUT", f"recordings/{new_id()}/audio/0", bytes(PART_BYTES + 1))
    assert (answer.status_code, answer.json()["code"]) == (413, "too_large")


def test_audio_is_taken_only_where_the_site_says_so(service: UplinkClinic, tmp_path: Path, visit: str) -> None:
    identity = service.enrol(tmp_path, audio=False)
    with UplinkClient(identity, Transport()) as client:
        recording_id = new_id()
        assert not client.announce(recording_id, announced(visit)).audio_wanted
        with pytest.raises(ChangedError):
            client.put_part(recording_id, 0, PCM)


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
