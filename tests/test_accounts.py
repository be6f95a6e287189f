"""Local accounts: signing in, staying signed in, signing out."""

from datetime import UTC, datetime, timedelta

import pytest

from scribe import accounts
from scribe.accounts import SessionEndedError, SessionLimits, SignInError, WeakPasswordError
from scribe.crypto import HospitalKey
from scribe.domain.encounter import Organization
from scribe.store import Actor, open_store
from scribe.store.errors import DuplicateError, NotPermittedError

PASSWORD = "맑은 하늘 아래 42"


class Clock:
    def __init__(self) -> None:
        self.now = datetime(2026, 9, 14, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.now


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
def store(tmp_path, clock):
    wrapper = HospitalKey.from_file(tmp_path / "hospital.key")
    opened = open_store(f"sqlite:///{tmp_path / 's.db'}", wrapper=wrapper, audio_dir=tmp_path, clock=clock)
    yield opened
    opened.close()


@pytest.fixture
def hospital(store):
    hospital_id = store.ensure_hospital(Organization(name="의원"))
    accounts.create_account(
        store, hospital_id, login="kim", password=PASSWORD, role="physician", name="김의사", department="01"
    )
    return hospital_id


def test_signing_in_starts_a_session_that_requests_keep_alive(store, hospital, clock):
    signed_in = accounts.sign_in(store, hospital, "kim", PASSWORD)
    assert signed_in.account.practitioner.name == "김의사"
    for _ in range(4):
        clock.now += timedelta(minutes=14)
        assert accounts.resume(store, signed_in.token).actor == signed_in.actor


def test_an_idle_session_and_an_old_one_end(store, hospital, clock):
    idle = accounts.sign_in(store, hospital, "kim", PASSWORD)
    clock.now += timedelta(minutes=15)
    with pytest.raises(SessionEndedError):
        accounts.resume(store, idle.token)
    limits = SessionLimits(idle=timedelta(days=1), longest=timedelta(hours=12))
    old = accounts.sign_in(store, hospital, "kim", PASSWORD, limits)
    clock.now += timedelta(hours=12)
    with pytest.raises(SessionEndedError):
        accounts.resume(store, old.token, limits)


def test_signing_out_ends_the_session(store, hospital):
    signed_in = accounts.sign_in(store, hospital, "kim", PASSWORD)
    accounts.sign_out(store, signed_in.token)
    accounts.sign_out(store, signed_in.token)
    with pytest.raises(SessionEndedError):
        accounts.resume(store, signed_in.token)


def test_wrong_login_wrong_password_and_a_disabled_account_are_told_alike_and_audited(store, hospital):
    messages = set()
    for login, password in (("kim", "wrong password"), ("nobody", PASSWORD)):
        with pytest.raises(SignInError) as error:
            accounts.sign_in(store, hospital, login, password)
        messages.add(str(error.value))
    signed_in = accounts.sign_in(store, hospital, "kim", PASSWORD)
    with store.begin(Actor.service(hospital)) as work:
        work.accounts.disable(signed_in.account.id)
    with pytest.raises(SignInError) as error:
        accounts.sign_in(store, hospital, "kim", PASSWORD)
    messages.add(str(error.value))
    assert len(messages) == 1
    with pytest.raises(SessionEndedError):
        accounts.resume(store, signed_in.token)
    with store.begin(Actor.service(hospital)) as work:
        refused = [record.subject_id for record in work.trail.all() if record.action == "refused"]
    assert refused == [signed_in.account.id, "unknown", signed_in.account.id]


@pytest.mark.parametrize("token", ["", "x", "no-hospital.secret", "{hospital}.", "{hospital}.guess"])
def test_a_made_up_token_opens_nothing(store, hospital, token):
    with pytest.raises(SessionEndedError):
        accounts.resume(store, token.format(hospital=hospital))
    accounts.sign_out(store, token.format(hospital=hospital))


def test_neither_password_nor_token_is_stored(store, hospital, tmp_path):
    token = accounts.sign_in(store, hospital, "kim", PASSWORD).token
    content = b"".join(path.read_bytes() for path in tmp_path.glob("s.db*"))
    assert b"$argon2id$" in content
    assert PASSWORD.encode() not in content
    assert token.split(".")[1].encode() not in content


def test_short_passwords_doubled_logins_and_accounts_made_by_physicians_are_refused(store, hospital):
    with pytest.raises(WeakPasswordError):
        accounts.create_account(store, hospital, login="lee", password="short", role="physician", name="이의사")
    with pytest.raises(DuplicateError):
        accounts.create_account(store, hospital, login="kim", password=PASSWORD, role="physician", name="김의사")
    signed_in = accounts.sign_in(store, hospital, "kim", PASSWORD)
    with pytest.raises(NotPermittedError), store.begin(signed_in.actor) as work:
        work.accounts.add(login="lee", password_hash="-", role="admin", name="이의사")
