"""Which record of an earlier version each resource of a note goes on with.

A record keeps the identifier and the date of the version that first stated it, so that an amendment updates it
instead of making a second one.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from hl7_bridge.fhir import TransactionEntry
from hl7_bridge.kr_core.context import Context, Origin
from hl7_bridge.site import References, Site, business_identifier
from scribe.domain.entries import Evidence
from scribe.domain.note import SignedNote

Clinical = Callable[[Context], Sequence[TransactionEntry]]
"""What the clinical resources of a version are."""

NOWHERE = References(patient="", encounter="", practitioner="")
"""For what depends on no reference: roles and identifiers."""

_CONCEPTS = ("code", "medicationCodeableConcept", "vaccineCode")


@dataclass(frozen=True, slots=True)
class Record:
    """A clinical resource as one version states it; ``evidence`` are the words it rests on."""

    origin: Origin
    role: str
    type: str
    shape: tuple[str, ...]
    text: str
    evidence: tuple[Evidence, ...]


@dataclass(frozen=True, slots=True)
class Lineage:
    """The records of the newest version, and those of earlier ones that it no longer states."""

    stated: tuple[Record, ...]
    withdrawn: tuple[Record, ...] = ()

    @property
    def origins(self) -> dict[str, Origin]:
        return {record.role: record.origin for record in self.stated}


def trace(note: SignedNote, earlier: Sequence[SignedNote], site: Site, clinical: Clinical) -> Lineage:
    """Follow the records through ``earlier`` (oldest first) to ``note``.

    A resource goes on with a record of the same kind and the same name, else with the one that the same entry, on
    the same words, gave before.  ValueError where the versions are not of one note, in order.
    """
    versions = (*earlier, note)
    numbers = [version.version for version in versions]
    if {version.note_id for version in versions} != {note.note_id} or numbers != sorted(set(numbers)):
        raise ValueError("earlier versions are those of the same note, oldest first")
    living: list[Record] = []
    withdrawn: list[Record] = []
    for version in versions:
        fresh = [_record(version, site, entry) for entry in clinical(Context(version, site, NOWHERE))]
        stated = list(_continued(fresh, living))
        kept = {record.origin.key for record in stated}
        withdrawn += [record for record in living if record.origin.key not in kept]
        living = stated
    return Lineage(tuple(living), tuple(withdrawn))


def _record(version: SignedNote, site: Site, entry: TransactionEntry) -> Record:
    content = entry.resource.content
    words = next((content[name].get("text", "") for name in _CONCEPTS if name in content), "")
    evidence = {item.id: item.evidence for item in version.content.entries}
    return Record(
        origin=Origin(business_identifier(version, site, entry.role), version.signed_at),
        role=entry.role,
        type=entry.resource.type,
        shape=(entry.resource.type, *content.get("meta", {}).get("profile", ())),
        text=words,
        evidence=tuple(place for source in entry.sources for place in evidence.get(source, ())),
    )


def _continued(fresh: Sequence[Record], living: Sequence[Record]) -> Iterator[Record]:
    """Each of ``fresh``, under the origin of the living record that it goes on with."""
    free = list(living)
    found: dict[str, Origin] = {}
    for alike in (_same_name_and_role, _same_name, _same_words):
        for record in fresh:
            before = next((old for old in free if alike(old, record)), None) if record.role not in found else None
            if before is not None:
                free.remove(before)
                found[record.role] = before.origin
    for record in fresh:
        yield Record(
            origin=found.get(record.role, record.origin),
            role=record.role,
            type=record.type,
            shape=record.shape,
            text=record.text,
            evidence=record.evidence,
        )


def _same_name_and_role(old: Record, new: Record) -> bool:
    return _same_name(old, new) and old.role == new.role


def _same_name(old: Record, new: Record) -> bool:
    return old.shape == new.shape and old.text == new.text


def _same_words(old: Record, new: Record) -> bool:
    return old.shape == new.shape and old.role == new.role and old.evidence == new.evidence
