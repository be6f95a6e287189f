"""How long this machine has slept: time that no microphone heard."""

import sys
import time
from collections.abc import Callable

Uptime = Callable[[], float]
"""Seconds that the machine has been suspended, counted from any fixed moment on."""


def suspended() -> float:
    """Seconds that this machine has been suspended since it was started.

    On Linux that is by how much the clock that counts sleep is ahead of the one that does not; elsewhere the
    wall clock stands in for the first, so that setting it counts as sleep or hides one.
    """
    if sys.platform == "linux":
        return time.clock_gettime(time.CLOCK_BOOTTIME) - time.clock_gettime(time.CLOCK_MONOTONIC)
    return time.time() - time.monotonic()


class SleepWatch:
    """Tells each sleep once."""

    LEAST = 1.0

    def __init__(self, uptime: Uptime = suspended) -> None:
        self._uptime = uptime
        self._known = uptime()

    def slept(self) -> float:
        """Seconds slept since the last call; 0 below :attr:`LEAST`."""
        now = self._uptime()
        gap, self._known = now - self._known, now
        return gap if gap >= self.LEAST else 0.0
