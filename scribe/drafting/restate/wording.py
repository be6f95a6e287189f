"""What the entries of a draft read as in its note and its patient summary, and how two such wordings differ."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal

from scribe.domain.entries import Diagnosis, Entry, History, MedicationOrder, Symptom
from scribe.domain.note import Draft
from scribe.domain.statement import Section, Statement
from scribe.domain.summary import Medicine
from scribe.drafting import patient_words
from scribe.drafting.compose import compose
from scribe.drafting.errors import UnknownTemplateError
from scribe.drafting.lines import Reader
from scribe.drafting.patient import summarise
from scribe.drafting.template import Template, load_template
from scribe.drafting.written import written

_AS_SAID = re.compile(r"(?<=.)\([^()]*\)$")
_DEFAULT = "soap"


Part = Literal["note", "summary"]


@dataclass(frozen=True, slots=True)
class Change:
    """One difference in a part ("note", "summary"): ``before`` is the statement as composed from the entries before,
    None where there was none; ``after`` the one from the entries after, None where nothing is left to say."""

    part: Part
    section: str
    before: Statement | None
    after: Statement | None


@dataclass(frozen=True, slots=True)
class Wording:
    """What the entries read as: the sections of the note and of the patient summary, and the medicine grid."""

    note: tuple[Section, ...]
    summary: tuple[Section, ...]
    medicines: tuple[Medicine, ...]

    def sections(self, part: Part) -> tuple[Section, ...]:
        return self.note if part == "note" else self.summary

    def of(self, part: Part, entries: Iterable[str]) -> Statement | None:
        """The statement of one part that shares most of ``entries``, and least besides; None where none does."""
        wanted = set(entries)
        told = [statement for section in self.sections(part) for statement in section.statements]
        sharing = [statement for statement in told if wanted & set(statement.entries)]
        return max(sharing, key=lambda s: (len(wanted & set(s.entries)), -len(s.entries)), default=None)


def wording(draft: Draft, entries: Sequence[Entry], *, confirmed: frozenset[str], templates: Path | None) -> Wording:
    """What ``entries`` read as in the note and the summary of ``draft``.

    Orders that the draft holds for doubtful stay so, but for those ``confirmed`` by a physician.
    """
    plain = written(map(plain_entry, entries))
    template = _template(draft, templates)
    complaint = _complaint(draft, template, plain)
    note = compose(plain, draft.encounter, template, complaint)
    apart = _apart(draft, note.sections)
    if apart:
        note = compose(plain, draft.encounter, template, complaint, apart=apart)
    unconfirmed = _unconfirmed(draft) - confirmed
    summary = summarise(plain, draft.encounter, unconfirmed=unconfirmed, chief_complaint=complaint)
    return Wording(note.sections, summary.sections, summary.medicines)


def changes(before: Wording, after: Wording) -> tuple[Change, ...]:
    """How ``after`` differs from ``before``, in reading order; a statement of the same entries is the same one."""
    return (*_changes("note", before.note, after.note), *_changes("summary", before.summary, after.summary))


def is_worded(statement: Statement, composed: Statement) -> bool:
    """Whether a statement stands as composed, spaces aside."""
    return _folded(statement.text) == _folded(composed.text)


def _changes(part: Part, before: Iterable[Section], after: Iterable[Section]) -> list[Change]:
    old = [(section.code, statement) for section in before for statement in section.statements]
    new = [(section.code, statement) for section in after for statement in section.statements]
    left = list(new)
    pairs: list[tuple[str, Statement | None, Statement | None]] = []
    unpaired: list[tuple[str, Statement]] = []
    for code, statement in old:
        same = next((one for one in left if one[0] == code and one[1].text == statement.text), None)
        if same is None:
            unpaired.append((code, statement))
            continue
        left.remove(same)
        if same[1].entries != statement.entries:
            pairs.append((code, statement, same[1]))
    for code, statement in unpaired:
        twin = _twin(code, statement, left)
        if twin is not None:
            left.remove(twin)
        pairs.append((code, statement, twin[1] if twin else None))
    pairs += [(code, None, statement) for code, statement in left]
    return [Change(part, code, first, second) for code, first, second in pairs]


def _twin(code: str, statement: Statement, among: Sequence[tuple[str, Statement]]) -> tuple[str, Statement] | None:
    """The statement of the same section that shares most entries."""
    wanted = set(statement.entries)
    shared = [(len(wanted & set(one.entries)), place) for place, (where, one) in enumerate(among) if where == code]
    most, place = max(shared, key=lambda item: (item[0], -item[1]), default=(0, 0))
    return among[place] if most else None


def _template(draft: Draft, templates: Path | None) -> Template:
    """The draft's own template; the default one where another drafter named a template that we do not have."""
    try:
        return load_template(draft.note.template, templates)
    except UnknownTemplateError:
        return load_template(_DEFAULT, templates)


def plain_entry(entry: Entry) -> Entry:
    """The entry without the words that it was said in ("실신감(눈앞이 하얘지고)"), which no sentence repeats."""
    if entry.author is None and isinstance(entry, Symptom | History | Diagnosis):
        return replace(entry, name=_AS_SAID.sub("", entry.name))
    return entry


def _complaint(draft: Draft, template: Template, entries: Sequence[Entry]) -> str | None:
    """The chief complaint as the note states it, in the names that its entries have now."""
    texts = [b.text for section in template.sections for b in section.blocks if b.facts == ("chief_complaint",)]
    for text in texts:
        lead, _, tail = text.partition("{facts}")
        for statement in (s for section in draft.note.sections for s in section.statements):
            if lead and statement.text.startswith(lead) and statement.text.endswith(tail):
                said = statement.text[len(lead) : len(statement.text) - len(tail)]
                return _renamed(said, draft.entries, entries)
    return None


def _renamed(complaint: str, before: Sequence[Entry], after: Sequence[Entry]) -> str | None:
    """The complaint with each symptom's new name for its old one, and without those that are gone or denied."""
    now = {entry.id: entry for entry in after}
    parts = complaint.split(", ")
    for entry in map(plain_entry, before):
        if entry.name not in parts:
            continue
        new = now.get(entry.id)
        is_told = new is not None and getattr(new, "status", None) != "absent"
        place = parts.index(entry.name)
        parts[place : place + 1] = [new.name] if new is not None and is_told else []
    return ", ".join(dict.fromkeys(parts)) or None


def _apart(draft: Draft, composed: Iterable[Section]) -> frozenset[str]:
    """The entries that the draft states one by one though they could stand in a list."""
    alone = {s.entries[0] for section in draft.note.sections for s in section.statements if len(s.entries) == 1}
    whole = {_folded(s.text) for section in draft.note.sections for s in section.statements}
    return frozenset(
        entry
        for section in composed
        for statement in section.statements
        if len(statement.entries) > 1 and _folded(statement.text) not in whole
        for entry in statement.entries
        if entry in alone
    )


def _unconfirmed(draft: Draft) -> frozenset[str]:
    """The orders of which the summary says that they are still to be confirmed."""
    reader = Reader(is_child=False)
    told = {s.text for section in draft.patient_summary.sections for s in section.statements}
    orders = [entry for entry in draft.entries if isinstance(entry, MedicationOrder)]
    return frozenset(order.id for order in orders if patient_words.sentence("unconfirmed", (order,), reader) in told)


def _folded(text: str) -> str:
    return "".join(text.split())
