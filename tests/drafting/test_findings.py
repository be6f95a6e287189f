"""What the physician finds: by part, side, grade and angle, under the hand and by eye."""

import pytest

from scribe.domain.entries import Exam, LabResult
from tests.drafting.speech import named, reading, states


def _exams(*lines: str) -> dict[str, tuple[str, str]]:
    found = named(reading(*lines), "exam").values()
    return {exam.name: (exam.status, exam.finding) for exam in found if isinstance(exam, Exam)}


def test_the_other_side_is_an_examination_of_its_own() -> None:
    assert states(reading("d 오른쪽 고막이 빨갛네요. 왼쪽은 괜찮아요."), "exam") == {
        "오른쪽 고막": "abnormal",
        "왼쪽 고막": "normal",
    }


def test_strength_is_one_entry_for_both_sides() -> None:
    found = _exams("d 엄지발가락 위로 젖혀 보세요. 왼쪽이 사 점이네요. 오른쪽은 오 점. 발목은 양쪽 다 오 점이에요.")
    assert found == {
        "왼쪽 엄지발가락 근력": ("abnormal", "왼쪽 4/5, 오른쪽 5/5"),
        "발목 근력": ("normal", "양쪽 5/5"),
    }


def test_a_pain_score_is_no_strength() -> None:
    assert _exams("d 다리에 힘은 주시겠어요? 아픈 건 십 점 만점에 사 점이라고 하셨죠.") == {}


def test_leg_raising_keeps_the_angle_and_needs_the_patients_word() -> None:
    lines = ("d 다리를 들어 볼게요. 왼쪽은 삼십오 도에서 찌릿하죠? 오른쪽은 팔십 도까지 괜찮고요.",)
    assert _exams(*lines, "p 네, 거기요.") == {
        "하지직거상 검사 왼쪽": ("abnormal", "35도에서 양성"),
        "하지직거상 검사 오른쪽": ("normal", "80도까지 음성"),
    }
    assert "하지직거상 검사 왼쪽" not in _exams(*lines, "p 아니요, 안 아파요.")


@pytest.mark.parametrize(
    ("question", "reply", "name", "status"),
    [
        ("종아리 눌러 볼게요. 종아리는 안 아프시죠?", "예, 괜찮아요.", "종아리 압통", "normal"),
        ("오른쪽 발목 눌러 볼게요. 여기 아프세요?", "네, 거기 아파요.", "오른쪽 발목 압통", "abnormal"),
        ("옆구리 두드려 볼게요. 여긴 안 아프시죠?", "네, 거긴 괜찮아요.", "늑골척추각 압통(옆구리 두드림)", "normal"),
    ],
)
def test_tenderness_asked_under_the_hand_is_a_finding_and_no_complaint(
    question: str, reply: str, name: str, status: str
) -> None:
    found = reading(f"d {question}", f"p {reply}")
    assert states(found, "exam") == {name: status}
    assert not [entry for entry in states(found) if states(found)[entry] == "absent"]


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        ("목은 살짝 빨갛고 열은 없네요.", {"인두": "abnormal"}),
        ("목도 부드럽게 잘 숙여지고요.", {"경부 강직": "normal"}),
        ("윗입술이 살짝 부었네요.", {"윗입술 부종": "abnormal"}),
        ("귀 뒤도 안 부었고요.", {"귀 뒤 부종": "normal"}),
        ("발목에 약간 오목하게 들어가네요.", {"발목 부종": "abnormal"}),
        ("가슴 포트 자리도 깨끗하고요.", {"가슴 포트 자리": "normal"}),
    ],
)
def test_what_is_seen_on_a_part(words: str, expected: dict[str, str]) -> None:
    assert states(reading(f"d {words}"), "exam") == expected


@pytest.mark.parametrize(
    "words",
    [
        "종아리가 붓고 아프면 바로 말씀하세요.",
        "입술이 부을 수도 있어요.",
        "초음파에서 왼쪽에 혹이 있어요.",
        "무릎이 부었어요?",
    ],
)
def test_warnings_pictures_and_questions_are_no_findings(words: str) -> None:
    assert named(reading(f"d {words}"), "exam") == {}


def _results(*lines: str) -> dict[str, tuple[object, str | None]]:
    found = named(reading(*lines), "lab_result").values()
    return {result.name: (result.value, result.interpretation) for result in found if isinstance(result, LabResult)}


def test_pictures_are_told_in_the_physicians_words() -> None:
    found = _results("d 엑스레이에서 오른쪽 폐 아래에 폐렴 소견이 보여요. 심전도는 맥이 빠른 것 말고는 정상이고요.")
    assert [value for value, _ in found.values()] == [
        "오른쪽 폐 아래에 폐렴 소견이 보여요",
        "맥이 빠른 것 말고는 정상이고요",
    ]


@pytest.mark.parametrize(
    ("words", "value"),
    [
        ("II, III, aVF에서 ST가 올라가 있네요.", "II, III, aVF ST 상승"),
        ("ST 상승은 없습니다.", "ST 상승 없음"),
        ("ST가 내려가 있어요.", "ST 하강"),
    ],
)
def test_the_segment_of_a_tracing(words: str, value: str) -> None:
    assert _results(f"d {words}") == {"심전도": (value, None)}


def test_looking_at_a_picture_is_no_condition() -> None:
    assert [value for value, _ in _results("d 초음파 보면 담낭에 돌이 있어요.").values()] == ["담낭에 돌이 있어요"]
    assert _results("d 초음파를 보면 알 수 있어요.") == {}


def test_a_picture_that_is_only_planned_has_no_result() -> None:
    assert _results("d 초음파는 다음에 보겠습니다. MRI는 지금은 필요 없어요.") == {}


def test_the_earlier_value_does_not_hide_the_present_one() -> None:
    found = _results("d CEA는 수술 전에 십이 점 사였는데 지금 이 점 구, 정상이에요.")
    assert [value for value, _ in found.values()] == [2.9, 12.4]


def test_readings_are_told_with_the_number() -> None:
    assert _results("d TSH가 십이 점 삼으로 높고, 젖산은 삼 점 이로 올라가 있어요.") == {
        "갑상선자극호르몬(TSH)": (12.3, "높음"),
        "젖산": (3.2, "높음"),
    }


def test_glucose_from_the_nurse_and_two_organs_in_one_breath() -> None:
    assert _results("n 혈당은 이백육십이에요.") == {"혈당": (260, None)}
    assert _results("d 간이랑 콩팥 수치는 정상이고요.").keys() == {"신장기능검사(콩팥 수치)", "간 수치"}
