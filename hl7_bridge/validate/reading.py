"""A file's bytes as a resource to validate: whatever is in it gives a report."""

import json
from typing import Any, Final

from hl7_bridge.validate import messages
from hl7_bridge.validate.engine import Validator
from hl7_bridge.validate.issue import Issue, Report
from hl7_bridge.validate.messages import Text

LARGEST_FILE: Final = 20 * 1024 * 1024
"""Bytes of the largest file that is validated; a Bundle of that size has some twenty thousand resources."""


def read_and_validate(data: bytes, validator: Validator, profile: str | None = None) -> Report:
    """A file's content as a resource; what is no JSON, or names a property twice, is an issue like any other."""
    if len(data) > LARGEST_FILE:
        return _unread(messages.too_large(LARGEST_FILE // 1024 // 1024), "size")
    if not data.strip():
        return _unread(messages.EMPTY_FILE)
    try:
        content = json.loads(data.decode("utf-8-sig"), object_pairs_hook=_object, parse_constant=_refused)
    except _TwiceError:
        return _unread(messages.TWICE)
    except (ValueError, RecursionError):
        return _unread(messages.XML if data.lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"<") else messages.NOT_JSON)
    return validator.validate(content, profile)


def _unread(text: Text, constraint: str = "RFC 8259 JSON") -> Report:
    return Report(issues=(Issue(severity="error", path="$", text=text, constraint=constraint),))


class _TwiceError(Exception):
    """A property name occurs twice in one object."""


def _refused(_: str) -> float:
    """NaN and Infinity, which Python reads and JSON does not know."""
    raise ValueError


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise _TwiceError
    return found
