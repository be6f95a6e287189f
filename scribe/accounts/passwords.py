"""Passwords: Argon2id hashes (RFC 9106; the parameters of argon2-cffi's current profile), and which are good enough."""

import secrets
import string
from collections.abc import Callable
from functools import cache

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerifyMismatchError

from scribe.domain.errors import ScribeError

MIN_PASSWORD = 10
"""Characters; KISA's password guideline asks for ten where two kinds of characters are mixed."""
PASSPHRASE = 16
"""From this length on a password may be of one kind of characters (NIST SP 800-63B counts length above all)."""
MAX_PASSWORD = 256
_DISTINCT = 5

_LETTERS = "abcdefghjkmnpqrstuvwxyz"  # none that a person could misread: i, l, o are left out
_DIGITS = "23456789"
_GROUPS, _GROUP = 3, 4

_hasher = PasswordHasher()


class WeakPasswordError(ScribeError):
    """A password needs at least {minimum} characters, letters mixed with digits or signs, and not the login."""


def hash_password(password: str, *, login: str = "") -> str:
    """The Argon2id hash; :class:`WeakPasswordError` for a password that is easily guessed."""
    if not good_enough(password, login):
        raise WeakPasswordError(minimum=MIN_PASSWORD)
    return _hasher.hash(password)


def good_enough(password: str, login: str = "") -> bool:
    """Long enough, of two kinds of characters (or a passphrase), not one character over and over, not the login."""
    if not MIN_PASSWORD <= len(password) <= MAX_PASSWORD or len(set(password)) < _DISTINCT:
        return False
    if login and login.casefold() in password.casefold():
        return False
    return len(password) >= PASSPHRASE or _kinds(password) > 1


def matches(hashed: str, password: str) -> bool:
    """Whether ``password`` is the one that was hashed."""
    try:
        return _hasher.verify(hashed, password)
    except (VerifyMismatchError, InvalidHashError):
        return False


def renewed(hashed: str, password: str) -> str | None:
    """A hash with today's parameters, None where ``hashed`` has them."""
    return _hasher.hash(password) if _hasher.check_needs_rehash(hashed) else None


def temporary_password(choose: Callable[[str], str] = secrets.choice) -> str:
    """A password to be told to a person once: twelve letters and digits that nobody misreads (58 bits), in groups."""
    alphabet = _LETTERS + _DIGITS
    groups = ["".join(choose(alphabet) for _ in range(_GROUP)) for _ in range(_GROUPS)]
    return "-".join(groups)


@cache
def nobodys() -> str:
    """A hash to check where there is no such login, so that the answer takes equally long."""
    return _hasher.hash(secrets.token_urlsafe())


def _kinds(password: str) -> int:
    letters = any(character.isalpha() for character in password)
    digits = any(character in string.digits for character in password)
    signs = any(not character.isalpha() and character not in string.digits for character in password)
    return letters + digits + signs
