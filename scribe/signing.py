"""Signing: exactly the text shown, an immutable version, verifiable by anybody with the file and the public key.

The signature is Ed25519 over the RFC 8785 canonical JSON of the whole note document but for its ``signature``.
"""

import base64
import binascii
import json
from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any

from scribe.crypto import SigningKey, VerifyKey, canonical_json, sha256_hex
from scribe.domain.encounter import Encounter, Practitioner
from scribe.domain.errors import ScribeError
from scribe.domain.formats import note_document
from scribe.domain.note import Draft, NoteContent, Signature, SignedNote
from scribe.domain.settling import UNSUPPORTED_ONLY, Settling
from scribe.domain.statement import Statement

_SIGNATURE_FIELDS = {"algorithm", "key_id", "value"}
_NO_SIGNATURE = Signature(algorithm="Ed25519", key_id="", value="")


class SigningError(ScribeError):
    """The note cannot be signed."""


class NothingToSignError(SigningError):
    """The note has no statement: there is nothing to sign."""


class UnsupportedStatementsError(SigningError):
    """Nothing in the dialogue supports the statements {statements}: edit or delete them, or acknowledge each by its id (--acknowledge)."""  # noqa: E501


class ContentChangedError(SigningError):
    """The note is not the one that was shown: read it again before signing."""


class AmendmentError(SigningError):
    """This amendment {problem}."""


class SignatureMismatchError(ScribeError):
    """{file} does not verify: {problem}."""


def content_of(draft: Draft) -> NoteContent:
    """What a clinician who signs ``draft`` signs."""
    return NoteContent(
        sections=draft.note.sections,
        entries=draft.entries,
        patient_summary=draft.patient_summary,
        drafter=draft.drafter,
        template=draft.note.template,
    )


def content_sha256(content: NoteContent, encounter: Encounter) -> str:
    """SHA-256 (hex) of all that is shown for signing: the content, and whose it is."""
    document = note_document(
        SignedNote(
            note_id="",
            version=1,
            replaces=None,
            encounter=encounter,
            content=content,
            author=Practitioner(name=""),
            signed_at=encounter.start,
            reason=None,
            signature=_NO_SIGNATURE,
        )
    )
    return sha256_hex(canonical_json({"encounter": document["encounter"], "content": document["content"]}))


def unsettled(content: NoteContent, settling: Settling = UNSUPPORTED_ONLY) -> tuple[str, ...]:
    """Ids of the statements that wait for a decision by the hospital's rule, note first, in reading order.

    An id that occurs twice is named twice: acknowledging it settles both, as both are shown by it.
    """
    return tuple(statement.id for statement in _statements(content) if settling.waits(statement))


def sign(
    content: NoteContent,
    encounter: Encounter,
    *,
    shown_sha256: str,
    author: Practitioner,
    key: SigningKey,
    clock: Callable[[], datetime],
    new_id: Callable[[], str],
    acknowledged: Collection[str] = (),
    amends: SignedNote | None = None,
    reason: str | None = None,
    settling: Settling = UNSUPPORTED_ONLY,
) -> SignedNote:
    """The signed version of ``content``.

    ``shown_sha256`` is :func:`content_sha256` of what the clinician saw; ``acknowledged`` holds the ids of the
    statements waiting by ``settling`` that they chose to keep.  An amendment follows the version that it ``amends`` and
    gives its ``reason``.  Raises a :class:`SigningError` where any of this does not hold.
    """
    if not any(True for _ in _statements(content)):
        raise NothingToSignError
    if content_sha256(content, encounter) != shown_sha256:
        raise ContentChangedError
    open_statements = [name for name in unsettled(content, settling) if name not in acknowledged]
    if open_statements:
        raise UnsupportedStatementsError(statements=", ".join(dict.fromkeys(open_statements)))
    _check_amendment(encounter, amends, reason)
    unsigned = SignedNote(
        note_id=amends.note_id if amends else new_id(),
        version=amends.version + 1 if amends else 1,
        replaces=amends.version if amends else None,
        encounter=encounter,
        content=content,
        author=author,
        signed_at=clock(),
        reason=reason.strip() if reason else None,
        signature=_NO_SIGNATURE,
    )
    value = base64.b64encode(key.sign(_signed_bytes(note_document(unsigned)))).decode()
    return replace(unsigned, signature=Signature(algorithm="Ed25519", key_id=key.public.key_id, value=value))


def verify(document: Mapping[str, Any], key: VerifyKey, file: str = "The note") -> None:
    """Return where the signature holds for every field of ``document``, known or unknown.

    ``document`` is the JSON object as read (:func:`load_document`).  Raises :class:`SignatureMismatchError`
    with the reason where it does not.
    """
    if document.get("format") != "scribe-note/1":
        raise SignatureMismatchError(file=file, problem="it is not a scribe-note/1 document")
    signature = document.get("signature")
    if not isinstance(signature, dict) or set(signature) != _SIGNATURE_FIELDS:
        raise SignatureMismatchError(file=file, problem="it has no signature of the three fields that one has")
    if signature["algorithm"] != "Ed25519":
        raise SignatureMismatchError(file=file, problem="its signature is of another algorithm than Ed25519")
    if signature["key_id"] != key.key_id:
        raise SignatureMismatchError(file=file, problem=f"it is not signed with the key {key.key_id}")
    try:
        data = _signed_bytes(document)
    except ValueError:  # also RFC 8785's refusals, and lone surrogates
        raise SignatureMismatchError(file=file, problem="it holds what a signed note cannot hold") from None
    if not key.verifies(_signature_bytes(signature["value"], file), data):
        raise SignatureMismatchError(file=file, problem="it is not as it was signed")


def load_document(data: bytes, file: str) -> dict[str, Any]:
    """The JSON object in ``data``, nothing dropped; :class:`SignatureMismatchError` where readers could differ.

    A name that occurs twice in an object, and the numbers that JSON does not have, are refused.
    """
    try:
        document = json.loads(data.decode("utf-8"), object_pairs_hook=_object, parse_constant=_no_constant)
    except (ValueError, RecursionError):
        raise SignatureMismatchError(file=file, problem="it is not a JSON document in UTF-8") from None
    if not isinstance(document, dict):
        raise SignatureMismatchError(file=file, problem="it is not a JSON object")
    return document


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    names = dict(pairs)
    if len(names) != len(pairs):
        raise ValueError("a name occurs twice")
    return names


def _no_constant(name: str) -> float:
    raise ValueError(f"{name} is no JSON number")


def _signed_bytes(document: Mapping[str, Any]) -> bytes:
    return canonical_json({name: value for name, value in document.items() if name != "signature"})


def _signature_bytes(value: object, file: str) -> bytes:
    """The 64 bytes; only their one canonical base64 form is taken, so that no character is without effect."""
    try:
        if isinstance(value, str):
            decoded = base64.b64decode(value, validate=True)
            if base64.b64encode(decoded).decode() == value:
                return decoded
    except (binascii.Error, ValueError):
        pass
    raise SignatureMismatchError(file=file, problem="its signature is not base64")


def _statements(content: NoteContent) -> Iterator[Statement]:
    for section in (*content.sections, *content.patient_summary.sections):
        yield from section.statements


def _check_amendment(encounter: Encounter, amends: SignedNote | None, reason: str | None) -> None:
    if amends is None:
        if reason is not None:
            raise AmendmentError(problem="names a reason but no version that it amends")
        return
    if not reason or not reason.strip():
        raise AmendmentError(problem="needs a reason")
    if amends.encounter.id != encounter.id:
        raise AmendmentError(problem="is of another consultation than the note that it amends")
