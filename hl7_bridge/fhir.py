"""FHIR JSON as values: a resource, a transaction and what its entries are found by."""

import re
import unicodedata
import uuid
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Literal
from urllib.parse import quote

from scribe.domain.encounter import Identifier

FhirJson = dict[str, Any]

_FORBIDDEN = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff\ud800-\udfff]")
_INSTANT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,6})?(Z|[+-]\d\d:\d\d)")
_NAMESPACE = uuid.uuid5(uuid.NAMESPACE_URL, "urn:clinical-scribe:hl7-bridge")


@dataclass(frozen=True, slots=True)
class Resource:
    """One FHIR R4 resource; ``content`` is its JSON object and is not changed by whoever reads it."""

    content: FhirJson

    @property
    def type(self) -> str:
        return str(self.content.get("resourceType", ""))

    @property
    def id(self) -> str | None:
        value = self.content.get("id")
        return value if isinstance(value, str) else None


@dataclass(frozen=True, slots=True, kw_only=True)
class Held:
    """A resource as the server holds it: ``reference`` is ``Condition/123``, ``etag`` what If-Match is given.

    ``etag`` is None where the server keeps no versions: nothing can then guard an update.
    """

    reference: str
    resource: Resource
    etag: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class TransactionEntry:
    """A resource to be written: created unless the server holds one under ``key``, or put in place of a held one.

    ``reference`` is the held resource that it updates, None where it is created; ``if_match`` is the ETag that the
    held one must still have.  ``parameter`` is the search parameter that finds the key: ``identifier``, or ``_tag``
    for the resource types that FHIR gives no identifier (Provenance).  ``sources`` are the ids of the note's entries
    it was made of.
    """

    role: str
    key: Identifier
    resource: Resource
    parameter: Literal["identifier", "_tag"] = "identifier"
    sources: tuple[str, ...] = ()
    reference: str | None = None
    if_match: str | None = None

    @property
    def method(self) -> Literal["POST", "PUT"]:
        return "POST" if self.reference is None else "PUT"

    @property
    def full_url(self) -> str:
        return urn(self.key)

    @property
    def if_none_exist(self) -> str:
        return f"{self.parameter}={token(self.key)}"

    def onto(self, held: Held) -> "TransactionEntry":
        """The same resource as an update of ``held``, refused by the server if someone changed that meanwhile."""
        content = {"resourceType": self.resource.type, "id": held.reference.rsplit("/", maxsplit=1)[-1]}
        return replace(
            self,
            resource=Resource(content | {k: v for k, v in self.resource.content.items() if k not in content}),
            reference=held.reference,
            if_match=held.etag,
        )

    def as_json(self) -> FhirJson:
        request = {"method": self.method, "url": self.reference or self.resource.type}
        if self.reference is None:
            request["ifNoneExist"] = self.if_none_exist
        elif self.if_match is not None:
            request["ifMatch"] = self.if_match
        return {"fullUrl": self.full_url, "resource": self.resource.content, "request": request}


@dataclass(frozen=True, slots=True, kw_only=True)
class Omission:
    """Something of the note that goes as text only; ``reason`` is Korean and names no patient data."""

    entry: str
    kind: str
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class TransactionBundle:
    """What a signed version, its amendment or retraction writes in one transaction, and what stays text."""

    entries: tuple[TransactionEntry, ...]
    omissions: tuple[Omission, ...] = ()

    def entry(self, role: str) -> TransactionEntry:
        """The entry of that role; KeyError where the note gave none."""
        for item in self.entries:
            if item.role == role:
                return item
        raise KeyError(role)

    def as_json(self) -> FhirJson:
        return {
            "resourceType": "Bundle",
            "type": "transaction",
            "entry": [item.as_json() for item in self.entries],
        }


def token(identifier: Identifier) -> str:
    """``system|value`` as a percent-encoded search token, with FHIR's own separators escaped."""
    return "|".join(quote(_escaped(part), safe=":/") for part in (identifier.system, identifier.value))


def plain_token(identifier: Identifier) -> str:
    """``system|value`` for a form body: FHIR's separators escaped, no percent encoding."""
    return "|".join(_escaped(part) for part in (identifier.system, identifier.value))


def urn(identifier: Identifier) -> str:
    """The ``urn:uuid:`` that always stands for that identifier."""
    return f"urn:uuid:{uuid.uuid5(_NAMESPACE, f'{identifier.system}|{identifier.value}')}"


def readable(value: Any) -> Any:
    """The same JSON with NFC text, without the control characters that FHIR forbids, and without blank fields."""
    if isinstance(value, str):
        return _FORBIDDEN.sub("", unicodedata.normalize("NFC", value))
    if isinstance(value, list):
        return [readable(item) for item in value]
    if isinstance(value, dict):
        read = {name: readable(item) for name, item in value.items()}
        return {name: item for name, item in read.items() if not isinstance(item, str) or item.strip()}
    return value


def holds(held: Any, sent: Any) -> bool:
    """True where everything sent is held; what a server adds of its own and ``meta`` make no difference.

    Instants are compared as moments: servers may write them in another time zone.
    """
    if isinstance(sent, dict) and isinstance(held, dict):
        return all(name == "meta" or (name in held and holds(held[name], part)) for name, part in sent.items())
    if isinstance(sent, list) and isinstance(held, list):
        return len(sent) == len(held) and all(holds(a, b) for a, b in zip(held, sent, strict=True))
    return bool(held == sent) or (isinstance(sent, str) and isinstance(held, str) and _same_moment(held, sent))


def pointed(content: Any, references: Mapping[str, str]) -> Any:
    """The same JSON with each reference that is a key of ``references`` replaced by its value."""
    if isinstance(content, list):
        return [pointed(item, references) for item in content]
    if isinstance(content, dict):
        return {
            name: references.get(part, part)
            if name == "reference" and isinstance(part, str)
            else pointed(part, references)
            for name, part in content.items()
        }
    return content


def _same_moment(one: str, other: str) -> bool:
    if not (_INSTANT.fullmatch(one) and _INSTANT.fullmatch(other)):
        return False
    return datetime.fromisoformat(one) == datetime.fromisoformat(other)


def _escaped(text: str) -> str:
    for character in "\\,$|":
        text = text.replace(character, f"\\{character}")
    return text
