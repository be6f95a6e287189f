"""Examinations of many specialties as physicians say them aloud."""

import pytest

from tests.drafting.speech import reading, states


def _exams(*lines: str) -> dict[str, str]:
    return states(reading(*lines), "exam")


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        ("배 볼게요. 배는 말랑하고 간 비장 안 만져지고 반발통도 없네요.", {"복부 촉진": "normal"}),
        ("배는 부드러운데 배꼽 주위는 눌러서 아프네요.", {"복부 촉진": "abnormal"}),
        ("심장 소리는 규칙적인데 잡음이 들려요.", {"심장 청진(심장 소리)": "abnormal"}),
        ("폐는 쌕쌕 소리 없이 깨끗해요.", {"폐 청진": "normal"}),
        ("등 좀 볼게요. 등에 긁은 자국이 여러 군데 있네요.", {"등 피부": "abnormal"}),
        ("팔 들어 보세요. 왼팔은 자꾸 떨어지네요.", {"왼팔 근력": "abnormal"}),
        ("걸어 보세요. 걸음이 왼쪽으로 기우네요.", {"보행(걸음)": "abnormal"}),
        ("발목은 눌러서 쑥 들어가네요.", {"발목 부종": "abnormal"}),
        ("목은 눌러서 안 아프고 팔꿈치는 눌러서 아프네요.", {"경추 압통(목)": "normal", "팔꿈치 압통": "abnormal"}),
        ("오른쪽 무릎 볼게요. 물이 찼네요.", {"오른쪽 무릎 삼출": "abnormal"}),
        ("라크만은 음성인데 맥머레이는 양성이네요.", {"무릎 인대 검사(라크만)": "normal", "맥머레이 검사": "abnormal"}),
        ("직장 수지검사 할게요. 네, 피가 묻어나요.", {"직장수지검사": "abnormal"}),
        ("자궁이 주먹만 하게 커져 있고 자궁경부는 깨끗해요.", {"자궁 촉진": "abnormal", "자궁경부": "normal"}),
        ("하비갑개가 부어 있고 비중격은 휘었네요.", {"비강(하비갑개)": "abnormal"}),
    ],
)
def test_parts_are_told_by_what_is_said_of_them(words: str, expected: dict[str, str]) -> None:
    assert _exams(f"d {words}") == expected


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        ("무릎 볼게요. 구부리는 게 백십 도, 펴는 건 괜찮네요.", {"무릎 굴곡": "abnormal"}),
        ("어깨 볼게요. 앞으로 백칠십 도까지 올라가요.", {"전방 거상": "normal"}),
        ("MMSE는 이십팔 점이에요.", {"MMSE": "normal"}),
        ("GCS는 삼 오 육, 열넷이에요.", {"GCS": "abnormal"}),
        ("시력은 우안 영 점 이, 좌안 일 점 영이에요.", {"오른눈 시력": "abnormal", "왼눈 시력": "normal"}),
        ("쥐는 힘은 오른손 삼십 킬로, 왼손 이십팔 킬로.", {"악력": "normal"}),
        ("초음파 볼게요. 역아네요. 양수 지수 십이, 심박 백사십이에요.", {
            "태위(역아)": "abnormal", "양수 지수": "normal", "태아 심박": "normal",
        }),
    ],
)  # fmt: skip
def test_findings_in_numbers(words: str, expected: dict[str, str]) -> None:
    assert _exams(f"d {words}") == expected


def test_a_manoeuvre_and_what_it_showed() -> None:
    assert _exams("d 이제 눕혀 볼게요, 딕스 홀파이크. 왼쪽부터.", "d 안진이 도네요. 오른쪽은 안 나오고요.") == {
        "왼쪽 딕스-홀파이크 검사": "abnormal",
        "오른쪽 딕스-홀파이크 검사": "normal",
    }


def test_findings_that_need_an_answer() -> None:
    assert _exams("d 오늘이 며칠이에요?", "p 글쎄, 모르겠네.") == {"날짜 지남력": "abnormal"}
    assert _exams("d 왼쪽 아랫배를 눌러 보실래요?", "g 안 아프대요.") == {"왼쪽 아랫배 압통": "normal"}
    assert _exams("d 배액은요?", "n 삼십 씨씨요. 맑은 장액성이에요.") == {"배액": "normal"}
    assert _exams("d 다친 자리 눌러도 안 아프시죠?", "p 네, 안 아파요.") == {"다친 자리 압통": "normal"}


@pytest.mark.parametrize(
    "words",
    [
        "입안이 말랐는지 좀 봐 주세요.",
        "그 줄을 넘는다 하고 걸으시면 발이 떨어져요.",
        "눈 흰자가 노래지거나 하면 오세요.",
        "성장판은 괜찮아요.",
        "터진 물집은 소독하고 감아 드릴게요.",
        "다리 힘이 빠지고 감각이 둔하세요?",
    ],
)
def test_warnings_requests_and_questions_are_no_findings(words: str) -> None:
    assert _exams(f"d {words}") == {}


def test_what_is_denied_is_never_abnormal() -> None:
    found = _exams("d 유방 좀 볼게요. 고름이 잡힌 느낌은 없어요. 겨드랑이에 만져지는 건 없네요.")
    assert set(found.values()) == {"normal"}


@pytest.mark.parametrize(
    "words",
    ["배가 아프고 열이 났다고요.", "지난번에는 목이 부어 있었죠.", "고막은 잘 안 보이네요."],
)
def test_what_was_told_or_seen_before_or_not_at_all_is_no_finding(words: str) -> None:
    assert _exams(f"d {words}") == {}


def test_what_is_missing_elsewhere_says_nothing_of_the_part() -> None:
    assert _exams("d 동공 양쪽 같고 빛 반사 정상, 마비는 없고요.")["동공"] == "normal"


@pytest.mark.parametrize("ending", ["커졌고.", "커졌네요.", "커졌어요.", "커졌고, 복수도 없어요."])
def test_a_denied_sign_is_normal_in_any_ending(ending: str) -> None:
    assert set(_exams(f"d 간 만져 볼게요. 비장도 안 {ending}").values()) == {"normal"}


def test_a_denied_extent_denies_no_finding() -> None:
    found = _exams("d 배 만져 볼게요. 하복부에 단단한 게 한 뼘까진 아니고 두 마디쯤 만져지네요.")
    assert "normal" not in found.values()


def test_a_swelling_that_has_gone_is_normal() -> None:
    assert "abnormal" not in _exams("d 다리 볼게요. 붓기 다 빠졌네요. 눌러도 안 들어가고.").values()
