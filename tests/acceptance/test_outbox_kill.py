"""A delivering process killed by SIGKILL: afterwards the hospital's system holds every version once, in order.

A few of the moments; ``outbox_kill.py``, run as a program, takes as many as there is time for.
"""

import random

import pytest

from tests.acceptance.outbox_kill import Death, Ward, random_death, ward

pytestmark = pytest.mark.timeout(600)


@pytest.fixture(scope="module")
def opened(tmp_path_factory):
    pytest.importorskip("sekmet", reason="the demo extra (sekmet-fhir) is not installed")
    with ward(tmp_path_factory.mktemp("ward")) as running:
        running.survive(Death())  # how much a consultation leaves when nobody is killed
        yield running


def test_killed_before_every_commit_of_the_store(opened: Ward):
    """What a commit would have kept is lost, with whatever was sent since the one before it."""
    killed = opened.deaths["killed"]
    for number in range(1, 7):
        opened.survive(Death(commit=number, before=True))
    assert opened.deaths["killed"] - killed >= 5


def test_killed_on_either_side_of_what_writes(opened: Ward):
    begun = len(opened.wire.exchanges)
    opened.survive(Death())
    exchanges = opened.wire.exchanges[begun:]
    writes = [place for place, exchange in enumerate(exchanges) if exchange.write]
    assert len(writes) == 2
    killed = opened.deaths["killed"]
    for place in writes:
        opened.survive(Death(request=place, moment="received"))
        opened.survive(Death(request=place, moment="done"))
    assert opened.deaths["killed"] - killed == 4


def test_killed_anywhere(opened: Ward):
    drawn = random.Random(20261122)
    for _ in range(3):
        opened.survive(random_death(drawn))
