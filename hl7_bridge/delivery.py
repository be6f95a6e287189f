"""Delivering a signed version: resolve, map, validate, send, and say honestly what became of it."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from functools import partial
from typing import Final

from hl7_bridge.connection import connect
from hl7_bridge.errors import BridgeError
from hl7_bridge.fhir import Held, Omission, TransactionBundle, TransactionEntry, holds
from hl7_bridge.fhir_client import FhirClient
from hl7_bridge.fhir_errors import BusyError, ChangedError, NotFhirError, OutcomeUnknownError, PartlyStoredError
from hl7_bridge.kr_core import map_note
from hl7_bridge.kr_core.context import SEOUL
from hl7_bridge.kr_core.revision import Lookup, Retraction, Revision, amend, lookups, retract
from hl7_bridge.problems import changed_problem, invalid_problem, judged, problem_of
from hl7_bridge.roles import RoleSought, find_role
from hl7_bridge.site import NOTE_DOCUMENT, SUMMARY_DOCUMENT, GivenReferences, References, Site, replaced
from hl7_bridge.validate import validate_bundle
from hl7_bridge.writing import fitted, held_of, look_up, rewritten, send
from scribe.domain.delivery import DeliveredResource, Delivery, DeliveryProblem, DeliveryState, LeftOut
from scribe.domain.encounter import Identifier
from scribe.domain.note import SignedNote

ROUNDS: Final = 3
"""How often an amendment is planned anew where somebody changes the server's resources meanwhile."""
__all__ = [
    "connect",
    "deliver",
    "held_delivery",
    "look_up",
    "read_back",
    "resolve_references",
    "undeliverable",
    "withdraw",
]


def resolve_references(
    note: SignedNote, site: Site, client: FhirClient, given: GivenReferences | None = None
) -> References:
    """Ask the server for patient, encounter, author and institution: exactly one match each; nothing is created.

    Raises NoMatchError or MultipleMatchesError; UnidentifiedError before anything is asked.  A replaced version
    that never reached this server is not pointed at.  The author's role is added where exactly one fits; the references
    say why where none does.
    """
    found = _required_references(note, site, client, given or GivenReferences())
    sought = RoleSought(
        practitioner=found.practitioner,
        organization=found.organization,
        department=note.author.department,
        day=note.encounter.start.astimezone(SEOUL).date(),
    )
    role = find_role(client, sought)
    return replace(found, practitioner_role=role.reference, without_role=role.lacking)


def _required_references(note: SignedNote, site: Site, client: FhirClient, given: GivenReferences) -> References:
    """All references but the author's role."""
    References.by_identifier(note, site, given)
    patient, organization = note.encounter.patient, site.organization_of(note)
    institution = organization.identifier if organization else None
    return References(
        patient=given.patient or _resolve(client, "Patient", patient.identifier if patient else None),
        encounter=given.encounter or _resolve(client, "Encounter", note.encounter.identifier),
        practitioner=given.practitioner or _resolve(client, "Practitioner", note.author.identifier),
        organization=given.organization or (client.resolve("Organization", institution) if institution else None),
        previous=_previous(note, site, client, NOTE_DOCUMENT),
        previous_summary=_previous(note, site, client, SUMMARY_DOCUMENT),
    )


def deliver(
    note: SignedNote,
    site: Site,
    client: FhirClient,
    given: GivenReferences | None = None,
    earlier: Sequence[SignedNote] = (),
    *,
    overwrite: bool = False,
) -> Delivery:
    """Bring the server to hold the signed version, once, however often this is called.

    The state of the returned Delivery says what happened; only programming errors are raised.  Every create is
    conditional on the business identifier; after a lost answer the identifiers are looked up before the outcome
    is called unknown.  With the ``earlier`` versions (all, oldest first) what they wrote is amended: every update
    is guarded by the ETag, and where somebody else changed it, nothing is written (``changed``) unless a person
    decided to ``overwrite``.
    """
    attempt = _Attempt(note, client)
    try:
        client.require_r4()
        references = resolve_references(note, site, client, given)
        if earlier:
            plan = partial(amend, note, earlier, site, references, overwrite=overwrite)
            return _revise(attempt, lookups(note, site, earlier), plan, checked=True)
        bundle = fitted(map_note(note, site, references), client)
        invalid = _invalid(bundle)
    except BridgeError as error:
        return attempt.failed(error)
    if invalid is not None:
        return attempt.ended("rejected", bundle, problem=invalid)
    try:
        return attempt.ended("accepted", bundle, resources=send(bundle, client))
    except BridgeError as error:
        return attempt.interrupted(error, bundle)


def withdraw(
    note: SignedNote,
    site: Site,
    client: FhirClient,
    retraction: Retraction,
    given: GivenReferences | None = None,
    earlier: Sequence[SignedNote] = (),
    *,
    strip: bool = False,
) -> Delivery:
    """Mark what every version of the note left on the server as entered in error; nothing is deleted.

    Accepted also where the server holds nothing of it.  Otherwise as :func:`deliver`.
    """
    attempt = _Attempt(note, client)
    try:
        client.require_r4()
        references = _required_references(note, site, client, given or GivenReferences())
        plan = partial(_retraction, note, earlier, site, references, retraction, strip)
        return _revise(attempt, lookups(note, site, earlier), plan, checked=False)
    except BridgeError as error:
        return attempt.failed(error)


def held_delivery(
    note: SignedNote,
    site: Site,
    client: FhirClient,
    given: GivenReferences | None = None,
    earlier: Sequence[SignedNote] = (),
) -> Delivery:
    """What the server holds of the version, without writing anything.

    ``accepted``: all of it.  ``not_sent``: none of it, or the server does not answer (``problem`` says so).
    ``outcome_unknown``: a part.
    """
    attempt = _Attempt(note, client)
    try:
        bundle = fitted(map_note(note, site, References.by_identifier(note, site, given), earlier), client)
        held = look_up(bundle.entries, client)
    except BridgeError as error:
        return attempt.ended("not_sent", None, problem=problem_of(error))
    own = {item.key for item in bundle.entries} - {key for version in earlier for key in _keys(version, site, earlier)}
    if len(held) == len(bundle.entries):
        return attempt.ended("accepted", bundle, resources=held)
    return attempt.ended("outcome_unknown" if own & {item.key for item in held} else "not_sent", bundle, resources=held)


def undeliverable(note: SignedNote, address: str, error: BridgeError) -> Delivery:
    """The end of an attempt for which there is not even a client."""
    return Delivery(
        note_id=note.note_id,
        note_version=note.version,
        destination=address,
        state=judged(error).state,
        problem=problem_of(error),
    )


def read_back(
    delivery: Delivery, note: SignedNote, site: Site, client: FhirClient, given: GivenReferences | None = None
) -> tuple[str, ...]:
    """The references of delivered resources whose content on the server differs from what was sent; () is good.

    What a server adds of its own (id, meta, narrative) does not count as a difference.
    """
    bundle = map_note(note, site, resolve_references(note, site, client, given))
    references = {entry.full_url: item.reference for entry, item in _paired(bundle, delivery)}
    return tuple(
        item.reference
        for entry, item in _paired(bundle, delivery)
        if not holds(client.read(item.reference).content, rewritten(entry.resource, references).content)
    )


class _Attempt:
    """Turns the ends an attempt can come to into a Delivery."""

    def __init__(self, note: SignedNote, client: FhirClient) -> None:
        self._note = note
        self.client = client

    def failed(self, error: BridgeError, bundle: TransactionBundle | None = None) -> Delivery:
        """Nothing was written."""
        return self.ended(judged(error).state, bundle, problem=problem_of(error))

    def interrupted(self, error: BridgeError, bundle: TransactionBundle) -> Delivery:
        """The sending of the bundle failed: accepted if the server turns out to hold everything."""
        cause, state = _uncertain(error)
        if state is None:
            return self.failed(cause, bundle)
        try:
            held = look_up(bundle.entries, self.client)
        except BridgeError:
            held = ()
        if len(held) == len(bundle.entries):
            return self.ended("accepted", bundle, resources=held)
        return self.ended(state, bundle, resources=held, problem=problem_of(cause))

    def ended(
        self,
        state: DeliveryState,
        bundle: TransactionBundle | None,
        *,
        resources: tuple[DeliveredResource, ...] = (),
        problem: DeliveryProblem | None = None,
    ) -> Delivery:
        return Delivery(
            note_id=self._note.note_id,
            note_version=self._note.version,
            destination=self.client.base_url,
            state=state,
            resources=resources,
            left_out=tuple(_left_out(item) for item in bundle.omissions) if bundle else (),
            problem=problem,
        )


_Planner = Callable[[Mapping[Identifier, Held]], Revision]


def _revise(attempt: _Attempt, keys: Sequence[Lookup], plan: _Planner, *, checked: bool) -> Delivery:
    """Write what ``plan`` finds missing; where an answer is lost, planning again tells what became of it.

    Raises the errors of looking up; what goes wrong in writing becomes the Delivery.
    """
    for _ in range(ROUNDS):
        step = _Step(attempt, keys, plan)
        settled = step.settled(checked=checked)
        if settled is not None:
            return settled
        try:
            return step.written()
        except ChangedError as error:
            changed = error
        except BridgeError as error:
            cause, state = _uncertain(error)
            if state is None:
                return attempt.failed(cause, step.bundle)
            return _afterwards(attempt, keys, plan) or step.ended(state, problem_of(cause))
    return attempt.failed(changed)


def _afterwards(attempt: _Attempt, keys: Sequence[Lookup], plan: _Planner) -> Delivery | None:
    """The end after a lost answer, where the server holds everything or somebody must decide; None otherwise."""
    try:
        return _Step(attempt, keys, plan).settled(checked=False)
    except BridgeError:
        return None


class _Step:
    """What the server holds now, and what is still to be written."""

    def __init__(self, attempt: _Attempt, keys: Sequence[Lookup], plan: _Planner) -> None:
        self._attempt = attempt
        held = held_of(keys, attempt.client)
        revision = plan(held)
        self.bundle = fitted(revision.bundle, attempt.client)
        self._kept = _kept(revision, held, keys)
        self._conflicts = tuple(item.reference for item in revision.conflicts)

    def settled(self, *, checked: bool) -> Delivery | None:
        """The end, where nothing is to be written or nothing may be."""
        if self._conflicts:
            return self.ended("rejected", changed_problem(self._conflicts))
        if not self.bundle.entries:
            return self.ended("accepted")
        invalid = _invalid(self.bundle) if checked else None
        return self.ended("rejected", invalid) if invalid is not None else None

    def written(self) -> Delivery:
        resources = (*send(self.bundle, self._attempt.client), *self._kept)
        return self._attempt.ended("accepted", self.bundle, resources=resources)

    def ended(self, state: DeliveryState, problem: DeliveryProblem | None = None) -> Delivery:
        return self._attempt.ended(state, self.bundle, resources=self._kept, problem=problem)


def _uncertain(error: BridgeError) -> tuple[BridgeError, DeliveryState | None]:
    """What ended the writing, and the state it leaves where a part may have been stored; None where nothing was.

    A gateway's 502 or 504, or an answer that is no FHIR, says nothing about what the server behind it did.
    """
    if isinstance(error, PartlyStoredError):
        return error.cause, "outcome_unknown" if error.cause.retryable else "rejected"
    half_done = isinstance(error, NotFhirError) or (isinstance(error, BusyError) and error.status in (500, 502, 504))
    return error, "outcome_unknown" if half_done or isinstance(error, OutcomeUnknownError) else None


def _retraction(
    note: SignedNote,
    earlier: Sequence[SignedNote],
    site: Site,
    references: References,
    retraction: Retraction,
    strip: bool,
    held: Mapping[Identifier, Held],
) -> Revision:
    return retract(note, earlier, site, references, held, retraction, strip=strip)


def _invalid(bundle: TransactionBundle) -> DeliveryProblem | None:
    """What our own validation has against the bundle."""
    errors = validate_bundle(bundle).errors
    return invalid_problem(len(errors), tuple(issue.path for issue in errors)) if errors else None


def _kept(revision: Revision, held: Mapping[Identifier, Held], keys: Sequence[Lookup]) -> tuple[DeliveredResource, ...]:
    """The resources that are already as they must be."""
    by_reference = {there.reference: key for key, there in held.items()}
    roles = {item.key: item.role for item in keys}
    return tuple(
        DeliveredResource(
            role=roles[by_reference[item.reference]],
            key=by_reference[item.reference],
            reference=item.reference,
            version=item.etag,
            created=False,
        )
        for item in revision.kept
    )


def _keys(version: SignedNote, site: Site, versions: Sequence[SignedNote]) -> set[Identifier]:
    """The identifiers under which a version was written, given all versions of its note."""
    before = [item for item in versions if item.version < version.version]
    return {item.key for item in lookups(version, site, before)}


def _resolve(client: FhirClient, resource_type: str, identifier: Identifier | None) -> str:
    if identifier is None:
        raise ValueError(f"{resource_type} has no identifier to resolve")
    return client.resolve(resource_type, identifier)


def _previous(note: SignedNote, site: Site, client: FhirClient, role: str) -> str | None:
    key = replaced(note, site, role)
    found = client.find("DocumentReference", key) if key else None
    return f"DocumentReference/{found.id}" if found else None


def _left_out(omission: Omission) -> LeftOut:
    return LeftOut(entry=omission.entry, kind=omission.kind, reason=omission.reason)


def _paired(bundle: TransactionBundle, delivery: Delivery) -> list[tuple[TransactionEntry, DeliveredResource]]:
    by_key = {item.key: item for item in delivery.resources}
    return [(entry, by_key[entry.key]) for entry in bundle.entries if entry.key in by_key]
