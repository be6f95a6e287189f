"""Orders as physicians dictate them: doses corrected, shared, told of a pronoun or a class; and what is no order."""

import pytest

from scribe.domain.encounter import Setting
from scribe.domain.entries import MedicationOrder
from tests.drafting.speech import named, reading, visit

Told = tuple[str, str | None, float | None, int | None]


def ordered(*lines: str, setting: Setting = "outpatient") -> dict[str, Told]:
    """Action, dose, times a day and days by name."""
    found = named(reading(*lines, encounter=visit(setting=setting)), "medication_order").values()
    return {
        order.name: (
            order.action,
            f"{order.dose.value:g} {order.dose.unit}" if order.dose else None,
            order.times_per_day,
            order.duration_days,
        )
        for order in found
        if isinstance(order, MedicationOrder)
    }


@pytest.mark.parametrize(
    ("line", "told"),
    [
        ("d 디클로페낙 칠십오 밀리 근주.", ("start", "75 mg", None, None)),
        ("d 무피로신 연고 하루 두 번 닷새.", ("start", None, 2, 5)),
        ("d 레보플록사신 오백 밀리, 아니 칠백오십 밀리 하루 한 번 이레 드세요.", ("start", "750 mg", 1, 7)),
        ("d 프레드니솔론 오 밀리짜리 네 알, 그러니까 이십 밀리를 아침에 드세요.", ("start", "20 mg", 1, None)),
        ("d 마그밀 오백 두 알씩 하루 두 번 드릴게요.", ("start", "1000 mg", 2, None)),
        ("d 세토펜 시럽 육 밀리씩 하루 세 번 사흘치요.", ("start", "6 mL", 3, 3)),
        ("d 목시플록사신은 보통 하루 두 번인데, 콩팥이 약하시니까 하루 한 번으로 드릴게요.", ("start", None, 1, None)),
        ("d 시타글립틴을 백으로 하려다가 신장 때문에 오십 밀리, 하루 한 번 드릴게요.", ("start", "50 mg", 1, None)),
        ("d 소론도 이십 밀리 사흘 드시고 십 밀리로 줄이세요.", ("start", "20 mg", None, 3)),
        ("d 소론도 여섯 알로 시작해서 사흘마다 한 알씩 줄일 거예요.", ("start", "6 알", None, None)),
        ("d 란투스는 열두 단위에서 열네 단위로 올릴게요.", ("change", "14 U", None, None)),
        ("d 란투스는 이십 단위에서 이 단위씩 사흘마다 올리세요.", ("change", "20 U", None, None)),
        ("d 와파린은 삼 밀리에서 이 점 오로 낮추고, 나머지는 똑같이 드세요.", ("change", "2.5 mg", None, None)),
        ("d 심비코트 두 번씩 아침저녁으로 들이마시세요. 한 달치 드릴게요.", ("start", "2 회", 2, 30)),
        ("d 플릭소타이드 백이십오를 하루 두 번 뿌리세요.", ("start", "125 ug", 2, None)),
        ("d 알벤다졸 사백 밀리 오늘 한 번 드시고 이 주 뒤에 한 번 더 드세요.", ("start", "400 mg", None, None)),
    ],
)
def test_the_dose_that_is_settled_on(line: str, told: Told) -> None:
    assert list(ordered(line).values()) == [told]


def test_a_regimen_shares_its_frequency_and_days() -> None:
    assert ordered("d 클래리스로마이신 오백, 아목시실린 천, 판토프라졸 사십 이 세 가지를 하루 두 번 두 주 드세요.") == {
        "클래리스로마이신": ("start", "500 mg", 2, 14),
        "아목시실린": ("start", "1000 mg", 2, 14),
        "판토프라졸": ("start", "40 mg", 2, 14),
    }


def test_days_of_one_drug_are_not_those_of_another() -> None:
    assert ordered("d 오구멘틴 육백이십오 하루 세 번 닷새요. 탐스로신 영 점 이 밀리 자기 전에 한 알, 이 주치.") == {
        "오구멘틴": ("start", "625 mg", 3, 5),
        "탐스로신": ("start", "0.2 mg", 1, 14),
    }


def test_an_amount_of_something_else_is_no_dose() -> None:
    assert ordered("d 노바스크 오 밀리 그대로 드세요. 국물은 이백 밀리만 드시고요.")["노바스크"][1] == "5 mg"


def test_days_told_of_the_class_before_its_medicine() -> None:
    found = ordered("d 항생제는 닷새 쓸게요. 오구멘틴 육백이십오 하루 세 번이요.")
    assert found == {"오구멘틴": ("start", "625 mg", 3, 5)}


def test_a_pronoun_stands_for_the_drug_named_last() -> None:
    assert ordered("p 집에 있던 후시딘 발랐어요.", "d 그건 바르지 마세요. 대신 에스로반 연고 하루 세 번 바르세요.") == {
        "후시딘": ("stop", None, None, None),
        "에스로반": ("start", None, 3, None),
    }


def test_what_is_taken_goes_on_stops_or_changes() -> None:
    told = ("d 다른 약 드세요?", "p 노바스크 오 밀리 아침에 먹어요. 아스피린도요.")
    assert ordered(*told, "d 노바스크는 그대로 가시죠. 아스피린은 빼겠습니다.") == {
        "노바스크": ("continue", "5 mg", 1, None),
        "아스피린": ("stop", None, None, None),
    }
    losartan = ("d 혈압약 드세요?", "p 네, 로사르탄 오십 먹고 있어요.")
    assert ordered(*losartan, "d 혈압약은 백으로 올립시다.") == {"로사르탄": ("change", "100 mg", None, None)}
    assert ordered(*losartan, "d 혈압약은 드시던 대로 드세요.") == {"로사르탄": ("continue", "50 mg", None, None)}


@pytest.mark.parametrize(
    ("line", "told"),
    [
        ("d 진통제만 사흘치 드릴게요.", {"진통제": ("start", None, None, 3)}),
        ("d 소화제도 하루 세 번 같이 드세요.", {"소화제": ("start", None, 3, None)}),
        ("d 항생제는 필요 없어요.", {}),
        ("d 진통제를 드릴 수도 있어요.", {}),
    ],
)
def test_a_class_is_ordered_where_no_medicine_of_it_is_named(line: str, told: dict[str, Told]) -> None:
    assert ordered(line) == told


def test_swapped_drugs_stop_and_start() -> None:
    assert ordered("d 트라마돌은 중단하시고 아세트아미노펜 육백오십으로 바꿔 드릴게요. 하루 세 번.") == {
        "트라마돌": ("stop", None, None, None),
        "아세트아미노펜": ("start", "650 mg", 3, None),
    }


@pytest.mark.parametrize(
    "line",
    [
        "d 열나면 타이레놀 드세요.",
        "d 리피토는 근육통 때문에 끊었으니까 다른 걸 찾아봅시다.",
        "d 경과 봐서 다음에 오시면 메트포르민을 추가할 수도 있어요.",
        "d 자디앙은 콩팥 보고 다음 주에 시작해요.",
        "d 그래도 아프면 그때는 리리카를 써 봅시다.",
        "d 졸피뎀은 줄이셔야 하니 처방하신 선생님께 말씀하세요.",
        "d 약 봉투 볼게요. 드시는 약이 암로디핀 오 밀리 하루 한 번, 리피토 십 밀리 저녁에 한 번.",
        "d 열이 나는 날은 포시가 쉬세요.",
        "d 밥을 못 먹으면 다이아벡스 드시지 마세요.",
        "d 로페라미드는 필요 없어요.",
        "d 경구수액이나 보리차를 조금씩 드세요.",
    ],
)
def test_what_is_only_allowed_put_off_or_read_out_is_no_order(line: str) -> None:
    assert ordered(line) == {}


def test_given_to_a_day_and_no_longer_is_stopped() -> None:
    found = ordered("d 지금 드시는 약은요?", "p 아스피린 먹어요.", "d 아스피린은 내일까지만 드시고 끝내세요.")
    assert found["아스피린"][0] == "stop"


@pytest.mark.parametrize(
    "lines",
    [
        ("d 와파린은 오늘 내일은 쉬시고 모레부터 이 점 오 밀리로 드세요.",),
        ("d 오늘하고 내일은 와파린을 드시지 마세요.", "p 네.", "d 글피부터 매일 이 점 오 밀리그램으로 드세요."),
    ],
)
def test_held_for_some_days_and_taken_again_is_changed(lines: tuple[str, ...]) -> None:
    found = ordered("d 지금 드시는 약은요?", "p 와파린 매일 먹어요.", *lines)
    assert found["와파린"][0] == "change"


def test_a_volume_and_a_half() -> None:
    assert ordered("d 타이레놀 시럽 오 밀리 반씩 하루 세 번 먹이세요.")["타이레놀"][1] == "5.5 mL"


def test_half_a_tablet_after_its_strength_is_no_half_more() -> None:
    assert ordered("d 암로디핀 오 밀리 반 알 드세요.")["암로디핀"][1] == "2.5 mg"


def test_another_drug_from_tomorrow_on_leaves_the_first_stopped() -> None:
    found = ordered(
        "d 지금 드시는 약은요?",
        "p 아스피린 매일 먹어요.",
        "d 아스피린은 오늘 끊으시고 내일부터 클로피도그렐 칠십오 밀리 드세요.",
    )
    assert found["아스피린"][0] == "stop"


def test_what_a_dose_is_lowered_to_holds() -> None:
    assert ordered("d 아모디핀 십 밀리 드시던 거 오 밀리로 줄여요.")["아모디핀"][:2] == ("change", "5 mg")
