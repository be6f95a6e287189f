"""Results as they are told: dictated lists, trends, answers, pictures, and what a patient was told elsewhere."""

import pytest

from scribe.domain.entries import LabResult
from tests.drafting.speech import reading


def _results(*lines: str) -> dict[str, object]:
    return {entry.name: entry.value for entry in reading(*lines).entries if isinstance(entry, LabResult)}


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        ("칼륨 삼 점 구, 나트륨은 백삼십칠이고 씨알피 영 점 일.", {
            "칼륨": 3.9, "나트륨": 137, "C-반응단백(씨알피)": 0.1,
        }),
        ("ALT는 마흔둘인데 AST는 스물여덟이에요.", {"ALT": 42, "AST": 28}),
        ("크레아티닌이 이 점 사에서 일 점 칠로 내려왔어요.", {"크레아티닌": 1.7}),
        ("허리뼈 티스코어가 마이너스 삼 점 일이에요.", {"허리뼈 골밀도(T-score)": -3.1}),
        ("TSH가 영 점 영일 미만이에요.", {"갑상선자극호르몬(TSH)": "0.01 미만"}),
        ("요산, 칼슘 다 정상.", {"요산": "정상", "칼슘 검사": "정상"}),
        ("부하 검사에서 공복 구십일, 한 시간 백팔십오, 두 시간 백육십이에요.", {
            "경구당부하검사 공복": 91, "경구당부하검사 1시간": 185, "경구당부하검사 2시간": 160,
        }),
        ("소변에서 백혈구는 없고 니트라이트 네거티브.", {"소변 백혈구": "없음", "아질산염(니트라이트)": "음성"}),
    ],
)  # fmt: skip
def test_values_that_are_dictated(words: str, expected: dict[str, object]) -> None:
    assert _results(f"d {words}") == expected


def test_an_earlier_value_has_a_name_of_its_own() -> None:
    assert _results("d 크레아티닌이 일 점 팔이에요. 석 달 전엔 일 점 사였고요.") == {
        "크레아티닌": 1.8,
        "석 달 전 크레아티닌": 1.4,
    }


def test_answers_to_a_question_for_a_result() -> None:
    assert _results("d 비에스티는요?", "n 네, 백삼이요.") == {"혈당(비에스티)": 103}
    assert _results("d 단백뇨는?", "n 음성이요.") == {"단백뇨": "음성"}
    assert _results("d 소변 임신 검사부터 했어요. 음성이에요.") == {"임신반응검사(소변 임신 검사)": "음성"}


def test_what_the_patient_was_told_elsewhere() -> None:
    assert _results("p 응급실에서 심전도랑 엑스레이 다 정상이라고 했어요.") == {
        "심전도": "정상",
        "X선 검사(엑스레이)": "정상",
    }
    assert _results("p 우리 남편이 검진에서 콜레스테롤이 삼백이래요.") == {}


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        ("씨티 봤어요. 담낭벽이 두꺼워져 있네요.", {"CT": "담낭벽이 두꺼워져 있네요"}),
        ("심전도는 심방세동이에요.", {"심전도": "심방세동이에요"}),
        ("내시경에서 위에 궤양이 있었어요. 식도는 깨끗합니다.", {
            "위내시경": "위에 궤양이 있었어요", "위내시경 식도": "정상",
        }),
    ],
)  # fmt: skip
def test_pictures_that_are_announced_or_go_on(words: str, expected: dict[str, object]) -> None:
    assert {name.replace("(내시경)", ""): value for name, value in _results(f"d {words}").items()} == expected


@pytest.mark.parametrize(
    "words",
    [
        "혈당이 안 높아도 오셔야 돼요.",
        "씨티가 깨끗해도 오늘은 입원하세요.",
        "피검사는 TSH, B12, 엽산 하고요.",
        "CRP 나가고, 노멀 셀라인 일 리터 맞으세요.",
        "당화혈색소는 육 점 오 미만이 목표예요.",
        "간 수치 괜찮았어요?",
        "십이지장 내시경은 다음에 합시다.",
    ],
)
def test_goals_orders_and_questions_have_no_result(words: str) -> None:
    assert _results(f"d {words}") == {}


def test_a_number_belongs_to_the_subject_that_stands_before_it() -> None:
    assert _results("d 류마티스 인자는 음성인데 항가나다항체가 백이십으로 높아요.") == {"류마티스인자": "음성"}
    assert _results("d 조직검사는 아직 안 나왔습니다.") == {}
    assert _results("n 소변은 밤새 구백 나왔어요.") == {"소변량": 900}


def test_hearing_is_told_by_ear() -> None:
    found = _results("d 청력검사에서 왼쪽이 칠십 데시벨, 오른쪽은 이십 데시벨이에요.")
    assert {name: value for name, value in found.items() if name != "청력검사"} == {
        "왼쪽 청력검사": 70,
        "오른쪽 청력검사": 20,
    }


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        ("혈소판은 십오만에서 사십만이 정상이에요.", {}),
        ("콜레스테롤 정상은 이백 미만이에요.", {}),
        ("칼륨이 육 점 오까지 올라가면 위험해요.", {}),
    ],
)
def test_what_is_normal_is_no_result(words: str, expected: dict[str, object]) -> None:
    assert _results(f"d {words}") == expected


def test_a_value_in_units_stands_beside_the_one_of_last_year() -> None:
    found = _results("d HBV DNA는 삼십육만 아이유, 작년엔 이천이었으니 늘었네요.")
    assert sorted(found.values(), key=str) == [2000, 360000]


def test_glucose_from_a_check_up_was_not_measured_at_home() -> None:
    assert not any(name.startswith("자가") for name in _results("p 구월에 공단 검진에서 혈당 구십육, 정상이라 했어요."))
