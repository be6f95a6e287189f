"""Which elements of KR CDI the resources of signed notes fill, which not, and why."""

import base64
import json
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final, Literal

from hl7_bridge.fhir import FhirJson, TransactionBundle
from hl7_bridge.kr_core import map_note
from hl7_bridge.kr_core.agreement import REWRITTEN
from hl7_bridge.kr_core.allergies import DENIED
from hl7_bridge.kr_core.conditions import NO_CODE as NO_KCD
from hl7_bridge.kr_core.conditions import RULED_OUT, WRONG_CODE
from hl7_bridge.kr_core.laboratory import NO_CODE as NO_TEST_CODE
from hl7_bridge.kr_core.laboratory import NO_VALUE, NOT_NOW
from hl7_bridge.kr_core.medications import NO_DOSE
from hl7_bridge.kr_core.procedures import PLANNED, UNKNOWN_VACCINE
from hl7_bridge.krcdi import Element, claims, elements
from hl7_bridge.site import NOTE_DOCUMENT, References, Site
from scribe.domain.note import SignedNote

Reason = Literal[
    "not_said", "not_a_fact", "no_code", "incomplete", "rewritten", "other_system", "site_setting", "other_form"
]

KOREAN: Final[dict[Reason, str]] = {
    "not_said": "진료에서 말하지 않음",
    "not_a_fact": "계획·부정·배제·지난 값",
    "no_code": "코드가 없음",
    "incomplete": "필수 값을 말하지 않음",
    "rewritten": "의사가 고쳐 쓴 문장",
    "other_system": "다른 시스템 소관",
    "site_setting": "병원 설정에 없음",
    "other_form": "다른 요소로 채움",
}
_OWNERS: Final = {
    "hospital": "원무·기준정보",
    "laboratory": "검사 시스템(LIS)",
    "pathology": "병리 시스템",
    "imaging": "영상 시스템(PACS)",
    "function_tests": "기능검사 시스템",
}
_REASONS: Final[dict[str, Reason]] = {
    NO_KCD: "no_code",
    WRONG_CODE: "no_code",
    NO_TEST_CODE: "no_code",
    UNKNOWN_VACCINE: "no_code",
    NO_DOSE: "incomplete",
    NO_VALUE: "incomplete",
    REWRITTEN: "rewritten",
    DENIED: "not_a_fact",
    NOT_NOW: "not_a_fact",
    PLANNED: "not_a_fact",
    RULED_OUT: "not_a_fact",
}
# the kind of entry that gives the resources of a profile; a procedure that was planned says nothing of vaccines
_KINDS: Final = {
    "krcore-condition-chief-complaint": "symptom",
    "krcore-condition-encounter-diagnosis": "diagnosis",
    "krcore-procedure": "procedure",
    "krcore-immunization": "procedure",
    "krcore-medicationrequest": "medication_order",
    "krcore-observation-laboratory-result": "lab_result",
    "krcore-allergyintolerance": "allergy",
}
_CODED: Final = ("medicationIngredient", "medicationCodeableConcept", "Observation.code", "Procedure.code")
_OUR_SYSTEM: Final = "urn:oid:2.999"
_ANYBODY: Final = References(patient="Patient/1", encounter="Encounter/1", practitioner="Practitioner/1")


@dataclass(frozen=True, slots=True, kw_only=True)
class ElementCoverage:
    """How many of the notes' resources of the element's profile fill it.

    ``lacking`` says why the other resources do not, ``without`` why the other notes have no such resource.
    """

    element: Element
    filled: int
    resources: int
    lacking: tuple[tuple[Reason, int], ...] = ()
    without: tuple[tuple[Reason, int], ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Coverage:
    """The coverage of ``notes`` signed notes, element by element in the order of KR CDI."""

    notes: int
    elements: tuple[ElementCoverage, ...]

    def as_json(self) -> dict[str, Any]:
        return {
            "notes": self.notes,
            "filled": {usage: list(self.count(usage)) for usage in ("R", "R2", "O")},
            "elements": [_json(item) for item in self.elements],
        }

    def count(self, usage: str, owner: str | None = None) -> tuple[int, int]:
        """How many elements of that usage (and owner) at least one note fills, of how many there are."""
        asked = [item for item in self.elements if item.element.usage == usage and owner in (None, item.element.owner)]
        return sum(item.filled > 0 for item in asked), len(asked)

    def as_text(self) -> str:
        """For printing, in Korean: each class with its elements, how often filled, and why not."""
        lines = [f"KR CDI V2 요소별 채움 현황 (서명 기록 {self.notes}건)"]
        group = ""
        for item in self.elements:
            if item.element.group != group:
                group = item.element.group
                lines += ["", f"[{group}]"]
            lines.append(_line(item))
        lines += ["", *(_total(self, usage, name) for usage, name in _USAGES)]
        return "\n".join(lines)


_USAGES: Final = (("R", "필수"), ("R2", "있으면 필수"), ("O", "선택"))


def coverage(notes: Iterable[SignedNote], site: Site) -> Coverage:
    """Map every note and count what its resources, and those inside its document, fill."""
    mapped = [_Mapped(note, site) for note in notes]
    return Coverage(notes=len(mapped), elements=tuple(_covered(element, mapped) for element in elements()))


class _Mapped:
    """A note's resources: those it sends, and the people and the encounter inside its document."""

    def __init__(self, note: SignedNote, site: Site) -> None:
        numbered = site if site.identifier_system else replace(site, identifier_system=_OUR_SYSTEM)
        bundle = map_note(note, numbered, _ANYBODY)
        sent = [entry.resource.content for entry in bundle.entries]
        self.resources = [*sent, *_inside(bundle)]
        self.omitted = Counter((item.kind, _REASONS.get(item.reason)) for item in bundle.omissions)
        self.has_organization = site.organization_of(note) is not None
        self.department = note.author.department

    def why_none(self, element: Element) -> Reason:
        """Why the note has no resource of the element's profile."""
        if element.owner == "hospital":
            return self._why_no_place(element)
        kind = _KINDS.get(element.profile)
        told = [reason for (of, reason), _ in self.omitted.most_common() if of == kind and reason is not None]
        if element.profile == "krcore-immunization":
            told = [reason for reason in told if reason != "not_a_fact"]
        return told[0] if told else "not_said"

    def _why_no_place(self, element: Element) -> Reason:
        """Why the document holds no institution, or no role of the physician in one."""
        is_role = element.profile == "krcore-medical-doctor-role"
        if not (is_role or element.profile.endswith("organization")):
            return "other_system"
        if not self.has_organization or (is_role and not self.department):
            return "site_setting"
        return "no_code" if is_role else "other_system"


def _inside(bundle: TransactionBundle) -> list[FhirJson]:
    """The resources that only the document Bundle holds: people, institution, encounter."""
    attachments = bundle.entry(NOTE_DOCUMENT).resource.content["content"]
    data = next(item["attachment"]["data"] for item in attachments if "fhir" in item["attachment"]["contentType"])
    members = [entry["resource"] for entry in json.loads(base64.b64decode(data))["entry"]]
    outside = {entry.resource.type for entry in bundle.entries}
    return [member for member in members if member["resourceType"] not in outside]


def _covered(element: Element, notes: Sequence[_Mapped]) -> ElementCoverage:
    filled = resources = 0
    lacking: Counter[Reason] = Counter()
    without: Counter[Reason] = Counter()
    for note in notes:
        claiming = [resource for resource in note.resources if claims(resource, element.profile)]
        having = sum(element.is_in(resource) for resource in claiming)
        filled += having
        resources += len(claiming)
        if having < len(claiming):
            lacking[_why_empty(element)] += len(claiming) - having
        elif not claiming:
            without[_elsewhere(element) or note.why_none(element)] += 1
    return ElementCoverage(
        element=element,
        filled=filled,
        resources=resources,
        lacking=tuple(sorted(lacking.items(), key=_most_first)),
        without=tuple(sorted(without.items(), key=_most_first)),
    )


def _elsewhere(element: Element) -> Reason | None:
    if element.owner == "other_form":
        return "other_form"
    return None if element.owner in ("scribe", "hospital") else "other_system"


def _why_empty(element: Element) -> Reason:
    """Why a resource of the profile lacks the element."""
    if element.owner != "scribe":
        return _elsewhere(element) or "other_system"
    return "no_code" if element.path.endswith(_CODED) or "VcntType" in element.path else "not_said"


def _most_first(item: tuple[Reason, int]) -> tuple[int, str]:
    return -item[1], item[0]


def _json(item: ElementCoverage) -> dict[str, Any]:
    element = item.element
    return {
        "class": element.group,
        "element": element.name,
        "usage": element.usage,
        "profile": element.profile,
        "path": element.path,
        "owner": element.owner,
        "filled": item.filled,
        "resources": item.resources,
        "lacking": dict(item.lacking),
        "without": dict(item.without),
    }


def _line(item: ElementCoverage) -> str:
    element = item.element
    mark = "●" if item.filled and item.filled == item.resources else "◐" if item.filled else "○"
    line = f"  {mark} {element.name} ({element.usage})"
    if item.resources:
        line += f" {item.filled}/{item.resources}"
    if item.lacking:
        line += f" · {_told(item.lacking, element)}"
    if item.without:
        line += f" · 자원이 없는 기록: {_told(item.without, element)}"
    return line


def _told(reasons: Sequence[tuple[Reason, int]], element: Element) -> str:
    return ", ".join(f"{_korean(reason, element)} {count}" for reason, count in reasons)


def _korean(reason: Reason, element: Element) -> str:
    owner = _OWNERS.get(element.owner)
    return f"{owner} 소관" if reason == "other_system" and owner else KOREAN[reason]


def _total(covered: Coverage, usage: str, name: str) -> str:
    filled, asked = covered.count(usage)
    ours, of_ours = covered.count(usage, "scribe")
    return f"{name}({usage}) 요소 {asked}개 중 {filled}개 채움 (진료에서 채울 수 있는 {of_ours}개 중 {ours}개)"
