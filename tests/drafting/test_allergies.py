"""Allergies as they are told, asked for, corrected, denied and read from the record."""

import pytest

from scribe.domain.entries import Allergy
from tests.drafting.speech import named, reading, states


@pytest.mark.parametrize(
    ("lines", "expected"),
    [
        (("d 약 알레르기는요?", "p 없어요."), {"약물 알레르기": "absent"}),
        (("d 약 먹고 탈 난 적 있으세요?", "p 없죠. 저는 약은 잘 받아요."), {"약물 알레르기": "absent"}),
        (("d 약 드시고 이상 있었던 적은 없죠?", "g 네, 없어요."), {"약물 알레르기": "absent"}),
        (
            ("d 음식이나 약 알레르기는요?", "p 음식은 없고, 약은 모르겠어요."),
            {"음식 알레르기": "absent"},
        ),
        (
            ("d 약이나 음식 알레르기 있으세요?", "p 아니요, 둘 다 없어요."),
            {"약물 알레르기": "absent", "음식 알레르기": "absent"},
        ),
        (
            ("d 약 알레르기 있으세요?", "p 없어요. 아, 아니 크라비트 맞고 온몸에 두드러기 났었어요."),
            {"크라비트": "present"},
        ),
        (
            ("d 약 알레르기는?", "p 세파클러는 괜찮은데 페니실린 맞고 쓰러진 적 있어요."),
            {"세파클러": "absent", "페니실린": "present"},
        ),
        (("d 약 알레르기는요?", "p 네, 아스피린이요."), {"아스피린": "present"}),
        (("p 새우나 게 먹으면 입술이 부어요.",), {"새우": "present", "게": "present"}),
        (("p 파스만 붙이면 빨개지고 가려워요.",), {"반창고(파스)": "present"}),
        (("n 페니실린 알레르기 있으신 분이에요.",), {"페니실린": "present"}),
        (("d 조영제 알레르기 있으시죠?", "p 네."), {"조영제": "present"}),
        (("p 친구가 항생제 먹고 두드러기 났대요.",), {}),
        (("p 저 알레르기 비염은 없어요.",), {}),
        (("p 진통제 먹고 속이 쓰렸어요.",), {}),
    ],
)
def test_allergies(lines: tuple[str, ...], expected: dict[str, str]) -> None:
    assert states(reading(*lines), "allergy") == expected


def test_the_reaction_and_the_question_are_kept() -> None:
    found = reading("d 알레르기 있으세요?", "p 복숭아 먹으면 입이 가렵고 부어요.")
    entry = named(found, "allergy")["복숭아"]
    assert isinstance(entry, Allergy)
    assert entry.reaction == "가려움, 부종"
    assert [item.utterance for item in entry.evidence] == ["u0", "u1"]


def test_anothers_allergy_is_no_allergy_of_the_patient() -> None:
    found = reading("d 알레르기는요?", "g 조영제… 아, 그건 아버지고. 엄마는 없어요.")
    assert "present" not in states(found, "allergy").values()


@pytest.mark.parametrize(
    ("reply", "expected"),
    [
        ("p 세파클러 먹고 설사만 했어요. 알레르기는 아니래요.", {"세파클러": "absent"}),
        ("p 록소프로펜 먹고 속이 쓰렸어요. 두드러기는 아니고요.", {"록소프로펜": "absent"}),
        ("p 세팔로스포린계요, 세파클러 먹고 설사만 했어요. 알레르기는 아니래요.", {"세팔로스포린": "absent"}),
        (
            "p 이부프로펜 먹으면 눈이 부어요. 음식은 알레르기 아니고요.",
            {"이부프로펜": "present"},
        ),
    ],
)
def test_an_upset_that_was_no_allergy_denies_it_and_a_reaction_stands(reply: str, expected: dict[str, str]) -> None:
    found = states(reading("d 약 알레르기는요?", reply), "allergy")
    assert {name: found.get(name) for name in expected} == expected
    assert [name for name, status in found.items() if status == "present"] == [
        name for name, status in expected.items() if status == "present"
    ]
