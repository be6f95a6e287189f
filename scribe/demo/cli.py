"""The ``scribe demo`` command."""

from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from scribe.domain.errors import ScribeError

if TYPE_CHECKING:
    from scribe.demo.run import Measures, Source


class NoSuchFileError(ScribeError):
    """{file} is not a file that can be read."""


class TwoSourcesError(ScribeError):
    """Give a recording or a transcript, not both."""


def command(measures: "Callable[[], Measures]") -> Callable[..., None]:
    """The command; ``measures`` is asked for when it runs."""

    def run(
        audio: Annotated[Path | None, typer.Argument(help="Your own recording; else the bundled consultation.")] = None,
        *,
        transcript: Annotated[
            Path | None, typer.Option(help="A transcript or consultation-case to run on, without recognition.")
        ] = None,
        out: Annotated[
            Path | None, typer.Option(help="Folder for the files of each stage; else var/demo/<time>.")
        ] = None,
        language: Annotated[str, typer.Option(help="Language of the consultation.")] = "ko",
        port: Annotated[int, typer.Option(min=0, max=65535, help="Port of the review page; 0 takes a free one.")] = 0,
        keep_serving: Annotated[
            bool, typer.Option("--keep-serving", help="Leave the service up until Ctrl+C.")
        ] = False,
        models_home: Annotated[
            Path | None, typer.Option(envvar="SCRIBE_MODELS_HOME", help="Folder that holds the models.")
        ] = None,
    ) -> None:
        """The whole main job on one consultation: from audio to a signed note in a FHIR server."""
        _check(audio, transcript)
        from models.store import default_home  # noqa: PLC0415  (the whole product takes seconds to import)
        from scribe.demo.run import demo  # noqa: PLC0415
        from scribe.demo.show import console  # noqa: PLC0415

        folder = out or Path("var") / "demo" / f"{datetime.now().astimezone():%Y%m%d-%H%M%S}"
        demo(
            _source(audio, transcript, language),
            folder.absolute(),
            models_home=models_home or default_home(),
            measures=measures(),
            console=console(),
            port=port,
            keep_serving=keep_serving,
        )

    return run


def _check(audio: Path | None, transcript: Path | None) -> None:
    if audio is not None and transcript is not None:
        raise TwoSourcesError
    given = audio or transcript
    if given is not None and not given.is_file():
        raise NoSuchFileError(file=given)


def _source(audio: Path | None, transcript: Path | None, language: str) -> "Source":
    from edge_agent.audio import read_audio  # noqa: PLC0415
    from scribe.demo.run import Source, bundled_source  # noqa: PLC0415
    from scribe.domain.files import read_file  # noqa: PLC0415
    from scribe.domain.formats import read_transcript  # noqa: PLC0415

    if audio is None and transcript is None:
        return bundled_source()
    # What cannot be read is told now, in a sentence of its own.
    if audio is not None:
        read_audio(audio)
    if transcript is not None:
        read_transcript(read_file(transcript), str(transcript))
    return Source(audio=audio, transcript=transcript, language=language)
