"""Any edit, applied by the module of what it edits."""

from collections.abc import Callable, Sequence
from pathlib import Path

from scribe.domain.note import Draft
from scribe.domain.statement import Section
from scribe.domain.transcript import Transcript
from scribe.drafting.restate import Basis
from scribe.web.review.edits import arrangement, entries, flags, medicines, statements
from scribe.web.review.edits.entry_requests import EntryEdit
from scribe.web.review.edits.requests import ArrangementEdit, Edit, FlagEdit, StatementEdit


def apply(
    draft: Draft,
    edit: Edit,
    new_id: Callable[[], str],
    drafted: Draft | None = None,
    known: Sequence[Section] = (),
    *,
    transcript: Transcript | None = None,
    templates: Path | None = None,
) -> Draft:
    """The draft after the edit; the same draft where the edit changes nothing.

    ``drafted`` is the draft as the drafter wrote it, where ``draft`` has been edited since: a statement typed
    back to that text gets its mark back.  ``known`` are the sections of the note's template, in its order.
    ``transcript`` is what was said: without it, what a physician changes keeps no evidence.  ``templates`` is the
    hospital's own folder.
    Raises :class:`EditError` where the edit names something that the draft does not have.
    """
    basis = Basis(new_id=new_id, transcript=transcript, templates=templates)
    if isinstance(edit, StatementEdit):
        return statements.apply(draft, edit, basis, drafted or draft)
    if isinstance(edit, ArrangementEdit):
        return arrangement.apply(draft, edit, new_id, known)
    if isinstance(edit, EntryEdit):
        return entries.apply(draft, edit, basis, drafted or draft)
    if isinstance(edit, FlagEdit):
        return flags.apply(draft, edit)
    return medicines.apply(draft, edit)
