"""What the patient has agreed to."""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

ConsentPurpose = Literal["recording", "secondary_use"]
ConsentState = Literal["given", "refused", "withdrawn"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Consent:
    """One decision of the patient or the guardian; the latest decision for a purpose holds."""

    purpose: ConsentPurpose
    state: ConsentState
    decided_at: datetime
    decided_by: Literal["patient", "guardian"] = "patient"

    @property
    def permits(self) -> bool:
        """True only where consent stands: silence, refusal and withdrawal do not permit."""
        return self.state == "given"
