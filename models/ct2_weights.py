"""The weights of a converted model: CTranslate2's ``model.bin``, read one variable at a time and written anew.

Layout of binary version 6 (ctranslate2/specs/model_spec.py, ``ModelSpec._serialize``), little-endian: version, name
and revision of the specification, the variables (name, shape, type, bytes, data), and the aliases (name, name of the
variable it stands for).  Strings have a length of two bytes and end with a zero byte that it counts.
"""

import os
import struct
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Any, BinaryIO, Literal, get_args

import numpy as np
from numpy.typing import NDArray

from models.errors import WeightsFileError

BINARY_VERSION = 6
INT8_STEPS = 127.0
"""The largest whole number that stands for a weight."""

DataType = Literal["float32", "int8", "int16", "int32", "float16", "bfloat16"]
"""In the order of CTranslate2's ``DataType``: the place is the number in the file."""

_TYPES: tuple[DataType, ...] = get_args(DataType)
_NUMPY: Mapping[DataType, str] = MappingProxyType(
    {"float32": "<f4", "int8": "i1", "int16": "<i2", "int32": "<i4", "float16": "<f2", "bfloat16": "<u2"}
)
_FLOATS = ("float32", "float16", "bfloat16")
_MOST_DIMENSIONS = 8

Values = NDArray[Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Variable:
    """A variable and where its data lies in the file."""

    name: str
    shape: tuple[int, ...]
    type: DataType
    offset: int
    size: int

    @property
    def is_float(self) -> bool:
        return self.type in _FLOATS


@dataclass(frozen=True, slots=True, kw_only=True)
class Stored:
    """A variable to be written; the values of a bfloat16 are its upper 16 bits as unsigned integers."""

    name: str
    type: DataType
    values: Values


class WeightsFile:
    """The index of a ``model.bin``; data is read when it is asked for.

    Every length is checked against the file before anything is allocated.  A file that is not a ``model.bin``, or is
    cut short, raises :class:`~models.errors.WeightsFileError`.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        try:
            with path.open("rb") as stream:
                reader = _Reader(path, stream)
                if (version := reader.number("I")) != BINARY_VERSION:
                    raise reader.wrong(f"binary version {version} is not {BINARY_VERSION}")
                self.spec = reader.string()
                self.revision = reader.number("I")
                found = [reader.variable() for _ in range(reader.number("I"))]
                self.aliases = dict(reader.alias() for _ in range(reader.number("I")))
                reader.end()
        except OSError as error:
            raise WeightsFileError(path=path, problem=error.strerror or str(error)) from None
        self.variables = {variable.name: variable for variable in found}

    def __contains__(self, name: object) -> bool:
        return name in self.variables or name in self.aliases

    def raw(self, name: str) -> Values:
        """The values as they are stored, an alias followed; an unknown name raises ``WeightsFileError``."""
        variable = self.variables.get(self.aliases.get(name, name))
        if variable is None:
            raise WeightsFileError(path=self.path, problem=f"it has no {name}")
        kind = np.dtype(_NUMPY[variable.type])
        count = variable.size // kind.itemsize
        return np.fromfile(self.path, kind, count, offset=variable.offset).reshape(variable.shape)

    def float32(self, name: str) -> NDArray[np.float32]:
        """The values as 32-bit floats; integers with a ``_scale`` beside them are turned back."""
        values, name = self.raw(name), self.aliases.get(name, name)
        kind = self.variables[name].type
        if kind == "bfloat16":
            return (values.astype(np.uint32) << 16).view(np.float32)
        values = values.astype(np.float32)
        if kind in {"int8", "int16"} and f"{name}_scale" in self:
            scale = self.raw(f"{name}_scale").astype(np.float32)
            values /= scale.reshape(-1, *[1] * (values.ndim - 1)) if scale.ndim else scale
        return values

    def int8(self, name: str) -> tuple[NDArray[np.int8], NDArray[np.float32]]:
        """A matrix as :func:`int8_rows`, whatever it is stored as."""
        values, name = self.raw(name), self.aliases.get(name, name)
        if self.variables[name].type != "int8":
            return int8_rows(self.float32(name))
        scale = self.raw(f"{name}_scale").astype(np.float32)
        return values, np.broadcast_to(scale, values.shape[:1])

    def stored(self, name: str) -> Stored:
        return Stored(name=name, type=self.variables[name].type, values=self.raw(name))

    @property
    def is_quantized(self) -> bool:
        return any(name.endswith("_scale") for name in self.variables)


def write_weights(
    path: Path, *, spec: str, revision: int, variables: Iterable[Stored], aliases: Mapping[str, str]
) -> None:
    """Write a ``model.bin``, one variable in memory at a time, and force it to the disk."""
    with path.open("wb") as stream:
        write_variables(stream, spec=spec, revision=revision, variables=variables, aliases=aliases)
        stream.flush()
        os.fsync(stream.fileno())


def write_variables(
    stream: BinaryIO, *, spec: str, revision: int, variables: Iterable[Stored], aliases: Mapping[str, str]
) -> None:
    """Write what a ``model.bin`` holds into a stream that can go back, one variable in memory at a time."""
    stream.write(struct.pack("<I", BINARY_VERSION) + _string(spec) + struct.pack("<I", revision))
    at, count = stream.tell(), 0
    stream.write(struct.pack("<I", 0))
    for count, variable in enumerate(variables, 1):  # noqa: B007
        _write(stream, variable)
    stream.write(struct.pack("<I", len(aliases)))
    for alias, name in aliases.items():
        stream.write(_string(alias) + _string(name))
    stream.seek(at)
    stream.write(struct.pack("<I", count))
    stream.seek(0, os.SEEK_END)


def bfloat16_bits(values: NDArray[np.float32]) -> NDArray[np.uint16]:
    """Finite values rounded to the nearest bfloat16, ties to even."""
    bits = np.ascontiguousarray(values).view(np.uint32)
    rounded: NDArray[np.uint16] = ((bits + (0x7FFF + ((bits >> 16) & 1))) >> 16).astype(np.uint16)
    return rounded


def int8_rows(values: NDArray[np.float32]) -> tuple[NDArray[np.int8], NDArray[np.float32]]:
    """The values as whole numbers from -127 to 127, and for each row the scale that they were multiplied with."""
    largest = np.abs(values).max(axis=1)
    largest[largest == 0] = INT8_STEPS
    largest = np.maximum(largest, np.float32(INT8_STEPS) / np.finfo(np.float32).max)
    scale = (np.float32(INT8_STEPS) / largest).astype(np.float32)
    return np.rint(values * scale[:, None]).astype(np.int8), scale


def _write(stream: BinaryIO, variable: Stored) -> None:
    values = np.asarray(variable.values, dtype=_NUMPY[variable.type])
    stream.write(_string(variable.name))
    stream.write(struct.pack(f"<B{values.ndim}I", values.ndim, *values.shape))
    stream.write(struct.pack("<BI", _TYPES.index(variable.type), values.nbytes))
    stream.write(values.tobytes())


def _string(text: str) -> bytes:
    encoded = text.encode()
    return struct.pack("<H", len(encoded) + 1) + encoded + b"\0"


class _Reader:
    """Reads the index and refuses what the file cannot hold."""

    def __init__(self, path: Path, stream: BinaryIO) -> None:
        self._path = path
        self._stream = stream
        self._size = os.fstat(stream.fileno()).st_size

    def wrong(self, problem: str) -> WeightsFileError:
        return WeightsFileError(path=self._path, problem=problem)

    def number(self, kind: str) -> int:
        data = self._bytes(struct.calcsize(f"<{kind}"))
        return int(struct.unpack(f"<{kind}", data)[0])

    def string(self) -> str:
        data = self._bytes(self.number("H"))
        try:
            return data.removesuffix(b"\0").decode()
        except UnicodeDecodeError:
            raise self.wrong("a name in it is not text") from None

    def variable(self) -> Variable:
        name = self.string()
        if (dimensions := self.number("B")) > _MOST_DIMENSIONS:
            raise self.wrong(f"{name} has {dimensions} dimensions")
        shape = tuple(self.number("I") for _ in range(dimensions))
        number, size, offset = self.number("B"), self.number("I"), self._stream.tell()
        if number >= len(_TYPES):
            raise self.wrong(f"{name} is of the unknown type {number}")
        kind = _TYPES[number]
        count = 1
        for extent in shape:
            count *= extent
        if count * np.dtype(_NUMPY[kind]).itemsize != size:
            raise self.wrong(f"{name} has {size} bytes, which do not make its shape {shape}")
        if offset + size > self._size:
            raise self.wrong("it is cut short")
        self._stream.seek(size, os.SEEK_CUR)
        return Variable(name=name, shape=shape, type=kind, offset=offset, size=size)

    def alias(self) -> tuple[str, str]:
        return self.string(), self.string()

    def end(self) -> None:
        if self._stream.tell() != self._size:
            raise self.wrong("more follows after its end")

    def _bytes(self, count: int) -> bytes:
        data = self._stream.read(count)
        if len(data) != count:
            raise self.wrong("it is cut short")
        return data
