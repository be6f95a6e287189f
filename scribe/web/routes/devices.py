"""The interface of edge devices: enrolment, the consultations to choose from, uploads and their receipts.

Every request but the enrolment carries ``Authorization: Bearer`` with a token that the device signed for it alone.
A refusal is ``{"error": sentence, "code": word}``; status 410 is a signed order to erase (``Receipt``).
"""

from collections.abc import Callable, Coroutine
from dataclasses import dataclass
from typing import Annotated, Any, TypeVar

from fastapi import APIRouter, Depends, Request
from fastapi.concurrency import run_in_threadpool
from pydantic import BaseModel, TypeAdapter, ValidationError
from starlette.responses import JSONResponse, Response

from scribe.crypto import sha256_hex
from scribe.devices import Caller, RefusalError, TokenRefusedError, authenticate, enrol
from scribe.domain.errors import ScribeError
from scribe.domain.formats import FormatError
from scribe.domain.uplink import (
    Announcement,
    Completion,
    DeviceInfo,
    Enrolled,
    EnrolmentRequest,
    HotWords,
    Kept,
    OpenEncounter,
    Receipt,
    RefusalCode,
    UnderWay,
    UploadState,
)
from scribe.hot_words import hot_words
from scribe.store.errors import ConsentRequiredError, NotFoundError
from scribe.store.uploads import UploadConflictError, UploadIncompleteError
from scribe.uploads import MOST_TRANSCRIPT_BYTES, PART_BYTES, Answer, Intake
from scribe.web.access import ServiceOf
from scribe.web.device_view import open_encounter

router = APIRouter(prefix="/api/devices", tags=["devices"])

_SMALL = 64 << 10
_STATUS: dict[RefusalCode, int] = {
    "code": 403,
    "token": 401,
    "revoked": 401,
    "clock": 401,
    "replayed": 401,
    "not_found": 404,
    "conflict": 409,
    "incomplete": 409,
    "signed": 409,
    "consent": 409,
    "no_audio": 409,
    "invalid": 422,
    "too_large": 413,
}
_REFUSED_BY_STORE: dict[type[ScribeError], RefusalCode] = {
    NotFoundError: "not_found",
    UploadConflictError: "conflict",
    UploadIncompleteError: "incomplete",
    ConsentRequiredError: "consent",
    FormatError: "invalid",
}
_VALUE = TypeVar("_VALUE")
_ENROLMENT = TypeAdapter(EnrolmentRequest)
_ANNOUNCEMENT = TypeAdapter(Announcement)
_COMPLETION = TypeAdapter(Completion)
_KEPT = TypeAdapter(Kept)
_RECEIPT = TypeAdapter(Receipt)
_STATE = TypeAdapter(UploadState)
_UNDER_WAY = TypeAdapter(UnderWay)


class Refusal(BaseModel):
    """Why a request was refused; ``time`` is the service's, where the device's clock is off."""

    error: str
    code: RefusalCode
    time: str | None = None


class TooLargeError(RefusalError):
    """The request is larger than {most} bytes."""

    code = "too_large"


class RequestFormError(RefusalError):
    """The request is not of the expected form: {field}."""

    code = "invalid"


class RefusedByStoreError(RefusalError):
    """{sentence}"""

    def __init__(self, code: RefusalCode, sentence: str) -> None:
        super().__init__(sentence=sentence)
        self.code = code


@dataclass(frozen=True, slots=True)
class Asked:
    """A request of a device that is who it says it is, and its body as it was signed."""

    caller: Caller
    body: bytes


def asked(most: int = _SMALL) -> Callable[[Request, ServiceOf], Coroutine[Any, Any, Asked]]:
    """The authenticated request; a body of more than ``most`` bytes is refused unread."""

    async def read(request: Request, service: ServiceOf) -> Asked:
        scheme, _, token = request.headers.get("authorization", "").partition(" ")
        if scheme.lower() != "bearer" or not token:
            raise TokenRefusedError
        caller = await run_in_threadpool(authenticate, service.store, token)
        body = await _bounded(request, most)
        query = request.url.query
        target = request.url.path + (f"?{query}" if query else "")
        caller.require_bound(request.method, target, sha256_hex(body))
        return Asked(caller, body)

    return read


Small = Annotated[Asked, Depends(asked())]
WithTranscript = Annotated[Asked, Depends(asked(MOST_TRANSCRIPT_BYTES))]
WithPart = Annotated[Asked, Depends(asked(PART_BYTES))]


def _documented(model: Any = None, media_type: str = "application/json") -> dict[str, Any]:
    """The body in the OpenAPI description: it is read by hand, so that it can be bounded and hashed as it came."""
    schema = {"type": "string", "format": "binary"} if model is None else TypeAdapter(model).json_schema()
    return {"requestBody": {"required": True, "content": {media_type: {"schema": schema}}}}


_REFUSALS: dict[int | str, dict[str, Any]] = {
    **{status: {"model": Refusal} for status in sorted(set(_STATUS.values()))},
    410: {"model": Receipt, "description": "Erase every copy: the patient refused or withdrew."},
}


@router.post("/enrol", openapi_extra=_documented(EnrolmentRequest), responses={403: {"model": Refusal}})
async def enrol_device(request: Request, service: ServiceOf) -> Enrolled:
    """Make the sender a device of the physician who was invited; needs the one-time code and nothing else."""
    wanted = _parsed(_ENROLMENT, await _bounded(request, _SMALL))
    return await run_in_threadpool(enrol, service.store, wanted)


@router.get("/me", responses=_REFUSALS)
def about(service: ServiceOf, asked: Small) -> DeviceInfo:
    """The device as the service knows it."""
    device = asked.caller.device
    with service.store.begin(asked.caller.actor) as work:
        work.devices.acting(device.id)
        hospital = work.accounts.hospital().organization.name
        owner = work.accounts.get(device.owner_id).practitioner.name
    return DeviceInfo(
        device_id=device.id,
        name=device.name,
        hospital=hospital,
        owner=owner,
        accepts_audio=device.accepts_audio,
        time=service.store.clock(),
    )


@router.get("/encounters", responses=_REFUSALS)
def encounters(service: ServiceOf, asked: Small) -> tuple[OpenEncounter, ...]:
    """The owner's consultations of the last days that are not signed, the latest first."""
    return tuple(open_encounter(record) for record in _intake(service, asked).candidates())


@router.get("/encounters/{encounter_id}/terms", responses=_REFUSALS)
def terms(encounter_id: str, service: ServiceOf, asked: Small) -> HotWords:
    """What the recogniser should listen for in this consultation; empty where nothing is signed yet."""
    try:
        with service.store.begin(asked.caller.actor) as work:
            work.devices.acting(asked.caller.device.id)
            return HotWords(terms=hot_words(work, encounter_id))
    except NotFoundError as error:
        raise RefusedByStoreError("not_found", str(error)) from None


@router.put(
    "/encounters/{encounter_id}/recording",
    responses=_REFUSALS,
    openapi_extra=_documented(UnderWay),
)
def note_recording(encounter_id: str, service: ServiceOf, asked: Small) -> UnderWay:
    """A consultation is being recorded now, said once a minute while it is, or no longer: what the worklist shows."""
    said = _parsed(_UNDER_WAY, asked.body)
    try:
        with service.store.begin(asked.caller.actor) as work:
            work.devices.acting(asked.caller.device.id)
            work.encounters.note_recording(encounter_id, under_way=said.under_way)
    except NotFoundError as error:
        raise RefusedByStoreError("not_found", str(error)) from None
    return said


@router.post("/withdrawals", responses=_REFUSALS, openapi_extra=_documented(Kept))
def withdrawals(service: ServiceOf, asked: Small) -> tuple[Receipt, ...]:
    """Which of the recordings that the device still holds are to be erased there: signed orders."""
    return _intake(service, asked).withdrawals(_parsed(_KEPT, asked.body))


@router.get("/recordings/{recording_id}", responses=_REFUSALS, response_model=UploadState)
def upload_state(recording_id: str, service: ServiceOf, asked: Small) -> Response:
    """Which parts are there, and the receipt once the upload is finished."""
    return _told(lambda: _intake(service, asked).state(recording_id))


@router.put(
    "/recordings/{recording_id}",
    responses=_REFUSALS,
    response_model=UploadState,
    openapi_extra=_documented(Announcement),
)
def announce(recording_id: str, service: ServiceOf, asked: Small) -> Response:
    """Begin an upload; the same again changes nothing."""
    announcement = _parsed(_ANNOUNCEMENT, asked.body)
    return _told(lambda: _intake(service, asked).announce(recording_id, announcement))


@router.put(
    "/recordings/{recording_id}/transcript",
    responses=_REFUSALS,
    response_model=UploadState,
    openapi_extra=_documented(dict[str, Any]),
)
def put_transcript(recording_id: str, service: ServiceOf, asked: WithTranscript) -> Response:
    """The scribe-transcript/1 file of the recording."""
    return _told(lambda: _intake(service, asked).put_transcript(recording_id, asked.body))


@router.put(
    "/recordings/{recording_id}/audio/{number}",
    responses=_REFUSALS,
    response_model=UploadState,
    openapi_extra=_documented(media_type="application/octet-stream"),
)
def put_part(recording_id: str, number: int, service: ServiceOf, asked: WithPart) -> Response:
    """Part ``number`` of the 16-bit PCM, where the site takes audio."""
    return _told(lambda: _intake(service, asked).put_part(recording_id, number, asked.body))


@router.post(
    "/recordings/{recording_id}/finish",
    responses=_REFUSALS,
    response_model=Receipt,
    openapi_extra=_documented(Completion),
)
def finish(recording_id: str, service: ServiceOf, asked: Small) -> Response:
    """The signed receipt, once everything is committed; drafting begins."""
    completion = _parsed(_COMPLETION, asked.body)
    return _told(lambda: _intake(service, asked).finish(recording_id, completion))


async def refused(request: Request, error: Exception) -> Response:
    """The answer to a :class:`RefusalError`."""
    del request
    if not isinstance(error, RefusalError):
        raise error
    time = error.context.get("time")
    refusal = Refusal(error=str(error), code=error.code, time=time.isoformat() if time else None)
    return JSONResponse(refusal.model_dump(exclude_none=True), status_code=_STATUS[error.code])


def _intake(service: ServiceOf, asked: Asked) -> Intake:
    return Intake(service.store, asked.caller, service.redraft)


def _told(ask: Callable[[], Answer]) -> Response:
    """The answer as JSON, an order to erase with status 410; what the store refuses, in the device's words."""
    try:
        answer = ask()
    except tuple(_REFUSED_BY_STORE) as error:
        raise RefusedByStoreError(_REFUSED_BY_STORE[type(error)], str(error)) from None
    if isinstance(answer, Receipt):
        status = 410 if answer.kind == "erase" else 200
        return Response(_RECEIPT.dump_json(answer), status_code=status, media_type="application/json")
    return Response(_STATE.dump_json(answer), media_type="application/json")


def _parsed(adapter: TypeAdapter[_VALUE], body: bytes) -> _VALUE:
    try:
        return adapter.validate_json(body)
    except ValidationError as error:
        first = error.errors(include_input=False, include_url=False)[0]
        raise RequestFormError(field=".".join(map(str, first["loc"])) or "the body") from None


async def _bounded(request: Request, most: int) -> bytes:
    """The body; :class:`TooLargeError` as soon as it is known to be larger than ``most`` bytes."""
    length = request.headers.get("content-length", "0")
    if not length.isdecimal() or int(length) > most:
        raise TooLargeError(most=most)
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > most:
            raise TooLargeError(most=most)
    return bytes(body)
