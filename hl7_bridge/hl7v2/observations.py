"""What was measured and what results were told: ORU^R01, HL7 v2.5 chapter 7.

Vital signs are those that the KR Core mapping makes Observations of, under the same LOINC codes and UCUM units, so
that both channels say the same.  The report keeps its number (OBR-3) over the versions of a note: an amended one
corrects it (OBX-11 C), takes back what it no longer states (D), and a retracted one was wrong (W).
"""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal
from typing import Any, Final, Literal

from hl7_bridge.fhir import Omission
from hl7_bridge.hl7v2.segments import Frame, Outgoing
from hl7_bridge.hl7v2.syntax import Composite, Segment, Value, segment
from hl7_bridge.hl7v2.times import stamp
from hl7_bridge.kr_core import map_note
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
_FLAGS: Final = {
    "높음": "H",
    "high": "H",
    "낮음": "L",
    "low": "L",
    "정상": "N",
    "normal": "N",
    "비정상": "A",
    "abnormal": "A",
}
_ANYWHERE = References(patient="Patient/-", encounter="Encounter/-", practitioner="Practitioner/-")
Panel = Literal["vitals", "results"]
Status = Literal["F", "C", "D", "W"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Measured:
    """One line: ``code`` (system, code, display) where there is one, ``name`` as the note has it."""

    panel: Panel
    code: tuple[str, str, str] | None
    name: str
    value: float | str
    unit: tuple[str, str] | None = None
    flag: str = ""
    number: int = 1

    @property
    def identity(self) -> tuple[str, str, int]:
        """What makes it the same line in another version: the code, else the name, and its number among those."""
        return self.panel, self.code[1] if self.code else self.name, self.number


def measured(note: SignedNote, site: Site) -> tuple[Measured, ...]:
    """Every value that the note states so that it can be told, numbered among those of the same code."""
    counts: Counter[str] = Counter()
    found = []
    for item in (*_vitals(note, site), *_results(note)):
        name = item.code[1] if item.code else item.name
        counts[name] += 1
        found.append(replace(item, number=counts[name]))
    return tuple(found)


def omitted(note: SignedNote, site: Site) -> tuple[Omission, ...]:
    """The vital signs that stay text, with the mapping's reasons."""
    return tuple(item for item in map_note(note, site, _ANYWHERE).omissions if item.kind == "vital")


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
        2: "ST" if isinstance(item.value, str) else "NM",
        3: _coded(item),
        4: str(item.number),
        5: item.value if isinstance(item.value, str) else _decimal(item.value),
        6: _unit(frame, item.unit),
        8: item.flag,
        11: status,
        14: stamp(frame.note.encounter.start) if item.panel == "vitals" else "",
        16: frame.person(frame.note.author),
    }
    return segment("OBX", values)


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


def _vitals(note: SignedNote, site: Site) -> Iterator[Measured]:
    for entry in map_note(note, site, _ANYWHERE).entries:
        resource = entry.resource.content
        if resource.get("resourceType") == "Observation" and _category(resource) == "vital-signs":
            name = str(resource["code"].get("text", ""))
            yield from _quantities(resource, name)


def _quantities(resource: dict[str, Any], name: str) -> Iterator[Measured]:
    """The value of an Observation, or of each of its components; one that is absent is none."""
    for part in (resource, *resource.get("component", ())):
        quantity = part.get("valueQuantity")
        if quantity is not None:
            coding = part["code"]["coding"][0]
            code = (coding["system"], coding["code"], coding.get("display", ""))
            unit = (quantity["code"], quantity.get("unit", quantity["code"]))
            yield Measured(panel="vitals", code=code, name=name, value=quantity["value"], unit=unit)


def _category(resource: dict[str, Any]) -> str:
    return str(resource["category"][0]["coding"][0]["code"])


def _results(note: SignedNote) -> Iterator[Measured]:
    """Results as they were told; a unit with other than ASCII signs is no UCUM but a local name."""
    for entry in note.content.entries:
        if isinstance(entry, LabResult):
            code = (entry.code.system, entry.code.code, entry.code.display or "") if entry.code else None
            yield Measured(
                panel="results",
                code=code,
                name=entry.name,
                value=entry.value,
                unit=(entry.unit, entry.unit if entry.unit.isascii() else "") if entry.unit else None,
                flag=_FLAGS.get((entry.interpretation or "").strip().lower(), ""),
            )


def _decimal(value: float) -> str:
    """NM: digits, no exponent."""
    text = format(Decimal(str(value)), "f")
    return text.rstrip("0").rstrip(".") if "." in text else text
