"""What Whisper hears: log-mel spectrograms, as its authors compute them, in 32-bit floats.

Source: ``whisper/audio.py`` (OpenAI): 25 ms Hann windows every 10 ms, Slaney mel bands, log10 held to 80 dB under the
loudest point, scaled to about -1 to 1.
"""

from functools import cache

import numpy as np
from numpy.typing import NDArray

from models.audio import SAMPLE_RATE, Samples
from models.bands import Bands

HOP = 160
"""Samples that a frame stands for: 10 ms."""

FRAMES_PER_SECOND = SAMPLE_RATE // HOP

Features = NDArray[np.float32]

_FFT = 400
_DYNAMIC_RANGE = 8.0
_QUIETEST = 1e-10
_FRAMES_AT_ONCE = 4096


def log_mel(audio: Samples, mels: int = 80) -> Features:
    """The spectrogram (mels, frames) of a stretch of audio, one frame for each 10 ms begun."""
    count = -(-audio.size // HOP)
    if count == 0:
        return np.zeros((mels, 0), dtype=np.float32)
    padded = np.zeros((count - 1) * HOP + _FFT, dtype=np.float32)
    half = _FFT // 2
    mirrored = min(half, audio.size - 1)
    padded[half - mirrored : half] = audio[1 : mirrored + 1][::-1]
    kept = min(audio.size, padded.size - half)
    padded[half : half + kept] = audio[:kept]
    frames = np.lib.stride_tricks.sliding_window_view(padded, _FFT)[::HOP]
    window, bands = _window(), _mel_bands(mels)
    out = np.empty((mels, count), dtype=np.float32)
    for first in range(0, count, _FRAMES_AT_ONCE):
        spectrum = np.fft.rfft(frames[first : first + _FRAMES_AT_ONCE] * window, axis=1)
        power = np.asarray(spectrum.real**2 + spectrum.imag**2, dtype=np.float32)
        np.log10(np.maximum(bands(power), _QUIETEST), out=out[:, first : first + _FRAMES_AT_ONCE])
    np.maximum(out, out.max() - _DYNAMIC_RANGE, out=out)
    out += 4.0
    out /= 4.0
    return out


@cache
def _window() -> Features:
    return np.hanning(_FFT + 1)[:-1].astype(np.float32)


@cache
def _mel_bands(mels: int) -> Bands:
    """Triangular bands of equal area on the Slaney mel scale, 0 to 8 kHz."""
    edges = _from_mel(np.linspace(0.0, _to_mel(SAMPLE_RATE / 2), mels + 2))
    bins = np.linspace(0.0, SAMPLE_RATE / 2, _FFT // 2 + 1)
    widths = np.diff(edges)
    ramps = edges[:, None] - bins[None, :]
    bank = np.maximum(0.0, np.minimum(-ramps[:-2] / widths[:-1, None], ramps[2:] / widths[1:, None]))
    return Bands(np.asarray(bank * (2.0 / (edges[2:] - edges[:-2]))[:, None], dtype=np.float32))


def _to_mel(hertz: float) -> float:
    """Linear to 1 kHz (15 mel), then logarithmic (Slaney's Auditory Toolbox)."""
    return float(hertz * 3 / 200 if hertz < 1000 else 15 + np.log(hertz / 1000) / (np.log(6.4) / 27))


def _from_mel(mel: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.where(mel < 15, mel * 200 / 3, 1000 * np.exp((np.log(6.4) / 27) * (mel - 15)))
