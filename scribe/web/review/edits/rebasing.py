"""An edit made on an earlier version, carried to the latest: only where nobody else touched what it touches."""

from scribe.domain.note import Draft
from scribe.domain.statement import Statement
from scribe.web.review.draft_view import Part, sections_of
from scribe.web.review.edits.entry_requests import AddEntry, EntryEdit, EntryFromStatement, StatementFromEntries
from scribe.web.review.edits.errors import TouchedElsewhereError
from scribe.web.review.edits.pieces import statements_of
from scribe.web.review.edits.requests import (
    AcceptStatement,
    AddSection,
    AddStatement,
    ArrangementEdit,
    ChangeStatement,
    DeleteStatement,
    Edit,
    FlagEdit,
    MedicineEdit,
    MergeStatement,
    MoveStatement,
    SplitStatement,
    StatementEdit,
)
from scribe.web.review.flag_names import place_of_flag

_OfStatement = ChangeStatement | DeleteStatement | AcceptStatement | MoveStatement | SplitStatement | MergeStatement


def rebased(edit: Edit, base: Draft, latest: Draft) -> Edit:
    """The edit, made while looking at ``base``, as it applies to ``latest``.

    Raises :class:`TouchedElsewhereError` where the two differ in what the edit touches, so that nobody's work is
    overwritten.
    """
    if base == latest or isinstance(edit, AddSection):
        return edit
    if isinstance(edit, AddStatement):
        if not any(section.code == edit.section for section in sections_of(latest, edit.part)):
            raise TouchedElsewhereError
        return edit
    if isinstance(edit, FlagEdit):
        return edit.model_copy(update={"flag": _same_flag(base, latest, edit.flag)})
    if isinstance(edit, MedicineEdit):
        rows = base.patient_summary.medicines, latest.patient_summary.medicines
        return edit.model_copy(update={"row": _same(*rows, edit.row)})
    if isinstance(edit, StatementEdit | ArrangementEdit):
        return _of_statement(edit, base, latest)
    return edit if isinstance(edit, AddEntry) else _of_entry(edit, base, latest)


def _of_entry(edit: EntryEdit, base: Draft, latest: Draft) -> Edit:
    """An edit about an entry, about a statement beside it, or about both; it may decide a flag."""
    entry_id: str | None = getattr(edit, "entry", None)
    if entry_id is not None and _entry(base, entry_id) != _entry(latest, entry_id):
        raise TouchedElsewhereError
    if isinstance(edit, EntryFromStatement | StatementFromEntries):
        before, now = (_found(draft, edit.part, edit.statement) for draft in (base, latest))
        if before != now:
            raise TouchedElsewhereError
    flag: int | str | None = getattr(edit, "flag", None)
    return edit if flag is None else edit.model_copy(update={"flag": _same_flag(base, latest, flag)})


def _entry(draft: Draft, entry_id: str) -> list[object]:
    """The entry with its row of the medicine grid."""
    entries = [entry for entry in draft.entries if entry.id == entry_id]
    return [*entries, *(row for row in draft.patient_summary.medicines if row.entry == entry_id)]


def _of_statement(edit: _OfStatement, base: Draft, latest: Draft) -> Edit:
    part, statement_id = edit.part, edit.statement
    before, now = _found(base, part, statement_id), _found(latest, part, statement_id)
    if now is None:
        raise TouchedElsewhereError
    if isinstance(edit, ChangeStatement) and now.text in {edit.was, edit.text}:
        return edit
    if before != now or (isinstance(edit, MergeStatement) and _next(base, edit) != _next(latest, edit)):
        raise TouchedElsewhereError(theirs=now.text)
    return edit


def _found(draft: Draft, part: Part, statement_id: str) -> Statement | None:
    return next((statement for statement in statements_of(draft, part) if statement.id == statement_id), None)


def _next(draft: Draft, edit: MergeStatement) -> Statement | None:
    for section in sections_of(draft, edit.part):
        ids = [statement.id for statement in section.statements]
        if edit.statement in ids[:-1]:
            return section.statements[ids.index(edit.statement) + 1]
    return None


def _same_flag(base: Draft, latest: Draft, ref: int | str) -> int:
    """Where the flag stands now; it must stand there undecided, as it was."""
    place = place_of_flag(base.flags, ref)
    if place is None:
        raise TouchedElsewhereError
    if isinstance(ref, int):
        return _same(base.flags, latest.flags, place)
    now = place_of_flag(latest.flags, ref)
    if now is None or latest.flags[now] != base.flags[place]:
        raise TouchedElsewhereError
    return now


def _same(before: tuple[object, ...], now: tuple[object, ...], index: int) -> int:
    """Where what stood at ``index`` stands now; it must stand there once, unchanged."""
    if index >= len(before) or now.count(before[index]) != 1:
        raise TouchedElsewhereError
    return now.index(before[index])
