"""Trust, checked with certificates of a real authority over real connections."""

import ssl
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from hl7_bridge.connection import client_of
from hl7_bridge.destination import FhirDestination
from hl7_bridge.fhir import Resource, TransactionEntry
from hl7_bridge.fhir_errors import TlsError
from hl7_bridge.setting import Secret
from hl7_bridge.tls import Tls, TlsFileError
from scribe.domain.encounter import Identifier
from tests.authority import PASSWORD, Authority, authority

ENTRY = TransactionEntry(
    role="x", key=Identifier(system="urn:x", value="1"), resource=Resource({"resourceType": "Device"})
)


class _Server(ThreadingHTTPServer):
    """Counts what it was asked, and shakes hands in the thread of each connection."""

    daemon_threads = True

    def __init__(self, context: ssl.SSLContext) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.asked = 0
        self.context = context

    def finish_request(self, request, client_address) -> None:
        with self.context.wrap_socket(request, server_side=True) as trusted:
            super().finish_request(trusted, client_address)

    def handle_error(self, request, client_address) -> None: ...


class _Handler(BaseHTTPRequestHandler):
    server: _Server

    def answer(self) -> None:
        self.rfile.read(int(self.headers.get("Content-Length") or 0))
        self.server.asked += 1
        content = b'{"resourceType": "CapabilityStatement", "fhirVersion": "4.0.1"}'
        self.send_response(200)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    do_GET = do_POST = answer  # noqa: N815  (the names that http.server calls)

    def log_message(self, *arguments: object) -> None: ...


@pytest.fixture(scope="module")
def papers(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    return authority(tmp_path_factory.mktemp("authority"))


@pytest.fixture(scope="module")
def strangers(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    return authority(tmp_path_factory.mktemp("strangers"))


def running(papers: Authority, *, mutual: bool = False, misnamed: bool = False) -> Iterator[_Server]:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    if misnamed:
        context.load_cert_chain(papers.client_certificate, papers.client_key, PASSWORD)
    else:
        context.load_cert_chain(papers.server_certificate, papers.server_key)
    if mutual:
        context.load_verify_locations(papers.certificate)
        context.verify_mode = ssl.CERT_REQUIRED
    with _Server(context) as server:
        threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
        yield server
        server.shutdown()


@pytest.fixture
def plain(papers: Authority) -> Iterator[_Server]:
    yield from running(papers)


@pytest.fixture
def misnamed(papers: Authority) -> Iterator[_Server]:
    yield from running(papers, misnamed=True)


@pytest.fixture
def mutual(papers: Authority) -> Iterator[_Server]:
    yield from running(papers, mutual=True)


def ask(server: _Server, tls: Tls) -> str:
    destination = FhirDestination(url=f"https://localhost:{server.server_address[1]}/fhir", tls=tls, timeout=5.0)
    with client_of(destination) as client:
        return client.capabilities().fhir_version


def test_the_systems_authorities_do_not_know_the_hospitals(plain: _Server) -> None:
    with pytest.raises(TlsError, match=r"TLS: .*certificate") as untrusted:
        ask(plain, Tls())
    assert untrusted.value.retryable
    assert plain.asked == 0


def test_the_hospitals_own_authority_is_trusted(plain: _Server, papers: Authority) -> None:
    assert ask(plain, Tls(ca_file=papers.certificate)) == "4.0.1"


def test_another_authority_is_not(plain: _Server, strangers: Authority) -> None:
    with pytest.raises(TlsError):
        ask(plain, Tls(ca_file=strangers.certificate))
    assert plain.asked == 0


def test_a_certificate_of_another_name_is_not_trusted(misnamed: _Server, papers: Authority) -> None:
    with pytest.raises(TlsError, match="certificate is not valid for"):
        ask(misnamed, Tls(ca_file=papers.certificate))
    assert misnamed.asked == 0


def test_our_certificate_opens_a_server_that_asks_for_one(mutual: _Server, papers: Authority) -> None:
    tls = Tls(
        ca_file=papers.certificate,
        certificate_file=papers.client_certificate,
        key_file=papers.client_key,
        key_password=Secret(PASSWORD),
    )
    assert ask(mutual, tls) == "4.0.1"


def test_without_our_certificate_nothing_was_sent_and_we_know_it(mutual: _Server, papers: Authority) -> None:
    destination = FhirDestination(
        url=f"https://localhost:{mutual.server_address[1]}/fhir", tls=Tls(ca_file=papers.certificate), timeout=5.0
    )
    with client_of(destination) as client, pytest.raises(TlsError, match="certificate required"):
        client.write(ENTRY, ENTRY.resource)
    assert mutual.asked == 0


@pytest.mark.parametrize("password", [None, "wrong"])
def test_a_key_that_does_not_open_is_said_without_asking(papers: Authority, password: str | None) -> None:
    tls = Tls(
        certificate_file=papers.client_certificate,
        key_file=papers.client_key,
        key_password=Secret(password) if password else None,
    )
    with pytest.raises(TlsFileError, match="certificate_file") as refused:
        tls.context()
    assert "wrong" not in str(refused.value)


def test_a_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(TlsFileError, match=r"ca_file \(.*none\.pem\) cannot be used"):
        Tls(ca_file=tmp_path / "none.pem").context()


def test_verification_cannot_be_switched_off() -> None:
    context = Tls().context()
    assert (context.verify_mode, context.check_hostname) == (ssl.CERT_REQUIRED, True)
    assert context.minimum_version >= ssl.TLSVersion.TLSv1_2
    assert not any("verify" in name for name in Tls.__dataclass_fields__)
