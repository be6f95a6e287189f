"""Couriers on a real store: who sends what, how many at once, and when they turn back."""

import threading
import time
from dataclasses import replace
from datetime import timedelta

import pytest

from scribe.courier import Courier, Return, Route
from scribe.delivery_policy import RetryPolicy
from scribe.dispatcher import Dispatcher
from scribe.domain.delivery import Delivery, DeliveryProblem
from scribe.stages import Receiver
from scribe.store.board import Board
from scribe.store.together import Together
from tests.channels import ScriptedChannel
from tests.store.conftest import signed

LEASE = timedelta(seconds=60)


class Hospital:
    """Takes notes, and keeps who was inside at the same time."""

    def __init__(self) -> None:
        self.lock = threading.Lock()
        self.sent: list[tuple[str, int]] = []
        self.inside = self.most = 0
        self.seconds = 0.0
        self.hold: threading.Event | None = None
        self.answers: list[Delivery] = []

    def ask(self, note, kind) -> Delivery:
        with self.lock:
            self.inside += 1
            self.most = max(self.most, self.inside)
            self.sent.append((note.note_id, note.version))
            answer = self.answers.pop(0) if self.answers else said("accepted")
        time.sleep(self.seconds)
        if self.hold is not None:
            self.hold.wait(200)
        with self.lock:
            self.inside -= 1
        return answer


def said(state, code=None, *, asked=None) -> Delivery:
    problem = code and DeliveryProblem(code=code, message="-", retryable=True, retry_after=asked)
    return Delivery(note_id="n", note_version=1, destination="hospital", state=state, problem=problem)


@pytest.fixture
def hospital() -> Hospital:
    return Hospital()


@pytest.fixture
def courier(clinic, hospital):
    """Makes couriers; each with transactions of its own, as in a process of its own."""

    def make(worker: str, *, at_once: int = 4, lease: timedelta = LEASE, store=clinic.store, **options) -> Courier:
        route = Route(
            destination="hospital",
            receiver=Receiver(open=lambda: ScriptedChannel(hospital.ask), at_once=at_once),
            together=Together(store, clinic.service),
            policy=RetryPolicy(first=60.0),
            chance=lambda: 0.0,
            changed=lambda change: None,
            lease=lease,
        )
        return Courier(route, worker, **options)

    return make


@pytest.fixture
def notes(clinic, case):
    """The ids of eight signed notes in the outbox, one of them the case's own, with an amendment."""
    with clinic.store.begin(clinic.kim.actor) as work:
        work.notes.add(case.amendment)
        work.outbox.add(case.note.note_id, 2, "hospital")
    ids = [case.note.note_id]
    for number in range(7):
        visit = clinic.visit(number=str(100 + number))
        with clinic.store.begin(clinic.kim.actor) as work:
            encounter = work.encounters.get(visit).encounter
            note = work.notes.add(signed(work, encounter, clinic.kim.practitioner)).note
            work.outbox.add(note.note_id, 1, "hospital")
            ids.append(note.note_id)
    return ids


def together(*couriers: Courier) -> list[Return]:
    found: list[Return] = []
    threads = [threading.Thread(target=lambda courier=courier: found.append(courier.run())) for courier in couriers]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    return found


def test_a_retraction_is_the_last_of_its_lane_and_repeats_itself_rather_than_ask(clinic, case, courier):
    asked: list[tuple[int, str]] = []
    answers = [said("accepted"), said("outcome_unknown", "unreachable"), said("accepted")]

    def ask(note, kind) -> Delivery:
        asked.append((note.version, kind))
        return answers.pop(0)

    def carry() -> None:
        with clinic.store.begin(clinic.service) as work:
            work.outbox.hasten("hospital")
        route = Route(
            destination="hospital",
            receiver=Receiver(open=lambda: ScriptedChannel(ask), at_once=1),
            together=Together(clinic.store, clinic.service),
            policy=RetryPolicy(first=60.0),
            chance=lambda: 0.0,
            changed=lambda change: None,
            lease=LEASE,
        )
        Courier(route, "one").run()

    carry()
    with clinic.store.begin(clinic.kim.actor) as work:
        work.retractions.add(case.full, "다른 환자의 기록")
        work.outbox.retract(case.full)
        work.outbox.retract(case.full)
    carry()
    carry()
    assert asked == [(1, "send"), (1, "retract"), (1, "retract")]
    with clinic.store.begin(clinic.kim.actor) as work:
        rows = work.outbox.list(case.full)
        assert work.encounters.get(case.full).retracted
    assert [(row.version, row.action, row.state) for row in rows] == [
        (1, "deliver", "accepted"),
        (2, "retract", "accepted"),
    ]


def test_two_workers_never_send_the_same_delivery_and_none_overtakes(notes, courier, hospital):
    hospital.seconds = 0.02
    returns = together(courier("one"), courier("two"))
    assert sum(one.accepted for one in returns) == len(hospital.sent) == 9
    assert sorted(hospital.sent) == sorted({*hospital.sent})
    assert [version for note_id, version in hospital.sent if note_id == notes[0]] == [1, 2]


def test_a_heartbeat_holds_what_takes_longer_than_the_lease(clinic, notes, courier, hospital):
    """The store's clock moves only when every delivery under way was seen to be held for longer."""
    now, lease = [clinic.store.clock()], timedelta(seconds=3)
    moved = replace(clinic.store, clock=lambda: now[0])
    board = Board(moved.engine)
    hospital.hold = threading.Event()
    first = threading.Thread(target=courier("one", lease=lease, at_once=9, store=moved).run)
    first.start()
    try:
        wait_until(lambda: hospital.inside == 8)
        for _ in range(3):
            now[0] += timedelta(seconds=2)
            wait_until(lambda: board.next_due(now[0]) == now[0] + lease)
            assert courier("two", lease=lease, store=moved).run() == Return(accepted=0)
    finally:
        hospital.hold.set()
        first.join(60)
    assert len(hospital.sent) == 9
    assert sorted(hospital.sent) == sorted({*hospital.sent})


def wait_until(condition) -> None:
    deadline = time.monotonic() + 120
    while not condition():
        assert time.monotonic() < deadline, "it did not come to that"
        time.sleep(0.02)


def test_no_more_connections_than_the_receiver_takes(notes, courier, hospital):
    hospital.seconds = 0.3
    assert courier("one", at_once=3).run().accepted == 9
    assert 2 <= hospital.most <= 3
    assert len(hospital.sent) == 9


def test_one_connection_takes_all_of_it(notes, courier, hospital):
    assert courier("one", at_once=1).run() == Return(accepted=9)
    assert hospital.most == 1


def test_a_receiver_that_asks_for_time_gets_it(notes, courier, hospital):
    hospital.answers = [said("not_sent", "busy", asked=7.0)]
    came_back = courier("one", at_once=1).run()
    assert (came_back.asked, came_back.silent) == (7.0, False)
    assert len(hospital.sent) == 1


def test_couriers_turn_back_where_nobody_answers_and_probes_sooner(notes, courier, hospital):
    hospital.answers = [said("not_sent", "unreachable")] * 99
    assert courier("one", at_once=1).run().silent
    assert len(hospital.sent) == 4
    hospital.sent.clear()
    assert courier("two", at_once=4, probing=True).run().silent
    assert 3 <= len(hospital.sent) <= 4


def test_what_cannot_be_opened_is_left_for_later(notes, courier, hospital, caplog):
    made = courier("one", at_once=1)
    made._route = replace(made._route, receiver=Receiver(open=_broken, at_once=1))
    assert made.run().silent
    assert "KeyError at" in caplog.text
    assert "홍길동" not in caplog.text
    assert courier("two").run().accepted == 9


def _broken():
    raise KeyError("홍길동")


class TestDispatcher:
    """When the next courier goes."""

    def dispatched(self, clinic, clock):
        sent: list[bool] = []
        dispatcher = Dispatcher(
            Board(clinic.store.engine), ["hospital"], lambda *way: sent.append(way[2]), clock=clock, chance=lambda: 0.0
        )
        return dispatcher, sent

    def test_one_courier_at_a_time_and_longer_pauses_after_silence(self, clinic, notes):
        now = [clinic.store.clock()]
        dispatcher, sent = self.dispatched(clinic, lambda: now[0])
        dispatcher._look()
        dispatcher._look()
        assert sent == [False]
        for pause in (1, 2, 4, 8, 16, 30, 30):
            dispatcher.returned(clinic.hospital_id, "hospital", Return(accepted=0, silent=True))
            sent.clear()
            now[0] += timedelta(seconds=pause - 0.1)
            dispatcher._look()
            assert sent == []
            now[0] += timedelta(seconds=0.2)
            dispatcher._look()
            assert sent == [True]
        dispatcher.returned(clinic.hospital_id, "hospital", Return(accepted=1))
        dispatcher._look()
        assert sent == [True, False]

    def test_a_destination_that_asked_for_time_or_is_unknown_is_left_alone(self, clinic, notes):
        now = [clinic.store.clock()]
        dispatcher, sent = self.dispatched(clinic, lambda: now[0])
        dispatcher.returned(clinic.hospital_id, "hospital", Return(accepted=3, asked=20.0))
        dispatcher._look()
        assert sent == []
        now[0] += timedelta(seconds=21)
        dispatcher._look()
        assert sent == [False]
        other = Dispatcher(
            Board(clinic.store.engine), ["archive"], lambda *way: sent.append(True), clock=lambda: now[0], chance=float
        )
        other._look()
        assert sent == [False]
