"""What a physician may do to a transcript: correct words, say who spoke, split, merge, add, take out and put back.

What was heard stays beside what is written; nothing here touches a draft.
"""

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from scribe.domain import correcting
from scribe.domain.transcript import Speaker, Transcript
from scribe.web.review.edits import EditError, Id, MissingPieceError, Text
from scribe.web.review.edits.pieces import clean


class TranscriptEditError(EditError):
    """The transcript cannot be changed in this way: {problem}"""


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


class Rewrite(_Edit):
    """The utterance reads ``text``."""

    op: Literal["text"]
    utterance: Id
    text: Text


class Split(_Edit):
    """What begins at character ``at`` of the utterance is another one, said by ``speaker``."""

    op: Literal["split"]
    utterance: Id
    at: Annotated[int, Field(ge=1)]
    speaker: Speaker


class Merge(_Edit):
    """The following utterance belongs to this one."""

    op: Literal["merge"]
    utterance: Id


class Insert(_Edit):
    """Something was said after ``after`` (None: before everything) that was not recognised."""

    op: Literal["insert"]
    after: Id | None
    speaker: Speaker
    text: Text


class Exclude(_Edit):
    """The utterances have nothing to do with the consultation; with ``out`` false, they have after all."""

    op: Literal["exclude"]
    utterances: Annotated[tuple[Id, ...], Field(min_length=1, max_length=200)]
    out: bool = True


class AsHeard(_Edit):
    """The utterance reads as it was recognised; one that was added by hand goes."""

    op: Literal["as_heard"]
    utterance: Id


class GoBack(_Edit):
    """The transcript as it was at an earlier version, kept as the next one."""

    op: Literal["back"]
    to: Annotated[int, Field(ge=1)]


WordEdit = Rewrite | Split | Merge | Insert | Exclude | AsHeard
SpeakerEdit = NameSpeaker | SwapSpeakers
TranscriptEdit = Annotated[WordEdit | SpeakerEdit | DecideCorrection | GoBack, Field(discriminator="op")]


def apply(transcript: Transcript, edit: WordEdit | SpeakerEdit | DecideCorrection) -> Transcript:
    """The transcript after the edit; the same where it changes nothing.

    Raises :class:`~scribe.web.review.edits.MissingPieceError` where the transcript has no such utterance or
    correction, and another :class:`~scribe.web.review.edits.EditError` where the edit does not fit.
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
        case _:
            try:
                return _reword(transcript, edit)
            except correcting.NoUtteranceError as error:
                raise MissingPieceError(piece="utterance", id=error.id) from None
            except correcting.CorrectingError as error:
                raise TranscriptEditError(problem=str(error)) from None


def _reword(transcript: Transcript, edit: WordEdit) -> Transcript:
    match edit:
        case Rewrite():
            return correcting.rewritten(transcript, edit.utterance, clean(edit.text))
        case Split():
            return correcting.split(transcript, edit.utterance, edit.at, edit.speaker)
        case Merge():
            return correcting.merged(transcript, edit.utterance)
        case Insert():
            return correcting.added(transcript, edit.after, edit.speaker, clean(edit.text))
        case Exclude():
            return correcting.excluded(transcript, edit.utterances, out=edit.out)
        case AsHeard():
            return correcting.as_heard(transcript, edit.utterance)


def _name(transcript: Transcript, edit: NameSpeaker) -> Transcript:
    said = transcript.utterance(edit.utterance)
    if said is None:
        raise MissingPieceError(piece="utterance", id=edit.utterance)
    if not edit.whole:
        return transcript.relabelled({said.id: edit.speaker})
    return transcript.relabelled({u.id: edit.speaker for u in transcript.utterances if u.speaker == said.speaker})
