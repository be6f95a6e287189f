"""The Korean words of the report's page."""

from collections.abc import Mapping
from types import MappingProxyType

from evaluation.taxonomy import Fault
from scribe.web.review.entry_view import KINDS

FIELDS: Mapping[str, str] = MappingProxyType(
    {
        "status": "상태",
        "category": "구분",
        "certainty": "확실성",
        "action": "처방 동작",
        "value": "값",
        "unit": "단위",
        "dose": "용량",
        "frequency": "용법",
        "times_per_day": "1일 횟수",
        "duration_days": "처방 일수",
        "days": "처방 일수",
        "route": "경로",
        "onset": "시작",
        "duration": "기간",
        "duration_iso": "기간(ISO)",
        "severity": "정도",
        "quality": "양상",
        "location": "부위",
        "course": "경과",
        "relation": "관련",
        "detail": "상세",
        "reaction": "반응",
        "adherence": "복약 순응",
        "interpretation": "판정",
        "finding": "소견",
        "to": "의뢰처",
        "when": "시점",
        "in_days": "며칠 뒤",
        "code": "코드",
        "code3": "코드 세 자리",
    }
)
VALUES: Mapping[str, str] = MappingProxyType(
    {
        "present": "있음",
        "absent": "없음",
        "resolved": "호전됨",
        "normal": "정상",
        "abnormal": "이상",
        "planned": "예정",
        "done": "시행",
        "confirmed": "확진",
        "suspected": "의심",
        "ruled_out": "배제",
        "start": "시작",
        "continue": "유지",
        "change": "변경",
        "stop": "중단",
        "medical": "과거력",
        "surgical": "수술력",
        "family": "가족력",
        "social": "사회력",
        "obstetric": "산과력",
        "immunization": "예방접종력",
    }
)
FAULTS: Mapping[str, str] = MappingProxyType(
    {
        "omission": "누락",
        "fabrication": "추가(근거 밖)",
        "negation": "있고 없음 뒤바뀜",
        "attribution": "주체 뒤바뀜",
        "number": "수치 오류",
    }
)
SOURCES: Mapping[str, str] = MappingProxyType(
    {"draft": "초안(근거와 함께)", "draft_text": "초안의 글만", "gold": "사람이 쓴 기록"}
)
SEVERITIES: Mapping[str, str] = MappingProxyType({"major": "중대", "minor": "경미"})
UNREAD: Mapping[str, str] = MappingProxyType({"drug": "약", "number": "수치", "symptom": "증상", "plan": "계획"})
STAGES: Mapping[str, str] = MappingProxyType(
    {
        "dialogue": "대화 읽기",
        "entries": "사실 추출",
        "reading": "정리·미분류 확인",
        "note": "진료기록 작성",
        "patient_summary": "환자 요약 작성",
        "verdicts": "검증",
    }
)


def explained(fault: Fault) -> str:
    """What is wrong, in a few Korean words."""
    if fault.field is not None:
        drafted, gold = (VALUES.get(value or "", value) for value in (fault.drafted, fault.gold))
        return f"{FIELDS.get(fault.field, fault.field)}: 초안 {drafted or '빠짐'} · 정답 {gold or '없음'}"
    if fault.is_rejected:
        return "쓰지 않기로 했거나 언급만 함"
    if fault.is_repeated:
        return "두 번 적음"
    side = "초안" if fault.fault == "omission" else "정답"
    return f"{side}에는 ‘{KINDS[fault.elsewhere]}’ 항목에 있음" if fault.elsewhere else f"{side}에 없음"
