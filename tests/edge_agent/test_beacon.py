"""The service is told what is being recorded, whatever else happens."""

import threading
from collections.abc import Callable
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
    def connect(self):
        if self.away:
            raise AwayError
        yield self

    def note_recording(self, encounter_id: str, *, under_way: bool) -> None:
        with self.heard:
            self.told.append((encounter_id, under_way))
            self.heard.notify_all()

    def wait(self, enough: Callable[[list[tuple[str, bool]]], bool]) -> None:
        with self.heard:
            assert self.heard.wait_for(lambda: enough(self.told), timeout=10), self.told


@pytest.fixture
def board() -> Board:
    return Board()


@pytest.fixture
def service() -> Service:
    return Service()


def test_start_change_and_end_are_told(board, service):
    current: list[str | None] = ["one"]
    with Beacon(board, lambda: current[0], service.connect):
        for step, (now, told) in enumerate(
            [("one", ("one", True)), ("two", ("two", True)), (None, ("two", False))], start=1
        ):
            current[0] = now
            board.changed(Topic.STATE)
            service.wait(lambda seen, told=told: told in seen)
            assert step <= len(service.told)
    assert service.told == [("one", True), ("one", False), ("two", True), ("two", False)]


def test_a_recording_is_told_of_again_and_its_end_when_the_agent_ends(board, service):
    with Beacon(board, lambda: "one", service.connect, seconds=0.05):
        board.changed(Topic.STATE)
        service.wait(lambda seen: seen.count(("one", True)) >= 3)
    assert service.told[-1] == ("one", False)


def test_levels_wake_nobody_and_a_service_that_is_away_stops_nothing(board, service):
    asked = []

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
        service.wait(lambda seen: ("one", True) in seen)
    assert asked
