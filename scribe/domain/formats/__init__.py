"""The published file formats: JSON bytes to values and back.

``read_*`` take the bytes and a name for the message; they refuse a wrong file with one sentence
(:class:`FormatError`) and warn about fields they do not know.  ``write_*`` give RFC 8259 JSON in UTF-8 with
a final newline.  The JSON Schemas under ``docs/schemas`` are made by :func:`schemas`; a test keeps them equal.
"""

import hashlib
from typing import Any

import rfc8785
from pydantic import TypeAdapter

from scribe.domain import delivery as deliveries
from scribe.domain import note as notes
from scribe.domain.encounter import Encounter
from scribe.domain.formats.consultation_case import CaseFile
from scribe.domain.formats.documents import (
    FormatError,
    UnknownFieldWarning,
    close_schema,
    document_of,
    dump,
    load,
    validate,
)
from scribe.domain.formats.files import DeliveryFile, DraftFile, NoteFile, TranscriptFile
from scribe.domain.transcript import Transcript

__all__ = [
    "CaseFile", "DeliveryFile", "DraftFile", "FormatError", "NoteFile", "TranscriptFile", "UnknownFieldWarning",
    "note_document", "read_delivery", "read_draft", "read_encounter", "read_note", "read_transcript", "schemas",
    "transcript_sha256", "write_delivery", "write_draft", "write_note", "write_transcript",
]  # fmt: skip


def read_transcript(data: bytes, file: str) -> Transcript:
    """A scribe-transcript/1 or consultation-case/1 file as a transcript."""
    document = load(data, file, ("scribe-transcript/1", "consultation-case/1"))
    if document["format"] == "consultation-case/1":
        return validate(CaseFile, document, file).transcript()
    file_model = validate(TranscriptFile, document, file)
    try:
        return file_model.value()
    except ValueError as error:
        raise FormatError(file=file, field="utterances", problem=f"are wrong: {error}") from None


def read_encounter(data: bytes, file: str) -> Encounter | None:
    """The encounter that a consultation-case/1 or scribe-draft/1 file states; None for a bare transcript."""
    document = load(data, file, ("scribe-transcript/1", "consultation-case/1", "scribe-draft/1"))
    if document["format"] == "scribe-transcript/1":
        return None
    if document["format"] == "scribe-draft/1":
        return validate(DraftFile, document, file).encounter
    return validate(CaseFile, document, file).value()


def read_draft(data: bytes, file: str) -> notes.Draft:
    """A scribe-draft/1 file."""
    return validate(DraftFile, load(data, file, ("scribe-draft/1",)), file).value()


def read_note(data: bytes, file: str) -> notes.SignedNote:
    """A scribe-note/1 file; the signature is not checked here."""
    return validate(NoteFile, load(data, file, ("scribe-note/1",)), file).value()


def read_delivery(data: bytes, file: str) -> deliveries.Delivery:
    """A scribe-delivery/1 file."""
    return validate(DeliveryFile, load(data, file, ("scribe-delivery/1",)), file).value()


def write_transcript(value: Transcript) -> bytes:
    return dump(TranscriptFile.of(value))


def write_draft(value: notes.Draft) -> bytes:
    return dump(DraftFile.of(value))


def write_note(value: notes.SignedNote) -> bytes:
    return dump(NoteFile.of(value))


def write_delivery(value: deliveries.Delivery) -> bytes:
    return dump(DeliveryFile.of(value))


def note_document(value: notes.SignedNote) -> dict[str, Any]:
    """The note as a JSON object: what the signature covers, and the signature."""
    return document_of(NoteFile.of(value))


def transcript_sha256(value: Transcript) -> str:
    """SHA-256 (hex) of the transcript's RFC 8785 canonical JSON: what a draft says it was made from."""
    return hashlib.sha256(rfc8785.dumps(document_of(TranscriptFile.of(value)))).hexdigest()


def schemas() -> dict[str, dict[str, Any]]:
    """The JSON Schema of each format that we write, by format name; unknown fields are refused."""
    out: dict[str, dict[str, Any]] = {}
    for model in (TranscriptFile, DraftFile, NoteFile, DeliveryFile):
        schema = TypeAdapter(model).json_schema(mode="validation")
        close_schema(schema)
        schema["required"] = ["format", *schema["required"]]
        name = str(model.model_fields["format"].default)
        out[name] = {"$schema": "https://json-schema.org/draft/2020-12/schema", **schema, "title": name}
    return out
