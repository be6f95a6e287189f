"""Whisper's encoder on OpenVINO, for processors that multiply bfloat16 matrices in hardware (Intel AMX).

Optional: without the package ``openvino`` the recogniser encodes with onnxruntime.  The network is built from the
weights of the converted model itself; nothing is downloaded and no other framework takes part.
"""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from threading import Lock
from typing import Any

import numpy as np
from numpy.typing import NDArray

from models.ct2_weights import WeightsFile
from models.encoder_network import EPSILON, EncoderNetwork, one_spectrogram
from models.errors import EngineMissingError, WeightsFileError
from models.features import Features

PACKAGE = "openvino"

_CONVERSION_TOOLS = "openvino.tools.ovc"


def is_installed() -> bool:
    return find_spec(PACKAGE) is not None


class OpenVinoEncoder:
    """The encoder of the model in ``folder``, compiled for this processor.

    It computes in bfloat16 where the processor has it, else in float32.  The time axis is free: from 2 frames up to
    the model's window.  Compiled code is kept in memory only.  Without OpenVINO it raises
    :class:`~models.errors.EngineMissingError`.
    """

    def __init__(self, folder: Path, *, threads: int) -> None:
        if not is_installed():
            raise EngineMissingError(engine="OpenVINO", package=PACKAGE)
        openvino = _openvino()
        weights = WeightsFile(folder / "model.bin")
        try:
            network = _Network(weights)
        except RuntimeError as error:  # what the engine raises where shapes do not fit
            raise WeightsFileError(path=weights.path, problem="the shapes in it make no encoder") from error
        core = openvino.Core()
        capable = "BF16" in core.get_property("CPU", "OPTIMIZATION_CAPABILITIES")
        self.precision = "bf16" if capable else "f32"
        graph = openvino.Model([network.output], [network.input], "encoder")
        _halve(graph)
        compiled = core.compile_model(
            graph,
            "CPU",
            {
                "INFERENCE_PRECISION_HINT": self.precision,
                "INFERENCE_NUM_THREADS": threads,
                "NUM_STREAMS": 1,
                "ENABLE_CPU_PINNING": False,
            },
        )
        self.mels, self.longest = network.mels, network.longest
        self._request = compiled.create_infer_request()
        self._lock = Lock()

    def encode(self, features: Features) -> NDArray[np.float32]:
        """The encoder's output for a log-mel spectrogram.

        ``features`` is (mels, frames) or (1, mels, frames); the answer is (1, half the frames rounded up, width),
        float32.  Another shape raises :class:`~models.errors.FeaturesError`.
        """
        batch = one_spectrogram(features, mels=self.mels, longest=self.longest)
        with self._lock:
            answer = self._request.infer({0: batch}, share_inputs=True)
            encoded: NDArray[np.float32] = answer[0].copy()
        return encoded


def _openvino() -> Any:
    """OpenVINO without its conversion tools: these bring a module that reports usage, which is never to be loaded."""
    if PACKAGE in sys.modules:
        return import_module(PACKAGE)
    with _unimportable(_CONVERSION_TOOLS):
        return import_module(PACKAGE)


def _halve(graph: Any) -> None:
    """Hold the weights in 16 bits, as converted models do: 2 bytes a weight less while the encoder is loaded."""
    import_module("openvino._offline_transformations").compress_model_transformation(graph)


@contextmanager
def _unimportable(name: str) -> Iterator[None]:
    sys.modules[name] = None  # type: ignore[assignment]  # so the import system is told that there is none
    try:
        yield
    finally:
        del sys.modules[name]


class _Network(EncoderNetwork[Any]):
    """The encoder as a graph of OpenVINO's operations."""

    def __init__(self, weights: WeightsFile) -> None:
        super().__init__(weights)
        self._op = import_module("openvino.opset13")
        self.input = self._op.parameter([1, self.mels, -1], np.float32, name="features")
        self.output = self._op.result(self._layers(self._frames()))

    def _frames(self) -> Any:
        op = self._op
        sound = self._convolution(self.input, "encoder/conv1", stride=1)
        sound = self._convolution(sound, "encoder/conv2", stride=2)
        sound = op.transpose(sound, _whole(op, 0, 2, 1))
        count = op.gather(op.shape_of(sound), _whole(op, 1), op.constant(np.int64(0)))
        return op.add(sound, op.slice(op.constant(self._positions), _whole(op, 0), count, _whole(op, 1), _whole(op, 0)))

    def _attention(self, state: Any, name: str) -> Any:
        op = self._op
        fused = self._linear(state, f"{name}/linear_0")
        by_head = op.reshape(fused, _whole(op, 0, 0, 3, self._heads, self._width // self._heads), True)
        by_head = op.transpose(by_head, _whole(op, 2, 0, 3, 1, 4))
        query, key, value = (
            op.gather(by_head, op.constant(np.int64(part)), op.constant(np.int64(0))) for part in range(3)
        )
        heard = op.transpose(op.scaled_dot_product_attention(query, key, value), _whole(op, 0, 2, 1, 3))
        return self._linear(op.reshape(heard, _whole(op, 0, 0, self._width), True), f"{name}/linear_1")

    def _normalised(self, state: Any, name: str) -> Any:
        op = self._op
        even = op.mvn(state, _whole(op, -1), True, EPSILON, "inside_sqrt")
        return op.add(op.multiply(even, self._constant(f"{name}/gamma")), self._constant(f"{name}/beta"))

    def _linear(self, state: Any, name: str) -> Any:
        product = self._op.matmul(state, self._constant(f"{name}/weight"), False, True)
        return self._op.add(product, self._constant(f"{name}/bias"))

    def _convolution(self, sound: Any, name: str, *, stride: int) -> Any:
        op = self._op
        bias = op.constant(self._weights.float32(f"{name}/bias")[None, :, None])
        out = op.convolution(sound, self._constant(f"{name}/weight"), [stride], [1], [1], [1])
        return self._gelu(op.add(out, bias))

    def _gelu(self, value: Any) -> Any:
        return self._op.gelu(value, "erf")

    def _sum(self, one: Any, other: Any) -> Any:
        return self._op.add(one, other)

    def _constant(self, name: str) -> Any:
        return self._op.constant(self._weights.float32(name))


def _whole(op: Any, *numbers: int) -> Any:
    return op.constant(np.array(numbers, np.int64))
