"""Dialect endings and words are read in standard spelling, and every offset keeps its meaning."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scribe.drafting.dialect import spellings, standard


@pytest.mark.parametrize("row", spellings(), ids=lambda row: row.example)
def test_every_row_changes_its_example_without_moving_a_character(row):
    assert row.pattern.search(row.example) or standard(row.example) != row.example
    assert len(standard(row.example)) == len(row.example)


@pytest.mark.parametrize(
    ("said", "read"),
    [
        ("열도 읎고, 기침 많이 허믄 옆구리가 쪼매 결려유.", "열도 없고, 기침 많이 하면 옆구리가 조금 결려요."),
        ("인자 다 나았심더. 밥은 잘 묵심더.", "이제 다 나았어요. 밥은 잘 먹어요."),
        ("잠을 몬 잡니더.", "잠을 못 잡니다."),
        ("하나도 안 아퍼라.", "하나도 안 아파요."),
        ("숨이 가뻐졌슈.", "숨이 가빠졌어."),
    ],
)
def test_dialect_is_read_as_the_standard_form(said, read):
    assert standard(said) == read


@pytest.mark.parametrize(
    "text",
    [
        "이유가 뭐예요? 우유는 매일 마셔요.",
        "혀가 아프고 허리도 아파요.",
        "전혀요. 계획도 전혀 없어요.",
        "식구가 다 걸렸고 친구도 걸렸어요.",
        "예, 아침에 여섯 시 예정이에요.",
        "허벅지가 저려요. 도토리묵을 먹었어요.",
        "제가 어제 병원에 갔는데 치료를 받았어요.",
    ],
)
def test_standard_korean_is_left_alone(text):
    assert standard(text) == text


@given(
    st.text(alphabet=st.characters(min_codepoint=0xAC00, max_codepoint=0xD7A3) | st.sampled_from(" .,?"), max_size=40)
)
def test_the_length_never_changes(text):
    assert len(standard(text)) == len(text)
