"""What the walk hands from check to check."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from hl7_bridge.validate.elements import Node, TypeRef
from hl7_bridge.validate.issue import Issue, Severity
from hl7_bridge.validate.messages import Text
from hl7_bridge.validate.references import Surroundings


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


@dataclass(slots=True)
class Findings:
    """Issues in the order they are found, one of a kind at a path."""

    issues: list[Issue] = field(default_factory=list)
    misshapen: set[str] = field(default_factory=set)
    _seen: set[tuple[str, str]] = field(default_factory=set)

    def add(self, finding: Finding) -> None:
        spot = (finding.issue.path.replace("[x]", ""), finding.kind)
        if spot not in self._seen:
            self._seen.add(spot)
            self.issues.append(finding.issue)
        if finding.kind == "shape":
            self.misshapen.add(finding.issue.path)

    def report(self, severity: Severity, path: str, kind: str, constraint: str, message: Text) -> None:
        self.add(Finding(kind, Issue(severity=severity, path=path, text=message, constraint=constraint)))

    def error(self, path: str, kind: str, constraint: str, message: Text) -> None:
        self.report("error", path, kind, constraint, message)

    def note(self, path: str, kind: str, constraint: str, message: Text) -> None:
        self.report("information", path, kind, constraint, message)
