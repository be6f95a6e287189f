"""The address a patient opens: unguessable, expiring, and known to the store by its hash alone."""

import secrets
from dataclasses import dataclass
from datetime import datetime

from scribe.crypto import sha256_hex
from scribe.domain.note import SignedNote
from scribe.store import Actor, Store, Work
from scribe.store.records import NoteRecord, PatientLinkRecord

_TOKEN_BYTES = 24  # 192 bits: guessing is out of the question, and the address still fits a small QR code


@dataclass(frozen=True, slots=True)
class NewLink:
    """An address just made; nobody can read its token again."""

    path: str
    expires_at: datetime


@dataclass(frozen=True, slots=True)
class OpenedLink:
    """What a patient's address leads to."""

    link: PatientLinkRecord
    note: SignedNote


def give_link(work: Work, note: NoteRecord, expires_at: datetime) -> NewLink:
    """A new address of the summary in ``note``."""
    token = secrets.token_urlsafe(_TOKEN_BYTES)
    work.patient_links.add(note, _digest(token), expires_at)
    return NewLink(f"/p/{token}", expires_at)


def follow_link(store: Store, token: str) -> OpenedLink | None:
    """What ``token`` opens; None alike for one that never was, has expired or was revoked."""
    for hospital_id in store.hospitals():
        with store.begin(Actor.service(hospital_id)) as work:
            link = work.patient_links.open(_digest(token))
            if link is not None:
                return OpenedLink(link, work.notes.get(link.note_id, link.version).note)
    return None


def _digest(token: str) -> str:
    return sha256_hex(token.encode())
