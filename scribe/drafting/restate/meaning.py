"""Whether two sentences about the same entries may say different things of them."""

import re

from scribe.domain.entries import Entry, FollowUp, LabResult, MedicationOrder, Vital

_NUMBER = re.compile(r"\d+(?:[.,/]\d+)*")
_MEANING = re.compile(
    "없|않|안 |아니|부인|음성|양성|정상|좌|우측|왼|오른|양측|시작|유지|변경|중단|증량|감량|확진|의심|배제|있"
)


def numbers(text: str) -> list[str]:
    """The numbers written in ``text``, in order."""
    return _NUMBER.findall(text)


def meaning_moved(old: str, new: str, entries: tuple[Entry, ...]) -> bool:
    """True where ``new`` may contradict an entry that ``old`` states: another number, negation, side or action, or a
    lost name."""
    if not entries:
        return False
    if sorted(numbers(old)) != sorted(numbers(new)):
        return True
    if sorted(_MEANING.findall(old)) != sorted(_MEANING.findall(new)):
        return True
    words = (_folded(word) for entry in entries for word in (entry.name, *_spoken_values(entry)))
    before, after = _folded(old), _folded(new)
    return any(word in before and word not in after for word in words)


def _folded(text: str) -> str:
    return "".join(character for character in text if character.isalnum())


def _spoken_values(entry: Entry) -> tuple[str, ...]:
    match entry:
        case Vital() | LabResult():
            return (f"{entry.value:g}" if isinstance(entry.value, float) else str(entry.value),)
        case FollowUp():
            return (entry.when,)
        case MedicationOrder() if entry.frequency:
            return (entry.frequency,)
        case _:
            return ()
