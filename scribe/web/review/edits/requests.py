"""The edits as the page sends them: one type each, told apart by ``op``; unknown fields are refused."""

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from scribe.web.review.draft_view import Part
from scribe.web.review.edits.entry_requests import EntryEdit
from scribe.web.review.flag_names import FlagRef

MAX_STATEMENT = 2000

Text = Annotated[str, Field(max_length=MAX_STATEMENT)]
Slot = Annotated[str, Field(max_length=60)]
Id = Annotated[str, Field(min_length=1, max_length=100)]


class _Edit(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class ChangeStatement(_Edit):
    """``was`` is the text that this one was typed over, where that is younger than the version named."""

    op: Literal["change"]
    part: Part
    statement: Id
    text: Text
    was: Text | None = None


class DeleteStatement(_Edit):
    op: Literal["delete"]
    part: Part
    statement: Id


class AddStatement(_Edit):
    """A new statement of a section, behind ``after``, or at its end.

    Sent again with the same ``id``, it changes the statement that it made: nothing is added twice.
    """

    op: Literal["add"]
    part: Part
    section: Id
    text: Text
    after: Id | None = None
    id: Annotated[str, Field(pattern=r"^own-[0-9a-f-]{8,40}$")] | None = None


class MoveStatement(_Edit):
    """Into ``section`` of the same part, behind ``after``, or to its beginning."""

    op: Literal["move"]
    part: Part
    statement: Id
    section: Id
    after: Id | None = None


class SplitStatement(_Edit):
    """In two before the character ``at``, counted in Unicode code points."""

    op: Literal["split"]
    part: Part
    statement: Id
    at: Annotated[int, Field(ge=1, le=MAX_STATEMENT)]


class MergeStatement(_Edit):
    """With the statement that follows in its section."""

    op: Literal["merge"]
    part: Part
    statement: Id


class AddSection(_Edit):
    """An empty section that the note's template knows and the draft lacks."""

    op: Literal["add_section"]
    section: Id


class AcceptStatement(_Edit):
    """The physician keeps a statement that is not fully supported, as it was drafted."""

    op: Literal["accept"]
    part: Part
    statement: Id


class SettleFlag(_Edit):
    """The physician has looked at a conflict and leaves things as they stand."""

    op: Literal["settle"]
    flag: FlagRef


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


StatementEdit = ChangeStatement | DeleteStatement | AddStatement | AcceptStatement
ArrangementEdit = MoveStatement | SplitStatement | MergeStatement | AddSection
FlagEdit = SettleFlag
MedicineEdit = ChangeMedicine | DeleteMedicine

Edit = Annotated[StatementEdit | ArrangementEdit | EntryEdit | FlagEdit | MedicineEdit, Field(discriminator="op")]
