"""Whether the service is up."""

from typing import Literal

from fastapi import APIRouter
from pydantic import BaseModel

from scribe.web.access import ServiceOf

router = APIRouter()


class Health(BaseModel):
    """``ok`` once the store answers."""

    status: Literal["ok"] = "ok"


@router.get("/health", summary="Whether the service is up")
def health(service: ServiceOf) -> Health:
    service.store.hospitals()
    return Health()
