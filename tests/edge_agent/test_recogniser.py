"""What the recogniser may write."""

from pathlib import Path

import numpy as np
import pytest
from tokenizers import Tokenizer

from models.audio import SAMPLE_RATE
from models.speech import SpeechRecognizer
from models.spoken import on_speech
from models.vad import Region
from scribe.domain.transcript import Word


@pytest.fixture(scope="module")
def recognizer(models_home: Path) -> SpeechRecognizer:
    return SpeechRecognizer(models_home / "whisper-base", threads=2)


def test_korean_is_written_without_kana_and_han(models_home: Path, recognizer: SpeechRecognizer) -> None:
    tokenizer = Tokenizer.from_file(str(models_home / "whisper-base" / "tokenizer.json"))
    barred = set(recognizer.suppressed_tokens("ko"))

    assert barred & set(tokenizer.encode("あった", add_special_tokens=False).ids)
    assert barred & set(tokenizer.encode("我有", add_special_tokens=False).ids)
    assert not barred & set(tokenizer.encode("혈압 130에 80, CT는 5mg", add_special_tokens=False).ids)


def test_english_bars_nothing_more(recognizer: SpeechRecognizer) -> None:
    assert list(recognizer.suppressed_tokens("en")) == []


def test_without_regions_nothing_is_recognised_and_nothing_loaded(tmp_path: Path) -> None:
    nowhere = SpeechRecognizer(tmp_path / "no model here")

    assert nowhere.recognise(np.zeros(SAMPLE_RATE, dtype=np.float32), [], language="ko") == ()


@pytest.mark.parametrize(
    ("start", "end", "regions", "kept"),
    [
        (27.7, 29.7, [(20.0, 27.8), (28.85, 31.0)], (28.85, 29.7)),
        (1.0, 1.5, [(0.0, 5.0)], (1.0, 1.5)),
        (4.8, 5.6, [(0.0, 5.0)], (4.8, 5.0)),
        (6.0, 6.5, [(0.0, 5.0)], (6.0, 6.5)),
    ],
    ids=["stretched over a pause", "inside", "runs over", "no speech near"],
)
def test_word_times_lie_on_speech(
    start: float, end: float, regions: list[tuple[float, float]], kept: tuple[float, float]
) -> None:
    word = on_speech(Word(text="말", start=start, end=end), [Region(start=a, end=b) for a, b in regions])

    assert (word.start, word.end) == kept
