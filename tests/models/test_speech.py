"""The recogniser over real recordings and over what should make it stumble."""

import subprocess
import sys
import time
from collections.abc import Sequence
from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
import soundfile

from evaluation.speech import character_error_rate
from models.audio import SAMPLE_RATE, Samples
from models.errors import LanguageUnsupportedError, NoSourceError
from models.fetch import Fetching, ensure
from models.registry import Registry
from models.speech import Passage, Piece, SpeechOptions, SpeechRecognizer
from models.vad import Region, VoiceActivity
from models.windows import Reading, Window, is_loop

SHARED_SPEECH = Path(__file__).resolve().parents[2] / "../shared/speech"


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    found = tmp_path_factory.mktemp("models")
    try:
        for name in ("whisper-base", "silero-vad"):
            ensure(Registry.load().get(name), found, Fetching(network=False))
    except NoSourceError as error:
        pytest.skip(f"the recogniser's data packages are not installed: {error}")
    return found


@pytest.fixture(scope="module")
def recognizer(home: Path) -> SpeechRecognizer:
    loaded = SpeechRecognizer(home / "whisper-base", threads=2)
    loaded.load("ko")
    return loaded


@pytest.fixture(scope="module")
def consultation() -> Samples:
    """Half a minute of a consultation in two synthetic voices."""
    path = SHARED_SPEECH / "synthetic" / "uri-adult-01.flac"
    if not path.is_file():
        pytest.skip("the project's shared speech data is not beside this checkout")
    samples, _ = soundfile.read(path, dtype="float32", frames=int(31.25 * SAMPLE_RATE))
    return samples


@pytest.fixture(scope="module")
def regions(home: Path, consultation: Samples) -> tuple[Region, ...]:
    return VoiceActivity(home / "silero-vad" / "silero_vad_v6.onnx").regions(consultation)


def text_of(passages: Sequence[Passage]) -> str:
    return " ".join(word.text for passage in passages for word in passage.words)


SAID = (
    "안녕하세요, 김가람 님. 오늘은 어디가 불편해서 오셨어요? 어 그저께부터 목이 칼칼하더니 어제부터는 기침이 나고요, "
    "열도 좀 나는 것 같아요. 네, 열은 집에서 재 보셨어요? 어젯밤에 재 봤는데 삼십팔 도 이 부 나왔어요. 그래서 타이레놀 "
    "한 알 먹고 잤어요. 오한이나 몸살은요?"
)


def test_words_lie_on_speech_in_order(
    recognizer: SpeechRecognizer, consultation: Samples, regions: tuple[Region, ...]
) -> None:
    done: list[tuple[float, float]] = []

    passages = recognizer.recognise(
        consultation, regions, language="ko", progress=lambda now, total: done.append((now, total))
    )

    assert character_error_rate(SAID, text_of(passages)) < 0.3
    words = [word for passage in passages for word in passage.words]
    assert [w.start for w in words] == sorted(w.start for w in words)
    assert all(w.start <= w.end for w in words)
    for word in words:
        assert any(r.start - 0.2 <= word.start and word.end <= r.end + 0.2 for r in regions), word
    assert all(0 < p.confidence <= 1 for p in passages)
    assert done[-1] == (pytest.approx(31.25), pytest.approx(31.25))


def test_chunks_together_say_what_they_say_alone(
    recognizer: SpeechRecognizer, consultation: Samples, regions: tuple[Region, ...]
) -> None:
    pieces = [
        Piece(audio=consultation, chunk=Region(start=r.start, end=r.end), regions=regions)
        for r in regions
        if r.duration > 1.0
    ][:4]

    together = recognizer.recognise_chunks(pieces, language="ko")

    alone = [recognizer.recognise_chunk(p.audio, p.chunk, p.regions, language="ko") for p in pieces]
    assert len(pieces) >= 3
    assert [text_of(item) for item in together] == [text_of(item) for item in alone]


def test_a_chunk_keeps_the_clock_of_its_audio(
    recognizer: SpeechRecognizer, consultation: Samples, regions: tuple[Region, ...]
) -> None:
    first = regions[0]
    late = np.concatenate([np.zeros(30 * SAMPLE_RATE, dtype=np.float32), consultation])
    moved = Region(start=first.start + 30, end=first.end + 30)

    [early] = recognizer.recognise_chunk(consultation, first, [first], language="ko")
    [shifted] = recognizer.recognise_chunk(late, moved, [moved], language="ko")

    assert [w.text for w in shifted.words] == [w.text for w in early.words]
    assert shifted.start == pytest.approx(early.start + 30, abs=0.05)


@pytest.mark.parametrize("samples", [0, 1, 100, 800, 8_000])
def test_next_to_nothing_says_nothing(recognizer: SpeechRecognizer, samples: int) -> None:
    audio = np.random.default_rng(1).normal(0, 0.01, samples).astype(np.float32)
    region = Region(start=0.0, end=samples / SAMPLE_RATE)

    assert recognizer.recognise(audio, [region] if samples else [], language="ko") == ()
    assert recognizer.hear(audio, language="ko").no_speech > 0.3


def test_a_region_of_minutes_is_read_in_parts(recognizer: SpeechRecognizer, consultation: Samples) -> None:
    audio = np.tile(consultation[: 30 * SAMPLE_RATE], 3)

    passages = recognizer.recognise(audio, [Region(start=0.0, end=90.0)], language="ko")

    starts = [word.start for passage in passages for word in passage.words]
    assert all(after > before - 0.5 for before, after in pairwise(starts))  # a cut amid speech is read by both sides
    assert starts[-1] > 75
    assert all(sum(a <= s < a + 15 for s in starts) > 3 for a in range(0, 90, 15))


def test_a_language_that_the_model_does_not_know_is_refused(recognizer: SpeechRecognizer) -> None:
    audio = np.zeros(SAMPLE_RATE, dtype=np.float32)

    with pytest.raises(LanguageUnsupportedError, match="not xx"):
        recognizer.recognise(audio, [Region(start=0.0, end=1.0)], language="xx")
    with pytest.raises(LanguageUnsupportedError, match="not xx"):
        recognizer.hear(audio, language="xx")


def test_a_short_window_is_heard_with_times(recognizer: SpeechRecognizer, consultation: Samples) -> None:
    heard = recognizer.hear(consultation[: 5 * SAMPLE_RATE], language="ko")

    assert heard.words[0].text.startswith("안녕")
    assert all(0 <= w.start <= w.end <= 5.1 for w in heard.words)
    assert heard.log_probability > -1
    assert heard.no_speech < 0.6


def test_a_doubtful_reading_is_done_again_with_the_whole_window(
    recognizer: SpeechRecognizer, consultation: Samples, regions: tuple[Region, ...], monkeypatch: pytest.MonkeyPatch
) -> None:
    reader = recognizer._reader
    whole: list[bool] = []
    make, read = reader.window, reader.read

    def window(audio: Samples, *, speech: float | None = None, whole_: bool = False, **options: bool) -> Window:
        whole.append(options.get("whole", False))
        return make(audio, speech=speech, **options)

    def looping(window: Window, **options: object) -> Reading:
        reading = read(window, **options)  # type: ignore[arg-type]
        return reading if whole[-1] else replace(reading, words=reading.words * 4, is_doubtful=True)

    monkeypatch.setattr(reader, "window", window)
    monkeypatch.setattr(reader, "read", looping)

    passages = recognizer.recognise_chunk(consultation, regions[0], [regions[0]], language="ko")

    assert whole == [False, True]
    assert text_of(passages).count("안녕") == 1


@pytest.mark.parametrize(
    ("text", "looped"),
    [
        ("네, 네, 네.", False),
        ("약은 드셨어요? 네, 약은 먹었어요.", False),
        ("38시간은 지내문은 동안에 38시간은 지내문은 동안에", True),
        ("감사합니다 감사합니다", False),
        ("감사합니다 감사합니다 감사합니다 감사합니다", True),
        ("", False),
    ],
)
def test_a_loop_is_text_that_stands_twice(text: str, looped: bool) -> None:
    assert is_loop(text) == looped


def test_a_short_window_costs_little(recognizer: SpeechRecognizer, consultation: Samples) -> None:
    def cpu(run: object) -> float:
        began = time.process_time()
        run()  # type: ignore[operator]
        return time.process_time() - began

    audio = consultation[: 5 * SAMPLE_RATE]
    reader = recognizer._reader

    short = min(cpu(lambda: reader.states(reader.window(audio))) for _ in range(2))
    full = min(cpu(lambda: reader.states(reader.window(audio, whole=True))) for _ in range(2))

    assert full > 2 * short


def test_options_say_all_that_a_run_needs() -> None:
    assert set(SpeechOptions().described()) == {
        "beam_size",
        "long_beam_size",
        "compute_type",
        "longest_chunk",
        "pause",
    }


MEMORY = """
import sys
import numpy as np
from pathlib import Path
from models.bench_child import peak_mb
from models.speech import SpeechRecognizer
from models.vad import Region
recognizer = SpeechRecognizer(Path(sys.argv[1]), threads=2)
noise = np.random.default_rng(1).normal(0, 0.05, 16_000 * 100).astype(np.float32)
recognizer.recognise(noise, [Region(start=0.0, end=100.0)], language="ko")
print(peak_mb())
"""


def test_memory_stays_within_bounds(home: Path) -> None:
    command = [sys.executable, "-c", MEMORY, str(home / "whisper-base")]
    root = Path(__file__).resolve().parents[2]

    done = subprocess.run(command, capture_output=True, check=True, text=True, cwd=root, timeout=300)

    assert float(done.stdout) < 600
