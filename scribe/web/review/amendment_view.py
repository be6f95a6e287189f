"""An amendment under way, in words."""

from dataclasses import dataclass

from scribe.store.revisions import AmendmentRecord
from scribe.web.labels import moment

REASONS: tuple[str, ...] = (
    "오기 정정",
    "진단명·코드 수정",
    "처방 내용 수정",
    "누락된 내용 추가",
    "검사 결과 반영",
    "환자 진술 확인 후 수정",
)
"""What physicians most often give as the reason of an amendment; free text goes as well."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AmendmentView:
    """``next`` is the version being written, ``valid`` the one that stands until it is signed."""

    next: int
    valid: int
    reason: str
    since: str

    @property
    def badge(self) -> str:
        return f"제{self.next}판 작성 중 · 제{self.valid}판 유효"


def amendment_view(record: AmendmentRecord | None) -> AmendmentView | None:
    """None where nothing is amended."""
    if record is None:
        return None
    return AmendmentView(
        next=record.next_version, valid=record.amends, reason=record.reason, since=moment(record.started_at)
    )
