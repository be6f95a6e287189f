"""Networks written as ONNX compute what they should."""

import numpy as np
import onnxruntime

from models.onnx_graph import Graph


def run(model: bytes, name: str, value: np.ndarray) -> np.ndarray:
    session = onnxruntime.InferenceSession(model, providers=["CPUExecutionProvider"])
    return np.asarray(session.run(None, {name: value})[0])


def test_a_convolution_with_attributes_and_a_varying_dimension() -> None:
    weight = np.random.default_rng(1).normal(size=(2, 3, 5)).astype(np.float32)
    graph = Graph()
    out = graph.add("Conv", "x", graph.constant(weight), pads=[2, 2], strides=[2])
    model = graph.model({"x": (1, 3, "n")}, {graph.add("Relu", out): (1, 2, "half")})

    for length in (8, 200):
        x = np.random.default_rng(length).normal(size=(1, 3, length)).astype(np.float32)
        padded = np.pad(x[0], ((0, 0), (2, 2)))
        windows = np.stack([padded[:, at : at + 5] for at in range(0, length, 2)], axis=-1)
        expected = np.maximum(np.einsum("oik,ikn->on", weight, windows), 0)
        np.testing.assert_allclose(run(model, "x", x)[0], expected, atol=1e-5)


def test_floats_integers_and_negative_numbers_are_written_right() -> None:
    graph = Graph()
    shape = graph.constant(np.array([2, -1]))
    mean = graph.add("ReduceMean", graph.add("Reshape", "x", shape), axes=[-1], keepdims=1)
    model = graph.model({"x": ("n",)}, {graph.add("LeakyRelu", mean, alpha=0.25): (2, 1)})

    found = run(model, "x", np.array([1, 2, 3, -4, -5, -6], dtype=np.float32))

    np.testing.assert_allclose(found, [[2.0], [-1.25]])


def test_bytes_several_outputs_and_operations_of_another_domain() -> None:
    graph = Graph()
    weight = np.array([[1, -2], [3, 4]], dtype=np.int8)
    zero = graph.constant(np.array(128, dtype=np.uint8))
    whole = graph.add("QuantizeLinear", "x", graph.constant(np.array(0.5, dtype=np.float32)), zero)
    scales = [graph.constant(np.array(scale, dtype=np.float32)) for scale in (0.5, 2.0)]
    product = graph.add("com.microsoft.MatMulIntegerToFloat", whole, graph.constant(weight), *scales, zero)
    first, second = graph.split(2, "Split", product, axis=1)
    model = graph.model({"x": (1, 2)}, {graph.add("Sub", first, second): (1, 1)})

    found = run(model, "x", np.array([[1.5, -2.0]], dtype=np.float32))

    np.testing.assert_allclose(found, [[2 * (1.5 * 1 - 2 * 3) - 2 * (1.5 * -2 - 2 * 4)]])
