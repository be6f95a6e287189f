"""What was said, by whom and when."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Literal

Speaker = Literal["doctor", "patient", "guardian", "nurse", "unknown"]
OptionValue = str | int | float | bool | None
CorrectionState = Literal["proposed", "confirmed", "undone"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Word:
    """A recognised word; times are seconds on the recording's clock, ``probability`` is 0 to 1."""

    text: str
    start: float
    end: float
    probability: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Correction:
    """A term that the words at code points ``start`` to ``end`` of an utterance sound like.

    The utterance's own text keeps what was heard.  ``written`` is the term's spelling, ``score`` 0 to 1 how alike
    the two sound.  A correction is proposed by the machine; a person confirms or undoes it.
    """

    start: int
    end: int
    written: str
    score: float
    state: CorrectionState = "proposed"


@dataclass(frozen=True, slots=True, kw_only=True)
class Utterance:
    """A stretch of one speaker's talk.

    ``start`` and ``end`` are seconds on the recording's clock.  ``words`` and ``confidence`` are missing where a
    person typed the text; ``corrections``, in order and apart from one another, where nothing was misheard.
    ``heard`` is what was recognised where a person has changed the text since: "" where nothing was, None where the
    text is as heard.  ``excluded`` is True where a person said that this has nothing to do with the consultation:
    nothing is drafted from it.
    """

    id: str
    speaker: Speaker
    start: float
    end: float
    text: str
    confidence: float | None = None
    words: tuple[Word, ...] | None = None
    corrections: tuple[Correction, ...] | None = None
    heard: str | None = None
    excluded: Literal[True] | None = None

    def __post_init__(self) -> None:
        if self.end < self.start:
            raise ValueError(f"utterance {self.id} ends before it starts")
        edges = [0, *(edge for item in self.corrections or () for edge in (item.start, item.end)), len(self.text)]
        if edges != sorted(edges) or any(item.start == item.end for item in self.corrections or ()):
            raise ValueError(f"the corrections of utterance {self.id} do not lie in order within its text")

    @property
    def corrected(self) -> str:
        """The text with every correction that nobody undid."""
        return self._written("proposed", "confirmed")

    @property
    def confirmed(self) -> str:
        """The text with the corrections that a person confirmed."""
        return self._written("confirmed")

    def _written(self, *states: CorrectionState) -> str:
        text = self.text
        for item in reversed(self.corrections or ()):
            if item.state in states:
                text = text[: item.start] + item.written + text[item.end :]
        return text


@dataclass(frozen=True, slots=True, kw_only=True)
class Recording:
    """The audio a transcript was made from; ``duration`` in seconds, ``sha256`` of the file as it was read."""

    id: str
    duration: float
    sha256: str
    sample_rate: int
    started_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Recognizer:
    """What recognised the speech, exactly enough to do it again."""

    engine: str
    model: str
    model_sha256: str | None = None
    options: dict[str, OptionValue] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Transcript:
    """Utterances in order of their start."""

    language: str
    utterances: tuple[Utterance, ...]
    recording: Recording | None = None
    recognizer: Recognizer | None = None

    def __post_init__(self) -> None:
        ids = [utterance.id for utterance in self.utterances]
        if len(set(ids)) != len(ids):
            raise ValueError("an utterance id occurs twice")

    def utterance(self, utterance_id: str) -> Utterance | None:
        """The utterance of that id, or None where the transcript has none."""
        return next((u for u in self.utterances if u.id == utterance_id), None)

    @property
    def confirmed(self) -> "Transcript":
        """The transcript as a person has confirmed it: corrections are written out, where any was."""
        if not any(item.state == "confirmed" for said in self.utterances for item in said.corrections or ()):
            return self
        said = tuple(replace(one, text=one.confirmed, words=None, corrections=None) for one in self.utterances)
        return replace(self, utterances=said)

    @property
    def relevant(self) -> "Transcript":
        """The transcript without what a person excluded."""
        kept = tuple(said for said in self.utterances if not said.excluded)
        return self if len(kept) == len(self.utterances) else replace(self, utterances=kept)

    def relabelled(self, speakers: Mapping[str, Speaker]) -> "Transcript":
        """The transcript with other speakers for the utterances of these ids."""
        return replace(
            self,
            utterances=tuple(replace(said, speaker=speakers.get(said.id, said.speaker)) for said in self.utterances),
        )

    def decided(self, utterance_id: str, start: int, state: CorrectionState) -> "Transcript":
        """The transcript with the correction that begins at ``start`` of an utterance confirmed or undone.

        Raises KeyError where there is no such correction.
        """
        said = self.utterance(utterance_id)
        if said is None or not any(item.start == start for item in said.corrections or ()):
            raise KeyError(f"no correction begins at {start} of utterance {utterance_id}")
        changed = replace(
            said,
            corrections=tuple(
                replace(item, state=state) if item.start == start else item for item in said.corrections or ()
            ),
        )
        return replace(self, utterances=tuple(changed if u.id == said.id else u for u in self.utterances))

    @property
    def is_empty(self) -> bool:
        """True where nothing was said that a draft could be made from."""
        return not any(utterance.text.strip() for utterance in self.relevant.utterances)
