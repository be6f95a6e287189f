"""What a validation finds."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from hl7_bridge.validate.messages import Language, Text

Severity = Literal["error", "warning", "information"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Issue:
    """One finding: ``path`` is a FHIRPath into the resource, ``constraint`` names the rule that it breaks.

    ``text`` names elements and codes that rules ask for, never a value from the resource.
    """

    severity: Severity
    path: str
    text: Text
    constraint: str

    @property
    def message(self) -> str:
        """The finding in Korean."""
        return self.text.ko

    def as_json(self, language: Language = "ko") -> dict[str, str]:
        """As ``scribe bridge validate --json`` prints it."""
        return {
            "severity": self.severity,
            "path": self.path,
            "message": self.text.in_language(language),
            "constraint": self.constraint,
        }


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
