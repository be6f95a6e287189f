"""Dictation: sound in, text out, for the statement that the physician is at."""

from typing import Annotated

from fastapi import APIRouter, Depends, Request
from pydantic import BaseModel
from starlette.responses import JSONResponse, Response

from scribe.dictation import (
    MOST_BYTES,
    DictationError,
    NoRecogniserError,
    RecogniserBusyError,
)
from scribe.web.access import ScriptViewer, ServiceOf, permitted
from scribe.web.review.desk import open_desk

router = APIRouter(dependencies=[Depends(permitted("review"))])


class Written(BaseModel):
    """What was said."""

    text: str


class NotWritten(BaseModel):
    """Why there is no text: ``kind`` is one of the error names of :mod:`scribe.dictation`."""

    error: str
    kind: str


async def sound(request: Request) -> bytes:
    """The body, as far as a dictation may be long; b"" where it is longer."""
    received = bytearray()
    async for chunk in request.stream():
        received += chunk
        if len(received) > MOST_BYTES:
            return b""
    return bytes(received)


@router.post(
    "/encounters/{encounter_id}/dictation",
    response_model=Written,
    responses={status: {"model": NotWritten} for status in (422, 503)},
)
def dictate(
    encounter_id: str, service: ServiceOf, viewer: ScriptViewer, body: Annotated[bytes, Depends(sound)]
) -> Written | Response:
    """The words in a sound of at most a minute, in any form that browsers record; neither of the two is kept."""
    with service.store.begin(viewer.actor) as work:
        language = open_desk(work, encounter_id).encounter.language
    try:
        if service.dictation is None:
            raise NoRecogniserError
        return Written(text=service.dictation.written(body, language))
    except DictationError as error:
        return _refused(error)


def _refused(error: DictationError) -> Response:
    status = 503 if isinstance(error, NoRecogniserError | RecogniserBusyError) else 422
    answer = NotWritten(error=str(error), kind=type(error).__name__)
    return JSONResponse(answer.model_dump(), status_code=status)
