"""What each role may do: one table, asked by the store for every repository and by the web for every page.

A role says what kind of thing somebody may do; whose consultations they may do it to is the scope's business
(a physician's own, for patient services those of the hospital, for IT none).
"""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Literal

Role = Literal["physician", "patient_services", "admin", "service"]
"""``patient_services`` admits patients and hands out what a physician approved (원무), ``admin`` is the hospital's
IT (전산), ``service`` the program itself."""

Permission = Literal[
    "see_worklist",
    "admit_patients",
    "record_consent",
    "read_captures",
    "review",
    "read_notes",
    "sign",
    "approve_summaries",
    "share_summaries",
    "see_deliveries",
    "see_quality",
    "manage_accounts",
    "manage_devices",
    "read_audit",
    "keep_preferences",
]
"""``read_captures``: recordings, transcripts and drafts.  ``share_summaries``: print and hand out approved patient
summaries, and end what was handed out."""

_PHYSICIAN: frozenset[Permission] = frozenset(
    {
        "see_worklist",
        "admit_patients",
        "record_consent",
        "read_captures",
        "review",
        "read_notes",
        "sign",
        "approve_summaries",
        "share_summaries",
        "see_deliveries",
        "see_quality",
        "keep_preferences",
    }
)
_PATIENT_SERVICES: frozenset[Permission] = frozenset(
    {"see_worklist", "admit_patients", "record_consent", "share_summaries", "keep_preferences"}
)
_ADMIN: frozenset[Permission] = frozenset(
    {"see_deliveries", "see_quality", "manage_accounts", "manage_devices", "read_audit", "keep_preferences"}
)
_SERVICE: frozenset[Permission] = (_PHYSICIAN | _ADMIN) - {"sign", "keep_preferences"}

ALLOWED: Mapping[Role, frozenset[Permission]] = MappingProxyType(
    {"physician": _PHYSICIAN, "patient_services": _PATIENT_SERVICES, "admin": _ADMIN, "service": _SERVICE}
)


def may(role: Role, permission: Permission) -> bool:
    """Whether ``role`` has ``permission``."""
    return permission in ALLOWED[role]
