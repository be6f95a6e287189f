"""Tasks side by side: in order of length, answered in order of asking, over at the first failure."""

import threading
import time
from collections.abc import Iterator

import pytest

from models.longest_first import longest_first


def test_answers_come_in_the_order_of_the_items() -> None:
    assert longest_first(lambda item: 10 * item, [3, 1, 2], float, callers=2) == [30, 10, 20]
    assert longest_first(lambda item: item, [], float, callers=2) == []


def test_the_longest_that_waits_is_next() -> None:
    begun: list[int] = []
    all_here = threading.Event()

    def items() -> Iterator[int]:
        yield 1
        yield from (3, 9, 5)
        all_here.set()

    def task(item: int) -> None:
        assert all_here.wait(10)
        begun.append(item)

    longest_first(task, items(), float, callers=1)

    assert begun in ([1, 9, 5, 3], [9, 5, 3, 1])  # the first may be taken before the second comes


def test_the_first_tasks_run_while_items_are_still_looked_for() -> None:
    done = threading.Event()

    def items() -> Iterator[str]:
        yield "first"
        assert done.wait(10)
        yield "second"

    assert longest_first(lambda item: (done.set(), item)[1], items(), len, callers=1) == ["first", "second"]


def test_two_run_at_the_same_time() -> None:
    meeting = threading.Barrier(2, timeout=10)

    longest_first(lambda _: meeting.wait(), [1, 2], float, callers=2)


def test_items_are_not_taken_long_before_they_are_needed() -> None:
    taken: list[int] = []

    def items() -> Iterator[int]:
        for number in range(100):
            taken.append(number)
            yield number

    def task(item: int) -> int:
        if item == 0:
            time.sleep(0.5)
        return len(taken)

    first, *rest = longest_first(task, items(), lambda _: 0.0, callers=1)

    assert first <= 30
    assert rest[-1] == 100


def test_a_failing_task_ends_it() -> None:
    begun: list[int] = []
    failed = threading.Event()

    def items() -> Iterator[int]:
        yield 0
        assert failed.wait(10)
        yield from range(1, 1000)

    def task(item: int) -> None:
        begun.append(item)
        if item == 0:
            failed.set()
            raise MemoryError

    with pytest.raises(MemoryError):
        longest_first(task, items(), float, callers=1)
    assert len(begun) < 1000


def test_what_the_giver_of_items_raises_is_raised() -> None:
    done: list[int] = []

    def items() -> Iterator[int]:
        yield 1
        raise FileNotFoundError

    with pytest.raises(FileNotFoundError):
        longest_first(done.append, items(), float, callers=2)
    assert done in ([], [1])
