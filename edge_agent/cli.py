"""The ``scribe edge`` commands and ``scribe transcribe``."""

import logging
import sys
from dataclasses import replace
from datetime import datetime, timedelta
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from edge_agent import voice_cli

if TYPE_CHECKING:
    from edge_agent.settings import EdgeSettings
    from scribe.domain.transcript import Transcript

# ruff: noqa: PLC0415  (numpy, onnxruntime and the page take seconds to import: where they are needed)

app = typer.Typer(no_args_is_help=True)
app.add_typer(voice_cli.app, name="voice")


class Speakers(StrEnum):
    auto = "auto"
    none = "none"


class ConsentBy(StrEnum):
    patient = "patient"
    guardian = "guardian"


_DataDir = Annotated[Path | None, typer.Option(help="Data directory (SCRIBE_EDGE_DATA_DIR).")]
_Device = Annotated[str | None, typer.Option(help="Microphone by name (`scribe edge devices`).")]
_Json = Annotated[bool, typer.Option("--json", help="Print JSON.")]


@app.callback()
def _group() -> None:
    """The agent on the clinic's own hardware: docs/edge.md."""


@app.command()
def run(
    *,
    terminal: Annotated[bool, typer.Option("--terminal", help="Show the terminal view too.")] = False,
    no_browser: Annotated[bool, typer.Option("--no-browser", help="Do not open the page.")] = False,
    port: Annotated[
        int | None, typer.Option(help="Loopback port of the page (SCRIBE_EDGE_PORT); 0: a free one.")
    ] = None,
    device: _Device = None,
    data_dir: _DataDir = None,
) -> None:
    """Serve the desk page on loopback until interrupted: record, transcribe, hand on."""
    from edge_agent.running import run as run_agent

    _log_to_stderr(quiet=terminal)
    run_agent(
        _settings(port=port, data_dir=data_dir), device=device, browser=not (no_browser or terminal), terminal=terminal
    )


@app.command("open")
def open_page(
    *,
    no_browser: Annotated[bool, typer.Option("--no-browser", help="Print the address instead.")] = False,
    data_dir: _DataDir = None,
) -> None:
    """Open the page of the running agent in a browser."""
    import webbrowser

    from edge_agent.running import opened_page

    address = opened_page(_settings(data_dir=data_dir))
    if no_browser or not webbrowser.open(address):
        print(address)


@app.command()
def record(
    *,
    consent: Annotated[ConsentBy, typer.Option(help="Who has agreed to the recording, just now.")],
    output: Annotated[
        Path | None, typer.Option("-o", "--output", help="Where the transcript goes; else it stays sealed.")
    ] = None,
    encounter: Annotated[str | None, typer.Option(help="Id of the consultation at the service.")] = None,
    seconds: Annotated[float | None, typer.Option(min=1.0, help="How long; else until Ctrl+C.")] = None,
    language: Annotated[str | None, typer.Option(help="Language that is spoken: ko or en.")] = None,
    device: _Device = None,
    channels: Annotated[int | None, typer.Option(help="1 or 2 microphones (SCRIBE_EDGE_CHANNELS).")] = None,
    data_dir: _DataDir = None,
) -> None:
    """Record without the page; Ctrl+C ends the recording, a second one leaves it to `scribe edge recover`."""
    from edge_agent.outfit import now
    from edge_agent.running import Wanted
    from edge_agent.running import record as record_one
    from scribe.domain.consent import Consent
    from scribe.domain.files import require_writable

    if output is not None:
        require_writable(output)
    settings = _settings(data_dir=data_dir, channels=channels, language=language)
    given = Consent(purpose="recording", state="given", decided_at=now(), decided_by=consent.value)
    wanted = Wanted(consent=given, encounter_id=encounter, seconds=seconds, output=output, device=device)
    try:
        recording_id = record_one(settings, wanted)
    except KeyboardInterrupt:
        print("scribe: left as it is on the disk; `scribe edge recover --all` finishes it", file=sys.stderr)
        raise typer.Exit(130) from None
    print(output or recording_id)


@app.command()
def devices(*, json: _Json = False) -> None:
    """List the microphones of this computer by name."""
    from dataclasses import asdict
    from json import dumps

    from edge_agent.devices import devices as microphones

    found = microphones()
    if json:
        print(dumps({"devices": [asdict(device) for device in found]}, ensure_ascii=False, indent=1))
        return
    for device in found:
        mark = "*" if device.is_default else " "
        print(f"{mark} {device.name}  ({device.host_api}, {device.channels} channels, {device.default_rate} Hz)")


@app.command()
def recover(
    recording_id: Annotated[str | None, typer.Argument(help="Recording to finish; else they are listed.")] = None,
    *,
    all_of_them: Annotated[bool, typer.Option("--all", help="Finish every unfinished recording.")] = False,
    output: Annotated[
        Path | None, typer.Option("-o", "--output", help="Write the transcript of that one recording here too.")
    ] = None,
    json: _Json = False,
    data_dir: _DataDir = None,
) -> None:
    """List recordings that were broken off or have no transcript, whatever their age, and finish them."""
    from json import dumps

    from edge_agent.recovering import finish, unfinished

    if output is not None and recording_id is None:
        raise typer.BadParameter("-o needs the id of one recording")
    settings = _settings(data_dir=data_dir)
    wanted = [recording_id] if recording_id else None
    rows = finish(settings, wanted, output) if wanted or all_of_them else unfinished(settings)
    if json:
        print(dumps({"recordings": [row.document() for row in rows]}, ensure_ascii=False, indent=1))
        return
    for row in rows:
        print(row.line)
    if not rows:
        print("nothing is unfinished", file=sys.stderr)


@app.command()
def doctor(*, json: _Json = False, data_dir: _DataDir = None) -> None:
    """Check microphone, disk, keys, recordings, model, recogniser, clock and service; 1 where something fails."""
    from dataclasses import asdict
    from json import dumps

    from edge_agent.doctor import Report
    from edge_agent.outfit import Doctor

    checks = []
    for check in Doctor(_settings(data_dir=data_dir)).checks():
        checks.append(check)
        if not json:
            print(check.line, flush=True)
    if json:
        print(dumps({"checks": [asdict(check) for check in checks]}, ensure_ascii=False, indent=1))
    raise typer.Exit(Report(tuple(checks)).exit_code)


@app.command()
def enrol(
    url: Annotated[str, typer.Argument(help="Address of the service: https://…")],
    code: Annotated[str, typer.Argument(help="The one-time code of the service's administrator.")],
    *,
    name: Annotated[str | None, typer.Option(help="What the service calls this computer; else its host name.")] = None,
    data_dir: _DataDir = None,
) -> None:
    """Make this computer known to the service, so that it may send recordings."""
    from edge_agent import identity
    from edge_agent.outfit import computer_name, site_key, transport
    from edge_agent.uplink_client import enrol_at

    settings = _settings(data_dir=data_dir)
    enrolled = identity.enrol(
        url,
        code,
        name=name or computer_name(),
        folder=settings.uplink_dir,
        wrapper=site_key(settings),
        service=enrol_at(transport(settings)),
    )
    print(f"enrolled with {enrolled.hospital} for {enrolled.owner}; restart the agent to send what waits here")


def _settings(**overrides: object) -> "EdgeSettings":
    from edge_agent.settings import EdgeSettings

    return EdgeSettings.load(None, **overrides)


def _log_to_stderr(*, quiet: bool) -> None:
    """Times, states and kinds of errors; never what was said.  Not over the terminal view."""
    logging.basicConfig(level=logging.WARNING, format="%(asctime)s %(name)s %(levelname)s %(message)s")
    for name in () if quiet else ("edge_agent", "scribe.desk"):
        logging.getLogger(name).setLevel(logging.INFO)
    if quiet:
        logging.disable(logging.CRITICAL)


def transcribe(
    audio: Annotated[Path, typer.Argument(help="Recording: WAV, FLAC, Opus, Ogg, M4A, MP3.")],
    *,
    output: Annotated[
        Path | None, typer.Option("-o", "--output", help="Where the transcript goes; else stdout.")
    ] = None,
    model: Annotated[
        str | None, typer.Option(help="Speech model of the registry; else the registry's for the language.")
    ] = None,
    language: Annotated[str, typer.Option(help="Language that is spoken: ko or en.")] = "ko",
    speakers: Annotated[Speakers, typer.Option(help="Name the speakers, or leave all unknown.")] = Speakers.auto,
    recording_id: Annotated[str | None, typer.Option(help="Id of the recording; else from its SHA-256.")] = None,
    started_at: Annotated[
        datetime | None,
        typer.Option(
            formats=["%Y-%m-%dT%H:%M:%S%z", "%Y-%m-%dT%H:%M%z"],
            help="When the recording began, with its time zone; else by the file's modification time.",
        ),
    ] = None,
    vocabulary: Annotated[
        Path | None, typer.Option(help="Terms that are likely to be said: one a line, the likeliest first.")
    ] = None,
    threads: Annotated[int | None, typer.Option(min=1, help="Processor threads; else up to 4.")] = None,
    models_home: Annotated[
        Path | None, typer.Option(envvar="SCRIBE_MODELS_HOME", help="Folder that holds the models.")
    ] = None,
    registry: Annotated[
        Path | None, typer.Option(envvar="SCRIBE_MODELS_REGISTRY", help="The site's own registry file.")
    ] = None,
) -> None:
    """Turn a recording into a transcript (scribe-transcript/1)."""
    from edge_agent.progress import Clock
    from edge_agent.transcribe import transcribe_file
    from edge_agent.vocabulary import read_terms
    from models.registry import Registry
    from models.store import default_home
    from scribe.domain.files import require_writable, write_file
    from scribe.domain.formats import write_transcript

    if output is not None:
        require_writable(output)
    with Clock(audio.name) as clock:
        transcript = transcribe_file(
            audio,
            models_home=models_home or default_home(),
            language=language,
            model=model,
            registry=Registry.load(registry),
            recording_id=recording_id,
            speakers=speakers is Speakers.auto,
            threads=threads,
            terms=read_terms(vocabulary) if vocabulary else (),
            progress=clock.show,
        )
    transcript = _dated(transcript, audio, started_at)
    if transcript.is_empty:
        print(f"scribe: {audio}: no speech was found; the transcript is empty", file=sys.stderr)
    data = write_transcript(transcript)
    if output is None:
        sys.stdout.buffer.write(data)
        sys.stdout.flush()
    else:
        write_file(output, data)
        print(f"{output}: {len(transcript.utterances)} utterances", file=sys.stderr)


def _dated(transcript: "Transcript", audio: Path, started_at: datetime | None) -> "Transcript":
    """With the time the recording began: as given, else the file's modification time less its length."""
    if transcript.recording is None:
        return transcript
    if started_at is None:
        ended = datetime.fromtimestamp(audio.stat().st_mtime).astimezone()
        started_at = (ended - timedelta(seconds=transcript.recording.duration)).replace(microsecond=0)
        print(f"{audio}: taken as begun at {started_at.isoformat()} (--started-at says otherwise)", file=sys.stderr)
    return replace(transcript, recording=replace(transcript.recording, started_at=started_at))
