"""A FHIR server on paper: it writes down what it is asked, and answers as a server would that holds nothing else.

For rehearsals.  Patient, encounter, physician and institution are found whatever their number is; their ids are
placeholders.  Nothing leaves the process.
"""

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final
from urllib.parse import parse_qs, unquote

import httpx

from hl7_bridge.fhir import FhirJson, pointed

ID_TO_FIND: Final = "id-on-the-server"
_PEOPLE: Final = ("Patient", "Encounter", "Practitioner", "PractitionerRole", "Organization")
_TYPES: Final = (
    *_PEOPLE, "AllergyIntolerance", "Condition", "Device", "DiagnosticReport", "DocumentReference", "Immunization",
    "MedicationRequest", "Observation", "Procedure", "Provenance",
)  # fmt: skip
_SILENT: Final = frozenset({"content-length", "connection", "accept-encoding", "user-agent"})


@dataclass(slots=True)
class _Stored:
    content: FhirJson
    version: int = 1


class PaperServer(httpx.BaseTransport):
    """Writes each request to ``folder`` as ``001-POST-Patient-_search.http`` while ``recording``."""

    def __init__(self, folder: Path, base_path: str, *, transaction: bool) -> None:
        self._folder = folder
        self._base_path = base_path.rstrip("/")
        self._transaction = transaction
        self._held: dict[str, _Stored] = {}
        self.recording = True
        self.files: list[Path] = []

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        request.read()
        if self.recording:
            self._record(request)
        path = request.url.path.removeprefix(self._base_path).strip("/")
        if path == "metadata":
            return httpx.Response(200, json=self._statement())
        if path.endswith("/_search") or (request.method == "GET" and "/" not in path):
            return self._search(path.split("/")[0], request)
        if request.method == "GET":
            return self._read(path)
        content: FhirJson = json.loads(request.content)
        return self._transact(content) if path == "" else self._write(path, request, content)

    def _record(self, request: httpx.Request) -> None:
        path = request.url.path.removeprefix(self._base_path).strip("/") or "transaction"
        name = re.sub(r"[^A-Za-z0-9_.-]+", "-", f"{len(self.files) + 1:03d}-{request.method}-{path}")
        file = self._folder / f"{name}.http"
        head = [f"{request.method} {request.url} HTTP/1.1"]
        head += [f"{key.title()}: {value}" for key, value in request.headers.items() if key not in _SILENT]
        file.write_text("\n".join(head) + "\n\n" + _body(request), encoding="utf-8")
        self.files.append(file)

    def _statement(self) -> FhirJson:
        offered = [{"code": code} for code in ("read", "create", "update", "search-type")]
        resources = [{"type": kind, "interaction": offered, "conditionalCreate": True} for kind in _TYPES]
        interactions = [{"code": "transaction"}] if self._transaction else []
        rest = [{"mode": "server", "interaction": interactions, "resource": resources}]
        return {"resourceType": "CapabilityStatement", "fhirVersion": "4.0.1", "format": ["json"], "rest": rest}

    def _search(self, kind: str, request: httpx.Request) -> httpx.Response:
        asked = parse_qs(request.content.decode("utf-8")) or parse_qs(request.url.query.decode("ascii"))
        name, values = next(iter(asked.items()))
        if kind in _PEOPLE:
            found = [_person(kind, name, values[0])]
        else:
            found = [stored.content for stored in self._held.values() if _fits(stored.content, kind, name, values[0])]
        entries = [{"resource": resource} for resource in found]
        return httpx.Response(200, json={"resourceType": "Bundle", "type": "searchset", "entry": entries})

    def _read(self, path: str) -> httpx.Response:
        stored = self._held.get(path)
        if stored is None:
            return httpx.Response(404)
        return httpx.Response(200, json=stored.content, headers={"ETag": f'W/"{stored.version}"'})

    def _write(self, path: str, request: httpx.Request, content: FhirJson) -> httpx.Response:
        status, reference = self._stored(path, content, request.headers.get("If-None-Exist"))
        return httpx.Response(status, headers={"Location": reference, "ETag": f'W/"{self._held[reference].version}"'})

    def _transact(self, bundle: FhirJson) -> httpx.Response:
        answers = []
        known: dict[str, str] = {}
        for entry in bundle["entry"]:
            asked = entry["request"]
            content: FhirJson = pointed(entry["resource"], known)
            status, reference = self._stored(asked["url"], content, asked.get("ifNoneExist"))
            known[entry["fullUrl"]] = reference
            answers.append({"response": {"status": str(status), "location": reference}})
        return httpx.Response(200, json={"resourceType": "Bundle", "type": "transaction-response", "entry": answers})

    def _stored(self, path: str, content: FhirJson, condition: str | None) -> tuple[int, str]:
        if path in self._held:
            self._held[path] = _Stored(content, self._held[path].version + 1)
            return 200, path
        name, _, value = (condition or "").partition("=")
        for reference, stored in self._held.items():
            if _fits(stored.content, path, name, unquote(value)):
                return 200, reference
        reference = f"{path}/{path.lower()}-{len(self._held) + 1}"
        self._held[reference] = _Stored(content | {"id": reference.split("/")[1]})
        return 201, reference


def _person(kind: str, parameter: str, token: str) -> FhirJson:
    found: FhirJson = {"resourceType": kind, "id": f"{kind.lower()}-{ID_TO_FIND}"}
    system, _, value = _unescaped(token)
    if parameter == "practitioner":
        return found | {"practitioner": {"reference": token}}
    return found | ({"identifier": [{"system": system, "value": value}]} if parameter == "identifier" else {})


def _fits(content: FhirJson, kind: str, parameter: str, token: str) -> bool:
    system, _, value = _unescaped(token)
    return content["resourceType"] == kind and (system, value) in set(_keys(content, parameter))


def _keys(content: FhirJson, parameter: str) -> Iterator[tuple[Any, Any]]:
    if parameter == "_tag":
        yield from ((tag.get("system"), tag.get("code")) for tag in content.get("meta", {}).get("tag", []))
    for item in content.get("identifier", []):
        yield item.get("system"), item.get("value")


def _unescaped(token: str) -> tuple[str, str, str]:
    """System and value of a search token, FHIR's escapes undone."""
    system, bar, value = re.sub(r"\\\|", "\0", token).partition("|")
    return tuple(re.sub(r"\\([\\,$])", r"\1", part).replace("\0", "|") for part in (system, bar, value))  # type: ignore[return-value]


def _body(request: httpx.Request) -> str:
    if not request.content:
        return ""
    if "json" in request.headers.get("Content-Type", ""):
        return json.dumps(json.loads(request.content), ensure_ascii=False, indent=1) + "\n"
    return request.content.decode("utf-8") + "\n"
