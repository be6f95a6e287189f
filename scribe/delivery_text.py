"""Deliveries in the words of the people who look after them."""

from pydantic import TypeAdapter

from scribe.domain.delivery import Delivery
from scribe.reconciliation import Finding
from scribe.store.records import DeliveryState, OutboxRecord

STATES: dict[DeliveryState, str] = {
    "waiting": "전달 대기",
    "claimed": "전달 중",
    "sent_outcome_unknown": "결과 확인 중",
    "accepted": "전달됨",
    "rejected": "거부됨",
    "parked": "보류",
    "set_aside": "전달 제외",
}
FINDINGS: dict[Finding, str] = {
    "unqueued": "서명되었지만 전달 대상에 오르지 않았습니다 (--enqueue로 보낼 수 있습니다)",
    "unanswered": "아직 병원 시스템이 받지 않았습니다 (scribe bridge status)",
    "missing": "받았다고 했지만 병원 시스템에 온전히 남아 있지 않습니다",
    "duplicated": "병원 시스템에 같은 식별자의 자원이 여러 개 있습니다",
    "unchecked": "받았다고 했지만 지금은 조회로 확인할 수 없습니다",
}


_DELIVERY = TypeAdapter(Delivery)


def subject_of(row: OutboxRecord) -> str:
    """What is on its way: a version, or the retraction of all of them."""
    return "전달 취소" if row.action == "retract" else f"제{row.version}판"


def delivery_of(outcome: bytes | None) -> Delivery | None:
    """What was kept of the last attempt."""
    return None if outcome is None else _DELIVERY.validate_json(outcome)


def problem_lines(delivery: Delivery | None) -> tuple[str, ...]:
    """Why a delivery was not accepted: the message, and where in the note the receiver saw the fault."""
    if delivery is None or delivery.problem is None:
        return ()
    problem = delivery.problem
    return (problem.message, *(f"- {path}" for path in problem.expressions))
