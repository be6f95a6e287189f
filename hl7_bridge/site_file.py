"""The site file: one TOML with every setting of the bridge, checked key by key."""

import tomllib
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Final

from pydantic import TypeAdapter, ValidationError

from hl7_bridge.destination import DEFAULT_NAME, KINDS, Destination, FhirDestination
from hl7_bridge.errors import SiteError
from hl7_bridge.hl7v2.settings import Hl7Receiver
from hl7_bridge.setting import UriSetting
from hl7_bridge.site import Site
from scribe.domain.encounter import Organization

_COMMON: Final = frozenset({"identifier_system", "organization", "receive"})
_SIMPLE: Final = {"destination": "url", "headers": "headers", "timeout": "timeout", "auth": "auth", "tls": "tls"}
_TAGS: Final = ("smart", "client-secret", "json-field")
_CONTRADICTION: Final = "stands beside [destinations]: give it inside the section of the destination that it is for"


def read_site(path: Path) -> Site:
    """The site of a TOML file; every setting may be left out.  SiteError names the key that is wrong.

    Paths in it count from its folder.  The form with one destination::

        destination = "https://fhir.hospital.example/r4"
        identifier_system = "urn:oid:1.2.410.100110.10.12345678"
        timeout = 30
        [organization]
        name = "한빛의원"
        identifier = { system = "http://www.hl7korea.or.kr/Identifier/hira-krnpi", value = "12345678" }
        [headers]
        X-API-Key = { file = "gateway.key" }

    and with several, each of its ``kind`` (``fhir`` unless it says otherwise)::

        [destinations.emr]
        url = "https://fhir.hospital.example/r4"
        [destinations.emr.auth]
        kind = "smart"
        client_id = "clinical-scribe"
        key_file = "smart.pem"
    """
    return _Document(path).site()


class _Document:
    def __init__(self, path: Path) -> None:
        self._path = path
        self._content = _toml(path)

    def site(self) -> Site:
        content = self._content
        allowed = _COMMON | set(_SIMPLE) | {"destinations"}
        for key in sorted(set(content) - allowed):
            raise SiteError(file=self._path, field=key, problem="is not a setting of a site")
        return Site(
            identifier_system=self._value("identifier_system", UriSetting),
            organization=self._value("organization", Organization),
            destinations=tuple(self._destinations()),
            receive=self._value("receive", Hl7Receiver),
        )

    def _destinations(self) -> Iterator[Destination]:
        simple = {name: self._content[key] for key, name in _SIMPLE.items() if key in self._content}
        sections = self._content.get("destinations")
        if sections is None:
            yield from self._only(simple)
            return
        if simple:
            key = next(key for key in _SIMPLE if key in self._content)
            raise SiteError(file=self._path, field=key, problem=_CONTRADICTION)
        if not isinstance(sections, Mapping) or not all(isinstance(part, Mapping) for part in sections.values()):
            raise SiteError(file=self._path, field="destinations", problem="must hold one table for each destination")
        for name, section in sections.items():
            yield self._destination(f"destinations.{name}", {**section, "name": name})

    def _only(self, simple: dict[str, Any]) -> Iterator[Destination]:
        if "url" in simple:
            yield self._checked(FhirDestination, {"name": DEFAULT_NAME, **simple}, "")
        elif simple:
            key = next(key for key in _SIMPLE if key in self._content)
            raise SiteError(file=self._path, field=key, problem="needs a destination to be for")

    def _destination(self, where: str, section: dict[str, Any]) -> Destination:
        kind = section.get("kind", "fhir")
        if kind not in KINDS:
            known = " or ".join(f'"{name}"' for name in KINDS)
            raise SiteError(file=self._path, field=f"{where}.kind", problem=f"must be {known}")
        destination: Destination = self._checked(KINDS[kind], section, where)
        return destination

    def _value(self, key: str, kind: Any) -> Any:
        return self._checked(kind, self._content[key], key) if key in self._content else None

    def _checked(self, kind: Any, value: Any, where: str) -> Any:
        try:
            return TypeAdapter(kind).validate_python(value, context={"folder": self._path.parent})
        except ValidationError as error:
            first = error.errors(include_input=False, include_url=False)[0]
            raise SiteError(file=self._path, field=_key(where, first), problem=_problem(first)) from None


def _toml(path: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(path.read_text("utf-8"))
    except OSError as error:
        raise SiteError(file=path, field="the file", problem=f"cannot be read: {error.strerror}") from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise SiteError(file=path, field="the file", problem=f"is not TOML: {error}") from None


def _key(where: str, error: Any) -> str:
    """The key as the file has it: the tags that a choice of sections adds are left out."""
    parts = [str(part) for part in error["loc"] if part not in _TAGS]
    if where:
        return ".".join([where, *parts])
    return ".".join(["destination" if parts[:1] == ["url"] else parts[0], *parts[1:]])


def _problem(error: Any) -> str:
    kind = error["type"]
    if kind == "unexpected_keyword_argument":
        return "is not a setting here"
    if kind in ("missing", "missing_argument", "missing_keyword_only_argument"):
        return "is missing"
    message = str(error["msg"]).removeprefix("Value error, ")
    return message if kind == "value_error" else f"is wrong: {message[:1].lower()}{message[1:]}"
