"""A service for devices: a real store, the real application, real HTTP on loopback, and faults on demand."""

import atexit
import shutil
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from functools import cache, cached_property
from pathlib import Path

import pytest
import uvicorn
from sqlalchemy import event
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from edge_agent.identity import Identity, enrol
from edge_agent.uplink_client import Transport, enrol_at
from scribe.crypto import HospitalKey, new_id
from scribe.devices import invite
from scribe.domain.consent import Consent, ConsentState
from scribe.domain.encounter import Encounter, Identifier, Organization, Patient
from scribe.domain.transcript import Transcript, Utterance
from scribe.settings import Settings
from scribe.store import Actor, Store, Work, migrate
from scribe.store.database import open_engine
from scribe.store.records import AccountRecord
from scribe.web.app import create_app
from scribe.web.service import Service

MARKER = "왼쪽 새끼발가락이 유난히 저립니다"
"""Said in every recording: it must stand nowhere in plain text."""
NAME = "홍길순"


def transcript_of(text: str = MARKER) -> Transcript:
    return Transcript(language="ko", utterances=(Utterance(id="u0", speaker="patient", start=0.0, end=1.5, text=text),))


def consent(state: ConsentState = "given", at: datetime | None = None) -> Consent:
    return Consent(purpose="recording", state=state, decided_at=at or datetime.now(UTC))


@dataclass
class Clock:
    """A clock that tests set; real unless they do."""

    off: timedelta = timedelta(0)

    def __call__(self) -> datetime:
        return datetime.now(UTC) + self.off


@dataclass
class Fault:
    """What the service does wrong: ``kind`` for the next ``times`` requests whose path ends with ``at``."""

    kind: str
    at: str = ""
    times: int = 1
    headers: tuple[tuple[bytes, bytes], ...] = ()


class Faulty:
    """The application behind a line and a machine room in which things go wrong."""

    def __init__(self, make: Callable[[], ASGIApp]) -> None:
        self._make = make
        self.faults: list[Fault] = []
        self.seen: list[tuple[str, str, int]] = []

    @cached_property
    def app(self) -> ASGIApp:
        return self._make()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        fault = self._next(scope["path"])
        if fault is None:
            await self._passed(scope, receive, send)
        else:
            await self._broken(fault, scope, receive, send)

    def _next(self, path: str) -> Fault | None:
        for fault in self.faults:
            if path.endswith(fault.at) and fault.times > 0:
                fault.times -= 1
                return fault
        return None

    async def _passed(self, scope: Scope, receive: Receive, send: Send) -> None:
        async def noting(message: Message) -> None:
            if message["type"] == "http.response.start":
                self.seen.append((scope["method"], scope["path"], message["status"]))
            await send(message)

        await self.app(scope, receive, noting)

    async def _broken(self, fault: Fault, scope: Scope, receive: Receive, send: Send) -> None:
        if fault.kind == "lost answer":  # the request is served, its answer never arrives
            await self._passed(scope, receive, _nowhere)
            raise ConnectionResetError
        if fault.kind == "mid-part":
            await receive()
            raise ConnectionResetError
        status, body, media = {
            "500": (500, b'{"error": "broken"}', b"application/json"),
            "503": (503, b"", b"text/plain"),
            "html": (200, b"<html><title>Guest Wi-Fi</title></html>", b"text/html"),
            "404 html": (404, b"<html>nginx</html>", b"text/html"),
            "410 proxy": (410, b'{"error": "gone"}', b"application/json"),
            "truncated": (200, b'{"recording_id": "01', b"application/json"),
        }[fault.kind]
        headers = [(b"content-type", media), (b"content-length", str(len(body)).encode()), *fault.headers]
        await send({"type": "http.response.start", "status": status, "headers": headers})
        await send({"type": "http.response.body", "body": body})


async def _nowhere(message: Message) -> None:
    del message


@dataclass
class UplinkClinic:
    """A hospital with two physicians, served on loopback."""

    folder: Path
    store: Store
    hospital_id: str
    kim: AccountRecord
    lee: AccountRecord
    clock: Clock
    app: Faulty
    drafted: list[str] = field(default_factory=list)
    url: str = ""

    def visit(self, owner: AccountRecord | None = None, *, state: ConsentState | None = "given") -> str:
        """A consultation of Dr Kim's; ``state`` None: nobody has asked the patient yet."""
        patient = Patient(
            name=NAME,
            sex="female",
            birth_date=date(1972, 3, 1),
            identifier=Identifier(system="urn:oid:1.2.3", value=new_id()),
        )
        with self.store.begin((owner or self.kim).actor) as work:
            record = work.encounters.add(Encounter(id=new_id(), start=datetime.now(UTC), patient=patient))
            if state is not None:
                work.consents.add(record.id, consent(state))
        return record.id

    def decide(self, encounter_id: str, state: ConsentState) -> None:
        with self.store.begin(self.kim.actor) as work:
            work.consents.add(encounter_id, consent(state))

    def invite(self, *, audio: bool = False, owner: str = "kim") -> str:
        return invite(self.store, self.hospital_id, owner, accepts_audio=audio).code

    def enrol(self, folder: Path, *, audio: bool = False, owner: str = "kim") -> Identity:
        key = HospitalKey.from_file(folder / "edge.key")
        return enrol(
            self.url,
            self.invite(audio=audio, owner=owner),
            name="진료실 1",
            folder=folder,
            wrapper=key,
            service=enrol_at(Transport()),
            clock=self.clock_of_device,
        )

    device_clock: Clock = field(default_factory=Clock)

    def clock_of_device(self) -> datetime:
        return self.device_clock()

    def revoke(self, device_id: str) -> None:
        with self.store.begin(Actor.service(self.hospital_id)) as work:
            work.devices.revoke(device_id)

    def fault(self, kind: str, at: str = "", times: int = 1, **headers: str) -> None:
        named = tuple((name.replace("_", "-").encode(), value.encode()) for name, value in headers.items())
        self.app.faults.append(Fault(kind, at, times, named))

    def count(self, table: str) -> int:
        with self.store.engine.begin() as connection:
            return int(connection.exec_driver_sql(f"SELECT count(*) FROM {table}").scalar_one())


@cache
def _migrated() -> Path:
    """A database with the schema in it, made once."""
    path = Path(tempfile.mkdtemp(prefix="uplink-")) / "scribe.db"
    migrate(f"sqlite:///{path}")
    atexit.register(shutil.rmtree, path.parent)
    return path


@contextmanager
def uplink_clinic(folder: Path) -> Iterator[UplinkClinic]:
    """The clinic without HTTP."""
    folder.mkdir(parents=True, exist_ok=True)
    clock = Clock()
    shutil.copy(_migrated(), folder / "scribe.db")
    engine = open_engine(f"sqlite:///{folder / 'scribe.db'}")
    event.listen(engine, "connect", lambda connection, _: connection.execute("PRAGMA synchronous=OFF"))
    store = Store(engine, HospitalKey.from_file(folder / "hospital.key"), folder / "audio", clock)
    hospital_id = store.ensure_hospital(Organization(name="서울내과의원"))
    with store.begin(Actor.service(hospital_id)) as work:
        kim = work.accounts.add(login="kim", password_hash="-", role="physician", name="김의사")
        lee = work.accounts.add(login="lee", password_hash="-", role="physician", name="이의사")
    drafted: list[str] = []

    def redraft(work: Work, encounter_id: str) -> None:
        work.after_commit(lambda: drafted.append(encounter_id))

    def enqueue(work: Work, note_id: str, version: int) -> None:
        raise AssertionError("nothing is signed here")

    settings = Settings.load({}, data_dir=folder)
    service = Service(store=store, settings=settings, enqueue=enqueue, redraft=redraft)
    app = Faulty(lambda: create_app(service))
    yield UplinkClinic(folder, store, hospital_id, kim, lee, clock, app, drafted)
    store.close()


@contextmanager
def served(clinic: UplinkClinic, port: int = 0) -> Iterator[UplinkClinic]:
    """The clinic on a loopback port."""
    config = uvicorn.Config(
        clinic.app, host="127.0.0.1", port=port, log_level="critical", access_log=False, timeout_graceful_shutdown=1
    )
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    deadline = time.monotonic() + 15
    while not server.started:
        assert time.monotonic() < deadline, "the service did not start"
        time.sleep(0.01)
    clinic.url = f"http://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}"
    try:
        yield clinic
    finally:
        server.should_exit = True
        thread.join(timeout=10)


def with_url(identity: Identity, url: str) -> Identity:
    return replace(identity, url=url)


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[UplinkClinic]:
    with uplink_clinic(tmp_path_factory.mktemp("clinic")) as clinic, served(clinic):
        yield clinic


@pytest.fixture
def visit(service: UplinkClinic) -> str:
    return service.visit()
