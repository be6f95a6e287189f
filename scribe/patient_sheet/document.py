"""The bytes of a sheet: what is approved, hashed and kept."""

from typing import Literal

from pydantic import BaseModel, ConfigDict, ValidationError

from scribe.crypto import canonical_json, sha256_hex
from scribe.patient_sheet.errors import SheetError
from scribe.patient_sheet.sheet import Sheet


class UnreadableSheetError(SheetError):
    """The approved sheet is not one that this version reads: approve the summary again."""


class _File(BaseModel):
    model_config = ConfigDict(extra="forbid")

    format: Literal["scribe-patient-sheet/1"] = "scribe-patient-sheet/1"
    sheet: Sheet


def write_sheet(sheet: Sheet) -> bytes:
    """RFC 8785 canonical JSON: the same sheet always gives the same bytes."""
    return canonical_json(_File(sheet=sheet).model_dump(mode="json"))


def read_sheet(document: bytes) -> Sheet:
    """The sheet of :func:`write_sheet`'s bytes; :class:`UnreadableSheetError` for any others."""
    try:
        return _File.model_validate_json(document).sheet
    except ValidationError:
        raise UnreadableSheetError from None


def sheet_sha256(sheet: Sheet) -> str:
    """SHA-256 (hex) of the bytes that are approved."""
    return sha256_hex(write_sheet(sheet))
