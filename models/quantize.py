"""A copy of a model at another precision, made on this machine and pinned in its manifest.

Weights become what CTranslate2 makes of them: int8 with one scale a row (ctranslate2/specs/model_spec.py,
``LayerSpec._quantize``), convolutions left as they are (``WhisperModel::is_quantizable`` of the engine).
"""

import re
import shutil
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from models import store
from models.ct2_weights import INT8_STEPS, Stored, Variable, WeightsFile, bfloat16_bits, int8_rows, write_weights
from models.errors import NoSpaceError, NotWrittenError, QuantizationRefusedError
from models.registry import Model, Registry

WEIGHTS = "model.bin"
Precision = Literal["int8", "int8_bfloat16", "float32"]

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*")
_SPARE = 1 << 20
_FRAMES = 300
_AGREEMENT = 0.999
_ROUNDING = 2.0**-8


@dataclass(frozen=True, slots=True, kw_only=True)
class Quantized:
    """A copy that was made: ``agreement`` is the cosine between what its encoder and the original's answer."""

    model: Model
    folder: Path
    size: int
    original_size: int
    agreement: float

    def described(self) -> dict[str, str | int | float]:
        return {
            "model": self.model.name,
            "folder": str(self.folder),
            "bytes": self.size,
            "original_bytes": self.original_size,
            "agreement": self.agreement,
        }


def quantize(
    model: Model, to: Precision, home: Path, registry: Registry, *, name: str | None = None, report: store.Report
) -> Quantized:
    """Make a copy of the model in ``home`` under a name of its own, ``<model>-<to>`` if none is given.

    The copy is read back and compared with the original, weight by weight and by what the encoder answers, before
    it gets its name.  Where the disk fills up or anything else fails, nothing is left.
    """
    folder = store.verified_folder(model, home)
    source = WeightsFile(folder / WEIGHTS)
    copy = replace(model, name=name or f"{model.name}-{to}", sources=())
    _require_possible(model, copy, to, home, registry, source)
    with store.locked(copy, home, report):
        _require_space(copy, home, folder, source, to)
        try:
            agreement = _stage(source, folder, model, store.staging_of(copy, home), to)
            placed = _place(model, copy, to, home, source)
        except OSError as error:
            shutil.rmtree(store.folder_of(copy, home), ignore_errors=True)
            raise NotWrittenError(model=copy.name, home=home, problem=error.strerror or error) from None
        finally:
            shutil.rmtree(store.staging_of(copy, home), ignore_errors=True)
    return Quantized(
        model=next(model for model in store.derived(home) if model.name == copy.name),
        folder=placed,
        size=(placed / WEIGHTS).stat().st_size,
        original_size=source.path.stat().st_size,
        agreement=round(agreement, 6),
    )


def converted(weights: WeightsFile, to: Precision) -> Iterator[Stored]:
    """The variables at the other precision, one at a time."""
    for name, variable in weights.variables.items():
        if not variable.is_float:
            yield weights.stored(name)
        elif to != "float32" and _is_quantizable(variable):
            values, scale = int8_rows(weights.float32(name))
            yield Stored(name=name, type="int8", values=values)
            yield Stored(name=f"{name}_scale", type="float32", values=scale)
        elif to == "float32":
            yield Stored(name=name, type="float32", values=weights.float32(name))
        elif to == "int8_bfloat16":
            yield Stored(name=name, type="bfloat16", values=bfloat16_bits(weights.float32(name)))
        else:
            yield weights.stored(name)


def _is_quantizable(variable: Variable) -> bool:
    return variable.name.endswith("/weight") and len(variable.shape) == 2


def _require_possible(
    model: Model, copy: Model, to: Precision, home: Path, registry: Registry, source: WeightsFile
) -> None:
    problem = None
    if source.is_quantized:
        problem = "its weights are integers already; start from the original"
    elif not _NAME.fullmatch(copy.name):
        problem = f"{copy.name!r} is not a name (letters, digits, '.', '_' and '-')"
    elif copy.name in registry or store.folder_of(copy, home).exists():
        problem = f"there is a model named {copy.name} already; give another name with --name"
    if problem is not None:
        raise QuantizationRefusedError(model=model.name, precision=to, problem=problem)


def _require_space(copy: Model, home: Path, folder: Path, source: WeightsFile, to: Precision) -> None:
    others = sum(path.stat().st_size for path in _others(folder, copy))
    needed = others + sum(_size(variable, to) for variable in source.variables.values()) + _SPARE
    free = shutil.disk_usage(home).free
    if free < needed:
        raise NoSpaceError(home=home, model=copy.name, free=free, needed=needed)


def _size(variable: Variable, to: Precision) -> int:
    """Bytes of the variable at the other precision, or a little more."""
    count = int(np.prod(variable.shape, dtype=np.int64))
    if not variable.is_float:
        return variable.size
    if to != "float32" and _is_quantizable(variable):
        return count + 4 * variable.shape[0]
    return 4 * count


def _others(folder: Path, model: Model) -> list[Path]:
    paths = [folder / file.name for file in model.files if file.name != WEIGHTS]
    return [path for path in paths if path.is_file()]


def _stage(source: WeightsFile, folder: Path, model: Model, staging: Path, to: Precision) -> float:
    shutil.rmtree(staging, ignore_errors=True)
    staging.mkdir(parents=True)
    for path in _others(folder, model):
        shutil.copyfile(path, staging / path.name)
    write_weights(
        staging / WEIGHTS,
        spec=source.spec,
        revision=source.revision,
        variables=converted(source, to),
        aliases=source.aliases,
    )
    wrong = next(_differences(source, WeightsFile(staging / WEIGHTS)), None)
    if wrong is not None:
        raise QuantizationRefusedError(model=model.name, precision=to, problem=f"{wrong} was not read back as written")
    agreement = _agreement(folder, staging, "float32" if to == "float32" else "int8")
    if agreement < _AGREEMENT:
        problem = f"the copy's encoder agrees to {agreement:.4f} only"
        raise QuantizationRefusedError(model=model.name, precision=to, problem=problem)
    return agreement


def _place(model: Model, copy: Model, to: Precision, home: Path, source: WeightsFile) -> Path:
    staging = store.staging_of(copy, home)
    arrived = {path.name: store.sha256_of(path) for path in sorted(staging.iterdir())}
    derivation = store.Derivation(
        model=model.name,
        sha256=store.sha256_of(source.path),
        precision=to,
        task=model.task,
        engine=model.engine,
        languages=model.languages,
    )
    return store.place(copy, home, arrived, f"quantised from {model.name}", derivation)


def _differences(source: WeightsFile, copy: WeightsFile) -> Iterator[str]:
    """Variables whose values in the copy are further from the original's than their precision explains."""
    for name, variable in source.variables.items():
        if not variable.is_float:
            same = bool(np.array_equal(source.raw(name), copy.raw(name)))
        else:
            exact, found = source.float32(name), copy.float32(name)
            same = exact.shape == found.shape and bool(np.all(np.abs(exact - found) <= _tolerance(exact)))
        if not same:
            yield name


def _tolerance(values: NDArray[np.float32]) -> Any:
    """Half a step of the row's int8 scale, or of a bfloat16's last digit, whichever is more."""
    rows = np.abs(values).max(axis=-1, keepdims=True) if values.ndim else np.abs(values)
    return np.maximum(rows * (0.5 / INT8_STEPS), np.abs(values) * _ROUNDING) * 1.01


def _agreement(original: Path, copy: Path, compute_type: str) -> float:
    """Cosine between what the two encoders answer to three seconds of the same noise."""
    one, other = (_encoded(folder, compute_type) for folder in (original, copy))
    return float((one * other).sum() / (np.linalg.norm(one) * np.linalg.norm(other)))


def _encoded(folder: Path, compute_type: str) -> NDArray[np.float64]:
    import ctranslate2  # noqa: PLC0415  (seconds to import)

    model = ctranslate2.models.Whisper(str(folder), device="cpu", compute_type=compute_type)
    noise = np.random.default_rng(0).standard_normal((1, model.n_mels, _FRAMES)).astype(np.float32)
    return np.asarray(model.encode(ctranslate2.StorageView.from_array(noise), to_cpu=True), np.float64)
