"""Taking in what a device sends: announcement, transcript, audio in parts, and the receipt at the end.

A receipt is given only once everything is committed.  Where the patient has refused or withdrawn, every question is
answered with a signed order to erase instead.
"""

import base64
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import timedelta
from uuid import UUID

from scribe.crypto import sha256_hex
from scribe.devices import Caller, RefusalError
from scribe.domain.consent import Consent
from scribe.domain.uplink import MOST_KEPT, Announcement, Completion, Kept, Receipt, UploadState
from scribe.store import Store, Work
from scribe.store.records import CandidateRecord, UploadRecord

PART_BYTES = 1 << 20
MOST_AUDIO_BYTES = 512 << 20
"""Four and a half hours of one channel of 16 kHz, 16 bits; it is sealed in memory."""
MOST_TRANSCRIPT_BYTES = 16 << 20

_CANDIDATES_SINCE = timedelta(days=3)
_LONGEST_SECONDS = 86_400.0

Drafting = Callable[[Work, str], None]
"""Puts the drafting of a consultation's latest transcript on its way, within the transaction that added it."""

_SHA256 = re.compile("[0-9a-f]{64}")

Answer = UploadState | Receipt


class RecordingIdError(RefusalError):
    """The recording's id is not a UUID in its usual form."""

    code = "invalid"


class TooManyError(RefusalError):
    """More than {most} recordings in one question: ask in portions."""

    code = "too_large"


class AnnouncementError(RefusalError):
    """The announcement is wrong: {problem}."""

    code = "invalid"


class ConsentMissingError(RefusalError):
    """The recording comes without the patient's consent."""

    code = "consent"


class AlreadySignedError(RefusalError):
    """This consultation is signed: no recording can be added."""

    code = "signed"


class NoAudioError(RefusalError):
    """Audio is not taken from this device."""

    code = "no_audio"


class PartError(RefusalError):
    """Part {number} is not of the announced audio: it needs {expected} bytes."""

    code = "invalid"


class AudioDiffersError(RefusalError):
    """The parts are not the announced audio and were dropped: send them again."""

    code = "incomplete"


class CompletionError(RefusalError):
    """What the device believes to have sent is not what is here."""

    code = "conflict"


@dataclass(frozen=True, slots=True)
class Intake:
    """The uploads of one device."""

    store: Store
    caller: Caller
    drafting: Drafting

    def candidates(self) -> tuple[CandidateRecord, ...]:
        """The consultations of the last days that a recording can be for."""
        with self._work() as work:
            return work.uploads.candidates(since=self.store.clock() - _CANDIDATES_SINCE)

    def withdrawals(self, kept: Kept) -> tuple[Receipt, ...]:
        """Orders to erase what the device still holds of recordings whose patient has refused or withdrawn."""
        if len(kept.recordings) > MOST_KEPT:
            raise TooManyError(most=MOST_KEPT)
        with self._work() as work:
            return tuple(
                self._erasure(work, record.recording_id, record.encounter_id)
                for record in work.uploads.withdrawn(kept.recordings)
            )

    def announce(self, recording_id: str, announcement: Announcement) -> Answer:
        """Begin the upload of a recording or find it as it stands."""
        _require_id(recording_id)
        _require_plausible(announcement)
        with self._work() as work:
            encounter = work.encounters.get(announcement.encounter_id)
            if encounter.capture_destroyed or not _agreed(work, encounter.id, announcement.consent):
                return self._erasure(work, recording_id, encounter.id)
            record = work.uploads.begin(self.caller.device.id, recording_id, announcement)
            if encounter.note_version is not None and record.finished_at is None:
                raise AlreadySignedError
            return self._state(work, record)

    def state(self, recording_id: str) -> Answer:
        """How much of the upload is here."""
        with self._work() as work:
            record = self._open(work, recording_id)
            return record if isinstance(record, Receipt) else self._state(work, record)

    def put_transcript(self, recording_id: str, document: bytes) -> Answer:
        with self._work() as work:
            record = self._open(work, recording_id)
            if isinstance(record, Receipt):
                return record
            return self._state(work, work.uploads.put_transcript(recording_id, document))

    def put_part(self, recording_id: str, number: int, pcm: bytes) -> Answer:
        with self._work() as work:
            record = self._open(work, recording_id)
            if isinstance(record, Receipt):
                return record
            if not self._wants_audio(record):
                raise NoAudioError
            _require_part(record, number, len(pcm))
            return self._state(work, work.uploads.put_part(recording_id, number, pcm))

    def finish(self, recording_id: str, completion: Completion) -> Receipt:
        """Commit the upload, have it drafted, and answer for it; repeated, the same receipt."""
        with self._work() as work:
            record = self._open(work, recording_id)
            if isinstance(record, Receipt):
                return record
            if completion.audio != record.audio or completion.transcript_sha256 != record.transcript_sha256:
                raise CompletionError
            receipt = self._finished(work, record, completion)
        if receipt is None:
            raise AudioDiffersError
        return receipt

    def _finished(self, work: Work, record: UploadRecord, completion: Completion) -> Receipt | None:
        """The receipt; None where the parts together are not the announced audio and were dropped."""
        if record.finished_at is None:
            audio = work.uploads.audio(record.recording_id) if completion.audio_sent else None
            if audio is not None and (len(audio), sha256_hex(audio)) != (record.audio.bytes, record.audio.sha256):
                work.uploads.forget_parts(record.recording_id)
                return None
            record = work.uploads.finish(record.recording_id, audio=audio)
        self.drafting(work, record.encounter_id)
        return self._receipt(work, record)

    @contextmanager
    def _work(self) -> Iterator[Work]:
        """A transaction of the device's owner, in whose audit trail the device stands."""
        with self.store.begin(self.caller.actor) as work:
            work.devices.acting(self.caller.device.id)
            yield work

    def _open(self, work: Work, recording_id: str) -> UploadRecord | Receipt:
        """The upload, or the order to erase where consent does not stand any more."""
        record = work.uploads.get(recording_id)
        encounter = work.encounters.get(record.encounter_id)
        if encounter.capture_destroyed or not work.consents.permits(encounter.id, "recording"):
            return self._erasure(work, recording_id, encounter.id)
        if encounter.note_version is not None and record.finished_at is None:
            raise AlreadySignedError
        return record

    def _state(self, work: Work, record: UploadRecord) -> UploadState:
        return UploadState(
            recording_id=record.recording_id,
            encounter_id=record.encounter_id,
            audio_wanted=self._wants_audio(record),
            part_bytes=PART_BYTES,
            parts=record.parts,
            transcript_sha256=record.transcript_sha256,
            receipt=None if record.finished_at is None else self._receipt(work, record),
        )

    def _wants_audio(self, record: UploadRecord) -> bool:
        return self.caller.device.accepts_audio and 0 < record.audio.bytes <= MOST_AUDIO_BYTES

    def _receipt(self, work: Work, record: UploadRecord) -> Receipt:
        return self._signed(
            work,
            Receipt(
                kind="acknowledged",
                device_id=self.caller.device.id,
                recording_id=record.recording_id,
                encounter_id=record.encounter_id,
                at=record.finished_at or self.store.clock(),
                audio=record.audio,
                audio_stored=record.audio_stored,
                transcript_sha256=record.transcript_sha256,
            ),
        )

    def _erasure(self, work: Work, recording_id: str, encounter_id: str) -> Receipt:
        order = Receipt(
            kind="erase",
            device_id=self.caller.device.id,
            recording_id=recording_id,
            encounter_id=encounter_id,
            at=self.store.clock(),
        )
        return self._signed(work, order)

    def _signed(self, work: Work, receipt: Receipt) -> Receipt:
        key = work.devices.receipt_key(self.caller.device.id)
        return replace(receipt, signature=base64.b64encode(key.sign(receipt.signed_bytes())).decode())


def _agreed(work: Work, encounter_id: str, consent: Consent) -> bool:
    """Whether the latest decision is consent; the device's counts where it is the later one or the only one."""
    if consent.purpose != "recording" or not consent.permits:
        raise ConsentMissingError
    decisions = [known for known in work.consents.list(encounter_id) if known.purpose == "recording"]
    if decisions and decisions[-1].permits:
        return True
    if decisions and consent.decided_at <= decisions[-1].decided_at:
        return False
    work.consents.add(encounter_id, consent)
    return True


def _require_id(recording_id: str) -> None:
    try:
        usual = str(UUID(recording_id))
    except ValueError:
        usual = ""
    if usual != recording_id:
        raise RecordingIdError


def _require_plausible(announcement: Announcement) -> None:
    """:class:`AnnouncementError` where length, hash and form of the audio do not fit together."""
    audio = announcement.audio
    seconds = announcement.duration if 0 <= announcement.duration <= _LONGEST_SECONDS else -1.0  # NaN too
    samples = round(seconds * announcement.sample_rate) * announcement.channels
    problems = {
        "duration must be between nothing and a day": seconds < 0,
        "channels must be 1 or 2": announcement.channels not in {1, 2},
        "sample_rate must be 8000 to 48000": not 8000 <= announcement.sample_rate <= 48000,
        "sha256 must be 64 hex digits": not _SHA256.fullmatch(audio.sha256),
        "bytes and chunks must not be negative": audio.bytes < 0 or audio.chunks < 0,
        "bytes must be below 2 GiB": audio.bytes >= 1 << 31 or audio.chunks >= 1 << 31,
        "duration must fit the number of bytes": abs(2 * samples - audio.bytes) > announcement.sample_rate,
        "times need a time zone": announcement.started_at.tzinfo is None
        or announcement.consent.decided_at.tzinfo is None,
    }
    for problem, found in problems.items():
        if found:
            raise AnnouncementError(problem=problem)


def _require_part(record: UploadRecord, number: int, size: int) -> None:
    expected = min(PART_BYTES, record.audio.bytes - number * PART_BYTES)
    if number < 0 or expected <= 0 or size != expected:
        raise PartError(number=number, expected=max(0, expected))
