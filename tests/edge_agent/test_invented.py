"""Where nobody speaks, no word is written: noises of a consulting room, half an hour of nothing, known inventions."""

from pathlib import Path

import numpy as np
import pytest

from edge_agent.audio import read_audio
from edge_agent.transcribe import Listener
from evaluation.invented import measure, sounds
from evaluation.noises import SOUNDS, corpus
from models.audio import SAMPLE_RATE
from models.guards import is_invented
from models.speech import SpeechRecognizer
from models.vad import Region, VoiceActivity

SECONDS = 12.0


@pytest.fixture(scope="module")
def listener(models_home: Path) -> Listener:
    return Listener(models_home, threads=2)


def test_noises_of_a_consulting_room_give_no_word(listener: Listener) -> None:
    figures = measure(listener, sounds(SECONDS, seeds=2, quiet_minutes=0))

    assert figures.sounds == 2 * len(SOUNDS)
    assert figures.inventions == ()


def test_half_an_hour_of_nothing_gives_no_word(listener: Listener) -> None:
    figures = measure(listener, sounds(1.0, seeds=0, quiet_minutes=30))

    assert figures.seconds == 1800
    assert figures.inventions == ()


def test_the_figure_counts_what_is_said(listener: Listener, shared_speech: Path) -> None:
    clip = read_audio(shared_speech / "ko" / "etts_ada00001.flac").mono

    figures = measure(listener, [("speech", clip)])

    assert figures.words > 2
    assert [invention.sound for invention in figures.inventions] == ["speech"]


def test_the_detector_alone_stops_nearly_every_noise(models_home: Path) -> None:
    detector = VoiceActivity(models_home / "silero-vad" / "silero_vad_v6.onnx")

    passed = {name: detector.regions(samples) for name, samples in corpus(SECONDS).items()}

    assert sum(bool(regions) for regions in passed.values()) <= 2


@pytest.mark.parametrize("sound", ["digital silence", "white noise", "keyboard", "telephone", "piano", "breathing"])
def test_behind_a_detector_that_lets_all_pass_no_loop_and_no_sentence_is_left(models_home: Path, sound: str) -> None:
    recognizer = SpeechRecognizer(models_home / "whisper-base", threads=2)
    samples = SOUNDS[sound](4.0, np.random.default_rng(3))

    passages = recognizer.recognise(samples, [Region(start=0.0, end=samples.size / SAMPLE_RATE)], language="ko")

    assert sum(len(passage.words) for passage in passages) <= 2


@pytest.mark.parametrize(
    "phrase",
    [
        "시청해 주셔서 감사합니다.",
        "오늘도 시청해주셔서 감사합니다",
        "구독과 좋아요 부탁드립니다.",
        "MBC 뉴스 이덕영입니다.",
        "KBS 뉴스 박희봉입니다",
        "한글자막 by 한효정",
        "자막 제공 배달의민족",
        "다음 영상에서 만나요.",
        "다음 시간에 뵙겠습니다",
        "지금까지 신선한 뉴스였습니다",
        "영상편집 김경호",
        "Thank you for watching!",
    ],
)
def test_a_phrase_that_whisper_is_known_to_invent_goes_where_next_to_nothing_was_said(phrase: str) -> None:
    sure = {"no_speech": 0.01, "log_probability": -0.1}

    assert is_invented(phrase, speech=0.4, **sure)
    assert not is_invented(phrase, speech=3.0, **sure)
