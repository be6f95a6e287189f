"""`scribe models bench`: each way measured apart, the fastest that is good enough and small enough kept."""

import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import soundfile
from typer.testing import CliRunner

from models import bench_cli, openvino_encoder
from models.accuracy import Clip
from models.bench import Bench, MeasurementError, Row, Verdict, Way, compute_types, in_process, judge
from models.bench_child import Answer, Job, read_samples
from models.cli import app
from models.engines import EncoderName, choice_for
from models.errors import LanguageUnsupportedError, ManifestError, NothingToMeasureError, UnknownModelError
from models.registry import Registry

SAID = "안녕하세요 열이 나요"


def row(
    compute_type: str,
    factor: float,
    *,
    error: float | None = 0.1,
    peak: float = 400.0,
    encoder: EncoderName = "ctranslate2",
    problem: str | None = None,
) -> Row:
    way = Way(compute_type=compute_type, encoder=encoder, threads=2)
    return Row(way=way, real_time_factor=factor, error=error, peak_mb=peak, problem=problem)


def answer(text: str = SAID, *, wall: float = 1.0, peak: float = 400.0) -> Answer:
    return Answer(
        texts=(text,), audio_seconds=10.0, load_seconds=1.0, wall_seconds=wall, cpu_seconds=2 * wall, peak_mb=peak
    )


def bench(cores: int = 2, references: tuple[str, ...] = (SAID,)) -> Bench:
    clips = [Clip(path=Path("a.wav"), references=references)]
    return Bench(clips=clips, language="ko", vad=None, cores=cores)


def measured(bench: Bench, child: object, types: tuple[str, ...] = ("float32", "int8")) -> Verdict:
    return bench.run(Path("home/tiny"), compute_types=types, report=lambda row: None, child=child)  # type: ignore[arg-type]


def test_the_fastest_that_is_as_accurate_is_best() -> None:
    rows = [row("float32", 0.3), row("int16", 0.2, error=0.105), row("int8", 0.1, error=0.1051)]

    verdict = judge(rows, 600)

    assert verdict.best is rows[1]
    assert verdict.reasons == ("", "best", "less accurate")


def test_what_takes_too_much_memory_or_broke_off_is_not_best() -> None:
    rows = [row("float32", 0.3), row("int16", 0.1, peak=601), row("int8", 0.2, problem="it took more than 900 s")]

    verdict = judge(rows, 600)

    assert verdict.best is rows[0]
    assert verdict.reasons == ("best", "above 600 MB", "it took more than 900 s")


def test_without_the_reference_the_most_accurate_is_the_measure() -> None:
    rows = [row("float32", 0.3, problem="no", error=None), row("int16", 0.2, error=0.10), row("int8", 0.1, error=0.11)]

    assert judge(rows, 600).best is rows[1]


def test_where_nothing_will_do_nothing_is_best() -> None:
    verdict = judge([row("float32", 0.3, peak=900)], 600)

    assert verdict.best is None
    assert verdict.measured is None


def test_without_text_the_fastest_is_shown_but_not_kept() -> None:
    verdict = judge([row("float32", 0.3, error=None), row("int8", 0.1, error=None)], 600)

    assert verdict.best is not None
    assert verdict.best.way.compute_type == "int8"
    assert verdict.measured is None


def test_every_way_is_measured_and_the_best_with_fewer_threads() -> None:
    asked: list[tuple[str, str, int]] = []

    def child(job: Job) -> Answer:
        asked.append((job.encoder, job.compute_type, job.threads))
        return answer(wall=1.0 if job.compute_type == "int8" else 3.0)

    verdict = measured(bench(cores=5), child)

    encoders = ["onnxruntime", "ctranslate2"] + (["openvino"] if openvino_encoder.is_installed() else [])
    first = [(encoder, compute_type, 4) for encoder in encoders for compute_type in ("float32", "int8")]
    assert asked == [*first, ("onnxruntime", "int8", 1), ("onnxruntime", "int8", 2)]
    assert verdict.measured is not None
    assert (verdict.measured.compute_type, verdict.measured.threads) == ("int8", 4)
    assert (verdict.measured.real_time_factor, verdict.measured.character_error_rate) == (0.1, 0.0)


def test_openvino_is_left_out_where_it_is_absent(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(openvino_encoder, "PACKAGE", "openvino_that_is_absent")

    verdict = measured(bench(cores=1), lambda job: answer())

    assert {row.way.encoder for row in verdict.rows} == {"onnxruntime", "ctranslate2"}
    assert {row.way.threads for row in verdict.rows} == {1}


def test_a_way_that_breaks_off_is_told_and_the_rest_goes_on() -> None:
    def child(job: Job) -> Answer:
        if job.compute_type == "float32":
            raise MeasurementError(problem="its process ended with status -9")
        return answer()

    verdict = measured(bench(), child)

    assert verdict.rows[0].problem == "its process ended with status -9"
    assert verdict.best is not None


def test_compute_types_are_those_of_the_processor_the_reference_first() -> None:
    known = compute_types()

    assert known[0] == "float32"
    assert "int8" in known
    assert "int8_float32" not in known


@pytest.fixture
def clip(tmp_path: Path) -> Path:
    path = tmp_path / "hum.wav"
    soundfile.write(path, 0.1 * np.sin(np.arange(44_100) / 20), 44_100)
    return path


def test_recordings_are_read_at_16_khz(clip: Path, tmp_path: Path) -> None:
    samples = read_samples(clip)

    assert samples.dtype == np.float32
    assert abs(samples.size - 16_000) < 50
    assert 0.05 < np.abs(samples).max() < 0.12
    (tmp_path / "text.wav").write_text("no audio")
    with pytest.raises(ManifestError, match="it is not audio"):
        read_samples(tmp_path / "text.wav")


PEAK = """
import numpy as np
from models.bench_child import peak_mb
before = peak_mb()
block = np.ones(60_000_000, np.uint8)
print(before, peak_mb())
"""


def test_peak_memory_is_the_processs_own_whatever_its_parent_held() -> None:
    block = np.ones(500_000_000, np.uint8)

    done = subprocess.run([sys.executable, "-c", PEAK], capture_output=True, check=True, text=True, timeout=60)

    before, after = map(float, done.stdout.split())
    assert block.size > 20e6
    assert 20 < before < 300
    assert after - before > 30


def test_a_real_child_measures(whisper_base: Path, clip: Path) -> None:
    job = Job(
        folder=whisper_base,
        vad=None,
        compute_type="int8",
        encoder="ctranslate2",
        threads=1,
        language="ko",
        clips=(clip,),
        passes=1,
    )

    done = in_process(job)

    assert done.audio_seconds == pytest.approx(1.0, abs=0.01)
    assert done.cpu_seconds > 0
    assert done.wall_seconds > 0
    assert 150 < done.peak_mb < 600
    with pytest.raises(MeasurementError, match="unknown_type"):
        in_process(job.model_copy(update={"compute_type": "unknown_type"}))
    with pytest.raises(MeasurementError, match=r"does not hold the weights|Unable to open"):
        in_process(job.model_copy(update={"folder": clip.parent}))


@pytest.fixture
def results(monkeypatch: pytest.MonkeyPatch) -> dict[str, Verdict]:
    rows = [row("float32", 0.3), row("int8", 0.1), row("int16", 0.2, problem="broke")]
    found = {"whisper-base": judge(rows, 600)}
    monkeypatch.setattr(bench_cli, "run", lambda *args, **kwargs: found)
    return found


@pytest.mark.usefixtures("results")
def test_the_command_shows_a_table_and_keeps_the_best(tmp_path: Path) -> None:
    env = {"SCRIBE_MODELS_HOME": str(tmp_path), "COLUMNS": "120"}

    shown = CliRunner().invoke(app, ["bench"], env=env)

    assert shown.exit_code == 0
    assert "best" in shown.stdout
    assert "broke" in shown.stdout
    assert "the best is used from now on" in shown.stdout
    choice = choice_for(tmp_path / "whisper-base")
    assert (choice.compute_type, choice.threads, choice.measured) == ("int8", 2, True)


@pytest.mark.usefixtures("results")
def test_a_dry_run_keeps_nothing(tmp_path: Path) -> None:
    shown = CliRunner().invoke(app, ["bench", "--dry-run", "--json"], env={"SCRIBE_MODELS_HOME": str(tmp_path)})

    figures = json.loads(shown.stdout)
    assert figures["stored"] is None
    assert [way.get("verdict") for way in figures["models"]["whisper-base"]] == ["slower", "best", None]
    assert figures["models"]["whisper-base"][2]["problem"] == "broke"
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("arguments", "error", "told"),
    [
        (["whisper-huge"], UnknownModelError, "whisper-huge"),
        (["whisper-korean", "--audio", "{clip}", "--language", "en"], LanguageUnsupportedError, "not en"),
        (["--language", "en"], ManifestError, "give recordings with --audio"),
        ([], NothingToMeasureError, "No speech model is in"),
        (["--audio", "absent.tsv"], ManifestError, "there is no such file"),
    ],
)
def test_what_cannot_be_measured_is_told(
    tmp_path: Path, clip: Path, arguments: list[str], error: type[Exception], told: str
) -> None:
    given = [str(clip) if argument == "{clip}" else argument for argument in arguments]

    result = CliRunner().invoke(app, ["bench", *given], env={"SCRIBE_MODELS_HOME": str(tmp_path / "home")})

    assert isinstance(result.exception, error)
    assert told in str(result.exception)


def test_the_registry_of_the_bench_knows_its_voice_activity_model() -> None:
    vad = Registry.load().get(bench_cli.VAD_MODEL)

    assert vad.file(bench_cli.VAD_FILE) is not None
