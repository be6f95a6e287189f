"""Transcripts as a recogniser would give them at its worst: without punctuation, without speakers."""

import re
from dataclasses import replace

from scribe.domain.transcript import Transcript

# not between digits: 37.8 and 1,350 are numbers
_MARKS = re.compile(r"[?!…,.](?!\d)|(?<!\d)[?!…,.]")


def without_punctuation(transcript: Transcript) -> Transcript:
    """No question mark, comma or full stop is left; an utterance of nothing else keeps its text."""
    return replace(
        transcript,
        utterances=tuple(
            replace(utterance, text=" ".join(_MARKS.sub(" ", utterance.text).split()) or utterance.text)
            for utterance in transcript.utterances
        ),
    )


def unknown_speakers(transcript: Transcript) -> Transcript:
    """Nobody knows who spoke."""
    return replace(
        transcript, utterances=tuple(replace(utterance, speaker="unknown") for utterance in transcript.utterances)
    )
