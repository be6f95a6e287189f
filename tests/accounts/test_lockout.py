"""Guessing is made slow, without telling who exists and without locking out those who share an address."""

from collections.abc import Callable
from datetime import timedelta
from threading import Thread

import pytest

from scribe import accounts
from scribe.accounts import Attempt, LockedError, LockPolicy, SignInError, authenticate, confirm_password, sign_in
from scribe.domain.encounter import Organization
from scribe.store import Actor
from tests.accounts.conftest import PASSWORD


def wrong(store, hospital, login="kim", times=1, address=""):
    """What each of several wrong passwords was answered."""
    answers = []
    for _ in range(times):
        with pytest.raises(SignInError) as error:
            sign_in(store, hospital, login, "not the password 1", address=address)
        answers.append(str(error.value))
    return answers


@pytest.mark.parametrize("login", ["kim", "nobody"])
def test_after_five_wrong_passwords_a_login_waits_whether_or_not_it_exists(store, hospital, clock, login):
    answers = wrong(store, hospital, login, times=6)
    assert answers[:4] == ["Login or password is wrong."] * 4
    assert answers[4:] == ["Too many wrong passwords: try again in 60 seconds."] * 2
    with pytest.raises(LockedError) as error:
        sign_in(store, hospital, login, PASSWORD)
    assert error.value.seconds == 60, "not even the right one is looked at"
    clock.now += timedelta(seconds=61)
    assert wrong(store, hospital, login) == ["Too many wrong passwords: try again in 60 seconds."]


def test_the_waits_grow_and_stay_at_half_an_hour(store, hospital, clock):
    wrong(store, hospital, times=4)
    waits = []
    for _ in range(8):
        with pytest.raises(LockedError) as error:
            sign_in(store, hospital, "kim", "not the password 1")
        waits.append(error.value.seconds // 60)
        clock.now += timedelta(seconds=error.value.seconds)
    assert waits == [1, 1, 2, 5, 15, 30, 30, 30]


def test_the_right_password_begins_the_count_anew_and_a_day_forgets_it(store, hospital, clock):
    wrong(store, hospital, times=4)
    sign_in(store, hospital, "kim", PASSWORD)
    wrong(store, hospital, times=4)
    clock.now += timedelta(hours=24)
    assert wrong(store, hospital, times=4) == ["Login or password is wrong."] * 4


def test_guesses_at_the_same_moment_are_all_counted(store, hospital):
    outcomes: list[type[Exception]] = []

    def guess() -> None:
        try:
            sign_in(store, hospital, "kim", "not the password 1")
        except SignInError as error:
            outcomes.append(type(error))

    threads = [Thread(target=guess) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(outcomes) == 8
    assert outcomes.count(SignInError) <= 4


def test_an_address_that_tries_many_logins_waits_and_those_known_there_do_not(store, hospital, clock):
    create = accounts.create_account
    create(store, hospital, login="lee", password=PASSWORD, role="physician", name="이의사")
    sign_in(store, hospital, "kim", PASSWORD, address="10.0.0.7")
    most = LockPolicy().address_most
    for number in range(most):
        wrong(store, hospital, f"guess{number}", address="10.0.0.7")
    with pytest.raises(LockedError):
        sign_in(store, hospital, "lee", PASSWORD, address="10.0.0.7")
    assert sign_in(store, hospital, "kim", PASSWORD, address="10.0.0.7").account.login == "kim"
    assert sign_in(store, hospital, "lee", PASSWORD, address="10.0.0.8").account.login == "lee"
    known, unknown = wrong(store, hospital, "kim", address="10.0.0.7"), wrong(store, hospital, "x", address="10.0.0.7")
    assert known == unknown, "who is known there is not told by the answer"
    clock.now += LockPolicy().address_window
    assert sign_in(store, hospital, "lee", PASSWORD, address="10.0.0.7").account.login == "lee"


def test_confirming_a_signature_is_counted_and_guessing_at_the_sign_in_page_does_not_keep_from_signing(
    store, hospital, clock
):
    account = sign_in(store, hospital, "kim", PASSWORD).account
    wrong(store, hospital, times=6)
    confirm_password(store, account, PASSWORD)
    clock.now += timedelta(hours=24)
    for _ in range(5):
        with pytest.raises(SignInError):
            confirm_password(store, account, "not the password 1")
    with pytest.raises(LockedError):
        confirm_password(store, account, PASSWORD)
    with pytest.raises(LockedError):
        sign_in(store, hospital, "kim", PASSWORD)


def test_it_unlocks_at_once(store, hospital):
    account = sign_in(store, hospital, "kim", PASSWORD).account
    wrong(store, hospital, times=5)
    with store.begin(Actor.service(hospital)) as work:
        (line,) = work.accounts.lines()
        assert line.locked_until is not None
        work.accounts.unlock(account.id)
        assert work.accounts.lines()[0].locked_until is None
    assert sign_in(store, hospital, "kim", PASSWORD)


def test_the_same_login_at_two_hospitals_is_one_attempt(store, hospital):
    other = store.ensure_hospital(Organization(name="다른의원"))
    accounts.create_account(store, other, login="kim", password="completely another", role="physician", name="김둘째")
    for _ in range(6):
        found = authenticate(store, store.hospitals(), Attempt("kim", "completely another"))
        assert found.hospital_id == other, "the wrong password of the namesake counts for nobody"
    assert authenticate(store, store.hospitals(), Attempt("kim", PASSWORD)).hospital_id == hospital


def test_a_known_and_an_unknown_login_cost_the_same_work(store, hospital, monkeypatch):
    checked: list[str] = []
    real: Callable[[str, str], bool] = accounts.passwords.matches

    def counting(hashed: str, password: str) -> bool:
        checked.append(hashed[:9])
        return real(hashed, password)

    monkeypatch.setattr("scribe.accounts.authentication.matches", counting)
    for login in ("kim", "nobody"):
        wrong(store, hospital, login)
    assert checked == ["$argon2id", "$argon2id"]


def test_neither_logins_that_were_tried_nor_addresses_are_readable(store, hospital, tmp_path):
    wrong(store, hospital, "a-login-nobody-has", address="203.0.113.77")
    sign_in(store, hospital, "kim", PASSWORD, address="203.0.113.78")
    content = b"".join(path.read_bytes() for path in tmp_path.glob("s.db*"))
    assert b"a-login-nobody-has" not in content
    assert b"203.0.113" not in content
