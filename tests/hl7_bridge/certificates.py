"""An authority of the tests' own, and certificates for ``localhost`` that it signed."""

import ssl
from datetime import UTC, datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from hl7_bridge.hl7v2.settings import ListenerTls
from hl7_bridge.tls import Tls


class Certificates:
    """``server`` and ``client`` are signed by ``authority``; each is a PEM file with a key file beside it."""

    def __init__(self, folder: Path) -> None:
        self._key = ec.generate_private_key(ec.SECP256R1())
        self._name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "the hospital's authority")])
        self.authority = folder / "authority.pem"
        self.authority.write_bytes(self._signed(self._name, self._key, authority=True))
        self.server, self.server_key = self._paper(folder, "server")
        self.client, self.client_key = self._paper(folder, "client")

    def tls(self, *, ca: bool = True, client: bool = False) -> Tls:
        """A sender's settings."""
        return Tls(
            ca_file=self.authority if ca else None,
            certificate_file=self.client if client else None,
            key_file=self.client_key if client else None,
        )

    def listener(self, *, client_ca: bool = False) -> ListenerTls:
        """A listener's settings."""
        return ListenerTls(
            certificate_file=self.server,
            key_file=self.server_key,
            client_ca_file=self.authority if client_ca else None,
        )

    def server_context(self, *, client_ca: bool = False) -> ssl.SSLContext:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(self.server, self.server_key)
        if client_ca:
            context.verify_mode = ssl.CERT_REQUIRED
            context.load_verify_locations(self.authority)
        return context

    def _paper(self, folder: Path, name: str) -> tuple[Path, Path]:
        key = ec.generate_private_key(ec.SECP256R1())
        subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
        certificate, private = folder / f"{name}.pem", folder / f"{name}.key"
        certificate.write_bytes(self._signed(subject, key, authority=False))
        pem, pkcs8, plain = serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        private.write_bytes(key.private_bytes(pem, pkcs8, plain))
        return certificate, private

    def _signed(self, subject: x509.Name, key: ec.EllipticCurvePrivateKey, *, authority: bool) -> bytes:
        now = datetime.now(UTC)
        builder = (
            x509.CertificateBuilder()
            .subject_name(subject)
            .issuer_name(self._name)
            .public_key(key.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(now - timedelta(days=1))
            .not_valid_after(now + timedelta(days=1))
            .add_extension(x509.BasicConstraints(ca=authority, path_length=None), critical=True)
            .add_extension(x509.SubjectAlternativeName([x509.DNSName("localhost")]), critical=False)
            .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
            .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(self._key.public_key()), critical=False)
        )
        return builder.sign(self._key, hashes.SHA256()).public_bytes(serialization.Encoding.PEM)
