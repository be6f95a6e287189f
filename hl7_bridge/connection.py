"""A destination's settings as a client that uses them."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace

import httpx

from hl7_bridge.auth import Auth, BearerToken, StaticHeaders
from hl7_bridge.auth_tokens import ClientCredentials, Credentials, SharedSecret, SignedStatement, SigningKey
from hl7_bridge.destination import AuthSettings, FhirDestination, SmartBackend
from hl7_bridge.fhir_client import FhirClient
from hl7_bridge.fhir_http import Limits, host_of, http_client
from hl7_bridge.site import Site


def connect(site: Site, to: str | None = None) -> FhirClient:
    """A client for the FHIR server that the site calls ``to``, or at the address ``to``; its first without one.

    An address takes everything else from the site's first server.  DestinationError where nothing is set.
    """
    return client_of(destination_of(site, to))


def destination_of(site: Site, to: str | None = None) -> FhirDestination:
    """The settings that :func:`connect` uses."""
    if to is None or "://" not in to:
        return site.fhir(to)
    host_of(to)
    known = next((item for item in site.destinations if isinstance(item, FhirDestination)), None)
    return replace(known, url=to) if known is not None else FhirDestination(url=to)


def client_of(destination: FhirDestination, http: httpx.Client | None = None) -> FhirClient:
    """A client with the destination's credentials, limits and adapter; it holds its connection pool.

    Nothing is sent yet.  Raises DestinationError, TlsFileError or ClientKeyError where a setting cannot be used.
    ``http`` replaces the connection, for tests and rehearsals, and is then closed by its owner.
    """
    host_of(destination.url)
    limits = limits_of(destination)
    pool = http or http_client(limits, destination.tls)
    try:
        auth = auth_of(destination, pool)
    except BaseException:
        pool.close()
        raise
    return FhirClient(
        destination.url,
        auth=auth,
        limits=limits,
        adapter=destination.adapter,
        search=destination.search,
        write_mode=destination.write,
        max_pages=destination.max_pages,
        http=pool,
        owns_http=http is None,
    )


@dataclass(slots=True)
class _Lent:
    client: FhirClient
    borrowers: int = 0


class _Shelf:
    """The clients of this process that somebody uses, one for each destination."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._lent: dict[FhirDestination, _Lent] = {}

    def borrow(self, destination: FhirDestination) -> FhirClient:
        with self._lock:
            lent = self._lent.get(destination)
            if lent is None:
                lent = self._lent[destination] = _Lent(client_of(destination))
            lent.borrowers += 1
            return lent.client

    def give_back(self, destination: FhirDestination) -> None:
        with self._lock:
            lent = self._lent[destination]
            lent.borrowers -= 1
            if lent.borrowers == 0:
                del self._lent[destination]
                lent.client.close()


_SHELF = _Shelf()


@contextmanager
def shared_client(destination: FhirDestination) -> Iterator[FhirClient]:
    """The client that all who send there at the same time share: one token, one set of connections.

    Its errors are those of :func:`client_of`.  A client serves several threads at once.
    """
    client = _SHELF.borrow(destination)
    try:
        yield client
    finally:
        _SHELF.give_back(destination)


def limits_of(destination: FhirDestination) -> Limits:
    return Limits(
        timeout=destination.timeout, connect_timeout=destination.connect_timeout, max_mb=destination.max_response_mb
    )


def auth_of(destination: FhirDestination, http: httpx.Client) -> Auth:
    """The destination's headers, and its token in front of them where it has one."""
    fixed = StaticHeaders(destination.headers)
    if destination.auth is None:
        return fixed
    source = ClientCredentials(credentials_of(destination.auth), destination.url, destination.auth.token_url, http)
    return BearerToken(source, fixed)


def credentials_of(settings: AuthSettings) -> Credentials:
    """Who we are; ClientKeyError where the private key cannot be used."""
    if isinstance(settings, SmartBackend):
        return SignedStatement(settings, SigningKey.read(settings.key_file, settings.key_id))
    return SharedSecret(settings)
