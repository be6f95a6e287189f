"""The service is told what is being recorded, whatever else happens."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from edge_agent.beacon import Beacon
from edge_agent.errors import EdgeError
from edge_agent.events import Board, Topic


class AwayError(EdgeError):
    """The service is away."""


class Service:
    """Keeps what it is told."""

    def __init__(self) -> None:
        self.told: list[tuple[str, bool]] = []
        self.away = False
        self.heard = threading.Condition()

    @contextmanager
    def connect(self) -> Iterator["Service"]:
        if self.away:
            raise AwayError
        yield self

    def note_recording(self, encounter_id: str, *, under_way: bool) -> None:
        with self.heard:
            self.told.append((encounter_id, under_way))
            self.heard.notify_all()

    def wait(self, most: int) -> None:
        """Until it was told so often."""
        with self.heard:
            assert self.heard.wait_for(lambda: len(self.told) >= most, timeout=10), self.told


@pytest.fixture
def board() -> Board:
    return Board()


@pytest.fixture
def service() -> Service:
    return Service()


def test_start_change_and_end_are_told(board: Board, service: Service) -> None:
    current: list[str | None] = [None]
    with Beacon(board, lambda: current[0], service.connect):
        for now, told in (("one", 1), ("two", 3), (None, 4)):
            current[0] = now
            board.changed(Topic.STATE)
            service.wait(told)
    assert service.told == [("one", True), ("one", False), ("two", True), ("two", False)]


def test_a_recording_is_told_of_again_and_its_end_when_the_agent_ends(board: Board, service: Service) -> None:
    with Beacon(board, lambda: "one", service.connect, seconds=0.05):
        board.changed(Topic.STATE)
        service.wait(3)
    assert service.told[:3] == [("one", True)] * 3
    assert service.told[-1] == ("one", False)


def test_levels_wake_nobody_and_a_service_that_is_away_stops_nothing(board: Board, service: Service) -> None:
    asked: list[int] = []

    def current() -> str:
        asked.append(1)
        return "one"

    service.away = True
    with Beacon(board, current, service.connect, seconds=0.05):
        for _ in range(5):
            board.changed(Topic.LEVEL)
        board.changed(Topic.STATE)
        threading.Event().wait(0.2)
        service.away = False
        service.wait(1)
    assert asked
