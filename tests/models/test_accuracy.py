"""What character errors are counted on, and the lists of recordings."""

from pathlib import Path

import pytest

from models.accuracy import SAMPLE, Clip, error_rate, normalised, read_clips
from models.errors import ManifestError


def clip(*references: str) -> Clip:
    return Clip(path=Path("a.wav"), references=references)


def test_only_letters_and_numbers_count() -> None:
    assert normalised("５일간,  타이레놀 500mg!") == "5일간타이레놀500mg"


def test_errors_are_counted_over_all_characters() -> None:
    assert error_rate([clip("안녕하세요."), clip("네")], ["안녕 하새요", "네"]) == pytest.approx(1 / 6)
    assert error_rate([clip("안녕하세요")], [""]) == 1.0


def test_the_closer_of_two_references_counts() -> None:
    assert error_rate([clip("37.8도", "삼십칠 점 팔 도")], ["삼십칠점팔도"]) == 0.0
    assert error_rate([clip("37.8도", "삼십칠 점 팔 도")], ["37.8도"]) == 0.0


def test_without_text_nothing_is_known() -> None:
    assert error_rate([clip()], ["무엇이든"]) is None


def test_the_bundled_sample_is_whole_small_and_declared() -> None:
    clips = read_clips(SAMPLE)

    assert len(clips) == 6
    assert sum(clip.path.stat().st_size for clip in clips) < 300_000
    assert all(clip.references for clip in clips)
    assert "**The speech is synthetic.**" in SAMPLE.with_name("README.md").read_text(encoding="utf-8")


def test_a_recording_without_a_manifest_is_one_clip(tmp_path: Path) -> None:
    (tmp_path / "a.wav").write_bytes(b"")

    assert read_clips(tmp_path / "a.wav") == (Clip(path=tmp_path / "a.wav"),)


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("", "needs the columns file and text"),
        ("file\ttext\n", "needs the columns file and text"),
        ("path\ttext\na.wav\t네\n", "needs the columns file and text"),
        ("file\ttext\nb.wav\t네\n", "b.wav is not beside it"),
        ("file\ttext\na.wav\t...\n", "a.wav has no text"),
        ("file\ttext\na.wav\n", "a.wav has no text"),
    ],
)
def test_a_wrong_manifest_is_refused_with_the_place(tmp_path: Path, text: str, told: str) -> None:
    (tmp_path / "a.wav").write_bytes(b"")
    path = tmp_path / "clips.tsv"
    path.write_text(text, encoding="utf-8")

    with pytest.raises(ManifestError, match=told):
        read_clips(path)


def test_what_is_no_text_or_not_there_is_told(tmp_path: Path) -> None:
    (tmp_path / "clips.tsv").write_bytes(b"\xff\xfe\x00file")

    with pytest.raises(ManifestError, match="cannot be read"):
        read_clips(tmp_path / "clips.tsv")
    with pytest.raises(ManifestError, match="there is no such file"):
        read_clips(tmp_path / "absent.tsv")
