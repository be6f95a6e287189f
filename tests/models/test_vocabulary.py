"""The tokens that a language is written with: its script, signs, numbers, and pieces to spell any name from."""

from pathlib import Path

import pytest
from tokenizers import Tokenizer
from tokenizers.pre_tokenizers import ByteLevel

from models.tokens import Tokens
from models.vocabulary import needed


@pytest.fixture(scope="module")
def tokenizer(whisper_base: Path) -> Tokenizer:
    return Tokenizer.from_file(str(whisper_base / "tokenizer.json"))


@pytest.fixture(scope="module")
def korean(tokenizer: Tokenizer) -> frozenset[int]:
    kept = needed(Tokens(tokenizer), "ko")
    assert kept is not None
    assert list(kept) == sorted(set(kept))
    return frozenset(kept)


def test_korean_needs_a_quarter_of_the_tokens(tokenizer: Tokenizer, korean: frozenset[int]) -> None:
    assert 8_000 < len(korean) < 13_000
    assert max(korean) < Tokens(tokenizer).end


@pytest.mark.parametrize(
    "text",
    [" 혈압약은 하루 세 번, 식후 30분에 드세요.", " CT", " MRI", " 5.5mg", " 38.2℃", " 120/80", " 3~4회", " (99%)"],
)
def test_korean_speech_is_written_as_ever(tokenizer: Tokenizer, korean: frozenset[int], text: str) -> None:
    assert set(tokenizer.encode(text, add_special_tokens=False).ids) <= korean


@pytest.mark.parametrize("text", [" кашель", " 漢字", " ひらがな", " consultation", " naïve"])
def test_words_of_other_languages_are_left_out(tokenizer: Tokenizer, korean: frozenset[int], text: str) -> None:
    assert not set(tokenizer.encode(text, add_special_tokens=False).ids) <= korean


def test_every_byte_has_a_token_so_that_any_text_can_be_spelt(tokenizer: Tokenizer, korean: frozenset[int]) -> None:
    single = {tokenizer.token_to_id(letter) for letter in ByteLevel.alphabet()}

    assert len(single) == 256
    assert single <= korean


def test_english_is_written_as_ever_without_other_scripts(tokenizer: Tokenizer) -> None:
    english = needed(Tokens(tokenizer), "en")

    assert english is not None
    assert set(tokenizer.encode(" Acetaminophen 500 mg, it's 38.2°!", add_special_tokens=False).ids) <= set(english)
    assert not set(tokenizer.encode(" 혈압약은", add_special_tokens=False).ids) <= set(english)


def test_of_a_language_that_nobody_chose_for_nothing_is_left_out(tokenizer: Tokenizer) -> None:
    assert needed(Tokens(tokenizer), "ja") is None
