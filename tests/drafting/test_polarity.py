"""What does not get better is there; what is denied is not."""

import pytest

from scribe.domain.entries import Evidence
from scribe.domain.statement import Statement
from scribe.domain.transcript import Transcript, Utterance
from scribe.drafting.verify import verify
from scribe.drafting.warnings_told import come_at_once


def support(said: str, statement: str) -> str:
    utterance = Utterance(id="u0", speaker="patient", start=0, end=1, text=said)
    evidence = (Evidence(utterance="u0", start=0, end=len(said)),)
    transcript = Transcript(language="ko", utterances=(utterance,))
    return verify(transcript, [Statement(id="s0", text=statement, evidence=evidence)])[0].support


@pytest.mark.parametrize(
    ("said", "statement"),
    [
        ("고혈압이 아직 조절이 안 돼요.", "고혈압."),
        ("기침이 안 떨어져요.", "기침."),
        ("두통이 없어지지 않아요.", "두통."),
        ("부종이 잘 안 빠지네요.", "부종."),
    ],
)
def test_what_lasts_is_present(said: str, statement: str) -> None:
    assert support(said, statement) == "supported"


@pytest.mark.parametrize(
    ("said", "statement"),
    [("두통은 없어요.", "두통."), ("고혈압은 아니에요.", "고혈압."), ("기침은 안 나요.", "기침.")],
)
def test_what_is_denied_is_not(said: str, statement: str) -> None:
    assert support(said, statement) == "none"


@pytest.mark.parametrize(
    ("name", "told"),
    [
        ("호흡곤란 시 즉시 내원", "숨이 차면 바로 오세요."),
        ("가슴이 아파도 즉시 내원", "가슴이 아파도 바로 오세요."),
        ("열이 39도를 넘으면 즉시 내원", "열이 39도를 넘으면 바로 오세요."),
    ],
)
def test_a_precaution_reads_as_a_sentence(name: str, told: str) -> None:
    assert come_at_once(name) == told
