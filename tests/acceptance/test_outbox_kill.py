"""A delivering process killed by SIGKILL: afterwards the hospital's system holds every version once, in order."""

import random

import pytest

from tests.acceptance.outbox_kill import Death, Ward, random_death, ward

pytestmark = pytest.mark.timeout(1500)


@pytest.fixture(scope="module")
def opened(tmp_path_factory):
    pytest.importorskip("sekmet", reason="the demo extra (sekmet-fhir) is not installed")
    with ward(tmp_path_factory.mktemp("ward")) as running:
        running.survive(Death())  # how much a consultation leaves when nobody is killed
        yield running


def test_killed_at_every_commit_of_the_store(opened: Ward):
    killed = opened.deaths["killed"]
    for number in range(1, 8):
        for before in (True, False):
            opened.survive(Death(commit=number, before=before))
    assert opened.deaths["killed"] - killed >= 10


def test_killed_on_either_side_of_requests(opened: Ward):
    begun = len(opened.wire.exchanges)
    opened.survive(Death())
    exchanges = opened.wire.exchanges[begun:]
    writes = [place for place, exchange in enumerate(exchanges) if exchange.write]
    assert len(writes) == 2
    killed = opened.deaths["killed"]
    for place in {0, 1, *writes, *(place + 1 for place in writes)}:
        opened.survive(Death(request=place, moment="received"))
        opened.survive(Death(request=place, moment="done"))
    assert opened.deaths["killed"] - killed >= 8


def test_killed_anywhere(opened: Ward):
    drawn = random.Random(20261122)
    for _ in range(8):
        opened.survive(random_death(drawn))
