"""What can go wrong with a hospital's FHIR server, by what the caller can do about it.

No message holds what the server said about the patient: that stays in ``outcome``.
"""

from dataclasses import dataclass

from hl7_bridge.errors import BridgeError


@dataclass(frozen=True, slots=True, kw_only=True)
class OutcomeIssue:
    """One issue of an OperationOutcome.  ``diagnostics`` (or the details' text) may hold patient data: never log or
    print it."""

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


class TooLargeTransactionError(RefusedError):
    """The FHIR server takes no transaction of this size ({status}): set write = "single" for this destination."""


class UnauthorisedError(RefusedError):
    """The FHIR server does not accept our credentials ({status} to {action}): check the destination's auth or headers.

    A token was renewed once before this was raised.
    """


class ForbiddenError(RefusedError):
    """The FHIR server does not let our account do {action} ({status}): ask for the scope or the right."""


class RedirectedError(RefusedError):
    """The FHIR server sends {action} on to {target} ({status}), which is not followed: set url to the final address."""


class GatewayRefusedError(RefusedError):
    """The gateway answered {status} to {action}, and in the body its own code {code}, which refuses it."""

    code: str


class MultipleMatchesError(FhirError):
    """The FHIR server holds more than one {action}: someone must decide which one counts before anything is sent."""


class NoMatchError(BridgeError):
    """The FHIR server holds no {type} under the identifier system {system} with the number of this encounter:
    check the identifier, or register it in the hospital's system first.
    """


class IgnoredSearchError(BridgeError):
    """{host} answered a search of {type} by {parameter} with a resource that was not asked for: it ignores the search
    parameter, so nothing can be found there safely.
    """


class ConflictError(RefusedError):
    """The FHIR server holds another version of {action} than expected ({status})."""


class ChangedError(ConflictError):
    """Somebody changed on the FHIR server what {action} would have written over ({status}): nothing was written."""


class BusyError(FhirError):
    """The FHIR server is busy ({status} to {action}); try again later.

    ``retry_after`` is seconds, where the server gave them.
    """

    retryable = True


class GatewayBusyError(BusyError):
    """The gateway answered {status} to {action}, and in the body its own code {code}, after which one may try again."""

    code: str


class UnreachableError(BridgeError):
    """The FHIR server at {host} cannot be reached ({problem}); nothing was sent."""

    problem: str
    retryable = True


class TlsError(UnreachableError):
    """No trusted connection to {host} ({problem}): check the server's certificate, ca_file and our own certificate."""


class OutcomeUnknownError(BridgeError):
    """The FHIR server at {host} did not answer {action} in time ({problem}): it may or may not have stored it."""

    retryable = True


class PostponedError(OutcomeUnknownError):
    """{host} took {action} for later ({problem}), which is no acceptance: it may or may not come to store it."""


class NotFhirError(BridgeError):
    """{host} answered {action} with something that is not FHIR JSON: check the base URL."""


class NotJsonError(NotFhirError):
    """{host} answered {action} with a page, or with JSON that ends too early: check the base URL and the gateway."""


class WrongAnswerError(NotFhirError):
    """{host} answered {action} with another resource than was asked for."""


class OversizeAnswerError(NotFhirError):
    """{host} answered {action} with more than {limit} MB: raise max_response_mb if that is right."""


class TooManyPagesError(BridgeError):
    """{host} answered {action} with more than {limit} pages: narrow the search, or raise max_pages."""


class UnsupportedServerError(BridgeError):
    """{host} is no FHIR R4 server that speaks JSON (it says version {version}, formats {formats})."""


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


class TokenError(BridgeError):
    """No access token from {host} for {action}."""


class TokenRefusedError(TokenError):
    """{host} gives no access token (HTTP {status}, {code}): check client_id, key or secret, and scope."""

    code: str


class TokenUnavailableError(TokenError):
    """{host} cannot give an access token now ({problem}); try again later.

    ``retry_after`` is seconds, where it gave them.
    """

    retryable = True


class TokenAnswerError(TokenError):
    """{host} answered the request for an access token with something else ({problem}): check token_url."""
