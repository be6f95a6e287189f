"""An invented clinic with one consultation in each state, put into a store directly: ready in seconds."""

import shutil
import threading
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from functools import cache, partial
from pathlib import Path
from tempfile import TemporaryDirectory

from pydantic import TypeAdapter

from hl7_bridge.destination import FhirDestination
from hl7_bridge.site import Site
from scribe.accounts import create_account, sign_in
from scribe.demo.bundled import ORGANIZATION, PHYSICIAN, SYSTEM, audio_file, case_file, encounter_of
from scribe.domain.consent import Consent
from scribe.domain.delivery import Delivery, DeliveryProblem
from scribe.domain.encounter import Encounter, Identifier, Patient
from scribe.domain.formats import read_transcript
from scribe.domain.note import Draft, Flag
from scribe.domain.statement import Section, Statement
from scribe.domain.transcript import Transcript, Utterance, Word
from scribe.drafting.corrections import correct
from scribe.drafting.draft import draft
from scribe.installation import store_of
from scribe.settings import Settings
from scribe.signing import content_of, content_sha256, sign, unsettled
from scribe.stages import Stages
from scribe.steps import Steps
from scribe.store import Actor, Store, Work
from scribe.store.records import AccountRecord, NoteRecord
from scribe.web.labels import SEOUL
from scribe.web.service import Service

LOGIN, ADMIN, PASSWORD = "leeseoyeon", "admin", "correct horse battery"
DESTINATION = "hospital"
SITE = Site(
    identifier_system=SYSTEM,
    destinations=(FhirDestination(name=DESTINATION, url="https://fhir.hospital.invalid/r4"),),
)
"""A server that is not there: nothing delivers beside the tests."""

WAITING, RECOGNISING, REVIEW, SIGNED, DELIVERED, HELD = (
    "visit-waiting", "visit-recognising", "visit-review", "visit-signed", "visit-delivered", "visit-held",
)  # fmt: skip
"""The ids of the consultations, one a state of the worklist."""

_PATIENTS = {
    WAITING: Patient(name="강민서", sex="female", birth_date=date(1991, 4, 2)),
    RECOGNISING: Patient(name="오태윤", sex="male", birth_date=date(2019, 8, 30)),
    REVIEW: Patient(name="박정호", sex="male", birth_date=date(1968, 3, 14)),
    SIGNED: Patient(name="정순자", sex="female", birth_date=date(1944, 12, 25)),
    DELIVERED: Patient(name="남궁하늘", sex="female", birth_date=date(2001, 1, 9)),
    HELD: Patient(name="윤도현", sex="male", birth_date=date(1979, 6, 17)),
}
_REFUSED = DeliveryProblem(
    code="refused",
    message="병원 FHIR 서버가 기록을 거부했습니다.",
    retryable=False,
    expressions=("Observation.valueQuantity.code",),
)


@dataclass(frozen=True)
class Clinic:
    """A store of the clinic, its people, and the service over it."""

    settings: Settings
    service: Service
    physician: AccountRecord
    admin: AccountRecord

    @property
    def store(self) -> Store:
        return self.service.store

    def session(self, login: str = LOGIN) -> str:
        """The token of a new session of ``login``."""
        return sign_in(self.store, self.physician.hospital_id, login, PASSWORD).token

    def close(self) -> None:
        self.store.close()


@dataclass(frozen=True)
class _Furnished:
    """The clinic's data folder, made once a process and copied for each clinic."""

    home: TemporaryDirectory[str]
    physician: AccountRecord
    admin: AccountRecord


def open_clinic(folder: Path) -> Clinic:
    """The clinic under ``folder``, with one consultation in each state and nothing running beside the service.

    Transcript edits are drafted anew in a thread by the real drafter; what is signed waits in the outbox.
    """
    furnished = _furnished()
    shutil.copytree(furnished.home.name, folder, dirs_exist_ok=True)
    settings = Settings.load({}, data_dir=folder)
    store = store_of(settings)
    service = Service(store=store, settings=settings, enqueue=_enqueue, redraft=_redraft(store), site=SITE)
    return Clinic(settings, service, furnished.physician, furnished.admin)


@cache
def _furnished() -> _Furnished:
    home = TemporaryDirectory(prefix="clinic-")
    store = store_of(Settings.load({}, data_dir=Path(home.name)))
    hospital_id = store.ensure_hospital(ORGANIZATION)
    physician = create_account(
        store, hospital_id, login=LOGIN, password=PASSWORD, role="physician", name=PHYSICIAN.name,
        licence=PHYSICIAN.identifier,
    )  # fmt: skip
    admin = create_account(store, hospital_id, login=ADMIN, password=PASSWORD, role="admin", name="한지우")
    _Desk(store, physician.actor, datetime.now(UTC)).furnish()
    store.close()
    return _Furnished(home, physician, admin)


def ago(now: datetime, minutes: float) -> datetime:
    """``minutes`` (less than three hours) before ``now``, but today: shortly after midnight they pass more quickly."""
    here = now.astimezone(SEOUL)
    today = here - here.replace(hour=0, minute=0, second=0, microsecond=0)
    return now - timedelta(minutes=minutes) * min(today / timedelta(hours=3), 1.0)


def spoken() -> Transcript:
    """The bundled dialogue with word times, a few words of it uncertain."""
    bundled = read_transcript(case_file().read_bytes(), case_file().name)
    heard = replace(bundled, utterances=tuple(map(_with_words, bundled.utterances)))
    return correct(heard)


def _with_words(utterance: Utterance) -> Utterance:
    tokens = utterance.text.split()
    total = sum(map(len, tokens))
    words: list[Word] = []
    spoken_characters = 0
    for index, token in enumerate(tokens):
        start, spoken_characters = spoken_characters, spoken_characters + len(token)
        at = [
            utterance.start + (utterance.end - utterance.start) * place / total for place in (start, spoken_characters)
        ]
        probability = 0.41 if index == 5 else 0.95
        words.append(Word(text=token, start=round(at[0], 2), end=round(at[1], 2), probability=probability))
    return replace(utterance, words=tuple(words), confidence=0.9)


class _Desk:
    """Puts the consultations on a physician's desk."""

    def __init__(self, store: Store, actor: Actor, now: datetime) -> None:
        self.store, self.actor, self.now = store, actor, now
        self.transcript = spoken()

    def furnish(self) -> None:
        self._open(WAITING, minutes=0)
        self._recorded(RECOGNISING, minutes=12)
        self._to_review(REVIEW, minutes=31, open_items=True)
        for name, minutes in ((SIGNED, 55), (DELIVERED, 80), (HELD, 107)):
            self._to_review(name, minutes=minutes, open_items=False)
            self._sign(name)
        self._deliver(DELIVERED, "accepted")
        self._deliver(HELD, "rejected")

    def _open(self, name: str, *, minutes: int) -> Encounter:
        number = Identifier(system=f"{SYSTEM}.1", value=f"{sum(name.encode()):08}")
        stated = Encounter(id=name, start=ago(self.now, minutes), patient=replace(_PATIENTS[name], identifier=number))
        encounter = encounter_of(stated, name, self.now)
        with self.store.begin(self.actor) as work:
            work.encounters.add(encounter)
            work.consents.add(name, Consent(purpose="recording", state="given", decided_at=self.now))
        return encounter

    def _recorded(self, name: str, *, minutes: int) -> tuple[Encounter, str]:
        encounter = self._open(name, minutes=minutes)
        with self.store.begin(self.actor) as work:
            audio = audio_file().read_bytes()
            recording = work.recordings.add(name, audio, media_type="audio/flac", duration=170.0)
        return encounter, recording.id

    def _to_review(self, name: str, *, minutes: int, open_items: bool) -> None:
        encounter, recording_id = self._recorded(name, minutes=minutes)
        written = draft(self.transcript, encounter, template="soap")
        with self.store.begin(self.actor) as work:
            kept = work.transcripts.add(name, self.transcript, expected_version=0, recording_id=recording_id)
            shown = with_open_items(written) if open_items else written
            work.drafts.add(name, shown, expected_version=0, drafted_by="drafter", transcript_id=kept.id)

    def _sign(self, name: str) -> NoteRecord:
        with self.store.begin(self.actor) as work:
            latest = work.drafts.latest(name)
            assert latest is not None
            encounter = work.encounters.get(name).encounter
            content = content_of(latest.draft)
            note = sign(
                content,
                encounter,
                shown_sha256=content_sha256(content, encounter),
                author=PHYSICIAN,
                key=work.signing_keys.mine(),
                clock=self.store.clock,
                new_id=self.store.new_id,
                acknowledged=unsettled(content),
            )
            record = work.notes.add(note)
            _enqueue(work, record.note.note_id, record.note.version)
        return record

    def _deliver(self, name: str, state: str) -> None:
        with self.store.begin(self.actor) as work:
            (row,) = work.outbox.list(name)
        problem = _REFUSED if state == "rejected" else None
        told = Delivery(note_id=row.note_id, note_version=1, destination=DESTINATION, state=state, problem=problem)
        with self.store.begin(Actor.service(self.actor.hospital_id)) as work:
            claimed = work.outbox.claim(DESTINATION, "seed", most=9, lease=timedelta(minutes=1))
            for other in claimed:
                if other.id != row.id:
                    continue
                work.outbox.settle(
                    row.id,
                    "seed",
                    state,
                    problem=problem.code if problem else None,
                    outcome=TypeAdapter(Delivery).dump_json(told),
                )
            work.outbox.release("seed")


_HEARD = "확인 필요: 혈압 ‘백오십팔에 구십육’ → 158/96 mmHg. 이렇게 알아들었습니다. 맞습니까?"


def with_open_items(written: Draft) -> Draft:
    """``written`` with what waits for a physician: a conflict, a red flag, and a statement that nothing supports."""
    *before, plan = written.note.sections
    lone = Statement(id="s90", text="금연 상담 시행.", support="none")
    partial_one = replace(plan.statements[-1], support="partial")
    sections: tuple[Section, ...] = (*before, replace(plan, statements=(*plan.statements[:-1], partial_one, lone)))
    pressure = tuple(entry.id for entry in written.entries if entry.kind == "vital")[:2]
    flags = (
        Flag(kind="red_flag", text="호흡곤란이나 흉통이 생기면 바로 오도록 안내했습니다. 지금 증상은 없습니까?"),
        Flag(kind="conflict", text=_HEARD, entries=pressure),
        Flag(kind="unsupported", statements=("s90",)),
        *written.flags,
    )
    return replace(written, note=replace(written.note, sections=sections), flags=flags)


def _enqueue(work: Work, note_id: str, version: int) -> None:
    work.outbox.add(note_id, version, DESTINATION)


def _redraft(store: Store) -> Callable[[Work, str], None]:
    steps = Steps(store, Stages(recognise=_deaf, correct=correct, draft_note=partial(draft)))

    def redraft(work: Work, encounter_id: str) -> None:
        latest = work.transcripts.latest(encounter_id)
        assert latest is not None
        job = threading.Thread(target=steps.draft, args=(work.actor.hospital_id, encounter_id, latest.id), daemon=True)
        work.after_commit(job.start)

    return redraft


def _deaf(audio: bytes, *, language: str, recording_id: str, progress: Callable[[float], None]) -> Transcript:
    del audio, language, recording_id, progress
    raise AssertionError("nothing is recognised here: give the consultation a transcript")
