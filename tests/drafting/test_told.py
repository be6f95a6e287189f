"""What is told in passing: history with its occasion, symptoms in context, care in everyday words, danger signs."""

import pytest

from scribe.domain.entries import History, Symptom
from tests.drafting.speech import named, reading, states


def _history(*lines: str) -> dict[str, tuple[str, str, str | None]]:
    found = named(reading(*lines), "history").values()
    return {item.name: (item.category, item.status, item.detail) for item in found if isinstance(item, History)}


def test_an_operation_is_named_by_what_was_operated_on() -> None:
    assert _history("p 오 년 전에 전립선 비대증으로 수술했어요.") == {
        "전립선비대증 수술": ("surgical", "present", "오 년 전에 전립선 비대증으로 수술했어요")
    }


def test_the_place_of_the_present_operation_is_no_history() -> None:
    assert _history("p 수술한 데가 쑤셔요.") == {}


def test_given_up_smoking_is_no_smoking_and_keeps_how_much() -> None:
    found = _history("d 담배는요?", "g 하루 한 갑씩 사십 년 피우시다가 십 년 전에 끊으셨어요.")
    (habit,) = found.values()
    assert habit[1:] == ("absent", "하루 한 갑씩 사십 년 피우시다가 십 년 전에 끊으셨어요")


def test_one_who_would_not_give_it_up_still_smokes() -> None:
    found = _history("d 담배는 피우세요?", "p 하루 한 갑씩 삼십 년 피웠어요. 끊으라 해도 안 끊어.")
    assert [habit[1] for habit in found.values()] == ["present"]


def test_an_amount_answers_for_the_habit() -> None:
    name = next(iter(_history("d 담배는 피우세요?", "p 하루 반 갑씩 한 오 년요.")))
    assert name.startswith("흡연")


def test_the_answer_to_the_question_for_work_is_the_occupation() -> None:
    assert _history("d 직업이 뭐예요?", "p 미용사예요.") == {"직업(미용사)": ("social", "present", "미용사예요")}


def test_a_child_born_is_no_relative_with_the_disease() -> None:
    found = _history("p 이 년 전에 첫째를 제왕절개로 낳았고 그 전에 유산을 한 번 했어요.")
    assert {name: item[:2] for name, item in found.items()} == {
        "제왕절개 이력": ("obstetric", "present"),
        "유산력": ("obstetric", "present"),
    }


def test_a_companions_aunt_is_not_the_patients_aunt() -> None:
    assert _history("g 저희 이모도 대장암이셨는데 저도 검사해야 돼요?") == {
        "대장암": ("family", "present", "보호자의 이모")
    }


def test_ones_own_denial_beside_a_brothers_disease() -> None:
    found = reading("p 아토피는 제 남동생이 심하고 저는 없어요. 천식도 없어요.")
    said = [(e.name, e.category, e.status) for e in found.entries if isinstance(e, History)]
    assert ("아토피피부염", "family", "present") in said
    assert ("아토피피부염", "medical", "absent") in said


@pytest.mark.parametrize(
    ("lines", "expected"),
    [
        (("d 밥은 좀 드세요?", "p 거의 못 먹어요."), {"식욕부진": "present"}),
        (("d 식사는요?", "p 네, 잘 먹어요."), {"식욕부진": "absent"}),
        (("p 김치 없으믄 밥을 잘 못 먹어요.",), {}),
        (("d 변은 보셨어요?", "p 나흘째 못 봤어요."), {"변비": "present"}),
        (("d 가래에 피는 안 섞여 나오고요?", "p 피는 없어요."), {"객혈": "absent"}),
        (("p 소변에 피가 비쳐요.",), {"혈뇨": "present"}),
        (("p 열은 어제 저녁에 삼십칠 점 팔 도였고, 오늘은 괜찮아요.",), {"발열": "resolved"}),
        (("p 작년에 머리가 많이 빠졌는데 지금은 괜찮아졌어요.",), {"탈모": "resolved"}),
        (("p 윗입술이 좀 부은 것 같지 않아요?",), {"입술 부종": "present"}),
        (("p 그 약은 부작용 없어요?",), {}),
    ],
)
def test_symptoms_in_context(lines: tuple[str, ...], expected: dict[str, str]) -> None:
    assert states(reading(*lines)) == expected


def test_what_brings_a_pain_on_and_what_it_is_like() -> None:
    (entry,) = named(reading("p 계단 내려갈 때 오른쪽 무릎이 시큰시큰 아파요."), "symptom").values()
    assert isinstance(entry, Symptom)
    assert (entry.relation, entry.quality) == ("계단 내려갈 때", "시큰시큰")


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        ("급성 인두염이에요. 쉽게 말하면 목감기예요.", {"급성 인두염": "confirmed"}),
        ("하시모토 갑상선염으로 보여요.", {"하시모토갑상선염": "suspected"}),
        ("급성 충수염이 의심돼요. 쉽게 말해서 맹장염이요.", {"급성 충수염": "suspected"}),
        ("접촉피부염 같아요.", {"접촉피부염": "suspected"}),
        ("오늘 수두 맞을게요.", {}),
        ("전이는 아닌 것 같고요.", {"전이": "ruled_out"}),
    ],
)
def test_diagnoses_by_how_they_are_told(words: str, expected: dict[str, str]) -> None:
    found = states(reading(f"d {words}"), "diagnosis")
    assert list(found.values()) == list(expected.values())


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        ("산소 나잘로 이 리터 주시고 IV 라인 두 개 잡아 주세요.", {"산소", "정맥로 확보"}),
        ("배액관은 오늘 뺄게요.", {"배액관 제거"}),
        ("한 시간 지켜보다 가세요.", {"경과 관찰"}),
        ("산소는 아직 필요 없어요.", set()),
        ("숨이 차면 산소를 드릴 수도 있어요.", set()),
    ],
)
def test_care_in_everyday_words(words: str, expected: set[str]) -> None:
    found = states(reading(f"d {words}"), "procedure")
    assert len(found) == len(expected)
    assert all(any(name.startswith(part) for name in found) for part in expected)


@pytest.mark.parametrize(
    ("lines", "sign"),
    [
        (("d II, III, aVF에서 ST가 올라가 있네요.",), "ST 분절 변화"),
        (("n 트로포닌 공 점 사 이로 높게 나왔어요.",), "트로포닌 상승"),
        (("n 칼륨이 육 점 팔이에요.",), "위험한 고칼륨혈증"),
    ],
)
def test_danger_signs_from_results(lines: tuple[str, ...], sign: str) -> None:
    assert any(name.startswith(sign) for name in named(reading(*lines), "red_flag"))


def test_a_segment_that_is_not_raised_and_a_long_term_glucose_are_no_danger() -> None:
    assert named(reading("d ST 상승은 없습니다. 당화혈색소는 육 점 팔이에요."), "red_flag") == {}


def test_a_disease_had_for_the_first_time_was_not_had_before() -> None:
    found = _history("d 전에 통풍 앓으신 적 있으세요?", "p 통풍은 처음이고요, 약은 안 먹어요.")
    assert found["통풍"][1] == "absent"


def test_what_somebody_only_took_it_for_is_no_history() -> None:
    assert _history("p 처음엔 결핵인 줄 알았는데 아니래요.") == {}


def test_what_one_is_not_sure_of_is_no_history() -> None:
    assert _history("p 갑상선 항진증이라고 들었는데 정확히는 몰라요.") == {}
