"""Diagnoses of today: asserted, suspected, ruled out; and diseases that are only spoken of."""

import pytest

from scribe.domain.entries import Diagnosis
from tests.drafting.speech import named, reading, states


def found(*lines: str) -> dict[str, str]:
    return states(reading(*lines), "diagnosis")


def code(*lines: str) -> str | None:
    (entry,) = [one for one in named(reading(*lines), "diagnosis").values() if isinstance(one, Diagnosis)]
    return entry.code.code if entry.code else None


@pytest.mark.parametrize(
    ("line", "certainty"),
    [
        ("d 대상포진이에요.", "confirmed"),
        ("d 게실염이 의심돼요.", "suspected"),
        ("d 통풍 쪽으로 봅니다.", "suspected"),
        ("d 역류성 식도염일 가능성이 높아요.", "suspected"),
        ("d 폐렴은 아니에요.", "ruled_out"),
        ("d 사진에 폐렴은 안 보입니다.", "ruled_out"),
    ],
)
def test_how_sure_the_physician_is(line: str, certainty: str) -> None:
    assert list(found(line).values()) == [certainty]


@pytest.mark.parametrize(
    "line",
    [
        "d 변비에는 마그밀 오백 밀리를 드릴게요.",
        "d 두통 심하고 눈이 침침하면 바로 오세요.",
        "d 예전에 위궤양 있었으니까 위장약을 같이 드릴게요.",
        "d 피검사는 TSH, 매독, 콩팥 기능 나가요.",
        "d 폴리오하고 폐렴구균은 이 차까지 맞혔고 독감 일 차를 오늘 할게요.",
        "d 다른 병은 없으세요? 통풍이나 고혈압.",
        "d 지금 치료하면 실명까지 가지 않아요.",
        "d 이 약은 당뇨가 없어도 심장약으로 써요.",
    ],
)
def test_a_disease_only_spoken_of_is_no_diagnosis(line: str) -> None:
    assert found(line) == {}


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("d 왼쪽 발목 염좌예요.", "S93.4"),
        ("d 오른쪽 무릎 염좌입니다.", "S83.6"),
        ("d 손등에 이도 화상이에요.", "T23.2"),
        ("d 어깨 탈구네요.", "S43.0"),
        ("d 벌에 쏘여서 온 아나필락시스예요.", "T63.4"),
        ("d 콩팥 때문에 생긴 빈혈이에요.", "D63.8"),
    ],
)
def test_the_code_follows_the_site_or_the_cause(line: str, expected: str) -> None:
    assert code(line) == expected


def test_a_mention_in_passing_makes_no_suspicion_firmer() -> None:
    assert found("d 농가진이 의심돼요.", "d 농가진 가라앉고 나면 접종합시다.") == {"농가진": "suspected"}


def test_two_names_of_one_disease_are_one_entry() -> None:
    assert len(found("d 목감기, 급성 인두염이 원인이에요.")) == 1


def test_a_disease_that_causes_another_is_named_too() -> None:
    assert found("d 급성 뇌경색입니다, 심방세동 때문에 생긴 거예요.").keys() >= {"심방세동"}


@pytest.mark.parametrize(
    "line",
    [
        "d 갑상선암 같지는 않아요.",
        "d 대상포진하고는 모양이 달라요.",
        "d 결과 보니까 통풍은 아니었어요.",
        "d 조직검사에서 위암은 아니래요.",
        "d 폐렴으로 보이진 않습니다.",
        "d 맹장염은 아닐 거예요.",
    ],
)
def test_a_denial_in_any_ending_rules_out(line: str) -> None:
    assert set(found(line).values()) == {"ruled_out"}


@pytest.mark.parametrize(
    "line",
    [
        "d 췌장암일 가능성은 아주 낮아요.",
        "d 당뇨로 보긴 어려워요.",
        "d 지금으로선 천식이라고 단정할 순 없어요.",
        "d 폐렴까지는 안 갔어요.",
    ],
)
def test_what_is_left_open_is_no_diagnosis(line: str) -> None:
    assert found(line) == {}


def test_a_disease_taken_back_in_the_same_breath_is_none() -> None:
    assert list(found("d 폐렴, 아니 급성 기관지염이에요.")) == ["급성 기관지염"]


@pytest.mark.parametrize(
    ("line", "certainty"),
    [
        ("d 폐렴은 다행히 안 왔네요.", "ruled_out"),
        ("d 천식은 안 생겼어요.", "ruled_out"),
        ("d 폐렴이 아직 안 나았어요.", "confirmed"),
    ],
)
def test_a_disease_that_did_not_come_is_none_and_one_not_healed_is(line: str, certainty: str) -> None:
    assert list(found(line).values()) == [certainty]


def test_a_disease_that_a_picture_does_not_show_stays() -> None:
    assert found("d 담석증입니다. 담석증은 엑스레이에 나오지도 않고요.") == {"담석증": "confirmed"}
