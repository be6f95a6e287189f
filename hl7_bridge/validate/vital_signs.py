"""R4's own vital signs profile, which holds for its LOINC codes whether a resource claims it or not.

KR Core's profiles do not build on it, so what it asks beyond them is said as a warning: receivers outside Korea, and
the official validator, apply it (R4, Observation, Vital Signs).
"""

from collections.abc import Iterator
from typing import Final

from hl7_bridge.fhir import FhirJson
from hl7_bridge.validate import messages
from hl7_bridge.validate.coding import codings
from hl7_bridge.validate.findings import Finding, found

_LOINC: Final = "http://loinc.org"
_CODES: Final = frozenset(
    """
    85353-1 9279-1 8867-4 2708-6 59408-5 8310-5 8302-2 9843-4 29463-7 39156-5 85354-9 8480-6 8462-4 8478-0
    """.split()  # noqa: SIM905 (a list of lines reads worse)
)


def vital_sign_checks(observation: FhirJson, where: str) -> Iterator[Finding]:
    """The effective time and the subject, which KR Core leaves open."""
    if not any(system == _LOINC and code in _CODES for system, code in codings(observation.get("code"))):
        return
    names = {name.removeprefix("_") for name in observation}
    if not names.intersection(("effectiveDateTime", "effectivePeriod")):
        yield found("warning", f"{where}.effective[x]", "vs", "vs-effective", messages.rule("vs-effective"))
    if "subject" not in names:
        yield found("warning", f"{where}.subject", "vs", "vs-subject", messages.rule("vs-subject"))
