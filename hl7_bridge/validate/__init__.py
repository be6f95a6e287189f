"""Offline validation of FHIR resources against KR Core: our own table, or the official package."""

import json
from typing import Any

from hl7_bridge.fhir import TransactionBundle
from hl7_bridge.validate import messages
from hl7_bridge.validate.engine import Validator
from hl7_bridge.validate.issue import Issue, Report
from hl7_bridge.validate.package import PackageError, package_validator
from hl7_bridge.validate.table import table_validator

__all__ = [
    "Issue",
    "PackageError",
    "Report",
    "Validator",
    "package_validator",
    "read_and_validate",
    "table_validator",
    "validate_bundle",
]


def read_and_validate(data: bytes, validator: Validator, profile: str | None = None) -> Report:
    """A file's content as a resource; what is no JSON, or names a property twice, is an issue like any other."""
    try:
        content = json.loads(data.decode("utf-8"), object_pairs_hook=_object)
    except _TwiceError:
        problem = messages.TWICE
    except (ValueError, RecursionError):
        problem = messages.NOT_JSON
    else:
        return validator.validate(content, profile)
    return Report(issues=(Issue(severity="error", path="$", message=problem, constraint="RFC 8259 JSON"),))


class _TwiceError(Exception):
    """A property name occurs twice in one object."""


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise _TwiceError
    return found


def validate_bundle(bundle: TransactionBundle, validator: Validator | None = None) -> Report:
    """Everything that would be sent: each entry against the profiles it claims, the enclosed document included."""
    return (validator or table_validator()).validate(bundle.as_json())
