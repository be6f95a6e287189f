"""The page that a patient opens from a link."""

from fastapi import APIRouter
from starlette.responses import Response

from scribe.web.access import ServiceOf
from scribe.web.labels import moment
from scribe.web.pages import message_page, page
from scribe.web.patient_links import OpenedLink, follow_link
from scribe.web.patient_view import sheet

router = APIRouter()


@router.get("/p/{token}")
def patient_summary(token: str, service: ServiceOf) -> Response:
    opened = follow_link(service.store, token)
    if opened is None:
        return message_page(
            "안내문을 열 수 없습니다",
            "주소가 올바르지 않거나 볼 수 있는 기간이 지났습니다. 진료받은 병원에 새 주소를 요청하세요.",
            status=404,
        )
    return page("patient.html", _context(opened))


def _context(opened: OpenedLink) -> dict[str, object]:
    note = opened.note
    encounter = note.encounter
    return {
        "hospital": encounter.organization.name if encounter.organization else "",
        "patient_name": encounter.patient.name if encounter.patient else "",
        "visit": moment(encounter.start),
        "sections": sheet(note.content.patient_summary),
        "physician": note.author.name,
        "signed_at": moment(note.signed_at),
        "expires": moment(opened.link.expires_at),
    }
