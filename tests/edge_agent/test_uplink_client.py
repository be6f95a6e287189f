"""How the service is reached: addresses, TLS in both directions, and answers that are none."""

import socket
import ssl
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from ipaddress import ip_address
from pathlib import Path

import pytest
import uvicorn
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from edge_agent.identity import Identity
from edge_agent.uplink_client import Transport, UplinkClient
from edge_agent.uplink_errors import (
    BusyError,
    CertificateFileError,
    NotTheServiceError,
    ServiceAddressError,
    UnreachableError,
    UntrustedServiceError,
)
from tests.uplink_service import UplinkClinic


@pytest.fixture(scope="module")
def identity(service: UplinkClinic, tmp_path_factory: pytest.TempPathFactory) -> Identity:
    return service.enrol(tmp_path_factory.mktemp("desk"))


@dataclass(frozen=True)
class Paper:
    """A certificate and its key, as files."""

    certificate: Path
    key: Path


class Authority:
    """A certification authority of our own."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._key = ec.generate_private_key(ec.SECP256R1())
        self._name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "the clinic's authority")])
        self.bundle = folder / "ca.pem"
        self.bundle.write_bytes(_pem(self._signed(self._name, self._key, authority=True)))

    def paper(self, name: str) -> Paper:
        key = ec.generate_private_key(ec.SECP256R1())
        subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
        paper = Paper(self.folder / f"{name}.pem", self.folder / f"{name}.key")
        paper.certificate.write_bytes(_pem(self._signed(subject, key, authority=False)))
        paper.key.write_bytes(
            key.private_bytes(
                serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
            )
        )
        return paper

    def _signed(self, subject: x509.Name, key: ec.EllipticCurvePrivateKey, *, authority: bool) -> x509.Certificate:
        now = datetime.now(UTC)
        public = self._key.public_key()
        builder = (
            x509.CertificateBuilder()
            .subject_name(subject)
            .issuer_name(self._name)
            .public_key(key.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(now - timedelta(days=1))
            .not_valid_after(now + timedelta(days=1))
            .add_extension(x509.BasicConstraints(ca=authority, path_length=None), critical=True)
            .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1"))]), critical=False)
            .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
            .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(public), critical=False)
        )
        return builder.sign(self._key, hashes.SHA256())


def _pem(certificate: x509.Certificate) -> bytes:
    return certificate.public_bytes(serialization.Encoding.PEM)


@contextmanager
def tls(service: UplinkClinic, paper: Paper, clients: Path | None = None) -> Iterator[str]:
    """The service's https address; ``clients``: the authority whose certificates callers must show."""
    config = uvicorn.Config(
        service.app,
        host="127.0.0.1",
        port=0,
        log_level="critical",
        access_log=False,
        timeout_graceful_shutdown=1,
        ssl_certfile=str(paper.certificate),
        ssl_keyfile=str(paper.key),
        ssl_ca_certs=str(clients) if clients else None,
        ssl_cert_reqs=ssl.CERT_REQUIRED if clients else ssl.CERT_NONE,
    )
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    deadline = time.monotonic() + 15
    while not server.started:
        assert time.monotonic() < deadline, "the service did not start"
        time.sleep(0.01)
    try:
        yield f"https://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}"
    finally:
        server.should_exit = True
        thread.join(timeout=10)


def test_an_unknown_certificate_is_not_trusted(service: UplinkClinic, identity: Identity, tmp_path: Path) -> None:
    ours = Authority(tmp_path)
    (tmp_path / "other").mkdir()
    stranger = Authority(tmp_path / "other")
    with tls(service, ours.paper("service")) as url:
        for transport in (Transport(), Transport(ca_bundle=stranger.bundle)):
            with UplinkClient(replace(identity, url=url), transport) as client:
                with pytest.raises(UntrustedServiceError) as error:
                    client.about()
                assert error.value.retryable
        with UplinkClient(replace(identity, url=url), Transport(ca_bundle=ours.bundle)) as client:
            assert client.about().owner == "김의사"


def test_a_certificate_of_another_host_is_not_trusted(
    service: UplinkClinic, identity: Identity, tmp_path: Path
) -> None:
    ours = Authority(tmp_path)
    with tls(service, ours.paper("service")) as url:
        elsewhere = replace(identity, url=url.replace("127.0.0.1", "localhost"))
        with UplinkClient(elsewhere, Transport(ca_bundle=ours.bundle)) as client, pytest.raises(UntrustedServiceError):
            client.about()


def test_a_service_that_wants_a_certificate_is_shown_one(
    service: UplinkClinic, identity: Identity, tmp_path: Path
) -> None:
    ours = Authority(tmp_path)
    desk = ours.paper("desk")
    bare = Transport(ca_bundle=ours.bundle)
    with tls(service, ours.paper("service"), clients=ours.bundle) as url:
        at = replace(identity, url=url)
        with UplinkClient(at, bare) as client, pytest.raises(UnreachableError):
            client.about()
        shown = replace(bare, client_certificate=desk.certificate, client_key=desk.key)
        with UplinkClient(at, shown) as client:
            assert client.about().owner == "김의사"


@pytest.mark.parametrize("content", [None, b"", b"no certificate"])
def test_a_certificate_file_that_is_none_is_named(identity: Identity, tmp_path: Path, content: bytes | None) -> None:
    file = tmp_path / "desk.pem"
    if content is not None:
        file.write_bytes(content)
    for transport in (Transport(client_certificate=file), Transport(ca_bundle=file)):
        with pytest.raises(CertificateFileError, match=r"desk\.pem cannot be used"):
            UplinkClient(replace(identity, url="https://scribe.example"), transport)


@pytest.mark.parametrize(
    "url",
    [
        "http://scribe.example",
        "http://10.0.0.5:8080",
        "http://127.0.0.1.evil.example",
        "ftp://127.0.0.1",
        "https://",
        "",
    ],
)
def test_plain_http_is_spoken_with_this_computer_only(identity: Identity, url: str) -> None:
    with pytest.raises(ServiceAddressError):
        UplinkClient(replace(identity, url=url), Transport())


@pytest.mark.parametrize("url", ["http://127.0.0.1:1", "http://localhost:1", "http://[::1]:1"])
def test_nobody_there_is_an_error_that_names_no_address(identity: Identity, url: str) -> None:
    with UplinkClient(replace(identity, url=url), Transport()) as client, pytest.raises(UnreachableError) as error:
        client.about()
    assert "127" not in str(error.value)
    assert error.value.retryable


def test_a_service_that_is_slow_is_not_waited_for_long(identity: Identity) -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        url = f"http://127.0.0.1:{silent.getsockname()[1]}"
        started = time.monotonic()
        client = UplinkClient(replace(identity, url=url), Transport(timeout=0.5))
        with client, pytest.raises(UnreachableError, match="ReadTimeout"):
            client.about()
        assert time.monotonic() - started < 5


@pytest.mark.parametrize("kind", ["html", "truncated", "404 html", "410 proxy"])
def test_an_answer_that_is_not_the_service_s_is_no_answer(service: UplinkClinic, identity: Identity, kind: str) -> None:
    service.fault(kind, "me")
    with UplinkClient(identity, Transport()) as client:
        with pytest.raises(NotTheServiceError) as error:
            client.about()
        assert error.value.retryable
        assert client.about()


@pytest.mark.parametrize(
    ("value", "seconds"),
    [("7", 7.0), ("100000", 3600.0), ("soon", None), ("-1", None), (None, None)],
)
def test_retry_after_is_understood(
    service: UplinkClinic, identity: Identity, value: str | None, seconds: float | None
) -> None:
    service.fault("503", "me", **({} if value is None else {"retry_after": value}))
    with UplinkClient(identity, Transport()) as client, pytest.raises(BusyError) as error:
        client.about()
    assert error.value.retry_after == seconds


def test_retry_after_may_be_a_date(service: UplinkClinic, identity: Identity) -> None:
    service.fault("503", "me", retry_after=format_datetime(datetime.now(UTC) + timedelta(seconds=60), usegmt=True))
    with UplinkClient(identity, Transport()) as client, pytest.raises(BusyError) as error:
        client.about()
    assert error.value.retry_after is not None
    assert 40 < error.value.retry_after <= 60


def test_no_proxy_of_the_environment_is_used(
    service: UplinkClinic, identity: Identity, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    with UplinkClient(identity, Transport()) as client:
        assert client.about()
