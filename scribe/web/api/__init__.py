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
    visit_numbers,
)
from scribe.web.api.answers import problems

router = APIRouter(prefix="/api", responses=problems())
_NOUNS = (
    session, me, encounters, visit_numbers, drafts, notes, revisions, deliveries, summaries, terminology, accounts,
)  # fmt: skip
for _noun in _NOUNS:
    router.include_router(_noun.router)
