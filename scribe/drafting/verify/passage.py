"""The words that a statement is judged against: its cited utterances, and what they answer."""

import re
from collections.abc import Iterable
from dataclasses import dataclass

from scribe.domain.entries import Evidence
from scribe.domain.transcript import Transcript, Utterance

_ANSWER = re.compile(r"^\s*(?:네|예|아니|아뇨|응|없|있|그런|그건|괜찮|맞|안\s|둘 다|아,? 네)")
_QUESTION = re.compile(r"\?|(?:은요|는요|나요|까요|은|는)\s*[.…]*\s*$")


@dataclass(frozen=True, slots=True)
class Passage:
    """Utterances in the order of the transcript; ``cited`` are those that the statement names itself."""

    utterances: tuple[Utterance, ...]
    cited: frozenset[str]
    transcript: Transcript

    @property
    def text(self) -> str:
        return "\n".join(utterance.text for utterance in self.utterances)

    def evidence(self) -> tuple[Evidence, ...]:
        """The cited utterances whole."""
        return tuple(
            Evidence(utterance=utterance.id, start=0, end=len(utterance.text))
            for utterance in self.utterances
            if utterance.id in self.cited and utterance.text
        )

    def following(self, utterance: Utterance) -> Utterance | None:
        """What was said next in the transcript."""
        index = self.transcript.utterances.index(utterance) + 1
        return self.transcript.utterances[index] if index < len(self.transcript.utterances) else None


def passage_of(transcript: Transcript, utterance_ids: Iterable[str]) -> Passage:
    """The cited utterances, with the question before a bare answer and the answer after a question."""
    cited = frozenset(utterance_ids)
    said = transcript.utterances
    wanted = {index for index, utterance in enumerate(said) if utterance.id in cited}
    around = set(wanted)
    for index in wanted:
        if index and _ANSWER.match(said[index].text) and is_question(said[index - 1]):
            around.add(index - 1)
        if index + 1 < len(said) and is_question(said[index]) and said[index + 1].speaker != said[index].speaker:
            around.add(index + 1)
    return Passage(tuple(said[index] for index in sorted(around)), cited, transcript)


def is_question(utterance: Utterance) -> bool:
    """Whether the utterance asks something: Korean questions often lack the question mark once recognised."""
    return bool(_QUESTION.search(utterance.text))
