"""Amendment and retraction: what must be written so that the server holds what the newest version states.

Both are planned from what the server holds now, so planning again after a lost answer gives what is still to be
written, and nothing once everything is there.  Nothing is ever deleted.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final, Literal

from hl7_bridge.fhir import FhirJson, Held, Resource, TransactionBundle, TransactionEntry, holds, pointed, urn
from hl7_bridge.kr_core.codes import AI_LABEL
from hl7_bridge.kr_core.context import Context
from hl7_bridge.kr_core.lineage import NOWHERE, Record
from hl7_bridge.kr_core.mapping import lineage, map_note
from hl7_bridge.kr_core.provenance import retracted
from hl7_bridge.kr_core.withdrawal import is_withdrawn, superseded, withdrawn
from hl7_bridge.site import NOTE_DOCUMENT, SUMMARY_DOCUMENT, References, Site, business_identifier
from scribe.domain.encounter import Identifier
from scribe.domain.note import SignedNote

RETRACTION: Final = "retraction"
AI_CODE: Final = AI_LABEL["code"]

_LASTING: Final = frozenset({"Provenance", "Device"})
_UNCHANGING: Final = frozenset({"DocumentReference", "Provenance", "Device"})
_SIGNERS: Final = ("recorder", "requester")


@dataclass(frozen=True, slots=True, kw_only=True)
class Lookup:
    """A business identifier to ask the server for: the resource type, the key and the parameter that finds it."""

    role: str
    type: str
    key: Identifier
    parameter: Literal["identifier", "_tag"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Conflict:
    """A held resource that is neither what a version stated nor what the newest one states: someone changed it."""

    role: str
    key: Identifier
    reference: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Revision:
    """What to write, in an order in which every reference comes after what it points at.

    ``kept`` are the held resources that are already as they must be.  Where there are ``conflicts``, someone must
    decide before anything is written: the conflicting resources are in neither.
    """

    bundle: TransactionBundle
    kept: tuple[Held, ...] = ()
    conflicts: tuple[Conflict, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Retraction:
    """Who withdrew a note, when and why; ``reason`` stands in the Provenance."""

    at: datetime
    reason: str


def lookups(note: SignedNote, site: Site, earlier: Sequence[SignedNote] = ()) -> tuple[Lookup, ...]:
    """Everything that this version and the ``earlier`` ones (oldest first) may have left on the server."""
    made = map_note(note, site, NOWHERE, earlier).entries
    found = [Lookup(role=item.role, type=item.resource.type, key=item.key, parameter=item.parameter) for item in made]
    found += [_record(record) for record in lineage(note, site, earlier).withdrawn]
    found += [_document(key, role) for version in earlier for role, key in _document_keys(version, site)]
    retraction = business_identifier(note, site, RETRACTION)
    return (*found, Lookup(role=RETRACTION, type="Provenance", key=retraction, parameter="_tag"))


def amend(
    note: SignedNote,
    earlier: Sequence[SignedNote],
    site: Site,
    references: References,
    held: Mapping[Identifier, Held],
    *,
    overwrite: bool = False,
) -> Revision:
    """Bring the server from what it holds of ``earlier`` (oldest first, all of them) to what ``note`` states.

    What both state is left alone, what changed is updated, what is new is created, what the new version no longer
    states becomes entered-in-error; the earlier documents are superseded and the new ones replace them.  ``held``
    is what the server answered to :func:`lookups`, by key.  With ``overwrite`` a conflicting resource is updated too.
    """
    plan = _Plan(note, earlier, site, references, held, overwrite)
    return plan.revision()


def retract(
    note: SignedNote,
    earlier: Sequence[SignedNote],
    site: Site,
    references: References,
    held: Mapping[Identifier, Held],
    retraction: Retraction,
    *,
    strip: bool = False,
) -> Revision:
    """Mark everything that any version of the note left on the server as entered in error.

    With ``strip`` (for servers that patients read) only id, identifier, status and what base FHIR demands is left.
    Provenance and Device stay as they are; a Provenance of the retraction is added.
    """
    wanted = [item for item in lookups(note, site, earlier) if item.type not in _LASTING]
    found = [(item, held[item.key]) for item in wanted if item.key in held]
    writes = [
        _put(item, there, withdrawn(there.resource.content, strip=strip))
        for item, there in found
        if not is_withdrawn(there.resource.content)
    ]
    kept = tuple(there for _, there in found if is_withdrawn(there.resource.content))
    context = Context(note, site, references)
    statement = retracted(
        context, RETRACTION, [there.reference for _, there in found], retraction.at, retraction.reason
    )
    if found and statement.key not in held:
        writes.append(statement)
    return Revision(bundle=TransactionBundle(entries=tuple(writes)), kept=kept)


class _Plan:
    """An amendment: the newest version's entries against what the server holds."""

    def __init__(
        self,
        note: SignedNote,
        earlier: Sequence[SignedNote],
        site: Site,
        references: References,
        held: Mapping[Identifier, Held],
        overwrite: bool,
    ) -> None:
        self._held = held
        self._overwrite = overwrite
        self._withdrawn = [_record(record) for record in lineage(note, site, earlier).withdrawn]
        self._documents = [_document(key, role) for version in earlier for role, key in _document_keys(version, site)]
        self._bundle = map_note(note, site, self._replacing(earlier, site, references), earlier)
        self._stated = stated(earlier, site, references)
        self._writes: list[TransactionEntry] = []
        self._kept: list[Held] = []
        self._conflicts: list[Conflict] = []

    def revision(self) -> Revision:
        *made, provenance = self._bundle.entries
        for entry in made:
            self._bring(entry)
        for item in self._withdrawn:
            self._withdraw(item)
        for item in self._documents:
            self._supersede(item)
        self._account(provenance)
        entries = tuple(self._pointed(entry) for entry in self._writes)
        return Revision(
            bundle=TransactionBundle(entries=entries, omissions=self._bundle.omissions),
            kept=tuple(self._kept),
            conflicts=tuple(self._conflicts),
        )

    def _bring(self, entry: TransactionEntry) -> None:
        there = self._held.get(entry.key)
        if there is None:
            self._writes.append(entry)
        elif entry.key not in self._stated or _agree(there.resource.content, entry.resource.content):
            self._kept.append(there)
        elif self._ours(entry.key, there):
            self._writes.append(_update(entry, there, self._stated[entry.key]))
        else:
            self._conflicts.append(Conflict(role=entry.role, key=entry.key, reference=there.reference))

    def _withdraw(self, item: Lookup) -> None:
        there = self._held.get(item.key)
        if there is None:
            return
        if is_withdrawn(there.resource.content):
            self._kept.append(there)
        elif self._ours(item.key, there):
            self._writes.append(_put(item, there, withdrawn(there.resource.content)))
        else:
            self._conflicts.append(Conflict(role=item.role, key=item.key, reference=there.reference))

    def _supersede(self, item: Lookup) -> None:
        there = self._held.get(item.key)
        if there is not None and there.resource.content.get("status") == "current":
            self._writes.append(_put(item, there, superseded(there.resource.content)))
        elif there is not None:
            self._kept.append(there)

    def _account(self, provenance: TransactionEntry) -> None:
        """The Provenance of the version: over what it states, and what it withdraws."""
        if provenance.key in self._held:
            self._kept.append(self._held[provenance.key])
            return
        gone = [self._held[item.key].reference for item in self._withdrawn if item.key in self._held]
        content = provenance.resource.content
        targets = [*content["target"], *({"reference": reference} for reference in gone)]
        self._writes.append(replace(provenance, resource=Resource(content | {"target": targets})))

    def _ours(self, key: Identifier, there: Held) -> bool:
        """True where the server still holds what one of our versions wrote."""
        content = there.resource.content
        return self._overwrite or any(_agree(content, stated) for stated in self._stated.get(key, ()))

    def _pointed(self, entry: TransactionEntry) -> TransactionEntry:
        """With literal references to whatever the server holds already."""
        known = {urn(key): there.reference for key, there in self._held.items()}
        return replace(entry, resource=Resource(pointed(entry.resource.content, known)))

    def _replacing(self, earlier: Sequence[SignedNote], site: Site, references: References) -> References:
        """Pointing at the newest earlier documents that reached the server, if any did."""
        newest: dict[str, str] = {}
        for version in earlier:
            for role, key in _document_keys(version, site):
                if key in self._held:
                    newest[role] = self._held[key].reference
        return replace(references, previous=newest.get(NOTE_DOCUMENT), previous_summary=newest.get(SUMMARY_DOCUMENT))


def stated(earlier: Sequence[SignedNote], site: Site, references: References) -> dict[Identifier, list[FhirJson]]:
    """What the earlier versions wrote of each clinical record."""
    found: dict[Identifier, list[FhirJson]] = {}
    for index, version in enumerate(earlier):
        for entry in map_note(version, site, references, earlier[:index]).entries:
            if entry.sources or entry.resource.type not in _UNCHANGING:
                found.setdefault(entry.key, []).append(entry.resource.content)
    return found


def _agree(held: FhirJson, sent: FhirJson) -> bool:
    """True where the server holds what is sent, whoever signed it, with the same label of machine drafting."""
    plain = {name: value for name, value in sent.items() if name not in _SIGNERS}
    return holds(held, plain) and (AI_CODE in _labels(held)) == (AI_CODE in _labels(sent))


def _labels(content: FhirJson) -> set[str]:
    return {label.get("code", "") for label in content.get("meta", {}).get("security", [])}


def _update(entry: TransactionEntry, there: Held, before: Sequence[FhirJson]) -> TransactionEntry:
    """The new content, and what the server added that we never wrote; its narrative told the old content."""
    ours = {name for content in before for name in content} | {"id", "resourceType", "meta", "text"}
    added = {name: value for name, value in there.resource.content.items() if name not in ours}
    return replace(entry, resource=Resource(added | entry.resource.content)).onto(there)


def _put(item: Lookup, there: Held, content: FhirJson) -> TransactionEntry:
    entry = TransactionEntry(role=item.role, key=item.key, resource=Resource(content), parameter=item.parameter)
    return entry.onto(there)


def _record(record: Record) -> Lookup:
    return Lookup(role=record.role, type=record.type, key=record.origin.key, parameter="identifier")


def _document(key: Identifier, role: str) -> Lookup:
    return Lookup(role=role, type="DocumentReference", key=key, parameter="identifier")


def _document_keys(version: SignedNote, site: Site) -> list[tuple[str, Identifier]]:
    return [(role, business_identifier(version, site, role)) for role in (NOTE_DOCUMENT, SUMMARY_DOCUMENT)]
