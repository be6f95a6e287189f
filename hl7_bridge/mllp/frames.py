"""Frames: VT, a message, FS, CR.  The reader bears any bytes in any portions."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

START: Final = b"\x0b"
END: Final = b"\x1c\r"
_HEAD: Final = 2048


@dataclass(frozen=True, slots=True)
class Frame:
    """A whole message."""

    content: bytes


@dataclass(frozen=True, slots=True)
class Broken:
    """A message that does not count; ``head`` is its beginning, for the answer.

    ``too_long``: it exceeded the limit, and was read over to its end.  Otherwise the next one began before its end.
    """

    head: bytes
    too_long: bool


def framed(message: bytes) -> bytes:
    return START + message + END


class FrameReader:
    """Takes bytes as they arrive, gives messages; never holds more than ``limit`` bytes and what one call brings."""

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._buffer = bytearray()
        self._inside = False
        self._searched = 0
        self._overlong: bytes | None = None
        self.garbage = 0
        """Bytes outside any frame since the last one began, line ends not counted."""

    @property
    def inside(self) -> bool:
        """True between the start of a message and its end."""
        return self._inside

    def feed(self, data: bytes) -> Iterator[Frame | Broken]:
        """Every message that ``data`` completes."""
        self._buffer += data
        while self._buffer:
            if not self._inside:
                if not self._enter():
                    return
                continue
            end = self._buffer.find(END, max(self._searched - 1, 0))
            again = self._buffer.find(START, self._searched, end if end >= 0 else len(self._buffer))
            if again >= 0:
                yield self._broken(again)
            elif end >= 0:
                yield self._whole(end)
            else:
                self._keep()
                return

    def _enter(self) -> bool:
        start = self._buffer.find(START)
        outside = self._buffer[: start if start >= 0 else len(self._buffer)]
        self.garbage += len(bytes(outside).translate(None, b"\r\n"))
        del self._buffer[: len(outside) + 1]
        if start < 0:
            return False
        self.garbage, self._inside, self._searched, self._overlong = 0, True, 0, None
        return True

    def _broken(self, again: int) -> Broken:
        """A new start within a message: what came before is lost."""
        head = self._overlong or bytes(self._buffer[: min(again, _HEAD)])
        del self._buffer[: again + 1]
        self._searched, self._overlong = 0, None
        return Broken(head, too_long=False)

    def _whole(self, end: int) -> Frame | Broken:
        content = bytes(self._buffer[:end])
        del self._buffer[: end + len(END)]
        self._inside = False
        if self._overlong is not None or len(content) > self._limit:
            return Broken(self._overlong or content[:_HEAD], too_long=True)
        return Frame(content)

    def _keep(self) -> None:
        """Wait for more; of a message that is too long only the head is kept."""
        self._searched = len(self._buffer)
        if len(self._buffer) > self._limit:
            self._overlong = self._overlong or bytes(self._buffer[:_HEAD])
            del self._buffer[:-1]
            self._searched = len(self._buffer)
