"""A Whisper of random weights, small enough for a test, written by CTranslate2's own converter library."""

from pathlib import Path
from typing import Any

import numpy as np
from ctranslate2.specs import WhisperSpec

WIDTH, HEADS, MELS, POSITIONS, TOKENS, TEXT_POSITIONS = 64, 4, 80, 150, 70, 16


def save(folder: Path, *, precision: str | None = "float16", seed: int = 0) -> Path:
    """A folder as a converter leaves it; convolutions are not quantised, as the engine does not when it loads."""
    random = np.random.default_rng(seed)
    spec = WhisperSpec(2, HEADS, 2, HEADS)
    _fill_encoder(spec.encoder, random)
    _fill_decoder(spec.decoder, random)
    spec.register_vocabulary([f"<|{number}|>" for number in range(TOKENS)])
    spec.validate()
    spec._alias_variables()
    spec._quantize("float16" if precision == "float16" else None)
    if precision not in {None, "float16"}:
        spec._quantize(precision, variable_filter=lambda name: "conv" not in name)
    folder.mkdir(parents=True)
    spec.save(str(folder))
    (folder / "tokenizer.json").write_text('{"tiny": true}\n', encoding="utf-8")
    return folder


def _fill_encoder(encoder: Any, random: np.random.Generator) -> None:
    encoder.conv1.weight, encoder.conv1.bias = _normal(random, WIDTH, MELS, 3), _normal(random, WIDTH)
    encoder.conv2.weight, encoder.conv2.bias = _normal(random, WIDTH, WIDTH, 3), _normal(random, WIDTH)
    encoder.position_encodings.encodings = _normal(random, POSITIONS, WIDTH)
    _norm(encoder.layer_norm, random)
    for layer in encoder.layer:
        _attention(layer.self_attention, random, 3, 1)
        _feed_forward(layer.ffn, random)


def _fill_decoder(decoder: Any, random: np.random.Generator) -> None:
    decoder.embeddings.weight = _normal(random, TOKENS, WIDTH)
    decoder.projection.weight = decoder.embeddings.weight
    decoder.position_encodings.encodings = _normal(random, TEXT_POSITIONS, WIDTH)
    _norm(decoder.layer_norm, random)
    for layer in decoder.layer:
        _attention(layer.self_attention, random, 3, 1)
        _attention(layer.attention, random, 1, 2, 1)
        _feed_forward(layer.ffn, random)


def _attention(layer: Any, random: np.random.Generator, *outputs: int) -> None:
    _norm(layer.layer_norm, random)
    for linear, times in zip(layer.linear, outputs, strict=True):
        linear.weight, linear.bias = _normal(random, times * WIDTH, WIDTH), _normal(random, times * WIDTH)


def _feed_forward(layer: Any, random: np.random.Generator) -> None:
    _norm(layer.layer_norm, random)
    layer.linear_0.weight, layer.linear_0.bias = _normal(random, 4 * WIDTH, WIDTH), _normal(random, 4 * WIDTH)
    layer.linear_1.weight, layer.linear_1.bias = _normal(random, WIDTH, 4 * WIDTH), _normal(random, WIDTH)


def _norm(layer: Any, random: np.random.Generator) -> None:
    layer.gamma, layer.beta = 1 + _normal(random, WIDTH), _normal(random, WIDTH)


def _normal(random: np.random.Generator, *shape: int) -> np.ndarray:
    return (0.2 * random.standard_normal(shape)).astype(np.float32)
