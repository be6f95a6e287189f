"""Sealing, key wrapping and signatures, all from the ``cryptography`` package.

Data are sealed with AES-256-GCM under a data key of their own (NIST SP 800-38D: 96-bit random nonce, 128-bit
tag).  A data key is stored only wrapped by the hospital key, which lives in a file or, through
:class:`KeyWrapper`, in a key-management service.  Associated data are required everywhere: they bind a
ciphertext to its place, so that one cannot be moved to another row unnoticed.
"""

import contextlib
import hashlib
import hmac
import os
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar, Protocol, Self

import rfc8785
import uuid6
from cryptography.exceptions import InvalidSignature, InvalidTag
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

KEY_BYTES = 32
_NONCE_BYTES = 12
_TAG_BYTES = 16
_SCHEME = b"\x01"  # AES-256-GCM, nonce, ciphertext, tag


class CryptoError(Exception):
    """A cryptographic operation failed.  This module stands on nothing of ours, so its errors have a root of
    their own; the command line prints their message as it does every other."""

    retryable: ClassVar[bool] = False


class UndecipherableError(CryptoError):
    """Sealed data cannot be opened: they are damaged, moved, or under another key."""

    def __init__(self, *, subject: str) -> None:
        self.subject = subject
        super().__init__(
            f"The sealed data of {subject} cannot be opened: they are damaged, moved, or under another key."
        )


class KeyFileError(CryptoError):
    """A key file is missing, unsafe or no key."""

    def __init__(self, *, file: object, problem: str) -> None:
        self.file, self.problem = file, problem
        super().__init__(f"{file}: {problem}.")


def new_id() -> str:
    """A UUIDv7 (RFC 9562): sorts by the time it was made."""
    return str(uuid6.uuid7())


def canonical_json(document: Mapping[str, object]) -> bytes:
    """RFC 8785 canonical form: the same document always gives the same bytes.

    Raises ``ValueError`` for what I-JSON cannot carry (integers beyond 2**53, lone surrogates, NaN).
    """
    return rfc8785.dumps(dict(document))  # type: ignore[arg-type]


def sha256_hex(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def new_data_key() -> bytes:
    """256 random bits from the operating system."""
    return secrets.token_bytes(KEY_BYTES)


def seal(key: bytes, plaintext: bytes, associated: bytes) -> bytes:
    """Encrypt and authenticate ``plaintext``, bound to ``associated``, which must not be empty."""
    if not associated:
        raise ValueError("associated data are required")
    nonce = os.urandom(_NONCE_BYTES)
    return _SCHEME + nonce + AESGCM(key).encrypt(nonce, plaintext, associated)


def unseal(key: bytes, sealed: bytes, associated: bytes) -> bytes:
    """The plaintext that :func:`seal` was given under the same key and associated data.

    Raises :class:`UndecipherableError` where a single bit of any of the three differs.
    """
    if not associated:
        raise ValueError("associated data are required")
    if len(sealed) < len(_SCHEME) + _NONCE_BYTES + _TAG_BYTES or sealed[:1] != _SCHEME:
        raise UndecipherableError(subject=associated.decode(errors="replace"))
    nonce, body = sealed[1 : 1 + _NONCE_BYTES], sealed[1 + _NONCE_BYTES :]
    try:
        return AESGCM(key).decrypt(nonce, body, associated)
    except InvalidTag:
        raise UndecipherableError(subject=associated.decode(errors="replace")) from None


class KeyWrapper(Protocol):
    """The hospital key, wherever it is kept."""

    def wrap(self, data_key: bytes, associated: bytes) -> bytes:
        """``data_key`` encrypted under the hospital key."""
        ...

    def unwrap(self, wrapped: bytes, associated: bytes) -> bytes:
        """The data key; raises :class:`UndecipherableError` where it was not wrapped by this key for this place."""
        ...

    def index(self, purpose: str, value: bytes) -> bytes:
        """A keyed digest by which ``value`` can be looked up without being stored (32 bytes)."""
        ...


@dataclass(frozen=True, slots=True)
class HospitalKey:
    """A hospital key held in memory; wrapping and look-up use keys derived from it (HKDF, RFC 5869)."""

    _secret: bytes

    def __post_init__(self) -> None:
        if len(self._secret) != KEY_BYTES:
            raise ValueError("a hospital key has 32 bytes")

    def __repr__(self) -> str:
        return "HospitalKey(…)"

    @classmethod
    def from_file(cls, path: Path) -> Self:
        """The key in ``path``, created there with mode 0600 on the first call.

        Raises :class:`KeyFileError` where others may read the file or it does not hold a key.
        """
        if not path.exists():
            with contextlib.suppress(FileExistsError):  # another process was first: its key counts
                _create_private(path, new_data_key())
        _require_private(path)
        secret = path.read_bytes()
        if len(secret) != KEY_BYTES:
            raise KeyFileError(file=path, problem="does not hold a hospital key of 32 bytes")
        return cls(secret)

    def wrap(self, data_key: bytes, associated: bytes) -> bytes:
        return seal(self._derive("wrap"), data_key, associated)

    def unwrap(self, wrapped: bytes, associated: bytes) -> bytes:
        return unseal(self._derive("wrap"), wrapped, associated)

    def index(self, purpose: str, value: bytes) -> bytes:
        return hmac.digest(self._derive(f"index:{purpose}"), value, "sha256")

    def _derive(self, purpose: str) -> bytes:
        info = b"clinical-scribe/1/" + purpose.encode()
        return HKDF(algorithm=hashes.SHA256(), length=KEY_BYTES, salt=None, info=info).derive(self._secret)


@dataclass(frozen=True, slots=True)
class VerifyKey:
    """An Ed25519 public key (RFC 8032)."""

    _key: Ed25519PublicKey

    @classmethod
    def from_pem(cls, pem: bytes, file: Path | str = "the key") -> Self:
        """The key of a SubjectPublicKeyInfo PEM file; :class:`KeyFileError` where it is not one."""
        try:
            key = serialization.load_pem_public_key(pem)
        except ValueError:
            raise KeyFileError(file=file, problem="is not a public key in PEM form") from None
        if not isinstance(key, Ed25519PublicKey):
            raise KeyFileError(file=file, problem="is a public key, but not an Ed25519 one")
        return cls(key)

    def to_pem(self) -> bytes:
        return self._key.public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)

    @property
    def key_id(self) -> str:
        """The first 32 hex digits of the SHA-256 of the DER SubjectPublicKeyInfo."""
        der = self._key.public_bytes(serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo)
        return sha256_hex(der)[:32]

    def verifies(self, signature: bytes, data: bytes) -> bool:
        """True where ``signature`` was made over exactly ``data`` by the private half of this key."""
        try:
            self._key.verify(signature, data)
        except InvalidSignature:
            return False
        return True


@dataclass(frozen=True, slots=True)
class SigningKey:
    """An Ed25519 private key (RFC 8032)."""

    _key: Ed25519PrivateKey

    def __repr__(self) -> str:
        return f"SigningKey({self.public.key_id})"

    @classmethod
    def generate(cls) -> Self:
        return cls(Ed25519PrivateKey.generate())

    @classmethod
    def from_pem(cls, pem: bytes, file: Path | str = "the key") -> Self:
        """The key of an unencrypted PKCS#8 PEM file; :class:`KeyFileError` where it is not one."""
        try:
            key = serialization.load_pem_private_key(pem, password=None)
        except (ValueError, TypeError):
            raise KeyFileError(file=file, problem="is not an unencrypted private key in PEM form") from None
        if not isinstance(key, Ed25519PrivateKey):
            raise KeyFileError(file=file, problem="is a private key, but not an Ed25519 one")
        return cls(key)

    @classmethod
    def from_file(cls, path: Path) -> Self:
        """The key in ``path``; :class:`KeyFileError` where others may read it or it is no key."""
        if not path.is_file():
            raise KeyFileError(file=path, problem="does not exist (make one with `scribe note keygen`)")
        _require_private(path)
        return cls.from_pem(path.read_bytes(), path)

    def to_pem(self) -> bytes:
        return self._key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )

    def save(self, path: Path) -> None:
        """Write the key with mode 0600; :class:`KeyFileError` where ``path`` exists already or cannot be written."""
        try:
            _create_private(path, self.to_pem())
        except FileExistsError:
            raise KeyFileError(file=path, problem="exists already; a key is never written over") from None
        except OSError as error:
            raise KeyFileError(file=path, problem=f"cannot be written: {error.strerror}") from None

    @property
    def public(self) -> VerifyKey:
        return VerifyKey(self._key.public_key())

    def sign(self, data: bytes) -> bytes:
        """A signature of 64 bytes; the same data always give the same one."""
        return self._key.sign(data)


def _create_private(path: Path, content: bytes) -> None:
    """Durably create ``path`` with mode 0600 in one step, so that no half-written key is ever seen.

    Raises FileExistsError where it is there.
    """
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    draft = path.with_name(f".{path.name}.{secrets.token_hex(8)}")
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        os.link(draft, path)
    finally:
        draft.unlink()


def _require_private(path: Path) -> None:
    if path.stat().st_mode & 0o077:
        raise KeyFileError(file=path, problem="may be read by others; set its mode to 0600")
