"""The destinations of a site: who receives its notes, how they are reached and what they want."""

from dataclasses import dataclass, field
from typing import Annotated, ClassVar, Literal, Protocol

from pydantic import ConfigDict, Field

from hl7_bridge.adapters import JsonField
from hl7_bridge.hl7v2.settings import Hl7Destination
from hl7_bridge.setting import (
    STRICT,
    AddressSetting,
    FileSetting,
    HeadersSetting,
    NameSetting,
    SecretSetting,
    UriSetting,
)
from hl7_bridge.tls import Tls

DEFAULT_NAME = "hospital"
"""What the only destination of a site is called where nobody named it."""


class Destination(Protocol):
    """A receiver of signed notes.

    ``name`` is what the outbox keeps: an address may change, the name may not.  ``address`` is shown to people and
    holds no secret.
    """

    @property
    def name(self) -> str: ...

    @property
    def kind(self) -> str: ...

    @property
    def address(self) -> str: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class SmartBackend:
    """SMART Backend Services: a token for a signed statement of who we are (private_key_jwt, RFC 7523).

    ``key_file`` is our private key (PEM: P-384 for ES384, RSA from 2048 bits for RS384) whose public half the
    hospital registered under ``client_id``, as ``key_id`` in a key set.  Without ``token_url`` the server's
    ``.well-known/smart-configuration`` is asked.
    """

    __pydantic_config__: ClassVar[ConfigDict] = STRICT

    kind: Literal["smart"] = "smart"
    client_id: str
    key_file: FileSetting
    key_id: str | None = None
    token_url: AddressSetting | None = None
    scope: str = "system/*.read system/*.write"
    audience: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ClientSecret:
    """OAuth 2 client credentials with a shared secret, sent as HTTP Basic (``basic``) or in the form (``post``)."""

    __pydantic_config__: ClassVar[ConfigDict] = STRICT

    kind: Literal["client-secret"] = "client-secret"
    client_id: str
    client_secret: SecretSetting
    method: Literal["basic", "post"] = "basic"
    token_url: AddressSetting | None = None
    scope: str | None = None


AuthSettings = Annotated[SmartBackend | ClientSecret, Field(discriminator="kind")]


@dataclass(frozen=True, slots=True, kw_only=True)
class FhirDestination:
    """A FHIR R4 server.

    ``headers`` go with every request (a gateway key, a fixed token).  ``timeout`` is seconds for one answer,
    ``connect_timeout`` for the connection.  ``write``: ``auto`` follows /metadata; ``transaction`` and ``single``
    insist.  ``search``: ``post`` keeps patients' numbers out of addresses (and so out of access logs); ``get`` is
    for servers that take nothing else.  ``max_response_mb`` bounds an answer, ``max_pages`` a search.  ``adapter``
    reads a gateway's own verdict in the body.  ``patient_facing``: patients read this server, so a retracted
    resource keeps nothing but its id, identifier and status.
    """

    __pydantic_config__: ClassVar[ConfigDict] = STRICT

    kind: Literal["fhir"] = "fhir"
    name: NameSetting = DEFAULT_NAME
    url: AddressSetting
    headers: HeadersSetting = field(default=(), repr=False)
    auth: AuthSettings | None = None
    tls: Tls = field(default_factory=Tls)
    timeout: Annotated[float, Field(gt=0, le=600)] = 30.0
    connect_timeout: Annotated[float, Field(gt=0, le=600)] = 10.0
    write: Literal["auto", "transaction", "single"] = "auto"
    search: Literal["post", "get"] = "post"
    max_response_mb: Annotated[float, Field(gt=0, le=1024)] = 32.0
    max_pages: Annotated[int, Field(ge=1, le=1000)] = 100
    patient_facing: bool = False
    adapter: JsonField | None = None

    @property
    def address(self) -> str:
        return self.url


KINDS: dict[str, type[Destination]] = {"fhir": FhirDestination, "hl7v2": Hl7Destination}
"""The section types by ``kind``.  Each is a frozen dataclass with ``__pydantic_config__ = STRICT`` (unknown keys are
refused); another kind of receiver adds itself here and to :data:`hl7_bridge.channel.OPENERS`."""

__all__ = [
    "DEFAULT_NAME",
    "KINDS",
    "AuthSettings",
    "ClientSecret",
    "Destination",
    "FhirDestination",
    "Hl7Destination",
    "SmartBackend",
    "UriSetting",
]
