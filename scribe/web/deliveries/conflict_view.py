"""What the hospital changed, in the words of a chart."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from types import MappingProxyType

from hl7_bridge.conflicts import ChangedResource
from scribe.web.labels import moment

_TYPES: Mapping[str, str] = MappingProxyType(
    {
        "Condition": "진단·증상",
        "Observation": "측정값·검사 결과",
        "MedicationRequest": "처방",
        "AllergyIntolerance": "알레르기",
        "Procedure": "처치·시술",
        "Immunization": "예방접종",
        "DocumentReference": "문서",
    }
)
_FIELDS: Mapping[str, str] = MappingProxyType(
    {
        "status": "상태",
        "clinicalStatus": "임상 상태",
        "verificationStatus": "확인 상태",
        "category": "구분",
        "code": "코드·이름",
        "valueQuantity.value": "값",
        "valueQuantity.unit": "단위",
        "valueQuantity.code": "단위 코드",
        "valueString": "값",
        "valueCodeableConcept": "값",
        "component": "세부 값",
        "note": "메모",
        "onsetDateTime": "시작일",
        "onsetString": "시작",
        "abatementDateTime": "호전일",
        "recordedDate": "기록일",
        "effectiveDateTime": "측정 시각",
        "medicationCodeableConcept": "약",
        "dosageInstruction": "용법",
        "dispenseRequest": "조제량",
        "reaction": "반응",
        "severity": "중증도",
        "bodySite": "부위",
        "interpretation": "판정",
        "recorder": "기록자",
        "asserter": "판단한 사람",
        "requester": "처방의",
    }
)
_STATUS: Mapping[str, str] = MappingProxyType(
    {
        "entered-in-error": "잘못 입력됨",
        "active": "진행 중",
        "resolved": "호전됨",
        "inactive": "비활성",
        "confirmed": "확진",
        "provisional": "의심",
        "refuted": "배제",
        "final": "확정",
        "amended": "정정됨",
        "completed": "완료",
        "stopped": "중단",
    }
)
_INDEX = re.compile(r"\[\d+\]")


@dataclass(frozen=True, slots=True, kw_only=True)
class FieldView:
    """A field with its values; ``path`` is its FHIRPath, for the hospital's IT."""

    label: str
    path: str
    sent: str
    theirs: str
    ours: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ConflictView:
    title: str
    reference: str
    changed_at: str
    fields: tuple[FieldView, ...]


def conflict_views(found: Iterable[ChangedResource]) -> tuple[ConflictView, ...]:
    """Each changed resource with the fields that differ."""
    return tuple(
        ConflictView(
            title=_TYPES.get(one.type, one.type),
            reference=one.reference,
            changed_at=moment(one.changed_at) if one.changed_at else "",
            fields=tuple(
                FieldView(
                    label=_label(item.path),
                    path=item.path,
                    sent=_value(item.sent),
                    theirs=_value(item.theirs),
                    ours=_value(item.ours),
                )
                for item in one.differences
            ),
        )
        for one in found
    )


def _label(path: str) -> str:
    """The Korean name of the field, by the longest known beginning of its path."""
    plain = _INDEX.sub("", path)
    parts = plain.split(".")
    for length in range(len(parts), 0, -1):
        known = _FIELDS.get(".".join(parts[:length]))
        if known is not None:
            return known
    return plain


def _value(text: str) -> str:
    return _STATUS.get(text, text)
