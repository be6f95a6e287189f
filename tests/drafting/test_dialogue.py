from scribe.drafting.dialogue import read_dialogue
from scribe.drafting.repair import repair
from scribe.drafting.terms import TermIndex
from tests.drafting.speech import dialogue, talk, visit


def test_a_sentence_is_cut_into_clauses_that_cover_it() -> None:
    (turn,) = dialogue("p 어제부터 기침이 나고요, 열은 없는데 목이 아파요.").turns
    assert [turn.words(clause).strip() for clause in turn.clauses] == [
        "어제부터 기침이 나고요,",
        "열은 없는데",
        "목이 아파요.",
    ]
    assert [clause.link for clause in turn.clauses] == ["and", "but", "end"]
    assert turn.clauses[0].start == 0
    assert turn.clauses[-1].end == len(turn.text)


def test_unpunctuated_speech_is_cut_at_final_endings() -> None:
    (turn,) = dialogue("p 기침이 나요 열은 없어요").turns
    assert len({clause.sentence for clause in turn.clauses}) == 2


def test_questions_are_told_from_statements() -> None:
    (turn,) = dialogue("d 네, 알겠습니다. 열은 있으세요?").turns
    assert [clause.is_question for clause in turn.clauses] == [False, True]


def test_what_follows_a_question_unfinished_goes_on_asking() -> None:
    (turn,) = dialogue("d 소변 문제는요? 새거나 안 나오거나.").turns
    assert all(clause.is_question for clause in turn.clauses)


def test_the_answers_end_where_the_clinician_speaks_again() -> None:
    found = dialogue("d 열은요?", "p 없어요.", "g 어제는 있었어요.", "d 기침은요?", "p 네.")
    assert [turn.id for turn in found.answers(found.turns[0])] == ["u1", "u2"]


def test_silent_utterances_are_left_out() -> None:
    assert read_dialogue(talk("d  ", "p 기침이 나요."), visit(), TermIndex.load()).turns[0].id == "u1"


def test_unknown_speakers_are_judged_by_what_they_say() -> None:
    found = dialogue("u 어디가 불편해서 오셨어요?", "u 목이 아파서요.", "u 약 삼 일치 드릴게요.")
    assert [turn.role for turn in found.turns] == ["clinician", "patient", "clinician"]


def test_the_last_number_stands_and_the_first_is_retracted() -> None:
    text = "아세트아미노펜 오백, 아니 육백오십 밀리 드릴게요."
    repaired = repair(text)
    assert len(repaired.text) == len(text)
    assert "육백오십 밀리" in repaired.text
    (retraction,) = repaired.retractions
    assert text[retraction.start : retraction.end] == "오백"
    assert text[retraction.instead_start : retraction.instead_end] == "육백오십"


def test_corrections_of_days_sides_and_hesitations() -> None:
    taken_back = {
        "작년, 아니 올해 오월에 수술했어요.": "작년",
        "하루 두 번, 아니 세 번 드세요.": "두 번",
        "왼쪽, 아 아니다, 오른쪽 귀요.": "왼쪽",
        "가바펜틴 백 밀리로, 어, 삼백 밀리부터 드릴게요.": "백 밀리",
        "칠 일, 아니 오 일치 드릴게요.": "칠 일",
    }
    for text, words in taken_back.items():
        (retraction,) = repair(text).retractions
        assert text[retraction.start : retraction.end] == words


def test_an_answer_of_no_takes_nothing_back() -> None:
    assert repair("아니, 열은 한 번도 없었어요.").retractions == ()
    assert repair("졸린 게 아니라 어지러워요.").retractions == ()


def test_fillers_are_blanked_in_place() -> None:
    text = "어, 음, 그, 목이 아파요."
    repaired = repair(text)
    assert len(repaired.text) == len(text)
    assert repaired.text.strip() == "목이 아파요."


def test_a_relatives_disease_is_told_also_where_no_marks_stand() -> None:
    (turn,) = dialogue("p 아버지가 당뇨예요.").turns
    assert not turn.has_question
