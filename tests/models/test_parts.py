"""A decoder with a part of the tokens writes what the whole one writes when the rest is forbidden to it."""

import tempfile
from pathlib import Path

import numpy as np
import pytest
import soundfile

from models.audio import SAMPLE_RATE
from models.ct2_weights import WeightsFile
from models.decoder import Encoded
from models.parts import rows_of, write_part
from models.whisper import Whisper
from models.windows import WindowReader
from tests.models import tiny_whisper

SAMPLE = Path(__file__).resolve().parents[2] / "models/sample/consultation-1.ogg"


@pytest.fixture(scope="module")
def whisper(whisper_base: Path) -> Whisper:
    return Whisper(whisper_base, threads=2)


@pytest.fixture(scope="module")
def states(whisper: Whisper) -> Encoded:
    samples, rate = soundfile.read(SAMPLE, dtype="float32")
    assert rate == SAMPLE_RATE
    reader = WindowReader(whisper)
    return reader.states(reader.window(samples, timestamps=True))


def test_it_writes_what_the_whole_decoder_writes_without_those_tokens(whisper: Whisper, states: Encoded) -> None:
    lean, whole = whisper.decoder("ko"), whisper.decoder("ja")
    others = [token for token in range(whisper.tokens.end) if not lean.knows([token])]
    prompt = whisper.start("ko", timestamps=True)

    short = lean.write(states, prompt, beam=3, most=100)
    long = whole.write(states, prompt, beam=3, most=100, suppressed=others)

    assert len(others) > 30_000
    assert short.tokens == long.tokens
    assert len(short.tokens) > 10
    assert short.log_probability == pytest.approx(long.log_probability, abs=1e-3)
    assert short.no_speech == pytest.approx(long.no_speech, abs=0.05)


def test_it_times_the_words_alike(whisper: Whisper, states: Encoded) -> None:
    lean, whole, prompt = whisper.decoder("ko"), whisper.decoder("ja"), whisper.start("ko", timestamps=True)
    written = lean.write(states, prompt, beam=1, most=100)

    short = lean.align(states, prompt, written.tokens, len(states))
    long = whole.align(states, prompt, written.tokens, len(states))

    assert [(item.token, item.start, item.end) for item in short] == [(t.token, t.start, t.end) for t in long]
    assert all(one.probability >= other.probability - 1e-3 for one, other in zip(short, long, strict=True))


def test_a_prompt_with_other_words_is_continued_with_every_token(whisper: Whisper) -> None:
    korean = whisper.tokens.encode(" 고혈압, 아스피린, CT")
    english = whisper.tokens.encode(" consultation")

    assert whisper.decoder("ko", korean) is whisper.decoder("ko")
    assert whisper.decoder("ko", english) is whisper.decoder("ja")
    assert whisper.decoder("ja").knows(range(whisper.tokens.end))


def test_it_leaves_the_model_folder_as_it_was(whisper_base: Path, whisper: Whisper) -> None:
    before = {path.name: path.stat().st_mtime_ns for path in whisper_base.iterdir()}

    assert Whisper(whisper_base, threads=1).decoder("ko").knows(())
    assert {path.name: path.stat().st_mtime_ns for path in whisper_base.iterdir()} == before


def test_without_a_temporary_folder_the_whole_model_is_loaded(
    whisper_base: Path,
    states: Encoded,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "missing"))
    whisper = Whisper(whisper_base, threads=1)
    decoder, prompt = whisper.decoder("ko"), whisper.start("ko", timestamps=True)

    assert decoder.knows(range(whisper.tokens.end))
    assert decoder.write(states, prompt, beam=1, most=20).tokens
    assert "no temporary folder" in caplog.text


def test_nothing_is_left_behind(whisper_base: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))

    Whisper(whisper_base, threads=1).decoder("ko")

    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("precision", ["float16", "int8"])
def test_rows_are_those_of_the_tokens(tmp_path: Path, precision: str) -> None:
    folder = tiny_whisper.save(tmp_path / "tiny", precision=precision)
    rows = rows_of(folder, [3, 7, 9], end=60)
    (tmp_path / "lean").mkdir()

    write_part(folder, "decoder", rows, tmp_path / "lean")

    whole, lean = (WeightsFile(tmp_path / name / "model.bin") for name in ("tiny", "lean"))
    assert rows.tolist() == [3, 7, 9, *range(60, tiny_whisper.TOKENS)]
    np.testing.assert_array_equal(
        lean.float32("decoder/projection/weight"), whole.float32("decoder/projection/weight")[rows]
    )
    assert "encoder/layer_1/ffn/linear_0/weight" not in lean
