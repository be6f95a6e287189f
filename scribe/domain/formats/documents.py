"""Any file of ours as a JSON document: read with one sentence about what is wrong, written without the unknown."""

import json
import math
import re
import warnings
from typing import Any, TypeVar

from pydantic import BaseModel, ConfigDict, ValidationError

from scribe.domain.entries import KINDS
from scribe.domain.errors import ScribeError


class FormatError(ScribeError):
    """{file}: {field} {problem}.

    ``field`` is a path such as ``utterances[3].speaker``; the offending text itself is never quoted.
    """


class UnknownFieldWarning(UserWarning):
    """A file holds a field that this version does not know; it was ignored."""


class File(BaseModel):
    model_config = ConfigDict(extra="ignore")


FileT = TypeVar("FileT", bound=File)


_NULLABLE_KEPT = {"replaces", "reason", "language_model"}


def document_of(model: File) -> dict[str, Any]:
    """JSON object without the fields that are not known, but for those the format always shows."""
    pruned = _prune(model.model_dump(mode="json"))
    if not isinstance(pruned, dict):
        raise TypeError("a file is a JSON object")
    return pruned


def _prune(value: Any) -> Any:
    if isinstance(value, dict):
        return {k: _prune(v) for k, v in value.items() if v is not None or k in _NULLABLE_KEPT}
    if isinstance(value, list):
        return [_prune(item) for item in value]
    return value


def dump(model: File) -> bytes:
    return (json.dumps(document_of(model), ensure_ascii=False, indent=1, allow_nan=False) + "\n").encode()


def load(data: bytes, file: str, expected: tuple[str, ...]) -> dict[str, Any]:
    try:
        document = json.loads(data.decode("utf-8-sig"), parse_constant=_no_number, parse_float=_finite)
        problem = _unfit(document)
    except UnicodeDecodeError:
        raise FormatError(file=file, field="the file", problem="is not UTF-8 text") from None
    except RecursionError:
        problem = _TOO_DEEP
    except _NumberError:
        problem = "holds a number that JSON does not have (NaN or infinity)"
    except ValueError as error:
        where = f": it breaks off at line {error.lineno}" if isinstance(error, json.JSONDecodeError) else ""
        raise FormatError(file=file, field="the file", problem=f"is not JSON{where}") from None
    if problem is not None:
        raise FormatError(file=file, field="the file", problem=problem)
    wanted = " or ".join(expected)
    if not isinstance(document, dict):
        raise FormatError(file=file, field="the file", problem=f"is not an object of the format {wanted}")
    if document.get("format") not in expected:
        raise FormatError(file=file, field="format", problem=f"must be {wanted}")
    return document


_DEEPEST = 64
_TOO_DEEP = f"is nested more than {_DEEPEST} levels deep"


class _NumberError(ValueError):
    pass


def _no_number(name: str) -> float:
    raise _NumberError(name)


def _finite(digits: str) -> float:
    value = float(digits)
    if not math.isfinite(value):
        raise _NumberError
    return value


def _unfit(document: Any) -> str | None:
    """What no file of ours may hold: endless nesting, and halves of characters (lone surrogates)."""
    waiting = [(document, 1)]
    while waiting:
        value, depth = waiting.pop()
        if depth > _DEEPEST:
            return _TOO_DEEP
        if isinstance(value, dict):
            waiting += [(item, depth + 1) for item in (*value, *value.values())]
        elif isinstance(value, list):
            waiting += [(item, depth + 1) for item in value]
        elif isinstance(value, str) and not value.isascii() and _SURROGATE.search(value):
            return "holds half a character (a lone surrogate), which is no text"
    return None


_SURROGATE = re.compile("[\ud800-\udfff]")


_PROBLEMS = {
    "tuple_type": "it must be a list",
    "model_type": "it must be an object",
    "dataclass_type": "it must be an object",
    "missing": "it is missing",
}
"""Of pydantic's messages, those that speak of Python."""


def validate(model: type[FileT], document: dict[str, Any], file: str) -> FileT:
    try:
        value = model.model_validate(document)
    except ValidationError as error:
        first = error.errors(include_input=False, include_url=False)[0]
        problem = _PROBLEMS.get(first["type"], first["msg"].removeprefix("Value error, "))
        raise FormatError(
            file=file, field=_path(first["loc"]), problem=f"is wrong: {problem[0].lower()}{problem[1:]}"
        ) from None
    for field in _unknown(document, value.model_dump(mode="json")):
        warnings.warn(f"{file}: {field} is unknown to this version and was ignored", UnknownFieldWarning, stacklevel=3)
    return value


def _path(location: tuple[int | str, ...]) -> str:
    path = ""
    for part in location:
        if isinstance(part, int):
            path += f"[{part}]"
        elif part not in KINDS:
            path += f".{part}" if path else part
    return path or "the file"


def _unknown(document: Any, known: Any, path: str = "") -> list[str]:
    """Paths in ``document`` that ``known``, the same document as understood, does not have."""
    if isinstance(document, dict) and isinstance(known, dict):
        out: list[str] = []
        for key, value in document.items():
            where = f"{path}.{key}" if path else key
            out += _unknown(value, known[key], where) if key in known else [where]
        return out
    if isinstance(document, list) and isinstance(known, list):
        return [
            field
            for index, (item, understood) in enumerate(zip(document, known, strict=True))
            for field in _unknown(item, understood, f"{path}[{index}]")
        ]
    return []


def close_schema(schema: Any) -> None:
    """Refuse unknown properties in every object of the schema."""
    if isinstance(schema, dict):
        if "properties" in schema:
            schema.setdefault("additionalProperties", False)
        for item in schema.values():
            close_schema(item)
    elif isinstance(schema, list):
        for item in schema:
            close_schema(item)
