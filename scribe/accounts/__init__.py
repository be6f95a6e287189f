"""Local accounts: who may sign in, how often they may try, and the sessions that follow."""

from scribe.accounts.authentication import (
    Attempt,
    Authenticator,
    PasswordAuthenticator,
    authenticate,
    confirm_password,
)
from scribe.accounts.confirmation import ConfirmationPolicy
from scribe.accounts.lockout import LockedError, LockPolicy, SignInError
from scribe.accounts.passwords import MIN_PASSWORD, WeakPasswordError, hash_password
from scribe.accounts.people import (
    LoginError,
    OwnAccountError,
    SamePasswordError,
    TemporaryPassword,
    change_password,
    create_account,
    disable,
    invite,
    reset_password,
)
from scribe.accounts.sessions import (
    SessionEndedError,
    SessionLimits,
    SignedIn,
    ends_at,
    resume,
    sign_in,
    sign_out,
    start_session,
)

__all__ = [
    "MIN_PASSWORD",
    "Attempt",
    "Authenticator",
    "ConfirmationPolicy",
    "LockPolicy",
    "LockedError",
    "LoginError",
    "OwnAccountError",
    "PasswordAuthenticator",
    "SamePasswordError",
    "SessionEndedError",
    "SessionLimits",
    "SignInError",
    "SignedIn",
    "TemporaryPassword",
    "WeakPasswordError",
    "authenticate",
    "change_password",
    "confirm_password",
    "create_account",
    "disable",
    "ends_at",
    "hash_password",
    "invite",
    "reset_password",
    "resume",
    "sign_in",
    "sign_out",
    "start_session",
]
