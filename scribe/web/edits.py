"""What a physician may do to a draft: pure functions from a draft to the next draft.

Evidence, entries and support cannot be written from outside: a changed or added statement is the physician's
own ("edited"), and whatever an edit may have put out of step with the structured entries, which the hospital
system receives, is raised as a conflict that has to be settled before signing.
"""

import re
import unicodedata
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from scribe.domain.entries import Entry, FollowUp, LabResult, MedicationOrder, Vital
from scribe.domain.errors import ScribeError
from scribe.domain.note import Draft, Flag
from scribe.domain.statement import Section, Statement
from scribe.domain.summary import Medicine
from scribe.web.draft_view import PARTS, SETTLED_BY_HAND, Part, sections_of
from scribe.web.labels import number, unit

MAX_STATEMENT = 2000

_OUT_OF_STEP = "고친 문장과 구조화 항목이 다를 수 있습니다. 항목을 지우거나 그대로 보낼지 확인하세요."
_GRID_OUT_OF_STEP = "환자 복약표와 처방 항목이 다릅니다. 어느 쪽이 맞는지 확인하세요."
_STILL_IN_SUMMARY = "진료 기록에서 지운 내용이 환자 안내문에 남아 있습니다."

_NUMBER = re.compile(r"\d+(?:[.,/]\d+)*")
_MEANING = re.compile(
    "없|않|안 |아니|부인|음성|양성|정상|좌|우측|왼|오른|양측|시작|유지|변경|중단|증량|감량|확진|의심|배제|있"
)


class EditError(ScribeError):
    """The edit does not fit the draft."""


class MissingPieceError(EditError):
    """The draft has no {piece} {id}."""


class EmptyStatementError(EditError):
    """A statement needs text: delete it instead of emptying it."""


class _Edit(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


Text = Annotated[str, Field(max_length=MAX_STATEMENT)]
Slot = Annotated[str, Field(max_length=60)]
Id = Annotated[str, Field(min_length=1, max_length=100)]


class ChangeStatement(_Edit):
    op: Literal["change"]
    part: Part
    statement: Id
    text: Text


class DeleteStatement(_Edit):
    op: Literal["delete"]
    part: Part
    statement: Id


class AddStatement(_Edit):
    """A new last statement of a section."""

    op: Literal["add"]
    part: Part
    section: Id
    text: Text


class AcceptStatement(_Edit):
    """The physician stands behind a statement that the dialogue does not support."""

    op: Literal["accept"]
    part: Part
    statement: Id


class DeleteEntry(_Edit):
    op: Literal["delete_entry"]
    entry: Id


class SettleFlag(_Edit):
    """The physician has looked at a conflict and leaves things as they stand."""

    op: Literal["settle"]
    flag: Annotated[int, Field(ge=0)]


class ChangeMedicine(_Edit):
    """The whole row ``row`` of the medicine grid; an empty field is none."""

    op: Literal["medicine"]
    row: Annotated[int, Field(ge=0)]
    name: Annotated[str, Field(min_length=1, max_length=200)]
    morning: Slot = ""
    noon: Slot = ""
    evening: Slot = ""
    bedtime: Slot = ""
    relation_to_meal: Slot = ""
    days: Annotated[int, Field(ge=1, le=365)] | None = None


class DeleteMedicine(_Edit):
    op: Literal["delete_medicine"]
    row: Annotated[int, Field(ge=0)]


class Revert(_Edit):
    """The draft as it stood at an earlier version, kept as the next one."""

    op: Literal["revert"]
    to: Annotated[int, Field(ge=1)]


Edit = Annotated[
    ChangeStatement
    | DeleteStatement
    | AddStatement
    | AcceptStatement
    | DeleteEntry
    | SettleFlag
    | ChangeMedicine
    | DeleteMedicine,
    Field(discriminator="op"),
]


def apply(draft: Draft, edit: Edit, new_id: Callable[[], str], drafted: Draft | None = None) -> Draft:
    """The draft after the edit; the same draft where the edit changes nothing.

    ``drafted`` is the draft as the drafter wrote it, where ``draft`` has been edited since: a statement typed
    back to that text gets its mark back.
    Raises :class:`EditError` where the edit names something that the draft does not have.
    """
    match edit:
        case ChangeStatement():
            return _change(draft, edit, drafted or draft)
        case DeleteStatement():
            return _delete(draft, edit)
        case AddStatement():
            return _add(draft, edit, new_id)
        case AcceptStatement():
            return _accept(draft, edit)
        case DeleteEntry():
            return _delete_entry(draft, edit)
        case _:
            return _apply_rest(draft, edit)


def _apply_rest(draft: Draft, edit: SettleFlag | ChangeMedicine | DeleteMedicine) -> Draft:
    match edit:
        case SettleFlag():
            return _settle(draft, edit)
        case ChangeMedicine():
            return _change_medicine(draft, edit)
        case DeleteMedicine():
            medicines = draft.patient_summary.medicines
            _row(draft, edit.row)
            return _with_medicines(draft, medicines[: edit.row] + medicines[edit.row + 1 :])


def _change(draft: Draft, edit: ChangeStatement, drafted: Draft) -> Draft:
    old = _find(draft, edit.part, edit.statement)
    text = _clean(edit.text)
    if text == old.text:
        return draft
    first = next((s for s in _statements(drafted, edit.part) if s.id == old.id), old)
    if text == first.text:
        return _in_step(_replace(draft, edit.part, replace(first, entries=old.entries)), old)
    changed = _replace(draft, edit.part, replace(old, text=text, support="edited"))
    linked = tuple(entry for entry in draft.entries if entry.id in old.entries)
    if not _meaning_moved(first.text, text, linked):
        return _in_step(changed, old)
    return _with_flag(changed, _out_of_step(old)) if _meaning_moved(old.text, text, linked) else changed


def _out_of_step(statement: Statement) -> Flag:
    return Flag(kind="conflict", text=_OUT_OF_STEP, entries=statement.entries, statements=(statement.id,))


def _accept(draft: Draft, edit: AcceptStatement) -> Draft:
    old = _find(draft, edit.part, edit.statement)
    return _replace(draft, edit.part, replace(old, support="edited"))


def _add(draft: Draft, edit: AddStatement, new_id: Callable[[], str]) -> Draft:
    if not any(section.code == edit.section for section in sections_of(draft, edit.part)):
        raise MissingPieceError(piece="section", id=edit.section)
    added = Statement(id=new_id(), text=_clean(edit.text), support="edited")
    return _map_sections(
        draft,
        edit.part,
        lambda section: (
            replace(section, statements=(*section.statements, added)) if section.code == edit.section else section
        ),
    )


def _delete(draft: Draft, edit: DeleteStatement) -> Draft:
    gone = _find(draft, edit.part, edit.statement)
    left = _map_sections(
        draft,
        edit.part,
        lambda section: replace(section, statements=tuple(s for s in section.statements if s.id != gone.id)),
    )
    if edit.part == "summary":
        return _drop_idle_flags(left)
    stated = {entry for statement in _statements(left, "note") for entry in statement.entries}
    return _drop_idle_flags(_drop_entries(left, set(gone.entries) - stated))


def _delete_entry(draft: Draft, edit: DeleteEntry) -> Draft:
    if not any(entry.id == edit.entry for entry in draft.entries):
        raise MissingPieceError(piece="entry", id=edit.entry)
    return _drop_idle_flags(_drop_entries(draft, {edit.entry}))


def _drop_entries(draft: Draft, gone: set[str]) -> Draft:
    """Without these entries and their medicine rows; summary statements that rest on nothing else are flagged."""
    present = gone & {entry.id for entry in draft.entries}
    if not present:
        return draft
    summary = draft.patient_summary
    kept = tuple(medicine for medicine in summary.medicines if medicine.entry not in present)
    left = _with_medicines(draft, kept)
    left = replace(left, entries=tuple(entry for entry in draft.entries if entry.id not in present))
    for part in PARTS:
        left = _map_sections(left, part, lambda section: _without_entries(section, present))
    stranded = tuple(
        statement.id
        for statement in _statements(draft, "summary")
        if statement.entries and set(statement.entries) & present
    )
    return _with_flag(left, Flag(kind="conflict", text=_STILL_IN_SUMMARY, statements=stranded)) if stranded else left


def _without_entries(section: Section, gone: set[str]) -> Section:
    kept = (replace(s, entries=tuple(e for e in s.entries if e not in gone)) for s in section.statements)
    return replace(section, statements=tuple(kept))


def _settle(draft: Draft, edit: SettleFlag) -> Draft:
    if edit.flag >= len(draft.flags) or draft.flags[edit.flag].kind not in SETTLED_BY_HAND:
        raise MissingPieceError(piece="open flag", id=edit.flag)
    return replace(draft, flags=draft.flags[: edit.flag] + draft.flags[edit.flag + 1 :])


def _change_medicine(draft: Draft, edit: ChangeMedicine) -> Draft:
    old = _row(draft, edit.row)
    new = Medicine(
        entry=old.entry,
        name=_clean(edit.name),
        morning=_optional(edit.morning),
        noon=_optional(edit.noon),
        evening=_optional(edit.evening),
        bedtime=_optional(edit.bedtime),
        relation_to_meal=_optional(edit.relation_to_meal),
        days=edit.days,
    )
    if new == old:
        return draft
    medicines = draft.patient_summary.medicines
    changed = _with_medicines(draft, (*medicines[: edit.row], new, *medicines[edit.row + 1 :]))
    order = next((entry for entry in draft.entries if entry.id == old.entry), None)
    if not isinstance(order, MedicationOrder) or _grid_agrees(new, order):
        return changed
    return _with_flag(changed, Flag(kind="conflict", text=_GRID_OUT_OF_STEP, entries=(order.id,)))


def _grid_agrees(medicine: Medicine, order: MedicationOrder) -> bool:
    slots = [slot for slot in (medicine.morning, medicine.noon, medicine.evening, medicine.bedtime) if slot]
    times = order.times_per_day is None or order.times_per_day == len(slots)
    days = order.duration_days is None or order.duration_days == medicine.days
    return times and days and all(_slot_agrees(slot, order) for slot in slots) and order.name in medicine.name


def _slot_agrees(slot: str, order: MedicationOrder) -> bool:
    """True where ``slot`` gives the ordered dose, or counts in another unit ("1정" of 500 mg)."""
    if order.dose is None or unit(order.dose.unit) not in slot:
        return True
    return number(order.dose.value) in _NUMBER.findall(slot)


def _meaning_moved(old: str, new: str, entries: tuple[Entry, ...]) -> bool:
    """True where the change may contradict an entry: another number, negation, side or action, or a lost name."""
    if not entries:
        return False
    if sorted(_NUMBER.findall(old)) != sorted(_NUMBER.findall(new)):
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
            return (number(entry.value),)
        case FollowUp():
            return (entry.when,)
        case MedicationOrder() if entry.frequency:
            return (entry.frequency,)
        case _:
            return ()


def _find(draft: Draft, part: Part, statement_id: str) -> Statement:
    for statement in _statements(draft, part):
        if statement.id == statement_id:
            return statement
    raise MissingPieceError(piece="statement", id=statement_id)


def _statements(draft: Draft, part: Part) -> Iterator[Statement]:
    for section in sections_of(draft, part):
        yield from section.statements


def _row(draft: Draft, row: int) -> Medicine:
    if row >= len(draft.patient_summary.medicines):
        raise MissingPieceError(piece="medicine row", id=row)
    return draft.patient_summary.medicines[row]


def _replace(draft: Draft, part: Part, new: Statement) -> Draft:
    changed = _map_sections(
        draft,
        part,
        lambda section: replace(section, statements=tuple(new if s.id == new.id else s for s in section.statements)),
    )
    return replace(changed, flags=tuple(_without_unsupported(changed.flags, new.id)))


def _without_unsupported(flags: tuple[Flag, ...], statement_id: str) -> list[Flag]:
    out = []
    for flag in flags:
        if flag.kind != "unsupported" or statement_id not in flag.statements:
            out.append(flag)
        elif len(flag.statements) > 1:
            out.append(replace(flag, statements=tuple(s for s in flag.statements if s != statement_id)))
    return out


def _map_sections(draft: Draft, part: Part, change: Callable[[Section], Section]) -> Draft:
    sections = tuple(change(section) for section in sections_of(draft, part))
    if part == "note":
        return replace(draft, note=replace(draft.note, sections=sections))
    return replace(draft, patient_summary=replace(draft.patient_summary, sections=sections))


def _with_medicines(draft: Draft, medicines: tuple[Medicine, ...]) -> Draft:
    return replace(draft, patient_summary=replace(draft.patient_summary, medicines=medicines))


def _with_flag(draft: Draft, flag: Flag) -> Draft:
    return draft if flag in draft.flags else replace(draft, flags=(*draft.flags, flag))


def _in_step(draft: Draft, statement: Statement) -> Draft:
    """Without the doubt about ``statement`` that an earlier edit raised."""
    subject = (_OUT_OF_STEP, (statement.id,))
    return replace(draft, flags=tuple(flag for flag in draft.flags if (flag.text, flag.statements) != subject))


def _drop_idle_flags(draft: Draft) -> Draft:
    """Without the conflicts that spoke only of statements and entries that are gone."""
    alive = {entry.id for entry in draft.entries}
    alive |= {statement.id for part in PARTS for statement in _statements(draft, part)}
    return replace(draft, flags=tuple(flag for flag in draft.flags if _still_speaks(flag, alive)))


def _still_speaks(flag: Flag, alive: set[str]) -> bool:
    subjects = set(flag.entries or flag.statements)
    return flag.kind == "red_flag" or not subjects or bool(subjects & alive)


def _clean(text: str) -> str:
    cleaned = " ".join(unicodedata.normalize("NFC", text).split())
    if not cleaned:
        raise EmptyStatementError()
    return cleaned


def _optional(text: str) -> str | None:
    return " ".join(unicodedata.normalize("NFC", text).split()) or None
