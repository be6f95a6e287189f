"""The bytes of a sheet: what is approved, hashed and kept."""

from typing import Literal, TypedDict

from pydantic import TypeAdapter, ValidationError

from scribe.crypto import canonical_json, sha256_hex
from scribe.patient_sheet.errors import SheetError
from scribe.patient_sheet.sheet import Sheet


class _File(TypedDict):
    format: Literal["scribe-patient-sheet/1"]
    sheet: Sheet


_FILE = TypeAdapter(_File)


class UnreadableSheetError(SheetError):
    """The approved sheet is not one that this version reads: approve the summary again."""


def write_sheet(sheet: Sheet) -> bytes:
    """RFC 8785 canonical JSON: the same sheet always gives the same bytes."""
    return canonical_json(_FILE.dump_python(_File(format="scribe-patient-sheet/1", sheet=sheet), mode="json"))


def read_sheet(document: bytes) -> Sheet:
    """The sheet of :func:`write_sheet`'s bytes; :class:`UnreadableSheetError` for any others."""
    try:
        return _FILE.validate_json(document)["sheet"]
    except ValidationError:
        raise UnreadableSheetError from None


def sheet_sha256(sheet: Sheet) -> str:
    """SHA-256 (hex) of the bytes that are approved."""
    return sha256_hex(write_sheet(sheet))
