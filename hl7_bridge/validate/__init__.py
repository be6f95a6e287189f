"""Offline validation of FHIR resources against KR Core: our own table, or the official package."""

import os

from hl7_bridge.fhir import TransactionBundle
from hl7_bridge.validate.engine import Validator
from hl7_bridge.validate.installed import (
    ChangedPackageError,
    InstalledPackage,
    NotInstalledError,
    installed_validator,
    profiles_home,
)
from hl7_bridge.validate.issue import Issue, Report
from hl7_bridge.validate.messages import Language
from hl7_bridge.validate.package import PackageError, package_validator
from hl7_bridge.validate.reading import LARGEST_FILE, read_and_validate
from hl7_bridge.validate.table import table_validator

__all__ = [
    "LARGEST_FILE",
    "ChangedPackageError",
    "InstalledPackage",
    "Issue",
    "Language",
    "NotInstalledError",
    "PackageError",
    "Report",
    "Validator",
    "installed_validator",
    "package_validator",
    "profiles_home",
    "read_and_validate",
    "table_validator",
    "validate_bundle",
]


def validate_bundle(bundle: TransactionBundle, validator: Validator | None = None) -> Report:
    """Everything that would be sent: each entry against the profiles it claims, the enclosed document included.

    Without a ``validator`` by what the site installed, else by our table; raises :class:`ChangedPackageError` where
    what is installed is damaged.
    """
    return (validator or installed_validator(profiles_home(os.environ))).validate(bundle.as_json())
