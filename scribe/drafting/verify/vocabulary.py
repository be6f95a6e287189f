"""The words that templates bring to a statement, and the plain words of the patient summary: no facts of their own."""

from functools import lru_cache

from scribe.drafting.lay import lay_terms

_TEMPLATE_WORDS = frozenset(
    """S O A P CC C.C. 주호소 방문 사유 과거력 사회력 가족력 현병력 복용약 복용 복약 교육 검사 진찰 평가 계획 위험 신호 병력 알레르기 접종
    호전 호전됨 악화 없음 있음 시작 유지 변경 중단 의심 배제 예정 시행 현재 재진 내원 즉시 의뢰 진료 정맥주사 근육주사 피하주사 설하 도포
    흡입 점안 점이 비강 직장 질정 일분 식후 식전 식간 정도 소견 상태 환자 진단 처방 투여 단위 혈압 수축기 이완기 mmHg mg mL kg cm
    NRS IU KCD 오늘 아침 점심 저녁 자기 하루 동안 다음 결과 확인 병원 바로 응급실 지금 그대로 새로 도움 설명 필요 시간 전문
    추적 정맥 근육 피하 주사 신체 기억 복용법 연결 말씀 증상 m² 제곱미터 수치 때문 가능 경우 모두 각각 이후 이전 지난 최근 최고 최대 필요시 기저 동반 기타 특이 사항 이상 이하 초과 미만""".split()
)


def is_template_word(word: str) -> bool:
    """Whether a word belongs to the wording of notes and summaries rather than to what was said."""
    return word in _TEMPLATE_WORDS


@lru_cache(maxsize=2048)
def lay_forms(text: str) -> tuple[str, ...]:
    """The plain words for the medical terms of a text."""
    return tuple(
        word
        for term, lay in lay_terms().items()
        if term in text
        for word in (lay.plain, lay.note, lay.condition)
        if word
    )
