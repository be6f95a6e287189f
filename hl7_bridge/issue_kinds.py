"""What the issues of an OperationOutcome say, in Korean: by their code, as their text may name a patient."""

from collections.abc import Iterable
from typing import Final

from hl7_bridge.fhir_errors import OutcomeIssue

ISSUE_KINDS: Final = {
    "invalid": "내용이 올바르지 않음",
    "structure": "구조 오류",
    "required": "필수 항목 없음",
    "value": "값이 올바르지 않음",
    "invariant": "규칙 위반",
    "security": "보안 오류",
    "login": "로그인 필요",
    "unknown": "모르는 사용자",
    "expired": "인증 만료",
    "forbidden": "권한 없음",
    "suppressed": "공개 제한",
    "processing": "처리 오류",
    "not-supported": "지원하지 않음",
    "duplicate": "중복",
    "multiple-matches": "여럿이 일치",
    "not-found": "찾을 수 없음",
    "deleted": "삭제된 자원",
    "too-long": "너무 긴 내용",
    "code-invalid": "코드가 올바르지 않음",
    "extension": "모르는 확장",
    "too-costly": "처리량 초과",
    "business-rule": "업무 규칙 위반",
    "conflict": "판 충돌",
    "transient": "일시 오류",
    "lock-error": "잠긴 자원",
    "no-store": "저장소 오류",
    "exception": "서버 내부 오류",
    "timeout": "시간 초과",
    "incomplete": "불완전한 결과",
    "throttled": "요청 수 제한",
}
"""The codes of FHIR R4's issue-type, ``informational`` aside."""


def reasons(outcome: Iterable[OutcomeIssue]) -> str:
    """The kinds of the errors among the issues, each once; nothing where there are none that FHIR knows."""
    codes = dict.fromkeys(issue.code for issue in outcome if issue.severity in ("error", "fatal"))
    return ", ".join(f"{ISSUE_KINDS[code]}({code})" for code in codes if code in ISSUE_KINDS)
