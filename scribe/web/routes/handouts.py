"""The sheets approved of late: where the reception finds what it prints and hands out."""

from datetime import timedelta
from typing import Annotated

from fastapi import APIRouter, Depends
from starlette.responses import Response

from scribe.patient_sheet.document import read_sheet
from scribe.patient_sheet.words import WORDS
from scribe.store.records import SummaryApproval
from scribe.web.access import ServiceOf, Viewer, permitted
from scribe.web.labels import day, moment
from scribe.web.pages import page

router = APIRouter()

DAYS = 7


@router.get("/summaries")
def recent_summaries(service: ServiceOf, viewer: Annotated[Viewer, Depends(permitted("share_summaries"))]) -> Response:
    """The approvals of the last week that stand, the newest first."""
    with service.store.begin(viewer.actor) as work:
        found = work.summaries.recent(service.store.clock() - timedelta(days=DAYS))
    return page("summaries.html", {"viewer": viewer, "days": DAYS, "lines": [_line(each) for each in found]})


def _line(approval: SummaryApproval) -> dict[str, str]:
    sheet = read_sheet(approval.document)
    return {
        "href": f"/encounters/{approval.encounter_id}/summary/{approval.language}",
        "name": sheet.patient or "환자 미지정",
        "visit": day(sheet.visit),
        "physician": sheet.physician,
        "language": WORDS[sheet.language].language_name,
        "approved": moment(approval.approved_at),
    }
