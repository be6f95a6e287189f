"""What becomes stable, and that it stays."""

from collections.abc import Sequence

from hypothesis import given
from hypothesis import strategies as st

from edge_agent.agreement import Agreement
from scribe.domain.transcript import Word


def words(text: str, start: float = 0.0) -> tuple[Word, ...]:
    return tuple(
        Word(text=word, start=start + 0.4 * index, end=start + 0.4 * (index + 1))
        for index, word in enumerate(text.split())
    )


def texts(said: Sequence[Word]) -> str:
    return " ".join(word.text for word in said)


def test_a_word_is_stable_when_two_hypotheses_agree_on_all_before_it_too() -> None:
    agreement = Agreement()

    assert agreement.hear(words("목이 아프고")) == ()
    assert texts(agreement.hear(words("목이 아파서 기침"))) == "목이"
    assert texts(agreement.hear(words("목이 아파서 기침도"))) == "아파서"
    assert texts(agreement.tentative) == "기침도"


def test_marks_do_not_keep_a_word_from_being_stable() -> None:
    agreement = Agreement()
    agreement.hear(words("네, 열은 없어요"))

    assert texts(agreement.hear(words("네 열은 없어요. 그런데"))) == "네 열은 없어요."


def test_the_end_of_a_stretch_settles_the_rest() -> None:
    agreement = Agreement()
    agreement.hear(words("열은 없고"))
    agreement.hear(words("열은 없고 기침"))

    assert texts(agreement.end(words("열은 없고 기침만 나요"))) == "기침만 나요"
    assert texts(agreement.stable) == "열은 없고 기침만 나요"
    assert agreement.tentative == ()


def test_stable_words_are_found_again_where_they_are_written_otherwise() -> None:
    agreement = Agreement()
    agreement.hear(words("어제 부터 배가 아파요"))
    agreement.hear(words("어제 부터 배가 아파요 많이"))

    assert texts(agreement.hear(words("어제부터 배가 아파요 많이 심하게"))) == "많이"


def test_forgotten_words_stay_said() -> None:
    agreement = Agreement()
    agreement.hear(words("하나 둘 셋 넷"))
    agreement.hear(words("하나 둘 셋 넷"))
    agreement.forget(3)

    assert texts(agreement.hear(words("넷 다섯", start=1.2))) == ""
    assert texts(agreement.hear(words("넷 다섯 여섯", start=1.2))) == "다섯"


hypotheses = st.lists(
    st.lists(st.sampled_from(["네", "아니요", "배가", "배", "아파요", "아파", "3일", "전부터"]), max_size=8),
    max_size=12,
)


@given(hypotheses, st.lists(st.sampled_from(["네", "배가", "아파요"]), max_size=6))
def test_nothing_stable_is_ever_taken_back(heard: list[list[str]], last: list[str]) -> None:
    agreement = Agreement()
    shown: list[Word] = []

    for hypothesis in heard:
        fresh = agreement.hear(words(" ".join(hypothesis)))
        assert agreement.stable == (*shown, *fresh)
        shown.extend(fresh)
    shown.extend(agreement.end(words(" ".join(last))))

    assert list(agreement.stable) == shown
    assert [word.end for word in shown] == sorted(word.end for word in shown)


@given(st.lists(st.sampled_from(["네", "배가", "아파요", "많이"]), max_size=8), st.integers(2, 5))
def test_the_same_hypothesis_again_says_nothing_twice(hypothesis: list[str], times: int) -> None:
    agreement = Agreement()

    for _ in range(times):
        agreement.hear(words(" ".join(hypothesis)))

    assert texts(agreement.stable) == " ".join(hypothesis)
