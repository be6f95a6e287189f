"""When audio was heard and how much is missing, from when its blocks arrived."""

_WINDOW = 2.0
_LEAST_LOST = 0.05
_LEAST_FLAGGED = 0.01


class StreamClock:
    """Tells lateness from loss: a block can come late, never early, so what all of two seconds is late by is missing.

    PortAudio's own times of the first sample are not used: through PulseAudio they run 0.6 s apart in the first
    seconds of a stream that lost nothing, while arrivals keep within 15 ms.  A stall that is made up for afterwards
    counts nothing; a sound card's clock that drifts (100 parts per million, 0.2 ms a window) counts nothing.  Losses
    under 50 ms are found only where the sound system flagged an overflow (then from 10 ms).
    """

    def __init__(self, rate: int) -> None:
        self._rate = rate
        self._frames = 0
        self._base: float | None = None
        self._least = float("inf")
        self._span = 0.0
        self._flagged = False
        self._calibrated = False

    def feed(self, arrived: float, frames: int, *, overflow: bool) -> tuple[float, float]:
        """When the first of ``frames`` was heard, and the seconds newly found to be missing before them."""
        start = self._frames / self._rate
        self._frames += frames
        offset = arrived - self._frames / self._rate
        self._base = offset if self._base is None else min(self._base, offset)
        self._least = min(self._least, offset)
        self._span += frames / self._rate
        self._flagged |= overflow
        lost = self._close_window() if self._span >= _WINDOW else 0.0
        return self._base + start, lost

    def _close_window(self) -> float:
        base = self._base if self._base is not None else self._least
        rise = self._least - base
        counts = self._calibrated and rise > (_LEAST_FLAGGED if self._flagged else _LEAST_LOST)
        self._base = self._least
        self._least, self._span = float("inf"), 0.0
        self._flagged, self._calibrated = False, True
        return rise if counts else 0.0
