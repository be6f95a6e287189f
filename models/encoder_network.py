"""Whisper's encoder layer by layer, for whichever engine is to run it."""

from abc import ABC, abstractmethod
from typing import Generic, TypeVar

import numpy as np
from numpy.typing import NDArray

from models.ct2_weights import WeightsFile
from models.errors import FeaturesError
from models.features import Features

EPSILON = 1e-5
"""What normalising adds to the variance."""
_DEFAULT_HEADS = 8

Node = TypeVar("Node")


class EncoderNetwork(ABC, Generic[Node]):
    """The network of a converted model's own weights: blocks that normalise before they attend.

    A ``Node`` is what the engine calls a value in its graph.  ``mels`` and ``longest`` (frames) are what it takes.
    """

    def __init__(self, weights: WeightsFile) -> None:
        self._weights = weights
        self._positions = weights.float32("encoder/position_encodings/encodings")
        self.mels = int(weights.float32("encoder/conv1/weight").shape[1])
        self.longest = 2 * int(self._positions.shape[0])
        self._width = int(self._positions.shape[1])
        name = "encoder/num_heads"
        self._heads = int(weights.raw(name)) if name in weights else _DEFAULT_HEADS

    def _layers(self, state: Node) -> Node:
        """The output for what the blocks begin with."""
        number = 0
        while f"encoder/layer_{number}/self_attention/linear_0/weight" in self._weights:
            state = self._block(state, f"encoder/layer_{number}")
            number += 1
        return self._normalised(state, "encoder/layer_norm")

    def _block(self, state: Node, name: str) -> Node:
        heard = self._attention(self._normalised(state, f"{name}/self_attention/layer_norm"), f"{name}/self_attention")
        state = self._sum(state, heard)
        inner = self._linear(self._normalised(state, f"{name}/ffn/layer_norm"), f"{name}/ffn/linear_0")
        return self._sum(state, self._linear(self._gelu(inner), f"{name}/ffn/linear_1"))

    @abstractmethod
    def _attention(self, state: Node, name: str) -> Node:
        """Each frame attends to all; ``linear_0`` holds queries, keys and values one after the other."""

    @abstractmethod
    def _normalised(self, state: Node, name: str) -> Node: ...

    @abstractmethod
    def _linear(self, state: Node, name: str) -> Node: ...

    @abstractmethod
    def _gelu(self, value: Node) -> Node: ...

    @abstractmethod
    def _sum(self, one: Node, other: Node) -> Node: ...


def one_spectrogram(features: Features, *, mels: int, longest: int) -> Features:
    """(mels, frames) or (1, mels, frames) as (1, mels, frames), for an engine; any other shape is refused."""
    batch = features[None] if features.ndim == 2 else features
    if batch.ndim != 3 or batch.shape[:2] != (1, mels) or not 2 <= batch.shape[2] <= longest:
        raise FeaturesError(shape=features.shape, mels=mels, longest=longest)
    contiguous: NDArray[np.float32] = np.ascontiguousarray(batch, np.float32)
    return contiguous
