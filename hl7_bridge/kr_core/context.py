"""What every builder of a resource needs to know about the note it maps."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta, timezone
from functools import cached_property
from hashlib import sha256
from re import fullmatch

from hl7_bridge.fhir import FhirJson, Resource, TransactionEntry, readable, urn
from hl7_bridge.kr_core.codes import AI_LABEL, PROFILE
from hl7_bridge.site import References, Site, business_identifier
from scribe.domain.encounter import Identifier
from scribe.domain.entries import Entry
from scribe.domain.note import SignedNote
from scribe.domain.statement import Section, Statement

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

    def clinical(self, kind: str, sources: Sequence[Entry], body: FhirJson, profile: str) -> TransactionEntry:
        """The resource of a KR Core profile made of ``sources``, labelled where a machine drafted one of them."""
        made = self.entry(
            role_of(kind, *sources), body, profile=profile, ai=any(self.drafted_by_ai(source) for source in sources)
        )
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

    def recorded(self, kind: str, *sources: Entry) -> str:
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
    def custodian(self) -> FhirJson | None:
        return {"reference": self.references.organization} if self.references.organization else None

    @property
    def signed_at(self) -> str:
        return fhir_instant(self.note.signed_at)

    @property
    def encountered_at(self) -> str:
        return fhir_instant(self.note.encounter.start)

    @cached_property
    def _statements_by_entry(self) -> dict[str, list[Statement]]:
        found: dict[str, list[Statement]] = {}
        sections = (*self.note.content.sections, *self.note.content.patient_summary.sections)
        for statement in statements_of(sections):
            for entry_id in statement.entries:
                found.setdefault(entry_id, []).append(statement)
        return found

    def drafted_by_ai(self, entry: Entry) -> bool:
        """True unless the note was written by hand, or the physician rewrote every sentence that states the entry."""
        if self.note.content.drafter is None:
            return False
        statements = self._statements_by_entry.get(entry.id, [])
        return not statements or any(statement.support != "edited" for statement in statements)

    def text_by_ai(self, sections: Iterable[Section]) -> bool:
        """True where at least one sentence stands as the machine wrote it."""
        if self.note.content.drafter is None:
            return False
        return any(statement.support != "edited" for statement in statements_of(sections))


def statements_of(sections: Iterable[Section]) -> list[Statement]:
    return [statement for section in sections for statement in section.statements]


def fhir_instant(moment: datetime) -> str:
    """A FHIR instant in Korean time, to the second."""
    return moment.astimezone(SEOUL).isoformat(timespec="seconds")


def role_of(kind: str, *entries: Entry) -> str:
    """``kind`` and the entries' ids, within the characters and the length that identifiers bear everywhere."""
    name = "-".join(entry.id for entry in entries)
    if not fullmatch(r"[A-Za-z0-9_-]{1,24}", name):
        name = sha256(name.encode()).hexdigest()[:16]
    return f"{kind}-{name}"
