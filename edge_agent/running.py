"""Running the agent from the command line: with the page, with the terminal view, or for one recording."""

import json
import signal
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from types import FrameType

from edge_agent.agent import Agent
from edge_agent.desk.access import DeskKey
from edge_agent.desk.app import Page
from edge_agent.desk.server import entrance, open_browser, serving
from edge_agent.devices import devices
from edge_agent.errors import EdgeError, RecogniserError
from edge_agent.events import RecordingRow
from edge_agent.level import FLOOR_DBFS
from edge_agent.outfit import Doctor, now, running_agent
from edge_agent.settings import EdgeSettings
from edge_agent.states import AgentState
from edge_agent.wording import notice_text
from scribe.domain.consent import Consent
from scribe.domain.files import write_file
from scribe.domain.formats import write_transcript

_LOOK = 0.2
_SECONDS_BETWEEN_LINES = 5.0
_UPLOAD_SECONDS = 60.0


class NoPageError(EdgeError):
    """No agent of this user is running: start it with `scribe edge run`."""


class BrokenOffError(EdgeError):
    """The recording {recording_id} broke off ({problem}); what was heard is kept: `scribe edge recover {recording_id}`."""  # noqa: E501


class NothingHeardError(EdgeError):
    """Nothing was heard: there is no recording. Look with `scribe edge doctor`."""


class TranscriptFailedError(EdgeError):
    """The recording {recording_id} is kept, but has no transcript: {problem}"""


def run(settings: EdgeSettings, *, device: str | None, browser: bool, terminal: bool) -> None:
    """Serve the page until interrupted or terminated; a recording under way is then closed properly."""
    key = DeskKey.from_file(settings.desk_key_file)
    with _until_signalled() as ended, running_agent(settings, device=device) as agent:
        page = Page(
            agent=agent, key=key, now=now, microphones=devices, examine=lambda: Doctor(settings, agent).report()
        )
        with serving(page, settings.port) as address, _announced(settings, address):
            print(f"{address}  (open it with `scribe edge open`; Ctrl+C to stop)", flush=True)  # noqa: T201
            if browser:
                open_browser(address, key)
            if terminal:
                from edge_agent.terminal import DeskTerminal  # noqa: PLC0415  (only where it is shown)

                DeskTerminal(agent, now).run()
            else:
                ended.wait()


def opened_page(settings: EdgeSettings) -> str:
    """The address that opens the running agent's page; :class:`NoPageError` where none runs."""
    try:
        address = json.loads((settings.data_dir / "desk.json").read_bytes())["address"]
    except (FileNotFoundError, ValueError, KeyError):
        raise NoPageError from None
    return entrance(str(address), DeskKey.from_file(settings.desk_key_file))


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """One headless recording: ``seconds`` None until interrupted, ``output`` None where it stays sealed."""

    consent: Consent
    encounter_id: str | None
    seconds: float | None
    output: Path | None
    device: str | None


def record(settings: EdgeSettings, wanted: Wanted) -> str:
    """Record until the time is over or Ctrl+C, wait for the transcript; the recording's id.

    A second Ctrl+C leaves the recording as it is on the disk: `scribe edge recover` finishes it.
    """
    with running_agent(settings, device=wanted.device, uplink=wanted.encounter_id is not None) as agent:
        recording_id = agent.start(wanted.consent, encounter_id=wanted.encounter_id)
        problem = None
        with suppress(KeyboardInterrupt):
            problem = _watch(agent, wanted.seconds)
        if problem is None and agent.stop() is None:
            raise NothingHeardError
        _line("")
        print(f"{recording_id}: recorded, waiting for the transcript", file=sys.stderr)  # noqa: T201
        await_transcript(agent, recording_id)
        if wanted.output is not None:
            export(agent, recording_id, wanted.output)
        if wanted.encounter_id is not None:
            _await_upload(agent, recording_id)
        if problem is not None:
            raise BrokenOffError(recording_id=recording_id, problem=problem)
        return recording_id


def await_transcript(agent: Agent, recording_id: str) -> None:
    """Return once the transcript is in the spool; :class:`TranscriptFailedError` where it cannot be made."""
    while not agent.shelf.has_transcript(recording_id):
        problem = agent.shelf.transcripts.failed.get(recording_id)
        if problem is not None:
            raise TranscriptFailedError(recording_id=recording_id, problem=problem)
        time.sleep(_LOOK)


def export(agent: Agent, recording_id: str, output: Path) -> None:
    """Write the transcript in the open, to where the user said."""
    transcript = agent.shelf.transcript(recording_id)
    if transcript is None:
        raise RecogniserError(problem=f"the recording {recording_id} has no transcript yet")
    write_file(output, write_transcript(transcript))


def _await_upload(agent: Agent, recording_id: str) -> None:
    deadline = time.monotonic() + _UPLOAD_SECONDS
    row = _row(agent, recording_id)
    while row is not None and row.upload in ("waiting", "sending") and time.monotonic() < deadline:
        time.sleep(_LOOK)
        agent.shelf.refresh()
        row = _row(agent, recording_id)
    where = row.upload if row is not None else "waiting"
    print(f"{recording_id}: upload {where}", file=sys.stderr)  # noqa: T201


def _row(agent: Agent, recording_id: str) -> RecordingRow | None:
    return next((row for row in agent.shelf.rows if row.id == recording_id), None)


def _watch(agent: Agent, seconds: float | None) -> str | None:
    """Show time and level until enough was heard; why the recording broke off, None where it did not."""
    show = _Meter()
    while True:
        time.sleep(_LOOK)
        level = agent.level()
        if agent.state is AgentState.FAULT:
            return "; ".join(notice.detail or notice.kind.value for notice in agent.notices.held)
        show(level.seconds or 0.0, level.level.rms_dbfs, [notice_text(notice).title for notice in agent.notices.held])
        if seconds is not None and (level.seconds or 0.0) >= seconds:
            return None


class _Meter:
    """Time and level in one line on a terminal, a line now and then elsewhere."""

    def __init__(self) -> None:
        self._told = -_SECONDS_BETWEEN_LINES

    def __call__(self, seconds: float, rms: float, warnings: list[str]) -> None:
        bar = "█" * max(0, round((rms + 60) / 3))
        level = f"{rms:4.0f} dBFS" if rms > FLOOR_DBFS else " no sound"
        text = f"{int(seconds) // 60:02d}:{int(seconds) % 60:02d} {level} {bar:<20} {' · '.join(warnings)}"
        if sys.stderr.isatty():
            _line(text)
        elif seconds - self._told >= _SECONDS_BETWEEN_LINES:
            self._told = seconds
            print(text.rstrip(), file=sys.stderr, flush=True)  # noqa: T201


def _line(text: str) -> None:
    if sys.stderr.isatty():
        sys.stderr.write(f"\r\x1b[2K{text}")
        sys.stderr.flush()


@contextmanager
def _until_signalled() -> Iterator[threading.Event]:
    """An event that SIGTERM and SIGINT set, instead of ending the process in the middle of something."""
    ended = threading.Event()

    def end(number: int, frame: FrameType | None) -> None:
        del number, frame
        ended.set()

    before = {number: signal.signal(number, end) for number in (signal.SIGTERM, signal.SIGINT)}
    try:
        yield ended
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


@contextmanager
def _announced(settings: EdgeSettings, address: str) -> Iterator[None]:
    """Where `scribe edge open` finds the page."""
    file = settings.data_dir / "desk.json"
    write_file(file, json.dumps({"address": address}).encode())
    try:
        yield
    finally:
        file.unlink(missing_ok=True)
