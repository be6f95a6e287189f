"""A device of a physician's and its line to the service: what it announces, sends and asks by hand."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx

from edge_agent.identity import Identity
from edge_agent.uplink_client import Transport, UplinkClient
from scribe.crypto import new_id, sha256_hex
from scribe.domain.consent import Consent
from scribe.domain.formats import write_transcript
from scribe.domain.uplink import Announcement, AudioManifest, Completion
from scribe.uploads import PART_BYTES
from tests.uplink_service import UplinkClinic, consent, transcript_of

PCM = bytes(range(256)) * 125  # one second
DOCUMENT = write_transcript(transcript_of())


def manifest(pcm: bytes = PCM) -> AudioManifest:
    return AudioManifest(sha256=sha256_hex(pcm), bytes=len(pcm), chunks=1 + len(pcm) // 32000)


def announced(encounter_id: str, pcm: bytes = PCM, decision: Consent | None = None) -> Announcement:
    return Announcement(
        encounter_id=encounter_id,
        started_at=datetime.now(UTC),
        duration=len(pcm) / 32000,
        sample_rate=16000,
        channels=1,
        audio=manifest(pcm),
        consent=decision or consent(),
    )


@dataclass
class Desk:
    """A device of Dr Kim's, and its line to the service."""

    clinic: UplinkClinic
    identity: Identity
    client: UplinkClient

    def send(self, encounter_id: str, *, pcm: bytes | None = None, recording_id: str | None = None) -> Any:
        """Everything that an upload takes; the receipt."""
        recording_id = recording_id or new_id()
        self.client.announce(recording_id, announced(encounter_id, pcm or PCM))
        self.client.put_transcript(recording_id, DOCUMENT)
        for number, start in enumerate(range(0, len(pcm or b""), PART_BYTES)):
            self.client.put_part(recording_id, number, (pcm or b"")[start : start + PART_BYTES])
        return self.client.finish(recording_id, completed(pcm))

    def raw(self, method: str, path: str, body: bytes = b"", *, token: str | None = None) -> httpx.Response:
        """A request by hand, with a good token unless another is given."""
        target = f"/api/devices/{path}"
        made = self.identity.token(method, target, body) if token is None else token
        with httpx.Client(base_url=self.identity.url, trust_env=False, timeout=20) as http:
            return http.request(method, target, content=body, headers={"authorization": f"Bearer {made}"})


def completed(pcm: bytes | None, announced_pcm: bytes | None = None) -> Completion:
    audio = manifest(announced_pcm or pcm or PCM)
    return Completion(transcript_sha256=sha256_hex(DOCUMENT), audio=audio, audio_sent=pcm is not None)


@contextmanager
def a_desk(service: UplinkClinic, folder: Path) -> Iterator[Desk]:
    """A new device with right clocks."""
    service.clock.off = service.device_clock.off = timedelta(0)
    identity = service.enrol(folder, audio=True)
    with UplinkClient(identity, Transport()) as client:
        yield Desk(service, identity, client)
