"""What the walk hands from check to check."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any, Final

from hl7_bridge.validate.elements import Node, TypeRef
from hl7_bridge.validate.issue import Issue, Severity
from hl7_bridge.validate.messages import Text
from hl7_bridge.validate.references import Surroundings

_MOST: Final = 1000


@dataclass(frozen=True, slots=True)
class Item:
    """A value in a resource: JSON ``value``, the ``_name`` companion of a primitive, its type and FHIRPath."""

    value: Any
    shadow: Any
    type: TypeRef
    path: str


@dataclass(frozen=True, slots=True)
class Overlay:
    """A node of a profile that applies to a value; ``owner`` is the profile's id."""

    owner: str
    node: Node


@dataclass(frozen=True, slots=True)
class Scope:
    """Where the walk is: the profile nodes that apply, what surrounds the resource, how deep."""

    around: Surroundings
    overlays: tuple[Overlay, ...] = ()
    depth: int = 0

    def within(self, overlays: Iterable[Overlay]) -> "Scope":
        """One level further down, under those nodes."""
        return Scope(self.around, tuple(overlays), self.depth + 1)


@dataclass(frozen=True, slots=True)
class Finding:
    """An issue with the ``kind`` by which base and profile are kept from saying the same thing twice."""

    kind: str
    issue: Issue


def found(severity: Severity, path: str, kind: str, constraint: str, text: Text) -> Finding:
    """A finding from its parts."""
    return Finding(kind, Issue(severity=severity, path=path, text=text, constraint=constraint))


class EnoughError(Exception):
    """There are more findings than anyone reads."""


@dataclass(slots=True)
class Findings:
    """Issues in the order they are found, one of a kind at a path; :class:`EnoughError` beyond a thousand."""

    issues: list[Issue] = field(default_factory=list)
    misshapen: set[str] = field(default_factory=set)
    _seen: set[tuple[str, str]] = field(default_factory=set)

    def add(self, finding: Finding) -> None:
        spot = (finding.issue.path.replace("[x]", ""), finding.kind)
        if spot not in self._seen:
            if len(self.issues) >= _MOST:
                raise EnoughError
            self._seen.add(spot)
            self.issues.append(finding.issue)
        if finding.kind == "shape":
            self.misshapen.add(finding.issue.path)

    def add_all(self, findings: Iterable[Finding]) -> None:
        for finding in findings:
            self.add(finding)

    def report(self, severity: Severity, path: str, kind: str, constraint: str, text: Text) -> None:
        self.add(found(severity, path, kind, constraint, text))

    def error(self, path: str, kind: str, constraint: str, text: Text) -> None:
        self.report("error", path, kind, constraint, text)

    def note(self, path: str, kind: str, constraint: str, text: Text) -> None:
        self.report("information", path, kind, constraint, text)
