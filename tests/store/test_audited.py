"""Every repository method that touches a patient's tables leaves an audit row in the same transaction."""

import inspect
import re
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy import event

from scribe.audit import verify_chain
from scribe.domain.consent import Consent
from scribe.domain.encounter import Identifier, Organization
from scribe.domain.formats import write_transcript
from scribe.domain.rewriting import RewriteWish, Rewritten
from scribe.domain.uplink import Announcement, AudioManifest
from scribe.store import Actor, Work
from scribe.store.errors import NotFoundError, NotPermittedError, StaleVersionError
from scribe.store.models import Table
from tests.store.test_style import SEEN, SHARES

PATIENT_TABLES = {
    name
    for name in Table.metadata.tables
    if name not in {"hospital", "account", "session", "signing_key", "style_rule", "audit"}
    and not name.startswith("device")
}


def _now() -> datetime:
    return datetime.now(UTC)


def announced(encounter_id: str) -> Announcement:
    return Announcement(
        encounter_id=encounter_id,
        started_at=_now(),
        duration=0.0,
        sample_rate=16000,
        channels=1,
        audio=AudioManifest(sha256="0" * 64, bytes=4, chunks=1),
        consent=Consent(purpose="recording", state="given", decided_at=_now()),
    )


ANEW = RewriteWish(everything=True)
VISIT = Identifier(system="urn:oid:1.2.3.2", value="V1")


def visit_told(work: Work, case: Any) -> str:
    """The id of a visit that was told, with what its consultation is to be."""
    details = replace(case.encounter, id=work.scope.new_id(), identifier=VISIT)
    return work.admissions.add_visit(VISIT, state="open", told_at=_now(), details=details).id


def doubt_decided(work: Work, case: Any) -> object:
    work.visit_matches.doubt(visit_told(work, case), case.fresh, "sex")
    (doubt,) = work.visit_matches.doubts(case.fresh)
    return work.visit_matches.decide(case.fresh, doubt.id, same=True)


def amendment_begun(work: Work, case: Any) -> object:
    return work.amendments.start(case.full, amends=1, reason="오기 정정", draft=case.draft)


def owner_of(work: Work, case: Any) -> str:
    return work.encounters.get(case.full).owner_id


Call = Callable[[Work, Any], object]
PHYSICIAN: dict[str, Call] = {
    "patients.register": lambda w, c: w.patients.register(c.encounter.patient),
    "patients.get": lambda w, c: w.patients.get(c.patient),
    "encounters.add": lambda w, c: w.encounters.add(replace(c.encounter, id=w.scope.new_id())),
    "patients.differences": lambda w, c: w.patients.differences(c.encounter.patient),
    "encounters.get": lambda w, c: w.encounters.get(c.full),
    "encounters.list": lambda w, c: w.encounters.list(),
    "encounters.count": lambda w, c: w.encounters.count(),
    "encounters.to_review": lambda w, c: w.encounters.to_review(since=datetime(2026, 1, 1, tzinfo=UTC)),
    "encounters.update": lambda w, c: w.encounters.update(c.fresh_encounter),
    "encounters.reach": lambda w, c: w.encounters.reach(c.fresh, "recorded"),
    "encounters.stop": lambda w, c: w.encounters.stop(c.fresh, "recognition_failed"),
    "encounters.watch": lambda w, c: w.encounters.watch(c.fresh),
    "encounters.close": lambda w, c: w.encounters.close(c.untouched),
    "encounters.reopen": lambda w, c: w.encounters.reopen(c.fresh),
    "encounters.note_recording": lambda w, c: w.encounters.note_recording(c.fresh, under_way=True),
    "worklist.between": lambda w, c: w.worklist.between(_LONG_AGO, _now()),
    "worklist.count": lambda w, c: w.worklist.count(_LONG_AGO, _now()),
    "worklist.unfinished": lambda w, c: w.worklist.unfinished(_now()),
    "worklist.latest": lambda w, c: w.worklist.latest(limit=3),
    "worklist.of": lambda w, c: w.worklist.of([c.full]),
    "worklist.of_patient": lambda w, c: w.worklist.of_patient(c.encounter.patient.identifier, _LONG_AGO, _now()),
    "consents.add": lambda w, c: w.consents.add(
        c.full, Consent(purpose="secondary_use", state="refused", decided_at=_now())
    ),
    "consents.latest": lambda w, c: w.consents.latest(c.full, "recording"),
    "consents.list": lambda w, c: w.consents.list(c.full),
    "consents.permits": lambda w, c: w.consents.permits(c.full, "recording"),
    "recordings.add": lambda w, c: w.recordings.add(c.fresh, b"noise", media_type="audio/wav"),
    "recordings.list": lambda w, c: w.recordings.list(c.full),
    "recordings.get": lambda w, c: w.recordings.get(c.recording),
    "recordings.audio": lambda w, c: w.recordings.audio(c.recording),
    "transcripts.add": lambda w, c: w.transcripts.add(c.fresh, c.transcript_value, expected_version=0),
    "transcripts.latest": lambda w, c: w.transcripts.latest(c.full),
    "transcripts.get": lambda w, c: w.transcripts.get(c.transcript),
    "transcripts.first_of": lambda w, c: w.transcripts.first_of(c.recording),
    "drafts.add": lambda w, c: w.drafts.add(
        c.fresh, replace(c.draft, encounter=c.fresh_encounter), expected_version=0, drafted_by="clinician"
    ),
    "drafts.latest": lambda w, c: w.drafts.latest(c.full),
    "drafts.get": lambda w, c: w.drafts.get(c.full, 1),
    "drafts.as_drafted": lambda w, c: w.drafts.as_drafted(c.full),
    "drafts.authors": lambda w, c: w.drafts.authors(c.full),
    "drafts.recent": lambda w, c: w.drafts.recent(c.full, most=3),
    "drafts.first_of": lambda w, c: w.drafts.first_of(c.transcript),
    "rewritings.ask": lambda w, c: w.rewritings.ask(c.full, ANEW),
    "rewritings.get": lambda w, c: w.rewritings.get(w.rewritings.ask(c.full, ANEW).id),
    "rewritings.finish": lambda w, c: w.rewritings.finish(w.rewritings.ask(c.full, ANEW).id, Rewritten(), 1, 2),
    "rewritings.fail": lambda w, c: w.rewritings.fail(w.rewritings.ask(c.full, ANEW).id),
    "notes.add": lambda w, c: w.notes.add(c.amendment),
    "notes.latest": lambda w, c: w.notes.latest(c.full),
    "notes.recent": lambda w, c: w.notes.recent(most=3),
    "notes.of_same_patient": lambda w, c: w.notes.of_same_patient(c.fresh, most=3),
    "notes.get": lambda w, c: w.notes.get(c.note.note_id, 1),
    "notes.versions": lambda w, c: w.notes.versions(c.full),
    "amendments.start": amendment_begun,
    "amendments.current": lambda w, c: w.amendments.current(c.full),
    "amendments.list": lambda w, c: w.amendments.list(c.full),
    "amendments.reword": lambda w, c: amendment_begun(w, c) and w.amendments.reword(c.full, "처방 내용 수정"),
    "amendments.abandon": lambda w, c: amendment_begun(w, c) and w.amendments.abandon(c.full),
    "retractions.add": lambda w, c: w.retractions.add(c.full, "잘못된 환자"),
    "retractions.of": lambda w, c: w.retractions.of(c.full),
    "outbox.add": lambda w, c: w.outbox.add(c.note.note_id, 1, "archive"),
    "outbox.retract": lambda w, c: w.retractions.add(c.full, "잘못된 환자") and w.outbox.retract(c.full),
    "outbox.get": lambda w, c: w.outbox.get(c.outbox),
    "outbox.list": lambda w, c: w.outbox.list(c.full),
    "outbox.attempts": lambda w, c: w.outbox.attempts(c.outbox),
    "outbox.replay": lambda w, c: w.outbox.replay(c.outbox),
    "outbox.resume": lambda w, c: w.outbox.resume(c.full),
    "visit_numbers.told": lambda w, c: w.visit_numbers.told(c.full),
    "visit_numbers.fixed": lambda w, c: w.visit_numbers.fixed(c.full),
    "visit_numbers.known": lambda w, c: w.visit_numbers.known(VISIT),
    "visit_numbers.give": lambda w, c: w.visit_numbers.give(c.fresh, visit=VISIT),
    "visit_numbers.take": lambda w, c: w.visit_numbers.take(c.fresh, VISIT),
    "visit_numbers.check": lambda w, c: w.visit_numbers.check(replace(c.encounter, identifier=VISIT)),
    "visit_matches.doubts": lambda w, c: w.visit_matches.doubts(c.full),
    "visit_matches.about": lambda w, c: w.visit_matches.about(c.full),
    "outbox.set_aside": lambda w, c: w.outbox.set_aside(c.outbox, "전산 담당자가 직접 입력함"),
    "outbox.open_items": lambda w, c: w.outbox.open_items(),
    "outbox.counts": lambda w, c: w.outbox.counts(),
    "patient_links.add": lambda w, c: w.patient_links.add(c.approval, "1" * 64, _now()),
    "patient_links.list": lambda w, c: w.patient_links.list(c.full),
    "patient_links.of_token": lambda w, c: w.patient_links.of_token(c.full, "0" * 64),
    "patient_links.revoke": lambda w, c: w.patient_links.revoke(c.link),
    "summaries.approve": lambda w, c: w.summaries.approve(c.record, "ko", b"{}", "Dr Kim"),
    "summaries.standing": lambda w, c: w.summaries.standing(c.full),
    "summaries.history": lambda w, c: w.summaries.history(c.full),
    "summaries.recent": lambda w, c: w.summaries.recent(_now()),
    "summaries.withdraw": lambda w, c: w.summaries.withdraw(c.full),
    "summaries.withhold": lambda w, c: w.summaries.withhold(c.record, ["p0"]),
    "summaries.withheld": lambda w, c: w.summaries.withheld(c.full, 1),
    "style_observations.put": lambda w, c: w.style_observations.put(c.full, SEEN),
    "style_observations.latest": lambda w, c: w.style_observations.latest(most=3),
    "edit_shares.put": lambda w, c: w.edit_shares.put(c.full, 1, SHARES),
    "edit_shares.since": lambda w, c: w.edit_shares.since(_now()),
    "uploads.candidates": lambda w, c: w.uploads.candidates(since=datetime(2026, 1, 1, tzinfo=UTC)),
    "uploads.begin": lambda w, c: w.uploads.begin(c.device, "0198a000-0000-7000-8000-00000000000f", announced(c.fresh)),
    "uploads.withdrawn": lambda w, c: w.uploads.withdrawn([c.upload]),
    "uploads.get": lambda w, c: w.uploads.get(c.upload),
    "uploads.put_transcript": lambda w, c: w.uploads.put_transcript(c.upload, write_transcript(c.transcript_value)),
    "uploads.put_part": lambda w, c: w.uploads.put_part(c.upload, 1, b"cd"),
    "uploads.forget_parts": lambda w, c: w.uploads.forget_parts(c.upload),
    "uploads.audio": lambda w, c: w.uploads.audio(c.whole_upload),
    "uploads.finish": lambda w, c: w.uploads.finish(c.whole_upload, audio=None),
}
SERVICE: dict[str, Call] = {
    "encounters.unfinished": lambda w, c: w.encounters.unfinished(),
    "rewritings.unfinished": lambda w, c: w.rewritings.unfinished(),
    "outbox.claim": lambda w, c: w.outbox.claim("hospital", "w", most=1, lease=_LEASE),
    "outbox.open": lambda w, c: _claimed(w) and w.outbox.open(c.outbox, "w", "send"),
    "outbox.close": lambda w, c: _claimed(w) and w.outbox.close(_opened(w, c), "accepted"),
    "outbox.settle": lambda w, c: _claimed(w) and w.outbox.settle(c.outbox, "w", "parked", outcome=b"{}"),
    "outbox.release": lambda w, c: w.outbox.release("w"),
    "outbox.hasten": lambda w, c: w.outbox.hasten("hospital"),
    "outbox.prune": lambda w, c: w.outbox.prune(datetime(2026, 1, 1, tzinfo=UTC)),
    "patient_links.find": lambda w, c: w.patient_links.find("0" * 64),
    "patient_links.attempt": lambda w, c: w.patient_links.attempt(c.link),
    "patient_links.open": lambda w, c: w.patient_links.open(c.link),
    "patient_links.read": lambda w, c: w.patient_links.read(c.link),
    "patient_links.fail": lambda w, c: w.patient_links.fail(c.link),
    "patient_links.refuse": lambda w, c: w.patient_links.refuse(c.link),
    "trail.of_encounter": lambda w, c: w.trail.of_encounter(c.full),
    "admissions.seen": lambda w, c: w.admissions.seen("0" * 64),
    "admissions.remember": lambda w, c: w.admissions.remember("0" * 64, "A04", "applied"),
    "admissions.forget": lambda w, c: w.admissions.forget(_now()),
    "admissions.visit": lambda w, c: w.admissions.visit(VISIT),
    "admissions.get": lambda w, c: w.admissions.get(visit_told(w, c)),
    "visit_matches.typed_in": lambda w, c: w.visit_matches.typed_in(
        c.encounter.patient.identifier, VISIT, _LONG_AGO, _now()
    ),
    "visit_matches.join": lambda w, c: w.visit_matches.join(visit_told(w, c), c.fresh),
    "visit_matches.doubt": lambda w, c: w.visit_matches.doubt(visit_told(w, c), c.fresh, "sex"),
    "visit_matches.in_doubt": lambda w, c: w.visit_matches.in_doubt(),
    "visit_matches.decide": doubt_decided,
    "admissions.add_visit": visit_told,
    "admissions.tell_visit": lambda w, c: w.admissions.tell_visit(visit_told(w, c), state="open", told_at=_now()),
    "admissions.assign": lambda w, c: w.admissions.assign(visit_told(w, c), owner_of(w, c)),
    "admissions.hand_over": lambda w, c: w.admissions.hand_over(
        w.admissions.assign(visit_told(w, c), owner_of(w, c)).id, owner_of(w, c)
    ),
    "admissions.untouched": lambda w, c: w.admissions.untouched(c.full),
    "admissions.unassigned": lambda w, c: w.admissions.unassigned(),
    "admissions.lines": lambda w, c: w.admissions.lines(since=_now()),
    "admissions.news": lambda w, c: w.admissions.news(VISIT),
    "admissions.survivor": lambda w, c: w.admissions.survivor(VISIT),
    "admissions.tell_patient": lambda w, c: w.admissions.tell_patient(c.encounter.patient, _now()),
    "admissions.merge": lambda w, c: w.admissions.merge(
        c.fresh_encounter.patient.identifier, c.encounter.patient, _now()
    ),
}
OPEN_TO_ALL = {
    "outbox.open_items",
    "outbox.counts",
    "notes.recent",
    "style_observations.latest",
    "edit_shares.since",
    "summaries.recent",
    "uploads.candidates",
    "uploads.withdrawn",
    "encounters.add",
    "encounters.list",
    "encounters.to_review",
    "encounters.count",
    "patients.register",
    "patients.differences",
    "worklist.between",
    "worklist.count",
    "worklist.unfinished",
    "worklist.latest",
    "worklist.of",
    "worklist.of_patient",
    "visit_numbers.known",
    "visit_numbers.check",
}
_LEASE = timedelta(minutes=1)
_LONG_AGO = datetime(2020, 1, 1, tzinfo=UTC)
NOT_OF_PATIENTS = {
    "style_rules",
    "accounts",
    "sessions",
    "signing_keys",
    "preferences",
    "throttles",
    "devices",
    "destinations",
}
CALLS = {**PHYSICIAN, **SERVICE}


def _claimed(work: Work) -> bool:
    return bool(work.outbox.claim("hospital", "w", most=1, lease=_LEASE))


def _opened(work: Work, case):
    return work.outbox.open(case.outbox, "w", "send")


def repository_methods() -> list[str]:
    """Every public method of every repository of a Work."""
    found = []
    for name, member in inspect.getmembers(Work, lambda value: isinstance(value, property)):
        repository = inspect.get_annotations(member.fget, eval_str=True)["return"]
        if name in {"actor", "scope", *NOT_OF_PATIENTS}:
            continue
        found += [
            f"{name}.{method}"
            for method, _ in inspect.getmembers(repository, inspect.isfunction)
            if not method.startswith("_")
        ]
    return sorted(found)


def test_every_method_has_its_call_here():
    assert sorted([*CALLS, "trail.all"]) == repository_methods()


@pytest.mark.parametrize("url", ["sqlite"], indirect=True)
@pytest.mark.parametrize("method", sorted(CALLS))
def test_touching_a_patient_leaves_an_audit_row(clinic, case, method):
    before = audit_rows(clinic)
    actor = clinic.service if method in SERVICE else clinic.kim.actor
    with touched_tables(clinic.store.engine) as touched, clinic.store.begin(actor) as work:
        CALLS[method](work, case)
    assert touched & PATIENT_TABLES or method == "trail.of_encounter"
    added = audit_rows(clinic)[len(before) :]
    assert added
    assert added[-1].subject in subjects_of(method)
    with clinic.store.begin(clinic.service) as work:
        assert verify_chain(work.trail.all(), hospital_id=clinic.hospital_id) == len(before) + len(added)


def test_another_physician_finds_nothing_and_each_attempt_is_audited(clinic, case):
    for method in sorted(set(PHYSICIAN) - OPEN_TO_ALL):
        before = audit_rows(clinic)
        with pytest.raises(NotFoundError), clinic.store.begin(clinic.lee.actor) as work:  # noqa: PT012
            CALLS[method](work, case)
            pytest.fail(f"{method} shows what belongs to another physician")
        added = [(row.action, row.owner_id) for row in audit_rows(clinic)[len(before) :]]
        assert added == [("refused", clinic.lee.id)], method


def test_another_physician_sees_an_empty_worklist_and_an_administrator_none(clinic, case):
    with clinic.store.begin(clinic.lee.actor) as work:
        assert work.encounters.list() == ()
        assert work.encounters.count() == 0
    with pytest.raises(NotPermittedError), clinic.store.begin(clinic.admin.actor) as work:
        work.encounters.list()


def test_another_hospital_sees_nothing(clinic, case):
    other = Actor.service(clinic.store.ensure_hospital(Organization(name="부산의원")))
    with pytest.raises(NotFoundError), clinic.store.begin(other) as work:
        work.encounters.get(case.full)
    with clinic.store.begin(other) as work:
        assert work.encounters.unfinished() == work.outbox.open_items() == ()


def test_what_was_read_before_an_error_is_audited_and_what_was_written_is_not(clinic, case):
    before = audit_rows(clinic)
    with pytest.raises(StaleVersionError), clinic.store.begin(clinic.kim.actor) as work:  # noqa: PT012  - the block is one transaction
        work.transcripts.latest(case.full)
        work.encounters.stop(case.full, "drafting_failed")
        work.transcripts.add(case.full, case.transcript_value, expected_version=7)
    assert [(row.action, row.subject) for row in audit_rows(clinic)[len(before) :]] == [("read", "transcript")]
    with clinic.store.begin(clinic.kim.actor) as work:
        assert work.encounters.get(case.full).problem is None


def audit_rows(clinic):
    with clinic.store.engine.begin() as connection:
        return connection.execute(sa.text("SELECT action, subject, owner_id FROM audit ORDER BY sequence")).all()


def subjects_of(method: str) -> set[str]:
    noun = method.split(".")[0]
    if noun == "worklist":
        return {"encounter"}
    if noun in {"visit_numbers", "visit_matches"}:
        return {"visit", "encounter", "outbox"}
    if noun == "admissions":
        return {"visit", "patient", "patient_news", "admission_message", "encounter"}
    singular = {"notes": "signed_note", "outbox": "outbox", "trail": "audit", "summaries": "patient_summary"}.get(
        noun, noun.removesuffix("s")
    )
    extra = {"uploads.candidates": "encounter", "outbox.open": "signed_note"}.get(method, f"{singular}_attempt")
    return {singular, noun, extra}


class touched_tables:  # noqa: N801 - reads as a function
    """The tables that statements of the block name."""

    def __init__(self, engine) -> None:
        self.engine = engine
        self.tables: set[str] = set()

    def __enter__(self) -> set[str]:
        event.listen(self.engine, "before_cursor_execute", self._note)
        return self.tables

    def __exit__(self, *exception) -> None:
        event.remove(self.engine, "before_cursor_execute", self._note)

    def _note(self, connection, cursor, statement, *rest) -> None:
        self.tables |= set(re.findall(r"\w+", statement)) & set(Table.metadata.tables)
