"""Whisper's encoder on onnxruntime: large products in 8-bit integers, attention in 32-bit floats.

The network is written from the weights of the converted model itself.  Integers are scaled as CTranslate2 scales them,
weights by output and states by frame, and differ from its own by no more than the order of sums; matrices are
multiplied by the processor's widest instructions for them (AMX, VNNI), and attention holds no table of all frames by
all frames.
"""

from pathlib import Path
from typing import Literal

import numpy as np
import onnxruntime
from numpy.typing import NDArray

from models.ct2_weights import WeightsFile
from models.encoder_network import EPSILON, EncoderNetwork, one_spectrogram
from models.errors import WeightsFileError
from models.features import Features
from models.memory import loading
from models.onnx_graph import Graph
from models.onnx_session import session

Precision = Literal["int8", "float32"]

_MOST_BYTES = 1_900_000_000
_BYTES = {"int8": 1, "float32": 4}
_HIGHEST = 127
_ZERO = 128
"""What stands for 0 where values are bytes without a sign."""


def fits(folder: Path, precision: Precision) -> bool:
    """False where the encoder of the model in ``folder`` is too large for the format, which ends at 2 GB."""
    variables = WeightsFile(folder / "model.bin").variables
    count = sum(int(np.prod(item.shape)) for name, item in variables.items() if name.startswith("encoder/"))
    return count * _BYTES[precision] < _MOST_BYTES


class OnnxEncoder:
    """The encoder of the model in ``folder``; it may be asked from several threads at once.

    The time axis is free: from 2 frames up to the model's window.
    """

    def __init__(self, folder: Path, *, threads: int = 1, precision: Precision = "int8") -> None:
        weights = WeightsFile(folder / "model.bin")
        with loading():
            network = _Network(weights, precision)
            self.mels, self.longest = network.mels, network.longest
            model = network.model()
            del network
            try:
                self._session = session(model, threads=threads, as_written=True)
            except _WRONG as error:
                raise WeightsFileError(path=weights.path, problem="the shapes in it make no encoder") from error

    def encode(self, features: Features) -> NDArray[np.float32]:
        """The encoder's output for a log-mel spectrogram.

        ``features`` is (mels, frames) or (1, mels, frames); the answer is (1, half the frames rounded up, width),
        float32.  Another shape raises :class:`~models.errors.FeaturesError`.
        """
        batch = one_spectrogram(features, mels=self.mels, longest=self.longest)
        encoded: NDArray[np.float32] = self._session.run(None, {_INPUT: batch})[0]
        return encoded


_INPUT = "features"
_STATES = onnxruntime.capi.onnxruntime_pybind11_state
_WRONG = (_STATES.Fail, _STATES.InvalidGraph, _STATES.InvalidArgument, _STATES.RuntimeException)
"""What the engine raises where shapes do not fit."""


class _Network(EncoderNetwork[str]):
    """The encoder as a graph of named values."""

    def __init__(self, weights: WeightsFile, precision: Precision) -> None:
        super().__init__(weights)
        self._precision = precision
        self._graph = Graph()
        self._first = self._graph.constant(np.array([0]))
        self._output = self._graph.add("Unsqueeze", self._layers(self._frames()), self._first)

    def model(self) -> bytes:
        inputs = {_INPUT: (1, self.mels, "frames")}
        return self._graph.model(inputs, {self._output: (1, "states", self._width)})

    def _frames(self) -> str:
        """(states, width): what the blocks begin with."""
        graph = self._graph
        sound = self._convolution(_INPUT, "encoder/conv1", stride=1)
        sound = self._convolution(sound, "encoder/conv2", stride=2)
        sound = graph.add("Squeeze", graph.add("Transpose", sound, perm=[0, 2, 1]), self._first)
        count = graph.add("Shape", sound, start=0, end=1)
        return graph.add(
            "Add", sound, graph.add("Slice", graph.constant(self._positions), self._first, count, self._first)
        )

    def _attention(self, state: str, name: str) -> str:
        graph = self._graph
        fused = graph.add("Unsqueeze", self._linear(state, f"{name}/linear_0"), self._first)
        parts = graph.split(3, "Split", fused, axis=2)
        heard = graph.add("com.microsoft.MultiHeadAttention", *parts, num_heads=self._heads)
        return self._linear(graph.add("Squeeze", heard, self._first), f"{name}/linear_1")

    def _normalised(self, state: str, name: str) -> str:
        gamma, beta = self._constant(f"{name}/gamma"), self._constant(f"{name}/beta")
        return self._graph.add("LayerNormalization", state, gamma, beta, axis=-1, epsilon=EPSILON)

    def _linear(self, state: str, name: str) -> str:
        product = self._product(state, name) if self._precision == "float32" else self._whole_product(state, name)
        return self._graph.add("Add", product, self._constant(f"{name}/bias"))

    def _product(self, state: str, name: str) -> str:
        return self._graph.add("MatMul", state, self._graph.constant(self._weights.float32(f"{name}/weight").T))

    def _whole_product(self, state: str, name: str) -> str:
        """The product in integers: each frame is scaled by its largest value."""
        graph = self._graph
        values, scale = self._weights.int8(f"{name}/weight")
        largest = graph.add("ReduceMax", graph.add("Abs", state), axes=[1], keepdims=0)
        step = graph.add("Mul", largest, graph.constant(np.array(1 / _HIGHEST, np.float32)))
        zero = graph.constant(np.array(_ZERO, np.uint8))
        zeros = graph.add("Expand", zero, graph.add("Shape", step))
        whole = graph.add("QuantizeLinear", state, step, zeros, axis=0)
        one = graph.constant(np.array(1, np.float32))
        product = graph.add(
            "com.microsoft.MatMulIntegerToFloat",
            *(whole, graph.constant(values.T), one, graph.constant(1 / scale), zero),
        )
        return graph.add("Mul", product, graph.add("Unsqueeze", step, graph.constant(np.array([1]))))

    def _convolution(self, sound: str, name: str, *, stride: int) -> str:
        kernel, bias = self._constant(f"{name}/weight"), self._constant(f"{name}/bias")
        return self._gelu(self._graph.add("Conv", sound, kernel, bias, pads=[1, 1], strides=[stride]))

    def _gelu(self, value: str) -> str:
        return self._graph.add("com.microsoft.Gelu", value)

    def _sum(self, one: str, other: str) -> str:
        return self._graph.add("Add", one, other)

    def _constant(self, name: str) -> str:
        return self._graph.constant(self._weights.float32(name))
