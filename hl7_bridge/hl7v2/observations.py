"""What was measured and what results were told: ORU^R01, HL7 v2.5 chapter 7.

The values are those that the KR Core mapping makes Observations of, under the same codes and units and by the same
rules of what may be told as measured now, so that both channels say the same; a result whose only want is a code goes
by its name here.  The report keeps its number (OBR-3) over the versions of a note: an amended one
corrects it (OBX-11 C), takes back what it no longer states (D), and a retracted one was wrong (W).
"""

import math
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal
from typing import Final, Literal

from hl7_bridge.fhir import FhirJson, Omission
from hl7_bridge.hl7v2.segments import Frame, Outgoing
from hl7_bridge.hl7v2.syntax import Composite, Segment, Value, segment
from hl7_bridge.hl7v2.times import stamp
from hl7_bridge.kr_core import map_note
from hl7_bridge.kr_core.context import Context
from hl7_bridge.kr_core.laboratory import NO_CODE
from hl7_bridge.site import References, Site
from scribe.domain.encounter import Identifier
from scribe.domain.entries import LOINC_SYSTEM, LabResult
from scribe.domain.note import SignedNote

ROLE: Final = "observations"
_EVENT: Final = ("ORU", "R01", "ORU_R01")
_PANELS: Final = {
    "vitals": Composite("85353-1", "Vital signs panel", "LN"),
    "results": Composite("30954-2", "Relevant diagnostic tests and laboratory data", "LN"),
}
_TOLD: Final = "진료 대화에서 언급된 결과이며 검사 시각은 알 수 없음"
_ANYWHERE = References(patient="Patient/-", encounter="Encounter/-", practitioner="Practitioner/-")
Panel = Literal["vitals", "results"]
_CATEGORIES: Final[dict[str, Panel]] = {"vital-signs": "vitals", "laboratory": "results"}
Status = Literal["F", "C", "D", "W"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Measured:
    """One line: ``code`` (system, code, display) where there is one, ``name`` as the note has it."""

    panel: Panel
    code: tuple[str, str, str] | None
    name: str
    value: float | str
    comparator: str = ""
    unit: tuple[str, str] | None = None
    flag: str = ""
    by_ai: bool = False
    number: int = 1

    @property
    def identity(self) -> tuple[str, str, int]:
        """What makes it the same line in another version: the code, else the name, and its number among those."""
        return self.panel, self.code[1] if self.code else self.name, self.number


def measured(note: SignedNote, site: Site) -> tuple[Measured, ...]:
    """Every value that the note states so that it can be told, numbered among those of the same code."""
    counts: Counter[str] = Counter()
    found = []
    for item in (*_mapped(note, site), *_uncoded(note, site)):
        name = item.code[1] if item.code else item.name
        counts[name] += 1
        found.append(replace(item, number=counts[name]))
    return tuple(found)


def omitted(note: SignedNote, site: Site) -> tuple[Omission, ...]:
    """The vital signs and results that stay text, with the mapping's reasons."""
    left = map_note(note, site, _ANYWHERE).omissions
    return tuple(item for item in left if item.kind in ("vital", "lab_result") and item.reason != NO_CODE)


def report(frame: Frame, earlier: Sequence[SignedNote] = ()) -> Outgoing | None:
    """The report of this version; None where neither it nor the one before states a value."""
    now = measured(frame.note, frame.site)
    kept = {item.identity for item in now}
    before = measured(earlier[-1], frame.site) if earlier else ()
    gone = tuple(item for item in before if item.identity not in kept)
    if not now and not gone:
        return None
    status: Status = "F" if frame.note.replaces is None else "C"
    return _message(frame, ROLE, [*((item, status) for item in now), *((item, "D") for item in gone)])


def withdrawn(frame: Frame, at: datetime) -> Outgoing | None:
    """The report of this version as wrong; None where it had none."""
    lines: list[tuple[Measured, Status]] = [(item, "W") for item in measured(frame.note, frame.site)]
    return _message(frame, f"{ROLE}.retraction", lines, at) if lines else None


def _message(frame: Frame, role: str, lines: Sequence[tuple[Measured, Status]], at: datetime | None = None) -> Outgoing:
    segments: list[Segment] = []
    for number, (panel, code) in enumerate(_PANELS.items(), 1):
        of_panel = [(item, status) for item, status in lines if item.panel == panel]
        if of_panel:
            corrects = any(status != "F" for _, status in of_panel)
            segments.append(_order(frame, number, panel, code, at, corrects=corrects))
            if panel == "results":
                segments.append(segment("NTE", {1: "1", 2: "L", 3: _TOLD}))
            segments += [_observation(frame, n, item, status) for n, (item, status) in enumerate(of_panel, 1)]
    return frame.message(role, _EVENT, frame.key(ROLE), *segments, at=at)


def _order(frame: Frame, number: int, panel: str, code: Composite, at: datetime | None, *, corrects: bool) -> Segment:
    note = frame.note
    filler = Identifier(system=frame.site.system_for(note), value=f"{note.note_id}.{panel}")
    values: dict[int, Value] = {
        1: str(number),
        3: frame.entity(filler),
        4: code,
        7: stamp(note.encounter.start),
        16: frame.person(note.author),
        22: stamp(at or note.signed_at),
        25: "C" if corrects else "F",
    }
    return segment("OBR", values)


def _observation(frame: Frame, number: int, item: Measured, status: Status) -> Segment:
    values: dict[int, Value] = {
        1: str(number),
        2: "ST" if isinstance(item.value, str) else "SN" if item.comparator else "NM",
        3: _coded(item),
        4: str(item.number),
        5: _value(item),
        6: _unit(frame, item.unit),
        8: item.flag,
        11: status,
        14: stamp(frame.note.encounter.start) if item.panel == "vitals" else "",
        16: frame.person(frame.note.author),
        17: frame.ai_label(by_ai=item.by_ai),
    }
    return segment("OBX", {number: value for number, value in values.items() if value != ""})


def _coded(item: Measured) -> Composite:
    if item.code is None:
        return Composite("", item.name, "L")
    system, code, display = item.code
    return Composite(code, display or item.name, "LN" if system == LOINC_SYSTEM else "99KR", "", item.name, "L")


def _unit(frame: Frame, unit: tuple[str, str] | None) -> Value:
    """UCUM with the unit as people write it, or what the site calls it."""
    if unit is None:
        return ""
    code, shown = unit
    local = dict(frame.destination.units).get(code)
    if local is not None:
        return Composite(local, local, "L")
    return Composite(code, shown, "UCUM") if shown else Composite(code, code, "L")


def _mapped(note: SignedNote, site: Site) -> Iterator[Measured]:
    for entry in map_note(note, site, _ANYWHERE).entries:
        resource = entry.resource.content
        panel = _CATEGORIES.get(_category(resource)) if entry.resource.type == "Observation" else None
        if panel is not None:
            for part in (resource, *resource.get("component", ())):
                yield from _stated(resource, part, panel)


def _stated(resource: FhirJson, part: FhirJson, panel: Panel) -> Iterator[Measured]:
    """The value of an Observation or of a component; one that is absent is none."""
    coding = part["code"]["coding"][0]
    amount: FhirJson = part.get("valueQuantity", {})
    words: FhirJson = part.get("valueCodeableConcept", {})
    if not amount and not words:
        return
    yield Measured(
        panel=panel,
        code=(coding["system"], coding["code"], coding.get("display", "")),
        name=str(resource["code"].get("text", "")),
        value=amount["value"] if amount else str(words["text"]),
        comparator=amount.get("comparator", ""),
        unit=_said(amount),
        flag=_flag(resource),
        by_ai=bool(resource.get("meta", {}).get("security")),
    )


def _said(amount: FhirJson) -> tuple[str, str] | None:
    """The UCUM code with the unit as people write it; a unit without a code alone."""
    code, shown = str(amount.get("code", "")), str(amount.get("unit", ""))
    if code:
        return code, shown or code
    return (shown, "") if shown else None


def _category(resource: FhirJson) -> str:
    return str(resource["category"][0]["coding"][0]["code"])


def _flag(resource: FhirJson) -> str:
    """OBX-8, where the interpretation is one of HL7's codes."""
    codings = [coding for told in resource.get("interpretation", ()) for coding in told.get("coding", ())]
    return str(codings[0]["code"]) if codings else ""


def _uncoded(note: SignedNote, site: Site) -> Iterator[Measured]:
    """Results that lack nothing but a code; a unit with other than ASCII signs is no UCUM but a local name."""
    context = Context(note, site, _ANYWHERE)
    nameless = {item.entry for item in map_note(note, site, _ANYWHERE).omissions if item.reason == NO_CODE}
    for entry in context.stated(LabResult):
        if entry.id in nameless and (isinstance(entry.value, str) or math.isfinite(entry.value)):
            unit = (entry.unit or "").strip()
            yield Measured(
                panel="results",
                code=None,
                name=entry.name,
                value=entry.value,
                unit=(unit, unit if unit.isascii() else "") if unit else None,
                by_ai=context.drafted_by_ai(entry),
            )


def _value(item: Measured) -> Value:
    if isinstance(item.value, str):
        return item.value
    return Composite(item.comparator, _decimal(item.value)) if item.comparator else _decimal(item.value)


def _decimal(value: float) -> str:
    """NM: digits, no exponent."""
    text = format(Decimal(str(value)), "f")
    return text.rstrip("0").rstrip(".") if "." in text else text
