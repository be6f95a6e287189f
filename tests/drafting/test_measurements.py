"""Measurements as nurses and physicians read them out, and as a family tells them."""

import pytest

from scribe.domain.entries import Vital
from tests.drafting.speech import reading


def _vitals(*lines: str) -> dict[str, float]:
    return {entry.name: entry.value for entry in reading(*lines).entries if isinstance(entry, Vital)}


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        ("새츄 룸에어 구십오고요.", {"산소포화도": 95}),
        ("산소는 구십팔 프로예요.", {"산소포화도": 98}),
        ("산소 이 리터로 포화도 구십삼입니다.", {"산소포화도": 93}),
        ("호흡수 스물넷이고 맥박은 백칠이에요.", {"호흡수": 24, "맥박": 107}),
        ("비피 백십육에 칠십사, 펄스 팔십일.", {"수축기혈압": 116, "이완기혈압": 74, "맥박": 81}),
        ("체중 육십사 점 오, 키 백칠십일 센티.", {"체중": 64.5, "신장": 171}),
        ("안압은 우안 십칠, 좌안 이십삼입니다.", {"오른눈 안압": 17, "왼눈 안압": 23}),
        ("앉아서 백이십육에 칠십팔, 일어서니까 구십팔에 육십사요.", {
            "수축기혈압": 126, "이완기혈압": 78, "기립 수축기혈압": 98, "기립 이완기혈압": 64,
        }),
        ("밤에 삼십팔 점 육까지 올랐다가 지금은 삼십칠 점 일이에요.", {"밤 최고 체온": 38.6, "체온": 37.1}),
    ],
)  # fmt: skip
def test_what_the_nurse_reads_out(words: str, expected: dict[str, float]) -> None:
    assert _vitals(f"n {words}") == expected


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        ("맥박은 구십, 아, 일 분 다 세니까 팔십사요.", {"맥박": 84}),
        ("포화도 팔십팔, 다시 재니까 구십오 퍼센트예요.", {"산소포화도": 95}),
        ("산소포화도가 구십일에서 구십육으로 올랐어요.", {"산소포화도": 96}),
        ("혈압 백육십에 백, 다시 재니까 백사십사에 팔십육이에요.", {"수축기혈압": 144, "이완기혈압": 86}),
    ],
)
def test_the_value_that_held_in_the_end(words: str, expected: dict[str, float]) -> None:
    assert _vitals(f"n {words}") == expected


def test_a_number_with_two_readings_is_left_out_and_listed() -> None:
    found = reading("n 맥박은 팔십이요.")
    assert not found.entries
    assert [unread.reason for unread in found.unread] == ["number"]
    assert _vitals("n 맥박은 팔십이 회요.") == {"맥박": 82}
    assert _vitals("n 혈압 백이십에 팔십이요.") == {"수축기혈압": 120, "이완기혈압": 80}
    assert _vitals("n 혈압 백이십육에 칠십이요.") == {"수축기혈압": 126}


@pytest.mark.parametrize(
    "words",
    [
        "열이 삼십팔 도 넘어도 오세요.",
        "혈압은 백삼십에 팔십 밑으로 맞춥시다.",
        "혈압은 백삼십에 팔십 정도면 좋고요.",
        "체중이 이틀에 이 킬로 늘면 전화 주세요.",
        "지난번 맥박은 팔십이었죠.",
        "지난 외래 때 혈압은 백오십에 구십이었어요.",
    ],
)
def test_goals_warnings_and_earlier_values_are_no_measurements(words: str) -> None:
    assert _vitals(f"d {words}") == {}


def test_a_baseline_keeps_its_name() -> None:
    assert _vitals("n 체중은 칠십 점 이 킬로요. 임신 전엔 육십이 킬로였대요.") == {"체중": 70.2, "임신 전 체중": 62}
    assert _vitals("d 입원 때 체중은요?", "n 오십구 점 일이요.") == {"입원 때 체중": 59.1}


def test_the_temperature_that_the_family_has_just_taken() -> None:
    assert _vitals("g 방금 귀로 쟀는데 삼십팔 점 사요.") == {"체온": 38.4}
    assert _vitals("g 어제 재니까 삼십팔 점 사였어요.") == {}


@pytest.mark.parametrize(
    "words",
    [
        "체온 삼십칠 점 오, 아니 귀로 다시 재니까 삼십팔 점 이.",
        "체온 삼십칠 점 오요. 아, 다시 재니까 삼십팔 점 이요.",
        "체온 삼십칠 점 오, 아니 삼십팔 점 이.",
    ],
)
def test_a_value_measured_again_holds(words: str) -> None:
    assert _vitals(f"n {words}") == {"체온": 38.2}
