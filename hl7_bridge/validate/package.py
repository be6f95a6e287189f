"""FHIR packages (``.tgz``) as validators, without unpacking them to disk."""

import json
import tarfile
import zlib
from pathlib import Path
from typing import Any

from hl7_bridge.errors import BridgeError
from hl7_bridge.validate.elements import Profile
from hl7_bridge.validate.engine import Validator
from hl7_bridge.validate.structure import profile_of
from hl7_bridge.validate.terminology import Terminology, compile_value_sets, r4_value_sets

_WANTED = ("StructureDefinition", "ValueSet", "CodeSystem")
_LARGEST = 64 * 1024 * 1024


class PackageError(BridgeError):
    """{file} is not a FHIR package with snapshots: {problem}."""


def package_validator(path: Path) -> Validator:
    """A validator for every profile of the package, with its value sets beside those of base R4."""
    found = _resources(path)
    profiles: dict[str, Profile] = {}
    for definition in found["StructureDefinition"].values():
        if definition.get("derivation") == "constraint" and definition.get("snapshot"):
            profile = profile_of(definition)
            profiles[profile.url] = profile
    if not profiles:
        raise PackageError(file=path, problem="no profile in it has a snapshot")
    value_sets = compile_value_sets(found["ValueSet"], found["CodeSystem"])
    return Validator(profiles, Terminology({**value_sets, **r4_value_sets()}))


def _resources(path: Path) -> dict[str, dict[str, dict[str, Any]]]:
    found: dict[str, dict[str, dict[str, Any]]] = {kind: {} for kind in _WANTED}
    try:
        with tarfile.open(path, "r:*") as archive:
            for member in archive:
                folder, _, name = member.name.rpartition("/")
                if folder == "package" and name.startswith(_WANTED) and member.isfile() and member.size < _LARGEST:
                    stream = archive.extractfile(member)
                    if stream is None:
                        continue
                    resource = json.load(stream)
                    if isinstance(resource, dict) and resource.get("resourceType") in found and "url" in resource:
                        found[resource["resourceType"]][resource["url"]] = resource
    except (tarfile.TarError, EOFError, zlib.error):
        raise PackageError(file=path, problem="it is no tar archive, or a damaged one") from None
    except OSError as error:
        raise PackageError(file=path, problem=error.strerror or "it is damaged") from None
    except (ValueError, RecursionError):
        raise PackageError(file=path, problem="a file in it is not JSON") from None
    return found
