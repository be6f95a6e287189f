"""The ``scribe edge`` commands."""

import typer

app = typer.Typer(no_args_is_help=True)


@app.callback()
def _group() -> None:
    """The agent on the clinic's own hardware."""
