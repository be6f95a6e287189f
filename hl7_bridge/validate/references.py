"""What a resource stands in: its container, its Bundle, and where its references lead."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Self

from hl7_bridge.fhir import FhirJson

_LITERAL = re.compile(r"(?:^|/)([A-Z][A-Za-z]+)(?:/[A-Za-z0-9.\-]{1,64}(?:/_history/[A-Za-z0-9.\-]{1,64})?$|\?)")


@dataclass(frozen=True, slots=True)
class Surroundings:
    """``resource`` and ``root`` are FHIRPath's %resource and %rootResource; ``bundled`` is None outside a Bundle."""

    root: FhirJson
    resource: FhirJson
    bundled: Mapping[str, FhirJson] | None = None

    @classmethod
    def of(cls, content: object) -> Self:
        resource = content if isinstance(content, dict) else {}
        return cls(root=resource, resource=resource)

    def inside(self, content: FhirJson) -> "Surroundings":
        """The surroundings of what stands in ``content``."""
        contained = any(content is item for item in _list(self.root.get("contained")))
        bundled = _by_full_url(content) if content.get("resourceType") == "Bundle" else self.bundled
        return Surroundings(root=self.root if contained else content, resource=content, bundled=bundled)

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
        if reference.startswith("#"):
            candidates = _list(self.root.get("contained"))
            return next(
                (item for item in candidates if isinstance(item, dict) and item.get("id") == reference[1:]), None
            )
        return (self.bundled or {}).get(reference)

    def is_broken(self, reference: str) -> bool:
        """True where the target had to be here and is not: a contained resource, or a urn in a Bundle."""
        if reference == "#":
            return False
        if reference.startswith("#"):
            return self.target(reference) is None
        return (
            reference.startswith(("urn:uuid:", "urn:oid:"))
            and self.bundled is not None
            and reference not in self.bundled
        )


def _by_full_url(bundle: FhirJson) -> dict[str, FhirJson]:
    return {
        entry["fullUrl"]: entry["resource"]
        for entry in _list(bundle.get("entry"))
        if isinstance(entry, dict) and isinstance(entry.get("fullUrl"), str) and isinstance(entry.get("resource"), dict)
    }


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []
