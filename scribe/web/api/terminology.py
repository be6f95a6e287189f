"""Looking up diagnoses, medicines, tests and procedures while somebody types."""

from typing import Annotated, Literal

from fastapi import APIRouter, Depends
from pydantic import BaseModel, ConfigDict, Field

from scribe.drafting.terminology import Kind, in_use
from scribe.terminology.search import LONGEST, Suggestion, search_of
from scribe.web.access import ScriptViewer, permitted

router = APIRouter(tags=["terminology"], dependencies=[Depends(permitted("review"))])

Wanted = Literal["diagnosis", "drug", "test", "procedure"]
_KINDS: dict[Wanted, Kind] = {
    "diagnosis": Kind.DIAGNOSIS, "drug": Kind.MEDICINE, "test": Kind.TEST, "procedure": Kind.PROCEDURE,
}  # fmt: skip


class TermQuery(BaseModel):
    """What was typed so far: a code, the beginning of a name or of its words, an abbreviation, or initial sounds."""

    model_config = ConfigDict(extra="forbid")

    kind: Wanted
    query: Annotated[str, Field(max_length=LONGEST)]
    limit: Annotated[int, Field(ge=1, le=50)] = 12


class TermFound(BaseModel):
    """A term to choose; ``matched`` is the other name by which it was found, ``complete`` whether it may be billed."""

    name: str
    code: str
    system: str
    detail: str
    matched: str
    source: str
    complete: bool
    route: str
    unit: str

    @classmethod
    def of(cls, found: Suggestion) -> "TermFound":
        return cls(
            name=found.name,
            code=found.code,
            system=found.system,
            detail=found.detail,
            matched=found.matched,
            source=found.source,
            complete=found.is_complete,
            route=found.route,
            unit=found.unit,
        )


class TermAnswer(BaseModel):
    """The terms found, the nearest first."""

    results: list[TermFound]


@router.post("/terminology/search", summary="Look up a term")
def search_terms(request: TermQuery, viewer: ScriptViewer) -> TermAnswer:
    """What the hospital's imported terms and our lexicon have for ``query``; nothing of it is kept."""
    del viewer
    found = search_of(_KINDS[request.kind], in_use()).find(request.query, request.limit)
    return TermAnswer(results=[TermFound.of(one) for one in found])
