"""Misheard names over the whole lexicon: how many are found, and that talk is not taken for medicines."""

import random
from collections.abc import Iterator
from itertools import pairwise

import pytest

from scribe.drafting.fuzzy import HeardIndex
from scribe.drafting.lexicon import AdviceRow, HistoryRow, MedicineRow, SymptomRow, Table, rows
from scribe.drafting.terms import Mention, TermIndex

_CODAS = 28
_FIRST = 0xAC00
# onsets and vowels by their place in a syllable's code, with those that recognisers write instead
_ONSETS = {
    0: (1, 15),
    15: (0, 1),
    1: (0, 15),
    3: (4, 16),
    16: (3,),
    7: (8, 17),
    17: (7,),
    12: (14,),
    9: (10,),
    10: (9,),
}
_VOWELS = {1: (5,), 5: (1,), 4: (8,), 8: (4,), 18: (13,), 13: (18,), 6: (4,), 2: (0,)}


@pytest.fixture(scope="module")
def index() -> TermIndex:
    return TermIndex.load()


def medicines() -> dict[str, str]:
    names = ((noun.replace(" ", ""), row.ingredient) for row in rows(MedicineRow) for noun in row.nouns)
    return {
        name: ingredient for name, ingredient in names if len(name) > 2 and all("가" <= char <= "힣" for char in name)
    }


def misheard(name: str, chance: random.Random) -> str | None:
    """The name with one sound that is often confused put for another."""
    ways = []
    for place, char in enumerate(name):
        rest, coda = divmod(ord(char) - _FIRST, _CODAS)
        onset, vowel = divmod(rest, 21)
        codes = [(other, vowel) for other in _ONSETS.get(onset, ())] + [
            (onset, other) for other in _VOWELS.get(vowel, ())
        ]
        ways += [
            name[:place] + chr(_FIRST + (first * 21 + second) * _CODAS + coda) + name[place + 1 :]
            for first, second in codes
        ]
    return chance.choice(ways) if ways else None


def medicine_guesses(index: TermIndex, text: str) -> list[Mention]:
    return index.misheard_medicines(text)


def test_nearly_all_misheard_medicines_are_recovered_and_hardly_one_as_another(index: TermIndex) -> None:
    chance, known = random.Random(7), medicines()
    right = wrong = asked = 0
    for name, ingredient in sorted(known.items())[::5]:
        heard = misheard(name, chance)
        if heard is None or heard in known:
            continue
        asked += 1
        found = [guess.row.term for guess in medicine_guesses(index, f"{heard} 드시고요")]
        right += ingredient in found
        wrong += bool(found) and ingredient not in found
    assert asked > 450
    assert right / asked >= 0.95
    assert wrong / asked <= 0.005


def ordinary() -> Iterator[str]:
    for symptom in rows(SymptomRow):
        yield from (predicate[:-1] + "고 그래요" for predicate in symptom.predicates)
    for advice in rows(AdviceRow):
        yield advice.lay
    for history in rows(HistoryRow):
        yield from (predicate[:-1] + "고요" for predicate in history.predicates)
    for food in (
        "고등어",
        "미역국",
        "된장찌개",
        "요구르트",
        "블루베리",
        "막걸리",
        "고구마",
        "브로콜리",
        "미숫가루",
        "유산균",
    ):
        yield from (f"{food} 드세요", f"{food} 먹고 체했어요", f"{food} 하루 한 번 먹어요")
    for person in ("김영수", "박순자", "최민호", "윤지아", "오세훈", "카타리나"):
        yield from (f"{person} 님 들어오세요", f"{person} 씨가 주셔서 먹었어요", f"{person} 선생님께 처방받았어요")


def test_talk_is_not_taken_for_medicines(index: TermIndex) -> None:
    sentences = list(dict.fromkeys(ordinary()))[::9]
    taken = []
    for sentence in sentences:
        known = [mention for mention in index.find(sentence) if mention.table is Table.MEDICINES]
        taken += [
            (sentence, guess.form)
            for guess in medicine_guesses(index, sentence)
            if not any(one.start < guess.end and guess.start < one.end for one in known)
        ]
    assert len(sentences) > 600
    assert taken == []


@pytest.mark.parametrize(
    ("text", "term", "surface"),
    [
        ("노바스끄를 드세요", "암로디핀", "노바스끄"),
        ("메트폴민 오백 하루 두 번이요", "메트포르민", "메트폴민"),
        ("아톨바스타틴으로 바꿀게요", "아토르바스타틴", "아톨바스타틴"),
        ("아세트와 민호펜 드릴게요", "아세트아미노펜", "아세트와 민호펜"),
        ("타이레놈을 먹었어요", "아세트아미노펜", "타이레놈"),
        ("리피또 십 밀리 드시죠", "아토르바스타틴", "리피또"),
    ],
)
def test_a_misheard_medicine_is_a_guess_with_its_place(index: TermIndex, text: str, term: str, surface: str) -> None:
    (guess,) = medicine_guesses(index, text)
    assert (guess.row.term, guess.surface, guess.how) == (term, surface, "fuzzy")
    assert 0.75 < guess.score < 1
    assert text[guess.start : guess.end] == surface


def test_a_short_name_wants_a_dose_or_taking_beside_it(index: TermIndex) -> None:
    assert medicine_guesses(index, "리피또 이야기예요") == []


@pytest.mark.parametrize(
    ("text", "term"),
    [
        ("감상선 기능 저하증이에요", "갑상선 기능 저하증"),
        ("역뉴성 식도염이에요", "역류성 식도염"),
        ("전닙선 비대증이요", "전립선비대증"),
    ],
)
def test_misheard_diseases_are_guesses_too(index: TermIndex, text: str, term: str) -> None:
    assert term in [guess.row.term for guess in index.misheard_names(text)]


def never(start: int, end: int) -> bool:
    return start > end


def always(start: int, end: int) -> bool:
    return start < end


def test_no_guess_between_two_words_that_are_equally_near() -> None:
    index = HeardIndex({"가나도라": 1, "가나보라": 2, "다른말씀": 3})
    assert index.find("가나고라", always) == []
    same = HeardIndex({"가나도라": 1, "가나보라": 1})
    assert [guess.word for guess in same.find("가나고라", always, always)] == ["가나도라"]
    assert [guess.word for guess in index.find("가나토라", always)] == ["가나도라"]


def test_words_of_the_index_are_no_guesses() -> None:
    index = HeardIndex({"가나도라": 1})
    assert index.find("가나도라", never) == []
    assert index.find("가나 도라", never) == []


def test_overlapping_guesses_leave_the_nearest() -> None:
    index = HeardIndex({"세파클러": 1, "세파클러건조시럽": 2})
    found = index.find("세파글러 건조씨럽", always)
    assert [guess.word for guess in found] == ["세파클러건조시럽"]
    assert all(one.end <= other.start for one, other in pairwise(found))
