"""Statements that cite nothing and turn one thing of what was said: each turn is found, the true one passes."""

from datetime import UTC, datetime

import pytest

from scribe.domain.encounter import Encounter
from scribe.domain.statement import Statement
from scribe.domain.transcript import Speaker, Transcript, Utterance
from scribe.drafting.verify import Check, Verdict, verify

LINES: tuple[tuple[Speaker, str], ...] = (
    ("doctor", "어떤 일로 오셨어요?"),
    ("patient", "닷새 전부터 속이 쓰리고, 변비가 심해요. 토하지는 않았어요."),
    ("doctor", "얼마나 아프신지 십 점 만점에 몇 점이에요?"),
    ("patient", "육 점이요."),
    ("doctor", "드시던 약은요?"),
    ("patient", "플라빅스는 작년 봄에 끊었어요. 세비카는 안 빼먹고 먹어요."),
    ("doctor", "소주나 맥주 드세요?"),
    ("patient", "막걸리를 일주일에 한 번 마셔요."),
    ("doctor", "목젖은 안 부었고, 심장 소리에 잡음은 없어요. 배는 명치 누르니까 아프시고."),
    ("doctor", "엑스레이는 이상 없고요, 요소 호기 검사는 네거티브예요."),
    ("doctor", "위염이에요. 란소프라졸 삼십 밀리 하루 한 번 아침 식전에 드시고요."),
    ("doctor", "해열제는 여섯 시간마다 드시면 됩니다. 운동은 하루 두 번 하세요."),
    ("patient", "오늘 아침 열 시 이십 분에 오른쪽 옆구리가 결렸어요."),
    ("doctor", "철분제 드시는 건요? 집안에 위암은요?"),
    ("patient", "철분제는 안 먹어요. 부모님은 위암 없으세요."),
    ("doctor", "초음파에서 왼쪽 콩팥에 물혹이 십오 밀리, 그거 말고는 깨끗해요."),
    ("doctor", "그냥 두면 궤양이 생겨요. 피를 토하거나 하면 바로 응급실로 오세요."),
)
TRANSCRIPT = Transcript(
    language="ko",
    utterances=tuple(
        Utterance(id=f"u{index}", speaker=speaker, start=float(index), end=index + 1.0, text=text)
        for index, (speaker, text) in enumerate(LINES)
    ),
)
VISIT = Encounter(id="x", start=datetime(2026, 9, 14, tzinfo=UTC))


def judge(text: str) -> Verdict:
    return verify(TRANSCRIPT, [Statement(id="t0", text=text)], encounter=VISIT)[0]


@pytest.mark.parametrize(
    ("true", "turned", "check"),
    [
        ("심잡음 없음.", "심잡음 있음.", Check.POLARITY),
        ("목젖 부종 없음.", "목젖 부종 있음.", Check.POLARITY),
        ("X선 이상 없음.", "X선 이상 있음.", Check.POLARITY),
        ("요소 호기 검사 음성.", "요소 호기 검사 양성.", Check.POLARITY),
        ("변비.", "변비 없음.", Check.POLARITY),
        ("토혈 시 응급실.", "토혈 있음.", Check.SUPPOSED),
        ("플라빅스는 작년 중단.", "플라빅스는 작년 시작.", Check.ACTION),
        ("플라빅스는 작년 중단.", "플라빅스는 작년 유지.", Check.ACTION),
        ("막걸리 주 1회.", "막걸리 주 3회.", Check.NUMBER),
        ("운동 하루 두 번.", "운동 하루 세 번.", Check.NUMBER),
        ("해열제 6시간 간격.", "해열제 12시간 간격.", Check.NUMBER),
        ("NRS 6.", "NRS 5.", Check.NUMBER),
        ("막걸리 주 1회.", "막걸리 주 10–2회.", Check.NUMBER),
        ("10:20 옆구리 결림.", "11:20 옆구리 결림.", Check.NUMBER),
        ("10시 20분 옆구리 결림.", "10시 40분 옆구리 결림.", Check.NUMBER),
        ("왼쪽 콩팥 물혹 15 mm.", "오른쪽 콩팥 물혹 15 mm.", Check.SIDE),
        ("왼쪽 콩팥 물혹 15 mm.", "왼쪽 콩팥 물혹 9 mm.", Check.NUMBER),
        ("왼쪽 콩팥 물혹 15 mm.", "왼쪽 콩팥 물혹 15 kg.", Check.UNIT),
        ("철분제 없음.", "철분제 있음.", Check.POLARITY),
        ("가족력: 위암 없음.", "가족력: 위암 있음.", Check.POLARITY),
        ("위염(K29.7).", "위염 의심(K29.7).", Check.CERTAINTY),
    ],
)
def test_what_is_turned_is_found(true: str, turned: str, check: Check) -> None:
    assert check not in {reason.check for reason in judge(true).reasons}
    verdict = judge(turned)
    assert (verdict.support, check in {reason.check for reason in verdict.reasons}) == ("none", True)


@pytest.mark.parametrize(
    "text",
    ["두부 외상 없음.", "체중 변화 없음.", "100-7 시행.", "당일 오후 6–2시."],
    ids=["head", "weight", "sevens", "clock"],
)
def test_what_is_no_number_and_no_finding_contradicts_nothing(text: str) -> None:
    assert not {Check.POLARITY} & {reason.check for reason in judge(text).reasons}
    assert not any(
        "두" in reason.word or "–" in reason.word for reason in judge(text).reasons if reason.check is Check.NUMBER
    )
