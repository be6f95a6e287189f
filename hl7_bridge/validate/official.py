"""The official HL7 Java validator beside ours: run as a process of its own, its OperationOutcome as our findings."""

import json
import re
import shutil
import subprocess
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, Literal

from hl7_bridge.errors import BridgeError
from hl7_bridge.validate.issue import Issue, Report, Severity, report
from hl7_bridge.validate.messages import Text

_SEVERITIES: Final[Mapping[str, Severity]] = {
    "fatal": "error",
    "error": "error",
    "warning": "warning",
    "information": "information",
}
_MESSAGE_ID: Final = "http://hl7.org/fhir/StructureDefinition/operationoutcome-message-id"
_OF_TYPE: Final = re.compile(r"\.ofType\(([A-Za-z])(\w*)\)")
_SLICE_OR_INDEX: Final = re.compile(r"\[\d+\]|\[x\]|:[\w-]+")


class OfficialMissingError(BridgeError):
    """The official validator cannot be run: {problem}."""


class OfficialFailedError(BridgeError):
    """The official validator gave no result for {file}: {problem}."""


@dataclass(frozen=True, slots=True)
class Difference:
    """An error that only one of the two validators reports at a path."""

    path: str
    only: Literal["ours", "official"]


def run_official(jar: Path, file: Path, profile: str | None, packages: Sequence[Path], timeout: float) -> Report:
    """What the official validator says of a file by ``packages``, without a network and within ``timeout`` seconds.

    ``jar`` may also be an executable that takes the same arguments.  Its messages are its own, in its language, and
    may quote the resource: they are for the terminal of whoever validates, never for a log.
    """
    with tempfile.TemporaryDirectory() as folder:
        outcome, settings = Path(folder) / "outcome.json", Path(folder) / "fhir-settings.json"
        settings.write_text('{"prohibitNetworkAccess": true}\n', "utf-8")
        words = [*_program(jar), str(file), "-version", "4.0.1", "-tx", "n/a", "-fhir-settings", str(settings)]
        words += ["-output", str(outcome)]
        for package in packages:
            words += ["-ig", str(package)]
        words += ["-profile", profile] if profile else []
        try:
            done = subprocess.run(words, capture_output=True, timeout=timeout, check=False, stdin=subprocess.DEVNULL)
        except subprocess.TimeoutExpired:
            raise OfficialFailedError(file=file, problem=f"it took more than {timeout:g} seconds") from None
        except OSError as error:
            raise OfficialMissingError(problem=f"{jar} does not run ({error.strerror})") from None
        if not outcome.exists():
            raise OfficialFailedError(file=file, problem=f"it ended with status {done.returncode} and wrote nothing")
        return _report(outcome.read_bytes(), file)


def compared(ours: Report, theirs: Report) -> tuple[Difference, ...]:
    """Errors of one that the other has neither at that place nor one element above or below it."""
    mine = [_place(issue.path) for issue in ours.errors]
    official = [_place(issue.path) for issue in theirs.errors]
    found = [Difference(path, "ours") for path in mine if not any(_near(path, other) for other in official)]
    found += [Difference(path, "official") for path in official if not any(_near(path, other) for other in mine)]
    return tuple(dict.fromkeys(found))


def _program(jar: Path) -> list[str]:
    if not jar.is_file():
        raise OfficialMissingError(problem=f"there is no file {jar}")
    if jar.suffix != ".jar":
        return [str(jar.absolute())]
    java = shutil.which("java")
    if java is None:
        raise OfficialMissingError(problem="java is not installed")
    return [java, "-jar", str(jar)]


def _report(data: bytes, file: Path) -> Report:
    try:
        content = json.loads(data)
    except (ValueError, RecursionError):
        raise OfficialFailedError(file=file, problem="what it wrote is not JSON") from None
    outcomes = _outcomes(content)
    if not outcomes:
        raise OfficialFailedError(file=file, problem="what it wrote is no OperationOutcome")
    return report([_issue(item) for outcome in outcomes for item in _members(outcome.get("issue"))])


def _outcomes(content: Any) -> list[dict[str, Any]]:
    """One OperationOutcome, or a Bundle of them."""
    if not isinstance(content, dict):
        return []
    if content.get("resourceType") == "Bundle":
        inside = [entry.get("resource") for entry in _members(content.get("entry"))]
        return [outcome for part in inside for outcome in _outcomes(part)]
    return [content] if content.get("resourceType") == "OperationOutcome" else []


def _issue(item: Mapping[str, Any]) -> Issue:
    places = item.get("expression") or item.get("location")
    details = item.get("details")
    words = details.get("text") if isinstance(details, dict) else None
    text = str(words or item.get("diagnostics") or item.get("code") or "")
    return Issue(
        severity=_SEVERITIES.get(str(item.get("severity")), "error"),
        path=str(places[0]) if isinstance(places, list) and places else "$",
        text=Text(text, text),
        constraint=_constraint(item),
    )


def _constraint(item: Mapping[str, Any]) -> str:
    for extension in _members(item.get("extension")):
        if extension.get("url") == _MESSAGE_ID:
            return str(extension.get("valueString") or extension.get("valueCode") or item.get("code"))
    return str(item.get("code"))


def _members(value: Any) -> list[dict[str, Any]]:
    return [item for item in value if isinstance(item, dict)] if isinstance(value, list) else []


def _place(path: str) -> str:
    """A path without indexes and slices, with choice types as JSON names them."""
    named = _OF_TYPE.sub(lambda match: match[1].upper() + match[2], path)
    return _SLICE_OR_INDEX.sub("", named)


def _near(one: str, other: str) -> bool:
    return one == other or one.rpartition(".")[0] == other or other.rpartition(".")[0] == one
