"""Roles from words, on dialogue that the patterns were not written from word for word."""

import json
from pathlib import Path

import pytest

from edge_agent.roles import name_roles, physician_score

HEADACHE = [
    (0, "어서 오세요. 오늘 어떻게 오셨어요?"),
    (1, "머리가 며칠째 너무 아파서요. 약을 먹어도 그때뿐이고요."),
    (0, "어느 쪽이 아프세요? 토하거나 어지럽진 않으시고요?"),
    (1, "오른쪽이요. 어제는 한 번 토했어요. 저는 원래 두통이 없었거든요."),
    (0, "혈압 한번 재 볼게요. 드시는 약 있으세요?"),
    (1, "아니요, 없어요."),
    (0, "편두통 같은데, 약 처방해 드릴게요. 사흘 뒤에 다시 오세요."),
    (1, "네, 알겠습니다. 감사합니다 선생님."),
]
CHILD = [
    (0, "어머님, 아이가 어디가 불편해서 왔나요?"),
    (1, "우리 애가 어젯밤부터 열이 나고 밥을 안 먹어요."),
    (0, "어머니, 열은 몇 도까지 올랐어요?"),
    (1, "삼십구 도요. 애가 밤새 보챘어요."),
    (0, "목이 부었네요. 해열제 드릴게요. 물 자주 먹이시고 모레 다시 오세요."),
    (1, "아이가 약을 잘 안 먹는데 어떡하죠 선생님."),
]
ENGLISH = [
    (0, "Good morning, what brings you in today? How long have you had the pain?"),
    (1, "Yeah, my knee hurts. I fell last week and I can't bend it."),
    (0, "Do you have any fever? I'm going to order an x-ray and check the swelling."),
    (1, "No, I don't. I had surgery on it when I was ten."),
]


@pytest.mark.parametrize("swapped", [False, True])
def test_the_physician_is_who_asks_and_orders(swapped: bool) -> None:
    spoken = [(text, voice ^ swapped) for voice, text in HEADACHE]

    assert name_roles(spoken) == {0 ^ swapped: "doctor", 1 ^ swapped: "patient"}


def test_who_speaks_for_a_child_is_the_guardian() -> None:
    assert name_roles([(text, voice) for voice, text in CHILD]) == {0: "doctor", 1: "guardian"}


def test_english_consultations_are_named_too() -> None:
    assert name_roles([(text, voice) for voice, text in ENGLISH]) == {0: "doctor", 1: "patient"}


def test_one_voice_and_voices_that_speak_alike_stay_unknown() -> None:
    assert name_roles([("어디가 아프세요?", 0), ("약 드릴게요.", 0)]) == {}
    assert name_roles([("날씨가 좋다.", 0), ("그러게 말이야.", 1)]) == {}
    assert name_roles([]) == {}


BESIDE = [
    (0, "어디가 불편해서 오셨어요?"),
    (1, "그냥 자꾸 잊어버려요. 저는 괜찮은데."),
    (2, "아버님이 작년부터 했던 말씀을 또 하시고, 길을 잃으신 적도 두 번 있어요."),
    (0, "드시는 약은 있으세요? 밤에는 잘 주무시고요?"),
    (2, "혈압약 드시고요, 잠은 잘 주무세요. 요즘은 식사를 잘 안 하세요."),
    (1, "밥은 먹어요."),
    (0, "보호자분, 검사를 먼저 해 볼게요. 다음 주에 다시 오세요."),
    (3, "교수님, 혈압 백삼십이에 칠십이, 맥박 육십오, 체중 육십일 킬로요."),
]


def test_who_speaks_for_a_patient_who_is_there_is_the_guardian_and_who_reads_out_is_the_nurse() -> None:
    named = name_roles([(text, voice) for voice, text in BESIDE])

    assert named == {0: "doctor", 1: "patient", 2: "guardian", 3: "nurse"}


def test_what_is_known_of_a_voice_counts_beside_its_words() -> None:
    alike = [("날씨가 좋다.", 0), ("그러게 말이야.", 1)]

    assert name_roles(alike, {1: 8.0}) == {0: "patient", 1: "doctor"}
    assert name_roles([("날씨가 좋다.", 0)], {0: 8.0}) == {0: "doctor"}
    assert name_roles([("날씨가 좋다.", 0)], {0: -8.0}) == {}


def test_one_voice_that_dictates_a_record_is_the_physician() -> None:
    record = ["45세 여자 환자 두통으로 내원.", "구역 동반 호소.", "신경학적 검사 이상 없음.", "진통제 처방."]

    assert name_roles([(text, 0) for text in record]) == {0: "doctor"}
    assert name_roles([(text, 0) for text in record[:2]]) == {}


def test_the_cases_of_the_project_are_named_right() -> None:
    folder = Path(__file__).resolve().parents[2] / "../shared/cases"
    if not folder.is_dir():
        pytest.skip("the project's shared cases are not beside this checkout")
    for file in sorted(folder.glob("*.json")):
        turns = json.loads(file.read_text(encoding="utf-8"))["turns"]
        voices = {"doctor": 0, "patient": 1}
        if not any(turn["speaker"] == "patient" for turn in turns):
            voices = {"doctor": 0, "guardian": 1}
        spoken = [(t["text"].replace("?", "."), voices[t["speaker"]]) for t in turns if t["speaker"] in voices]

        assert name_roles(spoken) == {voice: role for role, voice in voices.items()}, file.name


def test_without_words_that_tell_the_score_is_nothing() -> None:
    assert physician_score("") == 0
    assert physician_score("삼십팔 도") == 0
