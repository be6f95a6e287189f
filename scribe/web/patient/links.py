"""The address a patient opens: unguessable, expiring, bound to the birth date, known to the store by its hash alone."""

import hmac
import re
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta

from scribe.crypto import sha256_hex
from scribe.patient_sheet.document import read_sheet
from scribe.patient_sheet.sheet import Sheet
from scribe.store import Actor, Store, Work
from scribe.store.links import MOST_FAILURES
from scribe.store.records import HospitalRecord, PatientLinkRecord, SummaryApproval

_TOKEN_BYTES = 24  # 192 bits: guessing is out of the question, and the address still fits a small QR code
_CODE_DIGITS = 6
_PURPOSE = "patient-sheet"
PASS_MINUTES = 20
"""How long a telephone that gave the right answer may read on."""


@dataclass(frozen=True, slots=True)
class NewLink:
    """An address just made; nobody can read its token again."""

    token: str
    expires_at: datetime
    code: str | None

    @property
    def path(self) -> str:
        return f"/p/{self.token}"


@dataclass(frozen=True, slots=True)
class FoundLink:
    """What a patient's address leads to, before anybody has answered."""

    link: PatientLinkRecord
    hospital: HospitalRecord

    @property
    def actor(self) -> Actor:
        return Actor.service(self.hospital.id)

    @property
    def attempts_left(self) -> int:
        return max(0, MOST_FAILURES - self.link.failures)


@dataclass(frozen=True, slots=True, kw_only=True)
class Handout:
    """What an address shows: the approved sheet, the other languages approved, and whether a new one is to come."""

    sheet: Sheet
    approval: SummaryApproval
    others: tuple[str, ...]
    outdated: bool


def give_link(work: Work, approval: SummaryApproval, expires_at: datetime) -> NewLink:
    """A new address of an approved summary: it asks for the birth date, or for a code where none is on record."""
    token = secrets.token_urlsafe(_TOKEN_BYTES)
    patient = work.encounters.get(approval.encounter_id).encounter.patient
    code = None if patient else f"{secrets.randbelow(10**_CODE_DIGITS):0{_CODE_DIGITS}}"
    work.patient_links.add(approval, digest(token), expires_at, code=code)
    return NewLink(token, expires_at, code)


def find_link(store: Store, token: str) -> FoundLink | None:
    """The address of ``token`` in whatever state; None for one that never was."""
    for hospital_id in store.hospitals():
        with store.begin(Actor.service(hospital_id)) as work:
            link = work.patient_links.find(digest(token))
            if link is not None:
                return FoundLink(link, work.accounts.hospital())
    return None


def answer(store: Store, found: FoundLink, given: str) -> FoundLink | None:
    """Try to open the address with ``given``: None where that is right, and the opening is counted and audited.

    Elsewhere the address after one more wrong answer, counted and audited; an address that was closed meanwhile takes
    no answer.
    """
    with store.begin(found.actor) as work:
        link = work.patient_links.attempt(found.link.id)
        if link.state(store.clock()) != "open":
            return FoundLink(link, found.hospital)
        if _is_right(work, found.link, given):
            work.patient_links.open(found.link.id)
            return None
        return FoundLink(work.patient_links.fail(found.link.id), found.hospital)


def looks_like_an_answer(link: PatientLinkRecord, given: str) -> bool:
    """Whether ``given`` has the digits of a date or a code; what has not is no attempt."""
    digits = _digits(given)
    return len(digits) == _CODE_DIGITS if link.code is not None else len(digits) in {6, 8}


def refuse(store: Store, found: FoundLink) -> None:
    """Audit that a closed address was tried."""
    with store.begin(found.actor) as work:
        work.patient_links.refuse(found.link.id)


def handout(store: Store, found: FoundLink, language: str) -> Handout | None:
    """What the address shows in ``language``, audited; None where nothing is approved in it any more."""
    with store.begin(found.actor) as work:
        standing = {approval.language: approval for approval in work.summaries.standing(found.link.encounter_id)}
        approval = standing.get(language)
        if approval is None:
            return None
        work.patient_links.read(found.link.id)
        latest = work.encounters.get(found.link.encounter_id).note_version
    return Handout(
        sheet=read_sheet(approval.document),
        approval=approval,
        others=tuple(other for other in standing if other != language),
        outdated=latest is not None and latest > approval.version,
    )


def pass_for(store: Store, link: PatientLinkRecord) -> str:
    """What a telephone keeps after the right answer: good for this address, for a while, and made by this service."""
    until = int((store.clock() + timedelta(minutes=PASS_MINUTES)).timestamp())
    return f"{until}.{_seal(store, link, until)}"


def admits(store: Store, link: PatientLinkRecord, value: str) -> bool:
    """Whether ``value`` is a pass of this address that still holds."""
    until, _, seal = value.partition(".")
    if not re.fullmatch(r"\d{1,12}", until) or int(until) <= store.clock().timestamp():
        return False
    return hmac.compare_digest(seal.encode(), _seal(store, link, int(until)).encode())


def digest(token: str) -> str:
    return sha256_hex(token.encode())


def _is_right(work: Work, link: PatientLinkRecord, given: str) -> bool:
    """Compared in constant time; a birth date may be given as ``19580302`` or, as on identity cards, ``580302``."""
    digits = _digits(given).encode()
    if link.code is not None:
        return hmac.compare_digest(digits, link.code.encode())
    patient = work.encounters.get(link.encounter_id).encounter.patient
    if patient is None:
        return False
    whole = patient.birth_date.strftime("%Y%m%d")
    in_full = hmac.compare_digest(digits, whole.encode())
    in_short = hmac.compare_digest(digits, whole[2:].encode())
    return in_full or in_short


def _digits(given: str) -> str:
    """The digits of "1958.3.2", "1958-03-02" or "1958년 3월 2일", months and days filled up to two."""
    parts: list[str] = re.findall(r"[0-9]+", given)
    if len(parts) == 3 and len(parts[0]) in {2, 4}:
        return parts[0] + "".join(part.zfill(2) for part in parts[1:])
    return "".join(parts)


def _seal(store: Store, link: PatientLinkRecord, until: int) -> str:
    seal: bytes = store.wrapper.index(_PURPOSE, f"{link.id}.{until}".encode())
    return seal.hex()
