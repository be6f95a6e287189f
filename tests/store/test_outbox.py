"""The outbox: leases, lanes, replay, setting aside, and what nobody may remove."""

import threading
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
import sqlalchemy as sa
from sqlalchemy.exc import DatabaseError

from scribe.store import Store
from scribe.store.board import Board
from scribe.store.errors import LeaseLostError, NotFoundError, NotHeldError, NotPermittedError
from scribe.store.together import Together

LEASE = timedelta(minutes=1)


class Clock:
    def __init__(self) -> None:
        self.now = datetime.now(UTC)

    def __call__(self) -> datetime:
        return self.now

    def forward(self, **passed: float) -> None:
        self.now += timedelta(**passed)


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def office(clinic, case, clock):
    """The clinic with a clock that stands still, its one delivery waiting."""
    return replace(clinic, store=replace(clinic.store, clock=clock))


def claim(office, worker="w", *, most=9, destination="hospital"):
    with office.store.begin(office.service) as work:
        return work.outbox.claim(destination, worker, most=most, lease=LEASE)


def send(office, outbox_id, worker="w", kind="send"):
    with office.store.begin(office.service) as work:
        return work.outbox.open(outbox_id, worker, kind)


def settle(office, outbox_id, state, worker="w", **more):
    with office.store.begin(office.service) as work:
        return work.outbox.settle(outbox_id, worker, state, **more)


def look(office, case):
    with office.store.begin(office.kim.actor) as work:
        return work.outbox.list(case.full), work.encounters.get(case.full)


def amend(office, case):
    with office.store.begin(office.kim.actor) as work:
        work.notes.add(case.amendment)
        return work.outbox.add(case.note.note_id, 2, "hospital").id


def test_a_delivery_is_one_row_a_version_and_destination(office, case):
    with office.store.begin(office.kim.actor) as work:
        assert work.outbox.add(case.note.note_id, 1, "hospital").id == case.outbox
        assert work.outbox.add(case.note.note_id, 1, "archive").id != case.outbox
    with pytest.raises(DatabaseError), office.store.engine.begin() as connection:
        connection.execute(sa.text("UPDATE outbox SET destination = 'hospital'"))


def test_a_delivery_goes_through_its_states_and_shows_on_the_worklist(office, case, clock):
    (row,) = claim(office)
    assert (row.state, row.worker, row.due_at) == ("claimed", "w", clock.now + LEASE)
    consignment = send(office, row.id)
    assert consignment.note == case.note
    assert (consignment.number, consignment.earlier, consignment.overwrite) == (1, (), False)
    (row,), encounter = look(office, case)
    assert (row.state, encounter.delivery) == ("sent_outcome_unknown", "sent_outcome_unknown")
    clock.forward(seconds=2)
    with office.store.begin(office.service) as work:
        work.outbox.close(consignment, "accepted")
        work.outbox.settle(row.id, "w", "accepted", outcome=b'{"resources": 12}')
        (attempt,) = work.outbox.attempts(row.id)
    (row,), encounter = look(office, case)
    assert (row.state, row.attempts, row.outcome, row.worker) == ("accepted", 1, b'{"resources": 12}', None)
    assert encounter.stage == "delivered"
    assert (attempt.kind, attempt.worker, attempt.outcome, attempt.number) == ("send", "w", "accepted", 1)
    assert (attempt.ended_at - attempt.started_at).total_seconds() == 2
    assert len(attempt.payload_sha256) == 64
    assert claim(office) == ()


def test_nobody_is_given_what_another_worker_holds_until_its_lease_ends(office, case, clock):
    (row,) = claim(office, "one")
    assert claim(office, "two") == ()
    clock.forward(seconds=59)
    Board(office.store.engine).extend({row.id}, "one", clock.now + LEASE)
    Board(office.store.engine).extend({row.id}, "somebody", clock.now + LEASE * 9)
    clock.forward(seconds=59)
    assert claim(office, "two") == ()
    clock.forward(seconds=2)
    (taken,) = claim(office, "two")
    assert taken.worker == "two"
    with pytest.raises(LeaseLostError):
        send(office, row.id, "one")
    send(office, row.id, "two")
    with pytest.raises(LeaseLostError):
        settle(office, row.id, "waiting", "one")


def test_a_late_answer_that_says_accepted_counts_whoever_brings_it(office, case, clock):
    (row,) = claim(office, "one")
    send(office, row.id, "one")
    clock.forward(minutes=2)
    assert [taken.state for taken in claim(office, "two")] == ["sent_outcome_unknown"]
    assert settle(office, row.id, "accepted", "one").state == "accepted"
    assert settle(office, row.id, "accepted", "two").state == "accepted"
    with pytest.raises(LeaseLostError):
        settle(office, row.id, "rejected", "two")
    assert look(office, case)[0][0].state == "accepted"


def test_what_a_dead_worker_claimed_waits_again_and_what_it_sent_is_to_be_looked_up(office, case):
    with office.store.begin(office.kim.actor) as work:
        other = work.outbox.add(case.note.note_id, 1, "archive").id
    claim(office, "dead")
    claim(office, "dead", destination="archive")
    send(office, other, "dead")
    with office.store.begin(office.service) as work:
        assert work.outbox.release("dead") == 2
        assert work.outbox.release("dead") == 0
    archive, hospital = look(office, case)[0]
    assert (hospital.state, hospital.worker, archive.state, archive.worker) == (
        "waiting", None, "sent_outcome_unknown", None,
    )  # fmt: skip
    assert [row.state for row in claim(office)] == ["claimed"]
    assert [row.state for row in claim(office, destination="archive")] == ["sent_outcome_unknown"]


def test_a_later_version_never_overtakes_and_others_go_on(office, case, clock):
    second = amend(office, case)
    with office.store.begin(office.kim.actor) as work:
        work.outbox.add(case.note.note_id, 2, "archive")
    assert [row.id for row in claim(office)] == [case.outbox]
    assert [row.version for row in claim(office, destination="archive")] == [2]
    send(office, case.outbox)
    for state in ("waiting", "sent_outcome_unknown"):
        settle(office, case.outbox, state, due_at=clock.now + timedelta(hours=1))
        assert claim(office) == ()
        clock.forward(hours=1)
        assert [row.id for row in claim(office)] == [case.outbox]
    for state, problem in (("parked", "delivery_parked"), ("rejected", "delivery_rejected")):
        settle(office, case.outbox, state, problem="busy")
        (_, row, _), encounter = sorted_by_destination(look(office, case))
        assert (row.behind, encounter.problem) == (1, problem)
        assert claim(office) == ()
        with office.store.begin(office.kim.actor) as work:
            assert work.outbox.replay(case.outbox).tries == 0
            assert work.encounters.get(case.full).problem is None
        assert [row.id for row in claim(office)] == [case.outbox]
    settle(office, case.outbox, "accepted")
    assert [row.id for row in claim(office)] == [second]
    assert [note.version for note in send(office, second).earlier] == [1]


def sorted_by_destination(looked):
    rows, encounter = looked
    return sorted(rows, key=lambda row: (row.destination != "hospital", row.version)), encounter


def test_a_delivery_set_aside_lets_its_lane_go_on_and_keeps_its_reason_sealed(office, case):
    second = amend(office, case)
    claim(office)
    with pytest.raises(NotHeldError, match="claimed"), office.store.begin(office.kim.actor) as work:
        work.outbox.set_aside(case.outbox, "아직 보내는 중")
    settle(office, case.outbox, "rejected", problem="refused")
    with office.store.begin(office.admin.actor) as work:
        work.outbox.set_aside(case.outbox, "접수에서 직접 입력함")
    (first, _), encounter = look(office, case)
    assert (first.state, first.reason, encounter.problem) == ("set_aside", "접수에서 직접 입력함", None)
    assert [row.id for row in claim(office)] == [second]
    settle(office, second, "accepted")
    assert look(office, case)[1].stage == "delivered"
    with pytest.raises(NotHeldError, match="accepted"), office.store.begin(office.kim.actor) as work:
        work.outbox.set_aside(second, "-")
    with office.store.engine.begin() as connection:
        sealed = connection.execute(sa.text("SELECT sealed_reason FROM outbox WHERE version = 1")).scalar_one()
        audited = connection.execute(sa.text("SELECT subject_id FROM audit WHERE action = 'set_aside'")).scalars().all()
    assert "접수".encode() not in bytes(sealed)
    assert audited == [case.outbox]


def test_an_administrator_sees_and_replays_deliveries_but_not_what_was_said_of_them(office, case):
    claim(office)
    settle(office, case.outbox, "rejected", problem="refused", outcome=b"what the server said")
    with office.store.begin(office.admin.actor) as work:
        (row,) = work.outbox.open_items(held=True)
        assert (row.id, row.problem, row.outcome) == (case.outbox, "refused", None)
        assert work.outbox.get(case.outbox).outcome is None
        assert work.outbox.counts() == {"hospital": {"rejected": 1}}
        assert work.outbox.replay(case.outbox, overwrite=True).state == "waiting"
    with pytest.raises(NotFoundError), office.store.begin(office.admin.actor) as work:
        work.outbox.list(case.full)
    with pytest.raises(NotPermittedError), office.store.begin(office.admin.actor) as work:
        work.outbox.claim("hospital", "w", most=1, lease=LEASE)
    with office.store.begin(office.lee.actor) as work:
        assert work.outbox.open_items() == ()
    claim(office)
    assert send(office, case.outbox).overwrite


def test_what_has_not_arrived_cannot_be_removed_even_by_sql(office, case):
    for state in ("waiting", "parked", "rejected"):
        with office.store.engine.begin() as connection:
            connection.execute(sa.text("UPDATE outbox SET state = :state"), {"state": state})
        with pytest.raises(DatabaseError, match="never removed"), office.store.engine.begin() as connection:
            connection.execute(sa.text("DELETE FROM outbox"))


def test_only_attempts_of_what_arrived_are_forgotten(office, case, clock):
    with office.store.begin(office.kim.actor) as work:
        other = work.outbox.add(case.note.note_id, 1, "archive").id
    claim(office)
    claim(office, destination="archive")
    send(office, case.outbox)
    send(office, other)
    settle(office, case.outbox, "accepted")
    settle(office, other, "parked")
    clock.forward(days=400)
    with office.store.begin(office.service) as work:
        assert work.outbox.prune(clock.now - timedelta(days=401)) == 0
        assert work.outbox.prune(clock.now - timedelta(days=365)) == 1
        assert len(work.outbox.attempts(other)) == 1


def test_two_workers_claiming_at_once_share_the_deliveries(office, case, url, tmp_path):
    for number in range(20):
        with office.store.begin(office.kim.actor) as work:
            work.outbox.add(case.note.note_id, 1, f"archive-{number % 2}")
    taken: list[tuple[str, str]] = []

    def work(name: str) -> None:
        for destination in ("hospital", "archive-0", "archive-1") * 3:
            taken.extend((row.id, name) for row in claim(office, name, most=1, destination=destination))

    threads = [threading.Thread(target=work, args=(name,)) for name in ("one", "two", "three")]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(row for row, _ in taken) == sorted({row for row, _ in taken})
    assert len(taken) == 3


def test_the_board_knows_what_is_due_and_when_the_next_will_be(office, case, clock):
    board = Board(office.store.engine)
    amend(office, case)
    assert board.due(clock.now) == ((office.hospital_id, "hospital"),)
    claim(office)
    assert board.due(clock.now) == ()
    assert board.next_due(clock.now) == clock.now + LEASE
    assert board.states(case.note.note_id, 1) == {"hospital": "claimed"}
    assert board.under_way()
    settle(office, case.outbox, "parked")
    assert not board.under_way()
    assert board.due(clock.now + LEASE * 99) == ()


def test_changes_made_together_are_committed_together_and_fail_alone(office, case):
    together = Together(office.store, office.service)
    commits = []
    sa.event.listen(office.store.engine, "commit", lambda connection: commits.append(1))
    gathered = threading.Barrier(4)

    def slow(work) -> str:
        gathered.wait(5)
        for _ in range(500):
            if len(together._waiting) == 3:
                break
            threading.Event().wait(0.01)
        return work.outbox.get(case.outbox).state

    def failing(work) -> str:
        raise KeyError("mine alone")

    results: dict[str, object] = {}

    def run(name: str, body, wait: bool) -> None:
        if wait:
            gathered.wait(5)
        try:
            results[name] = together.run(body)
        except KeyError as error:
            results[name] = error

    bodies = {"slow": slow, "a": lambda work: "a", "b": lambda work: "b", "failing": failing}
    threads = [threading.Thread(target=run, args=(name, body, name != "slow")) for name, body in bodies.items()]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(20)
    assert (results["slow"], results["a"], results["b"]) == ("waiting", "a", "b")
    assert isinstance(results["failing"], KeyError)


def test_reading_the_board_waits_for_no_writer(office, case, clock):
    store: Store = office.store
    with store.begin(office.service):
        assert Board(store.engine).due(clock.now) == ((office.hospital_id, "hospital"),)


class TestDestinations:
    """When a destination begins to fail, and when it works again."""

    def attempts(self, office, clock, case, outcomes, *, seconds=5.0, state="waiting"):
        """One attempt after the other at the one delivery; the change that each brought."""
        told = []
        for outcome in outcomes:
            clock.forward(seconds=seconds)
            claim(office)
            consignment = send(office, case.outbox)
            with office.store.begin(office.service) as work:
                work.outbox.close(consignment, outcome, problem=None if outcome == "accepted" else "busy")
                work.outbox.settle(case.outbox, "w", state)
                told.append(work.destinations.judge("hospital"))
        return [None if change is None else change.failing for change in told]

    def test_three_failures_over_ten_seconds_are_one_alert_and_an_answer_ends_it(self, office, clock, case):
        assert self.attempts(office, clock, case, ["not_sent"] * 6) == [None, None, True, None, None, None]
        with office.store.begin(office.service) as work:
            assert work.destinations.failing()["hospital"].problem == "busy"
            (change,) = work.destinations.untold()
            work.destinations.told(change.id)
            assert work.destinations.untold() == ()
        assert self.attempts(office, clock, case, ["accepted", "rejected"]) == [None, None]
        assert self.attempts(office, clock, case, ["accepted"], state="accepted") == [False]
        with office.store.begin(office.admin.actor) as work:
            assert work.destinations.failing() == {}
            assert [change.failing for change in work.destinations.history()] == [False, True]

    def test_a_burst_is_no_failure_and_a_system_that_comes_and_goes_no_flood(self, office, clock, case):
        assert self.attempts(office, clock, case, ["not_sent"] * 5, seconds=1) == [None] * 5
        self.attempts(office, clock, case, ["accepted"])
        mixed = ["not_sent", "outcome_unknown", "accepted", "rejected"] * 5
        assert self.attempts(office, clock, case, mixed) == [None] * 20
        failing = self.attempts(office, clock, case, ["not_sent"] * 3)
        assert failing.count(True) == 1
        assert self.attempts(office, clock, case, ["accepted", "not_sent", "not_sent"] * 4) == [None] * 12

    def test_the_latest_reconciliation_of_each_day_counts(self, office, case):
        from scribe.store.records import ReconciliationCounts

        counts = ReconciliationCounts(
            signed=2, accepted=1, set_aside=0, unqueued=1, unanswered=0, missing=0, duplicated=0, unchecked=0
        )
        day = datetime.now(UTC).date()
        with office.store.begin(office.service) as work:
            work.destinations.reconciled(day, "hospital", counts)
            work.destinations.reconciled(day, "hospital", replace(counts, unqueued=0))
            (found,) = work.destinations.reconciliations(since=day)
        assert (found.counts.unqueued, found.counts.open) == (0, 0)
        with office.store.begin(office.service) as work:
            now = office.store.clock()
            sorted_out = work.destinations.unreconciled(now - timedelta(days=1), now + timedelta(days=1), "hospital")
        assert sorted_out.unanswered == [(case.note.note_id, 1)]
        with office.store.begin(office.service) as work:
            elsewhere = work.destinations.unreconciled(now - timedelta(days=1), now + timedelta(days=1), "elsewhere")
        assert elsewhere.unqueued == [(case.note.note_id, 1)]
