"""FHIR packages (``.tgz``) as validators, without unpacking them to disk."""

import io
import json
import re
import tarfile
import zlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from hl7_bridge.errors import BridgeError
from hl7_bridge.validate.elements import base_types
from hl7_bridge.validate.engine import Validator
from hl7_bridge.validate.structure import profile_of
from hl7_bridge.validate.table import r4_extensions
from hl7_bridge.validate.terminology import Terminology, compile_value_sets, r4_value_sets, whole_systems
from scribe.domain.files import read_file

_WANTED: Final = ("StructureDefinition", "ValueSet", "CodeSystem")
_LARGEST: Final = 64 * 1024 * 1024
_ALTOGETHER: Final = 512 * 1024 * 1024
_NAME: Final = re.compile(r"[a-z][a-z0-9-]*(\.[a-z0-9-]+)+")
_VERSION: Final = re.compile(r"[0-9A-Za-z][0-9A-Za-z.+-]{0,63}")


class PackageError(BridgeError):
    """{file} is not a FHIR R4 package with snapshots: {problem}."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Package:
    """What a package says of itself, and its definitions by kind and canonical URL."""

    name: str
    version: str
    definitions: dict[str, dict[str, dict[str, Any]]] = field(repr=False)

    @property
    def profiles(self) -> list[dict[str, Any]]:
        """The profiles and extensions that have a snapshot."""
        return [
            definition
            for definition in self.definitions["StructureDefinition"].values()
            if definition.get("derivation") == "constraint" and definition.get("snapshot")
        ]


def package_validator(path: Path) -> Validator:
    """A validator for every profile of the package, with its value sets beside those of base R4."""
    return validator_of(read_package(read_file(path), str(path)), str(path))


def validator_of(package: Package, file: str) -> Validator:
    """A validator for every profile of the package; ``file`` names it in a :class:`PackageError`."""
    profiles = {}
    for definition in package.profiles:
        try:
            profile = profile_of(definition)
        except (KeyError, TypeError, ValueError, AttributeError):
            name = str(definition.get("id") or definition.get("url"))
            raise PackageError(file=file, problem=f"the snapshot of {name} is damaged") from None
        profiles[profile.url] = profile
    if not profiles:
        raise PackageError(file=file, problem="no profile in it has a snapshot")
    if not any(profile.type in base_types() for profile in profiles.values()):
        raise PackageError(file=file, problem="it has no profile of a resource type that is checked here")
    code_systems = package.definitions["CodeSystem"]
    value_sets = {**compile_value_sets(package.definitions["ValueSet"], code_systems), **r4_value_sets()}
    return Validator({**profiles, **r4_extensions()}, Terminology(value_sets, whole_systems(code_systems)))


def read_package(data: bytes, file: str) -> Package:
    """The definitions in a package's bytes; ``file`` names it in a :class:`PackageError`."""
    found: dict[str, dict[str, dict[str, Any]]] = {kind: {} for kind in _WANTED}
    about: dict[str, Any] = {}
    try:
        for member, content in _members(data):
            resource = json.loads(content)
            if member == "package.json":
                about = resource if isinstance(resource, dict) else {}
            elif isinstance(resource, dict) and resource.get("resourceType") in found and "url" in resource:
                found[resource["resourceType"]][str(resource["url"])] = resource
    except (tarfile.TarError, EOFError, zlib.error, OSError):
        raise PackageError(file=file, problem="it is no tar archive, or a damaged one") from None
    except (ValueError, RecursionError):
        raise PackageError(file=file, problem="a file in it is not JSON") from None
    except _TooLargeError:
        raise PackageError(file=file, problem="what it holds is larger than any guide") from None
    name, version, releases = about.get("name"), about.get("version"), about.get("fhirVersions", ["4.0.1"])
    if not isinstance(name, str) or not _NAME.fullmatch(name):
        raise PackageError(file=file, problem="its package.json names no package")
    if not isinstance(version, str) or not _VERSION.fullmatch(version):
        raise PackageError(file=file, problem="its package.json names no version")
    if not isinstance(releases, list) or not any(str(release).startswith("4.0") for release in releases):
        raise PackageError(file=file, problem="it is made for another FHIR release")
    return Package(name=name, version=version, definitions=found)


class _TooLargeError(Exception):
    """An archive that unpacks to more than any guide holds."""


def _members(data: bytes) -> Iterator[tuple[str, bytes]]:
    """The definitions and ``package.json`` of the archive's ``package`` folder."""
    total = 0
    with tarfile.open(fileobj=io.BytesIO(data), mode="r:*") as archive:
        for member in archive:
            folder, _, name = member.name.rpartition("/")
            total += member.size
            if total > _ALTOGETHER or member.size > _LARGEST:
                raise _TooLargeError
            wanted = name == "package.json" or (name.startswith(_WANTED) and name.endswith(".json"))
            if folder.removeprefix("./") != "package" or not wanted or not member.isfile():
                continue
            stream = archive.extractfile(member)
            if stream is not None:
                yield name, stream.read()
