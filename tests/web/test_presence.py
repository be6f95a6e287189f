"""Who else has a draft open."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from scribe.domain.encounter import Practitioner
from scribe.store.records import AccountRecord
from scribe.web.presence import GONE_AFTER, MOST_PAGES, Other, Presences

NOW = datetime(2026, 11, 16, 1, 0, tzinfo=UTC)
LEE = AccountRecord(
    id="a1", hospital_id="h1", login="lee", role="physician", practitioner=Practitioner(name="이서연"), disabled=False
)
KIM = replace(LEE, id="a2", login="kim", practitioner=Practitioner(name="김도현"))


class Clock:
    now = NOW

    def __call__(self) -> datetime:
        return self.now


def test_each_page_hears_of_the_others_and_not_of_itself() -> None:
    open_pages = Presences(Clock())
    assert open_pages.seen(LEE, "e1", "one") == ()
    assert open_pages.seen(KIM, "e1", "two") == (Other("이서연", own=False),)
    assert open_pages.seen(LEE, "e1", "three") == (Other("이서연", own=True), Other("김도현", own=False))
    assert open_pages.seen(LEE, "e2", "four") == (), "another consultation"
    assert open_pages.seen(replace(KIM, hospital_id="h2"), "e1", "five") == (), "another hospital"


def test_who_leaves_or_falls_silent_is_not_there_any_more() -> None:
    clock = Clock()
    open_pages = Presences(clock)
    open_pages.seen(LEE, "e1", "one")
    open_pages.left(KIM, "e1", "one")
    assert open_pages.seen(KIM, "e1", "two") == (Other("이서연", own=False),), "only its own person closes a page"
    open_pages.left(LEE, "e1", "one")
    assert open_pages.seen(KIM, "e1", "two") == ()
    open_pages.seen(LEE, "e1", "one")
    clock.now += GONE_AFTER + timedelta(seconds=1)
    assert open_pages.seen(KIM, "e1", "two") == ()


@given(names=st.lists(st.uuids().map(str), max_size=3 * MOST_PAGES, unique=True))
def test_no_browser_can_fill_the_memory(names: list[str]) -> None:
    open_pages = Presences(Clock())
    for name in names:
        open_pages.seen(LEE, "e1", name)
    assert len(open_pages._pages.get(("h1", "e1"), {})) == min(len(names), MOST_PAGES)
