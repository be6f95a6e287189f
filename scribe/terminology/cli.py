"""``scribe terminology import | list | lookup | lint``."""

import json
import os
import unicodedata
from collections import Counter
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer

from scribe.drafting.terminology import HospitalTerms, Kind, Source, Use, default_folder
from scribe.drafting.terminology.store import FILE_NAME, Imported
from scribe.terminology.columns import read_map
from scribe.terminology.errors import NothingImportedError

# ruff: noqa: PLC0415  (the analyser takes a second to load: only where it is needed)

app = typer.Typer(no_args_is_help=True, help="The hospital's code masters and our lexicons.")

_Into = Annotated[
    Path | None,
    typer.Option("--into", help="Folder of the hospital's terms; else SCRIBE_TERMINOLOGY_DIR or the data directory."),
]
_Json = Annotated[bool, typer.Option("--json", help="Print one JSON object.")]
_USES = {
    Use.ANYWHERE: "names found in dialogue",
    Use.WITH_DOSE: "names found only with a dose or a dosage form (short or everyday words)",
    Use.WITH_FORM: "names found only with their dosage form attached (everyday words)",
    Use.LOOKUP: "names found only by looking them up",
}


@app.command("import")
def import_file(
    file: Annotated[Path, typer.Argument(exists=True, dir_okay=False, help="CSV, TSV or XLSX (first sheet).")],
    source: Annotated[Source, typer.Option("--as", help="kcd, edi (drug master), formulary or orders.")],
    columns: Annotated[
        Path | None, typer.Option("--map", exists=True, dir_okay=False, help="TOML that names the columns.")
    ] = None,
    into: _Into = None,
    skip_wrong: Annotated[
        bool, typer.Option("--skip-wrong", help="Leave out rows that cannot be read, and count them.")
    ] = False,
    as_json: _Json = False,
) -> None:
    """Import one of the hospital's masters; what was imported of the same kind before is replaced."""
    from scribe.terminology.importing import import_master

    mapped = read_map(columns) if columns is not None else None
    folder = _folder(into)
    result = import_master(file, source, folder, now=datetime.now(UTC), mapped=mapped, skip_wrong=skip_wrong)
    counts = {how.name.lower(): result.names[how] for how in Use}
    if as_json:
        typer.echo(json.dumps({**_record(result.imported), "names": counts, "folder": str(folder)}, ensure_ascii=False))
        return
    _print_imported(result.imported)
    for how, meaning in _USES.items():
        if result.names[how]:
            typer.echo(f"  {result.names[how]:>7,} {meaning}")
    typer.echo(f"in {folder / FILE_NAME}")


@app.command("list")
def list_imported(into: _Into = None, as_json: _Json = False) -> None:
    """Show which masters were imported, when and from which file."""
    found = _opened(into).imports()
    if as_json:
        typer.echo(json.dumps([_record(one) for one in found], ensure_ascii=False))
        return
    for one in found:
        _print_imported(one)


@app.command("lookup")
def look_up_text(
    text: Annotated[str, typer.Argument(help="A name as it is spoken or written.")],
    kind: Annotated[
        list[Kind] | None, typer.Option("--kind", help="diagnosis, medicine, test or procedure; all by default.")
    ] = None,
    limit: Annotated[int, typer.Option(min=1, max=50, help="At most so many.")] = 3,
    into: _Into = None,
    as_json: _Json = False,
) -> None:
    """Find the best codes for a name, in our lexicons and in the hospital's masters."""
    from scribe.terminology.lookup import look_up

    folder = _folder(into)
    if into is not None and not (folder / FILE_NAME).exists():
        raise NothingImportedError(folder=folder)
    terms = HospitalTerms(folder) if (folder / FILE_NAME).exists() else None
    found = look_up(unicodedata.normalize("NFC", text), kinds=kind or Kind, terms=terms, limit=limit)
    if as_json:
        typer.echo(json.dumps([asdict(hit) for hit in found], ensure_ascii=False))
        return
    for hit in found:
        shown = f" ({hit.matched})" if hit.matched != hit.name else ""
        code = hit.code or "–"
        typer.echo(f"{code:<10} {hit.name}{shown}  {hit.kind.value}, {hit.source}, {hit.how} {hit.confidence:.2f}")
    if not found:
        typer.echo("nothing like it is known.")


@app.command("lint")
def lint_terms(
    into: _Into = None,
    limit: Annotated[int, typer.Option(min=0, help="Show at most so many of a rule; 0 shows all.")] = 20,
    as_json: _Json = False,
) -> None:
    """Check our lexicons and the hospital's imported terms; exit status 1 where there is something to mend."""
    from scribe.drafting.lexicon_lint import Finding, lint
    from scribe.terminology.lint import HospitalFinding, lint_hospital

    ours = lint()
    folder = _folder(into)
    theirs = list(lint_hospital(HospitalTerms(folder))) if (folder / FILE_NAME).exists() else []
    findings: list[Finding | HospitalFinding] = [*ours, *theirs]
    counts = Counter(finding.rule for finding in findings)
    if as_json:
        found = {"ours": [asdict(finding) for finding in ours], "hospital": [asdict(finding) for finding in theirs]}
        typer.echo(json.dumps({**found, "counts": counts}, ensure_ascii=False))
    else:
        shown: Counter[str] = Counter()
        for finding in findings:
            shown[finding.rule] += 1
            if not limit or shown[finding.rule] <= limit:
                typer.echo(str(finding))
        for rule, count in counts.most_common():
            typer.echo(f"{count:>7,} {rule}")
    if counts:
        raise typer.Exit(1)


def _folder(into: Path | None) -> Path:
    return into if into is not None else default_folder(os.environ)


def _opened(into: Path | None) -> HospitalTerms:
    folder = _folder(into)
    if not (folder / FILE_NAME).exists():
        raise NothingImportedError(folder=folder)
    return HospitalTerms(folder)


def _record(one: Imported) -> dict[str, object]:
    return {**asdict(one), "skipped": dict(one.skipped)}


def _print_imported(one: Imported) -> None:
    typer.echo(f"{one.source.value}: {one.file}, {one.imported}")
    typer.echo(f"  {one.rows:>7,} rows read, {one.taken:,} taken, {one.rows - one.taken:,} skipped")
    for reason, count in one.skipped:
        typer.echo(f"  {count:>7,} skipped: {reason}")
