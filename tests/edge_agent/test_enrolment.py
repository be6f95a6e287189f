"""The physician's voice is kept only with consent, sealed under a key of its own, and deleted for good."""

from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pytest

from edge_agent.enrolment import (
    ConsentMissingError,
    EmbedderUnfitError,
    Enrolment,
    OwnerError,
    SeveralVoicesError,
    VoiceConsent,
    Voiceprint,
    VoiceprintUnreadableError,
    VoiceTooNoisyError,
    VoiceTooShortError,
    voiceprint_of,
)
from models.vad import Region
from models.voices import Timbre
from scribe.crypto import HospitalKey
from tests.edge_agent.conftest import noise
from tests.edge_agent.voice_parts import LoudnessVoices, consultation

NOW = datetime(2026, 11, 22, 9, 0, tzinfo=UTC)
CONSENT = VoiceConsent(decided_at=NOW)
KEY = HospitalKey(bytes(range(32)))
TURNS = [(0, 3.0, "가 나 다")] * 5


@pytest.fixture
def voiceprint() -> Voiceprint:
    audio, regions, _ = consultation(TURNS)
    return voiceprint_of(audio.mono, regions, LoudnessVoices())


@pytest.fixture
def enrolment(tmp_path: Path) -> Enrolment:
    return Enrolment(tmp_path / "voices", KEY)


def test_what_was_enrolled_comes_back(enrolment: Enrolment, voiceprint: Voiceprint) -> None:
    enrolment.enrol(voiceprint, CONSENT, now=NOW)

    found = enrolment.enrolled()

    assert found is not None
    np.testing.assert_array_equal(found.voiceprint.vector, voiceprint.vector)
    assert (found.voiceprint.model, found.voiceprint.seconds) == ("loudness", 15.0)
    assert (found.voiceprint.likeness, found.voiceprint.spread) == (voiceprint.likeness, voiceprint.spread)
    assert (found.consent, found.enrolled_at) == (CONSENT, NOW)


def test_nobody_is_enrolled_at_first(enrolment: Enrolment) -> None:
    assert enrolment.voiceprint() is None
    assert enrolment.delete() is False


@pytest.mark.parametrize("state", ["refused", "withdrawn"])
def test_without_consent_nothing_is_kept(
    enrolment: Enrolment, voiceprint: Voiceprint, tmp_path: Path, state: str
) -> None:
    with pytest.raises(ConsentMissingError):
        enrolment.enrol(voiceprint, VoiceConsent(decided_at=NOW, state=state), now=NOW)  # type: ignore[arg-type]

    assert not (tmp_path / "voices").exists()


def test_a_consent_has_a_time_zone() -> None:
    with pytest.raises(ValueError, match="time zone"):
        VoiceConsent(decided_at=NOW.replace(tzinfo=None))


def test_the_voice_lies_sealed_and_for_this_user_alone(
    enrolment: Enrolment, voiceprint: Voiceprint, tmp_path: Path
) -> None:
    enrolment.enrol(voiceprint, CONSENT, now=NOW)
    files = sorted((tmp_path / "voices").iterdir())

    assert [file.name for file in files] == ["physician.key", "physician.voice"]
    assert [file.stat().st_mode & 0o777 for file in files] == [0o600, 0o600]
    assert (tmp_path / "voices").stat().st_mode & 0o777 == 0o700
    for file in files:
        assert voiceprint.vector.tobytes()[:16] not in file.read_bytes()
        assert b"loudness" not in file.read_bytes()


def test_deleting_destroys_the_key_and_removes_the_files(
    enrolment: Enrolment, voiceprint: Voiceprint, tmp_path: Path
) -> None:
    enrolment.enrol(voiceprint, CONSENT, now=NOW)
    key_file = tmp_path / "voices" / "physician.key"
    sealed = (tmp_path / "voices" / "physician.voice").read_bytes()
    kept_open = key_file.open("rb")
    before = kept_open.read()

    assert enrolment.delete() is True

    kept_open.seek(0)
    assert kept_open.read() != before
    kept_open.close()
    assert list((tmp_path / "voices").iterdir()) == []
    assert enrolment.voiceprint() is None
    (tmp_path / "voices" / "physician.voice").write_bytes(sealed)
    assert enrolment.voiceprint() is None


def test_enrolling_again_takes_a_new_key(enrolment: Enrolment, voiceprint: Voiceprint, tmp_path: Path) -> None:
    enrolment.enrol(voiceprint, CONSENT, now=NOW)
    earlier = (tmp_path / "voices" / "physician.voice").read_bytes()
    enrolment.enrol(voiceprint, CONSENT, now=NOW)
    (tmp_path / "voices" / "physician.voice").write_bytes(earlier)

    with pytest.raises(VoiceprintUnreadableError, match="다시 등록해 주세요"):
        enrolment.voiceprint()


def test_another_site_key_opens_nothing(enrolment: Enrolment, voiceprint: Voiceprint, tmp_path: Path) -> None:
    enrolment.enrol(voiceprint, CONSENT, now=NOW)
    stranger = Enrolment(tmp_path / "voices", HospitalKey(bytes(32)))

    with pytest.raises(VoiceprintUnreadableError):
        stranger.voiceprint()
    assert stranger.delete() is True


@pytest.mark.parametrize("name", ["physician.key", "physician.voice"])
@pytest.mark.parametrize("damage", ["flip", "cut", "empty"])
def test_damaged_files_are_refused(
    enrolment: Enrolment, voiceprint: Voiceprint, tmp_path: Path, name: str, damage: str
) -> None:
    enrolment.enrol(voiceprint, CONSENT, now=NOW)
    file = tmp_path / "voices" / name
    data = bytearray(file.read_bytes())
    data[len(data) // 2] ^= 1
    file.write_bytes({"flip": bytes(data), "cut": bytes(data[:20]), "empty": b""}[damage])

    with pytest.raises(VoiceprintUnreadableError):
        enrolment.voiceprint()


def test_a_voice_cannot_be_moved_to_another_owner(enrolment: Enrolment, voiceprint: Voiceprint, tmp_path: Path) -> None:
    enrolment.enrol(voiceprint, CONSENT, now=NOW, owner="kim")
    for suffix in ("key", "voice"):
        (tmp_path / "voices" / f"kim.{suffix}").rename(tmp_path / "voices" / f"lee.{suffix}")

    with pytest.raises(VoiceprintUnreadableError):
        enrolment.voiceprint("lee")


@pytest.mark.parametrize("owner", ["", "../kim", "kim/lee", "김", "a" * 65, "a.b"])
def test_owners_are_plain_ids(enrolment: Enrolment, owner: str) -> None:
    with pytest.raises(OwnerError):
        enrolment.voiceprint(owner)


def test_too_little_speech_is_refused() -> None:
    audio, regions, _ = consultation(TURNS[:2])

    with pytest.raises(VoiceTooShortError, match="6초인데 10초 이상"):
        voiceprint_of(audio.mono, regions, LoudnessVoices())


def test_a_noisy_room_is_refused() -> None:
    audio, regions, _ = consultation(TURNS)
    loud = audio.mono + noise(audio.duration, 0.05)[: audio.mono.size]

    with pytest.raises(VoiceTooNoisyError, match="조용한 곳에서"):
        voiceprint_of(loud, regions, LoudnessVoices())


def test_two_voices_are_refused() -> None:
    audio, regions, _ = consultation([(0, 3.0, "가"), (1, 3.0, "나")] * 3)

    with pytest.raises(SeveralVoicesError, match="혼자"):
        voiceprint_of(audio.mono, regions, LoudnessVoices())


def test_vectors_of_one_recording_only_are_no_voiceprint() -> None:
    with pytest.raises(EmbedderUnfitError, match="voice-campplus"):
        voiceprint_of(noise(12.0), [Region(start=0.0, end=12.0)], Timbre())
