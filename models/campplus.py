"""CAM++ (Wang et al., Interspeech 2023; 3D-Speaker): a voice as 192 numbers, run by onnxruntime from its checkpoint.

The network is written as ONNX from the tensors each time it is loaded (a quarter of a second).  It is in two parts:
the convolutional front, which runs once over a stretch of speech, and the dense layers with context-aware masking
and statistics pooling, which run for each window.  A window is at most 2 s long, so that the network's segments of
2 s are the window itself and the mask's context is twice the mean.
"""

from collections.abc import Iterator, Mapping
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from models.audio import SAMPLE_RATE, Samples
from models.bands import Bands
from models.checkpoint import CheckpointError, Tensor, read_tensors
from models.onnx_graph import Graph
from models.onnx_session import session

DIMENSIONS = 192
_BANDS = 80
_FRAME_RATE = 100
_FRONT_RATE = 50
_MARGIN = 12
"""Frames around a window that the front sees."""
_BATCH = 8
_SLACK = 2
"""Frames by which a stretch may fall short of a window and still count as one."""
_EPSILON = 1e-5
_BLOCKS = ((12, 1), (24, 2), (16, 2))
_FLATTENED = 320
_CHANNELS = 128
_DENSE_NORM = "xvector.dense.nonlinear.batchnorm"


class CamPlus:
    """The network as a :class:`~models.voices.VoiceEmbedder`.

    Frames are freed of the mean over all windows of one call (the room and the microphone), so that a call should
    hold more than a word.  About 0.02 CPU seconds a second of speech.
    """

    name = "voice-campplus"
    window = 1.5
    hop = 0.75
    evidence = 30.0
    one_voice = 0.44
    most_voices = 4
    comparable = True

    def __init__(self, checkpoint: Path, *, threads: int = 1) -> None:
        self._frames = int(self.window * _FRONT_RATE)
        self._network = Network(checkpoint, frames=self._frames, threads=threads)

    def embed(self, audio: Samples, starts: NDArray[np.float64], ends: NDArray[np.float64]) -> NDArray[np.float32]:
        """One unit row for each stretch; one shorter than a window is repeated until it fills it."""
        if len(starts) == 0:
            return np.zeros((0, DIMENSIONS), dtype=np.float32)
        features = filterbank(audio)
        length = 2 * self._frames
        firsts = np.clip((starts * _FRAME_RATE).astype(np.int64), 0, max(0, len(features) - 1))
        lasts = np.minimum(np.maximum((ends * _FRAME_RATE).astype(np.int64), firsts + 1), len(features))
        whole = lasts - firsts >= length - _SLACK
        firsts[whole] = np.minimum(firsts[whole], max(0, len(features) - length))
        heard = np.zeros(len(features), dtype=bool)
        for first, last in zip(firsts, lasts, strict=True):
            heard[first:last] = True
        features = features - features[heard].mean(axis=0)
        out = np.zeros((len(starts), DIMENSIONS), dtype=np.float32)
        for batch in _batches(firsts, np.flatnonzero(whole), length):
            out[batch] = self._network.back(self._shared(features, firsts[batch]))
        for batch in _batches(firsts, np.flatnonzero(~whole), len(features)):
            out[batch] = self._network.back(self._repeated(features, firsts[batch], lasts[batch]))
        return np.asarray(out / (np.linalg.norm(out, axis=1, keepdims=True) + 1e-9), dtype=np.float32)

    def _shared(self, features: NDArray[np.float32], firsts: NDArray[np.int64]) -> NDArray[np.float32]:
        """Windows of the front, which runs once over the stretch that they share."""
        begin = max(0, int(firsts.min()) - _MARGIN) // 2 * 2
        stretch = features[begin : int(firsts.max()) + 2 * self._frames + _MARGIN]
        if len(stretch) < 2 * self._frames:
            stretch = np.resize(stretch, (2 * self._frames, _BANDS))
        front = self._network.front(stretch)
        at = np.minimum((firsts - begin) // 2, front.shape[1] - self._frames)
        return np.stack([front[:, first : first + self._frames] for first in at])

    def _repeated(
        self, features: NDArray[np.float32], firsts: NDArray[np.int64], lasts: NDArray[np.int64]
    ) -> NDArray[np.float32]:
        """Short stretches, each repeated until it fills a window before the front hears it."""
        length = 2 * self._frames
        alone = [features[first:last] for first, last in zip(firsts, lasts, strict=True)]
        return np.stack([self._network.front(np.resize(part, (length, _BANDS))) for part in alone])


def _batches(firsts: NDArray[np.int64], indices: NDArray[np.int64], length: int) -> Iterator[NDArray[np.int64]]:
    """Indices of windows that begin at most ``length`` frames after one another, :data:`_BATCH` at a time."""
    batch: list[int] = []
    for index in indices[np.argsort(firsts[indices], kind="stable")]:
        if batch and (firsts[index] > firsts[batch[-1]] + length or len(batch) == _BATCH):
            yield np.array(batch)
            batch = []
        batch.append(int(index))
    if batch:
        yield np.array(batch)


class Network:
    """The two parts of the network as sessions."""

    def __init__(self, checkpoint: Path, *, frames: int, threads: int) -> None:
        """``frames`` of the front (20 ms each) make a window."""
        try:
            tensors = read_tensors(checkpoint)
            models = _front(tensors), _back(tensors, frames)
        except KeyError as error:
            raise CheckpointError(path=checkpoint, problem=f"it has no tensor {error}") from None
        self._front, self._back = (session(model, threads=threads) for model in models)

    def front(self, features: NDArray[np.float32]) -> NDArray[np.float32]:
        """Filterbank frames (n, 80), every 10 ms, to (128, n/2)."""
        return np.asarray(self._front.run(None, {"features": features.T[None, None]})[0][0])

    def back(self, windows: NDArray[np.float32]) -> NDArray[np.float32]:
        """Windows of the front (m, 128, frames) to vectors (m, 192), not normalised."""
        planes = np.ascontiguousarray(windows.transpose(1, 0, 2))[None]
        return np.asarray(self._back.run(None, {"windows": planes})[0][0, :, :, 0].T)


def filterbank(audio: Samples) -> NDArray[np.float32]:
    """Log energies in 80 mel bands every 10 ms as Kaldi computes them (Povey window, pre-emphasis .97, 20 Hz up)."""
    padded = np.pad(audio, (0, max(0, 400 - audio.size)))
    frames = np.lib.stride_tricks.sliding_window_view(padded, 400)[::160]
    window = (0.5 - 0.5 * np.cos(2 * np.pi * np.arange(400) / 399)) ** 0.85
    out = np.empty((len(frames), _BANDS), dtype=np.float32)
    bands = Bands(_mel_bank())
    for first in range(0, len(frames), 2048):
        some = frames[first : first + 2048] - frames[first : first + 2048].mean(axis=1, keepdims=True)
        shaped = (some - 0.97 * np.concatenate([some[:, :1], some[:, :-1]], axis=1)) * window
        spectrum = np.abs(np.fft.rfft(shaped.astype(np.float32), 512, axis=1)) ** 2
        out[first : first + 2048] = np.log(np.maximum(bands(spectrum[:, :256]).T, 1.1920929e-07))
    return out


def _mel_bank() -> NDArray[np.float32]:
    low, high = 1127 * np.log1p(20 / 700), 1127 * np.log1p(SAMPLE_RATE / 2 / 700)
    edges = np.linspace(low, high, _BANDS + 2)
    mel = 1127 * np.log1p(np.arange(256) * SAMPLE_RATE / 512 / 700)
    up = (mel[None] - edges[:-2, None]) / (edges[1:-1] - edges[:-2])[:, None]
    down = (edges[2:, None] - mel[None]) / (edges[2:] - edges[1:-1])[:, None]
    return np.asarray(np.maximum(0.0, np.minimum(up, down)), dtype=np.float32)


class _Writer:
    """Layers of the checkpoint as operations; batch normalisation is folded into a scale and an offset."""

    def __init__(self, tensors: Mapping[str, Tensor], *, rows: bool = False) -> None:
        """With ``rows`` a one-dimensional convolution runs along the rows of a plane."""
        self.graph = Graph()
        self._rows = rows
        self._tensors = tensors

    def scale(self, name: str) -> tuple[Tensor, Tensor]:
        variance = self._tensors[f"{name}.running_var"]
        weight = self._tensors.get(f"{name}.weight", np.ones_like(variance))
        bias = self._tensors.get(f"{name}.bias", np.zeros_like(variance))
        scale = weight / np.sqrt(variance + _EPSILON)
        return scale, bias - self._tensors[f"{name}.running_mean"] * scale

    def convolution(self, value: str, name: str, norm: str | None = None, **attributes: list[int]) -> str:
        weight = self._tensors[f"{name}.weight"]
        bias = self._tensors.get(f"{name}.bias")
        if norm is not None:
            scale, bias = self.scale(norm)
            weight = weight * scale.reshape(-1, *[1] * (weight.ndim - 1))
        if self._rows and weight.ndim == 3:
            weight = weight[:, :, None, :]
        inputs = [value, self.graph.constant(weight), *([] if bias is None else [self.graph.constant(bias)])]
        return self.graph.add("Conv", *inputs, **attributes)

    def norm_relu(self, value: str, name: str) -> str:
        parts = ("weight", "bias", "running_mean", "running_var")
        tensors = [self.graph.constant(self._tensors[f"{name}.{part}"]) for part in parts]
        return self.relu(self.graph.add("BatchNormalization", value, *tensors, epsilon=_EPSILON))

    def relu(self, value: str) -> str:
        return self.graph.add("Relu", value)


def _front(tensors: Mapping[str, Tensor]) -> bytes:
    writer = _Writer(tensors)
    same = [1, 1, 1, 1]
    value = writer.relu(writer.convolution("features", "head.conv1", "head.bn1", pads=same))
    for layer in ("head.layer1", "head.layer2"):
        value = _residual(writer, value, f"{layer}.0", 2)
        value = _residual(writer, value, f"{layer}.1", 1)
    value = writer.relu(writer.convolution(value, "head.conv2", "head.bn2", pads=same, strides=[2, 1]))
    shape = writer.graph.constant(np.array([1, _FLATTENED, -1]))
    value = writer.graph.add("Reshape", value, shape)
    name = "xvector.tdnn"
    value = writer.convolution(value, f"{name}.linear", f"{name}.nonlinear.batchnorm", pads=[2, 2], strides=[2])
    return writer.graph.model({"features": (1, 1, _BANDS, "n")}, {writer.relu(value): (1, "channels", "half")})


def _residual(writer: _Writer, value: str, name: str, stride: int) -> str:
    out = writer.convolution(value, f"{name}.conv1", f"{name}.bn1", pads=[1, 1, 1, 1], strides=[stride, 1])
    out = writer.convolution(writer.relu(out), f"{name}.conv2", f"{name}.bn2", pads=[1, 1, 1, 1])
    if stride > 1:
        value = writer.convolution(value, f"{name}.shortcut.0", f"{name}.shortcut.1", strides=[stride, 1])
    return writer.relu(writer.graph.add("Add", out, value))


def _back(tensors: Mapping[str, Tensor], frames: int) -> bytes:
    writer = _Writer(tensors, rows=True)
    value = "windows"
    for number, (layers, dilation) in enumerate(_BLOCKS, start=1):
        for layer in range(1, layers + 1):
            more = _dense(writer, value, f"xvector.block{number}.tdnnd{layer}", dilation)
            value = writer.graph.add("Concat", value, more, axis=1)
        name = f"xvector.transit{number}"
        value = writer.convolution(writer.norm_relu(value, f"{name}.nonlinear.batchnorm"), f"{name}.linear")
    value = writer.norm_relu(value, "xvector.out_nonlinear.batchnorm")
    value = writer.convolution(_statistics(writer, value, frames), "xvector.dense.linear", _DENSE_NORM)
    return writer.graph.model({"windows": (1, _CHANNELS, "m", frames)}, {value: (1, DIMENSIONS, "m", 1)})


def _dense(writer: _Writer, value: str, name: str, dilation: int) -> str:
    """A layer of the dense block: its convolution, weighted by a mask from the window's mean."""
    graph = writer.graph
    value = writer.convolution(
        writer.norm_relu(value, f"{name}.nonlinear1.batchnorm"), f"{name}.linear1", f"{name}.nonlinear2.batchnorm"
    )
    value = writer.relu(value)
    cam = f"{name}.cam_layer"
    local = writer.convolution(value, f"{cam}.linear_local", pads=[0, dilation, 0, dilation], dilations=[1, dilation])
    context = graph.add("ReduceMean", value, axes=[3], keepdims=1)
    context = graph.add("Add", context, context)
    mask = writer.convolution(writer.relu(writer.convolution(context, f"{cam}.linear1")), f"{cam}.linear2")
    return graph.add("Mul", local, graph.add("Sigmoid", mask))


def _statistics(writer: _Writer, value: str, frames: int) -> str:
    """Mean and standard deviation (over n - 1) of each channel."""
    graph = writer.graph
    mean = graph.add("ReduceMean", value, axes=[3], keepdims=1)
    apart = graph.add("Sub", value, mean)
    spread = graph.add("ReduceMean", graph.add("Mul", apart, apart), axes=[3], keepdims=1)
    spread = graph.add("Mul", spread, graph.constant(np.array([frames / (frames - 1)], dtype=np.float32)))
    return graph.add("Concat", mean, graph.add("Sqrt", spread), axis=1)
