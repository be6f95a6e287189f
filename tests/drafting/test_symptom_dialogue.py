"""Symptoms across question and answer: items, topics, functions, places, and words that mean no symptom."""

import pytest

from tests.drafting.speech import named, reading, states

ANSWERED = {
    "each item has its own answer": (
        ("d 기침이나 가래, 콧물은요?", "p 기침은 안 해요. 가래는 좀 나오고, 콧물은 없어요."),
        {"기침": "absent", "가래": "present", "콧물": "absent"},
    ),
    "a part said to be fine": (
        ("d 손목이 붓거나 삼키기 힘든 건요?", "p 삼키는 건 괜찮고요, 손목은 부었어요."),
        {"연하곤란": "absent", "손목 부종": "present"},
    ),
    "an intensifier affirms": (("d 다리가 저려요?", "p 엄청요."), {"다리 저림": "present"}),
    "a count affirms": (("d 설사는요?", "p 어제 네 번이요."), {"설사": "present"}),
    "once, and over": (
        ("d 두드러기는?", "p 봄에 한 번 났었는데 금방 가라앉았고 그 뒤로는 없었어요."),
        {"두드러기": "resolved"},
    ),
    "not yet": (("d 방귀 나왔어요?", "p 아직이요."), {"방귀": "absent"}),
    "told beforehand": (("d 코피가 나셨다고요.", "p 네, 자다가 갑자기요."), {"코피": "present"}),
    "a topic and a predicate": (("d 살은요? 빠졌어요?", "p 네, 좀요."), {"체중 감소": "present"}),
    "the topic of the question is the subject": (
        ("d 무릎은 요새 어떠세요?", "p 저녁만 되면 부어요."),
        {"무릎 부종": "present"},
    ),
    "not all day is no denial": (("d 두통은 하루 종일 있어요?", "p 아니요, 아침에만요."), {"두통": None}),
    "none lately": (("d 이명은요?", "p 요즘은 없어요."), {"이명": "resolved"}),
    "relief denied": (("d 설사는 멎었어요?", "p 아니요."), {"설사": "present"}),
    "an exception is no denial": (
        ("d 두드러기는 팔 말고 다리에도 났어요?", "p 네, 다리에도요."),
        {"두드러기": "present"},
    ),
    "blood by its place": (
        ("d 피 나는 건요? 코피, 잇몸, 소변이요.", "p 잇몸에서 가끔 나요. 소변은 깨끗해요."),
        {"잇몸 출혈": "present", "혈뇨": "absent"},
    ),
    "where it hurts": (("d 어디가 아프세요?", "p 오른쪽 발목이요."), {"발목 통증": "present"}),
    "no lexicon has the words": (
        ("d 어지럽거나 손톱이 흔들거리거나 한 적은요?", "p 둘 다 없어요."),
        {"어지럼증": "absent", "손톱이 흔들거림": "absent"},
    ),
}


@pytest.mark.parametrize(("lines", "expected"), ANSWERED.values(), ids=ANSWERED)
def test_what_the_reply_says_of_each_thing_asked(lines: tuple[str, ...], expected: dict[str, str | None]) -> None:
    found = states(reading(*lines))
    assert {name: found.get(name) for name in expected} == expected


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("p 토하거나 그러진 않았어요.", {"구토": "absent"}),
        ("p 우울하고 그런 건 아니에요.", {"우울감": "absent"}),
        ("p 우울하다기보다는 그냥 피곤해요.", {"우울감": "absent", "피로": "present"}),
        ("p 어지럽기는 무슨, 멀쩡해요.", {"어지럼증": "absent"}),
        ("p 변비는 말도 못 해요.", {"변비": "present"}),
        ("p 가려운 게 장난 아니에요.", {"가려움증": "present"}),
        ("p 입은 안 헐었어요.", {"구내염": "absent"}),
        ("p 넘어지지는 안 했어요.", {"낙상": "absent"}),
        ("p 계속 아프진 않고 배가 아팠다 말았다 해요.", {"복통": "present"}),
        ("p 토한 건 그제 두 번이고요. 오늘은 안 토했어요.", {"구토": "resolved"}),
        ("p 기침은 안 하고, 토하지도 않았어요.", {"기침": "absent", "구토": "absent"}),
        ("p 얼굴이 좀 부어 보이지 않아요?", {"얼굴 부종": "present"}),
    ],
)
def test_denials_of_spoken_korean(line: str, expected: dict[str, str]) -> None:
    assert states(reading(line)) == expected


@pytest.mark.parametrize(
    ("lines", "expected"),
    [
        (("p 잠은 잘 자요.",), {"불면": "absent"}),
        (("p 잘 먹고 잘 놀아요.",), {"식욕부진": "absent"}),
        (("p 체중은 그대로예요.",), {"체중 감소": "absent"}),
        (("d 아기는 잘 놀아요?", "p 네, 엄청 움직여요."), {"태동 감소": "absent"}),
    ],
)
def test_a_function_that_is_fine_denies_its_symptom(lines: tuple[str, ...], expected: dict[str, str]) -> None:
    found = states(reading(*lines))
    assert {name: found.get(name) for name in expected} == expected


@pytest.mark.parametrize(
    "line",
    [
        "p 그 빨간 약 먹었어요.",
        "p 컵이 미끄러져서 깨졌어요.",
        "p 피곤해서 침대에 쓰러졌어요, 그냥.",
        "p 그 약 먹고 두드러기 나는 사람도 있대요.",
        "p 옛날에 항생제 맞고 두드러기가 났었어요.",
        "n 열은 삼십육 점 팔이요.",
        "p 걸을 때는 안 아파요.",
    ],
)
def test_words_that_mean_no_symptom_of_now(line: str) -> None:
    found = states(reading(line))
    assert not {"피부 발적", "낙상", "실신", "두드러기", "발열", "통증"} & set(found)


def test_a_reading_of_fever_without_its_unit() -> None:
    assert states(reading("d 열은 재 보셨어요?", "g 삼십팔 점 육 나왔어요."))["발열"] == "present"


def test_a_reaction_asked_after_is_no_symptom() -> None:
    assert "두드러기" not in states(reading("d 약 드시고 두드러기 난 적 있으세요?", "p 없어요."))


def test_a_following_symptom_keeps_its_own_ending() -> None:
    found = states(reading("p 이명은 계속 있고요, 두통은 어제만 있었고 지금은 없어요."))
    assert found == {"이명": "present", "두통": "resolved"}


def test_a_wish_to_be_gone_is_a_thought_of_suicide() -> None:
    found = reading("d 죽고 싶다는 생각은요?", "p 자다가 그냥 안 깼으면 좋겠다 싶어요.")
    assert states(found)["자살 사고"] == "present"
    assert named(found, "red_flag")


def test_not_at_all_agrees_with_a_question_that_denies() -> None:
    assert states(reading("d 열이 나진 않으셨고요?", "p 전혀요.")) == {"발열": "absent"}


@pytest.mark.parametrize(
    ("lines", "expected"),
    [
        (
            ("d 메스껍거나 어지럽진 않고요?", "p 메스껍지도, 어지럽지도 않아요."),
            {"오심": "absent", "어지럼증": "absent"},
        ),
        (("d 심장이 두근거리거나 하진 않고?", "p 뛰면 원래 뛰죠. 가만있을 땐 안 그래요."), {"두근거림": None}),
        (("d 걷다가 비틀거리지는 않았고요?", "g 글쎄요, 원래 걸으면서 장난을 많이 쳐요."), {"보행 장애": None}),
        (("d 살은요?", "p 이 킬로 쪘나. 잘 모르겠어요."), {"체중 증가": None}),
        (
            ("d 귀가 아프거나 코가 막히진 않아요?", "p 코는 자주요. 귀는 안 아파요."),
            {"이통": "absent", "코막힘": "present"},
        ),
        (("d 머리가 아프거나 배가 아픈 건?", "p 배는 안 아파요."), {"두통": None, "복통": "absent"}),
    ],
)
def test_an_answer_holds_for_what_it_names_and_doubt_for_nothing(
    lines: tuple[str, ...], expected: dict[str, str | None]
) -> None:
    found = states(reading(*lines))
    assert {name: found.get(name) for name in expected} == expected


@pytest.mark.parametrize(
    ("lines", "name"),
    [
        (("d 자다가 깜짝깜짝 놀라나요?", "g 놀라서 깨는 건 없었어요."), "깜짝 놀람"),
        (("p 허리가 아파서 깬 적은 없어요.",), "요통"),
    ],
)
def test_the_cause_of_what_is_denied_is_left_open(lines: tuple[str, ...], name: str) -> None:
    assert states(reading(*lines)).get(name) != "present"


def test_lochia_by_itself_is_no_complaint() -> None:
    assert "present" not in states(reading("d 오로는요?", "p 오로는 조금이고 냄새는 안 나요.")).values()


def test_a_denied_degree_tells_of_no_symptom() -> None:
    assert "present" not in states(reading("p 밥을 못 먹을 정도로 아프진 않아요.")).values()
