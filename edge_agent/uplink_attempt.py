"""One attempt to bring a recording to the service: it goes on where an earlier one ended, and leaves one upload."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from edge_agent.errors import SpoolError
from edge_agent.recordings import Manifest, RecordingHeader, RecordingState, RecordingSummary
from edge_agent.uplink_client import UplinkClient
from edge_agent.uplink_errors import ReceiptMismatchError, RepeatedFailureError, UnreadableError, UplinkError
from models.audio import SAMPLE_RATE
from scribe.crypto import CryptoError, sha256_hex
from scribe.domain.uplink import Announcement, AudioManifest, Completion, Receipt, UploadState

TRANSCRIPT_DOCUMENT = "transcript.json"
"""The spool document that is sent: scribe-transcript/1."""

Progress = Callable[[float], None]


class Reads(Protocol):
    """A recording's audio (:class:`edge_agent.spool.SpoolReader`)."""

    def pcm(self, start: int, size: int) -> bytes: ...

    def manifest(self) -> Manifest: ...


class UplinkSpool(Protocol):
    """What the uplink asks of :class:`edge_agent.spool.Spool`."""

    def recordings(self) -> tuple[RecordingSummary, ...]: ...

    def summary(self, recording_id: str) -> RecordingSummary: ...

    def header(self, recording_id: str) -> RecordingHeader: ...

    def reader(self, recording_id: str) -> Reads: ...

    def set_state(self, recording_id: str, state: RecordingState) -> None: ...

    def put_document(self, recording_id: str, name: str, content: bytes) -> None: ...

    def document(self, recording_id: str, name: str) -> bytes: ...

    def documents(self, recording_id: str) -> tuple[str, ...]: ...

    def delete_audio(self, recording_id: str) -> None: ...

    def discard(self, recording_id: str) -> None: ...


@dataclass(frozen=True, slots=True)
class Parcel:
    """What is to be sent of a recording, read once for all attempts."""

    summary: RecordingSummary
    header: RecordingHeader
    manifest: Manifest
    transcript: bytes
    reader: Reads

    @classmethod
    def of(cls, spool: UplinkSpool, recording_id: str) -> "Parcel":
        """:class:`UnreadableError` where the spool cannot give it, or not now."""
        try:
            reader = spool.reader(recording_id)
            return cls(
                summary=spool.summary(recording_id),
                header=spool.header(recording_id),
                manifest=reader.manifest(),
                transcript=spool.document(recording_id, TRANSCRIPT_DOCUMENT),
                reader=reader,
            )
        except (SpoolError, CryptoError) as error:
            raise _unreadable(error) from None

    @property
    def audio(self) -> AudioManifest:
        return AudioManifest(sha256=self.manifest.sha256, bytes=self.manifest.bytes, chunks=self.manifest.chunks)

    @property
    def announcement(self) -> Announcement:
        return Announcement(
            encounter_id=self.summary.encounter_id or "",
            started_at=self.summary.started_at,
            duration=self.manifest.duration,
            sample_rate=SAMPLE_RATE,
            channels=self.manifest.channels,
            audio=self.audio,
            consent=self.header.consent,
        )

    @property
    def intact(self) -> bool:
        """Whether the audio still is what it was when the recording ended."""
        return self.manifest.lost == 0 and self.manifest.sha256 == self.summary.sha256

    def pcm(self, start: int, size: int) -> bytes:
        try:
            return self.reader.pcm(start, size)
        except (SpoolError, CryptoError) as error:
            raise _unreadable(error) from None


def _unreadable(error: SpoolError | CryptoError) -> UplinkError:
    """A disk that is in the way for now is tried again in an hour, anything else when somebody has looked."""
    return RepeatedFailureError(failures=1) if error.retryable else UnreadableError(problem=type(error).__name__)


def attempt(client: UplinkClient, parcel: Parcel, *, send_audio: bool, progress: Progress) -> Receipt:
    """The service's receipt for the recording, checked against what was sent; whatever is there is not sent again.

    Raises the errors of :class:`UplinkClient`, and :class:`ReceiptMismatchError` for a receipt of something else.
    """
    recording_id = parcel.summary.id
    state = client.announce(recording_id, parcel.announcement)
    progress(0.0)
    with_audio = send_audio and state.audio_wanted
    if state.receipt is not None:
        client.identity.require_genuine(state.receipt, recording_id)
        return checked(state.receipt, parcel)
    transcript_sha256 = sha256_hex(parcel.transcript)
    if state.transcript_sha256 != transcript_sha256:
        state = client.put_transcript(recording_id, parcel.transcript)
    if with_audio:
        _send_parts(client, parcel, state, progress)
    progress(1.0)
    completion = Completion(transcript_sha256=transcript_sha256, audio=parcel.audio, audio_sent=with_audio)
    receipt = checked(client.finish(recording_id, completion), parcel)
    if with_audio and not receipt.audio_stored:
        raise ReceiptMismatchError(field="audio_stored")
    return receipt


def checked(receipt: Receipt, parcel: Parcel) -> Receipt:
    """``receipt``, which acknowledges exactly this recording; else :class:`ReceiptMismatchError`."""
    expected = {
        "kind": "acknowledged",
        "recording_id": parcel.summary.id,
        "encounter_id": parcel.summary.encounter_id,
        "transcript_sha256": sha256_hex(parcel.transcript),
        "audio": parcel.audio,
    }
    for field, value in expected.items():
        if getattr(receipt, field) != value:
            raise ReceiptMismatchError(field=field)
    return receipt


def _send_parts(client: UplinkClient, parcel: Parcel, state: UploadState, progress: Progress) -> None:
    """Every part that the service does not hold as it is here, in order."""
    there = {part.number: part.sha256 for part in state.parts}
    total, size = parcel.manifest.bytes, state.part_bytes
    for number, start in enumerate(range(0, total, size)):
        pcm = parcel.pcm(start, min(size, total - start))
        if there.get(number) != sha256_hex(pcm):
            client.put_part(parcel.summary.id, number, pcm)
        progress(min(1.0, (start + len(pcm)) / total))
