"""The bridge's errors as the people who must act on them read them."""

from hl7_bridge.errors import BridgeError
from hl7_bridge.fhir_errors import (
    BusyError,
    ConflictError,
    FhirError,
    MultipleMatchesError,
    NoMatchError,
    NotFhirError,
    OutcomeUnknownError,
    ReadOnlyServerError,
    RefusedError,
    UnreachableError,
    UnsearchableServerError,
    UnsupportedTypesError,
)
from scribe.domain.delivery import DeliveryProblem

_MESSAGES: tuple[tuple[type[BridgeError], str, str], ...] = (
    (UnreachableError, "unreachable", "병원 FHIR 서버에 연결할 수 없습니다. 네트워크와 주소를 확인해 주세요."),
    (BusyError, "busy", "병원 FHIR 서버가 지금 처리하지 못합니다. 잠시 뒤 다시 보냅니다."),
    (OutcomeUnknownError, "outcome-unknown", "응답을 받지 못해 저장 여부를 알 수 없습니다. 확인한 뒤 다시 보냅니다."),
    (NoMatchError, "no-match", "병원 서버에서 환자·내원·의사·기관 가운데 등록번호가 일치하는 것을 찾지 못했습니다."),
    (MultipleMatchesError, "multiple-matches", "같은 식별자의 자원이 여러 개 있어 멈췄습니다. 확인이 필요합니다."),
    (ReadOnlyServerError, "read-only", "병원 FHIR 서버가 쓰기를 허용하지 않습니다."),
    (UnsupportedTypesError, "unsupported", "병원 FHIR 서버가 받지 않는 자원 유형이 있어 보내지 않았습니다."),
    (UnsearchableServerError, "unsearchable", "서버가 식별자 검색을 지원하지 않아 중복 저장을 막을 수 없습니다."),
    (NotFhirError, "not-fhir", "서버가 FHIR 형식이 아닌 응답을 보냈습니다. 주소를 확인해 주세요."),
    (ConflictError, "conflict", "서버에 다른 판이 이미 있습니다. 확인이 필요합니다."),
    (RefusedError, "refused", "병원 FHIR 서버가 기록을 거부했습니다. 서버가 알린 항목을 확인해 주세요."),
)  # fmt: skip


def problem_of(error: BridgeError) -> DeliveryProblem:
    """The error as a clinician or the hospital's IT reads it."""
    incomplete = ("incomplete", "진료기록에 환자·내원·의사·기관의 식별자가 없어 보낼 수 없습니다.")
    code, message = next(((code, text) for kind, code, text in _MESSAGES if isinstance(error, kind)), incomplete)
    expressions = (
        tuple(expression for issue in error.outcome for expression in issue.expression)
        if isinstance(error, FhirError)
        else ()
    )
    return DeliveryProblem(
        code=code,
        message=message,
        retryable=error.retryable,
        retry_after=error.retry_after if isinstance(error, BusyError) else None,
        expressions=expressions,
    )
