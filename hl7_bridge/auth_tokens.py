"""Access tokens by OAuth 2 client credentials: with a shared secret, or with a signed statement (SMART Backend)."""

import base64
import hashlib
import json
import time
import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final, Protocol
from urllib.parse import quote_plus, urlsplit

import httpx
import jwt
from cryptography.hazmat.primitives.asymmetric.ec import SECP384R1, EllipticCurvePrivateKey
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.hazmat.primitives.serialization import load_pem_private_key

from hl7_bridge.auth import Token
from hl7_bridge.destination import ClientSecret, SmartBackend
from hl7_bridge.errors import BridgeError
from hl7_bridge.fhir_errors import TokenAnswerError, TokenRefusedError, TokenUnavailableError
from hl7_bridge.retry_after import retry_after
from hl7_bridge.setting import Secret
from hl7_bridge.tls import tls_problem

ASSERTION_SECONDS: Final = 240
"""A client assertion's life; SMART Backend Services 2.2 allows no more than five minutes."""
DEFAULT_TOKEN_SECONDS: Final = 300.0
"""A token's life where the server does not say, as SMART recommends."""
_ASSERTION_TYPE: Final = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
_MOST_BYTES: Final = 1 << 20
_CODES: Final = frozenset(
    {"invalid_request", "invalid_client", "invalid_grant", "unauthorized_client", "unsupported_grant_type",
     "invalid_scope", "access_denied"}
)  # fmt: skip
_PASSING: Final = frozenset({"server_error", "temporarily_unavailable"})


class ClientKeyError(BridgeError):
    """The private key {file} cannot be used: {problem}."""


class Credentials(Protocol):
    """Who we are, as a token request says it."""

    def request(self, token_url: str) -> tuple[dict[str, str], dict[str, str]]:
        """The form fields and the headers."""
        ...


@dataclass(frozen=True, slots=True)
class SharedSecret:
    """``client_secret_basic`` or ``client_secret_post`` (RFC 6749, 2.3.1)."""

    settings: ClientSecret

    def request(self, token_url: str) -> tuple[dict[str, str], dict[str, str]]:
        del token_url
        name, secret = self.settings.client_id, self.settings.client_secret.value
        form = {"grant_type": "client_credentials"}
        if self.settings.scope is not None:
            form["scope"] = self.settings.scope
        if self.settings.method == "post":
            return form | {"client_id": name, "client_secret": secret}, {}
        pair = base64.b64encode(f"{quote_plus(name)}:{quote_plus(secret)}".encode()).decode("ascii")
        return form, {"Authorization": f"Basic {pair}"}


@dataclass(frozen=True, slots=True)
class SigningKey:
    """Our private key, the algorithm that its kind asks for (ES384 or RS384) and the name of its public half."""

    private: EllipticCurvePrivateKey | RSAPrivateKey = field(repr=False)
    algorithm: str
    key_id: str

    @classmethod
    def read(cls, file: Path, key_id: str | None = None) -> "SigningKey":
        """From an unencrypted PEM file; ClientKeyError where it holds no key that SMART knows."""
        try:
            private = load_pem_private_key(file.read_bytes(), password=None)
        except OSError as error:
            raise ClientKeyError(file=file, problem=error.strerror or type(error).__name__) from None
        except (ValueError, TypeError):
            raise ClientKeyError(file=file, problem="it is not an unencrypted private key in PEM") from None
        if isinstance(private, EllipticCurvePrivateKey) and isinstance(private.curve, SECP384R1):
            return cls(private, "ES384", key_id or _thumbprint(private))
        if isinstance(private, RSAPrivateKey) and private.key_size >= 2048:
            return cls(private, "RS384", key_id or _thumbprint(private))
        raise ClientKeyError(file=file, problem="SMART takes P-384 (ES384) or RSA from 2048 bits (RS384)")

    @property
    def public_jwk(self) -> dict[str, Any]:
        """What the hospital registers for us."""
        return {**_public(self.private), "kid": self.key_id, "alg": self.algorithm, "use": "sig", "key_ops": ["verify"]}


@dataclass(frozen=True, slots=True)
class SignedStatement:
    """``private_key_jwt`` (RFC 7523, SMART Backend Services): a new ``jti`` each time, and a short life."""

    settings: SmartBackend
    key: SigningKey
    now: Callable[[], float] = time.time
    new_id: Callable[[], str] = lambda: str(uuid.uuid4())

    def request(self, token_url: str) -> tuple[dict[str, str], dict[str, str]]:
        claims = {
            "iss": self.settings.client_id,
            "sub": self.settings.client_id,
            "aud": self.settings.audience or token_url,
            "exp": int(self.now()) + ASSERTION_SECONDS,
            "jti": self.new_id(),
        }
        assertion = jwt.encode(
            claims, self.key.private, algorithm=self.key.algorithm, headers={"kid": self.key.key_id, "typ": "JWT"}
        )
        return {
            "grant_type": "client_credentials",
            "scope": self.settings.scope,
            "client_assertion_type": _ASSERTION_TYPE,
            "client_assertion": assertion,
        }, {}


class ClientCredentials:
    """Tokens for ``credentials`` from ``token_url``, or from where the FHIR server at ``base_url`` says.

    ``http`` is the destination's own connection, with its TLS settings.
    """

    def __init__(self, credentials: Credentials, base_url: str, token_url: str | None, http: httpx.Client) -> None:
        self._credentials = credentials
        self._base_url = base_url.rstrip("/")
        self._token_url = token_url
        self._http = http

    def fetch(self) -> Token:
        if self._token_url is None:
            self._token_url = self._discovered()
        form, headers = self._credentials.request(self._token_url)
        status, answer, sent = self._ask("POST", self._token_url, form, headers)
        code = str(answer.get("error"))
        if status == 429 or status >= 500 or code in _PASSING:
            raise TokenUnavailableError(host=_host(self._token_url), problem=f"HTTP {status}", retry_after=sent)
        if status != 200:
            reason = code if code in _CODES else "no reason given"
            raise TokenRefusedError(host=_host(self._token_url), status=status, code=reason)
        return self._token(answer)

    def _token(self, answer: Mapping[str, Any]) -> Token:
        value, kind = answer.get("access_token"), str(answer.get("token_type", ""))
        if not isinstance(value, str) or not value.isascii() or not value.isprintable() or kind.lower() != "bearer":
            raise TokenAnswerError(host=_host(self._token_url or ""), problem="no bearer token in it")
        seconds = answer.get("expires_in")
        lives = isinstance(seconds, int | float) and not isinstance(seconds, bool) and seconds > 0
        return Token(value=Secret(value), seconds=float(seconds or 0) if lives else DEFAULT_TOKEN_SECONDS)

    def _discovered(self) -> str:
        """The token endpoint of ``.well-known/smart-configuration``; never one that is less secret than the server."""
        status, answer, sent = self._ask("GET", f"{self._base_url}/.well-known/smart-configuration")
        if status == 429 or status >= 500:
            raise TokenUnavailableError(host=_host(self._base_url), problem=f"HTTP {status}", retry_after=sent)
        found = answer.get("token_endpoint")
        if status != 200 or not isinstance(found, str):
            raise TokenAnswerError(host=_host(self._base_url), problem="no SMART configuration with a token_endpoint")
        if not found.startswith("https://") and self._base_url.startswith("https://"):
            raise TokenAnswerError(host=_host(self._base_url), problem="its token_endpoint is not https")
        return found

    def _ask(
        self, method: str, url: str, form: dict[str, str] | None = None, headers: dict[str, str] | None = None
    ) -> tuple[int, Mapping[str, Any], float | None]:
        """Status, JSON object ({} where it is none) and the wait asked for."""
        sent = {"Accept": "application/json", **(headers or {})}
        try:
            with self._http.stream(method, url, data=form, headers=sent, follow_redirects=False) as response:
                content = bytearray()
                for part in response.iter_bytes():
                    content += part
                    if len(content) > _MOST_BYTES:
                        raise TokenAnswerError(host=_host(url), problem="more than 1 MB")
        except httpx.HTTPError as error:
            problem = tls_problem(error) or type(error).__name__
            raise TokenUnavailableError(host=_host(url), problem=problem, retry_after=None) from None
        except httpx.InvalidURL:
            raise TokenAnswerError(host="token_url", problem="it is no address") from None
        return response.status_code, _object(bytes(content)), retry_after(response.headers)


def _object(content: bytes) -> Mapping[str, Any]:
    try:
        found = json.loads(content)
    except (ValueError, RecursionError):
        return {}
    return found if isinstance(found, dict) else {}


def _host(url: str) -> str:
    return urlsplit(url).netloc.rpartition("@")[2] or url


def _public(private: EllipticCurvePrivateKey | RSAPrivateKey) -> dict[str, Any]:
    if isinstance(private, RSAPrivateKey):
        made: dict[str, Any] = jwt.algorithms.RSAAlgorithm.to_jwk(private.public_key(), as_dict=True)
    else:
        made = jwt.algorithms.ECAlgorithm.to_jwk(private.public_key(), as_dict=True)
    return {name: made[name] for name in ("kty", "crv", "x", "y", "n", "e") if name in made}


def _thumbprint(private: EllipticCurvePrivateKey | RSAPrivateKey) -> str:
    """RFC 7638: the same name for the same key, whoever computes it."""
    text = json.dumps(_public(private), sort_keys=True, separators=(",", ":"))
    return base64.urlsafe_b64encode(hashlib.sha256(text.encode()).digest()).rstrip(b"=").decode("ascii")
