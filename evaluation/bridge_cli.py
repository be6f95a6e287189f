"""``scribe eval bridge``: what the outbox costs, and what it survives."""

import json
import tempfile
from pathlib import Path
from typing import Annotated

import typer

from evaluation.machine import this_machine


def bridge(
    *,
    notes: Annotated[int, typer.Option(min=1, help="Consultations that are signed and delivered.")] = 1000,
    share: Annotated[float, typer.Option(min=0.0, max=0.9, help="Share of the requests that are harmed.")] = 0.3,
    seed: Annotated[int, typer.Option(help="What the faults are drawn from.")] = 1,
    writes: Annotated[bool, typer.Option("--writes", help="Harm only requests that write, not searches.")] = False,
    compared: Annotated[int, typer.Option(help="Notes that are posted without the outbox beside, 0 for none.")] = 200,
    at_once: Annotated[int, typer.Option(min=1, max=64, help="Connections to the server.")] = 8,
    database_url: Annotated[
        str | None, typer.Option(help="Empty PostgreSQL database to use; by default SQLite in a temporary folder.")
    ] = None,
    seconds: Annotated[float, typer.Option(help="How long the harmed delivery may take.")] = 1800.0,
    output: Annotated[
        Path | None, typer.Option("-o", "--output", help="JSON file for the figures, else stdout.")
    ] = None,
) -> None:
    """Deliver signed notes to a real FHIR server through a proxy that harms requests; exits 1 unless each version
    arrived once and in order.

    Before that, some notes are posted with and without the outbox in turns, on the unharmed server.
    """
    from evaluation.bridge import Bench, alone, compare, endure  # noqa: PLC0415  (store and FHIR client take seconds to load)
    from hl7_bridge.local_server import LocalFhirServer  # noqa: PLC0415

    with (
        tempfile.TemporaryDirectory(prefix="scribe-bridge-") as folder,
        LocalFhirServer(Path(folder) / "hospital") as address,
    ):
        bench = Bench(Path(folder) / "service", address, database_url, at_once)
        cost = compare(bench, compared) if compared else None
        by_itself = alone(bench, compared) if compared else None
        endured = endure(bench, notes, share=share, seed=seed, writes_only=writes, most_seconds=seconds)
        bench.store.close()
    machine = this_machine()
    figures = {
        "machine": {"processor": machine.processor, "processors": machine.processors, "python": machine.python},
        "database": "postgresql" if database_url else "sqlite",
        "at_once": at_once,
        "cost": cost,
        "alone": by_itself,
        "endured": endured,
    }
    text = json.dumps(figures, ensure_ascii=False, indent=1) + "\n"
    if output is None:
        typer.echo(text, nl=False)
    else:
        output.write_text(text, encoding="utf-8")
    if endured["arrived_once"] != endured["versions"] or endured["doubled"] or endured["out_of_order"]:
        raise typer.Exit(1)
