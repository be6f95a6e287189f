"""Histories asked in lists, of the family, of parts of the body, and what is told of them in answers."""

import pytest

from scribe.domain.entries import History
from tests.drafting.speech import reading


def _history(*lines: str) -> set[tuple[str, str, str]]:
    found = reading(*lines).entries
    return {(item.name, item.category, item.status) for item in found if isinstance(item, History)}


@pytest.mark.parametrize(
    ("lines", "expected"),
    [
        (
            ("d 혈압, 당뇨, 심장 쪽은요?", "p 통풍만 있어요."),
            {
                ("통풍", "medical", "present"),
                ("고혈압", "medical", "absent"),
                ("당뇨병", "medical", "absent"),
                ("심장질환", "medical", "absent"),
            },
        ),
        (
            ("d 천식이나 간 질환 있으세요?", "p 간은 괜찮대요, 검진에서."),
            {("간질환", "medical", "absent")},
        ),
        (
            ("d 결핵 앓으신 적은요?", "p 없어요. 결핵은 고모가 앓았고 저는 아니에요."),
            {("결핵", "medical", "absent"), ("결핵", "family", "present")},
        ),
        (("d 가족 중에 위암 있으세요?", "p 외삼촌이요."), {("위암", "family", "present")}),
        (("d 집안에 간암 있는 분은요?", "p 없어요."), {("간암", "family", "absent")}),
        (("d 대상포진 앓으신 적 있어요?", "p 이번이 처음이에요."), {("대상포진", "medical", "absent")}),
        (("d 폐경은 언제 되셨어요?", "p 쉰둘에요."), {("폐경", "obstetric", "present")}),
        (("d 눈 다친 적 있으세요?", "p 다친 적은 없어요."), {("눈 외상", "medical", "absent")}),
        (("p 혈압도 있고요. 당은 없어요.",), {("고혈압", "medical", "present"), ("당뇨병", "medical", "absent")}),
        (("p 친정엄마가 혈압이 높으세요.",), {("고혈압", "family", "present")}),
        (("d 수술하신 적은요?", "p 십 년 전에 맹장이요."), {("맹장 수술", "surgical", "present")}),
        (("p 쓸개를 재작년에 뗐어요.",), {("쓸개 수술", "surgical", "present")}),
        (("p 무릎 수술을 내년에 할까 했는데요.",), set()),
        (("n 당뇨 있으셔서 혈당은 하루 네 번 잽니다.",), {("당뇨병", "medical", "present")}),
        (("p 제 남편이 결핵이래요.",), {("결핵 접촉력", "social", "present")}),
        (("p 혈압약 드시라는데 먹어야 되나요?",), set()),
        (("p 기침약 먹고 속이 쓰린 적이 있어요.",), {("기침약 복용 후 속쓰림", "medical", "present")}),
        (("p 배달 일을 하거든요.",), {("직업(배달)", "social", "present")}),
    ],
)
def test_histories(lines: tuple[str, ...], expected: set[tuple[str, str, str]]) -> None:
    assert _history(*lines) == expected


def test_the_weeks_of_a_pregnancy_are_told_by_the_clinician() -> None:
    found = _history("d 임신 이십구 주 삼 일이시네요. 태동은요?", "p 잘 느껴져요.")
    assert ("임신 29주 3일", "obstetric", "present") in found


def test_a_question_of_the_mother_is_not_of_the_patient() -> None:
    found = _history("d 어머니가 당뇨 있으셨죠?", "p 네, 발가락 수술까지 하셨어요.")
    assert ("당뇨병", "family", "present") in found
    assert {category for _, category, _ in found} == {"family"}


def test_an_organ_denied_in_the_family_is_no_disease_of_the_relative_named_after_it() -> None:
    found = _history("d 집안에 심장병 있는 분은요?", "g 심장은 없어요. 애 아빠가 어릴 때 틱이 있었고요.")
    assert found == {("심장병", "family", "absent")}
