"""The transcript's half of the review page: what it is rendered from, and what of it changes."""

from dataclasses import dataclass
from typing import Literal

from scribe.domain.transcript import Transcript
from scribe.store import Work
from scribe.store.transcript_versions import Listening
from scribe.web.labels import SPEAKERS, SpeakerLabel
from scribe.web.pages import fragment
from scribe.web.review.desk import Desk
from scribe.web.transcript.view import utterance_view, utterance_views

AudioState = Literal["ready", "uploading", "elsewhere", "deleted", "none", "withdrawn"]


@dataclass(frozen=True, slots=True, kw_only=True)
class AudioView:
    """Whether there is anything to listen to, and if not, why."""

    state: AudioState
    href: str


def transcript_context(work: Work, desk: Desk) -> dict[str, object]:
    """What the transcript's pane is rendered from."""
    transcript = desk.transcript.transcript
    return {
        "encounter_id": desk.encounter.id,
        "language": transcript.language,
        "utterances": utterance_views(transcript),
        "transcript_version": desk.transcript.version,
        "has_corrections": any(said.corrections for said in transcript.utterances),
        "spoke": _spoke(transcript),
        "speakers": tuple(SPEAKERS.items()),
        "audio": _audio(work, desk),
        "editable": desk.amendment is None,
    }


def transcript_pieces(work: Work, before: Transcript, desk: Desk) -> tuple[dict[str, str], dict[str, str]]:
    """What has to be drawn anew: the whole transcript where utterances came, went or moved, else the changed ones."""
    after = desk.transcript.transcript
    if [said.id for said in before.utterances] != [said.id for said in after.utterances]:
        return {"transcript": fragment("_transcript.html", transcript_context(work, desk))}, {}
    then = {said.id: said for said in before.utterances}
    changed = [said for said in after.utterances if said != then[said.id]]
    context = {"editable": desk.amendment is None, "audible": _audio(work, desk).state == "ready", "first": ""}
    return {}, {said.id: fragment("_utterance.html", {**context, "u": utterance_view(said)}) for said in changed}


def _spoke(transcript: Transcript) -> tuple[tuple[str, SpeakerLabel], ...]:
    """The legend: who speaks here, in the order of the labels."""
    heard = {said.speaker for said in transcript.utterances}
    return tuple((name, label) for name, label in SPEAKERS.items() if name in heard)


def _audio(work: Work, desk: Desk) -> AudioView:
    recording = desk.transcript.recording_id
    listening = Listening(work.scope)
    state: AudioState
    if desk.encounter.capture_destroyed:
        state = "withdrawn"
    elif recording is not None:
        state = "ready" if listening.audio_is_kept(recording) else "deleted"
    else:
        state = _without_audio(desk, listening)
    return AudioView(state=state, href=f"/encounters/{desk.encounter.id}/audio" if state == "ready" else "")


def _without_audio(desk: Desk, listening: Listening) -> AudioState:
    """On its way here, kept at the desk that recorded it, or never recorded."""
    if listening.is_on_its_way(desk.encounter.id):
        return "uploading"
    return "none" if desk.transcript.transcript.recording is None else "elsewhere"
