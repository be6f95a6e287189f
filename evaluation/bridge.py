"""How the outbox delivers: notes a second beside the same posts without it, and through a server that fails.

The receiver is a real FHIR server in a process of its own, the store a real database.  First, in turns, some notes
are posted as the bridge posts them, by as many threads as the outbox uses, and as many others go through the outbox:
the ratio of the two is what the outbox costs.  Some go to a receiver that takes no time.  Then every note goes
through a proxy (:mod:`evaluation.faults`) that harms a share of the requests, and the server is asked what it holds.
"""

import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from queue import Empty, SimpleQueue
from typing import Any, Self

import httpx

from evaluation.faults import HARMFUL, Exchange, HttpWire
from hl7_bridge.channel import Channel
from hl7_bridge.destination import FhirDestination
from hl7_bridge.fhir import Resource
from hl7_bridge.fhir_client import FhirClient
from hl7_bridge.hospital import seed_hospital
from hl7_bridge.kr_core.revision import Retraction
from hl7_bridge.site import NOTE_DOCUMENT, Site, business_identifier
from scribe import signing
from scribe.crypto import HospitalKey, SigningKey
from scribe.deliveries import Pace
from scribe.domain import entries as e
from scribe.domain.delivery import Delivery
from scribe.domain.encounter import Encounter, Identifier, Organization, Patient, Practitioner
from scribe.domain.note import Drafter, NoteContent, SignedNote
from scribe.domain.statement import Section, Statement
from scribe.domain.summary import PatientSummary
from scribe.pipeline import Pipeline
from scribe.receivers import receiver_of
from scribe.settings import Settings
from scribe.stages import Stages
from scribe.store import Actor, Store, open_store
from scribe.store.board import Board
from scribe.store.records import AccountRecord

DESTINATION = "hospital"
INSTITUTION = "99900001"
_ARC = f"urn:oid:1.2.410.100110.10.{INSTITUTION}"
_AMENDED_EVERY = 5
"""Every fifth consultation has an amendment, which must not overtake."""

_CLINIC = Organization(
    name="시험의원",
    identifier=Identifier(system="http://www.hl7korea.or.kr/Identifier/hira-krnpi", value=INSTITUTION),
)
_DOCTOR = Practitioner(
    name="이서연",
    identifier=Identifier(system="http://www.hl7korea.or.kr/Identifier/mohw-md-license-id", value="990001"),
    department="01",
)
_SAID = (e.Evidence(utterance="u1", start=0, end=3),)
_ENTRIES: tuple[e.Entry, ...] = (
    e.Symptom(id="e0", name="기침", evidence=_SAID, status="present", duration="3일", duration_iso="P3D"),
    e.Diagnosis(
        id="e1",
        name="급성 상기도감염",
        evidence=_SAID,
        certainty="confirmed",
        code=e.Code(system=e.KCD8_SYSTEM, code="J06.9"),
    ),
    e.Vital(id="e2", name="수축기혈압", evidence=_SAID, value=118, unit="mm[Hg]"),
    e.Vital(id="e3", name="이완기혈압", evidence=_SAID, value=76, unit="mm[Hg]"),
    e.Vital(id="e4", name="체온", evidence=_SAID, value=37.8, unit="Cel"),
    e.Allergy(id="e5", name="페니실린", evidence=_SAID, status="present"),
)
_SECTIONS = (
    Section(
        code="assessment",
        title="A",
        statements=(Statement(id="s0", text="급성 상기도감염", entries=("e1",), support="supported"),),
    ),
)
_CONTENT = NoteContent(
    sections=_SECTIONS,
    entries=_ENTRIES,
    patient_summary=PatientSummary(language="ko", sections=()),
    drafter=Drafter(name="evidence", version="1"),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Rate:
    """``notes`` delivered in ``seconds`` of wall time and ``cpu_seconds`` of this process."""

    notes: int
    seconds: float
    cpu_seconds: float

    @property
    def per_second(self) -> float:
        return self.notes / self.seconds

    def plus(self, other: "Rate") -> "Rate":
        return Rate(
            notes=self.notes + other.notes,
            seconds=self.seconds + other.seconds,
            cpu_seconds=self.cpu_seconds + other.cpu_seconds,
        )

    def as_json(self) -> dict[str, float]:
        return {
            "notes": self.notes,
            "seconds": round(self.seconds, 2),
            "notes_per_second": round(self.per_second, 2),
            "cpu_ms_per_note": round(1000 * self.cpu_seconds / self.notes, 2),
        }


@dataclass(slots=True, kw_only=True)
class Held:
    """What the server holds of the versions that were signed."""

    once: int = 0
    lost: int = 0
    doubled: int = 0
    out_of_order: int = 0

    @property
    def exact(self) -> bool:
        return not (self.lost or self.doubled or self.out_of_order)


@dataclass(slots=True)
class Bench:
    """A store full of signed notes, and a FHIR server that knows their patients."""

    folder: Path
    base_url: str
    store_url: str | None = None
    at_once: int = 8
    pace: Pace = field(default_factory=lambda: Pace(chance=lambda: 0.5))
    settings: Settings = field(init=False)
    store: Store = field(init=False)
    account: AccountRecord = field(init=False)

    def __post_init__(self) -> None:
        given = {} if self.store_url is None else {"database_url": self.store_url}
        self.settings = Settings.load({}, data_dir=self.folder, **given)
        self.store = open_store(
            self.settings.store_url,
            wrapper=HospitalKey.from_file(self.settings.key_file),
            audio_dir=self.settings.audio_dir,
        )
        hospital_id = self.store.ensure_hospital(_CLINIC)
        with self.store.begin(Actor.service(hospital_id)) as work:
            found = work.accounts.credentials("lee")
            self.account = (
                found[0]
                if found
                else work.accounts.add(
                    login="lee",
                    password_hash="-",  # noqa: S106 - nobody signs in
                    role="physician",
                    name=_DOCTOR.name,
                    licence=_DOCTOR.identifier,
                )
            )

    def site(self, address: str) -> Site:
        return Site(
            identifier_system=_ARC,
            organization=_CLINIC,
            destinations=(FhirDestination(name=DESTINATION, url=address, timeout=20.0),),
        )

    def sign(self, count: int, prefix: str, *, amended: bool = True) -> list[list[SignedNote]]:
        """The versions of ``count`` notes, signed in the store and their visits known to the server."""
        with self.store.begin(self.account.actor) as work:
            key = work.signing_keys.mine()
        notes: list[list[SignedNote]] = []
        visits = [_visit(f"{prefix}{number}", number) for number in range(count)]
        for start in range(0, count, 100):
            with self.store.begin(self.account.actor) as work:
                for number, visit in enumerate(visits[start : start + 100], start):
                    work.encounters.add(visit)
                    versions = [self._signed(visit, key, None)]
                    if amended and number % _AMENDED_EVERY == 0:
                        versions.append(self._signed(visit, key, versions[0]))
                    for version in versions:
                        work.notes.add(version)
                    notes.append(versions)
        with FhirClient(self.base_url) as client:
            for visit in visits:
                seed_hospital(client, visit)
        return notes

    def _signed(self, visit: Encounter, key: SigningKey, amends: SignedNote | None) -> SignedNote:
        return signing.sign(
            _CONTENT,
            visit,
            shown_sha256=signing.content_sha256(_CONTENT, visit),
            author=_DOCTOR,
            key=key,
            clock=self.store.clock,
            new_id=self.store.new_id,
            amends=amends,
            reason="정정" if amends else None,
        )

    def post(self, notes: Sequence[Sequence[SignedNote]], address: str) -> Rate:
        """Post the notes without the outbox: as many threads, each with a channel of its own, versions in order."""
        waiting: SimpleQueue[Sequence[SignedNote]] = SimpleQueue()
        for versions in notes:
            waiting.put(versions)
        receiver = receiver_of(self.site(address), DESTINATION)

        def work() -> None:
            with receiver.open() as channel:
                while True:
                    try:
                        versions = waiting.get_nowait()
                    except Empty:
                        return
                    for place, note in enumerate(versions):
                        if channel.deliver(note, versions[:place]).state != "accepted":
                            raise RuntimeError("a server that does not fail refused a note")

        threads = [threading.Thread(target=work) for _ in range(self.at_once)]
        return _timed(sum(len(versions) for versions in notes), lambda: _all(threads))

    @contextmanager
    def pipeline(self, address: str, open_channel: Callable[[], Channel] | None = None) -> Iterator[Pipeline]:
        """The pipeline with its outbox, which sends to ``address`` unless ``open_channel`` leads elsewhere; recognition
        and drafting are not of it."""
        receiver = replace(receiver_of(self.site(address), DESTINATION), at_once=self.at_once)
        if open_channel is not None:
            receiver = replace(receiver, open=open_channel)
        stages = Stages(recognise=_never, draft_note=_never, receivers={DESTINATION: receiver})
        pipeline = Pipeline(self.settings, self.store, stages, pace=self.pace)
        pipeline.start()
        try:
            yield pipeline
        finally:
            pipeline.stop()

    def put(self, notes: Sequence[Sequence[SignedNote]]) -> None:
        """Put the notes in the outbox, later versions first, as the worst of all orders."""
        versions = [note for versions in notes for note in reversed(versions)]
        for start in range(0, len(versions), 200):
            with self.store.begin(self.account.actor) as work:
                for note in versions[start : start + 200]:
                    work.outbox.add(note.note_id, note.version, DESTINATION)

    def through_outbox(
        self, pipeline: Pipeline, notes: Sequence[Sequence[SignedNote]], *, most_seconds: float = 600.0
    ) -> Rate:
        """Deliver the notes through the outbox; ends when none is on its way."""

        def work() -> None:
            self.put(notes)
            pipeline.wake()
            board, deadline = Board(self.store.engine), time.monotonic() + most_seconds
            while board.under_way() and time.monotonic() < deadline:
                time.sleep(0.05)

        return _timed(sum(len(versions) for versions in notes), work)

    def states(self) -> dict[str, int]:
        with self.store.begin(Actor.service(self.account.hospital_id)) as work:
            return {str(state): count for state, count in work.outbox.counts().get(DESTINATION, {}).items()}

    def held(self, notes: Sequence[Sequence[SignedNote]]) -> Held:
        """Ask the server, past the proxy, for the note document of every version."""
        held, site = Held(), self.site(self.base_url)
        with FhirClient(self.base_url) as client:
            for versions in notes:
                moments = []
                for note in versions:
                    key = business_identifier(note, site, NOTE_DOCUMENT)
                    found = client.search("DocumentReference", {"identifier": f"{key.system}|{key.value}"})
                    held.once += len(found) == 1
                    held.lost += not found
                    held.doubled += len(found) > 1
                    if len(versions) > 1:
                        moments += [_arrived(self.base_url, item) for item in found[:1]]
                held.out_of_order += moments != sorted(moments)
        return held


def compare(bench: Bench, notes: int, rounds: int = 4) -> dict[str, Any]:
    """Post and put in turns, on a server that does not fail; what the outbox costs."""
    posted = put = None
    with bench.pipeline(bench.base_url) as pipeline:
        for number in range(rounds):
            share = notes // rounds
            one = bench.post(bench.sign(share, f"posted-{number}-", amended=False), bench.base_url)
            other = bench.through_outbox(pipeline, bench.sign(share, f"put-{number}-", amended=False))
            posted, put = (one if posted is None else posted.plus(one)), (other if put is None else put.plus(other))
    if posted is None or put is None:
        raise ValueError("at least one round is needed")
    return {
        "posted": posted.as_json(),
        "outbox": put.as_json(),
        "ratio": round(put.per_second / posted.per_second, 3),
        "outbox_cpu_ms_per_note": round(1000 * (put.cpu_seconds / put.notes - posted.cpu_seconds / posted.notes), 2),
    }


class _Prompt:
    """A receiver that accepts everything at once and keeps nothing."""

    def deliver(self, note: SignedNote, earlier: Sequence[SignedNote] = (), *, overwrite: bool = False) -> Delivery:
        del earlier, overwrite
        return Delivery(note_id=note.note_id, note_version=note.version, destination=DESTINATION, state="accepted")

    def look_up(self, note: SignedNote, earlier: Sequence[SignedNote] = ()) -> Delivery:
        return self.deliver(note, earlier)

    def retract(self, note: SignedNote, earlier: Sequence[SignedNote] = (), *, retraction: Retraction) -> Delivery:
        del retraction
        return self.deliver(note, earlier)

    def close(self) -> None: ...

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exception: object) -> None:
        self.close()


def alone(bench: Bench, notes: int) -> dict[str, float]:
    """The outbox by itself: what it delivers to a receiver that takes no time."""
    signed = bench.sign(notes, "alone-", amended=False)
    with bench.pipeline(bench.base_url, _Prompt) as pipeline:
        return bench.through_outbox(pipeline, signed).as_json()


def endure(
    bench: Bench, notes: int, *, share: float, seed: int, writes_only: bool = False, most_seconds: float = 1200.0
) -> dict[str, Any]:
    """Every note through a server that harms a ``share`` of the requests; what arrived, and how."""

    def matching(exchange: Exchange) -> bool:
        return exchange.write or not writes_only

    signed = bench.sign(notes, "endured-")
    with HttpWire(bench.base_url, retry_after=1, delay=0.2) as wire:
        wire.mixed(share, (*HARMFUL, "slow", "html", "html_after"), seed=seed, matching=matching)
        with bench.pipeline(wire.base_url) as pipeline:
            rate = bench.through_outbox(pipeline, signed, most_seconds=most_seconds)
        exchanges = wire.exchanges
    held = bench.held(signed)
    return {
        "share": share,
        "of": "writes" if writes_only else "all requests",
        "seed": seed,
        "consultations": notes,
        "versions": rate.notes,
        **rate.as_json(),
        "requests": len(exchanges),
        "harmed": dict(Counter(exchange.fault for exchange in exchanges if exchange.fault)),
        "states": bench.states(),
        "arrived_once": held.once,
        "lost": held.lost,
        "doubled": held.doubled,
        "out_of_order": held.out_of_order,
    }


def _visit(identifier: str, number: int) -> Encounter:
    return Encounter(
        id=identifier,
        start=datetime(2026, 9, 14, 1, 0, tzinfo=UTC) + timedelta(minutes=number),
        patient=Patient(
            name="홍길동",
            sex="male",
            birth_date=date(1980, 3, 1),
            identifier=Identifier(system=f"{_ARC}.1", value=f"{number % 50:08d}"),
        ),
        practitioner=_DOCTOR,
        organization=_CLINIC,
        identifier=Identifier(system=f"{_ARC}.2", value=f"V-{identifier}"),
    )


def _arrived(base_url: str, document: Resource) -> str:
    """When the server first held a document, however often it was updated since."""
    address = f"{base_url}/DocumentReference/{document.id}/_history/1"
    return str(httpx.get(address, trust_env=False).raise_for_status().json()["meta"]["lastUpdated"])


def _timed(notes: int, work: Callable[[], None]) -> Rate:
    began, processor = time.monotonic(), time.process_time()
    work()
    return Rate(notes=notes, seconds=time.monotonic() - began, cpu_seconds=time.process_time() - processor)


def _all(threads: Sequence[threading.Thread]) -> None:
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


def _never(*_arguments: object, **_options: object) -> Any:
    raise AssertionError("this pipeline only delivers")
