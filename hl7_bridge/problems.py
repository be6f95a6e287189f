"""The bridge's errors as the people who must act on them read them, and what they say about the delivery."""

from typing import Final, NamedTuple

from hl7_bridge.auth_tokens import ClientKeyError
from hl7_bridge.errors import (
    BridgeError,
    DestinationError,
    IdentifierSystemError,
    UnidentifiedError,
    UnnumberedPatientError,
    UnnumberedVisitError,
)
from hl7_bridge.fhir_errors import (
    BusyError,
    ChangedError,
    ConflictError,
    FhirError,
    ForbiddenError,
    GatewayBusyError,
    GatewayRefusedError,
    IgnoredSearchError,
    MultipleMatchesError,
    NoMatchError,
    NotFhirError,
    OutcomeUnknownError,
    OversizeAnswerError,
    ReadOnlyServerError,
    RedirectedError,
    RefusedError,
    TlsError,
    TokenError,
    TokenUnavailableError,
    TooManyPagesError,
    UnauthorisedError,
    UnreachableError,
    UnsearchableServerError,
    UnsupportedServerError,
    UnsupportedTypesError,
)
from hl7_bridge.issue_kinds import reasons
from hl7_bridge.tls import TlsFileError
from hl7_bridge.validate import ChangedPackageError
from scribe.domain.delivery import DeliveryProblem, DeliveryState

NO_PATIENT_NUMBER: Final = "no-patient-number"
NO_VISIT_NUMBER: Final = "no-visit-number"


class Judgement(NamedTuple):
    """How an error is shown, and what is known of the delivery when it ends one.

    ``rejected``: the receiver, or the note itself, stands against it.  ``not_sent``: nothing was written, and the
    note is not at fault.  ``code`` is documented in docs/bridge/fhir.md.
    """

    error: type[BridgeError]
    code: str
    state: DeliveryState
    message: str


JUDGEMENTS: Final = (
    Judgement(TlsError, "tls", "not_sent",
              "병원 FHIR 서버의 인증서를 확인할 수 없습니다. 인증서 설정을 확인해 주세요."),
    Judgement(UnreachableError, "unreachable", "not_sent",
              "병원 FHIR 서버에 연결할 수 없습니다. 네트워크와 주소를 확인해 주세요."),
    Judgement(GatewayBusyError, "gateway-busy", "not_sent",
              "병원 연계 서버가 지금 처리하지 못한다고 답했습니다. 잠시 뒤 다시 보냅니다."),
    Judgement(BusyError, "busy", "not_sent",
              "병원 FHIR 서버가 지금 처리하지 못합니다. 잠시 뒤 다시 보냅니다."),
    Judgement(OutcomeUnknownError, "outcome-unknown", "outcome_unknown",
              "응답을 받지 못해 저장 여부를 알 수 없습니다. 확인한 뒤 다시 보냅니다."),
    Judgement(TokenUnavailableError, "token-unavailable", "not_sent",
              "인증 서버가 응답하지 않습니다. 잠시 뒤 다시 보냅니다."),
    Judgement(TokenError, "token-refused", "not_sent",
              "인증 서버가 접근 토큰을 주지 않았습니다. 클라이언트 등록과 키를 확인해 주세요."),
    Judgement(ClientKeyError, "key-file", "not_sent",
              "인증에 쓸 개인키 파일을 읽을 수 없습니다. 설정을 확인해 주세요."),
    Judgement(TlsFileError, "tls-file", "not_sent",
              "TLS 인증서 파일을 읽을 수 없습니다. 설정을 확인해 주세요."),
    Judgement(ChangedPackageError, "profiles", "not_sent",
              "설치한 프로파일 패키지가 손상되어 검증하지 못했습니다. 패키지를 다시 설치해 주세요."),
    Judgement(DestinationError, "address", "not_sent",
              "병원 FHIR 서버 주소가 올바르지 않습니다. 설정을 확인해 주세요."),
    Judgement(UnauthorisedError, "unauthorised", "not_sent",
              "병원 FHIR 서버가 인증을 거절했습니다. 인증 설정을 확인해 주세요."),
    Judgement(ForbiddenError, "forbidden", "not_sent",
              "병원 FHIR 서버가 권한이 없다고 답했습니다. 부여된 권한(scope)을 확인해 주세요."),
    Judgement(RedirectedError, "redirected", "not_sent",
              "병원 FHIR 서버가 다른 주소로 안내합니다. 설정한 주소를 확인해 주세요."),
    Judgement(NoMatchError, "no-match", "rejected",
              "병원 서버에서 환자·내원·의사·기관 가운데 등록번호가 일치하는 것을 찾지 못했습니다."),
    Judgement(MultipleMatchesError, "multiple-matches", "rejected",
              "같은 식별자의 자원이 여러 개 있어 멈췄습니다. 확인이 필요합니다."),
    Judgement(IgnoredSearchError, "search-ignored", "rejected",
              "서버가 식별자 검색 조건을 무시해 환자를 안전하게 찾을 수 없습니다."),
    Judgement(TooManyPagesError, "too-many-pages", "rejected",
              "검색 결과가 지나치게 많아 멈췄습니다. 확인이 필요합니다."),
    Judgement(ReadOnlyServerError, "read-only", "rejected",
              "병원 FHIR 서버가 쓰기를 허용하지 않습니다."),
    Judgement(UnsupportedTypesError, "unsupported", "rejected",
              "병원 FHIR 서버가 받지 않는 자원 유형이 있어 보내지 않았습니다."),
    Judgement(UnsupportedServerError, "not-r4", "rejected",
              "FHIR R4 JSON을 지원하는 서버가 아닙니다. 주소를 확인해 주세요."),
    Judgement(UnsearchableServerError, "unsearchable", "rejected",
              "서버가 식별자 검색을 지원하지 않아 중복 저장을 막을 수 없습니다."),
    Judgement(OversizeAnswerError, "too-large", "rejected",
              "서버의 응답이 허용된 크기보다 큽니다. 확인이 필요합니다."),
    Judgement(NotFhirError, "not-fhir", "rejected",
              "서버가 FHIR 형식이 아닌 응답을 보냈습니다. 주소를 확인해 주세요."),
    Judgement(ChangedError, "changed", "rejected",
              "병원 서버의 기록이 그 사이 다른 사람에 의해 바뀌었습니다. 확인이 필요합니다."),
    Judgement(ConflictError, "conflict", "rejected",
              "서버에 다른 판이 이미 있습니다. 확인이 필요합니다."),
    Judgement(GatewayRefusedError, "gateway-refused", "rejected",
              "병원 연계 서버가 업무 오류로 기록을 거부했습니다. 오류 코드를 확인해 주세요."),
    Judgement(RefusedError, "refused", "rejected",
              "병원 FHIR 서버가 기록을 거부했습니다. 서버가 알린 항목을 확인해 주세요."),
    Judgement(UnnumberedPatientError, NO_PATIENT_NUMBER, "rejected",
              "환자의 등록번호가 없어 아직 보내지 않았습니다. 진료 정보에서 등록번호를 입력하면 바로 보냅니다."),
    Judgement(UnnumberedVisitError, NO_VISIT_NUMBER, "rejected",
              "병원의 내원번호가 없어 아직 보내지 않았습니다. 진료 정보에서 내원번호를 입력하면 바로 보냅니다."),
    Judgement(UnidentifiedError, "incomplete", "rejected",
              "진료기록에 의사나 기관의 식별자가 없어 보낼 수 없습니다. 전산 담당자에게 알려 주세요."),
    Judgement(IdentifierSystemError, "incomplete", "rejected",
              "진료기록에 의사나 기관의 식별자가 없어 보낼 수 없습니다. 전산 담당자에게 알려 주세요."),
    Judgement(BridgeError, "bridge", "rejected",
              "기록을 보내지 못했습니다. 관리자에게 알려 주세요."),
)  # fmt: skip
"""By kind of error, the first that fits."""
INVALID: Final = "invalid"
OWN_CODES: Final = (INVALID,)
"""Codes of problems that no error stands for."""


def judged(error: BridgeError) -> Judgement:
    """What is said of an error."""
    return next(item for item in JUDGEMENTS if isinstance(error, item.error))


def problem_of(error: BridgeError) -> DeliveryProblem:
    """The error as a clinician or the hospital's IT reads it."""
    found = judged(error)
    said = reasons(error.outcome) if isinstance(error, FhirError) else ""
    return DeliveryProblem(
        code=found.code,
        message=f"{found.message} 서버가 알린 이유: {said}." if said else found.message,
        retryable=error.retryable,
        retry_after=error.retry_after if isinstance(error, BusyError | TokenUnavailableError) else None,
        expressions=_expressions(error),
    )


def changed_problem(references: tuple[str, ...]) -> DeliveryProblem:
    """Somebody changed ``references`` on the server since an earlier version wrote them."""
    found = next(item for item in JUDGEMENTS if item.error is ChangedError)
    return DeliveryProblem(code=found.code, message=found.message, retryable=False, expressions=references)


def invalid_problem(count: int, paths: tuple[str, ...]) -> DeliveryProblem:
    """Our own validation found ``count`` errors at ``paths``."""
    message = f"보낼 자원이 KR Core 검증을 통과하지 못해 전송하지 않았습니다(오류 {count}건)"
    return DeliveryProblem(code=INVALID, message=message, retryable=False, expressions=paths)


def _expressions(error: BridgeError) -> tuple[str, ...]:
    if isinstance(error, GatewayBusyError | GatewayRefusedError):
        return (error.code,)
    if isinstance(error, FhirError):
        return tuple(expression for issue in error.outcome for expression in issue.expression)
    return ()
