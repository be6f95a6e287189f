"""What can go wrong on the way to a page."""

from scribe.domain.errors import ScribeError


class WebError(ScribeError):
    """The request cannot be answered."""


class SignInNeededError(WebError):
    """Sign in first."""


class SessionOverError(SignInNeededError):
    """The session has ended; sign in again."""


class PasswordChangeNeededError(WebError):
    """Choose a password of your own first, under /account."""


class NotConfirmedError(WebError):
    """The password is wrong."""


class IdentityDiffersError(WebError):
    """The number is known of a patient whose {fields} differ: send `correct_identity` where the new ones are right."""


class UnknownTemplateError(WebError):
    """There is no note template of that name."""


class SectionsDifferError(WebError):
    """An order names every section of the template once, and no other."""


class ChordsRefusedError(WebError):
    """These actions have no chord that a page may listen to, or one that another has: {actions}."""


class ForgedRequestError(WebError):
    """The request does not come from a page of this service; load the page again and repeat it."""


class TooLargeRequestError(WebError):
    """The request is larger than {most} bytes."""


class RoleError(WebError):
    """Accounts of the role {role} do not use this page."""


class NothingToReviewError(WebError):
    """This consultation has no draft yet."""


class AlreadySignedError(WebError):
    """This consultation is signed: its draft can no longer change."""


class TooManyListenersError(WebError):
    """More than {most} pages of this account are open: close some."""
