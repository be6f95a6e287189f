"""What a FHIR server says of itself at /metadata, as far as the bridge acts on it."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final, Literal, Self

from hl7_bridge.fhir import FhirJson

_JSON: Final = frozenset({"json", "application/fhir+json", "application/json"})


@dataclass(frozen=True, slots=True, kw_only=True)
class ResourceSupport:
    """One resource type.  ``conditional_create`` and its like are None where the server says nothing.

    ``searchable`` are the search parameters listed, None where none is listed at all.
    """

    interactions: frozenset[str] = frozenset()
    versioning: Literal["no-version", "versioned", "versioned-update"] | None = None
    update_create: bool | None = None
    conditional_create: bool | None = None
    conditional_update: bool | None = None
    searchable: frozenset[str] | None = None

    @classmethod
    def parse(cls, item: FhirJson) -> Self:
        parameters = _names(item.get("searchParam"), "name")
        versioning = item.get("versioning")
        return cls(
            interactions=_names(item.get("interaction"), "code"),
            versioning=versioning if versioning in ("no-version", "versioned", "versioned-update") else None,
            update_create=_flag(item, "updateCreate"),
            conditional_create=_flag(item, "conditionalCreate"),
            conditional_update=_flag(item, "conditionalUpdate"),
            searchable=parameters or None,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Capabilities:
    """``known`` is False where /metadata was not to be had and the site insists on a way of writing."""

    fhir_version: str
    software: str | None = None
    formats: frozenset[str] = frozenset()
    interactions: frozenset[str] = frozenset()
    security: frozenset[str] = frozenset()
    resources: Mapping[str, ResourceSupport] = field(default_factory=dict)
    known: bool = True

    @classmethod
    def parse(cls, statement: FhirJson) -> Self:
        """Of a CapabilityStatement; what is malformed in it counts as not said."""
        rests = [item for item in _objects(statement.get("rest")) if item.get("mode", "server") == "server"]
        rest = rests[0] if rests else {}
        software = statement.get("software")
        formats = statement.get("format")
        return cls(
            fhir_version=str(statement.get("fhirVersion", "")),
            software=str(software.get("name")) if isinstance(software, dict) and software.get("name") else None,
            formats=frozenset(str(item) for item in formats) if isinstance(formats, list) else frozenset(),
            interactions=_names(rest.get("interaction"), "code"),
            security=frozenset(_security(rest.get("security"))),
            resources={
                str(item["type"]): ResourceSupport.parse(item)
                for item in _objects(rest.get("resource"))
                if isinstance(item.get("type"), str)
            },
        )

    @classmethod
    def unknown(cls) -> Self:
        """Of a server that tells nothing: everything is taken to be there, nothing to be conditional."""
        return cls(fhir_version="4.0.1", interactions=frozenset({"transaction"}), known=False)

    @property
    def transaction(self) -> bool:
        return "transaction" in self.interactions

    @property
    def types(self) -> frozenset[str]:
        """The resource types listed; none where the server lists none."""
        return frozenset(self.resources)

    @property
    def creatable(self) -> frozenset[str]:
        return self.offering("create")

    def offering(self, interaction: str) -> frozenset[str]:
        """The resource types with that interaction."""
        return frozenset(name for name, support in self.resources.items() if interaction in support.interactions)

    @property
    def speaks_r4_json(self) -> bool:
        """R4 (4.0 or its 4.3), and JSON among the formats, where it lists any."""
        version_fits = self.fhir_version.startswith(("4.0", "4.3"))
        return version_fits and (not self.formats or any(_media_type(item) in _JSON for item in self.formats))

    def cannot_find(self, resource_type: str, parameter: str) -> bool:
        """True where the server lists its parameters and this one, specific to the type, is not among them."""
        support = self.resources.get(resource_type)
        listed = support.searchable if support else None
        return listed is not None and parameter not in listed and not parameter.startswith("_")

    def creates_conditionally(self, types: Iterable[str]) -> bool:
        """True where the server promises If-None-Exist for all of ``types``; what it leaves unsaid is no promise."""
        found = (self.resources.get(name) for name in types)
        return all(support is not None and support.conditional_create is True for support in found)

    def keeps_versions(self, resource_type: str) -> bool:
        """False where the server says that it keeps none, so that no ETag can guard an update."""
        support = self.resources.get(resource_type)
        return support is None or support.versioning != "no-version"


def _flag(item: FhirJson, name: str) -> bool | None:
    value = item.get(name)
    return value if isinstance(value, bool) else None


def _objects(value: Any) -> list[FhirJson]:
    return [item for item in value if isinstance(item, dict)] if isinstance(value, list) else []


def _names(value: Any, key: str) -> frozenset[str]:
    return frozenset(str(item[key]) for item in _objects(value) if key in item)


def _security(value: Any) -> Iterable[str]:
    for service in _objects(value.get("service")) if isinstance(value, dict) else []:
        for coding in _objects(service.get("coding")):
            yield str(coding.get("code", ""))


def _media_type(text: str) -> str:
    return text.partition(";")[0].strip().lower()
