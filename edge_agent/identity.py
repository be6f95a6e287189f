"""Who this computer is to the service: a key of its own, and the tokens that it signs.

The private key never leaves the computer.  It is kept wrapped by the site key, in a file of mode 0600 beside the
names of the service, the hospital and the owner.
"""

import base64
import secrets
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Literal, Protocol

import jwt
from pydantic import BaseModel, ConfigDict, ValidationError

from edge_agent.uplink_errors import NotEnrolledError, UntrustedReceiptError, UplinkError
from scribe.crypto import CryptoError, KeyWrapper, SigningKey, VerifyKey, sha256_hex
from scribe.domain.files import FileUnreadableError, read_file, write_file
from scribe.domain.uplink import TOKEN_SECONDS, TOKEN_TYPE, Enrolled, EnrolmentRequest, Receipt, request_digest

Clock = Callable[[], datetime]

_IDENTITY_FILE = "identity.json"
_PENDING_FILE = "enrolment.json"
_LIFETIME = timedelta(seconds=TOKEN_SECONDS - 5)


class IdentityFileError(UplinkError):
    """{file} cannot be read as this computer's identity: enrol it again with `scribe edge enrol URL CODE`."""

    code = "identity"
    spoken = "이 컴퓨터의 등록 정보를 읽을 수 없습니다. 관리자에게 다시 등록을 요청하세요."


class Enrols(Protocol):
    """A service that takes a new device (``edge_agent.uplink_client.enrol_at``)."""

    def __call__(self, url: str, request: EnrolmentRequest) -> Enrolled: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Identity:
    """An enrolled device; ``receipt_key`` verifies what the service signs for it."""

    url: str
    device_id: str
    hospital_id: str
    hospital: str
    owner: str
    key: SigningKey
    receipt_key: VerifyKey
    clock: Clock = field(default=lambda: datetime.now(UTC), repr=False)

    def token(self, method: str, target: str, body: bytes) -> str:
        """A token for one request, once: another method, path or body, or a second use, is refused."""
        now = self.clock()
        claims = {
            "iss": self.device_id,
            "aud": self.hospital_id,
            "iat": int(now.timestamp()),
            "exp": int((now + _LIFETIME).timestamp()),
            "jti": secrets.token_urlsafe(18),
            "req": request_digest(method, target, sha256_hex(body)),
        }
        return jwt.encode(claims, self.key.to_pem(), algorithm="EdDSA", headers={"typ": TOKEN_TYPE})

    def require_genuine(self, receipt: Receipt, recording_id: str) -> None:
        """:class:`UntrustedReceiptError` unless the service signed ``receipt`` for this device and recording."""
        try:
            signature = base64.b64decode(receipt.signature, validate=True)
        except ValueError:
            raise UntrustedReceiptError from None
        ours = receipt.device_id == self.device_id and receipt.recording_id == recording_id
        if not ours or not self.receipt_key.verifies(signature, receipt.signed_bytes()):
            raise UntrustedReceiptError


def enrol(
    url: str, code: str, *, name: str, folder: Path, wrapper: KeyWrapper, service: Enrols, clock: Clock | None = None
) -> Identity:
    """Make this computer known to the service at ``url`` by the one-time ``code``; an earlier identity is replaced.

    The key is on disk before the code is used, so an enrolment whose answer was lost can be repeated with the same
    code.  Raises the errors of ``service``, ``EnrolmentCodeError`` among them.
    """
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    pending = folder / _PENDING_FILE
    key = _pending_key(pending, wrapper)
    request = EnrolmentRequest(code=code, public_key=key.public.to_pem().decode(), name=name)
    enrolled = service(url, request)
    document = _IdentityFile(
        url=url,
        device_id=enrolled.device_id,
        hospital_id=enrolled.hospital_id,
        hospital=enrolled.hospital,
        owner=enrolled.owner,
        receipt_key=enrolled.receipt_key,
        public_key=request.public_key,
        sealed_key=_sealed(key, wrapper),
    )
    _write_private(folder / _IDENTITY_FILE, document)
    pending.unlink()
    return _identity(document, wrapper, clock)


def load(folder: Path, wrapper: KeyWrapper, *, clock: Clock | None = None) -> Identity:
    """This computer's identity; :class:`NotEnrolledError` where it has none."""
    path = folder / _IDENTITY_FILE
    if not path.is_file():
        raise NotEnrolledError
    try:
        return _identity(_IdentityFile.model_validate_json(read_file(path)), wrapper, clock)
    except (ValidationError, ValueError, CryptoError, FileUnreadableError):
        raise IdentityFileError(file=path) from None


class _PendingFile(BaseModel):
    model_config = ConfigDict(extra="forbid")

    format: Literal["scribe-device/1"] = "scribe-device/1"
    public_key: str
    sealed_key: str


class _IdentityFile(_PendingFile):
    url: str
    device_id: str
    hospital_id: str
    hospital: str
    owner: str
    receipt_key: str


def _pending_key(path: Path, wrapper: KeyWrapper) -> SigningKey:
    """The key of an enrolment that was cut off, else a new one that is on disk now."""
    if path.is_file():
        try:
            return _opened(_PendingFile.model_validate_json(read_file(path)), wrapper)
        except (ValidationError, ValueError, CryptoError):
            path.unlink()
    key = SigningKey.generate()
    public = key.public.to_pem().decode()
    _write_private(path, _PendingFile(public_key=public, sealed_key=_sealed(key, wrapper)))
    return key


def _identity(document: _IdentityFile, wrapper: KeyWrapper, clock: Clock | None) -> Identity:
    return Identity(
        url=document.url,
        device_id=document.device_id,
        hospital_id=document.hospital_id,
        hospital=document.hospital,
        owner=document.owner,
        key=_opened(document, wrapper),
        receipt_key=VerifyKey.from_pem(document.receipt_key.encode(), "the service's receipt key"),
        **({} if clock is None else {"clock": clock}),
    )


def _place(public_key: VerifyKey) -> bytes:
    return f"edge/device-key/{public_key.key_id}".encode()


def _sealed(key: SigningKey, wrapper: KeyWrapper) -> str:
    return base64.b64encode(wrapper.wrap(key.to_pem(), _place(key.public))).decode()


def _opened(document: _PendingFile, wrapper: KeyWrapper) -> SigningKey:
    place = _place(VerifyKey.from_pem(document.public_key.encode()))
    return SigningKey.from_pem(wrapper.unwrap(base64.b64decode(document.sealed_key), place))


def _write_private(path: Path, document: BaseModel) -> None:
    path.touch(mode=0o600)  # writing keeps the mode of what is there
    write_file(path, document.model_dump_json(indent=1).encode())
