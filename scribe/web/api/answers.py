"""What the API answers where it cannot do what was asked, and how that is documented."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Annotated, Any

from fastapi import Path
from pydantic import BaseModel, ConfigDict, Field

from scribe.accounts import LockedError, SignInError
from scribe.web.errors import NotConfirmedError

RecordId = Annotated[str, Path(min_length=1, max_length=64, pattern=r"^[0-9A-Za-z._-]+$")]
"""The id of a record in an address."""


class Answer(BaseModel):
    """An answer: no field is left out, and none is added that is not documented."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Wish(BaseModel):
    """What is asked for: an unknown field is refused."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Problem(Answer):
    """What is wrong, in one sentence; nothing of what was sent is repeated."""

    error: str = Field(examples=["There is no such encounter."])


_REASONS: Mapping[int, str] = {
    401: "There is no session, or it has ended: sign in.",
    403: "The role of the account does not do this, the form token is missing, or the password is wrong or temporary.",
    404: "There is no such record, or the account may not see it.",
    409: "It has changed since it was read, it is signed, or it exists already.",
    410: "Consent was withdrawn: recording, transcript and drafts were destroyed.",
    416: "The recording is shorter than what `Range` begins with.",
    422: "The request is not of the documented form, or does not fit the record.",
    429: "Too many wrong passwords or open pages: wait as `Retry-After` says, where it is there.",
}
_ALWAYS = frozenset({401, 403, 422})


def problems(*statuses: int) -> dict[int | str, dict[str, Any]]:
    """The ``responses`` of a route: those of every address, and ``statuses``."""
    return {status: {"model": Problem, "description": _REASONS[status]} for status in sorted(_ALWAYS | set(statuses))}


@contextmanager
def proving() -> Iterator[None]:
    """A wrong password of somebody who is signed in: not that they are not signed in, which 401 would say."""
    try:
        yield
    except LockedError:
        raise
    except SignInError:
        raise NotConfirmedError from None
