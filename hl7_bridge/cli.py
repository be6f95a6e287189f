"""The ``scribe bridge`` commands."""

import typer

app = typer.Typer(no_args_is_help=True)


@app.callback()
def _group() -> None:
    """Signed note to KR Core: map, validate, push."""
