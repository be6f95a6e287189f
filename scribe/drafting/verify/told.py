"""Where the words of a statement were told in the consultation: terms, words, and words made of told words."""

import re
from dataclasses import dataclass
from functools import cached_property, lru_cache

from scribe.drafting.lexicon import Table
from scribe.drafting.terms import Mention, TermIndex
from scribe.drafting.verify.claim import fold
from scribe.drafting.verify.consultation import Consultation, Place, is_well_known
from scribe.drafting.verify.parts import Part, parts_of
from scribe.drafting.verify.said_amounts import SaidAmount, amounts_of
from scribe.drafting.verify.vocabulary import is_template_word
from scribe.drafting.verify.wording import is_charted, is_spoken, spelled

_NOUN_TAGS = ("NNG", "NNP", "SL", "XR")
_WRITERS = frozenset(
    {
        "진술",
        "청취",
        "불확실",
        "추정",
        "동행",
        "양상",
        "과거",
        "사고",
        "여부",
        "간격",
        "이내",
        "당일",
        "각각",
        "생활",
        "주의",
        "경험",
        "격리",
        "회복",
    }
)
_NEAR = 2  # turns between the words that make up a told word: a question and its answer
_LABEL = re.compile(r"^\s*(?:[가-힣/ ]{2,7}|C\.?C\.?|PHx|FHx|SHx|PMH|[SOAP])\s?:\s")


@dataclass(frozen=True)
class ProseClaim:
    """A statement without evidence, in parts, with the consultation it is judged against."""

    statement: str
    consultation: Consultation

    @cached_property
    def text(self) -> str:
        """The statement with a label such as "과거력: " blanked."""
        label = _LABEL.match(self.statement)
        if label and all(is_template_word(word) or word.isascii() for word in label[0].strip(" :").split()):
            return " " * len(label[0]) + self.statement[label.end() :]
        return self.statement

    @cached_property
    def is_family_history(self) -> bool:
        return bool(re.search(r"가족력|FHx|family hx", self.statement, re.IGNORECASE))

    @cached_property
    def parts(self) -> tuple[Part, ...]:
        return parts_of(self.text)

    @cached_property
    def mentions(self) -> tuple[Mention, ...]:
        """All terms at places of the statement."""
        return tuple(_moved(m, part.start) for part in self.parts for m in part.mentions)

    def part_at(self, position: int) -> Part | None:
        return next((part for part in reversed(self.parts) if part.start <= position < part.end + 1), None)

    def turns(self, mention: Mention) -> frozenset[int]:
        """The turns where a term, or what it is made of, was told."""
        found = frozenset(place.turn for place in self.places(mention))
        if found or is_well_known(mention):
            return found
        bare = re.sub(r"(?:\s?검사|\s?약|\s?치료)$", "", mention.surface)
        return self.word_turns(mention.surface) or (self.word_turns(bare) if len(bare) > 1 else frozenset())

    def places(self, mention: Mention) -> tuple[Place, ...]:
        """Where a term was told, or the last word of what it is made of ("발목 부종": where the ankle is swollen)."""
        return self.consultation.places(mention) or self.composed_places(mention.surface)

    def composed_places(self, word: str) -> tuple[Place, ...]:
        """Where the last piece of a word of several pieces was told beside the others."""
        pieces = _pieces(word)
        if len(pieces) < 2:
            return ()
        found = []
        for place in self.consultation.word_places(pieces[-1]):
            turn = self.consultation.turns[place.turn]
            sentence = turn.sentence_text(turn.clause_at(place.start))
            if all(fold(piece) in fold(sentence) or is_spoken(piece, sentence) for piece in pieces[:-1]):
                found.append(place)
        return tuple(found)

    def word_turns(self, word: str) -> frozenset[int]:
        """The turns where a word was told: as written, in the words for it, or in its parts close together."""
        whole = self._plain_turns(word)
        if whole:
            return whole
        pieces = _pieces(word)
        return _close_together([self._plain_turns(piece) for piece in pieces]) if len(pieces) > 1 else frozenset()

    def _plain_turns(self, word: str) -> frozenset[int]:
        folds = {fold(word), *([fold(spelled(word))] if word.isascii() and word.isalnum() else [])} - {""}
        written = {i for i, said in enumerate(self.consultation.squeezed) if any(one in said for one in folds)}
        return frozenset(written or {place.turn for place in self.consultation.word_places(word)})

    @property
    def said_amounts(self) -> tuple[SaidAmount, ...]:
        """The numbers of the consultation with what they were said of."""
        return amounts_of(self.consultation)

    @cached_property
    def nouns(self) -> tuple[str, ...]:
        """Nouns of two letters and more that belong to no term and to no template."""
        covered = [(m.start, m.end) for m in self.mentions]
        found = (
            morpheme.form.strip(".,")
            for morpheme in TermIndex.load().morphemes(self.text)
            if morpheme.tag in _NOUN_TAGS
            and self.text[morpheme.start : morpheme.end] == morpheme.form
            and not any(start <= morpheme.start < end for start, end in covered)
        )
        own = (noun for noun in found if len(noun) > 1 and noun not in _WRITERS and not is_template_word(noun))
        return tuple(dict.fromkeys(own))

    def mention_turns(self, part: Part) -> frozenset[int]:
        """The turns where the part's terms were told, its plain words left out."""
        return frozenset(turn for m in part.mentions if m.table is not Table.ADVICE for turn in self.turns(m))

    def near(self, part: Part, reach: int) -> set[int]:
        """The turns around those where the part's terms were told; all turns where it has none of its own."""
        found = {turn for m in part.mentions if m.table is not Table.ADVICE for turn in self.turns(m)}
        found |= {turn for noun in self.nouns if noun in part.text for turn in self.word_turns(noun)}
        return {near for turn in found for near in range(turn - reach, turn + reach + 1)}


@lru_cache(maxsize=2048)
def _pieces(word: str) -> tuple[str, ...]:
    """The pieces of "발목 부종" and "오목부종": at spaces, else before or behind a word that charts use."""
    pieces = [piece for piece in re.split(r"[\s·/-]+", word) if piece and not is_template_word(piece)]
    if len(pieces) != 1:
        return tuple(part for piece in pieces for part in ((piece,) if is_charted(piece) else _cut(piece)))
    return _cut(word)


def _cut(word: str) -> tuple[str, ...]:
    cuts = range(2, len(word) - 1)
    behind = next((cut for cut in cuts if is_charted(word[cut:])), 0)
    cut = behind or next((cut for cut in cuts if is_charted(word[:cut])), 0)
    return (word[:cut], word[cut:]) if cut else (word,)


def _moved(mention: Mention, by: int) -> Mention:
    m = mention
    return Mention(m.row, m.start + by, m.end + by, m.surface, m.form, m.how, m.score, m.nested, m.negated)


def _close_together(turns: list[frozenset[int]]) -> frozenset[int]:
    """The turns of all words, where each has one close to one of the first word's."""
    if not turns or not all(turns):
        return frozenset()
    for turn in sorted(turns[0]):
        near = range(turn - _NEAR, turn + _NEAR + 1)
        if all(any(other in near for other in others) for others in turns[1:]):
            return frozenset(other for others in turns for other in others if other in near)
    return frozenset()
