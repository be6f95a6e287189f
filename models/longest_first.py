"""Tasks side by side, the longest that is known first: so the threads end nearly together."""

from collections.abc import Callable, Iterable
from concurrent.futures import Future, ThreadPoolExecutor
from queue import PriorityQueue
from threading import Semaphore
from typing import TypeVar

Item = TypeVar("Item")
Result = TypeVar("Result")

_AHEAD = 24
"""Items that may wait: they hold audio."""


def longest_first(
    task: Callable[[Item], Result], items: Iterable[Item], length: Callable[[Item], float], *, callers: int
) -> list[Result]:
    """The task's result for each item, in the items' order; ``callers`` threads run it.

    The items may take their time to come, in the calling thread: the first tasks run meanwhile.  The first failure, of
    a task or of what gives the items, is raised as soon as no task runs any more, and no other is begun.
    """
    waiting: PriorityQueue[tuple[float, int, Item]] = PriorityQueue()
    room = Semaphore(_AHEAD)

    def run() -> tuple[int, Result]:
        _, number, item = waiting.get()
        room.release()
        return number, task(item)

    pool = ThreadPoolExecutor(callers)
    futures: list[Future[tuple[int, Result]]] = []
    try:
        for number, item in enumerate(items):
            room.acquire()
            if any(future.done() and future.exception() for future in futures):
                break
            waiting.put((-length(item), number, item))
            futures.append(pool.submit(run))
        return [result for _, result in sorted((future.result() for future in futures), key=lambda found: found[0])]
    finally:
        pool.shutdown(cancel_futures=True)
