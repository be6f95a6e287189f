"""What R4 asks of a Bundle beyond its FHIRPath rules: addresses of entries, and a document that is complete."""

import re
from collections.abc import Iterator
from typing import Any, Final

from hl7_bridge.fhir import FhirJson
from hl7_bridge.validate import messages
from hl7_bridge.validate.findings import Finding, found
from hl7_bridge.validate.references import Surroundings, references

_ABSOLUTE: Final = re.compile(r"[a-zA-Z][a-zA-Z0-9+.\-]*:\S+")
_RESTFUL: Final = re.compile(r"^https?://\S+/([A-Z][A-Za-z]+)/([A-Za-z0-9.\-]{1,64})$")
_NEEDS_NO_URL: Final = frozenset({"transaction", "batch", "transaction-response", "batch-response"})
_DOCUMENT_PARTS: Final = ("subject", "encounter", "author", "attester", "custodian", "event", "section")


def bundle_checks(bundle: FhirJson, where: str, around: Surroundings) -> Iterator[Finding]:
    """Findings about the entries of a Bundle at ``where``; ``around`` resolves its references."""
    entries = bundle.get("entry")
    kind = bundle.get("type")
    seen: set[tuple[str, object]] = set()
    for index, entry in enumerate(entries if isinstance(entries, list) else []):
        if not isinstance(entry, dict):
            continue
        path = f"{where}.entry[{index}]"
        yield from _address(entry, path, str(kind))
        stamp = _stamp(entry)
        if stamp is not None and kind != "history":
            if stamp in seen:
                yield found("error", f"{path}.fullUrl", "rule bdl-7", "bdl-7", messages.rule("bdl-7"))
            seen.add(stamp)
    if kind == "document":
        yield from _document(entries, where, around)


def _address(entry: FhirJson, path: str, kind: str) -> Iterator[Finding]:
    url, resource = entry.get("fullUrl"), entry.get("resource")
    if not isinstance(url, str):
        if kind not in _NEEDS_NO_URL and isinstance(resource, dict) and "_fullUrl" not in entry:
            severity: Any = "error" if kind in ("document", "message") else "warning"
            yield found(severity, f"{path}.fullUrl", "min", "R4 Bundle.entry.fullUrl", messages.NO_FULL_URL)
        return
    if not _ABSOLUTE.fullmatch(url):
        yield found("error", f"{path}.fullUrl", "absolute", "R4 Bundle.entry.fullUrl", messages.NOT_ABSOLUTE)
        return
    match = _RESTFUL.match(url)
    if match is None or not isinstance(resource, dict):
        return
    stated = (resource.get("resourceType"), resource.get("id", match[2]))
    if stated != (match[1], match[2]):
        yield found("error", f"{path}.fullUrl", "disagrees", "R4 Bundle.entry.fullUrl", messages.URL_DISAGREES)


def _stamp(entry: FhirJson) -> tuple[str, object] | None:
    """What tells an entry apart in bdl-7: its address and the version of its resource."""
    url, resource = entry.get("fullUrl"), entry.get("resource")
    if not isinstance(url, str):
        return None
    meta = resource.get("meta") if isinstance(resource, dict) else None
    version = meta.get("versionId") if isinstance(meta, dict) else None
    return url, version if isinstance(version, str) else None


def _document(entries: Any, where: str, around: Surroundings) -> Iterator[Finding]:
    """What the Composition of a document points at goes with it."""
    first = entries[0].get("resource") if isinstance(entries, list) and entries and isinstance(entries[0], dict) else {}
    if not isinstance(first, dict) or first.get("resourceType") != "Composition":
        return
    for name in _DOCUMENT_PARTS:
        for reference in references(first.get(name)):
            if not reference.startswith(("#", "urn:")) and around.target(reference) is None:
                path = f"{where}.entry[0].resource.{name}"
                yield found("warning", path, "document", "R4 document", messages.NOT_IN_DOCUMENT)
