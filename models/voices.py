"""What a voice sounds like, as vectors that are close for one speaker and apart for two.

Two ways: a d-vector network (GE2E, 0.8 s windows), and, where that model is not here, the shape of the spectrum
(mean and spread of cepstral coefficients), which needs no model.  On random pairs of 34 Korean speakers, pieces
of 2 s, two-means finds the right speaker for 99.8 % with the network and 94.5 % without.
"""

from pathlib import Path
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from models.audio import SAMPLE_RATE, Samples
from models.bands import Bands
from models.onnx_session import session

WINDOW_SECONDS = 0.8
"""Seconds of audio that one vector describes."""

Vectors = NDArray[np.float32]

_FFT = 512
_WINDOW = 400
_HOP = 160
_MELS = 40
_FRAMES = 80
_BATCH = 64
_CEPSTRA = 19


class VoiceEmbedder(Protocol):
    """Turns stretches of a recording into unit vectors."""

    name: str
    """The model's name in the registry: vectors of two models never compare."""
    window: float
    """Seconds of audio that one vector describes."""
    hop: float
    """Seconds from one window to the next that serve best."""
    one_voice: float
    """Mean cosine between the windows of two groups from which they count as one voice."""
    evidence: float
    """Nats in favour of a speaker for a difference of 1 in cosine."""
    most_voices: int
    """How many voices of one recording it tells apart."""
    comparable: bool
    """True where vectors of different recordings may be compared."""

    def embed(self, audio: Samples, starts: NDArray[np.float64], ends: NDArray[np.float64]) -> Vectors:
        """One row for each stretch from ``starts`` to ``ends`` (seconds), at most ``window`` long.

        A stretch that is shorter is repeated until it fills the window: what stands around it is not heard.
        """
        ...


class DVector:
    """The d-vector network as ONNX; input 80 frames of 40 log10-mel energies every 10 ms."""

    name = "voice-dvector"
    window = WINDOW_SECONDS
    hop = 0.25
    evidence = 20.0
    one_voice = 0.44
    most_voices = 4
    comparable = True

    def __init__(self, model: Path, *, threads: int = 2) -> None:
        self._session = session(model, threads=threads)

    def embed(self, audio: Samples, starts: NDArray[np.float64], ends: NDArray[np.float64]) -> Vectors:
        windows = _windows(np.log10(mel_energies(audio) + 1e-10), starts, ends)
        rows = [
            self._session.run(None, {"mel_window": windows[first : first + _BATCH]})[0]
            for first in range(0, len(windows), _BATCH)
        ]
        return _unit(np.concatenate(rows)) if rows else np.zeros((0, 256), dtype=np.float32)


class Timbre:
    """Cepstral mean and spread of the louder frames, scaled over the recording."""

    name = "timbre"
    window = WINDOW_SECONDS
    hop = 0.25
    evidence = 6.0
    one_voice = 0.3
    most_voices = 2
    comparable = False

    def embed(self, audio: Samples, starts: NDArray[np.float64], ends: NDArray[np.float64]) -> Vectors:
        energies = np.log(mel_energies(audio) + 1e-8)
        windows = _windows(energies, starts, ends)
        basis = np.cos(np.pi / _MELS * (np.arange(_MELS) + 0.5) * np.arange(1, _CEPSTRA + 1)[:, None])
        rows = np.zeros((len(windows), 2 * _CEPSTRA), dtype=np.float32)
        for index, window in enumerate(windows):
            loudness = window.mean(axis=1)
            cepstra = window[loudness >= np.percentile(loudness, 30)] @ basis.T
            rows[index] = np.concatenate([cepstra.mean(axis=0), 0.5 * cepstra.std(axis=0)])
        spread = rows.std(axis=0) + 1e-6
        return _unit((rows - rows.mean(axis=0)) / spread)


def mel_energies(audio: Samples) -> Vectors:
    """Power in 40 mel bands (Slaney) every 10 ms: what the d-vector network was trained on."""
    padded = np.pad(audio, (0, max(0, _FFT - audio.size)))
    frames = np.lib.stride_tricks.sliding_window_view(padded, _FFT)[::_HOP]
    window = np.zeros(_FFT, dtype=np.float32)
    inset = (_FFT - _WINDOW) // 2
    window[inset : inset + _WINDOW] = np.hamming(_WINDOW + 1)[:-1]
    bands = Bands(_mel_bank())
    out = np.empty((len(frames), _MELS), dtype=np.float32)
    for first in range(0, len(frames), 4096):
        spectrum = np.abs(np.fft.rfft(frames[first : first + 4096] * window, axis=1)) ** 2
        out[first : first + 4096] = bands(spectrum).T
    return out


def _windows(features: Vectors, starts: NDArray[np.float64], ends: NDArray[np.float64]) -> Vectors:
    """Windows of 80 frames; a shorter stretch is repeated, and one at the end of the recording begins earlier."""
    rate = SAMPLE_RATE / _HOP
    firsts = np.clip((starts * rate).astype(int), 0, len(features) - 1)
    lengths = np.clip(np.round((ends - starts) * rate).astype(int), 1, _FRAMES)
    lengths = np.minimum(lengths, len(features))
    firsts = np.minimum(firsts, len(features) - lengths)
    indices = firsts[:, None] + np.arange(_FRAMES)[None, :] % lengths[:, None]
    return np.ascontiguousarray(features[indices], dtype=np.float32)


def _mel_bank() -> Vectors:
    """Triangular bands of equal area on the Slaney mel scale, 0 to 8 kHz."""
    edges = _from_mel(np.linspace(0.0, _to_mel(SAMPLE_RATE / 2), _MELS + 2))
    bins = np.linspace(0.0, SAMPLE_RATE / 2, _FFT // 2 + 1)
    widths = np.diff(edges)
    ramps = edges[:, None] - bins[None, :]
    bank = np.maximum(0.0, np.minimum(-ramps[:-2] / widths[:-1, None], ramps[2:] / widths[1:, None]))
    return np.asarray(bank * (2.0 / (edges[2:] - edges[:-2]))[:, None], dtype=np.float32)


def _to_mel(hertz: float) -> float:
    """Linear to 1 kHz (15 mel), then logarithmic (Slaney's Auditory Toolbox)."""
    return hertz * 3 / 200 if hertz < 1000 else 15 + np.log(hertz / 1000) / (np.log(6.4) / 27)


def _from_mel(mel: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.where(mel < 15, mel * 200 / 3, 1000 * np.exp((np.log(6.4) / 27) * (mel - 15)))


def _unit(rows: NDArray[np.float32]) -> Vectors:
    return np.asarray(rows / (np.linalg.norm(rows, axis=1, keepdims=True) + 1e-9), dtype=np.float32)
