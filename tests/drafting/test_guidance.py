"""What the patient is told to do, in every form in which physicians say it; warnings; appointments."""

import pytest

from scribe.domain.entries import FollowUp
from tests.drafting.speech import named, reading

_OPENING = ("d 어디가 불편하세요?", "p 기침이 나요.", "d 진찰해 볼게요.", "p 네.")


def _advice(line: str) -> list[str]:
    return list(named(reading(*_OPENING, f"d {line}", "p 네."), "advice"))


def _warnings(*lines: str) -> list[str]:
    return list(named(reading(*_OPENING, *(f"d {line}" for line in lines), "p 네."), "return_precaution"))


@pytest.mark.parametrize(
    ("line", "names"),
    [
        ("물 자주 드시고 담배는 끊으세요.", ["물 자주 드시기", "담배는 끊기"]),
        ("졸리니까 운전은 안 됩니다.", ["졸리니까 운전은 안 됨"]),
        ("당분간 무거운 건 드시지 마세요. 손톱은 짧게.", ["당분간 무거운 건 드시지 않기", "손톱은 짧게"]),
        ("상처에 물 닿으면 안 돼요.", ["상처에 물 닿으면 안 됨"]),
        ("집에서 혈압을 아침저녁으로 재서 적어 오세요.", ["집에서 혈압을 아침저녁으로 재서 적어 오기"]),
        ("샤워는 내일부터 하셔도 돼요.", ["샤워는 내일부터 하셔도 됨"]),
    ],
)
def test_advice_is_heard_in_every_form(line: str, names: list[str]) -> None:
    assert _advice(line) == names


@pytest.mark.parametrize(
    "line",
    [
        "숨 크게 쉬세요. 아 해 보세요.",
        "저쪽에서 수납하고 가세요.",
        "아목시실린 오백 밀리 하루 세 번 식후에 드세요.",
        "편도는 안 부었고 목에 멍울도 안 만져지네요.",
        "수혈은 아직 안 해도 돼요.",
        "혈압 다시 재서 알려 주세요.",
        "걱정하지 마세요.",
    ],
)
def test_what_only_moves_the_visit_on_is_no_advice(line: str) -> None:
    assert _advice(line) == []


def test_warnings_may_end_in_a_bare_noun_or_a_bell() -> None:
    assert _warnings("숨이 차거나 입술이 파래지면 바로 119예요.") == ["숨이 차면 119", "입술이 파래지면 119"]
    assert _warnings("가슴이 답답하면 참지 말고 벨 누르세요.") == ["가슴이 답답하면 호출"]


def test_an_afterthought_calls_for_the_same_as_the_warning_before_it() -> None:
    assert _warnings("숨이 차면 응급실로 오세요. 열이 삼십구 도 넘어도요.") == [
        "숨이 차면 응급실",
        "열이 삼십구 도 넘으면 응급실",
    ]


@pytest.mark.parametrize(
    "line",
    [
        "한 시간 지켜보고 괜찮으면 가세요.",
        "수치가 낮으면 재발을 잘하니까 피검사 하고 가세요.",
        "안 좋아지면 큰 병원으로 의뢰할게요.",
    ],
)
def test_what_is_done_in_the_clinic_is_no_warning(line: str) -> None:
    assert _warnings(line) == []


def _visits(*lines: str) -> list[tuple[str, int | None]]:
    found = named(reading(*_OPENING, *lines), "follow_up").values()
    return [(item.name, item.in_days) for item in found if isinstance(item, FollowUp)]


def test_an_appointment_may_be_the_bare_answer_to_when() -> None:
    assert _visits("p 언제 다시 와요?", "d 이 주 뒤에요.") == [("이 주 뒤 재진", 14)]
    assert _visits("d 내일 오전 열 시에 외래에서 봅시다.") == [("내일 오전 열 시 재진", 1)]


def test_a_blood_test_at_another_date_is_not_the_visit() -> None:
    assert _visits("d 이 주 뒤에 피검사만 먼저 하시고, 저는 한 달 뒤에 볼게요.") == [("한 달 뒤 재진", 30)]


def test_a_day_of_the_week_is_the_next_of_that_name() -> None:
    # 14 September 2026 is a Monday
    (visit,) = _visits("d 금요일 오후에 다시 봅시다.")
    assert visit[1] == 4


def test_two_sayings_about_one_visit_are_one_entry_with_both_as_evidence() -> None:
    found = named(reading(*_OPENING, "d 육 주 뒤에 다시 볼게요.", "p 네.", "d 육 주 뒤 오세요."), "follow_up")
    (entry,) = found.values()
    assert [item.utterance for item in entry.evidence] == ["u4", "u6"]


def test_what_comes_back_by_itself_is_no_call() -> None:
    assert _warnings("누르면 하얘졌다가 금방 돌아와요.") == []
