"""Who else has a draft open, whichever process of the service their page speaks to."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import text

from scribe.accounts import create_account
from scribe.store.records import AccountRecord
from scribe.web.presence import GONE_AFTER, MOST_PAGES, Other, Presences
from tests.web.conftest import PASSWORD


@pytest.fixture
def kim(clinic: Any) -> AccountRecord:
    return create_account(
        clinic.store, clinic.hospital_id, login="kimdohyun", password=PASSWORD, role="physician", name="김도현"
    )


@pytest.fixture
def lee(clinic: Any) -> AccountRecord:
    account: AccountRecord = clinic.physician
    return account


def test_each_page_hears_of_the_others_and_not_of_itself(clinic: Any, lee: AccountRecord, kim: AccountRecord) -> None:
    one, other_process = Presences(clinic.store), Presences(clinic.store)
    here = clinic.encounter_id
    assert one.seen(lee, here, "page-one") == ()
    assert other_process.seen(kim, here, "page-two") == (Other("이서연", own=False),)
    assert one.seen(lee, here, "page-three") == (Other("이서연", own=True), Other("김도현", own=False))
    assert one.seen(lee, here, "page-three") == (Other("이서연", own=True), Other("김도현", own=False)), "said again"
    stranger = replace(kim, hospital_id="h2")
    assert other_process._pages.of(stranger.hospital_id, here) == (), "another hospital"


def test_who_leaves_or_falls_silent_is_not_there_any_more(clinic: Any, lee: AccountRecord, kim: AccountRecord) -> None:
    open_pages, here = Presences(clinic.store), clinic.encounter_id
    open_pages.seen(lee, here, "page-one")
    open_pages.left(kim, here, "page-one")
    assert open_pages.seen(kim, here, "page-two") == (Other("이서연", own=False),), "only its own person closes a page"
    open_pages.left(lee, here, "page-one")
    assert open_pages.seen(kim, here, "page-two") == ()
    open_pages.seen(lee, here, "page-one")
    clinic.clock.now += GONE_AFTER + timedelta(seconds=1)
    assert open_pages.seen(kim, here, "page-two") == ()


def test_no_browser_can_fill_the_store(clinic: Any, lee: AccountRecord) -> None:
    open_pages = Presences(clinic.store)
    for number in range(MOST_PAGES + 3):
        clinic.clock.now += timedelta(milliseconds=1)
        open_pages.seen(lee, clinic.encounter_id, f"page-{number}")
    kept = {page.page for page in open_pages._pages.of(clinic.hospital_id, clinic.encounter_id)}
    assert kept == {f"page-{number}" for number in range(3, MOST_PAGES + 3)}


def test_nothing_of_the_patient_is_kept_with_a_page(clinic: Any, lee: AccountRecord) -> None:
    Presences(clinic.store).seen(lee, clinic.encounter_id, "page-one")
    with clinic.store.engine.connect() as connection:
        (row,) = connection.execute(text("SELECT * FROM open_page")).mappings()
    assert set(row) == {"id", "created_at", "hospital_id", "owner_id", "encounter_id", "page", "seen_at"}
