"""Deliveries of a running installation: alerts, outages, restarts, the daily reconciliation, the commands."""

import json
import threading
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest
from dbos import DBOS
from typer.testing import CliRunner

import scribe.bridge_cli
from scribe.domain.delivery import DeliveredResource
from scribe.domain.encounter import Identifier
from scribe.reconciliation import SEOUL, finding_of, reconcile
from scribe.stages import Receiver
from tests.channels import ScriptedChannel
from tests.offices import DESTINATION, PACE, Hospital, Office, answer, wait_until

runner = CliRunner()


@pytest.fixture
def office(running) -> Iterator[Office]:
    running.hospital.reset()
    yield running
    with running.store.begin(running.kim) as work:
        for row in work.outbox.open_items(held=True):
            work.outbox.set_aside(row.id, "test is over")


def signed(office: Office) -> tuple[str, str]:
    """A consultation with a signed note: their ids."""
    visit = office.visit()
    office.process(visit)
    return visit, office.sign(visit)


def rows(office: Office, visit: str):
    with office.store.begin(office.kim) as work:
        return work.outbox.list(visit)


def test_a_poison_note_holds_its_lane_and_no_other(office):
    poisoned, poison = signed(office)
    office.hospital.answers = [answer("rejected", "refused")]
    assert office.deliver(poison).outcome == "rejected"
    others = [signed(office)[1] for _ in range(3)]
    assert [office.deliver(note_id).outcome for note_id in others] == ["accepted"] * 3
    (row,) = rows(office, poisoned)
    assert (row.state, row.problem, row.attempts) == ("rejected", "refused", 1)
    assert office.record(poisoned).problem == "delivery_rejected"


def test_what_was_sent_when_the_process_ended_is_looked_up_before_it_is_sent_again(office):
    for held, sent in ((answer("accepted"), 0), (answer("not_sent"), 1), (answer("outcome_unknown"), 1)):
        visit, note_id = signed(office)
        office.pipeline.stop()
        with office.store.begin(office.kim) as work:
            row = work.outbox.add(note_id, 1, DESTINATION)
        service = office.kim.service(office.kim.hospital_id)
        with office.store.begin(service) as work:
            work.outbox.claim(DESTINATION, "dead", most=1, lease=timedelta(seconds=0))
            work.outbox.open(row.id, "dead", "send")
        office.hospital.reset()
        office.hospital.looked_up = [held]
        office.pipeline.start()
        wait_until(lambda: rows(office, visit)[0].state == "accepted")  # noqa: B023 - waits here
        assert office.hospital.looked_up == []
        assert office.hospital.delivered == [1] * sent
        with office.store.begin(service) as work:
            kinds = [(attempt.kind, attempt.outcome) for attempt in work.outbox.attempts(row.id)]
        assert kinds[:2] == [("send", None), ("look_up", held.state)]
        assert len(kinds) == 2 + sent


def test_a_look_up_that_fails_sends_nothing(office):
    visit, note_id = signed(office)
    office.hospital.answers = [answer("outcome_unknown", "outcome-unknown", retryable=True)]
    office.hospital.looked_up = [answer("not_sent", "unreachable", retryable=True), answer("accepted")]
    assert office.deliver(note_id).outcome == "accepted"
    assert office.hospital.delivered == [1]
    assert rows(office, visit)[0].attempts == 3


def test_a_channel_that_breaks_is_tried_again_and_then_parked(office, caplog):
    def broken(note, kind):
        raise RuntimeError("홍길동의 기록")

    office.restart(
        stages=replace(
            office.hospital.stages(), receivers={DESTINATION: Receiver(open=lambda: ScriptedChannel(broken))}
        )
    )
    _, note_id = signed(office)
    assert office.deliver(note_id).outcome == "parked"
    assert "RuntimeError at" in caplog.text
    assert "홍길동" not in caplog.text
    office.restart()


def test_every_destination_gets_every_version_and_one_that_is_down_holds_up_nobody_else(office):
    archive = Hospital()
    archive.answers = [answer("not_sent", "unreachable", retryable=True)] * 3
    receivers = {
        DESTINATION: Receiver(open=lambda: ScriptedChannel(office.hospital.deliver)),
        "archive": Receiver(open=lambda: ScriptedChannel(archive.deliver), at_once=1),
    }
    office.restart(stages=replace(office.hospital.stages(), receivers=receivers))
    visit, note_id = signed(office)
    job = office.pipeline.deliver(office.kim, note_id, 1)
    assert office.pipeline.wait(job, seconds=20).outcome == "accepted"
    assert {row.destination: row.attempts for row in rows(office, visit)} == {DESTINATION: 1, "archive": 4}
    assert office.record(visit).stage == "delivered"
    office.restart()


class Webhook(HTTPServer):
    """Keeps what is posted to it."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Taking)
        self.taken: list[dict[str, object]] = []


class _Taking(BaseHTTPRequestHandler):
    server: Webhook

    def do_POST(self) -> None:
        self.server.taken.append(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))
        self.send_response(204)
        self.end_headers()

    def log_message(self, *arguments: object) -> None: ...


@pytest.fixture
def webhook() -> Iterator[Webhook]:
    with Webhook() as server:
        threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
        yield server
        server.shutdown()


def test_an_outage_is_told_once_and_its_end_once(office, webhook, caplog):
    """The clock of the store runs a hundred times as fast, so that the outage lasts for minutes."""
    began = datetime.now(UTC)
    fast = replace(office.store, clock=lambda: began + (datetime.now(UTC) - began) * 100)
    usual, settings = office.store, office.settings
    office.store = fast
    office.settings = settings.model_copy(
        update={"alert_webhook_url": f"http://127.0.0.1:{webhook.server_address[1]}/alert"}
    )
    notes = [signed(office) for _ in range(3)]
    office.hospital.answers = [answer("not_sent", "unreachable", retryable=True)] * 12
    pace = replace(PACE, policy=replace(PACE.policy, first=5.0, longest=5.0, tries=99), longest_pause=20.0)
    office.pipeline.stop()
    office.pipeline = office.new_pipeline(pace=pace)
    office.pipeline.start()
    jobs = [office.pipeline.deliver(office.kim, note_id, 1) for _, note_id in notes]
    assert {office.pipeline.wait(job, seconds=30).outcome for job in jobs} == {"accepted"}
    wait_until(lambda: len(webhook.taken) >= 2)
    assert [told["event"] for told in webhook.taken] == ["destination_failing", "destination_working"]
    assert webhook.taken[0]["destination"] == DESTINATION
    assert webhook.taken[0]["problem"] == "unreachable"
    assert caplog.text.count("is failing since") == caplog.text.count("works again since") == 1
    office.store, office.settings = usual, settings
    office.restart()


def today():
    return datetime.now(SEOUL).date()


def test_a_reconciliation_finds_what_is_missing_twice_there_or_never_went(office):
    receiver = office.hospital.stages().receivers[DESTINATION]
    before = reconcile(office.store, office.kim.hospital_id, DESTINATION, receiver, today())
    kept, lost, doubled, unsent, refused = (signed(office)[1] for _ in range(5))
    for note_id in (kept, lost, doubled):
        assert office.deliver(note_id).outcome == "accepted"
    office.hospital.answers = [answer("rejected", "refused")]
    assert office.deliver(refused).outcome == "rejected"
    held = {lost: answer("not_sent"), doubled: answer("not_sent", "multiple-matches")}

    def look(note, kind):
        assert kind == "look_up"
        return held.get(note.note_id, answer("accepted"))

    looking = Receiver(open=lambda: ScriptedChannel(look))
    found = reconcile(office.store, office.kim.hospital_id, DESTINATION, looking, today())
    ours = {
        item.note_id: item.finding
        for item in found.discrepancies
        if item.note_id in {kept, lost, doubled, unsent, refused}
    }
    assert ours == {lost: "missing", doubled: "duplicated", unsent: "unqueued", refused: "unanswered"}
    counts = found.record.counts
    assert (counts.missing, counts.duplicated, counts.signed - before.record.counts.signed) == (1, 1, 5)
    assert found.open


def test_a_receiver_that_cannot_be_asked_leaves_what_it_took_unchecked():
    part = DeliveredResource(role="r", key=Identifier(system="s", value="v"), reference="Patient/1", created=False)
    assert finding_of(answer("outcome_unknown")) == "unchecked"
    assert finding_of(answer("not_sent", "unreachable")) == "unchecked"
    assert finding_of(replace(answer("outcome_unknown"), resources=(part,))) == "missing"
    assert finding_of(answer("accepted")) is None


def test_the_day_before_is_reconciled_every_night(office, caplog):
    (schedule,) = DBOS.list_schedules()
    assert (schedule["schedule"], schedule["cron_timezone"]) == ("20 1 * * *", "Asia/Seoul")
    _, note_id = signed(office)
    tomorrow = datetime.now(UTC) + timedelta(days=1)
    assert office.pipeline._deliveries._every_day(tomorrow) > 0
    assert f"reconciliation of {today()} with hospital" in caplog.text
    assert note_id not in caplog.text


@pytest.fixture
def command(office, monkeypatch):
    """``scribe bridge`` on the same installation, as another process would run it."""
    monkeypatch.setenv("SCRIBE_DATA_DIR", str(office.settings.data_dir))
    monkeypatch.setenv("SCRIBE_HOSPITAL_NAME", "의원")

    def run(*arguments: str):
        return runner.invoke(scribe.bridge_cli.app, list(arguments))

    return run


def test_the_commands_show_replay_and_set_aside(office, command):
    visit, note_id = signed(office)
    office.hospital.answers = [answer("rejected", "refused")] * 2
    office.deliver(note_id)
    (row,) = rows(office, visit)
    shown = command("status")
    assert row.id in shown.output
    assert "거부됨" in shown.output
    assert "의원" in shown.output
    (document,) = json.loads(command("status", "--json").output)
    destination = next(item for item in document["destinations"] if item["name"] == DESTINATION)
    assert (destination["name"], destination["configured"], destination["failing_since"]) == ("hospital", False, None)
    assert destination["states"]["rejected"] == 1
    assert [item["id"] for item in document["open"]] == [row.id]
    detail = command("status", row.id)
    assert "1." in detail.output
    assert "sha256:" in detail.output
    assert command("replay").exit_code == 1
    again = json.loads(command("replay", row.id, "--json").output)
    assert again[0]["state"] == "waiting"
    wait_until(lambda: rows(office, visit)[0].state == "rejected" and rows(office, visit)[0].attempts == 2)
    assert json.loads(command("replay", "--all", "--json").output)[0]["id"] == row.id
    wait_until(lambda: rows(office, visit)[0].state == "accepted")
    assert isinstance(command("status", "nothing").exception, scribe.bridge_cli.NoSuchDeliveryError)


def test_setting_aside_needs_a_reason_and_is_shown(office, command):
    visit, note_id = signed(office)
    office.hospital.answers = [answer("rejected", "refused")]
    office.deliver(note_id)
    (row,) = rows(office, visit)
    assert command("set-aside", row.id).exit_code == 2
    assert "전달 제외" in command("set-aside", row.id, "--reason", "접수에서 직접 입력함").output
    assert "제외 사유: 접수에서 직접 입력함" in command("status", row.id).output
