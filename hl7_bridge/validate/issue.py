"""What a validation finds."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

Severity = Literal["error", "warning", "information"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Issue:
    """One finding: ``path`` is a FHIRPath into the resource, ``constraint`` names the rule that it breaks.

    ``message`` is Korean; it names elements and codes that rules ask for, never a value from the resource.
    """

    severity: Severity
    path: str
    message: str
    constraint: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """All findings about one resource or Bundle."""

    issues: tuple[Issue, ...]

    @property
    def errors(self) -> tuple[Issue, ...]:
        return tuple(issue for issue in self.issues if issue.severity == "error")

    @property
    def valid(self) -> bool:
        """True where there is no error; warnings are allowed."""
        return not self.errors


def report(issues: Sequence[Issue]) -> Report:
    """The findings without repetition, errors first."""
    order: dict[Severity, int] = {"error": 0, "warning": 1, "information": 2}
    return Report(issues=tuple(sorted(dict.fromkeys(issues), key=lambda issue: order[issue.severity])))
