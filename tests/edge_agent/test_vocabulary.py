"""A site's terms: read as written, refused with one sentence where they are none, and listened for."""

import json
import time
from pathlib import Path

import numpy as np
import pytest

from edge_agent.audio import read_audio
from edge_agent.errors import EdgeError
from edge_agent.vocabulary import ExpectedTerms, VocabularyFileError, read_terms
from evaluation.noises import SOUNDS
from models.speech import SpeechRecognizer
from models.vad import Region


def test_terms_are_read_in_their_order_once(tmp_path: Path) -> None:
    file = tmp_path / "terms.txt"
    file.write_text("\ufeff# 자주 쓰는 약\n에스오메프라졸\n\n  암로디핀  \n에스오메프라졸\n", encoding="utf-8")

    assert read_terms(file) == ("에스오메프라졸", "암로디핀")


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        ("가".encode("utf-16"), "is not UTF-8 text"),
        (("가" * 41).encode(), "term 1 is longer than 40 characters"),
    ],
)
def test_what_is_no_list_of_terms_is_refused(tmp_path: Path, content: bytes, problem: str) -> None:
    file = tmp_path / "terms.txt"
    file.write_bytes(content)

    with pytest.raises(VocabularyFileError, match=problem):
        read_terms(file)


def test_a_missing_file_is_told(tmp_path: Path) -> None:
    with pytest.raises(VocabularyFileError, match="cannot be read"):
        read_terms(tmp_path / "none.txt")


@pytest.mark.parametrize("sound", ["digital silence", "white noise, faint", "pink noise", "piano", "applause", "water"])
def test_a_noise_does_not_become_a_term_that_was_expected(models_home: Path, sound: str) -> None:
    """Even behind a detector that took it for speech."""
    recognizer = SpeechRecognizer(models_home / "whisper-base", threads=2)
    terms = ["에스오메프라졸", "암로디핀", "고혈압", "아세트아미노펜", "록소프로펜", "당화혈색소", "심전도", "위내시경"]
    samples = SOUNDS[sound](4.0, np.random.default_rng(3))

    passages = recognizer.listening_for(terms).recognise(samples, [Region(start=0.0, end=4.0)], language="ko")

    said = " ".join(word.text for passage in passages for word in passage.words)
    assert not any(term in said for term in terms)


def test_a_term_that_is_said_is_written_where_it_is_expected(models_home: Path, shared_speech: Path) -> None:
    """A name that the model does not know, in the middle of a recorded sentence."""
    recognizer = SpeechRecognizer(models_home / "whisper-base", threads=2)
    audio = read_audio(shared_speech / "synthetic" / "uri-adult-01.flac").mono
    turns = json.loads((shared_speech / "synthetic" / "uri-adult-01.json").read_text(encoding="utf-8"))["turns"]
    turn = next(turn for turn in turns if "펙소페나딘" in turn["text"])
    region = Region(start=turn["start"], end=turn["end"])

    def heard(one: SpeechRecognizer) -> str:
        passages = one.recognise(audio, [region], language="ko")
        return " ".join(word.text for passage in passages for word in passage.words).replace(" ", "")

    assert "펙소페나딘" not in heard(recognizer)
    assert "펙소페나딘" in heard(recognizer.listening_for(["암로디핀", "펙소페나딘", "세티리진"]))


def test_without_terms_it_is_the_same_recogniser_and_too_many_are_cut(models_home: Path) -> None:
    recognizer = SpeechRecognizer(models_home / "whisper-base", threads=2)

    assert recognizer.listening_for([]) is recognizer
    assert recognizer.listening_for([f"에스오메프라졸{number}" for number in range(200)]) is not recognizer


def test_a_recording_is_told_its_consultations_terms_then_the_sites() -> None:
    expected = ExpectedTerms(("암로디핀", "로수바스타틴"), lambda encounter: ("로수바스타틴", encounter))

    assert expected.of("visit-1") == ("로수바스타틴", "visit-1", "암로디핀")
    assert expected.of(None) == ("암로디핀", "로수바스타틴")


def test_a_service_that_fails_or_is_slow_costs_its_terms_only() -> None:
    class DownError(EdgeError):
        """It is down."""

    def down(encounter: str) -> tuple[str, ...]:
        raise DownError

    def slow(encounter: str) -> tuple[str, ...]:
        time.sleep(1)
        return (encounter,)

    assert ExpectedTerms(("암로디핀",), down).of("visit-1") == ("암로디핀",)
    begun = time.monotonic()
    assert ExpectedTerms(("암로디핀",), slow, patience=0.05).of("visit-1") == ("암로디핀",)
    assert time.monotonic() - begun < 0.8
