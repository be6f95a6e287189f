"""What went wrong with an HL7 v2 delivery, as the hospital's IT reads it."""

from collections.abc import Collection
from typing import Final

from hl7_bridge.errors import BridgeError
from hl7_bridge.hl7v2.acknowledgements import Acknowledgement
from hl7_bridge.hl7v2.errors import (
    NotSentError,
    TooLongError,
    UnansweredError,
    UnencodableError,
    UnreachableReceiverError,
    UntrustedReceiverError,
)
from hl7_bridge.problems import problem_of
from scribe.domain.delivery import DeliveryProblem

UNANSWERED: Final = "hl7-unanswered"
_MESSAGES: Final[tuple[tuple[type[BridgeError], str, str], ...]] = (
    (
        UntrustedReceiverError,
        "hl7-tls",
        "HL7 수신 시스템의 TLS 인증서를 확인할 수 없습니다. 인증서 설정을 확인해 주세요.",
    ),
    (
        UnreachableReceiverError,
        "hl7-unreachable",
        "HL7 수신 시스템에 연결할 수 없습니다. 주소·포트와 방화벽을 확인해 주세요.",
    ),
    (NotSentError, "hl7-not-sent", "메시지를 다 보내기 전에 HL7 연결이 끊겼습니다. 잠시 뒤 다시 보냅니다."),
    (
        UnansweredError,
        UNANSWERED,
        "HL7 응답(ACK)을 받지 못해 저장 여부를 알 수 없습니다. 같은 메시지 번호로 다시 보냅니다.",
    ),
    (UnencodableError, "hl7-unencodable", "수신처 문자집합에 없고 대체 표에도 없는 글자가 있어 보내지 않았습니다."),
    (TooLongError, "hl7-too-long", "메시지가 설정된 크기(max_message_kb)를 넘어 보내지 않았습니다."),
)
_CONDITIONS: Final = {
    "100": "세그먼트 순서 오류",
    "101": "필수 항목 없음",
    "102": "자료형 오류",
    "103": "코드표에 없는 값",
    "104": "값이 너무 김",
    "200": "지원하지 않는 메시지 유형",
    "201": "지원하지 않는 이벤트",
    "202": "지원하지 않는 처리 구분(MSH-11)",
    "203": "지원하지 않는 HL7 버전",
    "204": "모르는 등록번호",
    "205": "이미 있는 번호",
    "206": "사용 중이라 잠긴 기록",
    "207": "수신 시스템 내부 오류",
}


def hl7_problem(error: BridgeError, *, resend: bool = True) -> DeliveryProblem:
    """The error in Korean; places and code points are in ``expressions``."""
    found = next(((code, message) for kind, code, message in _MESSAGES if isinstance(error, kind)), None)
    if found is None:
        return problem_of(error)
    code, message = found
    unanswered = isinstance(error, UnansweredError)
    if unanswered and not resend:
        message = "HL7 응답(ACK)을 받지 못해 저장 여부를 알 수 없습니다. 병원 시스템에서 확인한 뒤 다시 보내 주세요."
    places: tuple[str, ...] = ()
    if isinstance(error, UnencodableError):
        places = (f"{error.location} {error.position} U+{error.code_point:04X}",)
    return DeliveryProblem(
        code=code, message=message, retryable=error.retryable and (resend or not unanswered), expressions=places
    )


def refusal(event: str, answer: Acknowledgement, retry: Collection[str]) -> DeliveryProblem:
    """A negative acknowledgement: its conditions in words, the places it names as expressions."""
    known = [_CONDITIONS.get(condition, condition) for condition in answer.conditions]
    why = f": {', '.join(known)}" if known else ""
    later = answer.verdict(retry) == "later"
    what = "지금은 받지 못한다고 답했습니다. 잠시 뒤 다시 보냅니다" if later else "메시지를 받지 않았습니다"
    return DeliveryProblem(
        code="hl7-busy" if later else "hl7-refused",
        message=f"HL7 수신 시스템이 {event} {what} ({answer.code}{why}).",
        retryable=later,
        expressions=tuple(f"{answer.code} {condition}".strip() for condition in answer.conditions or ("",))
        + answer.places,
    )
