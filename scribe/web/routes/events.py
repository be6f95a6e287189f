"""Live changes for open pages; :mod:`scribe.web.events` lists the events."""

from collections.abc import AsyncIterator, Callable, Iterator
from typing import Annotated

from fastapi import APIRouter, Depends, Header, Query, Request
from fastapi.sse import EventSourceResponse, ServerSentEvent

from scribe.accounts import SessionEndedError, SignedIn, resume
from scribe.web.access import Listening, ServiceOf
from scribe.web.events import Broadcaster
from scribe.web.service import Service

router = APIRouter()

Number = Annotated[int | None, Query(ge=0)]
LastSeen = Annotated[str, Header(alias="last-event-id")]


def broadcaster_of(request: Request) -> Broadcaster:
    """The broadcaster that the application was made with."""
    broadcaster = request.app.state.events
    if not isinstance(broadcaster, Broadcaster):
        raise TypeError("the application was made without its broadcaster")
    return broadcaster


def seat(request: Request, signed_in: Listening) -> Iterator[Broadcaster]:
    """The broadcaster, with a place taken for as long as the answer lasts."""
    broadcaster = broadcaster_of(request)
    with broadcaster.seat(signed_in.actor):
        yield broadcaster


def visible(encounter_id: str, service: ServiceOf, signed_in: Listening) -> str:
    """The id of a consultation that the listener may see; ``NotFoundError``, on record, where they may not."""
    with service.store.begin(signed_in.actor) as work:
        work.encounters.watch(encounter_id)
    return encounter_id


Seat = Annotated[Broadcaster, Depends(seat)]


@router.get("/events", response_class=EventSourceResponse)
async def events(
    service: ServiceOf, signed_in: Listening, seat: Seat, since: Number = None, last_event_id: LastSeen = ""
) -> AsyncIterator[ServerSentEvent]:
    """The changes of all consultations that the viewer may see."""
    lasts, last = _lasting(service, signed_in), _last(last_event_id, since)
    async for event in seat.listen(signed_in.actor, lasts=lasts, since=last):
        yield event


@router.get("/encounters/{encounter_id}/events", response_class=EventSourceResponse)
async def encounter_events(
    encounter_id: Annotated[str, Depends(visible)],
    service: ServiceOf,
    signed_in: Listening,
    seat: Seat,
    since: Number = None,
    last_event_id: LastSeen = "",
) -> AsyncIterator[ServerSentEvent]:
    """The changes of one consultation: its stage, the versions of transcript, draft and note, its delivery."""
    lasts, last = _lasting(service, signed_in), _last(last_event_id, since)
    async for event in seat.listen(signed_in.actor, lasts=lasts, since=last, encounter_id=encounter_id):
        yield event


def _last(last_event_id: str, since: int | None) -> int | None:
    """Where to go on: a browser that reconnects says so in a header, which is later than the page's own address."""
    return int(last_event_id) if last_event_id.isascii() and last_event_id.isdecimal() else since


def _lasting(service: Service, signed_in: SignedIn) -> Callable[[], bool]:
    """Whether the session is still open; asking does not keep it so."""

    def lasts() -> bool:
        try:
            resume(service.store, signed_in.token, service.limits, used=False)
        except SessionEndedError:
            return False
        return True

    return lasts
