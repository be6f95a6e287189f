"""The terms that a consultation is likely to hold: what the recogniser is told to listen for.

They come from signed records alone: the patient's own medicines and diseases first, then what the physician orders
and diagnoses most.  A hint is no finding: `scribe eval vocabulary` counts the terms that were put in
beside those that were found.
"""

import re
from collections import Counter
from collections.abc import Iterable, Iterator

from scribe.domain.entries import Diagnosis, Entry, MedicationOrder, MedicationStatement, Procedure, TestOrder
from scribe.store import Work
from scribe.store.records import NoteRecord

MOST_TERMS = 24
"""About a hundred of the recogniser's tokens: what it takes in beside the speech."""

_PATIENTS_VISITS = 8
_PHYSICIANS_VISITS = 60
_SAID = re.compile(r"\s*\(.*\)$")
_FEWEST_SYLLABLES = 3


def hot_words(work: Work, encounter_id: str, *, most: int = MOST_TERMS) -> tuple[str, ...]:
    """At most ``most`` terms for a consultation, the likeliest first; none where nothing is signed yet."""
    theirs = _terms(work.notes.of_same_patient(encounter_id, most=_PATIENTS_VISITS))
    usual = Counter(_terms(work.notes.recent(most=_PHYSICIANS_VISITS)))
    ranked = [*theirs, *(term for term, _ in usual.most_common())]
    return tuple(dict.fromkeys(ranked))[:most]


def _terms(notes: Iterable[NoteRecord]) -> Iterator[str]:
    for record in notes:
        for entry in record.note.content.entries:
            if _is_worth_hearing(entry):
                name = _SAID.sub("", entry.name).strip()
                if len(name.replace(" ", "")) >= _FEWEST_SYLLABLES:
                    yield name


def _is_worth_hearing(entry: Entry) -> bool:
    if isinstance(entry, Diagnosis):
        return entry.certainty != "ruled_out"
    return isinstance(entry, MedicationOrder | MedicationStatement | TestOrder | Procedure)
