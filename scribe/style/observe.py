"""What one signed consultation tells of the physician's habits."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from difflib import SequenceMatcher

from scribe.domain.note import Draft, NoteContent
from scribe.domain.statement import Statement
from scribe.domain.style import Observation, Wording
from scribe.domain.transcript import Transcript
from scribe.drafting.verify import verify
from scribe.style.rules import StyleRuleError, checked_wording

_MOST_WORDS = 4
"""Spaced words on either side of an exchange; what is longer was written anew."""


def observe(drafted: Draft, signed: NoteContent, transcript: Transcript) -> Observation:
    """The exchanges of words between ``drafted`` and ``signed`` that changed no fact, and what stood in the draft.

    Only the note is looked at: the words of the patient summary follow its reading level, not a taste.
    """
    before = {statement.id: statement for section in drafted.note.sections for statement in section.statements}
    after = {statement.id: statement for section in signed.sections for statement in section.statements}
    name = drafted.encounter.patient.name if drafted.encounter.patient else ""
    exchanged: list[Wording] = []
    for key in before.keys() & after.keys():
        found = tuple(_exchanges(before[key].text, after[key].text))
        if found and _says_the_same(before[key], after[key].text, drafted, transcript):
            exchanged += [wording for wording in found if not name or name not in wording.before + wording.after]
    setting = drafted.encounter.setting
    return Observation(
        template=signed.template or drafted.note.template,
        setting=setting or "",
        replaced=tuple(sorted(set(exchanged), key=lambda wording: (wording.before, wording.after))),
        drafted=tuple(statement.text for statement in before.values()),
        order=tuple(section.code for section in signed.sections),
        drafted_order=tuple(section.code for section in drafted.note.sections),
    )


def _exchanges(before: str, after: str) -> Iterator[Wording]:
    """Words for words; nothing where the physician also added or left out some, or wrote the sentence anew."""
    old, new = before.split(), after.split()
    for kind, i, j, k, m in SequenceMatcher(None, old, new, autojunk=False).get_opcodes():
        if kind == "equal":
            continue
        wording = _wording(old[i:j], new[k:m]) if kind == "replace" else None
        if wording is None:
            return
        yield wording


def _wording(old: Sequence[str], new: Sequence[str]) -> Wording | None:
    if max(len(old), len(new)) > _MOST_WORDS:
        return None
    try:
        return checked_wording(" ".join(old), " ".join(new))
    except StyleRuleError:
        return None


def _says_the_same(old: Statement, text: str, drafted: Draft, transcript: Transcript) -> bool:
    """True where the verifier finds the new words as well supported as the drafter's."""
    if old.support not in {"supported", "partial"}:
        return False
    [verdict] = verify(transcript, [replace(old, text=text)], drafted.entries, encounter=drafted.encounter)
    return verdict.support == old.support
