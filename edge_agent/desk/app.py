"""The page's application: what it shows and the commands it sends."""

import logging
import threading
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Depends, FastAPI, Path, Request
from fastapi.exceptions import RequestValidationError
from fastapi.sse import EventSourceResponse, ServerSentEvent
from fastapi.staticfiles import StaticFiles
from pydantic import BaseModel, ConfigDict, Field
from starlette.exceptions import HTTPException
from starlette.responses import FileResponse, JSONResponse, RedirectResponse, Response

from edge_agent.agent import Agent
from edge_agent.desk import stream
from edge_agent.desk.access import COOKIE, COOKIE_SECONDS, DeskKey
from edge_agent.desk.guard import Guard
from edge_agent.desk.place import STATIC
from edge_agent.desk.refusals import sentence_of, status_of
from edge_agent.desk.view import encounters_of, live_of, microphones_of, report_of, state_of, transcript_of
from edge_agent.devices import InputDevice
from edge_agent.doctor import Report
from edge_agent.uplink_errors import UplinkError
from scribe.domain.consent import Consent
from scribe.domain.errors import ScribeError

_log = logging.getLogger("scribe.desk")

_UUID = r"^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$"
_Recording = Annotated[str, Path(pattern=_UUID)]
_Encounter = Annotated[str, Field(min_length=1, max_length=200)]
_Json = dict[str, Any]
_DONE: _Json = {"done": True}

router = APIRouter()


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """What the page stands on."""

    agent: Agent
    key: DeskKey
    now: Callable[[], datetime]
    microphones: Callable[[], tuple[InputDevice, ...]]
    examine: Callable[[], Report]
    leaving: threading.Event = field(default_factory=threading.Event)


def create_app(page: Page) -> FastAPI:
    """The page over ``page.agent``; the interactive API pages are left out, as they load foreign scripts."""
    app = FastAPI(title="Scribe desk", docs_url=None, redoc_url=None, openapi_url=None)
    app.state.page = page
    app.add_middleware(Guard, key=page.key)
    app.add_exception_handler(ScribeError, _refused)
    app.add_exception_handler(RequestValidationError, _malformed)
    app.add_exception_handler(HTTPException, _missing)
    app.include_router(router)
    app.mount("/static", StaticFiles(directory=STATIC), name="static")
    return app


def _page_of(request: Request) -> Page:
    page = request.app.state.page
    if not isinstance(page, Page):
        raise TypeError("the application was made without its page")
    return page


_PageOf = Annotated[Page, Depends(_page_of)]


class _Body(BaseModel):
    model_config = ConfigDict(extra="forbid")


class StartBody(_Body):
    consent: Literal["patient", "guardian"]
    encounter: _Encounter | None = None
    language: Literal["ko", "en"] | None = None


class EraseBody(_Body):
    seconds: float = Field(gt=0, le=3600)


class MicrophoneBody(_Body):
    name: str | None = Field(None, min_length=1, max_length=300)


class TryBody(_Body):
    on: bool = True


class AssignBody(_Body):
    encounter: _Encounter


@router.get("/")
def index() -> Response:
    return FileResponse(STATIC / "index.html")


@router.get("/enter")
def enter(page: _PageOf, ticket: str = "") -> Response:
    """Trade a ticket, which lives two minutes, for the cookie; the address is left at once."""
    if not page.key.admits(ticket):
        return FileResponse(STATIC / "closed.html", status_code=401)
    answer = RedirectResponse("/", status_code=303)
    answer.set_cookie(COOKIE, page.key.cookie, max_age=COOKIE_SECONDS, httponly=True, samesite="strict", path="/")
    return answer


@router.get("/api/events", response_class=EventSourceResponse)
async def events(page: _PageOf) -> AsyncIterator[ServerSentEvent]:
    async for event in stream.events(page.agent, page.key.token, page.leaving):
        yield event


@router.get("/api/state")
def state(page: _PageOf) -> _Json:
    return state_of(page.agent.snapshot()) | {"token": page.key.token}


@router.get("/api/live")
def live(page: _PageOf) -> _Json:
    return live_of(page.agent.live())


@router.get("/api/microphones")
def microphones(page: _PageOf) -> _Json:
    return microphones_of(page.microphones())


@router.get("/api/encounters")
def encounters(page: _PageOf) -> _Json:
    """Where the service cannot be asked, none, and what that means."""
    try:
        return encounters_of(page.agent.shelf.encounters())
    except UplinkError as error:
        return encounters_of((), f"{error.korean} 진료는 나중에 지정할 수 있습니다.")


@router.get("/api/doctor")
def doctor(page: _PageOf) -> _Json:
    return report_of(page.examine())


@router.post("/api/start")
def start(page: _PageOf, body: StartBody) -> _Json:
    consent = Consent(purpose="recording", state="given", decided_at=page.now(), decided_by=body.consent)
    return {"id": page.agent.start(consent, encounter_id=body.encounter, language=body.language)}


@router.post("/api/pause")
def pause(page: _PageOf) -> _Json:
    page.agent.pause()
    return _DONE


@router.post("/api/resume")
def resume(page: _PageOf) -> _Json:
    page.agent.resume()
    return _DONE


@router.post("/api/stop")
def stop(page: _PageOf) -> _Json:
    return {"id": page.agent.stop()}


@router.post("/api/discard")
def discard(page: _PageOf) -> _Json:
    page.agent.discard()
    return _DONE


@router.post("/api/off-the-record")
def off_the_record(page: _PageOf, body: EraseBody) -> _Json:
    return {"erased": round(page.agent.off_the_record(body.seconds), 1)}


@router.post("/api/microphone")
def set_microphone(page: _PageOf, body: MicrophoneBody) -> _Json:
    page.agent.set_microphone(body.name)
    return _DONE


@router.post("/api/microphone/try")
def try_microphone(page: _PageOf, body: TryBody) -> _Json:
    page.agent.try_microphone(body.on)
    return _DONE


@router.post("/api/recordings/{recording_id}/assign")
def assign(page: _PageOf, recording_id: _Recording, body: AssignBody) -> _Json:
    page.agent.assign(recording_id, body.encounter)
    return _DONE


@router.post("/api/recordings/{recording_id}/recover")
def recover(page: _PageOf, recording_id: _Recording) -> _Json:
    page.agent.shelf.recover(recording_id)
    return _DONE


@router.post("/api/recordings/{recording_id}/resend")
def resend(page: _PageOf, recording_id: _Recording) -> _Json:
    page.agent.shelf.resend(recording_id)
    return _DONE


@router.post("/api/recordings/{recording_id}/discard")
def discard_recording(page: _PageOf, recording_id: _Recording) -> _Json:
    page.agent.shelf.discard(recording_id)
    return _DONE


@router.get("/api/recordings/{recording_id}/transcript")
def transcript(page: _PageOf, recording_id: _Recording) -> Response:
    found = page.agent.shelf.transcript(recording_id)
    if found is None:
        return JSONResponse({"error": "아직 받아쓰기가 끝나지 않았습니다."}, status_code=404)
    return JSONResponse(transcript_of(found))


def _refused(request: Request, error: Exception) -> Response:
    _log.warning("%s refused: %s", request.scope["route"].path, type(error).__name__)
    return JSONResponse({"error": sentence_of(error)}, status_code=status_of(error))


def _malformed(request: Request, error: Exception) -> Response:
    del request, error
    return JSONResponse({"error": "알 수 없는 요청입니다. 화면을 새로 고치세요."}, status_code=422)


def _missing(request: Request, error: Exception) -> Response:
    del request
    status = error.status_code if isinstance(error, HTTPException) else 500
    return JSONResponse({"error": "그런 주소가 없습니다."}, status_code=status)
