"""A network written as ONNX: just enough of the format (opset 17) to run weights that come in another.

The bytes are those of ``ModelProto`` in protocol buffers; field numbers are those of onnx.proto (IR version 8).
"""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

_IR_VERSION = 8
_OPSET = 17
_FLOAT = 1
_TYPES = {"f": (_FLOAT, "<f4"), "i1": (3, "i1"), "u1": (2, "u1"), "i": (7, "<i8")}
"""Number in the format and layout: 8-bit integers as they are, others as 64 bits, floats as 32."""
_ATTRIBUTE_FLOAT, _ATTRIBUTE_INT, _ATTRIBUTE_INTS = 1, 2, 7


class Graph:
    """Operations in order; a value is known by its name, which :meth:`add` and :meth:`constant` return."""

    def __init__(self) -> None:
        self._nodes: list[bytes] = []
        self._constants: list[tuple[bytes, NDArray[Any]]] = []
        self._domains: set[str] = set()
        self._count = 0

    def add(self, operation: str, *inputs: str, **attributes: float | Sequence[int]) -> str:
        """One operation with one output; attributes are floats, integers or sequences of integers.

        ``operation`` may stand behind its domain: ``com.microsoft.Gelu``.
        """
        return self.split(1, operation, *inputs, **attributes)[0]

    def split(self, count: int, operation: str, *inputs: str, **attributes: float | Sequence[int]) -> list[str]:
        """As :meth:`add`, with ``count`` outputs."""
        outputs = [self._name() for _ in range(count)]
        domain, _, kind = operation.rpartition(".")
        node = b"".join(_text(1, name) for name in inputs) + b"".join(_text(2, name) for name in outputs)
        node += _text(4, kind) + b"".join(_message(5, _attribute(name, value)) for name, value in attributes.items())
        if domain:
            node += _text(7, domain)
            self._domains.add(domain)
        self._nodes.append(node)
        return outputs

    def constant(self, value: NDArray[Any]) -> str:
        """A tensor of 32-bit floats, 8-bit or 64-bit integers."""
        name = self._name()
        kind, layout = _TYPES.get(value.dtype.str[1:]) or _TYPES["i" if value.dtype.kind == "i" else "f"]
        data = np.ascontiguousarray(value, dtype=layout)
        dims = b"".join(_number(1, length) for length in value.shape)
        self._constants.append((dims + _number(2, kind) + _text(8, name) + _key(9, 2) + _varint(data.nbytes), data))
        return name

    def model(self, inputs: Mapping[str, Sequence[int | str]], outputs: Mapping[str, Sequence[int | str]]) -> bytes:
        """The serialised model; a dimension is a length or, where it varies, a name."""
        head = b"".join(_message(1, node) for node in self._nodes) + _text(2, "network")
        tail = b"".join(_message(11, _value(name, shape)) for name, shape in inputs.items())
        tail += b"".join(_message(12, _value(name, shape)) for name, shape in outputs.items())
        parts: list[bytes | memoryview] = [head]
        for described, data in self._constants:
            parts += [_key(5, 2) + _varint(len(described) + data.nbytes) + described, data.reshape(-1).data.cast("B")]
        parts.append(tail)
        size = sum(len(part) for part in parts)
        opset = _message(8, _text(1, "") + _number(2, _OPSET))
        opset += b"".join(_message(8, _text(1, domain) + _number(2, 1)) for domain in sorted(self._domains))
        return b"".join([_number(1, _IR_VERSION) + _key(7, 2) + _varint(size), *parts, opset])

    def _name(self) -> str:
        self._count += 1
        return f"v{self._count}"


def _attribute(name: str, value: float | Sequence[int]) -> bytes:
    if isinstance(value, int):
        return _text(1, name) + _number(3, value) + _number(20, _ATTRIBUTE_INT)
    if isinstance(value, float):
        return _text(1, name) + _key(2, 5) + np.float32(value).tobytes() + _number(20, _ATTRIBUTE_FLOAT)
    return _text(1, name) + b"".join(_number(8, item) for item in value) + _number(20, _ATTRIBUTE_INTS)


def _value(name: str, shape: Sequence[int | str]) -> bytes:
    dims = b"".join(_message(1, _text(2, d) if isinstance(d, str) else _number(1, d)) for d in shape)
    return _text(1, name) + _message(2, _message(1, _number(1, _FLOAT) + _message(2, dims)))


def _key(field: int, wire: int) -> bytes:
    return _varint(field << 3 | wire)


def _number(field: int, value: int) -> bytes:
    return _key(field, 0) + _varint(value & (1 << 64) - 1)


def _bytes(field: int, value: bytes) -> bytes:
    return _key(field, 2) + _varint(len(value)) + value


_message = _bytes


def _text(field: int, value: str) -> bytes:
    return _bytes(field, value.encode())


def _varint(value: int) -> bytes:
    out = bytearray()
    while value > 0x7F:
        out.append(value & 0x7F | 0x80)
        value >>= 7
    out.append(value)
    return bytes(out)
