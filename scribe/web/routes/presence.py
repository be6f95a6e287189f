"""Which pages have a draft open: each says so, and is told of the others."""

from typing import Annotated

from fastapi import APIRouter, Request
from pydantic import BaseModel, ConfigDict, Field

from scribe.store.changes import Changes
from scribe.store.errors import NotFoundError
from scribe.web.access import ListeningScript, ServiceOf
from scribe.web.presence import Presences

router = APIRouter()


class Here(BaseModel):
    """``page`` is a name that the page chose for itself; ``leaving`` where it is being closed."""

    model_config = ConfigDict(extra="forbid")

    page: Annotated[str, Field(pattern="^[0-9a-f-]{8,40}$")]
    leaving: bool = False


class OtherPage(BaseModel):
    """Somebody else at the draft, or the same person on another page (``own``)."""

    name: str
    own: bool


class Others(BaseModel):
    """Who else has the draft open, and the draft's latest version."""

    others: tuple[OtherPage, ...]
    version: int | None


@router.post("/encounters/{encounter_id}/presence")
def presence(encounter_id: str, here: Here, request: Request, service: ServiceOf, signed_in: ListeningScript) -> Others:
    """Say that a page is open, or closing, and hear who else is there; this does not keep a session alive.

    Nothing of the patient is read, and nothing audited: opening the page was.
    """
    standings = Changes(service.store).standings(signed_in.actor, {encounter_id})
    if not standings:
        raise NotFoundError(subject="encounter")
    presences = presences_of(request)
    if here.leaving:
        presences.left(signed_in.account, encounter_id, here.page)
        return Others(others=(), version=None)
    others = presences.seen(signed_in.account, encounter_id, here.page)
    return Others(
        others=tuple(OtherPage(name=other.name, own=other.own) for other in others),
        version=standings[0].draft_version,
    )


def presences_of(request: Request) -> Presences:
    """The pages that the application knows of."""
    presences = request.app.state.presences
    if not isinstance(presences, Presences):
        raise TypeError("the application was made without its presences")
    return presences
