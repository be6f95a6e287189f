"""What can go wrong with a hospital's FHIR server, by what the caller can do about it.

No message holds what the server said about the patient: that stays in ``outcome``.
"""

from dataclasses import dataclass

from hl7_bridge.errors import BridgeError


@dataclass(frozen=True, slots=True, kw_only=True)
class OutcomeIssue:
    """One issue of an OperationOutcome.  ``diagnostics`` may hold patient data: never log or print it."""

    severity: str
    code: str
    expression: tuple[str, ...] = ()
    diagnostics: str | None = None


class FhirError(BridgeError):
    """The FHIR server answered {status} to {action}{issues}.

    ``outcome`` holds the issues of the server's OperationOutcome.
    """

    status: int
    outcome: tuple[OutcomeIssue, ...]


class RefusedError(FhirError):
    """The FHIR server refused {action} with {status}{issues}."""


class MultipleMatchesError(FhirError):
    """The FHIR server holds more than one {action}: someone must decide which one counts before anything is sent."""


class NoMatchError(BridgeError):
    """The FHIR server holds no {type} under the identifier system {system} with the number of this encounter:
    check the identifier, or register it in the hospital's system first.
    """


class ConflictError(RefusedError):
    """The FHIR server holds another version of {action} than expected ({status})."""


class BusyError(FhirError):
    """The FHIR server is busy ({status} to {action}); try again later.

    ``retry_after`` is seconds, where the server gave them.
    """

    retryable = True


class UnreachableError(BridgeError):
    """The FHIR server at {host} cannot be reached ({problem}); nothing was sent."""

    retryable = True


class OutcomeUnknownError(BridgeError):
    """The FHIR server at {host} did not answer {action} in time ({problem}): it may or may not have stored it."""

    retryable = True


class NotFhirError(BridgeError):
    """{host} answered {action} with something that is not FHIR JSON: check the base URL."""


class ReadOnlyServerError(BridgeError):
    """The FHIR server at {host} accepts neither transactions nor creates of {types}, as its /metadata says."""


class PartlyStoredError(BridgeError):
    """The FHIR server at {host} stored {stored} of {wanted} resources and then failed: {cause}

    ``cause`` is the error that ended it; sending again continues where it stopped.
    """

    cause: BridgeError


class UnsupportedTypesError(BridgeError):
    """The FHIR server at {host} does not take {types}, as its /metadata says: nothing was sent."""


class UnsearchableServerError(BridgeError):
    """The FHIR server at {host} cannot search {types} by identifier, as its /metadata says, so that nothing can keep
    a note from being stored twice there: nothing was sent.
    """
