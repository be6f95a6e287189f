from datetime import date

import pytest

from scribe.drafting.assertion import Person, answer, is_conditional, is_considered, polarity, whose
from scribe.drafting.lexicon import Table
from tests.drafting.speech import dialogue, visit


def _polarity(line: str) -> str:
    (turn,) = dialogue(line).turns
    return polarity(turn, turn.of(Table.SYMPTOMS)[0])


@pytest.mark.parametrize(
    "line",
    [
        "p 기침은 없어요.",
        "p 기침 안 해요.",
        "p 기침하진 않아요.",
        "p 기침은 전혀 없고요.",
        "p 기침이나 콧물은 없어요.",
        "p 토하지는 않았어요.",
        "p 숨은 괜찮아요. 숨 안 차요.",
    ],
)
def test_denials(line: str) -> None:
    assert _polarity(line) == "absent"


@pytest.mark.parametrize(
    "line",
    [
        "p 기침이 나요.",
        "p 기침은 있는데 열은 없어요.",
        "p 기침 때문에 잠을 못 자요.",
        "p 입맛이 없어요.",
        "p 잠이 안 와요.",
    ],
)
def test_affirmations(line: str) -> None:
    assert _polarity(line) == "present"


@pytest.mark.parametrize(
    ("question", "reply", "said"),
    [
        ("열은 있으세요?", "네.", "present"),
        ("열은 있으세요?", "네, 있어요.", "present"),
        ("열은 있으세요?", "아니요.", "absent"),
        ("열은 있으세요?", "아니요, 그런 건 없어요.", "absent"),
        ("열은요?", "없어요.", "absent"),
        ("열은 없으시고요?", "네.", "absent"),
        ("열은 없으시고요?", "네, 없어요.", "absent"),
        ("열은 없으시죠?", "네, 없어요.", "absent"),
        ("열은 없으시죠?", "아니요.", None),
        ("숨이 차거나 가슴이 아프진 않으시고요?", "아니요, 그런 건 없어요.", "absent"),
        ("소변 보는 데 문제는요?", "아니요, 그건 괜찮아요.", "absent"),
        ("눈은 침침하지 않으시고요?", "네, 눈은 괜찮아요.", "absent"),
        ("기침이나 콧물은요?", "둘 다 있어요.", "present"),
        ("기침이나 콧물은요?", "둘 다 없어요.", "absent"),
        ("기침이나 콧물은요?", "그런 건 없어요, 둘 다.", "absent"),
        ("열은요?", "잘 모르겠어요.", None),
    ],
)
def test_answers_to_the_question_as_a_whole(question: str, reply: str, said: str | None) -> None:
    found = dialogue(f"d {question}", f"p {reply}")
    assert answer(found.turns[0], found.answers(found.turns[0])) == said


def _person(line: str, table: Table = Table.DIAGNOSES, **encounter: object) -> tuple[Person, str | None]:
    found = dialogue(line, encounter=visit(**encounter))  # type: ignore[arg-type]
    turn = found.turns[0]
    who = whose(found, turn, turn.of(table)[0].start)
    return who.person, who.word


@pytest.mark.parametrize(
    ("line", "word"),
    [
        ("p 저희 어머니가 고혈압이 있으세요.", "어머니"),
        ("p 고혈압은 저희 아버지가 있으시고요.", "아버지"),
        ("p 고혈압, 아니 그건 저희 언니고.", "언니"),
        ("p 남동생이 고혈압이에요.", "남동생"),
    ],
)
def test_a_relatives_disease_is_the_relatives(line: str, word: str) -> None:
    assert _person(line) == (Person.RELATIVE, word)


def test_husbands_and_friends_are_no_kin() -> None:
    assert _person("p 남편이 고혈압이에요.") == (Person.CONTACT, "남편")


@pytest.mark.parametrize(
    "line", ["p 저는 고혈압이 있어요.", "p 어머니는 건강하신데 저는 고혈압이 있어요.", "p 고혈압이 있어요."]
)
def test_the_patients_own(line: str) -> None:
    assert _person(line) == (Person.PATIENT, None)


def test_a_daughters_mother_is_the_patient() -> None:
    assert _person("g 엄마가 고혈압이 있으세요.", birth=date(1950, 1, 1)) == (Person.PATIENT, None)
    assert _person("g 애 엄마가 고혈압이 있어요.", birth=date(2023, 1, 1))[0] is not Person.PATIENT


def test_conditions_and_considerations() -> None:
    (turn,) = dialogue("d 기침이 심해지거나 숨이 차면 바로 오세요.").turns
    assert all(is_conditional(turn, mention) for mention in turn.of(Table.SYMPTOMS))
    assert is_considered("십 밀리로 올릴까 했는데")
    assert not is_considered("십 밀리로 올릴게요")
