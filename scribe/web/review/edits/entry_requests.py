"""The edits of structured entries as the page sends them; unknown fields are refused."""

from collections.abc import Mapping
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from scribe.web.review.draft_view import Part
from scribe.web.review.flag_names import FlagRef

Id = Annotated[str, Field(min_length=1, max_length=100)]
Kind = Literal[
    "symptom", "history", "allergy", "medication_statement", "vital", "lab_result", "exam", "diagnosis",
    "medication_order", "test_order", "procedure", "referral", "advice", "follow_up", "return_precaution", "red_flag",
]  # fmt: skip


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)


class DoseFields(_Part):
    """What is taken at once."""

    value: Annotated[float, Field(gt=0, le=1_000_000)]
    unit: Annotated[str, Field(min_length=1, max_length=30)]


class CodeFields(_Part):
    """A code as the terminology search gave it."""

    system: Annotated[str, Field(min_length=1, max_length=200)]
    code: Annotated[str, Field(min_length=1, max_length=60)]
    display: Annotated[str, Field(max_length=300)] | None = None


Value = Annotated[str, Field(max_length=500)] | bool | float | DoseFields | CodeFields | None
Fields = Annotated[Mapping[Annotated[str, Field(max_length=30)], Value], Field(max_length=20)]
"""An entry's fields by name; those that are left out stay, an empty one is none."""


class DeleteEntry(_Part):
    op: Literal["delete_entry"]
    entry: Id


class ChangeEntry(_Part):
    """The physician's own hand on an entry; ``flag`` is the question that this answers, where there is one."""

    op: Literal["change_entry"]
    entry: Id
    fields: Fields
    flag: FlagRef | None = None


class AddEntry(_Part):
    """A fact that the physician writes, last of its kind."""

    op: Literal["add_entry"]
    kind: Kind
    fields: Fields


class RestoreEntry(_Part):
    """An entry as it was drafted, whether it was changed or deleted since."""

    op: Literal["restore_entry"]
    entry: Id


class MoveEntry(_Part):
    """Before another entry of the same kind, or last of its kind: the first diagnosis is the primary one."""

    op: Literal["move_entry"]
    entry: Id
    before: Id | None = None


class EntryFromStatement(_Part):
    """The entry takes over what the sentence says."""

    op: Literal["entry_from_statement"]
    entry: Id
    part: Part
    statement: Id


class StatementFromEntries(_Part):
    """The sentence is written anew from its entries."""

    op: Literal["statement_from_entries"]
    part: Part
    statement: Id


class GridFromOrder(_Part):
    """The patient's row is written anew from the order."""

    op: Literal["grid_from_order"]
    entry: Id


class OrderFromGrid(_Part):
    """The order takes over how often and how long the patient's row says."""

    op: Literal["order_from_grid"]
    entry: Id


class KeepEntry(_Part):
    """Of the entries that a question names, this one holds; the others of its kind and name go."""

    op: Literal["keep_entry"]
    entry: Id
    flag: FlagRef


EntryEdit = (
    DeleteEntry
    | ChangeEntry
    | AddEntry
    | RestoreEntry
    | KeepEntry
    | MoveEntry
    | EntryFromStatement
    | StatementFromEntries
    | GridFromOrder
    | OrderFromGrid
)
