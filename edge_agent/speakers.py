"""Who speaks."""

from collections.abc import Sequence

from edge_agent.audio import Audio
from edge_agent.turns import Phrase, phrases
from models.speech import Passage
from models.vad import Region
from scribe.domain.transcript import Speaker


def attribute(
    audio: Audio, regions: Sequence[Region], passages: Sequence[Passage], *, name_speakers: bool = True
) -> list[tuple[Phrase, Speaker]]:
    """Each phrase with its speaker."""
    del audio, regions, name_speakers
    return [(phrase, "unknown") for phrase in phrases(passages)]
