"""Who said what: voices of a consultation named, live and at the end, with and without the physician's voiceprint."""

import os
import sys
from collections.abc import Iterator
from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest

from edge_agent.enrolment import Voiceprint, voiceprint_of
from edge_agent.speakers import SpeakerTracker, attribute
from edge_agent.turns import Phrase
from scribe.domain.transcript import Speaker
from tests.edge_agent.voice_parts import LoudnessVoices, consultation

EMBEDDER = LoudnessVoices()
VISIT = [
    (0, 3.0, "어서 오세요. 오늘 어떻게 오셨어요?"),
    (1, 3.0, "머리가 며칠째 너무 아파서요. 제가 약을 먹었는데 그대로더라고요."),
    (0, 3.0, "토하거나 어지럽진 않으세요? 드시는 약 있으세요?"),
    (1, 2.0, "어제는 한 번 토했어요. 저는 약은 안 먹어요."),
    (2, 2.5, "선생님, 혈압 백이십육에 팔십이고요, 체온은 삼십육 점 칠 나왔어요."),
    (0, 3.0, "편두통 같네요. 약 처방해 드릴게요. 사흘 뒤에 다시 오세요."),
    (1, 2.0, "네, 알겠습니다. 감사합니다 선생님."),
]
ROLES: dict[int, Speaker] = {0: "doctor", 1: "patient", 2: "nurse"}


def said_by(found: list[tuple[Phrase, Speaker]]) -> list[Speaker]:
    """The speaker of each turn of the visit, by most of its phrases."""
    starts = np.cumsum([0.0, *(seconds + 0.5 for _, seconds, _ in VISIT)])
    out: list[Speaker] = []
    for first, last in pairwise(starts):
        speakers = [speaker for phrase, speaker in found if first <= phrase.start < last]
        out.append(max(set(speakers), key=speakers.count))
    return out


@pytest.fixture
def physician() -> Voiceprint:
    audio, regions, _ = consultation([(0, 3.0, "가 나")] * 5)
    return voiceprint_of(audio.mono, regions, EMBEDDER)


def test_physician_patient_and_nurse_are_named() -> None:
    audio, regions, passages = consultation(VISIT)

    assert said_by(attribute(audio, regions, passages, EMBEDDER)) == [ROLES[voice] for voice, _, _ in VISIT]


def test_no_word_is_lost_and_the_same_recording_gives_the_same_answer() -> None:
    audio, regions, passages = consultation(VISIT)

    first, second = (attribute(audio, regions, passages, EMBEDDER) for _ in range(2))

    assert first == second
    assert [word.text for phrase, _ in first for word in phrase.words] == [
        word.text for passage in passages for word in passage.words
    ]


def test_heard_bit_by_bit_it_is_what_it_is_heard_at_once() -> None:
    audio, regions, passages = consultation(VISIT)
    tracker = SpeakerTracker(EMBEDDER)
    live: list[tuple[Phrase, Speaker]] = []
    for region, passage in zip(regions, passages, strict=True):
        first = int(region.start * 16000)
        tracker.hear(audio.channels[:, first : int(region.end * 16000)], first / 16000, [region])
        live += tracker.name([passage])
    earlier = list(live)

    final = tracker.finish(passages)

    assert live == earlier
    assert said_by(final) == [ROLES[voice] for voice, _, _ in VISIT]
    named = [(a, b) for a, b in zip(said_by(live), said_by(final), strict=True) if a != "unknown"]
    assert len(named) >= len(VISIT) // 2
    assert all(a == b for a, b in named)


def test_one_voice_is_unknown_until_it_dictates_or_is_enrolled(physician: Voiceprint) -> None:
    alone = [(0, 3.0, text) for _, _, text in VISIT]
    audio, regions, passages = consultation(alone)
    record = ["62세 남자 환자 흉통으로 내원", "식은땀 동반 호소", "심전도 시행함", "심근경색 의심 소견", "입원 예정"]
    dictated = consultation([(0, 3.0, text) for text in record])

    assert {speaker for _, speaker in attribute(audio, regions, passages, EMBEDDER)} == {"unknown"}
    assert {speaker for _, speaker in attribute(*dictated, EMBEDDER)} == {"doctor"}
    enrolled = attribute(audio, regions, passages, EMBEDDER, physician=physician)
    assert {speaker for _, speaker in enrolled} == {"doctor"}


def test_the_voiceprint_outweighs_the_words(physician: Voiceprint) -> None:
    swapped = [(voice, seconds, text) for (voice, seconds, _), (_, _, text) in pairwise(VISIT[:5])]
    audio, regions, passages = consultation(swapped)

    found = attribute(audio, regions, passages, EMBEDDER, physician=physician)

    first_turn = [speaker for phrase, speaker in found if phrase.start < 3.0]
    assert "doctor" in first_turn
    assert "patient" not in first_turn


def test_a_voiceprint_of_another_model_says_nothing(physician: Voiceprint) -> None:
    audio, regions, passages = consultation([(0, 3.0, "가 나")] * 3)
    foreign = replace(physician, model="another")

    found = attribute(audio, regions, passages, EMBEDDER, physician=foreign)

    assert {speaker for _, speaker in found} == {"unknown"}


def test_two_microphones_are_told_apart_by_level_and_named() -> None:
    audio, regions, passages = consultation(VISIT)
    both = np.repeat(audio.channels, 2, axis=0)
    for region, (voice, _, _) in zip(regions, VISIT, strict=True):
        both[0 if voice else 1, int(region.start * 16000) : int(region.end * 16000)] *= 0.25

    found = said_by(attribute(replace(audio, channels=both), regions, passages, EMBEDDER))

    assert [speaker == "doctor" for speaker in found] == [voice == 0 for voice, _, _ in VISIT]


def test_words_without_a_voice_and_silence_are_unknown() -> None:
    audio, regions, passages = consultation(VISIT)

    assert {speaker for _, speaker in attribute(audio, [], passages, EMBEDDER)} == {"unknown"}
    assert attribute(audio, regions, [], EMBEDDER) == []
    assert SpeakerTracker(EMBEDDER).name(passages)[0][1] == "unknown"


@pytest.fixture
def written() -> Iterator[list[object]]:
    """Every file that was opened for writing while the fixture was in use."""
    files: list[object] = []
    listening = [True]

    def hook(event: str, arguments: tuple[object, ...]) -> None:
        if listening and event == "open":
            path, mode, flags = arguments
            if set(str(mode or "")) & set("wax+") or (isinstance(flags, int) and flags & (os.O_WRONLY | os.O_RDWR)):
                files.append(path)

    sys.addaudithook(hook)
    yield files
    listening.clear()


def test_nothing_of_a_voice_is_written(written: list[object], tmp_path: Path, physician: Voiceprint) -> None:
    audio, regions, passages = consultation(VISIT)
    (tmp_path / "seen").write_text("the hook sees this")
    assert str(tmp_path / "seen") in map(str, written)
    written.clear()

    tracker = SpeakerTracker(EMBEDDER, physician=physician)
    tracker.hear(audio.channels, 0.0, regions)
    tracker.name(passages)
    transcript = tracker.finish(passages)

    assert written == []
    assert all(set(type(phrase).__slots__) == {"words", "confidence"} for phrase, _ in transcript)
