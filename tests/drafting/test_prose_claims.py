"""Statements that cite nothing, judged against the whole consultation."""

from datetime import UTC, date, datetime

import pytest

from scribe.domain.encounter import Encounter, Patient
from scribe.domain.statement import Statement
from scribe.domain.transcript import Speaker, Transcript, Utterance
from scribe.drafting.verify import Check, Verdict, verify

LINES: tuple[tuple[Speaker, str], ...] = (
    ("doctor", "어디가 불편하세요?"),
    ("patient", "사흘 전부터 기침이 나고 어제부터 열이 나요. 왼쪽 무릎도 부었어요."),
    ("doctor", "숨이 차거나 가슴이 아픈 건요?"),
    ("patient", "그런 건 없어요. 담배는 안 피우고 소주를 일주일에 두 번 마셔요."),
    ("doctor", "집안에 당뇨 있으신 분 계세요?"),
    ("patient", "아버지가 당뇨세요. 저는 없고요. 페니실린 맞고 두드러기 난 적 있어요."),
    ("nurse", "혈압 백사십에 구십, 맥박 팔십팔, 체온 삼십팔 점 이 도요."),
    ("doctor", "목이 빨갛고 편도는 괜찮아요. 폐 소리는 깨끗하고요. 독감 검사는 음성이에요."),
    ("doctor", "급성 기관지염이에요. 폐렴은 아직 의심만 되니까 엑스레이 찍을게요."),
    ("doctor", "아세트아미노펜 육백오십 밀리 하루 세 번 식후 삼십 분에 사흘 드릴게요. 이부프로펜은 그만 드세요."),
    ("doctor", "암로디핀 오 밀리는 그대로 드시고요. 항생제는 필요 없어요."),
    ("doctor", "일주일 뒤에 다시 오세요. 혹시 피를 토하거나 의식이 흐려지면 바로 응급실로 오셔야 해요."),
)
TRANSCRIPT = Transcript(
    language="ko",
    utterances=tuple(
        Utterance(id=f"u{index}", speaker=speaker, start=float(index), end=index + 1.0, text=text)
        for index, (speaker, text) in enumerate(LINES)
    ),
)
ENCOUNTER = Encounter(
    id="x",
    start=datetime(2026, 9, 14, tzinfo=UTC),
    patient=Patient(name="김가람", sex="female", birth_date=date(1981, 4, 2)),
)


def judge(text: str) -> Verdict:
    return verify(TRANSCRIPT, [Statement(id="t0", text=text)], encounter=ENCOUNTER)[0]


@pytest.mark.parametrize(
    "text",
    [
        "45세 여, 3일 전부터 기침, 어제부터 발열.",
        "왼쪽 무릎 부종.",
        "호흡곤란, 흉통 없음.",
        "비흡연, 음주 주 2회.",
        "가족력: 아버지 당뇨병.",
        "당뇨병 없음.",
        "BP 140/90 mmHg, PR 88회/분, BT 38.2도.",
        "인두 발적, 폐 청진 깨끗함.",
        "독감 검사 음성.",
        "급성 기관지염, r/o 폐렴.",
        "아세트아미노펜 650 mg 1일 3회 식후 30분 3일.",
        "이부프로펜 중단, 암로디핀 5 mg 유지.",
        "항생제는 쓰지 않음.",
        "1주 뒤 재진.",
        "객혈, 의식 저하 시 응급실.",
    ],
)
def test_true_prose_is_supported(text: str) -> None:
    verdict = judge(text)
    assert (verdict.support, [reason.message for reason in verdict.reasons]) == ("supported", [])


@pytest.mark.parametrize(
    ("text", "check"),
    [
        ("54세 여, 3일 전부터 기침.", Check.NUMBER),
        ("오른쪽 무릎 부종.", Check.SIDE),
        ("호흡곤란, 흉통 있음.", Check.POLARITY),
        ("기침 없음.", Check.POLARITY),
        ("음주 주 3회.", Check.NUMBER),
        ("과거력: 당뇨병.", Check.POLARITY),
        ("가족력: 어머니 당뇨병.", Check.SUBJECT),
        ("BP 150/90 mmHg.", Check.NUMBER),
        ("PR 88%.", Check.UNIT),
        ("독감 검사 양성.", Check.POLARITY),
        ("폐렴.", Check.CERTAINTY),
        ("아세트아미노펜 500 mg 1일 3회.", Check.NUMBER),
        ("아세트아미노펜 650 mg 1일 2회.", Check.NUMBER),
        ("아세트아미노펜 650 mg 1일 3회 식전 30분.", Check.TIME),
        ("아세트아미노펜 650 mg 5일분.", Check.NUMBER),
        ("이부프로펜 유지.", Check.ACTION),
        ("암로디핀 5 mg 중단.", Check.ACTION),
        ("항생제 처방.", Check.ACTION),
        ("2주 뒤 재진.", Check.NUMBER),
        ("객혈 있음.", Check.SUPPOSED),
        ("세티리진 10 mg 1일 1회.", Check.DRUG),
    ],
)  # fmt: skip
def test_changed_prose_is_not(text: str, check: Check) -> None:
    verdict = judge(text)
    assert verdict.support == "none"
    assert check in {reason.check for reason in verdict.reasons}, [reason.message for reason in verdict.reasons]


def test_what_was_not_told_is_named_beside_what_was() -> None:
    verdict = judge("기침, 발열, 이명.")
    assert verdict.support == "partial"
    assert {reason.word for reason in verdict.reasons} == {"이명"}
    assert {item.utterance for item in verdict.evidence} == {"u1"}


def test_a_reason_says_what_was_said_instead() -> None:
    reason = judge("아세트아미노펜 500 mg 1일 3회.").reasons[0]
    assert reason.message == "용량 다름: 대화 650 mg ↔ 문장 500 mg"


def test_nothing_is_supported_by_an_empty_transcript() -> None:
    empty = Transcript(language="ko", utterances=())
    verdict = verify(empty, [Statement(id="t0", text="기침.")])[0]
    assert (verdict.support, verdict.reasons[0].check) == ("none", Check.NO_EVIDENCE)
