"""The ``scribe eval`` commands."""

import typer

app = typer.Typer(no_args_is_help=True)


@app.callback()
def _group() -> None:
    """Measure the stages on cases and clips."""
