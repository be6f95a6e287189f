"""Whisper's tokens: the special ones by name, text from the others, and where words begin."""

import re
from collections.abc import Iterable, Sequence
from functools import cached_property

from tokenizers import Tokenizer

_FOREIGN_SCRIPT = re.compile("[\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff]")
_LANGUAGE = re.compile(r"<\|([a-z]{2,3})\|>")

INCOMPLETE = "\N{REPLACEMENT CHARACTER}"
"""Stands in the text of tokens that hold a part of a character only."""


class Tokens:
    """The vocabulary of a model."""

    def __init__(self, tokenizer: Tokenizer) -> None:
        self._tokenizer = tokenizer
        self.start = self._id("<|startoftranscript|>")
        self.end = self._id("<|endoftext|>")
        self.transcribe = self._id("<|transcribe|>")
        self.no_timestamps = self._id("<|notimestamps|>")
        self.previous = self._id("<|startofprev|>")
        self.first_timestamp = self.no_timestamps + 1

    def _id(self, name: str) -> int:
        found: int | None = self._tokenizer.token_to_id(name)
        if found is None:
            raise ValueError(f"the tokenizer has no {name}")
        return found

    @cached_property
    def languages(self) -> tuple[str, ...]:
        """The codes of the languages that have a token, in the model's order."""
        vocabulary = self._tokenizer.get_vocab(with_added_tokens=True)
        found = sorted((id_, name) for name, id_ in vocabulary.items() if id_ > self.start)
        return tuple(match[1] for _, name in found if (match := _LANGUAGE.fullmatch(name)))

    def language(self, code: str) -> int | None:
        return self._tokenizer.token_to_id(f"<|{code}|>") if code in self.languages else None

    @cached_property
    def texts(self) -> list[str]:
        """What each token stands for, by its number; the special ones for nothing."""
        found: list[str] = self._tokenizer.decode_batch([[token] for token in range(self._tokenizer.get_vocab_size())])
        return found

    @cached_property
    def foreign(self) -> list[int]:
        """Tokens in Japanese or Chinese script, which a small Whisper slips into when Korean is hard to hear."""
        return [token for token, text in enumerate(self.texts) if _FOREIGN_SCRIPT.search(text)]

    def encode(self, text: str) -> list[int]:
        ids: list[int] = self._tokenizer.encode(text, add_special_tokens=False).ids
        return ids

    def text(self, tokens: Iterable[int]) -> str:
        """The text of the tokens that are text."""
        decoded: str = self._tokenizer.decode([token for token in tokens if token < self.end])
        return decoded

    def pieces(self, tokens: Sequence[int]) -> list[tuple[str, int]]:
        """Text tokens as pieces of whole characters, each with the number of tokens in it.

        What is no whole character at the end comes as it is.
        """
        out: list[tuple[str, int]] = []
        first = 0
        for last in range(1, len(tokens) + 1):
            text = self._tokenizer.decode(list(tokens[first:last]))
            if INCOMPLETE not in text or last == len(tokens):
                out.append((text, last - first))
                first = last
        return out
