"""The bridge's error tree.

Messages name resource types, elements and identifier systems, never a person's name, number or words.
"""

from scribe.domain.errors import ScribeError


class BridgeError(ScribeError):
    """The bridge could not do what was asked."""


class SiteError(BridgeError):
    """{file}: {field} {problem}."""


class UnidentifiedError(BridgeError):
    """The note has no business identifier for its {what}, so the hospital's server cannot be asked for it: give the
    encounter one, or pass --{option} with the reference on the server.
    """


class UnnumberedPatientError(UnidentifiedError):
    """The note has no registration number for its patient, so the hospital's system cannot be told whose it is: give
    the consultation one, or pass --{option} with the reference on the server.
    """


class UnnumberedVisitError(UnidentifiedError):
    """The note has no number for its visit, so the hospital's system cannot be told where it belongs: give the
    consultation one, or pass --{option} with the reference on the server.
    """


def unidentified(what: str, option: str) -> UnidentifiedError:
    """The error for a note that lacks the business identifier of its ``what``, a FHIR resource type."""
    kind = {"Patient": UnnumberedPatientError, "Encounter": UnnumberedVisitError}.get(what, UnidentifiedError)
    return kind(what=what, option=option)


class IdentifierSystemError(BridgeError):
    """No identifier system for what the bridge sends: the note names no care institution number, so set
    identifier_system in the site file or pass --identifier-system.
    """


class DestinationError(BridgeError):
    """No usable FHIR base URL to send to: set destination in the site file, or pass --to, with an http(s) address that
    holds no user name (credentials belong in the site's headers).
    """


class UnknownDestinationError(BridgeError):
    """The site has no destination {name}: it has {known}."""
