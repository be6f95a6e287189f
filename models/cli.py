"""The ``scribe models`` commands."""

import typer

app = typer.Typer(no_args_is_help=True)


@app.callback()
def _group() -> None:
    """The model registry: which models exist, and whether the files here are the right ones."""
