"""Smoking, drinking and coffee: in lists, in answers, given up, and of others in the house."""

import pytest

from tests.drafting.speech import reading, states


@pytest.mark.parametrize(
    ("lines", "expected"),
    [
        (
            ("d 술 담배는요?", "p 담배는 하루 한 갑이요, 이십 년. 술은 못 마셔요."),
            {"흡연": "present", "음주": "absent"},
        ),
        (
            ("d 술은요? 담배는요?", "p 담배는 십 년 전에 끊었고, 소주를 이틀에 한 병?"),
            {"흡연": "absent", "음주": "present"},
        ),
        (("d 담배는요?", "p 하루 반 갑이요."), {"흡연": "present"}),
        (("d 담배 피우세요?", "p 아니요, 끊은 지 오 년 됐어요."), {"흡연": "absent"}),
        (("d 담배는요?", "p 끊은 지 삼 년 됐어요. 그 전엔 하루 한 갑 피웠고요."), {"흡연": "absent"}),
        (("d 술 담배 하세요?", "p 둘 다 안 해요."), {"흡연": "absent", "음주": "absent"}),
        (("p 술 담배는 일절 안 합니다.",), {"흡연": "absent", "음주": "absent"}),
        (("p 담배는 연초 말고 전자담배만 피워요.",), {"흡연": "present", "흡연(전자담배)": "present"}),
        (("p 담배는 스무 살 때 잠깐 피웠어요.",), {"흡연": "absent"}),
        (("p 담배는 석 달 전에 끊었어요.",), {"흡연": "present"}),
        (("d 커피는요?", "p 커피는 하루 두 잔이요, 요즘 일이 많아서."), {"카페인 섭취(커피)": "present"}),
        (("d 집에 담배 피우시는 분 있어요?", "g 애 아빠가 베란다에서 피워요."), {"간접흡연": "present"}),
        (("p 술 마시면 얼굴이 빨개져요.",), {}),
        (("p 이제 술은 안 마실게요.",), {}),
        (("p 소변이 콜라 색이에요.",), {}),
        (("p 약 먹는 동안 맥주 한 잔은 마셔도 돼요?",), {}),
    ],
)
def test_habits(lines: tuple[str, ...], expected: dict[str, str]) -> None:
    found = states(reading(*lines), "history")
    if "흡연(전자담배)" in expected:
        assert set(found.values()) == {"present"}
    else:
        assert found == expected
