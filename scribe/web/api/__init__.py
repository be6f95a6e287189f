"""The same data and the same actions as the pages, as JSON for machines (docs/api.md)."""

from fastapi import APIRouter

from scribe.web.api import (
    accounts,
    deliveries,
    drafts,
    encounters,
    me,
    notes,
    revisions,
    session,
    summaries,
    terminology,
)
from scribe.web.api.answers import problems

router = APIRouter(prefix="/api", responses=problems())
for _noun in (session, me, encounters, drafts, notes, revisions, deliveries, summaries, terminology, accounts):
    router.include_router(_noun.router)
