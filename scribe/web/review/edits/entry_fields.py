"""An entry from the fields that a physician typed: validated by the domain's own types."""

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import replace
from typing import Annotated, get_args

from pydantic import Field, TypeAdapter, ValidationError

from scribe.domain.entries import KCD8_SYSTEM, Entry, FollowUp, LabResult, MedicationOrder, Symptom, Vital
from scribe.drafting.frequency import find_frequency
from scribe.drafting.known_codes import with_known_codes
from scribe.drafting.lexicon import VitalRow, by_term
from scribe.drafting.restate.wording import plain_entry
from scribe.drafting.terminology import in_use
from scribe.drafting.terminology.coding import coded
from scribe.web.review.edits.entry_requests import CodeFields, DoseFields, Value
from scribe.web.review.edits.errors import EntryFieldError

_ENTRY: TypeAdapter[Entry] = TypeAdapter(Annotated[Entry, Field(discriminator="kind")])
_TYPES = {entry_type.__dataclass_fields__["kind"].default: entry_type for entry_type in get_args(Entry)}
_OWN = frozenset({"id", "kind", "evidence", "confidence", "author", "ingredient"})
_AS_NEEDED = "as_needed"
_NEEDED = re.compile(r"\s*필요시")
_COUNT = re.compile(r"1일\s*\d+(?:\.\d+)?회")
_NUMBER = re.compile(r"[+-]?\d+(?:\.\d+)?")
_DEFAULTS: Mapping[str, Mapping[str, Value]] = {
    "symptom": {"status": "present"},
    "history": {"status": "present", "category": "medical"},
    "allergy": {"status": "present"},
    "exam": {"status": "abnormal"},
    "diagnosis": {"certainty": "confirmed"},
    "medication_order": {"action": "start"},
    "procedure": {"status": "planned"},
}
_OF_PRESENCE = ("onset", "duration", "duration_iso", "severity", "quality", "course")
"""What is said of a symptom that the patient has."""
_PURPOSE = re.compile(r"\([^()]*\)$")


def new_entry(kind: str, entry_id: str, fields: Mapping[str, Value]) -> Entry:
    """An entry of the physician's own; :class:`EntryFieldError` names the field that does not fit."""
    given = {**_DEFAULTS.get(kind, {}), **_read(kind, fields)}
    if kind == "vital" and not given.get("unit"):
        row = by_term(VitalRow).get(str(given.get("name")))
        given["unit"] = row.unit if row is not None else given.get("unit")
    if kind == "follow_up":
        given.setdefault("name", "재진")
    made = _valid(kind, {"id": entry_id, "evidence": (), "author": "physician", **given})
    return _tidied(made, None, frozenset(given))


def changed_entry(entry: Entry, fields: Mapping[str, Value]) -> Entry:
    """``entry`` with ``fields`` in place of its own, by the physician's hand; the same one where nothing differs.

    What hangs together follows: a medicine of another name loses the code of the old one, a frequency takes on the
    number of times, a day of follow-up its words.
    """
    entry = plain_entry(entry)
    given = _read(entry.kind, fields)
    moved = {name: value for name, value in given.items() if value != getattr(entry, name, None)}
    if not moved:
        return entry
    if "name" in moved and "code" not in moved:
        moved["code"] = None
    if isinstance(entry, MedicationOrder) and "name" in moved:
        moved["ingredient"] = None
    if isinstance(entry, Symptom) and "duration" in moved:
        moved["duration_iso"] = None
    if isinstance(entry, Symptom) and moved.get("status") == "absent":
        moved = {**dict.fromkeys(_OF_PRESENCE), **moved}
    kept = {name: getattr(entry, name) for name in entry.__dataclass_fields__}
    made = _valid(entry.kind, {**kept, **moved, "confidence": None, "author": "physician"})
    return _tidied(made, entry, frozenset(moved))


def _read(kind: str, fields: Mapping[str, Value]) -> dict[str, Value]:
    """The fields by their names in the domain, cleaned; an unknown one is refused."""
    known = _TYPES[kind].__dataclass_fields__.keys() - _OWN
    given: dict[str, Value] = {}
    for name, value in fields.items():
        if name not in known and not (kind == "medication_order" and name == _AS_NEEDED):
            raise EntryFieldError(field=name)
        given[name] = _cleaned(value)
    if kind == "lab_result" and isinstance(given.get("value"), str) and _NUMBER.fullmatch(str(given["value"])):
        given["value"] = float(str(given["value"]))
    if _AS_NEEDED in given:
        given = _with_need(given)
    return given


def _cleaned(value: Value) -> Value:
    if isinstance(value, str):
        return " ".join(unicodedata.normalize("NFC", value).split()) or None
    return value


def _with_need(given: dict[str, Value]) -> dict[str, Value]:
    """The frequency with or without "필요시", as the box says."""
    needed = given.pop(_AS_NEEDED) is True
    bare = _NEEDED.sub("", str(given.get("frequency") or "")).strip()
    return {**given, "frequency": " ".join(filter(None, (bare, "필요시" if needed else ""))) or None}


def _valid(kind: str, values: Mapping[str, object]) -> Entry:
    plain = {name: _domain(name, value) for name, value in values.items() if value is not None}
    try:
        return _ENTRY.validate_python({**plain, "kind": kind})
    except ValidationError as error:
        where = [str(part) for part in error.errors(include_input=False)[0]["loc"] if part != kind]
        raise EntryFieldError(field=where[0] if where else "name") from None


def _domain(name: str, value: object) -> object:
    if isinstance(value, DoseFields):
        return {"value": value.value, "unit": value.unit}
    if isinstance(value, CodeFields):
        return {"system": value.system, "code": value.code, "display": value.display}
    if name == "code" and isinstance(value, str):
        return {"system": KCD8_SYSTEM, "code": value}
    return value


def _tidied(made: Entry, before: Entry | None, moved: frozenset[str]) -> Entry:
    """The entry with what follows from the fields that moved."""
    if isinstance(made, MedicationOrder):
        made = _regimen(made, moved)
    if isinstance(made, FollowUp):
        made = _next_visit(made, before, moved)
    if isinstance(made, Vital | LabResult) or "name" not in moved or made.code is not None:
        return made
    (known,) = coded(with_known_codes((made,)), in_use())
    return replace(known, name=made.name)


def _regimen(order: MedicationOrder, moved: frozenset[str]) -> MedicationOrder:
    if "times_per_day" in moved and "frequency" not in moved and order.frequency:
        count = f"1일 {order.times_per_day:g}회" if order.times_per_day else ""
        text = _COUNT.sub(count, order.frequency) if _COUNT.search(order.frequency) else count
        return replace(order, frequency=" ".join(text.split()) or None)
    if "frequency" in moved and "times_per_day" not in moved:
        read = find_frequency(order.frequency or "")
        return replace(order, times_per_day=read.times_per_day if read is not None else None)
    return order


def _next_visit(visit: FollowUp, before: Entry | None, moved: frozenset[str]) -> FollowUp:
    if "when" not in moved and "in_days" in moved and visit.in_days is not None:
        visit = replace(visit, when=in_words(visit.in_days))
    if before is None or "name" in moved:
        return visit
    purpose = _PURPOSE.search(visit.name)
    return replace(visit, name=f"{visit.when} 재진{purpose[0] if purpose else ''}")


def in_words(days: int) -> str:
    """How a Korean chart says after how many days: whole weeks as weeks."""
    if days == 0:
        return "오늘"
    return f"{days // 7}주 뒤" if days % 7 == 0 else f"{days}일 뒤"
