"""What a physician may do to a transcript: say who spoke, and whether a corrected term was meant.

What was heard is never changed; after either the consultation is drafted anew.
"""

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from scribe.domain.transcript import Speaker, Transcript
from scribe.web.edits import Id, MissingPieceError


class _Edit(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class NameSpeaker(_Edit):
    """``utterance`` was said by ``speaker``; with ``whole`` everything that bears the same name now."""

    op: Literal["speaker"]
    utterance: Id
    speaker: Speaker
    whole: bool = False


class SwapSpeakers(_Edit):
    """The two were taken for one another throughout."""

    op: Literal["swap"]
    one: Speaker
    other: Speaker


class DecideCorrection(_Edit):
    """The correction that begins at ``start`` of the utterance is right, or what was heard is."""

    op: Literal["correction"]
    utterance: Id
    start: Annotated[int, Field(ge=0)]
    state: Literal["proposed", "confirmed", "undone"]


TranscriptEdit = Annotated[NameSpeaker | SwapSpeakers | DecideCorrection, Field(discriminator="op")]


def apply(transcript: Transcript, edit: TranscriptEdit) -> Transcript:
    """The transcript after the edit; the same where it changes nothing.

    Raises :class:`~scribe.web.edits.MissingPieceError` where the transcript has no such utterance or correction.
    """
    match edit:
        case NameSpeaker():
            return _name(transcript, edit)
        case SwapSpeakers():
            swapped: dict[Speaker, Speaker] = {edit.one: edit.other, edit.other: edit.one}
            return transcript.relabelled(
                {said.id: swapped[said.speaker] for said in transcript.utterances if said.speaker in swapped}
            )
        case DecideCorrection():
            try:
                return transcript.decided(edit.utterance, edit.start, edit.state)
            except KeyError:
                raise MissingPieceError(piece="correction", id=f"{edit.utterance}/{edit.start}") from None


def _name(transcript: Transcript, edit: NameSpeaker) -> Transcript:
    said = transcript.utterance(edit.utterance)
    if said is None:
        raise MissingPieceError(piece="utterance", id=edit.utterance)
    if not edit.whole:
        return transcript.relabelled({said.id: edit.speaker})
    return transcript.relabelled({u.id: edit.speaker for u in transcript.utterances if u.speaker == said.speaker})
