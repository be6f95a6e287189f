"""The published file formats: JSON bytes to values and back.

``read_*`` take the bytes and a name for the message; they refuse a wrong file with one sentence
(:class:`FormatError`) and warn about fields they do not know.  ``write_*`` give RFC 8259 JSON in UTF-8 with
a final newline.  The JSON Schemas under ``docs/schemas`` are made by :func:`schemas`; a test keeps them equal.
"""

import hashlib
import json
import math
import re
import unicodedata
import warnings
from datetime import date, datetime
from typing import Annotated, Any, Literal, Self, TypeVar

import rfc8785
from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, ValidationError

from scribe.domain import delivery as deliveries
from scribe.domain import note as notes
from scribe.domain.encounter import Encounter, Patient, Practitioner, Setting, Sex
from scribe.domain.entries import KINDS, Entry
from scribe.domain.errors import ScribeError
from scribe.domain.statement import Section
from scribe.domain.summary import Medicine, PatientSummary
from scribe.domain.transcript import Recognizer, Recording, Speaker, Transcript, Utterance


class FormatError(ScribeError):
    """{file}: {field} {problem}.

    ``field`` is a path such as ``utterances[3].speaker``; the offending text itself is never quoted.
    """


class UnknownFieldWarning(UserWarning):
    """A file holds a field that this version does not know; it was ignored."""


_ENTRY = Annotated[Entry, Field(discriminator="kind")]


class _File(BaseModel):
    model_config = ConfigDict(extra="ignore")


_FileT = TypeVar("_FileT", bound=_File)


class TranscriptFile(_File):
    """scribe-transcript/1."""

    format: Literal["scribe-transcript/1"] = "scribe-transcript/1"
    language: str
    recording: Recording | None = None
    recognizer: Recognizer | None = None
    utterances: tuple[Utterance, ...]

    def value(self) -> Transcript:
        return Transcript(
            language=self.language,
            recording=self.recording,
            recognizer=self.recognizer,
            utterances=self.utterances,
        )

    @classmethod
    def of(cls, value: Transcript) -> Self:
        return cls(
            language=value.language,
            recording=value.recording,
            recognizer=value.recognizer,
            utterances=value.utterances,
        )


class OfferFile(_File):
    """An offer of a draft: facts that the changed transcript tells and the draft does not."""

    id: str
    entries: tuple[_ENTRY, ...]
    statements: tuple[notes.OfferedStatement, ...] = ()
    medicines: tuple[Medicine, ...] = ()
    flags: tuple[notes.Flag, ...] = ()

    def value(self) -> notes.Offer:
        return notes.Offer(
            id=self.id,
            entries=self.entries,
            statements=self.statements,
            medicines=self.medicines,
            flags=self.flags,
        )

    @classmethod
    def of(cls, value: notes.Offer) -> Self:
        return cls(
            id=value.id,
            entries=value.entries,
            statements=value.statements,
            medicines=value.medicines,
            flags=value.flags,
        )


class DraftFile(_File):
    """scribe-draft/1."""

    format: Literal["scribe-draft/1"] = "scribe-draft/1"
    encounter: Encounter
    transcript_sha256: Annotated[str, Field(pattern="^[0-9a-f]{64}$")]
    drafter: notes.Drafter
    entries: tuple[_ENTRY, ...]
    note: notes.Note
    patient_summary: PatientSummary
    flags: tuple[notes.Flag, ...] = ()
    offers: tuple[OfferFile, ...] | None = None

    def value(self) -> notes.Draft:
        return notes.Draft(
            encounter=self.encounter,
            transcript_sha256=self.transcript_sha256,
            drafter=self.drafter,
            entries=self.entries,
            note=self.note,
            patient_summary=self.patient_summary,
            flags=self.flags,
            offers=tuple(offer.value() for offer in self.offers or ()),
        )

    @classmethod
    def of(cls, value: notes.Draft) -> Self:
        return cls(
            encounter=value.encounter,
            transcript_sha256=value.transcript_sha256,
            drafter=value.drafter,
            entries=value.entries,
            note=value.note,
            patient_summary=value.patient_summary,
            flags=value.flags,
            offers=tuple(OfferFile.of(offer) for offer in value.offers) or None,
        )


class NoteContentFile(_File):
    sections: tuple[Section, ...]
    entries: tuple[_ENTRY, ...]
    patient_summary: PatientSummary
    drafter: notes.Drafter | None = None
    template: str | None = None


class NoteFile(_File):
    """scribe-note/1 (signed)."""

    format: Literal["scribe-note/1"] = "scribe-note/1"
    note_id: str
    version: Annotated[int, Field(ge=1)]
    replaces: int | None
    encounter: Encounter
    content: NoteContentFile
    author: Practitioner
    signed_at: datetime
    reason: str | None
    signature: notes.Signature

    def value(self) -> notes.SignedNote:
        content = notes.NoteContent(
            sections=self.content.sections,
            entries=self.content.entries,
            patient_summary=self.content.patient_summary,
            drafter=self.content.drafter,
            template=self.content.template,
        )
        return notes.SignedNote(
            note_id=self.note_id,
            version=self.version,
            replaces=self.replaces,
            encounter=self.encounter,
            content=content,
            author=self.author,
            signed_at=self.signed_at,
            reason=self.reason,
            signature=self.signature,
        )

    @classmethod
    def of(cls, value: notes.SignedNote) -> Self:
        content = NoteContentFile(
            sections=value.content.sections,
            entries=value.content.entries,
            patient_summary=value.content.patient_summary,
            drafter=value.content.drafter,
            template=value.content.template,
        )
        return cls(
            note_id=value.note_id,
            version=value.version,
            replaces=value.replaces,
            encounter=value.encounter,
            content=content,
            author=value.author,
            signed_at=value.signed_at,
            reason=value.reason,
            signature=value.signature,
        )


class DeliveryFile(_File):
    """scribe-delivery/1: one attempt to deliver a signed version; holds no patient data."""

    format: Literal["scribe-delivery/1"] = "scribe-delivery/1"
    note_id: str
    note_version: Annotated[int, Field(ge=1)]
    destination: str
    state: deliveries.DeliveryState
    resources: tuple[deliveries.DeliveredResource, ...] = ()
    left_out: tuple[deliveries.LeftOut, ...] = ()
    problem: deliveries.DeliveryProblem | None = None

    def value(self) -> deliveries.Delivery:
        return deliveries.Delivery(
            note_id=self.note_id,
            note_version=self.note_version,
            destination=self.destination,
            state=self.state,
            resources=self.resources,
            left_out=self.left_out,
            problem=self.problem,
        )

    @classmethod
    def of(cls, value: deliveries.Delivery) -> Self:
        return cls(
            note_id=value.note_id,
            note_version=value.note_version,
            destination=value.destination,
            state=value.state,
            resources=value.resources,
            left_out=value.left_out,
            problem=value.problem,
        )


class _CasePatient(_File):
    name: str
    sex: Sex
    birth_date: date


class _CaseEncounter(_File):
    start: datetime
    patient: _CasePatient


class _CaseTurn(_File):
    speaker: Speaker
    start: float
    end: float
    text: str


class CaseFile(_File):
    """consultation-case/1: a transcript with its encounter; ``gold`` is left to the evaluation."""

    format: Literal["consultation-case/1"]
    id: str
    language: str
    specialty: str | None = None
    setting: Setting = "outpatient"
    encounter: _CaseEncounter
    turns: tuple[_CaseTurn, ...]
    gold: dict[str, Any] | None = None

    def transcript(self) -> Transcript:
        """Turn n is utterance ``u<n>``."""
        return Transcript(
            language=self.language,
            utterances=tuple(
                Utterance(
                    id=f"u{index}",
                    speaker=turn.speaker,
                    start=turn.start,
                    end=turn.end,
                    text=unicodedata.normalize("NFC", turn.text),
                )
                for index, turn in enumerate(self.turns)
            ),
        )

    def value(self) -> Encounter:
        patient = self.encounter.patient
        return Encounter(
            id=self.id,
            start=self.encounter.start,
            setting=self.setting,
            specialty=self.specialty,
            patient=Patient(name=patient.name, sex=patient.sex, birth_date=patient.birth_date),
        )


def read_transcript(data: bytes, file: str) -> Transcript:
    """A scribe-transcript/1 or consultation-case/1 file as a transcript."""
    document = _load(data, file, ("scribe-transcript/1", "consultation-case/1"))
    if document["format"] == "consultation-case/1":
        return _validate(CaseFile, document, file).transcript()
    file_model = _validate(TranscriptFile, document, file)
    try:
        return file_model.value()
    except ValueError as error:
        raise FormatError(file=file, field="utterances", problem=f"are wrong: {error}") from None


def read_encounter(data: bytes, file: str) -> Encounter | None:
    """The encounter that a consultation-case/1 or scribe-draft/1 file states; None for a bare transcript."""
    document = _load(data, file, ("scribe-transcript/1", "consultation-case/1", "scribe-draft/1"))
    if document["format"] == "scribe-transcript/1":
        return None
    if document["format"] == "scribe-draft/1":
        return _validate(DraftFile, document, file).encounter
    return _validate(CaseFile, document, file).value()


def read_draft(data: bytes, file: str) -> notes.Draft:
    """A scribe-draft/1 file."""
    return _validate(DraftFile, _load(data, file, ("scribe-draft/1",)), file).value()


def read_note(data: bytes, file: str) -> notes.SignedNote:
    """A scribe-note/1 file; the signature is not checked here."""
    return _validate(NoteFile, _load(data, file, ("scribe-note/1",)), file).value()


def read_delivery(data: bytes, file: str) -> deliveries.Delivery:
    """A scribe-delivery/1 file."""
    return _validate(DeliveryFile, _load(data, file, ("scribe-delivery/1",)), file).value()


def write_transcript(value: Transcript) -> bytes:
    return _dump(TranscriptFile.of(value))


def write_draft(value: notes.Draft) -> bytes:
    return _dump(DraftFile.of(value))


def write_note(value: notes.SignedNote) -> bytes:
    return _dump(NoteFile.of(value))


def write_delivery(value: deliveries.Delivery) -> bytes:
    return _dump(DeliveryFile.of(value))


def note_document(value: notes.SignedNote) -> dict[str, Any]:
    """The note as a JSON object: what the signature covers, and the signature."""
    return _document(NoteFile.of(value))


def transcript_sha256(value: Transcript) -> str:
    """SHA-256 (hex) of the transcript's RFC 8785 canonical JSON: what a draft says it was made from."""
    return hashlib.sha256(rfc8785.dumps(_document(TranscriptFile.of(value)))).hexdigest()


def schemas() -> dict[str, dict[str, Any]]:
    """The JSON Schema of each format that we write, by format name; unknown fields are refused."""
    out: dict[str, dict[str, Any]] = {}
    for model in (TranscriptFile, DraftFile, NoteFile, DeliveryFile):
        schema = TypeAdapter(model).json_schema(mode="validation")
        _close(schema)
        schema["required"] = ["format", *schema["required"]]
        name = str(model.model_fields["format"].default)
        out[name] = {"$schema": "https://json-schema.org/draft/2020-12/schema", **schema, "title": name}
    return out


_NULLABLE_KEPT = {"replaces", "reason", "language_model"}


def _document(model: _File) -> dict[str, Any]:
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


def _dump(model: _File) -> bytes:
    return (json.dumps(_document(model), ensure_ascii=False, indent=1, allow_nan=False) + "\n").encode()


def _load(data: bytes, file: str, expected: tuple[str, ...]) -> dict[str, Any]:
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


def _validate(model: type[_FileT], document: dict[str, Any], file: str) -> _FileT:
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


def _close(schema: Any) -> None:
    """Refuse unknown properties in every object of the schema."""
    if isinstance(schema, dict):
        if "properties" in schema:
            schema.setdefault("additionalProperties", False)
        for item in schema.values():
            _close(item)
    elif isinstance(schema, list):
        for item in schema:
            _close(item)
