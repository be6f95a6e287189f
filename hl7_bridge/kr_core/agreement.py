"""Whether a sentence that the physician rewrote contradicts what an entry says.

A resource must never say anything else than the signed text.  Sentences that stand as they were drafted say their
entries by construction; a rewritten one contradicts an entry where it no longer names it, puts another number in the
place of one of the entry's, or denies or doubts what the entry states.  Such an entry stays text.
"""

import re
import unicodedata
from collections import Counter
from collections.abc import Iterable
from typing import Final

from hl7_bridge.kr_core.names import term
from scribe.domain.entries import Diagnosis, Entry, LabResult, MedicationOrder, Vital

REWRITTEN: Final = "의사가 고쳐 쓴 문장이 항목의 값과 다를 수 있어 본문으로만 보냅니다"

_NUMBER = re.compile(r"\d+(?:,\d{3})*(?:\.\d+)?")
_DENIAL = re.compile(
    r"없|않|아니|아님|배제|제외|부인|음성|정상|중단|취소|보류|중지|끊|"
    r"\bno\b|\bnot\b|\bden|\bwithout\b|\bstop|ruled? out|r/o",
    re.IGNORECASE,
)
_SUSPECTED = re.compile(r"의심|추정|가능성|\bsuspect|\bprobabl|\bpossibl", re.IGNORECASE)


def agrees(entry: Entry, texts: Iterable[str]) -> bool:
    """True where one of the rewritten sentences names the entry and does not contradict it."""
    return any(_says(entry, text) for text in texts)


def _says(entry: Entry, text: str) -> bool:
    folded = _folded(text)
    named = any(_folded(name) in folded for name in _names(entry))
    if not named and not isinstance(entry, Vital):
        return False
    return not _denies(entry, text) and not _has_other_numbers(entry, text)


def _has_other_numbers(entry: Entry, text: str) -> bool:
    """True where the text lacks a number of the entry and has one that is not the entry's."""
    stated, told = Counter(_numbers(entry)), Counter(_numbers_of(text))
    return bool(stated - told) and bool(told - stated)


def _names(entry: Entry) -> list[str]:
    return [term(entry), *([entry.code.code] if isinstance(entry, Diagnosis) and entry.code else [])]


def _denies(entry: Entry, text: str) -> bool:
    """A word of denial that the entry itself does not account for."""
    if isinstance(entry, MedicationOrder) and entry.action == "stop":
        return False
    if isinstance(entry, Diagnosis) and (entry.certainty == "suspected") != bool(_SUSPECTED.search(text)):
        return True
    said = str(entry.value) if isinstance(entry, LabResult) else ""
    return any(match.group() not in said for match in _DENIAL.finditer(text))


def _numbers(entry: Entry) -> list[float]:
    """Every number that a resource made of the entry states."""
    match entry:
        case Vital():
            return [entry.value]
        case LabResult():
            return [float(entry.value)] if isinstance(entry.value, int | float) else _numbers_of(entry.value)
        case MedicationOrder():
            dose = [entry.dose.value] if entry.dose else []
            days = [float(entry.duration_days)] if entry.duration_days else []
            return [*dose, *days, *_numbers_of(entry.frequency or "")]
        case _:
            return []


def _numbers_of(text: str) -> list[float]:
    return [float(number.replace(",", "")) for number in _NUMBER.findall(unicodedata.normalize("NFKC", text))]


def _folded(text: str) -> str:
    return "".join(letter for letter in unicodedata.normalize("NFKC", text).lower() if letter.isalnum())
