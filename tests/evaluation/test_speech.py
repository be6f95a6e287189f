"""Recognition measured: the rates, the manifest, a real run of two clips."""

import json
from dataclasses import replace
from pathlib import Path

import pytest
from typer.testing import CliRunner

from evaluation.cli import app
from evaluation.speech import (
    Clip,
    Heard,
    ManifestError,
    character_error_rate,
    figures,
    normalised,
    read_manifest,
    speedup,
    word_error_rate,
)
from models.errors import NoSourceError
from models.fetch import Fetching, ensure
from models.registry import Registry

SHARED_SPEECH = Path(__file__).resolve().parents[2] / "../shared/speech"


@pytest.mark.parametrize(
    ("reference", "hypothesis", "rate"),
    [
        ("열은요?", "열은 요", 0.0),
        ("약을 드세요.", "약을 드세요", 0.0),
        ("혈압약", "혈압약은", 1 / 3),
        ("ＣＴ 검사", "ct검사", 0.0),
        ("가나다라", "", 1.0),
        ("", "", 0.0),
        ("", "말", 1.0),
        ("가", "나다라", 3.0),
    ],
)
def test_character_error_rate(reference: str, hypothesis: str, rate: float) -> None:
    assert character_error_rate(reference, hypothesis) == pytest.approx(rate)


def test_decomposed_hangul_counts_as_composed() -> None:
    assert normalised("\u1112\u1161\u11ab글, 3번!") == "한글3번"


def test_word_error_rate_counts_eojeol() -> None:
    assert word_error_rate("어제부터 목이 아파요.", "어제부터 목이아파요") == pytest.approx(2 / 3)


def clip(file: str, *references: str) -> Clip:
    return Clip(file=file, path=Path(file), references=references)


def test_figures_weigh_by_length_and_take_the_better_reference() -> None:
    clips = [clip("a", "3일", "삼일"), clip("b", "가나다라마바사아")]
    heard = [
        Heard(file="a", text="삼일", wall=1.0, seconds=4.0),
        Heard(file="b", text="가나다라마바사", wall=1.0, cpu=1.5, seconds=6.0),
    ]

    found = figures(clips, heard, peak_mb=100.0)

    assert found.cer == pytest.approx(1 / 10, abs=1e-4)
    assert found.rtf == pytest.approx(0.2)
    assert found.cpu == pytest.approx(0.15)
    assert speedup({"ours": found, "reference": replace(found, rtf=0.5, cpu=0.3)}) == {"wall": 2.5, "cpu": 2.0}
    assert speedup({"ours": found}) == {}
    assert (found.clips, found.seconds, found.peak_mb) == (2, 10.0, 100.0)


def write_manifest(folder: Path, text: str) -> Path:
    path = folder / "m.tsv"
    path.write_text(text, encoding="utf-8")
    return path


def test_a_manifest_gives_both_references(tmp_path: Path) -> None:
    (tmp_path / "a.flac").write_bytes(b"")
    manifest = write_manifest(tmp_path, "file\ttext\ttext_spoken\na.flac\t3일\t삼 일\n")

    assert read_manifest(manifest) == (Clip(file="a.flac", path=tmp_path / "a.flac", references=("3일", "삼 일")),)


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("file\ttext\n", "needs the columns"),
        ("a\tb\n1\t2\n", "needs the columns"),
        ("file\ttext\nx.wav\t말\n", "x.wav"),
    ],
)
def test_a_wrong_manifest_is_refused(tmp_path: Path, text: str, told: str) -> None:
    with pytest.raises(ManifestError, match=told):
        read_manifest(write_manifest(tmp_path, text))


def test_the_command_measures_ours_beside_the_reference(tmp_path: Path) -> None:
    if not SHARED_SPEECH.is_dir():
        pytest.skip("the project's shared speech data is not beside this checkout")
    home = tmp_path / "models"
    try:
        for name in ("whisper-base", "silero-vad"):
            ensure(Registry.load().get(name), home, Fetching(network=False))
    except NoSourceError as error:
        pytest.skip(f"the recogniser's data packages are not installed: {error}")
    audio = (SHARED_SPEECH / "ko").resolve()
    manifest = write_manifest(
        tmp_path,
        f"file\ttext\n{audio}/etts_pma00001.flac\t모르는 말\n{audio}/etts_nem00005.flac\t"
        "불국사와 석굴암은 유네스코 세계문화유산으로 등재되어 있어.\n",
    )
    options = ["-o", str(tmp_path / "out"), "--reference", "faster-whisper", "--json"]

    done = CliRunner().invoke(app, ["speech", str(manifest), *options], env={"SCRIBE_MODELS_HOME": str(home)})

    assert done.exit_code == 0, done.output
    report = json.loads(done.stdout)
    assert set(report) == {"ours", "reference", "speedup"}
    assert report["speedup"]["cpu"] == pytest.approx(report["reference"]["cpu"] / report["ours"]["cpu"], abs=0.01)
    for row in (report["ours"], report["reference"]):
        assert row["clips"] == 2
        assert 0 < row["cer"] < 1.5
        assert row["rtf"] > 0
        assert 100 < row["peak_mb"] < 2000
    assert json.loads((tmp_path / "out" / "report.json").read_text(encoding="utf-8")) == report
    lines = (tmp_path / "out" / "hypotheses.tsv").read_text(encoding="utf-8").splitlines()
    assert lines[0].split("\t") == ["file", "text", "ours", "reference", "cer"]
    assert len(lines) == 3
