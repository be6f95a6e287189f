"""Open pages are told what changed, whoever changed it, and nothing of a patient."""

import asyncio
import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx2
import pytest
from fastapi.sse import ServerSentEvent
from starlette.testclient import TestClient

from scribe.accounts import create_account, sign_in, sign_out
from scribe.domain.encounter import Encounter
from scribe.installation import store_of
from scribe.settings import Settings
from scribe.store import Actor
from scribe.store.changes import MOST_CHANGES, Changes
from scribe.web.access import SESSION_COOKIE
from scribe.web.errors import TooManyListenersError
from scribe.web.events import MOST_LISTENERS, Broadcaster

PASSWORD = "correct horse battery"


@dataclass
class Heard:
    """What one open page was told."""

    events: list[ServerSentEvent] = field(default_factory=list)

    def named(self, name: str) -> list[Any]:
        return [event.data for event in self.events if event.event == name]

    @property
    def last_id(self) -> int:
        return int(next(event.id for event in reversed(self.events) if event.id))


def listen(
    clinic: Any,
    act: Callable[[], None],
    *,
    actor: Actor | None = None,
    since: int | None = None,
    encounter_id: str | None = None,
    lasts: Callable[[], bool] = lambda: True,
    until: Callable[[Heard], bool],
) -> Heard:
    """What is heard after ``act`` until it is enough; three seconds at most."""

    async def run() -> Heard:
        broadcaster = Broadcaster(Changes(clinic.store), interval=0.01, alive=0.2)
        heard = Heard()
        stream = broadcaster.listen(
            actor or clinic.physician.actor, lasts=lasts, since=since, encounter_id=encounter_id
        )
        async with asyncio.timeout(3):
            async for event in stream:
                heard.events.append(event)
                if event.event == "hello":
                    await asyncio.to_thread(act)
                if until(heard):
                    broadcaster.close()
        return heard

    return asyncio.run(run())


def told(heard: Heard) -> bool:
    return bool(heard.named("encounter"))


def reach(clinic: Any, encounter_id: str, stage: str) -> None:
    with clinic.store.begin(Actor.service(clinic.hospital_id)) as work:
        work.encounters.reach(encounter_id, stage)


def another(clinic: Any) -> str:
    with clinic.store.begin(clinic.physician.actor) as work:
        return str(work.encounters.add(Encounter(id="encounter-2", start=datetime.now(UTC))).id)


def test_a_change_is_told_with_states_and_versions_alone(clinic: Any) -> None:
    other = another(clinic)
    heard = listen(clinic, lambda: reach(clinic, other, "transcribing"), until=told)
    assert heard.named("encounter") == [
        {
            "encounter": other,
            "state": "recognizing",
            "stage": "transcribing",
            "problem": None,
            "transcript": None,
            "draft": None,
            "note": None,
            "delivery": None,
            "consent": None,
            "destroyed": False,
        }
    ]
    assert heard.named("end") == [{"reason": "stopping"}]


def test_reading_changes_nothing(clinic: Any) -> None:
    def read() -> None:
        with clinic.store.begin(clinic.physician.actor) as work:
            work.encounters.list()

    heard = listen(clinic, read, until=lambda heard: bool(heard.named("alive")))
    assert heard.named("encounter") == []


def test_a_saved_draft_moves_its_version(clinic: Any, desk: Any) -> None:
    heard = listen(
        clinic,
        lambda: desk.edit(op="settle", flag=0),
        encounter_id=clinic.encounter_id,
        until=told,
    )
    (event,) = heard.named("encounter")
    assert (event["draft"], event["transcript"], event["state"]) == (2, 1, "review")


def test_a_page_of_one_consultation_hears_of_no_other(clinic: Any) -> None:
    other = another(clinic)
    heard = listen(
        clinic,
        lambda: reach(clinic, other, "recorded"),
        encounter_id=clinic.encounter_id,
        until=lambda heard: len(heard.named("alive")) > 1,
    )
    assert heard.named("encounter") == []


def test_what_came_between_page_and_stream_is_told(clinic: Any) -> None:
    other = another(clinic)
    since = Changes(clinic.store).latest(clinic.hospital_id)
    reach(clinic, other, "recorded")
    heard = listen(clinic, lambda: None, since=since, until=told)
    assert [event["encounter"] for event in heard.named("encounter")] == [other]
    assert heard.last_id > since


@pytest.mark.parametrize("since", [10**9, 0])
def test_who_missed_too_much_looks_anew(clinic: Any, monkeypatch: pytest.MonkeyPatch, since: int) -> None:
    monkeypatch.setattr("scribe.store.changes.MOST_CHANGES", 3)
    assert MOST_CHANGES > 3
    heard = listen(clinic, lambda: None, since=since, until=lambda heard: bool(heard.named("anew")))
    assert heard.last_id == Changes(clinic.store).latest(clinic.hospital_id)


def test_colleagues_and_other_hospitals_hear_nothing(clinic: Any) -> None:
    colleague = create_account(
        clinic.store, clinic.hospital_id, login="kimdohyun", password=PASSWORD, role="physician", name="김도현"
    )
    for actor in (colleague.actor, Actor.service("another-hospital")):
        heard = listen(
            clinic,
            lambda: reach(clinic, clinic.encounter_id, "drafted"),
            actor=actor,
            until=lambda heard: len(heard.named("alive")) > 1,
        )
        assert heard.named("encounter") == []


def test_a_delivery_that_moves_is_told(clinic: Any, desk: Any) -> None:
    desk.settle_everything()
    heard = listen(clinic, desk.sign, until=lambda heard: bool(heard.named("deliveries")))
    assert heard.named("encounter")[-1]["delivery"] == "waiting"


def test_the_stream_ends_with_the_session(clinic: Any) -> None:
    session = sign_in(clinic.store, clinic.hospital_id, "leeseoyeon", PASSWORD)
    over: list[bool] = []

    def leave() -> None:
        sign_out(clinic.store, session.token)
        over.append(True)

    heard = listen(clinic, leave, lasts=lambda: not over, until=lambda heard: False)
    assert heard.named("end") == [{"reason": "session"}]


def test_an_account_has_a_bounded_number_of_streams(clinic: Any) -> None:
    broadcaster = Broadcaster(Changes(clinic.store))
    seats = [broadcaster.seat(clinic.physician.actor) for _ in range(MOST_LISTENERS)]
    for seat in seats:
        seat.__enter__()
    with pytest.raises(TooManyListenersError), broadcaster.seat(clinic.physician.actor):
        pass
    seats[0].__exit__(None, None, None)
    with broadcaster.seat(clinic.physician.actor):
        pass


def events_of(client: TestClient, address: str, **headers: str) -> Any:
    """The answer of a service that is going down: it ends every stream as soon as it is open."""
    client.app.state.events.close()  # type: ignore[attr-defined]
    return client.get(address, headers={"accept": "text/event-stream", **headers})


def test_the_streams_answer(clinic: Any, browser: TestClient) -> None:
    for address in ("/events", f"/encounters/{clinic.encounter_id}/events"):
        answer = events_of(browser, address, **{"last-event-id": "7"})
        assert answer.headers["content-type"].startswith("text/event-stream")
        assert answer.headers["cache-control"] == "no-store"
        assert "retry: 2000" in answer.text
        assert "id: 7\n" in answer.text
        assert "event: end" in answer.text


def test_who_may_not_see_a_consultation_cannot_listen(clinic: Any, colleague: TestClient, visitor: TestClient) -> None:
    address = f"/encounters/{clinic.encounter_id}/events"
    assert events_of(colleague, address).status_code == 404
    assert events_of(visitor, address).status_code == 401
    assert events_of(visitor, "/events").status_code == 401


def test_listening_does_not_keep_a_session_open(clinic: Any, browser: TestClient) -> None:
    token = browser.cookies[SESSION_COOKIE]
    limits = clinic.service.limits
    clinic.clock.now += limits.idle * 0.9
    assert events_of(browser, "/events").status_code == 200
    clinic.clock.now += limits.idle * 0.2
    assert events_of(browser, "/events").status_code == 401
    assert token


@contextmanager
def serving(folder: Path) -> Iterator[tuple[str, "subprocess.Popen[str]"]]:
    """``scribe serve`` as a process of its own; ended at the end, however the test went."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith("SCRIBE_")}
    program = "from scribe.cli import main; main()"
    command = [sys.executable, "-c", program, "serve", "--port", "0", "--data-dir", str(folder)]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=environment)
    try:
        assert process.stdout is not None
        line = process.stdout.readline()
        assert line.startswith("http://"), line
        yield line.split()[0], process
    finally:
        process.kill()
        process.wait(timeout=10)
        if process.stdout is not None:
            process.stdout.close()


def test_another_process_is_heard_and_an_open_stream_does_not_hold_up_the_end(tmp_path: Path) -> None:
    settings = Settings.load({}, data_dir=tmp_path)
    store = store_of(settings)
    hospital_id = store.ensure_hospital(settings.organization)
    kim = create_account(store, hospital_id, login="kim", password=PASSWORD, role="physician", name="김의사")
    token = sign_in(store, hospital_id, "kim", PASSWORD).token
    with store.begin(kim.actor) as work:
        work.encounters.add(Encounter(id="visit", start=datetime.now(UTC)))
    with (
        serving(tmp_path) as (address, process),
        httpx2.Client(base_url=address, cookies={SESSION_COOKIE: token}, timeout=20) as client,
        client.stream("GET", "/events", headers={"accept": "text/event-stream"}) as answer,
    ):
        lines = answer.iter_lines()
        assert next(line for line in lines if line.startswith("event:")) == "event: hello"
        with store.begin(kim.actor) as work:
            work.encounters.reach("visit", "recorded")
        assert next(line for line in lines if line.startswith("event:")) == "event: encounter"
        event = json.loads(next(line for line in lines if line.startswith("data:")).removeprefix("data:"))
        assert (event["encounter"], event["state"]) == ("visit", "recognizing")
        process.send_signal(signal.SIGTERM)
        rest = list(lines)
        process.wait(timeout=30)
        assert "event: end" in rest, "uvicorn waited for the stream and then cut it off"
    store.close()
