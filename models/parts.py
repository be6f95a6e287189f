"""Parts of a converted model: its encoder, and a decoder with the tokens that a language can need.

They are made from the model's verified folder whenever it is loaded, in a temporary folder that is gone as soon as the
engine has read it: nothing is read that is stale or half written, and a model home may be read-only.  A process that is
killed meanwhile leaves its folder to whatever clears the system's temporary files.
"""

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from models.ct2_weights import Stored, WeightsFile, write_variables

Part = Literal["encoder", "decoder"]
Rows = NDArray[np.int64]

_WEIGHTS = "model.bin"
_CONFIG = "config.json"
_EMBEDDINGS = "decoder/embeddings/weight"
_ROWS_OF_TOKENS = re.compile(r"decoder/(embeddings|projection)/(weight|weight_scale|bias)")
_LEFT_OUT: Mapping[Part, re.Pattern[str]] = {
    "encoder": re.compile(r"decoder/layer_[1-9]"),
    "decoder": re.compile(r"encoder/layer_[1-9]"),
}
"""Layers of the other part; the engine loads no model without a first one."""
_TOKEN_LISTS = ("suppress_ids", "suppress_ids_begin", "lang_ids")


def rows_of(folder: Path, text: Sequence[int], end: int) -> Rows:
    """The tokens of a part: those of text that are named, and every one from ``end`` on."""
    return np.array([*text, *range(end, WeightsFile(folder / _WEIGHTS).variables[_EMBEDDINGS].shape[0])])


def bands_of(folder: Path) -> int:
    """The mel bands of the spectrogram that the model takes."""
    return WeightsFile(folder / _WEIGHTS).variables["encoder/conv1/weight"].shape[1]


@contextmanager
def part_folder(folder: Path, part: Part, rows: Rows) -> Iterator[Path]:
    """A folder with the part of the model in ``folder`` that has these tokens only; it is gone after the block."""
    with TemporaryDirectory(prefix="scribe-model-", ignore_cleanup_errors=True) as made:
        write_part(folder, part, rows, Path(made))
        yield Path(made)


def write_part(folder: Path, part: Part, rows: Rows, to: Path) -> None:
    """Write what CTranslate2 needs of the part."""
    weights = WeightsFile(folder / _WEIGHTS)
    with (to / _WEIGHTS).open("wb") as stream:
        kept = _kept(weights, part, rows)
        write_variables(stream, spec=weights.spec, revision=weights.revision, variables=kept, aliases=weights.aliases)
    (to / _CONFIG).write_text(json.dumps(_config(folder / _CONFIG, rows)), encoding="utf-8")
    if (path := folder / "vocabulary.json").is_file():
        words = json.loads(path.read_bytes())
        (to / path.name).write_text(json.dumps([words[row] for row in rows]), encoding="utf-8")
    else:
        lines = (folder / "vocabulary.txt").read_bytes().split(b"\n")
        (to / "vocabulary.txt").write_bytes(b"\n".join(lines[row] for row in rows) + b"\n")


def _kept(weights: WeightsFile, part: Part, rows: Rows) -> Iterator[Stored]:
    for name in weights.variables:
        if _LEFT_OUT[part].match(name):
            continue
        stored = weights.stored(name)
        of_tokens = _ROWS_OF_TOKENS.fullmatch(name) and stored.values.ndim
        yield Stored(name=name, type=stored.type, values=stored.values[rows]) if of_tokens else stored


def _config(path: Path, rows: Rows) -> dict[str, Any]:
    config: dict[str, Any] = json.loads(path.read_bytes())
    place = {int(row): number for number, row in enumerate(rows)}
    for name in _TOKEN_LISTS:
        if config.get(name):
            config[name] = [place[token] for token in config[name] if token in place]
    return config
