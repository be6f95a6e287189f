"""Which template a consultation asks for, where none is named: by setting, age, and what brought the patient."""

import re
from collections.abc import Sequence

from scribe.domain.encounter import Encounter
from scribe.domain.entries import Entry, LabResult, MedicationOrder
from scribe.domain.transcript import Transcript

_SETTINGS = {"emergency": "emergency", "inpatient_round": "ward_round", "telephone": "telephone"}
_CHILD_YEARS = 15
_OPENING = 6  # utterances in which a first visit or a return is spoken of
_FIRST = re.compile(
    r"처음 (?:오|뵙|뵈|방문|진료)|초진|저희 병원(?:은|엔|에는)? 처음|의뢰서|소견서(?:를)? (?:가지|들고)"
)
_AGAIN = re.compile(r"지난번|저번|지난 ?달에 (?:오|봬|뵙)|재진|그동안 (?:어떠|잘|좀)|(?:약은? )?잘 드시고 (?:계|오)")


def template_for(
    encounter: Encounter,
    entries: Sequence[Entry] = (),
    chief_complaint: str | None = None,
    transcript: Transcript | None = None,
) -> str:
    """The name of one of our templates.

    The setting decides first, then an age under 15 years (``_CHILD_YEARS``, the age up to which Korean hospitals see
    children at the paediatric department), then a return visit (known disease followed up, medicines continued or
    results compared), then a first visit that the opening names as such; everything else is written as SOAP.
    """
    if encounter.setting in _SETTINGS:
        return _SETTINGS[encounter.setting]
    if encounter.patient is not None and encounter.patient.age_on(encounter.start.date()) < _CHILD_YEARS:
        return "paediatric"
    opening = " ".join(item.text for item in transcript.utterances[:_OPENING]) if transcript is not None else ""
    if (chief_complaint or "").endswith("추적 진료") or (_AGAIN.search(opening) and _is_followed(entries)):
        return "follow_up"
    return "initial" if _FIRST.search(opening) else "soap"


def _is_followed(entries: Sequence[Entry]) -> bool:
    kept = any(isinstance(entry, MedicationOrder) and entry.action in ("continue", "change") for entry in entries)
    return kept or any(isinstance(entry, LabResult) for entry in entries)
