"""What follows a signature: amendments, retractions and the difference between versions."""

from datetime import datetime
from typing import Annotated, Literal

from fastapi import APIRouter, Depends, Query
from pydantic import Field
from starlette.responses import Response

from scribe.store.errors import NotFoundError
from scribe.store.revisions import AmendmentRecord
from scribe.web.access import ScriptViewer, ServiceOf, Signed, permitted, require
from scribe.web.api.answers import Answer, RecordId, Wish, problems, proving
from scribe.web.review.comparison import Block, Line, LineState, MedicineRow, compare
from scribe.web.review.word_diff import Piece
from scribe.web.signing.amending import begin_amendment
from scribe.web.signing.note_view import chosen
from scribe.web.signing.retracting import retract_note

router = APIRouter(tags=["notes"], dependencies=[Depends(permitted("read_notes"))])

Reason = Annotated[str, Field(min_length=2, max_length=500, pattern=r"\S")]
Number = Annotated[int, Query(ge=0, le=1_000_000)]


class AmendWish(Wish):
    """Amend the version that is the latest, and why."""

    version: Annotated[int, Field(ge=1, le=1_000_000)]
    reason: Reason


class ReasonWish(Wish):
    """Why the signed version is amended."""

    reason: Reason


class AmendmentAnswer(Answer):
    """The amendment under way: ``version`` is the one that signing it will make."""

    amends: int
    version: int
    reason: str
    started_at: datetime


class RetractWish(Wish):
    """Take the note back; the password is asked for every time."""

    reason: Reason
    password: Annotated[str, Field(max_length=256, json_schema_extra={"format": "password"})]


class RetractionAnswer(Answer):
    """When the note was retracted, and its latest version then."""

    version: int
    at: datetime
    reason: str


class PieceAnswer(Answer):
    kind: Literal["same", "del", "ins"]
    text: str


class LineAnswer(Answer):
    """A sentence, an entry or a medicine; of a medicine the cells in the order of the grid, parted by a line feed."""

    state: LineState
    pieces: list[PieceAnswer]


class BlockAnswer(Answer):
    part: Literal["note", "summary", "entries", "medicines"]
    title: str
    lines: list[LineAnswer]


class ComparisonAnswer(Answer):
    """What became of version ``a`` in version ``b``, word by word."""

    a: int
    b: int
    counts: dict[LineState, int]
    blocks: list[BlockAnswer]


@router.get("/encounters/{encounter_id}/amendment", summary="The amendment under way", responses=problems(404))
def amendment(encounter_id: RecordId, service: ServiceOf, viewer: Signed) -> AmendmentAnswer:
    """404 where none is."""
    with service.store.begin(viewer.actor) as work:
        return _amendment(work.amendments.current(encounter_id))


@router.post(
    "/encounters/{encounter_id}/amendment", summary="Begin to amend", status_code=201, responses=problems(404, 409)
)
def amend(encounter_id: RecordId, wish: AmendWish, service: ServiceOf, viewer: ScriptViewer) -> AmendmentAnswer:
    """Open a draft of the next version: what the signed one says, to be edited like a draft and signed."""
    require(viewer, "sign")
    with service.store.begin(viewer.actor) as work:
        begin_amendment(work, encounter_id, amends=wish.version, reason=wish.reason.strip())
        return _amendment(work.amendments.current(encounter_id))


@router.post("/encounters/{encounter_id}/amendment/reason", summary="Reword why one amends", responses=problems(404))
def reword(encounter_id: RecordId, wish: ReasonWish, service: ServiceOf, viewer: ScriptViewer) -> AmendmentAnswer:
    """The reason that will stand in the signed version."""
    require(viewer, "sign")
    with service.store.begin(viewer.actor) as work:
        if work.amendments.current(encounter_id) is None:
            raise NotFoundError(subject="amendment")
        work.amendments.reword(encounter_id, wish.reason.strip())
        return _amendment(work.amendments.current(encounter_id))


@router.post(
    "/encounters/{encounter_id}/amendment/abandon", summary="Give an amendment up", status_code=204,
    responses=problems(404),
)  # fmt: skip
def abandon(encounter_id: RecordId, service: ServiceOf, viewer: ScriptViewer) -> Response:
    """The signed version stands."""
    require(viewer, "sign")
    with service.store.begin(viewer.actor) as work:
        work.amendments.abandon(encounter_id)
    return Response(status_code=204)


@router.post(
    "/encounters/{encounter_id}/retraction", summary="Retract the note", status_code=201,
    responses=problems(404, 429),
)  # fmt: skip
def retract(encounter_id: RecordId, wish: RetractWish, service: ServiceOf, viewer: ScriptViewer) -> RetractionAnswer:
    """Mark the note as entered in error here and at every destination; a second time changes nothing."""
    require(viewer, "sign")
    with service.store.begin(viewer.actor) as work:
        work.encounters.get(encounter_id)
    with proving():
        service.authenticator.confirm(service.store, viewer.account, wish.password)
    with service.store.begin(viewer.actor) as work:
        record = retract_note(work, encounter_id, wish.reason.strip(), service.wake)
    return RetractionAnswer(version=record.version, at=record.at, reason=record.reason)


@router.get("/encounters/{encounter_id}/note/compare", summary="Compare two versions", responses=problems(404))
def compare_versions(
    encounter_id: RecordId, service: ServiceOf, viewer: Signed, a: Number = 0, b: Number = 0
) -> ComparisonAnswer:
    """By default the latest version and the one before."""
    with service.store.begin(viewer.actor) as work:
        records = work.notes.versions(encounter_id)
    if not records:
        raise NotFoundError(subject="signed note")
    later = chosen(records, b or records[-1].note.version).note
    earlier = chosen(records, a or max(1, later.version - 1)).note
    found = compare(earlier.content, later.content)
    parts: tuple[tuple[Literal["note", "summary", "entries"], tuple[Block, ...]], ...] = (
        ("note", found.note), ("summary", found.summary), ("entries", found.entries),
    )  # fmt: skip
    blocks = [
        BlockAnswer(part=part, title=block.title, lines=[_line(line) for line in block.lines])
        for part, listed in parts
        for block in listed
    ]
    if found.medicines:
        blocks.append(BlockAnswer(part="medicines", title="", lines=[_medicine(row) for row in found.medicines]))
    return ComparisonAnswer(a=earlier.version, b=later.version, counts=dict(found.counts), blocks=blocks)


def _amendment(record: AmendmentRecord | None) -> AmendmentAnswer:
    if record is None:
        raise NotFoundError(subject="amendment")
    return AmendmentAnswer(
        amends=record.amends, version=record.next_version, reason=record.reason, started_at=record.started_at
    )


def _line(line: Line) -> LineAnswer:
    return LineAnswer(state=line.state, pieces=[_piece(piece) for piece in line.pieces])


def _medicine(row: MedicineRow) -> LineAnswer:
    pieces = [piece for _, cell in row.cells for piece in (*cell, Piece("same", "\n"))]
    return LineAnswer(state=row.state, pieces=[_piece(piece) for piece in pieces[:-1]])


def _piece(piece: Piece) -> PieceAnswer:
    return PieceAnswer(kind=piece.kind, text=piece.text)
