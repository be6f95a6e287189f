"""A clinic with one consultation on its desk: invented people, the bundled dialogue, a draft written by hand."""

import re
import shutil
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
from httpx2 import Response
from sqlalchemy import event
from starlette.testclient import TestClient

from scribe.accounts import create_account, sign_in
from scribe.crypto import HospitalKey, sha256_hex
from scribe.demo.bundled import ORGANIZATION, PHYSICIAN, audio_file, bundled_encounter, case_file, encounter_of
from scribe.domain import entries as e
from scribe.domain.consent import Consent
from scribe.domain.formats import read_transcript
from scribe.domain.note import Draft, Drafter, Flag, Note
from scribe.domain.statement import Section, Statement, Support
from scribe.domain.summary import Medicine, PatientSummary
from scribe.domain.transcript import Transcript, Utterance, Word
from scribe.settings import Settings
from scribe.store import Actor, Store, Work, open_store
from scribe.store.database import open_engine
from scribe.store.records import AccountRecord
from scribe.web.access import SESSION_COOKIE
from scribe.web.app import create_app
from scribe.web.service import Service
from tests.uplink_service import service as service
from tests.uplink_service import visit as visit

LOGIN, PASSWORD = "leeseoyeon", "correct horse battery"
NOW = datetime(2026, 11, 16, 1, 0, tzinfo=UTC)


@dataclass
class Clock:
    """A clock that tests set."""

    now: datetime = NOW

    def __call__(self) -> datetime:
        return self.now


@dataclass
class Clinic:
    """The service under test, its people and its one consultation."""

    service: Service
    hospital_id: str
    physician: AccountRecord
    encounter_id: str
    transcript: Transcript
    draft: Draft
    clock: Clock
    enqueued: list[tuple[str, int]]
    drafted: list[str]

    @property
    def store(self) -> Store:
        return self.service.store

    def client(self) -> TestClient:
        return TestClient(create_app(self.service), base_url="http://testserver", follow_redirects=False)


def _with_words(utterance: Utterance) -> Utterance:
    """Word times by share of characters, and one uncertain word a line, as a recogniser would give them."""
    tokens = utterance.text.split()
    total = sum(map(len, tokens))
    words, spoken = [], 0
    for index, token in enumerate(tokens):
        start, spoken = spoken, spoken + len(token)
        span = utterance.end - utterance.start
        probability = 0.41 if index == 3 else 0.95
        words.append(
            Word(
                text=token,
                start=round(utterance.start + span * start / total, 2),
                end=round(utterance.start + span * spoken / total, 2),
                probability=probability,
            )
        )
    return replace(utterance, words=tuple(words), confidence=0.9)


@pytest.fixture(scope="session")
def transcript() -> Transcript:
    bundled = read_transcript(case_file().read_bytes(), "consultation.json")
    return replace(bundled, utterances=tuple(_with_words(utterance) for utterance in bundled.utterances))


@pytest.fixture(scope="session")
def draft(transcript: Transcript) -> Draft:
    return _Scribe(transcript).draft()


class _Scribe:
    """Writes the draft by hand, finding each quoted phrase in the dialogue."""

    def __init__(self, transcript: Transcript) -> None:
        self.transcript = transcript

    def said(self, number: int, phrase: str) -> e.Evidence:
        utterance = self.transcript.utterances[number]
        start = utterance.text.index(phrase)
        return e.Evidence(utterance=utterance.id, start=start, end=start + len(phrase))

    def draft(self) -> Draft:
        encounter = encounter_of(bundled_encounter(), "encounter-1", NOW)
        return Draft(
            encounter=encounter,
            transcript_sha256=sha256_hex(b"hand-written"),
            drafter=Drafter(name="hand", version="1"),
            entries=self.entries(),
            note=Note(template="soap", sections=self.note()),
            patient_summary=PatientSummary(language="ko", sections=self.summary(), medicines=self.medicines()),
            flags=(
                Flag(kind="conflict", text="체온이 두 번 다르게 나옵니다: 37.8℃(어제), 36.8℃(오늘).", entries=("e3",)),
                Flag(kind="missing", text="흡연력의 갑년이 없습니다."),
                Flag(kind="unsupported", statements=("s9",)),
            ),
        )

    def entries(self) -> tuple[e.Entry, ...]:
        kcd = e.KCD8_SYSTEM
        return (
            e.Symptom(
                id="e0", name="기침", status="present", onset="사흘 전부터",
                evidence=(self.said(1, "사흘 전부터 기침"),),
            ),
            e.Symptom(id="e1", name="인후통", status="present", evidence=(self.said(1, "목이 아파요"),)),
            e.Symptom(
                id="e2",
                name="호흡곤란",
                status="absent",
                evidence=(self.said(6, "숨이 차거나"), self.said(7, "아니요, 그런 건 없어요")),
            ),
            e.Vital(id="e3", name="체온", value=36.8, unit="Cel", evidence=(self.said(18, "체온은 삼십육 점 팔 도"),)),
            e.Vital(id="e4", name="수축기혈압", value=158, unit="mm[Hg]", evidence=(self.said(18, "백오십팔"),)),
            e.Vital(id="e5", name="이완기혈압", value=96, unit="mm[Hg]", evidence=(self.said(18, "구십육"),)),
            e.Allergy(
                id="e6", name="아스피린", status="present", reaction="두드러기",
                evidence=(self.said(13, "아스피린을 먹고 두드러기가 났어요"),),
            ),
            e.Diagnosis(
                id="e7", name="급성 인두염", certainty="confirmed", code=e.Code(system=kcd, code="J02.9"),
                evidence=(self.said(21, "급성 인두염"),),
            ),
            e.MedicationOrder(
                id="e8", name="아세트아미노펜", action="start", dose=e.Dose(value=500, unit="mg"), times_per_day=3,
                frequency="1일 3회 식후 30분", duration_days=3,
                evidence=(self.said(22, "아세트아미노펜"), self.said(22, "오백 밀리그램을 하루 세 번")),
            ),
            e.FollowUp(
                id="e9", name="재진", when="한 달 뒤", in_days=30, evidence=(self.said(27, "한 달 뒤에 다시 오세요"),)
            ),
        )  # fmt: skip

    def statement(
        self, name: str, text: str, *evidence: e.Evidence, entries: tuple[str, ...] = (), support: Support = "supported"
    ) -> Statement:
        return Statement(id=name, text=text, entries=entries, evidence=evidence, support=support)

    def note(self) -> tuple[Section, ...]:
        said, line = self.said, self.statement
        subjective = (
            line("s0", "사흘 전부터 기침, 인후통.", said(1, "사흘 전부터 기침"), said(1, "목이 아파요"),
                 entries=("e0", "e1")),
            line("s1", "호흡곤란, 흉통 없음.", said(6, "숨이 차거나 가슴이 아프지는"), said(7, "그런 건 없어요"),
                 entries=("e2",)),
            line("s2", "아스피린 복용 후 두드러기.", said(13, "아스피린을 먹고 두드러기가 났어요"), entries=("e6",)),
        )  # fmt: skip
        objective = (
            line("s3", "혈압 158/96 mmHg, 체온 36.8℃.", said(18, "혈압은 백오십팔에 구십육"),
                 said(18, "삼십육 점 팔 도"), entries=("e4", "e5", "e3")),
            line("s4", "인두 발적, 편도 비대.", said(19, "목이 빨갛게 부었네요"), support="partial"),
        )  # fmt: skip
        plan = (
            line("s6", "아세트아미노펜 500 mg 1일 3회 식후 30분 3일.", said(22, "아세트아미노펜"),
                 said(22, "오백 밀리그램을 하루 세 번"), entries=("e8",)),
            line("s9", "금연 상담 시행.", support="none"),
            line("s10", "1개월 뒤 재진.", said(27, "한 달 뒤에 다시 오세요"), entries=("e9",)),
        )  # fmt: skip
        return (
            Section(code="subjective", title="S", statements=subjective),
            Section(code="objective", title="O", statements=objective),
            Section(code="assessment", title="A", statements=(
                line("s5", "급성 인두염 (J02.9).", said(21, "급성 인두염"), entries=("e7",)),)),
            Section(code="plan", title="P", statements=plan),
        )  # fmt: skip

    def summary(self) -> tuple[Section, ...]:
        said, line = self.said, self.statement
        return (
            Section(code="today", title="오늘 진료 한눈에", statements=(
                line("p0", "목감기(급성 인두염)입니다.", said(21, "목감기예요"), entries=("e7",)),)),
            Section(code="medicines", title="약은 이렇게 드세요", statements=(
                line("p1", "해열진통제를 하루 세 번, 밥 먹고 30분 뒤에 드세요.", said(22, "밥을 먹고 삼십 분 뒤"),
                     entries=("e8",)),)),
            Section(code="warning", title="이럴 때는 바로 오세요", statements=(
                line("p2", "숨이 차거나 가슴이 아플 때", said(29, "숨이 차거나")),
                line("p3", "열이 39도를 넘을 때", said(29, "열이 삼십구 도를 넘으면")),)),
            Section(code="follow_up", title="다음 진료", statements=(
                line("p4", "한 달 뒤에 다시 오세요.", said(27, "한 달 뒤에 다시 오세요"), entries=("e9",)),)),
        )  # fmt: skip

    def medicines(self) -> tuple[Medicine, ...]:
        return (
            Medicine(
                entry="e8", name="아세트아미노펜 500 mg", morning="1정", noon="1정", evening="1정",
                relation_to_meal="식후 30분", days=3,
            ),
        )  # fmt: skip


@dataclass(frozen=True)
class Furnished:
    """A data folder with the clinic in it, made once and copied for each test."""

    folder: Path
    hospital_id: str
    physician: AccountRecord
    encounter_id: str
    token: str


@pytest.fixture(scope="session")
def furnished(tmp_path_factory: pytest.TempPathFactory, transcript: Transcript, draft: Draft) -> Furnished:
    folder = tmp_path_factory.mktemp("clinic")
    store = _open(folder, Clock())
    hospital_id = store.ensure_hospital(ORGANIZATION)
    physician = create_account(
        store,
        hospital_id,
        login=LOGIN,
        password=PASSWORD,
        role="physician",
        name=PHYSICIAN.name,
        licence=PHYSICIAN.identifier,
    )
    encounter_id = put_on_desk(store, physician.actor, transcript, draft)
    token = sign_in(store, hospital_id, LOGIN, PASSWORD).token
    store.close()
    return Furnished(folder, hospital_id, physician, encounter_id, token)


@pytest.fixture
def clinic(tmp_path: Path, furnished: Furnished, transcript: Transcript, draft: Draft) -> Iterator[Clinic]:
    folder = tmp_path / "clinic"
    shutil.copytree(furnished.folder, folder)
    clock = Clock()
    engine = open_engine(_url(folder))
    event.listen(engine, "connect", lambda connection, _: connection.execute("PRAGMA synchronous=OFF"))
    store = Store(engine, HospitalKey.from_file(folder / "hospital.key"), folder / "audio", clock)
    enqueued: list[tuple[str, int]] = []

    def enqueue(work: Work, note_id: str, version: int) -> None:
        work.outbox.add(note_id, version, "hospital")
        work.after_commit(lambda: enqueued.append((note_id, version)))

    drafted: list[str] = []

    def redraft(work: Work, encounter_id: str) -> None:
        work.after_commit(lambda: drafted.append(encounter_id))

    settings = Settings.load({}, data_dir=folder)
    service = Service(store=store, settings=settings, enqueue=enqueue, redraft=redraft)
    yield Clinic(
        service,
        furnished.hospital_id,
        furnished.physician,
        furnished.encounter_id,
        transcript,
        draft,
        clock,
        enqueued,
        drafted,
    )
    store.close()


def _url(folder: Path) -> str:
    return f"sqlite:///{folder / 'scribe.db'}"


def _open(folder: Path, clock: Clock) -> Store:
    key = HospitalKey.from_file(folder / "hospital.key")
    return open_store(_url(folder), wrapper=key, audio_dir=folder / "audio", clock=clock)


def put_on_desk(store: Store, actor: Actor, transcript: Transcript, draft: Draft) -> str:
    with store.begin(actor) as work:
        record = work.encounters.add(draft.encounter)
        work.consents.add(record.id, Consent(purpose="recording", state="given", decided_at=NOW))
        recording = work.recordings.add(record.id, audio_file().read_bytes(), media_type="audio/flac", duration=170.0)
        kept = work.transcripts.add(record.id, transcript, expected_version=0, recording_id=recording.id)
        work.drafts.add(record.id, draft, expected_version=0, drafted_by="drafter", transcript_id=kept.id)
    return record.id


@pytest.fixture
def colleague(clinic: Clinic) -> TestClient:
    """A browser of another physician of the same hospital."""
    create_account(
        clinic.store, clinic.hospital_id, login="kimdohyun", password=PASSWORD, role="physician", name="김도현"
    )
    return signed_in(clinic.client(), "kimdohyun")


@pytest.fixture
def visitor(clinic: Clinic) -> TestClient:
    """A browser that nobody has signed in with."""
    return clinic.client()


@pytest.fixture
def browser(clinic: Clinic, furnished: Furnished) -> TestClient:
    """A browser that the physician has signed in with."""
    client = clinic.client()
    client.cookies.set(SESSION_COOKIE, furnished.token)
    return client


@dataclass
class Desk:
    """The review page as its scripts use it."""

    client: TestClient
    encounter_id: str
    version: int = 1

    def page(self) -> str:
        answer = self.client.get(f"/encounters/{self.encounter_id}")
        assert answer.status_code == 200, answer.text
        return answer.text

    def edit(self, *, version: int | None = None, **edit: object) -> Response:
        csrf = csrf_of(self.page())
        body = {"version": self.version if version is None else version, "edit": edit}
        answer = self.client.post(f"/encounters/{self.encounter_id}/edits", json=body, headers={"x-csrf-token": csrf})
        if answer.status_code == 200:
            self.version = answer.json()["version"]
        return answer

    def settle_everything(self) -> None:
        self.edit(op="settle", flag=0)
        assert self.edit(op="accept", part="note", statement="s9").json()["open"] == 0

    def signing_form(self) -> dict[str, str]:
        page = self.client.get(f"/encounters/{self.encounter_id}/sign").text
        return {name: field_of(page, name) for name in ("csrf", "content_sha256")}

    def sign(self, **changed: str) -> Response:
        form = {**self.signing_form(), "password": PASSWORD, **changed}
        return self.client.post(f"/encounters/{self.encounter_id}/sign", data=form)


def csrf_of(page: str) -> str:
    return _found(r'<meta name="csrf" content="([^"]+)"', page)


def field_of(page: str, name: str) -> str:
    return _found(rf'name="{name}" value="([^"]*)"', page)


def _found(pattern: str, page: str) -> str:
    match = re.search(pattern, page)
    assert match is not None, f"{pattern} is not on the page"
    return match[1]


@pytest.fixture
def desk(clinic: Clinic, browser: TestClient) -> Desk:
    """The physician's review page of the one consultation."""
    return Desk(browser, clinic.encounter_id)


def signed_in(client: TestClient, login: str = LOGIN, password: str = PASSWORD) -> TestClient:
    client.get("/sign-in")
    proof = client.cookies["scribe_sign_in"]
    answer = client.post("/sign-in", data={"login": login, "password": password, "csrf": proof})
    assert answer.status_code == 303, answer.text
    return client
