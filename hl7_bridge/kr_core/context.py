"""What every builder of a resource needs to know about the note it maps."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta, timezone
from functools import cached_property
from hashlib import sha256
from re import fullmatch
from typing import TypeVar

from hl7_bridge.fhir import FhirJson, Resource, TransactionEntry, readable, urn
from hl7_bridge.kr_core.agreement import REWRITTEN, agrees
from hl7_bridge.kr_core.codes import AI_LABEL, PROFILE
from hl7_bridge.kr_core.names import NAMELESS, term
from hl7_bridge.site import References, Site, business_identifier
from scribe.domain.encounter import Identifier
from scribe.domain.entries import Entry
from scribe.domain.note import SignedNote
from scribe.domain.statement import Section, Statement

EntryT = TypeVar("EntryT", bound=Entry)
SEOUL = timezone(timedelta(hours=9))


@dataclass(frozen=True, slots=True)
class Origin:
    """The identifier of a record, and when the version that first stated it was signed."""

    key: Identifier
    recorded: datetime


@dataclass(frozen=True)
class Context:
    """A signed note, the site it leaves from, and what its resources point at.

    ``origins`` are, by role, the records that an earlier version began and this one goes on with.
    """

    note: SignedNote
    site: Site
    references: References
    origins: Mapping[str, Origin] = field(default_factory=dict)

    def clinical(
        self, kind: str, sources: Sequence[Entry | Statement], body: FhirJson, profile: str
    ) -> TransactionEntry:
        """The resource of a KR Core profile made of ``sources``, labelled where a machine drafted one of them."""
        ai = any(
            self.text_by_ai_of(source) if isinstance(source, Statement) else self.drafted_by_ai(source)
            for source in sources
        )
        made = self.entry(role_of(kind, *sources), body, profile=profile, ai=ai)
        return replace(made, sources=tuple(source.id for source in sources))

    def entry(self, role: str, body: FhirJson, *, profile: str | None = None, ai: bool = False) -> TransactionEntry:
        """A transaction entry under the business identifier of ``role``.

        Provenance has no identifier element, so it carries the identifier as a tag.
        """
        key = self.key(role)
        tagged = body["resourceType"] == "Provenance"
        meta: FhirJson = {}
        if profile is not None:
            meta["profile"] = [f"{PROFILE}{profile}"]
        if ai:
            meta["security"] = [AI_LABEL]
        if tagged:
            meta["tag"] = [{"system": key.system, "code": key.value}]
        content: FhirJson = {"resourceType": body["resourceType"]}
        if meta:
            content["meta"] = meta
        if not tagged:
            content["identifier"] = [{"system": key.system, "value": key.value}]
        content |= {name: value for name, value in body.items() if value is not None}
        return TransactionEntry(
            role=role, key=key, resource=Resource(readable(content)), parameter="_tag" if tagged else "identifier"
        )

    def urn(self, role: str) -> str:
        """The ``urn:uuid:`` of the resource that plays ``role``."""
        return urn(self.key(role))

    def key(self, role: str) -> Identifier:
        """The business identifier of ``role``: that of the version which first stated it."""
        origin = self.origins.get(role)
        return origin.key if origin else business_identifier(self.note, self.site, role)

    def recorded(self, kind: str, *sources: Entry | Statement) -> str:
        """When the record was first signed; an amendment that goes on with it does not change that."""
        origin = self.origins.get(role_of(kind, *sources))
        return fhir_instant(origin.recorded) if origin else self.signed_at

    @property
    def subject(self) -> FhirJson:
        return {"reference": self.references.patient}

    @property
    def encounter(self) -> FhirJson:
        return {"reference": self.references.encounter}

    @property
    def author(self) -> FhirJson:
        return {"reference": self.references.practitioner}

    @property
    def authors(self) -> list[FhirJson]:
        """The physician, and the role (department, institution) where the server has one."""
        role = self.references.practitioner_role
        return [self.author, {"reference": role}] if role else [self.author]

    @property
    def custodian(self) -> FhirJson | None:
        return {"reference": self.references.organization} if self.references.organization else None

    @property
    def day(self) -> date:
        """The day of the encounter in Korea."""
        return self.note.encounter.start.astimezone(SEOUL).date()

    @property
    def signed_at(self) -> str:
        return fhir_instant(self.note.signed_at)

    @property
    def encountered_at(self) -> str:
        return fhir_instant(self.note.encounter.start)

    def stated(self, kind: type[EntryT]) -> list[EntryT]:
        """The entries of that kind, in order, but for those that are withheld."""
        found = (entry for entry in self.note.content.entries if isinstance(entry, kind))
        return [entry for entry in found if self.withheld(entry) is None]

    def withheld(self, entry: Entry) -> str | None:
        """Why no resource can be made of the entry, whatever its kind."""
        if not readable({"name": term(entry)}):
            return NAMELESS
        return REWRITTEN if entry.id in self._rewritten else None

    @cached_property
    def _rewritten(self) -> frozenset[str]:
        """Ids of the entries that only rewritten sentences of the note state, and these no longer say."""
        by_id = {entry.id: entry for entry in self.note.content.entries}
        return frozenset(
            entry_id
            for entry_id, statements in self._note_statements.items()
            if entry_id in by_id
            and all(statement.support == "edited" for statement in statements)
            and not agrees(by_id[entry_id], [statement.text for statement in statements])
        )

    @cached_property
    def _note_statements(self) -> dict[str, list[Statement]]:
        return _by_entry(self.note.content.sections)

    @cached_property
    def _summary_statements(self) -> dict[str, list[Statement]]:
        return _by_entry(self.note.content.patient_summary.sections)

    def drafted_by_ai(self, entry: Entry) -> bool:
        """True unless the note was written by hand, or the physician rewrote every sentence that states the entry.

        The sentences of the note decide; those of the patient summary where the note has none.
        """
        if self.note.content.drafter is None:
            return False
        statements = self._note_statements.get(entry.id) or self._summary_statements.get(entry.id, [])
        return not statements or any(statement.support != "edited" for statement in statements)

    def text_by_ai(self, sections: Iterable[Section]) -> bool:
        """True where at least one sentence stands as the machine wrote it."""
        return any(self.text_by_ai_of(statement) for statement in statements_of(sections))

    def text_by_ai_of(self, statement: Statement) -> bool:
        return self.note.content.drafter is not None and statement.support != "edited"


def statements_of(sections: Iterable[Section]) -> list[Statement]:
    return [statement for section in sections for statement in section.statements]


def _by_entry(sections: Iterable[Section]) -> dict[str, list[Statement]]:
    found: dict[str, list[Statement]] = {}
    for statement in statements_of(sections):
        for entry_id in statement.entries:
            found.setdefault(entry_id, []).append(statement)
    return found


def fhir_instant(moment: datetime) -> str:
    """A FHIR instant in Korean time, to the second."""
    return moment.astimezone(SEOUL).isoformat(timespec="seconds")


def role_of(kind: str, *sources: Entry | Statement) -> str:
    """``kind`` and the sources' ids, within the characters and the length that identifiers bear everywhere."""
    name = "-".join(source.id for source in sources)
    if not fullmatch(r"[A-Za-z0-9_-]{1,24}", name):
        name = sha256(name.encode()).hexdigest()[:16]
    return f"{kind}-{name}"
