"""What an edge device and the service say to each other about a recording.

The JSON of ``/api/devices`` has these values as its objects.  A request is authorised by a token (JWT, RFC 7519,
signed EdDSA, RFC 8037) that names the device, lives at most :data:`TOKEN_SECONDS` and is bound to one request by
:func:`request_digest`.
"""

import hashlib
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Literal

import rfc8785

from scribe.domain.consent import Consent, ConsentState

TOKEN_TYPE = "scribe-device+jwt"  # noqa: S105 - the media type of a token, RFC 8725 section 3.11
TOKEN_SECONDS = 60
"""From ``iat`` to ``exp`` at most; a clock may be off by as much in either direction."""

MOST_KEPT = 500
RECEIPT_FORMAT = "scribe-receipt/1"
ReceiptKind = Literal["acknowledged", "erase"]
RefusalCode = Literal[
    "code",
    "token",
    "revoked",
    "clock",
    "replayed",
    "not_found",
    "conflict",
    "incomplete",
    "signed",
    "invalid",
    "too_large",
    "consent",
    "no_audio",
]
"""Why the service refuses; ``code`` is a wrong enrolment code, ``consent`` a consent that is missing.  Consent that was
refused or withdrawn is not among them: that is a signed receipt of the kind ``erase``, with status 410."""


def request_digest(method: str, target: str, body_sha256: str) -> str:
    """What a token's ``req`` claim binds it to: hex SHA-256 of method, path with query, and hash of the body."""
    return hashlib.sha256(f"{method.upper()}\n{target}\n{body_sha256}".encode()).hexdigest()


@dataclass(frozen=True, slots=True, kw_only=True)
class AudioManifest:
    """A finished recording: SHA-256 (hex) and length of its 16-bit PCM, and the number of chunks it was kept in."""

    sha256: str
    bytes: int
    chunks: int


@dataclass(frozen=True, slots=True, kw_only=True)
class EnrolmentRequest:
    """``public_key``: the device's Ed25519 key, SubjectPublicKeyInfo in PEM."""

    code: str
    public_key: str
    name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Enrolled:
    """Who the device is now; ``receipt_key`` (PEM) verifies what the service signs for it."""

    device_id: str
    hospital_id: str
    hospital: str
    owner: str
    receipt_key: str


@dataclass(frozen=True, slots=True, kw_only=True)
class DeviceInfo:
    """A device as the service knows it; ``time`` is the service's clock."""

    device_id: str
    name: str
    hospital: str
    owner: str
    accepts_audio: bool
    time: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenEncounter:
    """A consultation that a recording can be for.

    ``label`` is the patient with the name masked (``김○○ 여 54세``); ``consent`` the latest decision on recording,
    None where nobody has asked yet.
    """

    id: str
    start: datetime
    label: str
    setting: str
    consent: ConsentState | None
    recorded: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class UnderWay:
    """Whether a consultation is being recorded at the moment."""

    under_way: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class HotWords:
    """The terms that a consultation is likely to hold, the likeliest first."""

    terms: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Announcement:
    """A finished recording that is to be uploaded, with the consent it was made under."""

    encounter_id: str
    started_at: datetime
    duration: float
    sample_rate: int
    channels: int
    audio: AudioManifest
    consent: Consent


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """A piece of the PCM that the service holds; numbers count from 0."""

    number: int
    sha256: str
    bytes: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Completion:
    """What a device believes the service to hold when it asks for the receipt."""

    transcript_sha256: str
    audio: AudioManifest
    audio_sent: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Kept:
    """The recordings that a device still holds something of, at most :data:`MOST_KEPT` a question."""

    recordings: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Receipt:
    """What the service answers for, signed with the device's receipt key (Ed25519, base64).

    ``acknowledged``: transcript, and audio where ``audio_stored``, are durably committed; ``audio`` repeats the
    announcement, and where the audio is stored its hash and length were computed from what is stored.
    ``erase``: the patient refused or withdrew; every copy of the recording is to be destroyed.
    """

    kind: ReceiptKind
    device_id: str
    recording_id: str
    encounter_id: str
    at: datetime
    audio: AudioManifest | None = None
    audio_stored: bool = False
    transcript_sha256: str | None = None
    signature: str = ""

    def signed_bytes(self) -> bytes:
        """RFC 8785 canonical JSON of everything but the signature."""
        audio = self.audio
        return rfc8785.dumps(
            {
                "format": RECEIPT_FORMAT,
                "kind": self.kind,
                "device_id": self.device_id,
                "recording_id": self.recording_id,
                "encounter_id": self.encounter_id,
                "at": self.at.astimezone(UTC).isoformat(),
                "audio": None if audio is None else [audio.sha256, audio.bytes, audio.chunks],
                "audio_stored": self.audio_stored,
                "transcript_sha256": self.transcript_sha256,
            }
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class UploadState:
    """How much of an upload the service holds.

    ``audio_wanted``: the site takes audio from this device; it goes in parts of ``part_bytes``, the last one shorter.
    ``receipt`` is there once the upload is finished.
    """

    recording_id: str
    encounter_id: str
    audio_wanted: bool
    part_bytes: int
    parts: tuple[Part, ...] = ()
    transcript_sha256: str | None = None
    receipt: Receipt | None = None
