"""Asking again at once where a read or a search broke off: what writes nothing may be repeated."""

import random
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final, TypeVar

from hl7_bridge.errors import BridgeError
from hl7_bridge.fhir_errors import BusyError, NotJsonError, TlsError, UnreachableError

_GATEWAY_STATUSES: Final = (502, 503, 504)
_BROKEN_OFF: Final = ("ConnectError", "ReadError", "WriteError", "CloseError", "RemoteProtocolError")
"""Failures that show at once.  Time-outs are not among them: waiting four times as long helps nobody."""
Found = TypeVar("Found")


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadAgain:
    """``tries`` in all; the pause before another doubles from ``first`` to ``longest`` seconds, and ``chance`` (0 to 1)
    shortens each to as little as half.

    A server that asks for up to ``most_asked`` seconds gets them; where it asks for more, or fails for longer than
    this, the error goes to the caller, who comes back later.
    """

    tries: int = 4
    first: float = 0.1
    longest: float = 1.0
    most_asked: float = 2.0
    sleep: Callable[[float], None] = time.sleep
    chance: Callable[[], float] = random.random

    def until_answered(self, ask: Callable[[], Found]) -> Found:
        """What ``ask`` returns, at the latest with the last try; its error where another try would not help."""
        for number in range(self.tries - 1):
            try:
                return ask()
            except BridgeError as error:
                asked = _asked(error)
                if not _passing(error) or asked > self.most_asked:
                    raise
            self.sleep(max(asked, self._pause(number)))
        return ask()

    def _pause(self, number: int) -> float:
        return float(min(self.longest, self.first * 2**number) * (0.5 + self.chance() / 2))


ONCE: Final = ReadAgain(tries=1)
"""For those who ask in a loop of their own."""


def _passing(error: BridgeError) -> bool:
    if isinstance(error, BusyError):
        return error.status in _GATEWAY_STATUSES or error.retry_after is not None
    if isinstance(error, UnreachableError):
        return not isinstance(error, TlsError) and error.problem in _BROKEN_OFF
    return isinstance(error, NotJsonError)


def _asked(error: BridgeError) -> float:
    """Seconds that the server asked for; none where it did not."""
    return (error.retry_after or 0.0) if isinstance(error, BusyError) else 0.0
