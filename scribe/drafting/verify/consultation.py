"""The whole consultation, read once by the project's own reader, as that against which a statement without evidence is
judged: where a concept was told, whether it was affirmed, of whom, and the facts that were read."""

import re
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import cached_property
from typing import TYPE_CHECKING, Literal

from scribe.domain.encounter import Encounter
from scribe.domain.entries import Entry, Evidence
from scribe.domain.transcript import Transcript
from scribe.drafting.assertion import (
    PATIENT,
    Person,
    Whose,
    answer,
    is_asked,
    is_conditional,
    is_hypothetical,
    polarity,
    whose,
)
from scribe.drafting.dialogue import Dialogue, Turn, read_dialogue
from scribe.drafting.extract import read
from scribe.drafting.extract.reading import Reading
from scribe.drafting.lexicon import SymptomRow, Table
from scribe.drafting.terms import Mention, TermIndex
from scribe.drafting.verify.amounts import Amount, find_amounts
from scribe.drafting.verify.wording import SpokenForm, spoken_forms

if TYPE_CHECKING:
    from scribe.drafting.verify.said_amounts import SaidAmount

HeardPolarity = Literal["present", "absent", "unclear"]
_NOWHERE = Encounter(id="unknown", start=datetime(2000, 1, 3, tzinfo=UTC))
_DENIED_INSIDE = re.compile(r"(?<![가-힣])(?:안|못)\s")
_DENIED_AFTER = re.compile(
    r"^[가-힣]{0,3}\s?(?:(?:데|적|건|거|것|곳|일)[은는도가이]?\s?)?(?:않|못[하해했]|못\s|안\s|없|아니|마세|마시)"
)
_MANY_PHRASES = 5
_WARNS = re.compile(  # what may come, and what to do then: "갑자기 끊으면 고름집 생겨요", "코피가 나면 바로 오세요"
    r"(?:면|거나)(?:\s|,).*(?:생겨|생기[고니거]|생깁|올 수|될 수|수(?:도)? 있|위험|오세요|오셔|오시[고면]|내원|응급실"
    r"|119|일일구|전화)"
    r"|중 [가-힣]{1,4}(?:\s[가-힣]{1,4})? ?명|[가-힣]\s?퍼센트(?:에서|는|가) "
)


@dataclass(frozen=True, slots=True)
class Place:
    """Where a concept was told: in a question, as a supposition, of a relative, affirmed or denied."""

    turn: int
    start: int
    end: int
    polarity: HeardPolarity
    whose: Whose = PATIENT
    is_asked: bool = False
    is_supposed: bool = False
    is_paraphrase: bool = False

    @property
    def is_patients(self) -> bool:
        return self.whose.person is Person.PATIENT


class Consultation:
    """A transcript with its reading; ``encounter`` helps to tell dates and who the patient is."""

    def __init__(self, transcript: Transcript, encounter: Encounter | None = None) -> None:
        self.transcript = transcript
        self._encounter = encounter or _NOWHERE
        self._places: dict[str, tuple[Place, ...]] = {}
        self.said_amounts: tuple[SaidAmount, ...] | None = None

    @cached_property
    def dialogue(self) -> Dialogue:
        return read_dialogue(self.transcript, self._encounter, TermIndex.load())

    @cached_property
    def reading(self) -> Reading:
        return read(self.transcript, self._encounter)

    @property
    def age(self) -> int | None:
        """The patient's completed years, where the encounter tells them."""
        patient = self._encounter.patient
        return patient.age_on(self._encounter.start.date()) if patient else None

    @property
    def entries(self) -> tuple[Entry, ...]:
        return self.reading.entries

    @property
    def turns(self) -> tuple[Turn, ...]:
        return self.dialogue.turns

    @cached_property
    def order(self) -> dict[str, int]:
        """The number of the turn of each utterance."""
        return {turn.id: turn.index for turn in self.turns}

    @cached_property
    def text(self) -> str:
        """All that was said and not taken back."""
        return "\n".join(turn.text for turn in self.turns)

    @cached_property
    def squeezed(self) -> tuple[str, ...]:
        """Each turn in lower case without spaces and punctuation."""
        return tuple(re.sub(r"[\s.,·/()-]", "", turn.text).casefold() for turn in self.turns)

    @cached_property
    def amounts(self) -> tuple[tuple[int, Amount], ...]:
        """Every number said, with its turn; those taken back are marked as such."""
        return tuple((turn.index, amount) for turn in self.turns for amount in find_amounts(turn.utterance.text))

    def turns_of(self, evidence: Iterable[Evidence]) -> set[int]:
        return {self.order[item.utterance] for item in evidence if item.utterance in self.order}

    def places(self, mention: Mention) -> tuple[Place, ...]:
        """Where a term of the lexicon was told, in any of its forms."""
        key = f"{mention.table}/{mention.row.term}"
        if key not in self._places:
            found = [
                self._place(turn, other)
                for turn in self.turns
                for other in turn.mentions
                if other.row.term == mention.row.term
            ]
            self._places[key] = tuple(found)
        return self._places[key] or self.word_places(mention.surface, is_precise=is_well_known(mention))

    def word_places(self, word: str, *, is_precise: bool = False) -> tuple[Place, ...]:
        """Where a word was told, as it is written or in the (precise) words by which it is said."""
        key = f"={word}" if is_precise else word
        if key not in self._places:
            pattern = re.compile(re.escape(word), re.IGNORECASE)
            forms = [form for form in spoken_forms(word) if form.is_precise or not is_precise]
            found = []
            for turn in self.turns:
                exact = [match.span() for match in pattern.finditer(turn.text)]
                found += [self._place(turn, _as_mention(turn, span, "exact")) for span in exact]
                for form in forms if not exact else ():
                    found += [self._spoken(turn, span, form) for span in form.places(turn.text)]
            self._places[key] = tuple(found)
        return self._places[key]

    def _spoken(self, turn: Turn, span: tuple[int, int], form: SpokenForm) -> Place:
        place = replace(self._place(turn, _as_mention(turn, span, "predicate")), is_paraphrase=True)
        if place.is_asked:
            return place
        denied = _is_denied(turn, span) and not form.is_negative
        return replace(place, polarity="unclear" if form.tells_nothing else "absent" if denied else "present")

    def _place(self, turn: Turn, mention: Mention) -> Place:
        clause = turn.clause_at(mention.start)
        place = Place(turn.index, mention.start, mention.end, "unclear", whose(self.dialogue, turn, mention.start))
        if is_asked(clause):
            said = answer(turn, self.dialogue.answers(turn), turn.sentence_text(clause))
            return replace(place, polarity=said or "unclear", is_asked=True)
        warned = turn.role in ("clinician", "nurse") and _WARNS.search(turn.sentence_text(clause)) is not None
        supposed = warned or is_conditional(turn, mention) or is_hypothetical(turn, mention)
        return replace(place, polarity=polarity(turn, mention), is_supposed=supposed)

    def evidence(self, turns: Iterable[int]) -> tuple[Evidence, ...]:
        """The turns whole."""
        said = (self.turns[index].utterance for index in sorted(set(turns)) if 0 <= index < len(self.turns))
        return tuple(Evidence(utterance=one.id, start=0, end=len(one.text)) for one in said)


def is_well_known(mention: Mention) -> bool:
    """Whether the lexicon knows how patients say the term: then it was told in one of those ways or not at all."""
    return mention.table is Table.SYMPTOMS and len(mention.row.phrases) >= _MANY_PHRASES


def _as_mention(turn: Turn, span: tuple[int, int], how: Literal["exact", "predicate"]) -> Mention:
    """A word of the dialogue that the lexicon does not know."""
    surface = turn.text[slice(*span)]
    return Mention(SymptomRow(term=surface), *span, surface, surface, how)


def _is_denied(turn: Turn, span: tuple[int, int]) -> bool:
    """Whether a predicate is denied around or right behind it: "안 부었고", "붓지는 않아요"."""
    start, end = span
    around = turn.text[max(0, start - 3) : end]
    return bool(_DENIED_INSIDE.search(around) or _DENIED_AFTER.match(turn.text[end : turn.clause_at(start).end]))
