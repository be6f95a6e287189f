"""Strategies for spoken Korean: sentences around an expression, and numerals in both systems."""

from hypothesis import strategies as st

from scribe.drafting.numbers import spoken_native

# what people say before and after an expression; none of it holds a numeral or a unit
BEFORE = st.sampled_from(
    [
        "",
        "음, ",
        "그러니까 ",
        "지금은 ",
        "저희 어머니는 ",
        "선생님, ",
        "아마 ",
        "거의 ",
        "요즘엔 ",
        "집에서 재니까 ",
    ]
)
AFTER = st.sampled_from(["", ".", " 그랬어요.", ", 그렇습니다.", " 맞죠?", " 라고 하셨어요.", " 하더라고요."])
_DETERMINERS = {"하나": "한", "둘": "두", "셋": "세", "넷": "네"}


def counted(value: int) -> str:
    """The native numeral before a counter: "한", "스무", "스물두"."""
    said = spoken_native(value)
    for full, short in _DETERMINERS.items():
        if said.endswith(full):
            return said.removesuffix(full) + short
    return said.removesuffix("스물") + "스무" if said.endswith("스물") else said
