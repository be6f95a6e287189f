"""Edge devices: the codes they are enrolled with, and the tokens that authorise their requests.

A code is twelve characters of Crockford's base 32 (60 bits): four that find the invitation, eight that prove it.  The
store knows a keyed digest of the whole.  A request's token is a JWT that the device signs (EdDSA, RFC 8037), bound to
that one request, accepted once.
"""

import secrets
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import jwt

from scribe.crypto import KeyFileError, VerifyKey
from scribe.domain.errors import ScribeError
from scribe.domain.uplink import (
    TOKEN_SECONDS,
    TOKEN_TYPE,
    Enrolled,
    EnrolmentRequest,
    RefusalCode,
    request_digest,
)
from scribe.store import Actor, Store, Work
from scribe.store.errors import DuplicateError
from scribe.store.records import DeviceRecord, InvitationRecord

INVITATION_LIFETIME = timedelta(hours=1)
MOST_FAILURES = 5
"""Wrong codes after which an invitation is dead: 1 in 2^40 guesses is right."""

_ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
_READ_AS = str.maketrans("OIL", "011")
_LOCATOR, _CODE = 4, 12
_SKEW = timedelta(seconds=TOKEN_SECONDS)
_CLAIMS = ("iss", "aud", "iat", "exp", "jti", "req")


class DeviceError(ScribeError):
    """The device could not be served."""


class NoSuchLoginError(DeviceError):
    """There is no physician with the login {login}: `scribe account add` makes one."""


class RefusalError(DeviceError):
    """The request is refused."""

    code: RefusalCode = "invalid"


class EnrolmentRefusedError(RefusalError):
    """The code is wrong, used up or expired: ask for a new one (`scribe device invite`)."""

    code = "code"


class DeviceKeyError(RefusalError):
    """The device's public key is not an Ed25519 key in PEM form, or is enrolled already."""

    code = "invalid"


class TokenRefusedError(RefusalError):
    """The request does not carry a token that a device of this installation signed for it."""

    code = "token"


class DeviceRevokedError(RefusalError):
    """This device is not accepted any more: have it enrolled again."""

    code = "revoked"


class TokenReplayedError(RefusalError):
    """This token was used before."""

    code = "replayed"


class ClockOffError(RefusalError):
    """The clock of the device is off by {minutes:g} minutes: set it right."""

    code = "clock"


@dataclass(frozen=True, slots=True, kw_only=True)
class Invitation:
    """``code`` is shown once and stored nowhere."""

    code: str
    expires_at: datetime


@dataclass(frozen=True, slots=True)
class Caller:
    """An authenticated device, acting for its owner; ``request`` is the digest that its token is bound to."""

    device: DeviceRecord
    actor: Actor
    request: str

    def require_bound(self, method: str, target: str, body_sha256: str) -> None:
        """:class:`TokenRefusedError` unless the token was made for exactly this request."""
        if not secrets.compare_digest(self.request, request_digest(method, target, body_sha256)):
            raise TokenRefusedError


def invite(
    store: Store,
    hospital_id: str,
    login: str,
    *,
    accepts_audio: bool = False,
    lifetime: timedelta = INVITATION_LIFETIME,
) -> Invitation:
    """A one-time code with which one computer becomes a device of the physician ``login``."""
    service = Actor.service(hospital_id)
    expires_at = store.clock() + lifetime
    with store.begin(service) as work:
        owner = next((account for account in work.accounts.list() if account.login == login), None)
        if owner is None or owner.role != "physician" or owner.disabled:
            raise NoSuchLoginError(login=login)
    while True:
        code = "".join(secrets.choice(_ALPHABET) for _ in range(_CODE))
        try:
            with store.begin(service) as work:
                work.devices.invite(
                    owner_id=owner.id,
                    locator=code[:_LOCATOR],
                    code_index=_index(work, code),
                    accepts_audio=accepts_audio,
                    expires_at=expires_at,
                )
        except DuplicateError:
            continue
        return Invitation(code="-".join(code[at : at + 4] for at in range(0, _CODE, 4)), expires_at=expires_at)


def enrol(store: Store, request: EnrolmentRequest) -> Enrolled:
    """Take a device whose owner was invited; the same code and key again give the same device.

    Raises :class:`EnrolmentRefusedError` alike for what is wrong, used, expired or was guessed at too often.
    """
    try:
        key = VerifyKey.from_pem(request.public_key.encode())
    except KeyFileError:
        raise DeviceKeyError from None
    code = request.code.upper().translate(_READ_AS).replace("-", "").replace(" ", "")
    for hospital_id in store.hospitals():
        with store.begin(Actor.service(hospital_id)) as work:
            enrolled = _enrol(work, code, key, _name(request.name))
        if enrolled is not None:
            return enrolled
    raise EnrolmentRefusedError


def authenticate(store: Store, token: str) -> Caller:
    """The device that signed ``token``, which is used up now.  Raises the :class:`RefusalError` that fits."""
    claims = _unverified(token)
    hospital_id, device_id = claims["aud"], claims["iss"]
    if hospital_id not in store.hospitals():
        raise TokenRefusedError
    with store.begin(Actor.service(hospital_id)) as work:
        device = work.devices.find(device_id)
        if device is None:
            raise TokenRefusedError
        try:
            return _authenticated(work, device, token)
        except RefusalError:
            work.devices.note_refused(device.id)  # outlives the rollback
            raise


def _name(given: str) -> str:
    """A name of one line: terminals and pages show it."""
    return "".join(character for character in given if character.isprintable()).strip()[:100] or "device"


def _enrol(work: Work, code: str, key: VerifyKey, name: str) -> Enrolled | None:
    """The device of a right code; None, with the attempt counted, for any other."""
    invitation = work.devices.invitation(code[:_LOCATOR]) if len(code) == _CODE else None
    if invitation is None or not _usable(work, invitation, code):
        work.devices.note_wrong_code(invitation.id if invitation else None)
        return None
    if invitation.device_id is None:
        device = _added(work, invitation, key, name)
    else:
        used_by = work.devices.find(invitation.device_id)
        if used_by is None or used_by.revoked_at is not None or used_by.public_pem != key.to_pem():
            work.devices.note_wrong_code(invitation.id)
            return None
        device = used_by
    return Enrolled(
        device_id=device.id,
        hospital_id=device.hospital_id,
        hospital=work.accounts.hospital().organization.name,
        owner=work.accounts.get(device.owner_id).practitioner.name,
        receipt_key=work.devices.receipt_key(device.id).public.to_pem().decode(),
    )


def _usable(work: Work, invitation: InvitationRecord, code: str) -> bool:
    right = secrets.compare_digest(invitation.code_index, _index(work, code))
    return right and invitation.failures < MOST_FAILURES and work.scope.clock() < invitation.expires_at


def _added(work: Work, invitation: InvitationRecord, key: VerifyKey, name: str) -> DeviceRecord:
    try:
        return work.devices.enrol(invitation, public_key=key, name=name)
    except DuplicateError:
        raise DeviceKeyError from None


def _index(work: Work, code: str) -> bytes:
    return work.scope.wrapper.index("device-invitation", f"{work.actor.hospital_id}\n{code}".encode())


def _unverified(token: str) -> dict[str, str]:
    """Whom the token names; nothing of it is believed yet."""
    try:
        if jwt.get_unverified_header(token).get("typ") != TOKEN_TYPE:
            raise TokenRefusedError
        claims = jwt.decode(token, options={"verify_signature": False})
    except jwt.PyJWTError:
        raise TokenRefusedError from None
    found = {name: claims.get(name) for name in ("iss", "aud")}
    if not all(isinstance(value, str) and 0 < len(value) <= 64 for value in found.values()):
        raise TokenRefusedError
    return {name: str(value) for name, value in found.items()}


def _authenticated(work: Work, device: DeviceRecord, token: str) -> Caller:
    claims = _verified(device, token)
    owner = work.accounts.get(device.owner_id)
    if device.revoked_at is not None or owner.disabled:
        raise DeviceRevokedError
    expires_at = _in_time(claims, work.scope.clock())
    jti = claims["jti"]
    if not (isinstance(jti, str) and 16 <= len(jti) <= 64 and isinstance(claims["req"], str)):
        raise TokenRefusedError
    if not work.devices.use_token(device, jti, expires_at):
        raise TokenReplayedError
    return Caller(device, owner.actor, claims["req"])


def _verified(device: DeviceRecord, token: str) -> dict[str, Any]:
    """The claims of a token with the device's signature; its times are looked at apart."""
    options: Any = {"require": list(_CLAIMS), "verify_exp": False, "verify_iat": False, "verify_nbf": False}
    try:
        return jwt.decode(
            token,
            device.public_pem,
            algorithms=["EdDSA"],
            audience=device.hospital_id,
            issuer=device.id,
            options=options,
        )
    except jwt.PyJWTError:
        raise TokenRefusedError from None


def _in_time(claims: dict[str, Any], now: datetime) -> datetime:
    """Until when the token is to be remembered; :class:`ClockOffError` where the device's clock is off."""
    try:
        issued, expires = (datetime.fromtimestamp(float(claims[name]), UTC) for name in ("iat", "exp"))
    except (TypeError, ValueError, OverflowError, OSError):
        raise TokenRefusedError from None
    if not timedelta(0) < expires - issued <= timedelta(seconds=TOKEN_SECONDS):
        raise TokenRefusedError
    if issued > now + _SKEW or now > expires + _SKEW:
        raise ClockOffError(minutes=max(1, round(abs((issued - now).total_seconds()) / 60)), time=now)
    return expires + _SKEW
