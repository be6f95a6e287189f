"""The tensors of a PyTorch checkpoint (.pt, a zip archive) without PyTorch and without running what is in it."""

import pickle
import zipfile
from collections import OrderedDict
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from models.errors import ModelError

Tensor = NDArray[Any]

_TYPES = {"FloatStorage": np.dtype("<f4"), "LongStorage": np.dtype("<i8")}


class CheckpointError(ModelError):
    """{path} is not a checkpoint that can be read: {problem}."""


def read_tensors(path: Path) -> dict[str, Tensor]:
    """The state of a network by name.

    Only tensors of 32-bit floats and 64-bit integers in an ordered dictionary are understood; a checkpoint that
    asks for anything else, or is damaged, raises :class:`CheckpointError` and nothing of it is run.
    """
    try:
        with zipfile.ZipFile(path) as archive:
            root = next(name for name in archive.namelist() if name.endswith("/data.pkl")).removesuffix("data.pkl")
            with archive.open(f"{root}data.pkl") as stream:
                state = _Tensors(stream, lambda key: archive.read(f"{root}data/{key}")).load()
    except (OSError, zipfile.BadZipFile, KeyError, StopIteration):
        raise CheckpointError(path=path, problem="it is no archive of tensors, or is damaged") from None
    except (pickle.UnpicklingError, ValueError, TypeError, EOFError, IndexError, AttributeError) as error:
        raise CheckpointError(path=path, problem=str(error) or type(error).__name__) from None
    if not isinstance(state, Mapping) or not all(isinstance(value, np.ndarray) for value in state.values()):
        raise CheckpointError(path=path, problem="it holds more than tensors")
    return dict(state)


class _Tensors(pickle.Unpickler):
    """Knows how to rebuild tensors and refuses every other name."""

    def __init__(self, stream: Any, read: Callable[[str], bytes]) -> None:
        super().__init__(stream)
        self._read = read

    def find_class(self, module: str, name: str) -> Any:
        if (module, name) == ("collections", "OrderedDict"):
            return OrderedDict
        if (module, name) == ("torch._utils", "_rebuild_tensor_v2"):
            return _tensor
        if module == "torch" and name in _TYPES:
            return _TYPES[name]
        raise pickle.UnpicklingError(f"it asks for {module}.{name}")

    def persistent_load(self, pid: Any) -> Tensor:
        kind, dtype, key, _, count = pid
        if kind != "storage" or not isinstance(dtype, np.dtype):
            raise pickle.UnpicklingError("it refers to something that is no tensor")
        return np.frombuffer(self._read(str(key)), dtype=dtype, count=int(count))


def _tensor(storage: Tensor, offset: int, size: tuple[int, ...], stride: tuple[int, ...], *_: object) -> Tensor:
    last = offset + sum((length - 1) * step for length, step in zip(size, stride, strict=True))
    if offset < 0 or min(stride, default=0) < 0 or last >= storage.size:
        raise pickle.UnpicklingError("a tensor lies outside its data")
    steps = [step * storage.itemsize for step in stride]
    return np.lib.stride_tricks.as_strided(storage[offset:], shape=size, strides=steps, writeable=False).copy()
