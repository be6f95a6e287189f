"""One running installation a module; the tests have their own consultations in it."""

from collections.abc import Iterator

import pytest

from tests.offices import Hospital, Office


@pytest.fixture(scope="module")
def running(tmp_path_factory) -> Iterator[Office]:
    """Starting takes a second: the tests share one installation, each with its own consultations."""
    opened = Office(tmp_path_factory.mktemp("installation") / "data", Hospital())
    opened.pipeline.start()
    yield opened
    opened.pipeline.stop()
    opened.store.close()


@pytest.fixture
def office(running) -> Office:
    running.hospital.reset()
    running.progress.clear()
    return running


@pytest.fixture
def hospital(office) -> Hospital:
    return office.hospital
