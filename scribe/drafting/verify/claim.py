"""What is to be verified: a statement, the entries it cites and the passage it is judged against."""

import re
import unicodedata
from dataclasses import dataclass
from functools import cached_property

from scribe.domain.entries import (
    Entry,
)
from scribe.domain.transcript import Utterance
from scribe.drafting.lay import advised, note_for
from scribe.drafting.terms import Mention, TermIndex
from scribe.drafting.verify import claims
from scribe.drafting.verify.passage import Passage
from scribe.drafting.verify.polarity import (
    mentions,
)
from scribe.drafting.verify.vocabulary import is_template_word, lay_forms

_NOUN_TAGS = ("NNG", "NNP", "SL", "XR")


@dataclass(frozen=True)
class Claim:
    """A statement, the entries that it cites and the passage that it is judged against."""

    text: str
    entries: tuple[Entry, ...]
    passage: Passage
    is_family_history: bool = False

    @cached_property
    def mentions(self) -> tuple[Mention, ...]:
        return tuple(mention for mention in mentions(self.text) if not _is_unit(self.text, mention))

    @cached_property
    def nouns(self) -> tuple[str, ...]:
        """The statement's nouns of two letters and more that are no words of a template."""
        found = (
            morpheme.form.strip(".,")
            for morpheme in TermIndex.load().morphemes(self.text)
            if morpheme.tag in _NOUN_TAGS and self.text[morpheme.start : morpheme.end] == morpheme.form
        )
        return tuple(dict.fromkeys(noun for noun in found if len(noun) > 1 and not is_template_word(noun)))

    @cached_property
    def heard(self) -> tuple[tuple[Utterance, tuple[Mention, ...]], ...]:
        """The terms of each utterance of the passage."""
        return tuple((utterance, mentions(utterance.text)) for utterance in self.passage.utterances)

    @cached_property
    def plain_words(self) -> tuple[str, ...]:
        """The plain words that stand for the terms and the advice of the cited entries."""
        words = claims.EntryClaim(self.entries).words
        return (
            *lay_forms(words),
            *(advised(entry.name) or "" for entry in self.entries),
            *(note_for(entry.name) for entry in self.entries),
        )

    @cached_property
    def told_by_entries(self) -> str:
        """Everything that the cited entries say, with the plain words for it."""
        return "\n".join((claims.EntryClaim(self.entries).words, *self.plain_words))

    @cached_property
    def vouched(self) -> str:
        """The wording that the cited entries vouch for: their names and normalised fields, with the plain words.

        What an entry quotes (a finding, a detail, a course) does not vouch for itself: it must be in the evidence.
        """
        return "\n".join((claims.EntryClaim(self.entries).terms, *self.plain_words))

    @cached_property
    def said_folded(self) -> str:
        return fold(self.passage.text)

    def is_said(self, mention: Mention) -> bool:
        """Whether the passage holds the term in any of its forms."""
        if fold(mention.surface) in self.said_folded:
            return True
        if any(len(noun) > 1 and fold(noun) in self.said_folded for noun in mention.row.nouns):
            return True
        return any(other.row.term == mention.row.term for _, found in self.heard for other in found)


def _is_unit(text: str, mention: Mention) -> bool:
    """MG is a disease, but not in "40 mg"."""
    return mention.surface.isascii() and bool(re.search(r"\d\s?$", text[: mention.start]))


def fold(text: str) -> str:
    return re.sub(r"[\s()\[\]·,./-]", "", unicodedata.normalize("NFKC", text)).casefold()
