"""The terminal view, driven as a person would, over an agent on stand-ins."""

import asyncio

import pytest
from textual.widgets import DataTable

from edge_agent.errors import NoMicrophoneError
from edge_agent.recordings import RecordingState
from edge_agent.states import AgentState
from edge_agent.terminal import DeskTerminal
from tests.edge_agent.agent_parts import NOON, bench

SIZE = (100, 30)


@pytest.fixture
def desk(tmp_path):
    with bench(tmp_path / "spool") as found:
        yield found


def drive(desk, way):
    """Run ``way(pilot, app)`` against the terminal."""

    async def run() -> None:
        app = DeskTerminal(desk.agent, lambda: NOON)
        async with app.run_test(size=SIZE, notifications=True) as pilot:
            await way(pilot, app)

    asyncio.run(run())


def seen(app) -> str:
    """All that stands on the screen, as plain text."""
    app.look()
    strips = app.screen._compositor.render_strips()
    return "\n".join("".join(segment.text for segment in strip) for strip in strips)


async def shown(pilot, app, *words):
    """Wait until all of ``words`` stand on the screen."""
    for word in words:
        try:
            await until(pilot, lambda word=word: word in seen(app))
        except AssertionError:
            raise AssertionError(f"{word!r} is not in:\n{seen(app)}") from None


async def until(pilot, condition, seconds=8.0):
    for _ in range(int(seconds / 0.05)):
        if condition():
            return
        await pilot.pause(0.05)
    raise AssertionError("it did not happen in time")


def test_a_recording_by_function_keys(desk):
    async def way(pilot, app):
        assert "녹음 준비됨" in seen(app)
        await pilot.press("f2")
        await shown(pilot, app, "녹음 동의를 누가 했나요?")
        assert desk.room.opened == []
        await pilot.press("2")
        await until(pilot, lambda: desk.agent.state is AgentState.STARTING)
        await asyncio.to_thread(desk.room.talk, 75)
        desk.recogniser.last.partial("안녕하세요", "어디가", tentative="불편")
        await shown(pilot, app, "녹음 중", "01:15", "보호자 동의", "안녕하세요 어디가 불편", "-30 dBFS")
        await pilot.press("f3")
        await until(pilot, lambda: desk.agent.state is AgentState.PAUSED)
        await shown(pilot, app, "일시정지")
        await pilot.press("f3")
        await until(pilot, lambda: desk.agent.state is AgentState.RECORDING)
        await pilot.press("f4")
        await until(pilot, lambda: app.query_one("#recordings", DataTable).row_count == 1)
        await shown(pilot, app, "받아쓰기 완료")

    drive(desk, way)
    summary = desk.spool.recordings()[0]
    assert (summary.duration, summary.state) == (75.0, RecordingState.TRANSCRIBED)
    assert desk.spool.header(summary.id).consent.decided_by == "guardian"


def test_escape_at_the_consent_starts_nothing(desk):
    async def way(pilot, app):
        await pilot.press("f2", "escape")
        await shown(pilot, app, "녹음 준비됨")

    drive(desk, way)
    assert desk.room.opened == []


def test_off_the_record_asks_twice(desk):
    async def way(pilot, app):
        desk.record(100)
        await pilot.press("f6", "2")
        await shown(pilot, app, "최근 01:00을 지울까요?")
        await pilot.press("escape")
        await pilot.pause()
        assert desk.agent.level().seconds == 100.0
        await pilot.press("f6", "1", "enter")
        await until(pilot, lambda: desk.agent.level().seconds == 70.0)
        await shown(pilot, app, "지운 시간 00:30")

    drive(desk, way)


def test_discard_asks_before(desk):
    async def way(pilot, app):
        desk.record(2)
        await pilot.press("f8", "escape")
        await pilot.pause()
        assert desk.agent.state is AgentState.RECORDING
        await pilot.press("f8", "f8")
        await until(pilot, lambda: desk.agent.state is AgentState.IDLE)

    drive(desk, way)
    assert desk.spool.recordings()[0].state is RecordingState.DISCARDED


def test_what_does_not_fit_and_what_fails_is_said(desk):
    async def way(pilot, app):
        await pilot.press("f4")
        await shown(pilot, app, "지금은 할 수 없는 동작입니다.")
        desk.room.refuses = NoMicrophoneError()
        await pilot.press("f2", "1")
        await until(pilot, lambda: desk.agent.state is AgentState.FAULT)
        await shown(pilot, app, "마이크를 열 수 없습니다")

    drive(desk, way)


def test_warnings_and_losses_are_shown(desk):
    async def way(pilot, app):
        desk.record(2)
        desk.room.microphone.say("silence")
        desk.room.microphone.say("overflow", lost=0.3)
        await shown(pilot, app, "소리가 들리지 않습니다", "소리 0.3초를 받지 못했습니다")

    drive(desk, way)


def test_leaving_while_recording_asks_and_the_recording_is_kept(tmp_path):
    with bench(tmp_path / "spool") as desk:

        async def way(pilot, app):
            desk.record(2)
            await pilot.press("ctrl+q")
            await shown(pilot, app, "녹음을 저장하고 나갈까요?")
            await pilot.press("enter")
            await pilot.pause()
            assert not app.is_running

        drive(desk, way)
        recording_id = desk.spool.recordings()[0].id
    with bench(tmp_path / "spool") as desk:
        desk.settle()
        assert desk.agent.shelf.transcript(recording_id) is not None


def test_brackets_in_what_was_said_are_words_not_markup(desk):
    async def way(pilot, app):
        desk.record(1)
        desk.recogniser.last.partial("[b]굵게[/b]", tentative="[/]")
        await shown(pilot, app, "[b]굵게[/b]")

    drive(desk, way)


def test_a_look_while_the_view_is_taken_down_breaks_nothing(desk):
    async def way(pilot, app):
        await app.query_one("#state").remove()
        await pilot.pause(0.5)
        assert app.is_running

    drive(desk, way)
