"""Any sample rate to 16 kHz, block by block, as if the blocks had been one."""

from functools import cache
from math import ceil, gcd

import numpy as np
from numpy.typing import NDArray

from edge_agent.errors import SampleRateError
from models.audio import SAMPLE_RATE, Samples

_STOP_DB = 80.0
_PASS = 0.9
"""The pass band ends at this share of the lower Nyquist frequency (7.2 kHz of 8), the stop band begins at it."""


class Resampler:
    """A linear-phase polyphase filter (Kaiser window, 80 dB) whose state runs on across blocks.

    The output depends on the samples only, not on how they are cut into blocks.  Output frame *m* is the input at
    time *m*/16000; after :meth:`flush` there are ceil(input frames * 16000 / rate) of them.  Rates from 8 to 384 kHz;
    what lies above 8 kHz is 80 dB down before it could fold.
    """

    def __init__(self, rate: int, channels: int) -> None:
        if not 8_000 <= rate <= 384_000:
            raise SampleRateError(rate=rate)
        common = gcd(rate, SAMPLE_RATE)
        self._up, self._down = SAMPLE_RATE // common, rate // common
        self._bank = _filter_bank(rate)
        self._half = self._bank.shape[1] // 2
        self._channels = channels
        self._begin_anew()

    def _begin_anew(self) -> None:
        # The first output is centred on the first input: zeros stand where the filter reaches before it.
        self._held = np.zeros((self._channels, self._half - 1), dtype=np.float32)
        self._held_from = 1 - self._half
        self._given = 0
        self._taken = 0

    def feed(self, samples: Samples) -> Samples:
        """The frames that ``samples`` of shape (channels, n) complete, shape (channels, m)."""
        self._taken += samples.shape[1]
        if self._up == self._down:
            return samples
        self._held = np.concatenate([self._held, samples.astype(np.float32, copy=False)], axis=1)
        # Output m needs the inputs up to floor(m * down / up) + half.
        last = self._held_from + self._held.shape[1] - 1 - self._half
        return self._through(ceil((last + 1) * self._up / self._down) if last >= 0 else 0)

    def flush(self) -> Samples:
        """The frames that were waiting for later samples; the next :meth:`feed` begins a new stream."""
        if self._up == self._down:
            self._begin_anew()
            return np.zeros((self._channels, 0), dtype=np.float32)
        self._held = np.pad(self._held, ((0, 0), (0, self._half)))
        tail = self._through(-(-self._taken * self._up // self._down))
        self._begin_anew()
        return tail

    def _through(self, end: int) -> Samples:
        """The output frames up to ``end``; lets go of the input that no later frame needs."""
        if end <= self._given:
            return np.zeros((self._channels, 0), dtype=np.float32)
        times = np.arange(self._given, end, dtype=np.int64) * self._down
        starts = times // self._up - (self._half - 1) - self._held_from
        windows = np.lib.stride_tricks.sliding_window_view(self._held, 2 * self._half, axis=1)
        if self._up == 1:
            out = windows[:, starts[0] : starts[-1] + 1 : self._down] @ self._bank[0]
        else:
            out = np.einsum("cmk,mk->cm", windows[:, starts], self._bank[times % self._up])
        self._given = end
        unused = end * self._down // self._up - (self._half - 1) - self._held_from
        spent = min(max(0, unused), self._held.shape[1])
        self._held = self._held[:, spent:].copy()
        self._held_from += spent
        return np.ascontiguousarray(out, dtype=np.float32)


@cache
def _filter_bank(rate: int) -> NDArray[np.float32]:
    """One row of taps for each fractional delay between two inputs, in the order of the inputs."""
    up = SAMPLE_RATE // gcd(rate, SAMPLE_RATE)
    nyquist = min(rate, SAMPLE_RATE) / 2
    transition = (1 - _PASS) * nyquist
    # Kaiser's formulas for length and shape (Oppenheim & Schafer, 7.5.3).
    half = ceil((_STOP_DB - 7.95) / (14.36 * transition / rate) / 2)
    beta = 0.1102 * (_STOP_DB - 8.7)
    cutoff = 2 * (nyquist - transition / 2) / rate
    inputs = np.arange(half - 1, -half - 1, -1)[None, :] + np.arange(up)[:, None] / up
    window = np.i0(beta * np.sqrt(np.clip(1 - (inputs / half) ** 2, 0, None))) / np.i0(beta)
    taps = cutoff * np.sinc(cutoff * inputs) * window
    return np.asarray(taps / taps.sum(axis=1, keepdims=True), dtype=np.float32)
