"""Voices told apart in dialogues put together from voices that follow one another closely."""

from pathlib import Path

import numpy as np
import pytest

from edge_agent.audio import Audio, read_audio
from edge_agent.speakers import voice_track
from models.audio import SAMPLE_RATE, Samples
from models.fetch import Fetching, ensure
from models.registry import Registry
from models.vad import Region, VoiceActivity
from models.voices import Timbre
from tests.edge_agent.conftest import noise, tone


def audio_of(samples: Samples) -> Audio:
    return Audio(channels=np.atleast_2d(samples), sha256="0" * 64, sample_rate=SAMPLE_RATE)


def dialogue(folder: Path, names: list[str], gap: float = 0.25) -> tuple[Samples, list[tuple[float, float, int]]]:
    """Clips in turn, with little silence between them; turns as start, end, speaker."""
    parts: list[Samples] = []
    turns: list[tuple[float, float, int]] = []
    now = 0.0
    for index, name in enumerate(names):
        clip = read_audio(folder / name).mono
        parts += [clip, noise(gap, 0.0005, seed=index)]
        turns.append((now, now + len(clip) / SAMPLE_RATE, index % 2))
        now += len(clip) / SAMPLE_RATE + gap
    return np.concatenate(parts), turns


@pytest.mark.parametrize(
    "pair", [("etts_nea", "etts_pmd"), ("etts_pfm", "etts_pmb"), ("etts_lmy", "etts_pmj")], ids="-".join
)
def test_two_voices_are_told_apart_without_a_model(
    shared_speech: Path, models_home: Path, pair: tuple[str, str]
) -> None:
    folder = shared_speech / "ko"
    clips = [sorted(path.name for path in folder.glob(f"{voice}*.flac")) for voice in pair]
    names = [name for both in zip(*clips, strict=True) for name in both]
    samples, turns = dialogue(folder, names)
    vad = ensure(Registry.load().get("silero-vad"), models_home, Fetching(network=False))
    regions = VoiceActivity(vad / "silero_vad_v6.onnx").regions(samples)

    track = voice_track(audio_of(samples), regions, Timbre())

    said = [(track.voice(start, end), speaker) for start, end, speaker in turns]
    mapping = dict(said)
    assert len(mapping) == 2
    assert all(mapping[voice] == speaker for voice, speaker in said)


def test_a_microphone_each_tells_speakers_by_level(shared_speech: Path, models_home: Path) -> None:
    samples, turns = dialogue(shared_speech / "ko", sorted(p.name for p in (shared_speech / "ko").glob("etts_n*.flac")))
    both = np.repeat(samples[None, :], 2, axis=0)
    for start, end, speaker in turns:
        both[speaker, int(start * SAMPLE_RATE) : int(end * SAMPLE_RATE)] *= 0.2
    vad = ensure(Registry.load().get("silero-vad"), models_home, Fetching(network=False))
    regions = VoiceActivity(vad / "silero_vad_v6.onnx").regions(samples)

    track = voice_track(audio_of(both), regions, _Constant())

    assert [track.voice(start, end) for start, end, _ in turns] == [1 - speaker for _, _, speaker in turns]


def test_one_sound_is_one_voice() -> None:
    steady = tone(6.0, 200.0) + noise(6.0, 0.001)

    track = voice_track(audio_of(steady), [Region(start=0.0, end=6.0)], _Constant())

    assert set(track.labels.tolist()) == {0}
    assert track.changes == ()


def test_without_speech_there_is_no_voice() -> None:
    track = voice_track(audio_of(np.zeros(SAMPLE_RATE, dtype=np.float32)), [], Timbre())

    assert track.voice(0.0, 1.0) is None


def test_a_stereo_pair_on_one_desk_is_not_taken_for_two_microphones() -> None:
    left = noise(6.0, 0.1)
    channels = np.stack([left, 0.8 * left])

    track = voice_track(
        Audio(channels=channels, sha256="0" * 64, sample_rate=SAMPLE_RATE),
        [Region(start=0.0, end=6.0)],
        _Constant(),
    )

    assert set(track.labels.tolist()) == {0}


class _Constant:
    """Hears the same voice everywhere."""

    name = "constant"
    window = 0.8
    hop = 0.25
    evidence = 20.0
    one_voice = 0.44
    most_voices = 4
    comparable = True

    def embed(self, audio: Samples, starts: np.ndarray, ends: np.ndarray) -> np.ndarray:
        return np.tile(np.array([[0.6, 0.8]], dtype=np.float32), (len(starts), 1))
