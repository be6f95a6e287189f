"""What the physician is asked before signing: checks over the entries that state nothing themselves.

Each check yields flags worded as questions ("확인 필요: …?"), with the entries that raise them; the rules lie in
reviewed tables under ``lexicon/`` with a source a row.  They support the physician and replace no prescription check.
"""

from collections.abc import Iterable, Sequence

from scribe.domain.encounter import Encounter
from scribe.domain.entries import Entry
from scribe.domain.note import Flag
from scribe.drafting.safety.allergies import allergy_flags
from scribe.drafting.safety.doses import dose_flags
from scribe.drafting.safety.duplicates import duplicate_flags
from scribe.drafting.safety.precautions import precaution_flags

__all__ = ["safety_flags"]


def safety_flags(entries: Sequence[Entry], encounter: Encounter) -> Iterable[Flag]:
    """Allergies against orders, duplicates, unusual doses, and warnings that were not given."""
    yield from allergy_flags(entries)
    yield from duplicate_flags(entries)
    yield from dose_flags(entries, encounter)
    yield from precaution_flags(entries, encounter)
