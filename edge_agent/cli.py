"""The ``scribe edge`` commands and ``scribe transcribe``."""

import sys
from dataclasses import replace
from datetime import datetime, timedelta
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from scribe.domain.transcript import Transcript

app = typer.Typer(no_args_is_help=True)


class Speakers(StrEnum):
    auto = "auto"
    none = "none"


@app.callback()
def _group() -> None:
    """The agent on the clinic's own hardware."""


def transcribe(
    audio: Annotated[Path, typer.Argument(help="Recording: WAV, FLAC, Opus, Ogg, M4A, MP3.")],
    *,
    output: Annotated[
        Path | None, typer.Option("-o", "--output", help="Where the transcript goes; else stdout.")
    ] = None,
    model: Annotated[str, typer.Option(help="Speech model of the registry.")] = "whisper-base",
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
    threads: Annotated[int | None, typer.Option(min=1, help="Processor threads; else up to 4.")] = None,
    models_home: Annotated[
        Path | None, typer.Option(envvar="SCRIBE_MODELS_HOME", help="Folder that holds the models.")
    ] = None,
    registry: Annotated[
        Path | None, typer.Option(envvar="SCRIBE_MODELS_REGISTRY", help="The site's own registry file.")
    ] = None,
) -> None:
    """Turn a recording into a transcript (scribe-transcript/1)."""
    from edge_agent.progress import Clock  # noqa: PLC0415  (numpy and onnxruntime take a second)
    from edge_agent.transcribe import transcribe_file  # noqa: PLC0415
    from models.registry import Registry  # noqa: PLC0415
    from models.store import default_home  # noqa: PLC0415
    from scribe.domain.files import require_writable, write_file  # noqa: PLC0415
    from scribe.domain.formats import write_transcript  # noqa: PLC0415

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
