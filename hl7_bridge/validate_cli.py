"""``scribe bridge validate``: FHIR files against KR Core, without a network."""

import json
import os
from collections.abc import Iterable
from pathlib import Path
from typing import Annotated, Any

import typer

from hl7_bridge.errors import BridgeError
from hl7_bridge.profiles_cli import required_profile
from hl7_bridge.validate import (
    LARGEST_FILE,
    Issue,
    Language,
    Report,
    Validator,
    installed_validator,
    package_validator,
    profiles_home,
    read_and_validate,
)
from hl7_bridge.validate.installed import archives
from hl7_bridge.validate.official import Difference, compared, run_official
from scribe.domain.files import FileUnreadableError, read_file

_SEVERITIES = {
    "ko": {"error": "오류", "warning": "주의", "information": "참고"},
    "en": {"error": "error", "warning": "warning", "information": "note"},
}


class LanguageError(BridgeError):
    """--language is ko or en."""


def validate_command(
    files: Annotated[list[Path], typer.Argument(metavar="FILE…", help="FHIR JSON: resources or Bundles")],
    *,
    package: Annotated[
        Path | None, typer.Option(help="a FHIR package (.tgz) to validate by, instead of what is installed")
    ] = None,
    profile: Annotated[str | None, typer.Option(help="a profile (URL or id) to check even if not claimed")] = None,
    language: Annotated[str, typer.Option(help="of the messages: ko or en")] = "ko",
    as_json: Annotated[bool, typer.Option("--json", help="print one JSON object a file")] = False,
    official: Annotated[
        Path | None, typer.Option(help="the official Java validator (validator_cli.jar), to run beside ours")
    ] = None,
    timeout: Annotated[float, typer.Option(help="seconds that the official validator may take a file")] = 120,
) -> None:
    """Check FHIR files against KR Core without a network; exits 1 where a file has an error."""
    spoken = _language(language)
    home = profiles_home(os.environ)
    validator = package_validator(package) if package else installed_validator(home)
    url = required_profile(profile, validator).url if profile is not None else None
    for file in files:
        _require_readable(file)
    valid = True
    for file in files:
        report = _validated(file, validator, profile)
        theirs = None
        if official is not None:
            theirs = run_official(official, file, url, (package,) if package else archives(home), timeout)
        differences = compared(report, theirs) if theirs else ()
        valid = valid and report.valid
        if as_json:
            typer.echo(json.dumps(report_json(file, report, spoken, theirs, differences), ensure_ascii=False))
        else:
            typer.echo(_report_text(file, report, spoken, theirs, differences))
    if not valid:
        raise typer.Exit(1)


def report_json(
    file: Path, report: Report, language: Language, theirs: Report | None = None, differences: Iterable[Difference] = ()
) -> dict[str, Any]:
    """One file's findings; with the official validator also its own, and where the two differ."""
    found: dict[str, Any] = {
        "file": str(file),
        "valid": report.valid,
        "issues": [issue.as_json(language) for issue in report.issues],
    }
    if theirs is not None:
        found["official"] = {"valid": theirs.valid, "issues": [issue.as_json(language) for issue in theirs.issues]}
        found["differences"] = [{"path": item.path, "only": item.only} for item in differences]
    return found


def issue_line(issue: Issue, language: Language = "ko") -> str:
    """A finding on one line, for a terminal."""
    severity = _SEVERITIES[language][issue.severity]
    return f"  {severity} {issue.path}: {issue.text.in_language(language)} [{issue.constraint}]"


def _report_text(
    file: Path, report: Report, language: Language, theirs: Report | None, differences: Iterable[Difference]
) -> str:
    lines = [f"{file}: {_verdict(report, language)}", *(issue_line(issue, language) for issue in report.issues)]
    if theirs is not None:
        heading = "공식 검증기" if language == "ko" else "official validator"
        lines.append(f"  {heading}: {_verdict(theirs, language)}")
        only = (
            {"ours": "우리만", "official": "공식만"} if language == "ko" else {"ours": "ours", "official": "official"}
        )
        lines += [f"  {only[item.only]}: {item.path}" for item in differences]
    return "\n".join(lines)


def _verdict(report: Report, language: Language) -> str:
    if language == "ko":
        return "적합" if report.valid else f"오류 {len(report.errors)}건"
    return "valid" if report.valid else f"{len(report.errors)} error{'s' if len(report.errors) > 1 else ''}"


def _language(given: str) -> Language:
    if given not in ("ko", "en"):
        raise LanguageError
    return "ko" if given == "ko" else "en"


def _validated(file: Path, validator: Validator, profile: str | None) -> Report:
    """Of a file that is too large only as much is read as shows it."""
    if file.is_file() and file.stat().st_size > LARGEST_FILE:
        with file.open("rb") as stream:
            return read_and_validate(stream.read(LARGEST_FILE + 1), validator, profile)
    return read_and_validate(read_file(file), validator, profile)


def _require_readable(file: Path) -> None:
    """Before anything is printed: every file is there."""
    if file.is_dir():
        raise FileUnreadableError(file=file, problem="it is a folder; name the files in it")
    if not file.exists():
        raise FileUnreadableError(file=file, problem="no such file or directory")
