"""Any edit, applied by the module of what it edits."""

from collections.abc import Callable, Sequence

from scribe.domain.note import Draft
from scribe.domain.statement import Section
from scribe.web.edits import arrangement, entries, flags, medicines, statements
from scribe.web.edits.requests import ArrangementEdit, Edit, EntryEdit, FlagEdit, StatementEdit


def apply(
    draft: Draft,
    edit: Edit,
    new_id: Callable[[], str],
    drafted: Draft | None = None,
    known: Sequence[Section] = (),
) -> Draft:
    """The draft after the edit; the same draft where the edit changes nothing.

    ``drafted`` is the draft as the drafter wrote it, where ``draft`` has been edited since: a statement typed
    back to that text gets its mark back.  ``known`` are the sections of the note's template, in its order.
    Raises :class:`EditError` where the edit names something that the draft does not have.
    """
    if isinstance(edit, StatementEdit):
        return statements.apply(draft, edit, new_id, drafted or draft)
    if isinstance(edit, ArrangementEdit):
        return arrangement.apply(draft, edit, new_id, known)
    if isinstance(edit, EntryEdit):
        return entries.apply(draft, edit)
    if isinstance(edit, FlagEdit):
        return flags.apply(draft, edit)
    return medicines.apply(draft, edit)
