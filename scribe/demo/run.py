"""``scribe demo``: each stage for real, shown as it ends, its file left in a folder."""

import json
import signal
import threading
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from time import monotonic

from pydantic import TypeAdapter
from rich.console import Console

from hl7_bridge.delivery import connect, read_back, resolve_references
from hl7_bridge.fhir import FhirJson
from hl7_bridge.kr_core import map_note
from scribe import signing
from scribe.crypto import new_id
from scribe.demo import bundled, show
from scribe.demo.clinic import Clinic, running
from scribe.demo.physician import settle
from scribe.domain.delivery import Delivery
from scribe.domain.encounter import Encounter
from scribe.domain.entries import Entry
from scribe.domain.errors import ScribeError
from scribe.domain.formats import (
    read_encounter,
    read_transcript,
    write_delivery,
    write_draft,
    write_note,
    write_transcript,
)
from scribe.domain.note import Draft, SignedNote
from scribe.domain.transcript import Transcript
from scribe.progress import Progress
from scribe.site import site_of
from scribe.web import server
from scribe.web.patient.links import give_link
from scribe.web.patient.summary_view import approve, candidate

MEDIA_TYPES = {
    ".flac": "audio/flac",
    ".m4a": "audio/mp4",
    ".mp3": "audio/mpeg",
    ".ogg": "audio/ogg",
    ".opus": "audio/ogg",
    ".wav": "audio/wav",
    ".webm": "audio/webm",
}


_DELIVERY = TypeAdapter(Delivery)


class FolderTakenError(ScribeError):
    """{folder} holds an earlier demo: name another folder, or look at that one with `scribe serve --data-dir {folder}/service`."""  # noqa: E501


class DeliveryFailedError(ScribeError):
    """The hospital system did not take the note: {reason}.  The signed note is {file}."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """What to run on: audio, or a transcript (or case); ``reference`` is what was really said, where known."""

    audio: Path | None = None
    transcript: Path | None = None
    reference: Path | None = None
    language: str = "ko"


@dataclass(frozen=True, slots=True, kw_only=True)
class Measures:
    """How the evaluation measures; passed in, since nothing but the command line imports it."""

    character_error_rate: Callable[[str, str], float]
    survived: Callable[[Path, Sequence[Entry]], tuple[tuple[str, bool], ...]]


def bundled_source() -> Source:
    return Source(audio=bundled.audio_file(), reference=bundled.case_file())


def demo(
    source: Source,
    folder: Path,
    *,
    models_home: Path,
    measures: Measures,
    console: Console,
    port: int = 0,
    keep_serving: bool = False,
) -> None:
    """The whole main job, its files left in ``folder``; ``keep_serving`` leaves the service up until interrupted."""
    if (folder / "service").exists():
        raise FolderTakenError(folder=folder)
    folder.mkdir(parents=True, exist_ok=True)
    console.print(f"[dim]파일을 남기는 곳: {folder}[/]")
    steps = _Steps(console)
    steps.begin("진료실과 병원 시스템(FHIR R4 서버)을 엽니다")
    with running(folder, models_home, steps.observe) as clinic:
        run = _Run(clinic, source, measures, console, steps)
        run.whole()
        settings = clinic.settings.model_copy(update={"port": port})
        with server.running(settings, store=clinic.store, pipeline=clinic.pipeline) as address:
            run.addresses(address, keep_serving=keep_serving)
            if keep_serving:
                _until_interrupted()


class _Steps:
    """Numbered headings with the time each step took, and the fraction of a long one."""

    def __init__(self, console: Console) -> None:
        self._console = console
        self._number = 0
        self._started = monotonic()
        self._shown = -1

    def begin(self, title: str) -> None:
        self._number += 1
        now = monotonic()
        took = f"  [dim]({now - self._started:.1f}초)[/]" if self._number > 1 else ""
        self._started = now
        self._shown = -1
        if took:
            self._console.print(took, justify="right")
        self._console.rule(f"[bold]{self._number}. {title}[/]", align="left")

    def observe(self, progress: Progress) -> None:
        """Called from the workers: one line every tenth."""
        if progress.phase != "running" or progress.fraction is None:
            return
        tenth = int(progress.fraction * 10)
        if tenth > self._shown:
            self._shown = tenth
            self._console.print(f"  [dim]음성 인식 {tenth * 10} %[/]")


class _Run:
    def __init__(self, clinic: Clinic, source: Source, measures: Measures, console: Console, steps: _Steps) -> None:
        self.clinic = clinic
        self.source = source
        self.measures = measures
        self.console = console
        self.steps = steps
        self.encounter = self._encounter()

    def whole(self) -> None:
        draft = self._drafted()
        note = self._signed(draft)
        self._delivered(note)
        self._summary(note)
        self._left_to_review()

    def _encounter(self) -> Encounter:
        stated_in = self.source.transcript or self.source.reference
        stated = read_encounter(stated_in.read_bytes(), str(stated_in)) if stated_in else None
        return bundled.encounter_of(stated, new_id(), datetime.now(UTC))

    def _drafted(self) -> Draft:
        clinic, encounter = self.clinic, self.encounter
        clinic.open_encounter(encounter, language=self.source.language, now=datetime.now(UTC))
        if self.source.audio is not None:
            self.steps.begin("음성을 인식하고 말한 사람을 가립니다")
            media_type = MEDIA_TYPES.get(self.source.audio.suffix.lower(), "application/octet-stream")
            status = clinic.process_recording(encounter.id, self.source.audio.read_bytes(), media_type)
        else:
            self.steps.begin("대화문을 읽습니다")
            status = clinic.process_transcript(encounter.id, self._given_transcript())
        found = clinic.transcript(encounter.id)
        if found is not None:
            self._file("1-transcript.json", write_transcript(found.transcript))
            self._show_transcript(found.transcript)
        draft = clinic.draft(encounter.id, status).draft
        self.steps.begin("항목, 진료기록, 환자용 요약의 초안")
        self._file("2-draft.json", write_draft(draft))
        self.console.print(show.note(draft))
        if draft.flags:
            self.console.print(show.flags(draft.flags))
        self._show_survivors(draft)
        return draft

    def _given_transcript(self) -> Transcript:
        path = self.source.transcript
        if path is None:
            raise ValueError("a source has audio or a transcript")
        return read_transcript(path.read_bytes(), str(path))

    def _show_transcript(self, transcript: Transcript) -> None:
        reference = self.source.reference
        if reference is None:
            self.console.print(show.conversation(transcript))
            return
        said = read_transcript(reference.read_bytes(), str(reference))
        self.console.print(show.beside_reference(transcript, said))
        rate = self.measures.character_error_rate(_text(said), _text(transcript))
        self.console.print(f"글자 오류율(CER) [bold]{100 * rate:.1f} %[/] – 초안은 인식한 글에서 만듭니다.")

    def _show_survivors(self, draft: Draft) -> None:
        gold = self.source.reference or self.source.transcript
        if gold is None or read_encounter(gold.read_bytes(), str(gold)) is None:
            return
        found = self.measures.survived(gold, draft.entries)
        if not found:
            return
        lost = [name for name, survived in found if not survived]
        self.console.print(f"정답 항목 {len(found)}개 중 [bold]{len(found) - len(lost)}개[/]가 초안에 있습니다.")
        if lost:
            self.console.print("[dim]초안에 없는 것: " + ", ".join(lost) + "[/]")

    def _signed(self, drafted: Draft) -> SignedNote:
        self.steps.begin(f"서명: {bundled.PHYSICIAN.name} (데모 의사)")
        clinic, encounter_id = self.clinic, self.encounter.id
        settled, struck = settle(drafted, new_id)
        for statement in struck:
            self.console.print(f"  [red]지움[/] {statement.text}  [dim](근거가 없거나 대화가 엇갈림)[/]")
        with clinic.store.begin(clinic.actor) as work:
            latest = work.drafts.latest(encounter_id)
            version = latest.version if latest else 0
            if struck:
                work.drafts.add(encounter_id, settled, expected_version=version, drafted_by="clinician")
            key = work.signing_keys.mine()
            content = signing.content_of(settled)
            note = signing.sign(
                content,
                settled.encounter,
                shown_sha256=signing.content_sha256(content, settled.encounter),
                author=clinic.physician.practitioner,
                key=key,
                clock=lambda: datetime.now(UTC),
                new_id=new_id,
            )
            work.notes.add(note)
        self._file("3-note.json", write_note(note))
        self._file("signer.pub.pem", key.public.to_pem())
        self.console.print(f"  Ed25519 {note.signature.key_id}, 판 {note.version}")
        return note

    def _delivered(self, note: SignedNote) -> None:
        self.steps.begin("KR Core로 변환, 검증, 전달, 확인")
        clinic = self.clinic
        site = site_of(clinic.settings)
        status = clinic.pipeline.wait(clinic.pipeline.deliver(clinic.actor, note.note_id, note.version), seconds=120)
        client = connect(site)
        try:
            bundle = map_note(note, site, resolve_references(note, site, client))
            self._file("4-bundle.json", _json(bundle.as_json()))
            delivery = self._outcome(note)
            if delivery is None or delivery.state != "accepted":
                reason = delivery.problem.message if delivery and delivery.problem else status.outcome
                raise DeliveryFailedError(reason=reason, file=clinic.folder / "3-note.json")
            self._file("5-delivery.json", write_delivery(delivery))
            differing = read_back(delivery, note, site, client)
        finally:
            client.close()
        self.console.print(show.delivered(delivery, differing))

    def _outcome(self, note: SignedNote) -> Delivery | None:
        with self.clinic.store.begin(self.clinic.actor) as work:
            rows = [row for row in work.outbox.list(self.encounter.id) if row.version == note.version]
        return _DELIVERY.validate_json(rows[0].outcome) if rows and rows[0].outcome else None

    def _summary(self, note: SignedNote) -> None:
        self.steps.begin("환자가 받는 요약")
        summary = note.content.patient_summary
        self.console.print(show.patient_summary(summary))
        self._file("6-patient-summary.txt", show.plain(show.patient_summary(summary)).encode())

    def _left_to_review(self) -> None:
        """The same consultation once more, unsigned, so that there is something to review in the browser."""
        transcript = self.clinic.transcript(self.encounter.id)
        if transcript is None:
            return
        again = bundled.encounter_of(replace(self.encounter, identifier=None), new_id(), datetime.now(UTC))
        self.clinic.open_encounter(again, language=self.source.language, now=datetime.now(UTC))
        recording_id = None
        if self.source.audio is not None:
            with self.clinic.store.begin(self.clinic.actor) as work:
                media_type = MEDIA_TYPES.get(self.source.audio.suffix.lower(), "application/octet-stream")
                recording_id = work.recordings.add(again.id, self.source.audio.read_bytes(), media_type=media_type).id
        self.clinic.process_transcript(again.id, transcript.transcript, recording_id=recording_id)
        self.to_review = again.id

    def addresses(self, address: str, *, keep_serving: bool) -> None:
        """Where to look, once the service answers there."""
        self.steps.begin("볼 곳")
        clinic = self.clinic
        with clinic.store.begin(clinic.actor) as work:
            shown = candidate(work, self.encounter.id, "ko", clinic.settings)
            approval = approve(work, shown, shown.sha256, clinic.physician.practitioner.name)
            link = give_link(work, approval, datetime.now(UTC) + timedelta(days=1))
            patient = work.encounters.get(self.encounter.id).encounter.patient
        asks = f"생년월일 {patient.birth_date:%Y%m%d}" if patient else f"확인 번호 {link.code}"
        pages = {
            "서명한 기록": f"{address}/encounters/{self.encounter.id}",
            "검토할 초안": f"{address}/encounters/{self.to_review}",
            "환자 안내문": f"{address}{link.path} ({asks})",
            "로그인": f"{clinic.physician.login} / {clinic.password}",
            "병원 시스템": clinic.settings.fhir_url,
            "파일": clinic.folder,
        }
        for title, where in pages.items():
            self.console.print(f"  {title}  {where}", soft_wrap=True)
        if keep_serving:
            self.console.print("  Ctrl+C로 끝냅니다.")
        else:
            self.console.print(
                "  [dim]이 주소를 열어 보려면: scribe demo --keep-serving (make demo ARGS=--keep-serving)[/]"
            )

    def _file(self, name: str, content: bytes) -> None:
        (self.clinic.folder / name).write_bytes(content)
        self.console.print(f"  [dim]→ {name}[/]")


def _until_interrupted() -> None:
    stop = threading.Event()
    signal.signal(signal.SIGTERM, lambda *_: stop.set())
    with suppress(KeyboardInterrupt):
        stop.wait()


def _json(document: FhirJson) -> bytes:
    return (json.dumps(document, ensure_ascii=False, indent=1) + "\n").encode()


def _text(transcript: Transcript) -> str:
    return " ".join(utterance.text for utterance in transcript.utterances)
