"""The physician's voice, enrolled: a voiceprint under a key of its own, with consent, deletable for good.

A voiceprint is biometric data.  It is made only from a recording that a physician gave for this purpose, never
from a consultation; it is sealed under a data key that nothing else uses, which the site key wraps; deleting
overwrites and removes the key first, then the sealed data.  Voices of patients are compared in memory and never
reach this module.
"""

import base64
import binascii
import os
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Literal

import numpy as np
from pydantic import AwareDatetime, BaseModel, ValidationError

from edge_agent.clustering import distinct_voices
from edge_agent.errors import EdgeError
from edge_agent.windows import windows_of
from models.audio import SAMPLE_RATE, Samples
from models.vad import Region
from models.voices import Vectors, VoiceEmbedder
from scribe.crypto import KeyWrapper, UndecipherableError, new_data_key, seal, unseal

LEAST_SECONDS = 10.0
"""Speech that a voiceprint needs."""
_LEAST_DECIBEL = 10.0
_OWNER = "physician"
_OWNER_LETTERS = frozenset("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-")


class EnrolmentError(EdgeError):
    """목소리를 등록할 수 없습니다."""


class VoiceTooShortError(EnrolmentError):
    """목소리가 짧습니다: 말소리가 {seconds:.0f}초인데 {least:.0f}초 이상 필요합니다. 조금 더 길게 말씀해 주세요."""


class VoiceTooNoisyError(EnrolmentError):
    """주변 소음이 큽니다(말소리와 {decibel:.0f} dB 차이). 조용한 곳에서, 마이크 가까이에서 다시 녹음해 주세요."""


class SeveralVoicesError(EnrolmentError):
    """두 사람 이상의 목소리가 들립니다. 등록할 분 혼자 말씀해 주세요."""


class EmbedderUnfitError(EnrolmentError):
    """목소리 모델이 없어 등록할 수 없습니다. `scribe models pull voice-campplus`로 받은 뒤 다시 해 주세요."""


class ConsentMissingError(EnrolmentError):
    """목소리 정보(생체정보) 보관에 대한 동의가 없습니다. 동의한 뒤 다시 등록해 주세요."""


class VoiceprintUnreadableError(EnrolmentError):
    """등록된 목소리를 열 수 없습니다(파일이 손상되었거나 다른 키로 잠겨 있습니다). 지우고 다시 등록해 주세요."""


class OwnerError(EnrolmentError):
    """등록 이름 {owner!r}은(는) 쓸 수 없습니다. 영문자, 숫자, 붙임표로 64자까지 적어 주세요."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Voiceprint:
    """A voice as its embedder hears it.

    ``vector`` is the unit mean of the windows' vectors; ``likeness`` and ``spread`` are mean and standard deviation
    of their cosine with it; ``seconds`` of speech it was made from.  Only vectors of the same ``model`` compare.
    """

    model: str
    vector: Vectors
    likeness: float
    spread: float
    seconds: float


@dataclass(frozen=True, slots=True, kw_only=True)
class VoiceConsent:
    """The physician's own agreement to have the voiceprint kept; apart from every consent of a patient."""

    decided_at: datetime
    state: Literal["given", "refused", "withdrawn"] = "given"

    def __post_init__(self) -> None:
        if self.decided_at.tzinfo is None:
            raise ValueError("the time of the consent needs a time zone")


@dataclass(frozen=True, slots=True, kw_only=True)
class Enrolled:
    """A voiceprint in the store and what is known of it."""

    voiceprint: Voiceprint
    consent: VoiceConsent
    enrolled_at: datetime


def voiceprint_of(
    audio: Samples, regions: Sequence[Region], embedder: VoiceEmbedder, *, checked: bool = True
) -> Voiceprint:
    """The voiceprint of the one voice in a mono recording at 16 kHz; ``regions`` are where it speaks (VAD).

    Refuses with a sentence that says what to do: less than 10 s of speech, less than 10 dB between speech and the
    rest, more than one voice, or an embedder whose vectors do not compare from one recording to another.  Only for
    measuring is it not ``checked``.
    """
    if not embedder.comparable:
        raise EmbedderUnfitError
    seconds = sum(region.duration for region in regions)
    if checked:
        _require_quality(audio, regions, seconds)
    windows = windows_of(regions, embedder.window, embedder.hop)
    vectors = embedder.embed(audio, windows.starts, windows.ends)
    if checked and distinct_voices(vectors, windows, embedder) > 1:
        raise SeveralVoicesError
    mean = vectors.mean(axis=0)
    mean = np.asarray(mean / (np.linalg.norm(mean) + 1e-9), dtype=np.float32)
    likeness = vectors @ mean
    return Voiceprint(
        model=embedder.name,
        vector=mean,
        likeness=float(likeness.mean()),
        spread=float(likeness.std()),
        seconds=round(seconds, 1),
    )


class Enrolment:
    """The voiceprints of one site in ``folder``: for each owner ``<owner>.key`` and ``<owner>.voice``.

    ``owner`` is an id of letters, digits and hyphens.  Both files have mode 0600.  The key file is written last: a
    write that breaks off leaves nobody enrolled.
    """

    def __init__(self, folder: Path, wrapper: KeyWrapper) -> None:
        self._folder = folder
        self._wrapper = wrapper

    def enrol(self, voiceprint: Voiceprint, consent: VoiceConsent, *, now: datetime, owner: str = _OWNER) -> None:
        """Keep the voiceprint durably in place of an earlier one, whose key is destroyed first.

        Raises :class:`ConsentMissingError` where consent is not given.
        """
        if consent.state != "given":
            raise ConsentMissingError
        self.delete(owner)
        self._folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        document = _Document(
            model=voiceprint.model,
            vector=base64.b64encode(voiceprint.vector.astype("<f4").tobytes()).decode(),
            likeness=voiceprint.likeness,
            spread=voiceprint.spread,
            seconds=voiceprint.seconds,
            consented_at=consent.decided_at,
            enrolled_at=now,
        )
        key = new_data_key()
        place = _place(owner)
        _write_private(self._data(owner), seal(key, document.model_dump_json().encode(), place))
        _write_private(self._key(owner), self._wrapper.wrap(key, place))

    def enrolled(self, owner: str = _OWNER) -> Enrolled | None:
        """The owner's voiceprint, or None where there is none.

        Raises :class:`VoiceprintUnreadableError` where it is damaged or under another site key.
        """
        if not self._key(owner).is_file():
            return None
        place = _place(owner)
        try:
            key = self._wrapper.unwrap(self._key(owner).read_bytes(), place)
            document = _Document.model_validate_json(unseal(key, self._data(owner).read_bytes(), place))
            return document.enrolled()
        except (UndecipherableError, ValidationError, FileNotFoundError, binascii.Error):
            raise VoiceprintUnreadableError from None

    def voiceprint(self, owner: str = _OWNER) -> Voiceprint | None:
        """As :meth:`enrolled`, the voiceprint alone."""
        found = self.enrolled(owner)
        return None if found is None else found.voiceprint

    def delete(self, owner: str = _OWNER) -> bool:
        """Destroy the key, then remove both files; False where nobody was enrolled.  Works without the site key."""
        there = self._key(owner).exists()
        for path in (self._key(owner), self._data(owner)):
            _destroy(path)
        return there

    def _key(self, owner: str) -> Path:
        return self._folder / f"{_checked(owner)}.key"

    def _data(self, owner: str) -> Path:
        return self._folder / f"{_checked(owner)}.voice"


class _Document(BaseModel):
    format: Literal["scribe-voiceprint/1"] = "scribe-voiceprint/1"
    model: str
    vector: str
    likeness: float
    spread: float
    seconds: float
    consented_at: AwareDatetime
    enrolled_at: AwareDatetime

    def enrolled(self) -> Enrolled:
        voiceprint = Voiceprint(
            model=self.model,
            vector=np.frombuffer(base64.b64decode(self.vector, validate=True), dtype="<f4").astype(np.float32),
            likeness=self.likeness,
            spread=self.spread,
            seconds=self.seconds,
        )
        consent = VoiceConsent(decided_at=self.consented_at)
        return Enrolled(voiceprint=voiceprint, consent=consent, enrolled_at=self.enrolled_at)


def _require_quality(audio: Samples, regions: Sequence[Region], seconds: float) -> None:
    if seconds < LEAST_SECONDS:
        raise VoiceTooShortError(seconds=seconds, least=LEAST_SECONDS)
    decibel = _signal_to_noise(audio, regions)
    if decibel < _LEAST_DECIBEL:
        raise VoiceTooNoisyError(decibel=decibel)


def _signal_to_noise(audio: Samples, regions: Sequence[Region]) -> float:
    """Decibel between the frames in speech and the quietest tenth of all (20 ms frames)."""
    frame = SAMPLE_RATE // 50
    count = audio.size // frame
    levels = (audio[: count * frame].reshape(count, frame) ** 2).mean(axis=1) + 1e-10
    times = (np.arange(count) + 0.5) / 50
    spoken = np.zeros(count, dtype=bool)
    for region in regions:
        spoken |= (times >= region.start) & (times < region.end)
    noise = np.percentile(levels, 10)
    return float(10 * np.log10(levels[spoken].mean() / noise))


def _checked(owner: str) -> str:
    if not 0 < len(owner) <= 64 or not set(owner) <= _OWNER_LETTERS:
        raise OwnerError(owner=owner)
    return owner


def _place(owner: str) -> bytes:
    return f"voiceprint/1/{owner}".encode()


def _write_private(path: Path, content: bytes) -> None:
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    _sync_folder(path.parent)


def _destroy(path: Path) -> None:
    """Overwrite in place, then remove; on media that copy on write the site key still protects what may remain."""
    try:
        with path.open("r+b") as file:
            file.write(os.urandom(path.stat().st_size))
            file.flush()
            os.fsync(file.fileno())
        path.unlink()
    except FileNotFoundError:
        return
    _sync_folder(path.parent)


def _sync_folder(folder: Path) -> None:
    if os.name != "posix":
        return
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
