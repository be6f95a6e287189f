"""What a hospital configures: where notes go and under which identifiers."""

from dataclasses import dataclass
from typing import Self

from hl7_bridge.destination import Destination, FhirDestination
from hl7_bridge.errors import DestinationError, IdentifierSystemError, UnknownDestinationError, unidentified
from hl7_bridge.fhir import token
from hl7_bridge.hl7v2.settings import Hl7Receiver
from scribe.domain.encounter import Identifier, Organization
from scribe.domain.note import SignedNote

NOTE_DOCUMENT = "note-document"
SUMMARY_DOCUMENT = "patient-summary-document"
INSTITUTION_ARC = "urn:oid:1.2.410.100110.10"


@dataclass(frozen=True, slots=True, kw_only=True)
class Site:
    """One hospital's settings.

    ``identifier_system`` is the URI under which the bridge numbers what it sends; without one it is the OID arc
    of Korean care institutions with the institution's number (요양기관기호) added.  Every signed version goes to
    each of ``destinations``; their names differ.  ``receive`` is how admissions come in by HL7 v2.
    """

    identifier_system: str | None = None
    organization: Organization | None = None
    destinations: tuple[Destination, ...] = ()
    receive: Hl7Receiver | None = None

    def destination(self, name: str | None = None) -> Destination:
        """The destination of that name, or the only one; DestinationError, UnknownDestinationError otherwise."""
        if not self.destinations:
            raise DestinationError()
        if name is None and len(self.destinations) == 1:
            return self.destinations[0]
        for destination in self.destinations:
            if destination.name == name:
                return destination
        known = ", ".join(destination.name for destination in self.destinations)
        raise UnknownDestinationError(name=name or "(none named)", known=known)

    def fhir(self, name: str | None = None) -> FhirDestination:
        """The FHIR server of that name, or the site's first; DestinationError where it has none."""
        if name is not None:
            chosen = self.destination(name)
            if isinstance(chosen, FhirDestination):
                return chosen
            raise DestinationError()
        for destination in self.destinations:
            if isinstance(destination, FhirDestination):
                return destination
        raise DestinationError()

    def system_for(self, note: SignedNote) -> str:
        """The identifier system for a note; IdentifierSystemError where nothing determines it."""
        if self.identifier_system is not None:
            return self.identifier_system
        organization = self.organization_of(note)
        if organization is None or organization.identifier is None:
            raise IdentifierSystemError()
        return f"{INSTITUTION_ARC}.{organization.identifier.value}"

    def organization_of(self, note: SignedNote) -> Organization | None:
        """The configured institution, else the one the encounter names."""
        return self.organization or note.encounter.organization


@dataclass(frozen=True, slots=True, kw_only=True)
class References:
    """What the note's resources point at on the hospital's server.

    Each is a literal reference (``Patient/123``) or, before the server has been asked, a conditional one
    (``Patient?identifier=system|value``) that a transaction resolves to exactly one match or fails.
    ``previous`` and ``previous_summary`` are the documents of the version that this one replaces.
    ``practitioner_role`` is the role the physician wrote in; ``without_role`` says in Korean why none was found, where
    one was looked for.
    """

    patient: str
    encounter: str
    practitioner: str
    organization: str | None = None
    previous: str | None = None
    previous_summary: str | None = None
    practitioner_role: str | None = None
    without_role: str | None = None

    @classmethod
    def by_identifier(cls, note: SignedNote, site: Site, given: "GivenReferences | None" = None) -> Self:
        """Conditional references from the note's business identifiers, ``given`` ones first.

        Raises UnidentifiedError where patient, encounter or author have neither.
        """
        given = given or GivenReferences()
        patient = note.encounter.patient
        organization = site.organization_of(note)
        return cls(
            patient=given.patient or _required("Patient", patient.identifier if patient else None, "patient"),
            encounter=given.encounter or _required("Encounter", note.encounter.identifier, "encounter"),
            practitioner=given.practitioner or _required("Practitioner", note.author.identifier, "practitioner"),
            organization=given.organization
            or (_conditional("Organization", organization.identifier) if organization else None),
            previous=_conditional("DocumentReference", replaced(note, site, NOTE_DOCUMENT)),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class GivenReferences:
    """References that the caller knows, so that nobody need search for them."""

    patient: str | None = None
    encounter: str | None = None
    practitioner: str | None = None
    organization: str | None = None


def business_identifier(note: SignedNote, site: Site, role: str) -> Identifier:
    """The identifier of what a signed version plays as ``role``: the same for every sending of that version."""
    return Identifier(system=site.system_for(note), value=f"{note.note_id}.v{note.version}.{role}")


def replaced(note: SignedNote, site: Site, role: str) -> Identifier | None:
    """The identifier of what played ``role`` in the version that this one replaces, if it replaces one."""
    if note.replaces is None:
        return None
    return Identifier(system=site.system_for(note), value=f"{note.note_id}.v{note.replaces}.{role}")


def _required(resource_type: str, identifier: Identifier | None, option: str) -> str:
    reference = _conditional(resource_type, identifier)
    if reference is None:
        raise unidentified(what=resource_type, option=option)
    return reference


def _conditional(resource_type: str, identifier: Identifier | None) -> str | None:
    return f"{resource_type}?identifier={token(identifier)}" if identifier else None
