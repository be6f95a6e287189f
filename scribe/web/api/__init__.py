"""The same data and the same actions as the pages, as JSON for machines (docs/api.md)."""

from fastapi import APIRouter

from scribe.web.api import encounters, session, terminology

router = APIRouter(prefix="/api")
for _noun in (session, encounters, terminology):
    router.include_router(_noun.router)
