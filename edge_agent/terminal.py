"""The terminal view: the same agent, states and commands as the page, for a computer without a desktop.

Function keys and digits only: they reach the program whatever input method is switched on.
"""

from collections.abc import Callable
from contextlib import suppress
from datetime import datetime
from typing import ClassVar

from rich.markup import escape
from textual.app import App, ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical, VerticalScroll
from textual.css.query import NoMatches
from textual.screen import ModalScreen
from textual.widgets import DataTable, Footer, Static

from edge_agent.agent import Agent
from edge_agent.desk.refusals import sentence_of
from edge_agent.events import ConsentBy, LevelView, LiveView, Snapshot
from edge_agent.states import AgentState, Command, possible
from edge_agent.wording import CONSENTS, STATES, notice_text, standing
from scribe.domain.consent import Consent
from scribe.domain.errors import ScribeError

_LOOK = 0.2
_PAUSE = 1.6
"""Seconds between words that begin a new line, as on the page."""
_COLOURS = {AgentState.RECORDING: "bold red", AgentState.PAUSED: "bold yellow", AgentState.FAULT: "bold red reverse"}


class Question(ModalScreen[str | None]):
    """A question that digits answer, or one that Enter confirms; Escape leaves everything as it is."""

    BINDINGS: ClassVar[list[BindingType]] = [Binding("escape", "answer('')", "취소")]

    def __init__(self, question: str, choices: dict[str, tuple[str, str]]) -> None:
        """``choices``: the key to press, what it says, and what it answers."""
        super().__init__()
        self._question = question
        self._choices = choices

    def compose(self) -> ComposeResult:
        keys = "\n".join(f"  [b]{key.capitalize()}[/b]  {label}" for key, (label, _) in self._choices.items())
        with Vertical(id="question"):
            yield Static(f"[b]{self._question}[/b]\n\n{keys}\n  [b]Esc[/b]  취소")

    def on_mount(self) -> None:
        for key, (_, answer) in self._choices.items():
            self._bindings.bind(key, f"answer('{answer}')", show=False)

    def action_answer(self, answer: str) -> None:
        self.dismiss(answer or None)


class DeskTerminal(App[None]):
    """Shows the agent five times a second; leaving the view ends the program, which closes a recording properly."""

    TITLE = "진료 녹음"
    ENABLE_COMMAND_PALETTE = False
    CSS = """
    #state { height: 1; padding: 0 1; }
    #level { height: 1; padding: 0 1; }
    #notices { height: auto; padding: 0 1; }
    #live { height: 1fr; border: round $primary; padding: 0 1; }
    #recordings { height: auto; max-height: 9; margin: 0 1; }
    Question { align: center middle; }
    #question { width: 56; height: auto; border: thick $primary; padding: 1 2; background: $surface; }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("f2", "start", "시작"),
        Binding("f3", "pause", "일시정지/계속"),
        Binding("f4", "stop", "끝내기"),
        Binding("f6", "erase", "오프 더 레코드"),
        Binding("f8", "discard", "버리기"),
        Binding("ctrl+q", "leave", "나가기", priority=True),
    ]

    def __init__(self, agent: Agent, now: Callable[[], datetime]) -> None:
        super().__init__()
        self._agent = agent
        self._now = now
        self._shown: tuple[object, ...] = ()

    def compose(self) -> ComposeResult:
        yield Static(id="state")
        yield Static(id="level")
        yield Static(id="notices")
        with VerticalScroll(id="live"):
            yield Static(id="text")
        yield DataTable(id="recordings", cursor_type="none", zebra_stripes=True)
        yield Footer()

    def on_mount(self) -> None:
        self.query_one("#recordings", DataTable).add_columns("시작", "길이", "상태", "할 일")
        self.query_one("#live").border_title = "실시간 받아쓰기"
        self.set_interval(_LOOK, self._look_again)
        self.look()

    def _look_again(self) -> None:
        with suppress(NoMatches):  # while the view is taken down, its parts go one by one
            self.look()

    def look(self) -> None:
        """Show the newest state."""
        snapshot, level, live = self._agent.snapshot(), self._agent.level(), self._agent.live()
        self.query_one("#state", Static).update(state_line(snapshot, level))
        self.query_one("#level", Static).update(level_line(snapshot, level))
        self.query_one("#notices", Static).update(notice_lines(snapshot))
        scroll = self.query_one("#live", VerticalScroll)
        at_end = scroll.scroll_y >= scroll.max_scroll_y - 1
        self.query_one("#text", Static).update(live_text(live))
        if at_end:
            scroll.scroll_end(animate=False)
        self._show_recordings(snapshot)

    def _show_recordings(self, snapshot: Snapshot) -> None:
        rows = [
            (f"{row.started_at.astimezone():%m-%d %H:%M}", clock(row.seconds), *_standing(snapshot, index))
            for index, row in enumerate(snapshot.recordings)
        ]
        if tuple(rows) == self._shown:
            return
        self._shown = tuple(rows)
        table = self.query_one("#recordings", DataTable)
        table.clear()
        for row in rows:
            table.add_row(*row)

    def action_start(self) -> None:
        if not self._possible(Command.START):
            return
        choices = {"1": (CONSENTS["patient"], "patient"), "2": (CONSENTS["guardian"], "guardian")}
        self.push_screen(Question("녹음 동의를 누가 했나요?", choices), self._start)

    def _start(self, answer: str | None) -> None:
        if answer is None:
            return
        decided_by: ConsentBy = "guardian" if answer == "guardian" else "patient"
        consent = Consent(purpose="recording", state="given", decided_at=self._now(), decided_by=decided_by)
        self._command(lambda: self._agent.start(consent))

    def action_pause(self) -> None:
        if possible(Command.RESUME, self._agent.state):
            self._command(self._agent.resume)
        elif self._possible(Command.PAUSE):
            self._command(self._agent.pause)

    def action_stop(self) -> None:
        if self._possible(Command.STOP):
            self._command(self._agent.stop)

    def action_erase(self) -> None:
        if not self._possible(Command.OFF_THE_RECORD):
            return
        choices = {"1": ("최근 30초", "30"), "2": ("최근 1분", "60"), "3": ("최근 5분", "300")}
        self.push_screen(Question("방금 말한 내용을 되돌릴 수 없게 지웁니다.", choices), self._ask_again)

    def _ask_again(self, seconds: str | None) -> None:
        if seconds is not None:
            question = f"최근 {clock(float(seconds))}을 지울까요?"
            self.push_screen(Question(question, {"enter": ("지우기", seconds)}), self._erase)

    def _erase(self, seconds: str | None) -> None:
        if seconds is not None:
            self._command(lambda: self._agent.off_the_record(float(seconds)))

    def action_discard(self) -> None:
        if self._possible(Command.DISCARD):
            question = "지금 녹음을 모두 버릴까요? 되살릴 수 없습니다."
            self.push_screen(Question(question, {"f8": ("버리기", "yes")}), self._discard)

    def _discard(self, answer: str | None) -> None:
        if answer is not None:
            self._command(self._agent.discard)

    def action_leave(self) -> None:
        if not possible(Command.STOP, self._agent.state):
            self.exit()
            return
        question = "녹음을 저장하고 나갈까요?"
        self.push_screen(Question(question, {"enter": ("저장하고 나가기", "yes")}), self._leave)

    def _leave(self, answer: str | None) -> None:
        if answer is not None:
            self.exit()

    def _possible(self, command: Command) -> bool:
        if possible(command, self._agent.state):
            return True
        self.notify("지금은 할 수 없는 동작입니다.", severity="warning")
        return False

    def _command(self, give: Callable[[], object]) -> None:
        """Commands take up to two seconds: in a thread, so that the view goes on."""

        def run() -> None:
            try:
                give()
            except ScribeError as error:
                self.call_from_thread(self.notify, sentence_of(error), severity="error", timeout=10)

        self.run_worker(run, thread=True, exclusive=False)


def state_line(snapshot: Snapshot, level: LevelView) -> str:
    style = _COLOURS.get(snapshot.state, "bold")
    text = f"[{style}]{STATES[snapshot.state]}[/]"
    if level.seconds is not None:
        text += f"  [b]{clock(level.seconds)}[/b]"
    if snapshot.current is not None:
        text += f"  {CONSENTS[snapshot.current.consent_by]}"
        if snapshot.current.erased:
            text += f"  지운 시간 {clock(snapshot.current.erased)}"
    return text


def level_line(snapshot: Snapshot, view: LevelView) -> str:
    """The meter and what was lost, as numbers."""
    if not view.listening:
        return f"[dim]마이크: {escape(snapshot.wanted_microphone or '시스템 기본')}[/]"
    filled = max(0, min(24, round((view.level.rms_dbfs + 60) / 2.5)))
    colour = "red" if view.level.clipped else "green"
    text = f"[{colour}]{'█' * filled}[/]{'░' * (24 - filled)} {view.level.rms_dbfs:4.0f} dBFS  "
    text += escape(snapshot.microphone or "")
    counts = snapshot.counts
    if counts.overflows or counts.dropped_frames or counts.reopened:
        lost = counts.dropped_frames / 16000
        text += f"  [yellow]넘침 {counts.overflows} · 빠진 소리 {lost:.2f}초 · 다시 열림 {counts.reopened}[/]"
    return text


def notice_lines(snapshot: Snapshot) -> str:
    texts = sorted((notice_text(notice) for notice in snapshot.notices), key=lambda text: not text.grave)
    return "\n".join(
        f"[{'bold red' if text.grave else 'yellow'}]{escape(text.title)}[/] {escape(text.advice)}" for text in texts
    )


def live_text(view: LiveView) -> str:
    """Stable words plain, the tentative rest dim and in italics."""
    lines: list[str] = []
    last = -_PAUSE * 2
    for word in view.stable:
        if word.start - last > _PAUSE:
            lines.append(f"[dim]{clock(word.start)}[/] ")
        lines[-1] += f"{escape(word.text)} "
        last = word.start
    if view.tentative:
        tentative = f"[dim italic]{escape(view.tentative)}[/]"
        lines = [*lines[:-1], lines[-1] + tentative] if lines else [tentative]
    return "\n".join(lines) if lines else "[dim]녹음을 시작하면 말한 내용이 여기에 나타납니다.[/]"


def clock(seconds: float) -> str:
    """75.3 → 01:15."""
    return f"{int(seconds) // 60:02d}:{int(seconds) % 60:02d}"


def _standing(snapshot: Snapshot, index: int) -> tuple[str, str]:
    found = standing(snapshot.recordings[index], snapshot.service)
    return found.label, found.advice
