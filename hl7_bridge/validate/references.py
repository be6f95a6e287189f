"""What a resource stands in: its container, its Bundle, and where its references lead."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Self

from hl7_bridge.fhir import FhirJson
from hl7_bridge.validate.elements import TYPE_NAMES

_LITERAL = re.compile(r"(?:^|/)([A-Z][A-Za-z]+)(?:/[A-Za-z0-9.\-]{1,64}(?:/_history/[A-Za-z0-9.\-]{1,64})?$|\?)")
_RELATIVE = re.compile(r"([A-Z][A-Za-z]+)(?:/[A-Za-z0-9.\-]{1,64}(?:/_history/[A-Za-z0-9.\-]{1,64})?|\?\S+)")
_SCHEME = re.compile(r"[A-Za-z][A-Za-z0-9+.\-]*:\S+")
_VERSION = re.compile(r"/_history/[A-Za-z0-9.\-]{1,64}$")
_RESTFUL = re.compile(r"^https?://\S+/([A-Z][A-Za-z]+/[A-Za-z0-9.\-]{1,64})$")


@dataclass(frozen=True, slots=True)
class Bundled:
    """The resources of a Bundle by ``fullUrl``, and by ``Type/id`` where only one entry ends so."""

    by_url: Mapping[str, FhirJson]
    by_id: Mapping[str, FhirJson | None]

    def find(self, reference: str) -> FhirJson | None:
        plain = _VERSION.sub("", reference)
        return self.by_url.get(plain) or self.by_id.get(plain)


@dataclass(frozen=True, slots=True)
class Surroundings:
    """``resource`` and ``root`` are FHIRPath's %resource and %rootResource; ``bundled`` is None outside a Bundle."""

    root: FhirJson
    resource: FhirJson
    bundled: Bundled | None = None
    contained: Mapping[str, FhirJson] = field(default_factory=dict)

    @classmethod
    def of(cls, content: object) -> Self:
        resource = content if isinstance(content, dict) else {}
        return cls(root=resource, resource=resource)

    def inside(self, content: FhirJson, *, contained: bool = False) -> "Surroundings":
        """The surroundings of what stands in ``content``, which is itself contained in the root or is a root."""
        bundled = _bundled(content) if content.get("resourceType") == "Bundle" else self.bundled
        if contained:
            return Surroundings(self.root, content, bundled, self.contained)
        return Surroundings(content, content, bundled, _by_id(content))

    def target_type(self, reference: str) -> str | None:
        """The resource type a literal reference leads to; None where that cannot be told."""
        found = self.target(reference)
        if found is not None:
            kind = found.get("resourceType")
            return kind if isinstance(kind, str) else None
        match = _LITERAL.search(reference)
        return match[1] if match else None

    def target(self, reference: str) -> FhirJson | None:
        """The resource itself, where it is contained or in the same Bundle."""
        if reference == "#":
            return self.root
        if reference.startswith("#"):
            return self.contained.get(reference[1:])
        return self.bundled.find(reference) if self.bundled is not None else None

    def is_broken(self, reference: str) -> bool:
        """True where the target had to be here and is not: a contained resource, or a urn in a Bundle."""
        if reference.startswith("#"):
            return self.target(reference) is None
        return (
            reference.startswith(("urn:uuid:", "urn:oid:"))
            and self.bundled is not None
            and self.target(reference) is None
        )


def has_form(reference: str) -> bool:
    """Whether a literal reference is one: an address, ``#id``, ``Type/id`` or a conditional ``Type?search``."""
    if reference.startswith("#") or _SCHEME.fullmatch(reference):
        return True
    match = _RELATIVE.fullmatch(reference)
    return match is not None and match[1] in TYPE_NAMES


def references(value: Any) -> list[str]:
    """Every literal reference in a value, in no particular order."""
    found, left = [], [value]
    while left:
        part = left.pop()
        if isinstance(part, list):
            left += part
        elif isinstance(part, dict):
            left += part.values()
            if isinstance(part.get("reference"), str):
                found.append(part["reference"])
    return found


def _bundled(bundle: FhirJson) -> Bundled:
    by_url: dict[str, FhirJson] = {}
    by_id: dict[str, FhirJson | None] = {}
    for entry in _list(bundle.get("entry")):
        if not isinstance(entry, dict) or not isinstance(entry.get("resource"), dict):
            continue
        url = entry.get("fullUrl")
        if isinstance(url, str):
            by_url[url] = entry["resource"]
            match = _RESTFUL.match(url)
            if match:
                by_id[match[1]] = entry["resource"] if match[1] not in by_id else None
    return Bundled(by_url, by_id)


def _by_id(resource: FhirJson) -> dict[str, FhirJson]:
    inner = [item for item in _list(resource.get("contained")) if isinstance(item, dict)]
    return {item["id"]: item for item in reversed(inner) if isinstance(item.get("id"), str)}


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []
