"""Accounts made by IT, temporary passwords, and changing one's own."""

from datetime import timedelta

import pytest

from scribe.accounts import (
    LoginError,
    OwnAccountError,
    SamePasswordError,
    SessionEndedError,
    SignInError,
    WeakPasswordError,
    change_password,
    create_account,
    disable,
    invite,
    reset_password,
    resume,
    sign_in,
)
from scribe.accounts.passwords import good_enough, temporary_password
from scribe.domain.encounter import Organization
from scribe.store import Actor
from scribe.store.errors import DuplicateError, NotFoundError, NotPermittedError
from tests.accounts.conftest import PASSWORD


@pytest.fixture
def it(store, hospital):
    return create_account(
        store, hospital, login="it", password="전산실의 긴 비밀번호 7", role="admin", name="전산"
    ).actor


def test_an_invited_person_signs_in_with_the_temporary_password_and_chooses_their_own(store, hospital, it):
    invited = invite(store, it, login="park", role="patient_services", name="박원무")
    first = sign_in(store, hospital, "park", invited.password)
    assert first.account.temporary_until is not None
    change_password(store, first.account, old=invited.password, new=PASSWORD, session_id=first.session.id)
    assert sign_in(store, hospital, "park", PASSWORD).account.temporary_until is None
    with pytest.raises(SignInError):
        sign_in(store, hospital, "park", invited.password)


def test_a_temporary_password_opens_nothing_after_a_week(store, hospital, it, clock):
    invited = invite(store, it, login="park", role="physician", name="박의사")
    clock.now += timedelta(days=7)
    with pytest.raises(SignInError):
        sign_in(store, hospital, "park", invited.password)


def test_a_reset_ends_every_session_and_forgets_wrong_passwords(store, hospital, it):
    session = sign_in(store, hospital, "kim", PASSWORD)
    for _ in range(5):
        with pytest.raises(SignInError):
            sign_in(store, hospital, "kim", "not the password 1")
    reset = reset_password(store, it, session.account.id)
    with pytest.raises(SessionEndedError):
        resume(store, session.token)
    assert sign_in(store, hospital, "kim", reset.password).account.temporary_until is not None
    assert reset.password not in repr(reset)


def test_a_new_password_ends_the_other_sessions_and_keeps_this_one(store, hospital):
    here, elsewhere = (sign_in(store, hospital, "kim", PASSWORD) for _ in range(2))
    change_password(store, here.account, old=PASSWORD, new="또 다른 긴 문장 43", session_id=here.session.id)
    assert resume(store, here.token).account.login == "kim"
    with pytest.raises(SessionEndedError):
        resume(store, elsewhere.token)


def test_what_a_new_password_may_not_be(store, hospital):
    here = sign_in(store, hospital, "kim", PASSWORD)

    def change(new: str, old: str = PASSWORD) -> None:
        change_password(store, here.account, old=old, new=new, session_id=here.session.id)

    with pytest.raises(SamePasswordError):
        change(PASSWORD)
    with pytest.raises(WeakPasswordError):
        change("too-short")
    with pytest.raises(SignInError):
        change("또 다른 긴 문장 43", old="not the password 1")


@pytest.mark.parametrize(
    ("password", "good"),
    [("abcdefghij", False), ("abcdefghi1", True), ("1212121212", False), ("aaaaaaaaa1", False),
     ("a long passphrase", True), ("긴문장을글자로만적으면됩니다정말로", True), ("kim-12345678", False),
     ("x" * 257, False)],
)  # fmt: skip
def test_which_passwords_are_good_enough(password, good):
    assert good_enough(password, "kim") is good


def test_temporary_passwords_are_good_enough_readable_and_different():
    made = {temporary_password() for _ in range(50)}
    assert len(made) == 50
    assert all(good_enough(one) and not set(one) & set("ilo01") for one in made)


def test_only_it_of_the_same_hospital_makes_and_changes_accounts(store, hospital, it):
    kim = sign_in(store, hospital, "kim", PASSWORD).account
    other = store.ensure_hospital(Organization(name="다른의원"))
    theirs = create_account(
        store, other, login="it", password="다른 전산의 비밀번호 1", role="admin", name="전산"
    ).actor
    for actor, refused in ((kim.actor, NotPermittedError), (theirs, NotFoundError)):
        with pytest.raises(refused):
            reset_password(store, actor, it.account_id)
        with pytest.raises(refused):
            disable(store, actor, it.account_id)
    with pytest.raises(NotPermittedError):
        invite(store, kim.actor, login="new", role="admin", name="새 전산")
    with pytest.raises(DuplicateError):
        invite(store, it, login="kim", role="physician", name="김둘째")
    with pytest.raises(LoginError):
        invite(store, it, login="a b", role="physician", name="빈칸")
    with store.begin(theirs) as work:
        assert [line.account.login for line in work.accounts.lines()] == ["it"]


def test_a_disabled_account_is_out_at_once_and_comes_back(store, hospital, it):
    session = sign_in(store, hospital, "kim", PASSWORD)
    disable(store, it, session.account.id)
    with pytest.raises(SessionEndedError):
        resume(store, session.token)
    with pytest.raises(SignInError):
        sign_in(store, hospital, "kim", PASSWORD)
    with store.begin(it) as work:
        work.accounts.enable(session.account.id)
    assert sign_in(store, hospital, "kim", PASSWORD)
    with pytest.raises(OwnAccountError):
        disable(store, it, it.account_id)


def test_sessions_are_ones_own(store, hospital, it):
    mine = sign_in(store, hospital, "kim", PASSWORD)
    create_account(store, hospital, login="lee", password=PASSWORD, role="physician", name="이의사")
    lee = sign_in(store, hospital, "lee", PASSWORD)
    with store.begin(lee.actor) as work:
        assert work.sessions.open_ones(mine.account.id) == ()
        assert work.sessions.end_all(mine.account.id) == 0
    with pytest.raises(NotFoundError), store.begin(lee.actor) as work:
        work.sessions.end(mine.session.id)
    with store.begin(mine.actor) as work:
        assert [one.id for one in work.sessions.open_ones(mine.account.id)] == [mine.session.id]
        work.sessions.end(mine.session.id)
    with pytest.raises(SessionEndedError):
        resume(store, mine.token)


def test_what_it_did_is_audited(store, hospital, it):
    invited = invite(store, it, login="park", role="physician", name="박의사")
    reset_password(store, it, invited.account.id)
    disable(store, it, invited.account.id)
    with store.begin(Actor.service(hospital)) as work:
        lines = [(line.action, line.subject_id) for line in work.trail.all() if line.account_id == it.account_id]
    assert lines == [(action, invited.account.id) for action in ("create", "update", "unlock", "disable")]
