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
        "양말 벗어 보세요.",
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


def _asked(question: str, answer: str) -> list[str]:
    return list(named(reading(*_OPENING, f"p {question}", f"d {answer}", "p 네."), "advice"))


@pytest.mark.parametrize(
    ("question", "answer", "names"),
    [
        ("펜잘은 이제 먹어도 되나요?", "안 됩니다.", ["펜잘은 안 됨"]),
        ("수영장 가도 돼요?", "네, 가셔도 돼요.", ["수영장 가도 됨"]),
        ("녹차는 마셔도 되나요?", "하루 한 잔은 괜찮아요.", ["녹차: 하루 한 잔은 괜찮아요"]),
        ("운전해도 돼요?", "일주일은 안 하시는 게 좋아요.", ["운전: 일주일은 안 하기"]),
        ("운동은 언제부터 할 수 있어요?", "한 달은 쉬셔야 돼요.", ["운동: 한 달은 쉬기"]),
        ("비행기 타도 돼요?", "당분간은 안 됩니다, 귀가 더 아파요.", ["비행기 당분간은 안 됨"]),
        ("운동은요?", "이 주는 쉬셔야 돼요.", ["운동: 이 주는 쉬기"]),
        ("파는 코 스프레이 뿌려도 돼요?", "사흘까지만이요.", ["파는 코 스프레이 사흘까지만이요"]),
        ("유치원 이틀은 쉬고, 손 자주 씻기면 되죠?", "네, 그렇게 하세요.", ["유치원 이틀은 쉬기", "손 자주 씻기"]),
    ],
)
def test_an_answer_takes_over_the_topic_of_the_question(question: str, answer: str, names: list[str]) -> None:
    assert _asked(question, answer) == names


def test_an_answered_question_is_cited_with_its_answer() -> None:
    (entry,) = named(reading(*_OPENING, "p 막걸리 마셔도 돼요?", "d 안 돼요.", "p 네."), "advice").values()
    assert [item.utterance for item in entry.evidence] == ["u4", "u5"]


@pytest.mark.parametrize(
    ("question", "answer"),
    [
        ("입원해야 돼요?", "아니요, 지금은 안 하셔도 돼요."),
        ("시티는 안 찍어도 돼요?", "네, 안 찍어도 됩니다."),
        ("피검사는요?", "오늘 하고 가세요."),
        ("이렇게 하면 되죠?", "아니요, 조금 달라요."),
    ],
)
def test_a_question_about_tests_or_one_refused_makes_no_advice(question: str, answer: str) -> None:
    assert _asked(question, answer) == []


@pytest.mark.parametrize(
    ("line", "names"),
    [
        ("탄산 끊고, 다 나을 때까진 축구 쉬어요.", ["탄산 끊기", "다 나을 때까진 축구 쉬어요"]),
        (
            "물 자주 드시고요. 커피는 점심 먹고 한 시간 있다가요.",
            ["물 자주 드시기", "커피는 점심 먹고 한 시간 있다가요"],
        ),
        ("헌혈은 세 달 안 됩니다.", ["헌혈은 세 달 안 됨"]),
        (
            "발은 높이 올려 두시고, 발가락은 자꾸 움직여야 덜 부어요.",
            ["발은 높이 올려 두기", "발가락은 자꾸 움직여야 덜 부어요"],
        ),
        ("어지러울 수 있으니 일어날 때 천천히.", ["어지러울 수 있으니 일어날 때 천천히"]),
        ("라인 잡고 금식이요.", ["라인 잡고 금식"]),
    ],
)
def test_bare_and_plain_instructions_are_heard(line: str, names: list[str]) -> None:
    assert _advice(line) == names


@pytest.mark.parametrize(
    "line",
    [
        "손 한번 줘 보세요. 눈 따라와 보세요.",
        "한 달 뒤에 안과에서 망막 검사 받으세요.",
        "그건 바로 버리세요.",
        "관절약은 당분간 끊으세요.",
        "수술은 그때 얘기합시다.",
        "누르면 아프진 않으시고요.",
        "소견서 써 드릴 테니까 치과에 내시고요.",
    ],
)
def test_what_is_examined_arranged_or_stopped_is_no_advice(line: str) -> None:
    assert _advice(line) == []


@pytest.mark.parametrize(
    ("line", "names"),
    [
        (
            "가만히 있는데 숨이 차거나, 기절하면 바로 응급실로 가세요.",
            ["가만히 있는데 숨이 차면 응급실", "기절하면 응급실"],
        ),
        ("아이가 축 처져도 데려오세요.", ["아이가 축 처지면 즉시 내원"]),
        ("두드러기 나도 전화 주세요.", ["두드러기 나면 즉시 연락"]),
        ("열이 나면 응급실로.", ["열이 나면 응급실"]),
        (
            "피를 토하면 바로 오세요. 불러도 대답 안 하는 것도요.",
            ["피를 토하면 즉시 내원", "불러도 대답 안 하는 경우 즉시 내원"],
        ),
        ("돌 나오면 통에 담아 오세요.", []),
        ("고기는 드셔도 돼요.", []),
    ],
)
def test_conditions_keep_what_leads_to_them(line: str, names: list[str]) -> None:
    assert _warnings(line) == names


def test_what_is_not_to_be_done_in_a_warning_is_no_advice() -> None:
    found = reading(*_OPENING, "d 기분이 가라앉으면 약 끊지 말고 바로 연락 주세요.", "p 네.")
    assert not named(found, "advice")
    assert list(named(found, "return_precaution")) == ["기분이 가라앉으면 즉시 연락"]


@pytest.mark.parametrize(
    ("line", "names"),
    [
        ("탕에 들어가지 말고 샤워로 하세요.", ["탕에 들어가지 말고 샤워로 하기"]),
        ("오늘은 머리 감지 마시고 물은 많이 드세요.", ["오늘은 머리 감지 않기", "물은 많이 드시기"]),
        ("아니요, 금식은 안 하셔도 돼요.", []),
        ("혈압이 너무 내려가도 안 돼요.", []),
        ("항생제를 쓰는 게 좋겠어요.", []),
    ],
)
def test_a_ban_with_what_is_done_instead_is_one_advice(line: str, names: list[str]) -> None:
    assert _advice(line) == names


def test_a_warning_leaves_out_the_words_that_only_open_it() -> None:
    assert _warnings("그 전에라도 숨이 차면 바로 오세요.") == ["숨이 차면 즉시 내원"]
