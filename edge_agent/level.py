"""How loud the microphone is, whether it clips, whether it has fallen silent."""

from dataclasses import dataclass

import numpy as np

from models.audio import Samples

FLOOR_DBFS = -120.0
"""What silence of all zeros is shown as."""


@dataclass(frozen=True, slots=True)
class Level:
    """A meter's reading, in decibels below full scale; a full-scale sine reads -3 RMS and 0 peak.

    ``rms_dbfs`` and ``peak_dbfs`` are the louder channel's, ``by_channel`` the RMS of each; ``clipped`` says that
    samples were cut off at full scale in the last two seconds.
    """

    rms_dbfs: float = FLOOR_DBFS
    peak_dbfs: float = FLOOR_DBFS
    clipped: bool = False
    by_channel: tuple[float, ...] = ()


class LevelMeter:
    """RMS over 0.3 s (the VU meter's integration) and a peak that falls by 20 dB in 1.7 s (IEC 60268-10, type I)."""

    _INTEGRATION = 0.3
    _FALL = 20 / 1.7
    _CLIP_HOLD = 2.0

    def __init__(self) -> None:
        self._power = np.zeros(0)
        self._peak = np.zeros(0)
        self._since_clip = np.inf

    def feed(self, samples: Samples, rate: int, *, clipped: bool) -> Level:
        """The reading after ``samples`` of shape (channels, n)."""
        seconds = samples.shape[1] / rate
        if seconds == 0:
            return self._reading()
        power = np.mean(np.square(samples, dtype=np.float64), axis=1)
        peak = np.max(np.abs(samples), axis=1).astype(np.float64)
        if len(self._power) != len(power):
            self._power, self._peak = power, peak
        else:
            keep = np.exp(-seconds / self._INTEGRATION)
            self._power = keep * self._power + (1 - keep) * power
            self._peak = np.maximum(peak, self._peak * 10 ** (-self._FALL * seconds / 20))
        self._since_clip = 0.0 if clipped else self._since_clip + seconds
        return self._reading()

    def _reading(self) -> Level:
        if len(self._power) == 0:
            return Level()
        by_channel = tuple(dbfs(float(np.sqrt(power))) for power in self._power)
        return Level(
            rms_dbfs=max(by_channel),
            peak_dbfs=dbfs(float(self._peak.max())),
            clipped=self._since_clip < self._CLIP_HOLD,
            by_channel=by_channel,
        )


class ClippingWatch:
    """Finds samples cut off at full scale: three or more in a row (one alone may be a true peak).

    What was cut off before the system's volume control turned it down lies below full scale and is not found.
    """

    _FULL_SCALE = 0.999
    _RUN = 3

    def __init__(self) -> None:
        self._tail = np.zeros((0, 0), dtype=bool)

    def feed(self, samples: Samples) -> bool:
        """Whether a run touches ``samples``; runs are followed across blocks."""
        full = np.abs(samples) >= self._FULL_SCALE
        if len(self._tail) == len(full):
            full = np.concatenate([self._tail, full], axis=1)
        self._tail = full[:, -(self._RUN - 1) :]
        if full.shape[1] < self._RUN or not full.any():
            return False
        runs = np.lib.stride_tricks.sliding_window_view(full, self._RUN, axis=1)
        return bool(runs.all(axis=-1).any())


class SilenceWatch:
    """Says when a channel has carried no sound for ``after`` seconds, and when it carries some again.

    Sound is a window of 0.1 s whose RMS exceeds ``threshold_dbfs``: a quiet room at a speech gain lies at -60 to
    -50, a muted or unplugged microphone below -80.
    """

    _WINDOW = 0.1

    def __init__(self, *, after: float = 10.0, threshold_dbfs: float = -65.0) -> None:
        self._after = after
        self._threshold = 10 ** (threshold_dbfs / 10)
        self._quiet = 0.0
        self._silent = False
        self._power = 0.0
        self._seconds = 0.0

    @property
    def silent(self) -> bool:
        return self._silent

    def feed(self, samples: Samples, rate: int) -> bool | None:
        """True where the channel just fell silent, False where sound is back, None where nothing changed."""
        seconds = len(samples) / rate
        self._power += float(np.dot(samples, samples)) / rate
        self._seconds += seconds
        if self._seconds < self._WINDOW:
            return None
        loud = self._power / self._seconds > self._threshold
        self._quiet = 0.0 if loud else self._quiet + self._seconds
        self._power = self._seconds = 0.0
        silent = self._quiet >= self._after - 1e-6
        if silent == self._silent:
            return None
        self._silent = silent
        return silent


def dbfs(amplitude: float) -> float:
    """Decibels below full scale, not less than :data:`FLOOR_DBFS`."""
    return max(FLOOR_DBFS, 20 * float(np.log10(amplitude))) if amplitude > 0 else FLOOR_DBFS
