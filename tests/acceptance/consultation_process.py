"""Processes for the kill tests, each of which brings one consultation from its source to the hospital system.

Started once, it loads the product and then forks a process for every line of its input, a JSON object: the
``encounter``, the ``audio`` file or null for typed text, the point to ``stop_at`` or null, and the ``settings``.
It answers with the lines ``PID number`` and, at the end, ``EXIT status``; between them the forked process says
``HOLD`` where it stops, waiting to be killed.

Everything the forked process does as the user (open, record, sign) it does only where it is not done yet, so that
it can be started again after a kill; everything the jobs do is left to them.
"""

import json
import os
import signal
import sys
import threading
import time
import traceback
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from functools import partial
from pathlib import Path

from hl7_bridge.fhir_client import FhirClient
from hl7_bridge.hospital import seed_hospital
from scribe import signing
from scribe.domain.consent import Consent
from scribe.domain.encounter import Encounter, Identifier, Organization, Patient, Practitioner
from scribe.domain.transcript import Transcript, Utterance
from scribe.installation import stages_of, store_of
from scribe.pipeline import Pipeline
from scribe.progress import Progress
from scribe.settings import Settings
from scribe.store import Actor

sys.path.insert(0, str(Path(__file__).parents[2]))  # the tests are no package of the installation
from tests.channels import ScriptedChannel

ARC = "urn:oid:1.2.410.100110.10.99900001"
LINES = (
    ("doctor", "어디가 불편하세요?"),
    ("patient", "사흘 전부터 기침이 나고 열이 나요."),
    ("doctor", "혈압은 130에 80이고 체온은 37.8도네요. 급성 기관지염 같습니다."),
    ("doctor", "아세트아미노펜 500밀리그램 하루 세 번 사흘 드릴게요."),
    ("patient", "페니실린 알레르기가 있어요."),
)
TRANSCRIPT = Transcript(
    language="ko",
    utterances=tuple(
        Utterance(id=f"u{number}", speaker=speaker, start=5.0 * number, end=5.0 * number + 4, text=text)
        for number, (speaker, text) in enumerate(LINES)
    ),
)


@dataclass(frozen=True)
class Order:
    """One line of the input."""

    encounter: str
    audio: str | None
    stop_at: str | None
    register: bool
    settings: dict[str, str]


def say(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


def hold(point: str) -> None:
    if point == order.stop_at:
        say(f"HOLD {point}")
        threading.Event().wait(60)
        sys.exit("nobody killed this process")


def observe(progress: Progress) -> None:
    hold(f"{progress.step} {progress.phase}")


def encounter() -> Encounter:
    return Encounter(
        id=order.encounter,
        start=datetime(2026, 9, 14, 1, 20, tzinfo=UTC),
        patient=Patient(
            name="홍길동",
            sex="male",
            birth_date=date(1980, 3, 1),
            identifier=Identifier(system=f"{ARC}.1", value="00012345"),
        ),
        practitioner=Practitioner(
            name="이서연",
            identifier=Identifier(system="http://www.hl7korea.or.kr/Identifier/mohw-md-license-id", value="990001"),
            department="23",
        ),
        organization=Organization(
            name="시험의원",
            identifier=Identifier(system="http://www.hl7korea.or.kr/Identifier/hira-krnpi", value="99900001"),
        ),
        identifier=Identifier(system=f"{ARC}.2", value=order.encounter),
    )


def stages(settings: Settings):
    """The configured stages, each stopping where it is asked to; typed text needs no recogniser."""
    real = stages_of(settings)

    def recognise(audio, *, language, recording_id, progress):
        hold("recognise inside")
        if order.audio is None:
            return TRANSCRIPT
        return real.recognise(audio, language=language, recording_id=recording_id, progress=progress)

    def draft_note(transcript, visit, *, template):
        hold("draft inside")
        return real.draft_note(transcript, visit, template=template)

    receivers = {
        name: replace(receiver, open=partial(HoldingChannel, receiver.open))
        for name, receiver in real.receivers.items()
    }
    return replace(real, recognise=recognise, draft_note=draft_note, receivers=receivers)


class HoldingChannel(ScriptedChannel):
    """The real channel, stopping before and after what it sends."""

    def __init__(self, opened) -> None:
        self._real = opened()

    def deliver(self, note, earlier=(), *, overwrite=False):
        hold("deliver before sending")
        delivery = self._real.deliver(note, earlier, overwrite=overwrite)
        hold("deliver after sending")
        return delivery

    def look_up(self, note, earlier=()):
        return self._real.look_up(note, earlier)

    def close(self) -> None:
        self._real.close()


def open_and_record(store, pipeline, kim: Actor) -> None:
    with store.begin(kim) as work:
        if any(record.id == order.encounter for record in work.encounters.list()):
            return
        work.encounters.add(encounter())
        work.consents.add(order.encounter, Consent(purpose="recording", state="given", decided_at=datetime.now(UTC)))
        audio = order.encounter.encode() if order.audio is None else Path(order.audio).read_bytes()
        work.recordings.add(order.encounter, audio, media_type="audio/wav")
        work.after_commit(lambda: hold("recorded, not enqueued"))
        work.after_commit(lambda: pipeline.process_recording(kim, order.encounter))


def sign(store, pipeline, kim, account) -> None:
    with store.begin(kim) as work:
        if work.notes.latest(order.encounter) is not None:
            return
        draft = work.drafts.latest(order.encounter).draft
        content = signing.content_of(draft)
        note = signing.sign(
            content,
            draft.encounter,
            shown_sha256=signing.content_sha256(content, draft.encounter),
            author=account.practitioner,
            key=work.signing_keys.mine(),
            clock=store.clock,
            new_id=store.new_id,
            acknowledged=signing.unsettled(content),
        )
        work.notes.add(note)
        for destination in pipeline.destinations:
            work.outbox.add(note.note_id, 1, destination)
        work.after_commit(lambda: hold("signed, not enqueued"))
        work.after_commit(lambda: pipeline.deliver(kim, note.note_id, 1))


def wait_for(store, kim, reached) -> None:
    deadline = time.monotonic() + 90
    while time.monotonic() < deadline:
        with store.begin(kim) as work:
            record = work.encounters.get(order.encounter)
        if record.problem:
            sys.exit(f"stopped: {record.problem}")
        if reached(record):
            return
        time.sleep(0.1)
    sys.exit(f"nothing happens any more at {record.stage}")


def settle(store, pipeline, kim: Actor) -> None:
    """Wait for the jobs themselves: asking for them again must give the ones that are there."""
    with store.begin(kim) as work:
        note = work.notes.latest(order.encounter).note
    jobs = (
        pipeline.process_recording(kim, order.encounter),
        pipeline.deliver(kim, note.note_id, note.version),
    )
    outcomes = [pipeline.wait(job, seconds=60).outcome for job in jobs]
    if outcomes != ["drafted", "accepted"]:
        sys.exit(f"the jobs ended {outcomes}")


def main() -> None:
    settings = Settings.load(**order.settings)
    if order.register:
        with FhirClient(str(settings.fhir_url)) as client:
            seed_hospital(client, encounter())
        return
    store = store_of(settings)
    hospital_id = store.ensure_hospital(settings.organization)
    with store.begin(Actor.service(hospital_id)) as work:
        found = work.accounts.credentials("kim")
        account = (
            found[0]
            if found
            else work.accounts.add(
                login="kim",
                password_hash="-",
                role="physician",
                name="이서연",
                licence=encounter().practitioner.identifier,
                department="23",
            )
        )
    pipeline = Pipeline(settings, store, stages(settings), observe=observe)
    pipeline.start()
    hold("started")
    open_and_record(store, pipeline, account.actor)
    wait_for(store, account.actor, lambda record: record.draft_version is not None)
    sign(store, pipeline, account.actor, account)
    wait_for(store, account.actor, lambda record: record.delivery == "accepted")
    settle(store, pipeline, account.actor)
    pipeline.stop()
    store.close()
    say("DONE")


def finished() -> int:
    """The exit status of ``main``; the caller ends the process without ending threads that a fork does not have."""
    try:
        main()
    except SystemExit as end:
        say(str(end))
        return 1
    except Exception:  # whatever it is, the test shows it
        say(traceback.format_exc())
        return 1
    return 0


for line in sys.stdin:
    order = Order(**json.loads(line))
    child = os.fork()
    if child == 0:
        signal.alarm(200)
        os._exit(finished())
    say(f"PID {child}")
    say(f"EXIT {os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])}")
