"""The same data and the same actions as the pages, as JSON for machines (docs/api.md)."""

from fastapi import APIRouter

from scribe.web.api import (
    accounts,
    audit,
    captures,
    deliveries,
    drafts,
    encounters,
    me,
    notes,
    preferences,
    revisions,
    session,
    style,
    summaries,
    terminology,
    visit_numbers,
    visits,
)
from scribe.web.api.answers import problems

router = APIRouter(prefix="/api", responses=problems())
_NOUNS = (
    session, me, preferences, visits, encounters, visit_numbers, captures, drafts, notes, revisions, deliveries,
    summaries, style, terminology, accounts, audit,
)  # fmt: skip
for _noun in _NOUNS:
    router.include_router(_noun.router)
