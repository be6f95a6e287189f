"""Offline validation of FHIR resources against KR Core."""

from hl7_bridge.fhir import TransactionBundle
from hl7_bridge.validate.issue import Issue, Report, report

__all__ = ["Issue", "Report", "validate_bundle"]


def validate_bundle(bundle: TransactionBundle) -> Report:
    return report(())
