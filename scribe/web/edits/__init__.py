"""What a physician may do to a draft: pure functions from a draft to the next draft.

Evidence, entries and support cannot be written from outside: a changed or added statement is the physician's
own ("edited"), and whatever an edit may have put out of step with the structured entries, which the hospital
system receives, is raised as a conflict that has to be settled before signing.
"""

from scribe.web.edits.applying import apply
from scribe.web.edits.errors import EditError, EmptyStatementError, MissingPieceError
from scribe.web.edits.requests import (
    MAX_STATEMENT,
    AcceptStatement,
    AddSection,
    AddStatement,
    ArrangementEdit,
    ChangeMedicine,
    ChangeStatement,
    DeleteEntry,
    DeleteMedicine,
    DeleteStatement,
    Edit,
    EntryEdit,
    FlagEdit,
    Id,
    MedicineEdit,
    MergeStatement,
    MoveStatement,
    Revert,
    SettleFlag,
    Slot,
    SplitStatement,
    StatementEdit,
    Text,
)

__all__ = [
    "MAX_STATEMENT",
    "AcceptStatement",
    "AddSection",
    "AddStatement",
    "ArrangementEdit",
    "ChangeMedicine",
    "ChangeStatement",
    "DeleteEntry",
    "DeleteMedicine",
    "DeleteStatement",
    "Edit",
    "EditError",
    "EmptyStatementError",
    "EntryEdit",
    "FlagEdit",
    "Id",
    "MedicineEdit",
    "MergeStatement",
    "MissingPieceError",
    "MoveStatement",
    "Revert",
    "SettleFlag",
    "Slot",
    "SplitStatement",
    "StatementEdit",
    "Text",
    "apply",
]
