"""What can go wrong in the store."""

from scribe.domain.errors import ScribeError


class StoreError(ScribeError):
    """The store could not do what was asked."""


class NotFoundError(StoreError):
    """There is no such {subject}.

    Raised alike for what does not exist and for what the actor may not see.
    """


class StaleVersionError(StoreError):
    """The {subject} has changed since it was read: version {expected} was expected, version {found} is the latest.

    Read it again and repeat the change.
    """


class DuplicateError(StoreError):
    """This {subject} exists already."""


class CaptureKeyDestroyedError(StoreError):
    """Consent was withdrawn: recording, transcript and drafts of this consultation can no longer be read."""


class NotPermittedError(StoreError):
    """The role {role} may not {action}."""


class ConsentRequiredError(StoreError):
    """The patient has not agreed to the recording of this consultation."""


class DatabaseUrlError(StoreError):
    """The database address {url} cannot be used: {problem}."""


class DatabaseUnusableError(StoreError):
    """The database {url} cannot be used: {problem}."""


class LeaseLostError(StoreError):
    """Another worker has this delivery now."""


class NotHeldError(StoreError):
    """This delivery is {state}: only one that nobody is sending and that has not arrived can be {action}."""


class PreferenceTooLargeError(StoreError):
    """The preferences {name} would be larger than {most} bytes; shorten them."""


class RetractedNoteError(StoreError):
    """This note was retracted: it can be read, but no longer amended or sent."""


class NumberSettledError(StoreError):
    """The number of this consultation can no longer change: something was sent under it, or the hospital told it."""


class OtherPatientsNumberError(StoreError):
    """The {what} is known of another patient: check it."""


class RecordedAlreadyError(StoreError):
    """This consultation is being recorded or was: it can no longer be closed without recording."""
