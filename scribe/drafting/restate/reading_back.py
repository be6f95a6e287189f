"""What a sentence that was reworded by hand now says of its entries, read with the readers of the dialogue."""

import re
from collections.abc import Sequence
from dataclasses import replace

from scribe.domain.encounter import Encounter
from scribe.domain.entries import Allergy, Entry, History, Symptom
from scribe.domain.transcript import Transcript, Utterance
from scribe.drafting.extract import read
from scribe.drafting.observer import UNOBSERVED

_DENIED = re.compile(r"없|부인|아님|음성|않")
_LEFT_ALONE = frozenset({"id", "kind", "evidence", "confidence", "author", "ingredient"})


def read_back(entry: Entry, drafted: str, text: str, encounter: Encounter) -> Entry | None:
    """``entry`` with what ``text`` says otherwise than ``drafted``, the sentence that says what ``entry`` holds.

    None where the readers find no difference that the entry could hold.
    """
    denied = _denied(entry, drafted, text)
    if denied is not None:
        return denied
    before, after = _read(entry, drafted, encounter), _read(entry, text, encounter)
    if before is None or after is None:
        return None
    fields = [name for name in entry.__dataclass_fields__ if name not in _LEFT_ALONE]
    moved = {name: getattr(after, name) for name in fields if getattr(before, name) != getattr(after, name)}
    if "name" in moved:
        moved["code"] = after.code
    return replace(entry, **moved) if moved else None


def _read(entry: Entry, text: str, encounter: Encounter) -> Entry | None:
    """The entry of the same kind in ``text``: of the same name, else the only one."""
    found = _entries(text, encounter, entry.kind)
    named = [one for one in found if one.name == entry.name or one.name in entry.name or entry.name in one.name]
    if named:
        return named[0]
    return found[0] if len(found) == 1 else None


def _entries(text: str, encounter: Encounter, kind: str) -> Sequence[Entry]:
    said = Utterance(id="u0", speaker="doctor", start=0.0, end=1.0, text=text)
    reading = read(Transcript(language="ko", utterances=(said,)), encounter, UNOBSERVED)
    return [entry for entry in reading.entries if entry.kind == kind]


def _denied(entry: Entry, drafted: str, text: str) -> Entry | None:
    """The entry with the other presence, where the sentence denies what it told, or the other way round."""
    if not isinstance(entry, Symptom | History | Allergy) or bool(_DENIED.search(drafted)) == bool(
        _DENIED.search(text)
    ):
        return None
    if entry.status == "present" and _DENIED.search(text):
        return replace(entry, status="absent")
    return replace(entry, status="present") if entry.status == "absent" else None
