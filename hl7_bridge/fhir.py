"""FHIR JSON as values: a resource, a transaction and what its entries are found by."""

import re
import unicodedata
import uuid
from dataclasses import dataclass
from typing import Any, Literal
from urllib.parse import quote

from scribe.domain.encounter import Identifier

FhirJson = dict[str, Any]

_FORBIDDEN = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff\ud800-\udfff]")
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
class TransactionEntry:
    """A resource to be created unless the server already holds one under ``key``.

    ``parameter`` is the search parameter that finds the key: ``identifier``, or ``_tag`` for the resource types
    that FHIR gives no identifier (Provenance).  ``sources`` are the ids of the note's entries it was made of.
    """

    role: str
    key: Identifier
    resource: Resource
    parameter: Literal["identifier", "_tag"] = "identifier"
    sources: tuple[str, ...] = ()

    @property
    def full_url(self) -> str:
        return urn(self.key)

    @property
    def if_none_exist(self) -> str:
        return f"{self.parameter}={token(self.key)}"

    def as_json(self) -> FhirJson:
        return {
            "fullUrl": self.full_url,
            "resource": self.resource.content,
            "request": {"method": "POST", "url": self.resource.type, "ifNoneExist": self.if_none_exist},
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class Omission:
    """Something of the note that goes as text only; ``reason`` is Korean and names no patient data."""

    entry: str
    kind: str
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class TransactionBundle:
    """A signed version as one transaction of conditional creates, and what could not be made a resource."""

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
    """The same JSON with NFC text and without the control characters that FHIR and XML forbid."""
    if isinstance(value, str):
        return _FORBIDDEN.sub("", unicodedata.normalize("NFC", value))
    if isinstance(value, list):
        return [readable(item) for item in value]
    if isinstance(value, dict):
        return {name: readable(item) for name, item in value.items()}
    return value


def _escaped(text: str) -> str:
    for character in "\\,$|":
        text = text.replace(character, f"\\{character}")
    return text
