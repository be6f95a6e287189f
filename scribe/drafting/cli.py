"""The commands ``scribe draft`` and ``scribe verify-note``."""

import codecs
import json
import os
import sys
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path
from typing import Annotated, Any, get_args

import typer
from uuid6 import uuid7

from scribe.domain.encounter import Encounter, Patient, Setting, Sex
from scribe.domain.entries import Entry
from scribe.domain.files import read_file, require_writable, write_file
from scribe.domain.formats import (
    read_draft,
    read_encounter,
    read_note,
    read_transcript,
    transcript_sha256,
    write_draft,
)
from scribe.domain.statement import Section, Statement
from scribe.domain.summary import Readability
from scribe.domain.transcript import Transcript
from scribe.drafting import terminology
from scribe.drafting.errors import MissingEncounterError, NoNoteError, WrongOptionError
from scribe.drafting.verify.prose import note_statements
from scribe.drafting.verify.verdict import Verdict

UNSUPPORTED = 2
"""Exit status of ``scribe verify-note`` where a statement is not supported."""

_Terms = Annotated[
    Path | None,
    typer.Option(
        "--terminology",
        envvar="SCRIBE_TERMINOLOGY_DIR",
        help="Folder of the hospital's own terms (`scribe terminology import`); by default in the data directory.",
    ),
]
_MARKS = {"supported": "●", "partial": "◐", "none": "○", "edited": "✎"}


@dataclass(frozen=True, slots=True)
class _Note:
    """What is to be verified: statements, the entries they cite, the transcript a draft says it was made from."""

    statements: tuple[Statement, ...]
    entries: tuple[Entry, ...] = ()
    made_from: str | None = None


def draft(
    transcript: Annotated[
        Path, typer.Argument(exists=True, dir_okay=False, help="scribe-transcript/1 or consultation-case/1 file.")
    ],
    output: Annotated[
        Path | None, typer.Option("--output", "-o", help="Where the draft goes; printed where not given.")
    ] = None,
    template: Annotated[
        str,
        typer.Option(
            help="Note template: soap, initial, follow_up, emergency, paediatric, telephone, ward_round, one of your "
            "own, or auto (by setting, age and dialogue)."
        ),
    ] = "soap",
    templates: Annotated[
        Path | None,
        typer.Option(
            exists=True,
            file_okay=False,
            envvar="SCRIBE_TEMPLATES_DIR",
            help="Folder of the hospital's own templates, before ours of the same name (docs/templates.md).",
        ),
    ] = None,
    rendering: Annotated[str, typer.Option(help="Language of note and patient summary: ko or en.")] = "ko",
    start: Annotated[
        datetime | None,
        typer.Option(
            formats=["%Y-%m-%dT%H:%M:%S%z", "%Y-%m-%dT%H:%M%z"],
            help="When the consultation began, with its time zone; else the start of the recording.",
        ),
    ] = None,
    encounter_id: Annotated[
        str | None, typer.Option(help="Id of the encounter; else the recording's, or a new one.")
    ] = None,
    setting: Annotated[str, typer.Option(help="outpatient, emergency, inpatient_round or telephone.")] = "outpatient",
    specialty: Annotated[str | None, typer.Option(help="Specialty, e.g. family_medicine.")] = None,
    patient_name: Annotated[str | None, typer.Option(help="The patient's name; needs sex and date of birth.")] = None,
    patient_sex: Annotated[str | None, typer.Option(help="male, female, other or unknown.")] = None,
    patient_birth_date: Annotated[
        datetime | None, typer.Option(formats=["%Y-%m-%d"], help="Date of birth, e.g. 1981-04-02.")
    ] = None,
    terms: _Terms = None,
) -> None:
    """Draft the note and the patient summary of a consultation from its transcript (scribe-draft/1)."""
    from scribe.drafting.draft import draft as make_draft  # noqa: PLC0415  (the analyser takes seconds to load)

    if output is not None:
        require_writable(output)
    terminology.use(terms or terminology.default_folder(os.environ))
    data, file = read_file(transcript), str(transcript)
    said = read_transcript(data, file)
    encounter = read_encounter(data, file) or _encounter(
        said,
        file,
        start=start,
        encounter_id=encounter_id,
        setting=setting,
        specialty=specialty,
        patient=_patient(patient_name, patient_sex, patient_birth_date),
    )
    made = make_draft(said, encounter, template=template, templates=templates, rendering=rendering)
    written = write_draft(made)
    if output is None:
        sys.stdout.write(written.decode())
        return
    write_file(output, written)
    typer.echo(f"{output}: scribe-draft/1, template {made.note.template}")
    if made.patient_summary.readability is not None:
        typer.echo(_how_it_reads(made.patient_summary.readability))


def _how_it_reads(measured: Readability) -> str:
    hard = f"; unexplained: {', '.join(measured.difficult_terms)}" if measured.difficult_terms else ""
    grade = f", reading grade {measured.grade:g}" if measured.grade is not None else ""
    return (
        f"patient summary: {measured.sentences} sentences, {measured.mean_sentence_eojeol:g} eojeol a sentence on "
        f"average (longest {measured.longest_sentence_eojeol}), {measured.mean_eojeol_syllables or 0:g} syllables an "
        f"eojeol, {(measured.difficult_share or 0) * 100:g} % hard words{grade}{hard}"
    )


def verify_note(
    transcript: Annotated[
        Path, typer.Argument(exists=True, dir_okay=False, help="scribe-transcript/1 or consultation-case/1 file.")
    ],
    note: Annotated[
        Path,
        typer.Argument(
            exists=True, dir_okay=False, help="scribe-draft/1, scribe-note/1, plain text or JSON: any note."
        ),
    ],
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False,
    strict: Annotated[bool, typer.Option(help="Partly supported statements count as unsupported.")] = False,
    terms: _Terms = None,
) -> None:
    """Check every statement of a note against the transcript; ● supported, ◐ partly, ○ not, ✎ a physician's edit.

    Exit status: 0 where every statement is supported, 2 where one is not, 1 where a file cannot be read.
    """
    from scribe.drafting.verify import verify  # noqa: PLC0415  (the analyser takes seconds to load)

    terminology.use(terms or terminology.default_folder(os.environ))
    data, file = read_file(transcript), str(transcript)
    said = read_transcript(data, file)
    read = _read_note(note)
    if read.made_from is not None and read.made_from != transcript_sha256(said):
        typer.echo(f"scribe: warning: {note} was drafted from another version of this transcript", err=True)
    verdicts = verify(said, read.statements, read.entries, encounter=read_encounter(data, file))
    if as_json:
        typer.echo(json.dumps(_report(read.statements, verdicts), ensure_ascii=False, indent=1))
    else:
        _print(read.statements, verdicts)
    failing = ("none", "partial") if strict else ("none",)
    if any(verdict.support in failing for verdict in verdicts):
        raise typer.Exit(UNSUPPORTED)


def _encounter(
    said: Transcript,
    file: str,
    *,
    start: datetime | None,
    encounter_id: str | None,
    setting: str,
    specialty: str | None,
    patient: Patient | None,
) -> Encounter:
    recording = said.recording
    began = start or (recording.started_at if recording else None)
    if began is None or began.tzinfo is None:
        raise MissingEncounterError(file=file)
    return Encounter(
        id=encounter_id or (recording.id if recording else str(uuid7())),
        start=began,
        setting=_one_of(Setting, setting, "--setting"),
        specialty=specialty,
        patient=patient,
    )


def _one_of(choices: Any, value: str, option: str) -> Any:
    """The value, where the literal type ``choices`` has it."""
    if value not in get_args(choices):
        raise WrongOptionError(option=option, expected=" or ".join(get_args(choices)))
    return value


def _patient(name: str | None, sex: str | None, birth_date: datetime | None) -> Patient | None:
    if name is None and sex is None and birth_date is None:
        return None
    if name is None or sex is None or birth_date is None:
        expected = "given together: --patient-name, --patient-sex and --patient-birth-date"
        raise WrongOptionError(option="the patient", expected=expected)
    return Patient(name=name, sex=_one_of(Sex, sex, "--patient-sex"), birth_date=birth_date.date())


def _read_note(path: Path) -> _Note:
    data = read_file(path).removeprefix(codecs.BOM_UTF8)
    if not data.lstrip().startswith(b"{"):
        return _Note(_from_text(data, path))
    if (plain := _plain_json(data)) is not None:
        return _Note(_from_text(plain.encode(), path))
    if b'"scribe-note/1"' in data:
        content = read_note(data, str(path)).content
        return _Note(_statements((*content.sections, *content.patient_summary.sections)), content.entries)
    value = read_draft(data, str(path))
    sections = (*value.note.sections, *value.patient_summary.sections)
    return _Note(_statements(sections), value.entries, value.transcript_sha256)


def _from_text(data: bytes, path: Path) -> tuple[Statement, ...]:
    try:
        found = _plain_statements(data.decode("utf-8"))
    except UnicodeDecodeError:
        raise NoNoteError(file=path, problem="is not UTF-8 text") from None
    if not found or "\0" in data.decode("utf-8"):
        raise NoNoteError(file=path, problem="holds no sentence to check")
    return tuple(found)


def _statements(sections: Sequence[Section]) -> tuple[Statement, ...]:
    return tuple(statement for section in sections for statement in section.statements)


def _plain_statements(text: str) -> list[Statement]:
    """The statements of prose: a sentence each; headings and bullets are none of them."""
    return [Statement(id=f"t{index}", text=one) for index, one in enumerate(note_statements(text))]


def _plain_json(data: bytes) -> str | None:
    """The texts of a JSON note that is none of our formats, a line each; None where it names a format or is no JSON."""
    try:
        value = json.loads(data)
    except ValueError:
        return None
    return None if "format" in value else "\n".join(_texts(value))


def _texts(value: object) -> list[str]:
    if isinstance(value, str):
        return [value]
    inner = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    return [text for one in inner for text in _texts(one)]


def _report(statements: Sequence[Statement], verdicts: Sequence[Verdict]) -> dict[str, object]:
    counts = {mark: sum(verdict.support == mark for verdict in verdicts) for mark in ("supported", "partial", "none")}
    return {
        **counts,
        "statements": [
            {
                "id": statement.id,
                "text": statement.text,
                "support": "edited" if statement.support == "edited" else verdict.support,
                "reasons": [
                    {"check": reason.check.value, "word": reason.word, "said": reason.said, "message": reason.message}
                    for reason in verdict.reasons
                ],
                "evidence": [asdict(item) for item in verdict.evidence],
            }
            for statement, verdict in zip(statements, verdicts, strict=True)
        ],
    }


def _print(statements: Sequence[Statement], verdicts: Sequence[Verdict]) -> None:
    for statement, verdict in zip(statements, verdicts, strict=True):
        mark = _MARKS["edited" if statement.support == "edited" else verdict.support]
        typer.echo(f"{mark} {statement.text}")
        for reason in verdict.reasons:
            typer.echo(f"    {reason.message}")
    supported = sum(verdict.support == "supported" for verdict in verdicts)
    typer.echo(f"{supported}/{len(verdicts)} supported")
