"""A store on SQLite and on PostgreSQL, with people in it."""

import os
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import psycopg
import pytest
from sqlalchemy import make_url

from scribe import signing
from scribe.crypto import HospitalKey, SigningKey, new_id, sha256_hex
from scribe.domain.consent import Consent
from scribe.domain.encounter import Encounter, Identifier, Organization, Patient
from scribe.domain.formats import transcript_sha256, write_transcript
from scribe.domain.note import Draft, Drafter, Note, SignedNote
from scribe.domain.statement import Section, Statement
from scribe.domain.summary import PatientSummary
from scribe.domain.transcript import Transcript, Utterance
from scribe.domain.uplink import Announcement, AudioManifest
from scribe.store import Actor, Store, Work, migrate, open_store
from scribe.store.records import AccountRecord, NoteRecord, SummaryApproval


@dataclass(frozen=True)
class Clinic:
    """A hospital with two physicians and an administrator."""

    store: Store
    hospital_id: str
    kim: AccountRecord
    lee: AccountRecord
    admin: AccountRecord

    @property
    def service(self) -> Actor:
        return Actor.service(self.hospital_id)

    def visit(self, *, number: str = "12345", consent: bool = True) -> str:
        """A consultation of Dr Kim's."""
        patient = Patient(
            name="홍길동",
            sex="male",
            birth_date=date(1980, 3, 1),
            identifier=Identifier(system="urn:oid:1.2.3", value=number),
        )
        with self.store.begin(self.kim.actor) as work:
            record = work.encounters.add(Encounter(id=new_id(), start=datetime.now(UTC), patient=patient))
            if consent:
                decision = Consent(purpose="recording", state="given", decided_at=datetime.now(UTC))
                work.consents.add(record.id, decision)
        return record.id


@pytest.fixture(scope="session")
def postgres() -> Iterator[str]:
    """The URL of a server of our own, without its database name; skipped where there is no server to start."""
    server = shutil.which("postgres") or next(
        iter(sorted(map(str, Path("/usr/lib/postgresql").glob("*/bin/postgres")), reverse=True)), None
    )
    if server is None:
        pytest.skip("no PostgreSQL server is installed")
    unprivileged = _unprivileged()
    folder = Path(tempfile.mkdtemp(prefix="pg-"))
    if unprivileged:
        shutil.chown(folder, "nobody")
    data = folder / "data"
    initdb = [str(Path(server).with_name("initdb")), "-D", str(data), "-U", "postgres", "-A", "trust", "--no-sync"]
    made = subprocess.run([*unprivileged, *initdb], check=False, capture_output=True, text=True, cwd=folder)
    if made.returncode != 0:
        pytest.skip(f"PostgreSQL cannot make a database here: {made.stderr.strip()}")
    options = ["-c", "listen_addresses=", "-c", "fsync=off", "-k", str(folder)]
    with (folder / "log").open("wb") as output:
        process = subprocess.Popen(
            [*unprivileged, server, "-D", str(data), *options], stdout=output, stderr=output, cwd=folder
        )
    try:
        _wait_for(folder)
        yield f"postgresql+psycopg://postgres@/{{name}}?host={folder}"
    finally:
        process.send_signal(signal.SIGINT)  # without waiting for clients
        process.wait(timeout=20)
        shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(params=["sqlite", "postgresql"])
def empty_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """An empty database."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path / 'scribe.db'}"
    return _create_database(request.getfixturevalue("postgres"), template="template1")


@pytest.fixture(scope="session")
def migrated_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("migrated") / "scribe.db"
    migrate(f"sqlite:///{path}")
    return path


@pytest.fixture(scope="session")
def migrated_database(postgres: str) -> str:
    url = _create_database(postgres, template="template1")
    migrate(url)
    return str(make_url(url).database)


@pytest.fixture(params=["sqlite", "postgresql"])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """A database with the schema in it."""
    if request.param == "sqlite":
        shutil.copy(request.getfixturevalue("migrated_file"), tmp_path / "scribe.db")
        return f"sqlite:///{tmp_path / 'scribe.db'}"
    return _create_database(request.getfixturevalue("postgres"), template=request.getfixturevalue("migrated_database"))


@pytest.fixture
def store(url: str, tmp_path: Path) -> Iterator[Store]:
    opened = open_store(url, wrapper=HospitalKey.from_file(tmp_path / "hospital.key"), audio_dir=tmp_path / "audio")
    yield opened
    opened.close()


@pytest.fixture
def clinic(store: Store) -> Clinic:
    hospital_id = store.ensure_hospital(Organization(name="서울내과의원"))
    with store.begin(Actor.service(hospital_id)) as work:
        kim = work.accounts.add(login="kim", password_hash="-", role="physician", name="김의사")
        lee = work.accounts.add(login="lee", password_hash="-", role="physician", name="이의사")
        admin = work.accounts.add(login="admin", password_hash="-", role="admin", name="관리자")
    return Clinic(store, hospital_id, kim, lee, admin)


TRANSCRIPT = Transcript(
    language="ko", utterances=(Utterance(id="u0", speaker="patient", start=0.0, end=1.5, text="기침이 나요."),)
)


@dataclass
class Case:
    """A consultation that has everything, and fresh ones to add things to."""

    full: str
    fresh: str
    untouched: str
    encounter: Encounter
    fresh_encounter: Encounter
    patient: str
    recording: str
    transcript: str
    record: NoteRecord
    amendment: SignedNote
    outbox: str
    link: str
    approval: SummaryApproval
    device: str
    upload: str
    whole_upload: str
    draft: Draft
    transcript_value: Transcript = TRANSCRIPT

    @property
    def note(self) -> SignedNote:
        return self.record.note


def draft_of(encounter) -> Draft:
    statement = Statement(id="s0", text="기침 있음.", support="supported")
    return Draft(
        encounter=encounter,
        transcript_sha256=transcript_sha256(TRANSCRIPT),
        drafter=Drafter(name="test", version="1"),
        entries=(),
        note=Note(template="soap", sections=(Section(code="subjective", title="S", statements=(statement,)),)),
        patient_summary=PatientSummary(language="ko", sections=()),
    )


def signed(work: Work, encounter, author, amends: SignedNote | None = None) -> SignedNote:
    content = signing.content_of(draft_of(encounter))
    return signing.sign(
        content,
        encounter,
        shown_sha256=signing.content_sha256(content, encounter),
        author=author,
        key=work.signing_keys.mine(),
        clock=work.scope.clock,
        new_id=work.scope.new_id,
        amends=amends,
        reason="오타" if amends else None,
    )


def announcement(encounter_id: str, pcm: bytes = b"abcd") -> Announcement:
    now = datetime.now(UTC)
    return Announcement(
        encounter_id=encounter_id,
        started_at=now,
        duration=len(pcm) / 32000,
        sample_rate=16000,
        channels=1,
        audio=AudioManifest(sha256=sha256_hex(pcm), bytes=len(pcm), chunks=1),
        consent=Consent(purpose="recording", state="given", decided_at=now),
    )


def enrolled(clinic, owner: AccountRecord | None = None) -> str:
    """The id of a new device of Dr Kim's."""
    owner = owner or clinic.kim
    with clinic.store.begin(clinic.service) as work:
        invitation = work.devices.invite(
            owner_id=owner.id,
            locator=new_id()[-4:],
            code_index=b"0" * 32,
            accepts_audio=True,
            expires_at=datetime.now(UTC) + timedelta(hours=1),
        )
        return work.devices.enrol(invitation, public_key=SigningKey.generate().public, name="진료실 1").id


@pytest.fixture
def case(clinic) -> Case:
    full, fresh, untouched = (clinic.visit(number=number) for number in "123")
    with clinic.store.begin(clinic.kim.actor) as work:
        visit = work.encounters.get(full)
        encounter, fresh_encounter = visit.encounter, work.encounters.get(fresh).encounter
        recording = work.recordings.add(full, b"sound", media_type="audio/flac")
        transcript = work.transcripts.add(full, TRANSCRIPT, expected_version=0, recording_id=recording.id)
        work.drafts.add(
            full, draft_of(encounter), expected_version=0, drafted_by="drafter", transcript_id=transcript.id
        )
        note = work.notes.add(signed(work, encounter, clinic.kim.practitioner))
        outbox = work.outbox.add(note.note.note_id, 1, "hospital")
        amendment = signed(work, encounter, clinic.kim.practitioner, amends=note.note)
        approval = work.summaries.approve(note, "ko", b"{}", "Dr Kim")
        link = work.patient_links.add(approval, "0" * 64, datetime.now(UTC) + timedelta(days=1))
    device = enrolled(clinic)
    upload, whole_upload = new_id(), new_id()
    with clinic.store.begin(clinic.kim.actor) as work:
        for recording_id in (upload, whole_upload):
            work.uploads.begin(device, recording_id, announcement(fresh))
            work.uploads.put_part(recording_id, 0, b"ab")
        work.uploads.put_part(whole_upload, 1, b"cd")
        work.uploads.put_transcript(whole_upload, write_transcript(TRANSCRIPT))
    return Case(
        full=full,
        fresh=fresh,
        untouched=untouched,
        encounter=encounter,
        fresh_encounter=fresh_encounter,
        patient=visit.patient_id,
        recording=recording.id,
        transcript=transcript.id,
        record=note,
        amendment=amendment,
        outbox=outbox.id,
        link=link.id,
        approval=approval,
        device=device,
        upload=upload,
        whole_upload=whole_upload,
        draft=draft_of(encounter),
    )


def _create_database(server: str, *, template: str) -> str:
    name = f"t{new_id().replace('-', '')}"
    host = server.split("host=")[1]
    with psycopg.connect(f"host={host} user=postgres dbname=postgres", autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {name} TEMPLATE {template}")
    return server.format(name=name)


def _unprivileged() -> list[str]:
    """PostgreSQL refuses to run as root: there, run it as nobody."""
    if os.getuid() != 0:
        return []
    if shutil.which("setpriv") is None:
        pytest.skip("PostgreSQL cannot be started as root, and setpriv is missing")
    return ["setpriv", "--reuid=nobody", "--regid=nogroup", "--clear-groups"]


def _wait_for(folder: Path) -> None:
    for _ in range(100):
        try:
            psycopg.connect(f"host={folder} user=postgres dbname=postgres").close()
        except psycopg.OperationalError:
            time.sleep(0.1)
        else:
            return
    pytest.fail(f"PostgreSQL did not start: {(folder / 'log').read_text()}")
