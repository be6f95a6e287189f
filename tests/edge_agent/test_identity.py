"""The device's own key and what it signs."""

import base64
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import jwt
import pytest

from edge_agent.identity import Identity, IdentityFileError, enrol, load
from edge_agent.uplink_errors import EnrolmentCodeError, NotEnrolledError, UnreachableError, UntrustedReceiptError
from scribe.crypto import HospitalKey, SigningKey, sha256_hex
from scribe.domain.uplink import (
    TOKEN_SECONDS,
    TOKEN_TYPE,
    AudioManifest,
    Enrolled,
    EnrolmentRequest,
    Receipt,
    request_digest,
)

URL = "https://scribe.example"
NOW = datetime(2026, 11, 22, 1, 2, 3, tzinfo=UTC)
SERVICE_KEY = SigningKey.generate()


class Service:
    """Takes every device; remembers the keys it was shown."""

    def __init__(self, *failures: Exception) -> None:
        self.failures = list(failures)
        self.keys: list[str] = []

    def __call__(self, url: str, request: EnrolmentRequest) -> Enrolled:
        self.keys.append(request.public_key)
        if self.failures:
            raise self.failures.pop(0)
        return Enrolled(
            device_id="device-1",
            hospital_id="hospital-1",
            hospital="서울내과의원",
            owner="김의사",
            receipt_key=SERVICE_KEY.public.to_pem().decode(),
        )


@pytest.fixture
def key() -> HospitalKey:
    return HospitalKey(bytes(32))


@pytest.fixture
def enrolled(tmp_path: Path, key: HospitalKey) -> Callable[..., Identity]:
    def make(service: Service | None = None) -> Identity:
        return enrol(
            URL, "CODE", name="진료실", folder=tmp_path, wrapper=key, service=service or Service(), clock=lambda: NOW
        )

    return make


def receipt(**fields: object) -> Receipt:
    made = Receipt(
        kind="acknowledged",
        device_id="device-1",
        recording_id="recording-1",
        encounter_id="encounter-1",
        at=NOW,
        audio=AudioManifest(sha256="0" * 64, bytes=7, chunks=1),
    )
    signed = replace(made, **fields)  # type: ignore[arg-type]
    return replace(signed, signature=base64.b64encode(SERVICE_KEY.sign(signed.signed_bytes())).decode())


def test_an_identity_is_found_again(enrolled: Callable[..., Identity], tmp_path: Path, key: HospitalKey) -> None:
    made = enrolled()
    again = load(tmp_path, key)
    assert (again.url, again.device_id, again.hospital, again.owner) == (URL, "device-1", "서울내과의원", "김의사")
    assert again.key.to_pem() == made.key.to_pem()
    assert not (tmp_path / "enrolment.json").exists()


def test_the_private_key_is_sealed_and_for_this_user_only(enrolled: Callable[..., Identity], tmp_path: Path) -> None:
    made = enrolled()
    file = tmp_path / "identity.json"
    assert file.stat().st_mode & 0o777 == 0o600
    secret = made.key.to_pem().splitlines()[1]
    assert secret not in file.read_bytes()
    assert base64.b64encode(secret) not in file.read_bytes()


def test_another_site_key_opens_no_identity(enrolled: Callable[..., Identity], tmp_path: Path) -> None:
    enrolled()
    with pytest.raises(IdentityFileError, match="enrol it again"):
        load(tmp_path, HospitalKey(bytes([1]) * 32))


@pytest.mark.parametrize("content", [b"", b"{}", b"\xff", b'{"format": "scribe-device/1"}'])
def test_a_broken_identity_is_named(tmp_path: Path, key: HospitalKey, content: bytes) -> None:
    (tmp_path / "identity.json").write_bytes(content)
    with pytest.raises(IdentityFileError):
        load(tmp_path, key)


def test_without_enrolment_there_is_no_identity(tmp_path: Path, key: HospitalKey) -> None:
    with pytest.raises(NotEnrolledError):
        load(tmp_path, key)


def test_an_enrolment_whose_answer_was_lost_is_repeated_with_the_same_key(
    enrolled: Callable[..., Identity], tmp_path: Path, key: HospitalKey
) -> None:
    service = Service(UnreachableError(problem="ReadTimeout"))
    with pytest.raises(UnreachableError):
        enrolled(service)
    with pytest.raises(NotEnrolledError):
        load(tmp_path, key)
    enrolled(service)
    assert service.keys[0] == service.keys[1]


def test_a_wrong_code_leaves_the_earlier_identity(
    enrolled: Callable[..., Identity], tmp_path: Path, key: HospitalKey
) -> None:
    first = enrolled()
    with pytest.raises(EnrolmentCodeError):
        enrolled(Service(EnrolmentCodeError()))
    assert load(tmp_path, key).key.to_pem() == first.key.to_pem()


def test_each_enrolment_has_a_key_of_its_own(enrolled: Callable[..., Identity]) -> None:
    assert enrolled().key.to_pem() != enrolled().key.to_pem()


def test_a_token_is_short_lived_bound_to_its_request_and_used_once(enrolled: Callable[..., Identity]) -> None:
    made = enrolled()
    token = made.token("PUT", "/api/devices/recordings/1", b"body")
    assert jwt.get_unverified_header(token)["typ"] == TOKEN_TYPE
    claims = jwt.decode(
        token,
        made.key.public.to_pem(),
        algorithms=["EdDSA"],
        audience="hospital-1",
        issuer="device-1",
        options={"verify_exp": False, "verify_iat": False},
    )
    assert claims["iat"] == int(NOW.timestamp())
    assert 0 < claims["exp"] - claims["iat"] <= TOKEN_SECONDS
    assert claims["req"] == request_digest("PUT", "/api/devices/recordings/1", sha256_hex(b"body"))
    again = made.token("PUT", "/api/devices/recordings/1", b"body")
    assert jwt.decode(again, options={"verify_signature": False})["jti"] != claims["jti"]


def test_a_receipt_of_the_service_is_genuine(enrolled: Callable[..., Identity]) -> None:
    enrolled().require_genuine(receipt(), "recording-1")


@pytest.mark.parametrize(
    "forged",
    [
        replace(receipt(), kind="erase"),
        replace(receipt(), encounter_id="encounter-2"),
        replace(receipt(), audio=AudioManifest(sha256="0" * 64, bytes=8, chunks=1)),
        replace(receipt(), audio=None),
        replace(receipt(), audio_stored=True),
        replace(receipt(), transcript_sha256="1" * 64),
        replace(receipt(), at=datetime(2026, 1, 1, tzinfo=UTC)),
        replace(receipt(), signature=""),
        replace(receipt(), signature="not base64!"),
        receipt(device_id="device-2"),
        receipt(recording_id="recording-2"),
    ],
)
def test_anything_else_is_not(enrolled: Callable[..., Identity], forged: Receipt) -> None:
    with pytest.raises(UntrustedReceiptError):
        enrolled().require_genuine(forged, "recording-1")
