"""The edits as the page sends them: one type each, told apart by ``op``; unknown fields are refused."""

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from scribe.web.draft_view import Part

MAX_STATEMENT = 2000

Text = Annotated[str, Field(max_length=MAX_STATEMENT)]
Slot = Annotated[str, Field(max_length=60)]
Id = Annotated[str, Field(min_length=1, max_length=100)]


class _Edit(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


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
    """The physician keeps a statement that is not fully supported, as it was drafted."""

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


StatementEdit = ChangeStatement | DeleteStatement | AddStatement | AcceptStatement
EntryEdit = DeleteEntry
FlagEdit = SettleFlag
MedicineEdit = ChangeMedicine | DeleteMedicine

Edit = Annotated[StatementEdit | EntryEdit | FlagEdit | MedicineEdit, Field(discriminator="op")]
