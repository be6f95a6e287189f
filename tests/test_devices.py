"""Enrolment and tokens of edge devices, against a real store."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import jwt
import pytest

from scribe.audit import verify_chain
from scribe.crypto import SigningKey, sha256_hex
from scribe.devices import (
    MOST_FAILURES,
    Caller,
    ClockOffError,
    DeviceKeyError,
    DeviceRevokedError,
    EnrolmentRefusedError,
    NoSuchLoginError,
    TokenRefusedError,
    TokenReplayedError,
    authenticate,
    enrol,
    invite,
)
from scribe.domain.encounter import Organization
from scribe.domain.uplink import TOKEN_TYPE, Enrolled, EnrolmentRequest, request_digest
from scribe.store import Actor
from tests.uplink_service import UplinkClinic, uplink_clinic

EMPTY = sha256_hex(b"")


@pytest.fixture
def clinic(tmp_path: Path) -> Iterator[UplinkClinic]:
    with uplink_clinic(tmp_path) as made:
        yield made


@pytest.fixture
def key() -> SigningKey:
    return SigningKey.generate()


def ask(code: str, key: SigningKey, name: str = "진료실 1") -> EnrolmentRequest:
    return EnrolmentRequest(code=code, public_key=key.public.to_pem().decode(), name=name)


def enrolled(clinic: UplinkClinic, key: SigningKey) -> Enrolled:
    return enrol(clinic.store, ask(clinic.invite(), key))


def token(device: Enrolled, key: SigningKey, now: datetime, /, *, algorithm: str = "EdDSA", **other: Any) -> str:
    claims = {
        "iss": device.device_id,
        "aud": device.hospital_id,
        "iat": int(now.timestamp()),
        "exp": int(now.timestamp()) + 60,
        "jti": "0123456789abcdef-0",
        "req": request_digest("GET", "/api/devices/me", EMPTY),
        **other,
    }
    claims = {name: value for name, value in claims.items() if value is not None}
    secret = key.to_pem() if algorithm == "EdDSA" else "s" * 64 if algorithm == "HS256" else ""
    return jwt.encode(claims, secret, algorithm=algorithm, headers={"typ": TOKEN_TYPE})


def audited(clinic: UplinkClinic) -> list[tuple[str, str]]:
    with clinic.store.begin(Actor.service(clinic.hospital_id)) as work:
        records = list(work.trail.all())
    verify_chain(records, hospital_id=clinic.hospital_id)
    return [(record.action, record.subject) for record in records]


def test_a_code_makes_one_device_of_the_invited_physician(clinic: UplinkClinic, key: SigningKey) -> None:
    code = clinic.invite()
    assert len(code) == 14
    device = enrol(clinic.store, ask(code, key))
    assert (device.hospital, device.owner) == ("서울내과의원", "김의사")
    with pytest.raises(EnrolmentRefusedError):
        enrol(clinic.store, ask(code, SigningKey.generate()))
    assert clinic.count("device") == 1
    assert ("create", "device") in audited(clinic)


@pytest.mark.parametrize(
    ("given", "kept"), [(" 진료실\x1b[31m\n1 ", "진료실[31m1"), ("", "device"), ("가" * 300, "가" * 100)]
)
def test_a_device_s_name_is_one_line(clinic: UplinkClinic, key: SigningKey, given: str, kept: str) -> None:
    enrol(clinic.store, ask(clinic.invite(), key, given))
    with clinic.store.begin(Actor.service(clinic.hospital_id)) as work:
        assert [one.name for one in work.devices.list()] == [kept]


def test_an_enrolment_whose_answer_was_lost_can_be_repeated(clinic: UplinkClinic, key: SigningKey) -> None:
    code = clinic.invite()
    assert enrol(clinic.store, ask(code, key)) == enrol(clinic.store, ask(code, key))
    assert clinic.count("device") == 1


def test_a_code_is_read_as_people_write_it(clinic: UplinkClinic, key: SigningKey) -> None:
    code = clinic.invite()
    written = code.lower().replace("0", "o").replace("1", "l").replace("-", " ")
    assert enrol(clinic.store, ask(written, key)).owner == "김의사"


def test_the_code_is_stored_nowhere(clinic: UplinkClinic) -> None:
    code = clinic.invite().replace("-", "")
    kept = b"".join(path.read_bytes() for path in clinic.folder.rglob("*") if path.is_file())
    assert code[:4].encode() in kept
    assert code[4:].encode() not in kept


def test_a_code_dies_of_wrong_guesses(clinic: UplinkClinic, key: SigningKey) -> None:
    code = clinic.invite()
    wrong = code[:-1] + ("0" if code[-1] != "0" else "2")
    for _ in range(MOST_FAILURES):
        with pytest.raises(EnrolmentRefusedError):
            enrol(clinic.store, ask(wrong, key))
    with pytest.raises(EnrolmentRefusedError):
        enrol(clinic.store, ask(code, key))
    assert audited(clinic).count(("refused", "device_invitation")) == MOST_FAILURES + 1


def test_a_code_still_works_after_some_wrong_guesses(clinic: UplinkClinic, key: SigningKey) -> None:
    code = clinic.invite()
    for _ in range(MOST_FAILURES - 1):
        with pytest.raises(EnrolmentRefusedError):
            enrol(clinic.store, ask(code[:5] + "0000-0000", key))
    assert enrol(clinic.store, ask(code, key))


def test_a_code_expires(clinic: UplinkClinic, key: SigningKey) -> None:
    code = clinic.invite()
    clinic.clock.off = timedelta(minutes=59)
    assert enrol(clinic.store, ask(code, key))
    late = clinic.invite()
    clinic.clock.off += timedelta(minutes=61)
    with pytest.raises(EnrolmentRefusedError):
        enrol(clinic.store, ask(late, SigningKey.generate()))


@pytest.mark.parametrize("code", ["", "AAAA-BBBB", "AAAA-BBBB-CCCC", "AAAA" * 100])
def test_an_invented_code_is_refused(clinic: UplinkClinic, key: SigningKey, code: str) -> None:
    with pytest.raises(EnrolmentRefusedError):
        enrol(clinic.store, ask(code, key))


def test_a_key_is_one_device_only(clinic: UplinkClinic, key: SigningKey) -> None:
    enrolled(clinic, key)
    with pytest.raises(DeviceKeyError):
        enrolled(clinic, key)
    with pytest.raises(DeviceKeyError):
        enrol(clinic.store, replace(ask(clinic.invite(), key), public_key="no key"))


@pytest.mark.parametrize("login", ["nobody", "admin"])
def test_only_physicians_have_devices(clinic: UplinkClinic, login: str) -> None:
    with clinic.store.begin(Actor.service(clinic.hospital_id)) as work:
        work.accounts.add(login="admin", password_hash="-", role="admin", name="관리자")
    with pytest.raises(NoSuchLoginError):
        invite(clinic.store, clinic.hospital_id, login)


def test_a_token_authenticates_the_owner_once(clinic: UplinkClinic, key: SigningKey) -> None:
    device = enrolled(clinic, key)
    made = token(device, key, clinic.clock())
    caller = authenticate(clinic.store, made)
    assert (caller.actor.account_id, caller.actor.role) == (clinic.kim.id, "physician")
    caller.require_bound("GET", "/api/devices/me", EMPTY)
    with pytest.raises(TokenReplayedError):
        authenticate(clinic.store, made)
    assert ("refused", "device") in audited(clinic)


@pytest.mark.parametrize(
    ("method", "target", "body"),
    [
        ("PUT", "/api/devices/me", b""),
        ("GET", "/api/devices/encounters", b""),
        ("GET", "/api/devices/me?all=1", b""),
        ("GET", "/api/devices/me", b"{}"),
    ],
)
def test_a_token_is_good_for_one_request_only(
    clinic: UplinkClinic, key: SigningKey, method: str, target: str, body: bytes
) -> None:
    caller = authenticate(clinic.store, token(enrolled(clinic, key), key, clinic.clock()))
    with pytest.raises(TokenRefusedError):
        caller.require_bound(method, target, sha256_hex(body))


@pytest.mark.parametrize(
    "change",
    [
        {"algorithm": "HS256"},
        {"algorithm": "none"},
        {"aud": "another-hospital"},
        {"aud": None},
        {"iss": "another-device"},
        {"jti": "short"},
        {"jti": None},
        {"req": None},
        {"req": 7},
        {"exp": int(datetime.now(UTC).timestamp()) + 3600},
        {"iat": "yesterday"},
        {"iat": 10**30},
    ],
    ids=lambda change: next(iter(change)),
)
def test_any_other_token_is_refused(clinic: UplinkClinic, key: SigningKey, change: dict[str, Any]) -> None:
    device = enrolled(clinic, key)
    with pytest.raises(TokenRefusedError):
        authenticate(clinic.store, token(device, key, clinic.clock(), **change))
    assert isinstance(authenticate(clinic.store, token(device, key, clinic.clock())), Caller)


@pytest.mark.parametrize("made", ["", "x", "a.b.c", "e30.e30.", "\x00"])
def test_what_is_no_token_is_refused(clinic: UplinkClinic, made: str) -> None:
    with pytest.raises(TokenRefusedError):
        authenticate(clinic.store, made)


def test_another_key_signs_nothing(clinic: UplinkClinic, key: SigningKey) -> None:
    device = enrolled(clinic, key)
    with pytest.raises(TokenRefusedError):
        authenticate(clinic.store, token(device, SigningKey.generate(), clinic.clock()))


def test_a_device_of_another_hospital_is_none_here(clinic: UplinkClinic, key: SigningKey) -> None:
    device = enrolled(clinic, key)
    other = clinic.store.ensure_hospital(Organization(name="부산의원"))
    with pytest.raises(TokenRefusedError):
        authenticate(clinic.store, token(replace(device, hospital_id=other), key, clinic.clock()))


@pytest.mark.parametrize(("minutes", "off"), [(30, 30), (-30, 30), (-3, 3)])
def test_a_wrong_clock_is_told_as_such(clinic: UplinkClinic, key: SigningKey, minutes: int, off: int) -> None:
    device = enrolled(clinic, key)
    with pytest.raises(ClockOffError, match=f"off by {off} minutes"):
        authenticate(clinic.store, token(device, key, clinic.clock() + timedelta(minutes=minutes)))


def test_a_clock_that_is_a_little_off_does_no_harm(clinic: UplinkClinic, key: SigningKey) -> None:
    device = enrolled(clinic, key)
    for number, seconds in enumerate((-50, 50, -110)):
        made = token(device, key, clinic.clock() + timedelta(seconds=seconds), jti=f"0123456789abcdef-{number}-")
        assert authenticate(clinic.store, made)


def test_a_token_is_remembered_as_long_as_it_could_be_used(clinic: UplinkClinic, key: SigningKey) -> None:
    device = enrolled(clinic, key)
    made = token(device, key, clinic.clock() + timedelta(seconds=50))
    authenticate(clinic.store, made)
    for seconds in range(0, 240, 20):
        clinic.clock.off = timedelta(seconds=seconds)
        with pytest.raises((TokenReplayedError, ClockOffError)):
            authenticate(clinic.store, made)
        authenticate(clinic.store, token(device, key, clinic.clock(), jti=f"0123456789abcdef-{seconds}-"))
    assert clinic.count("device_token") < 12


def test_a_revoked_device_is_refused_at_once(clinic: UplinkClinic, key: SigningKey) -> None:
    device = enrolled(clinic, key)
    clinic.revoke(device.device_id)
    with pytest.raises(DeviceRevokedError):
        authenticate(clinic.store, token(device, key, clinic.clock()))
    assert audited(clinic)[-2:] == [("update", "device"), ("refused", "device")]


def test_a_disabled_physician_has_no_devices(clinic: UplinkClinic, key: SigningKey) -> None:
    device = enrolled(clinic, key)
    with clinic.store.begin(Actor.service(clinic.hospital_id)) as work:
        work.accounts.disable(clinic.kim.id)
    with pytest.raises(DeviceRevokedError):
        authenticate(clinic.store, token(device, key, clinic.clock()))
