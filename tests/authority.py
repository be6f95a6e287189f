"""A certification authority of the tests: certificates for a server on this machine and for a client."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    NoEncryption,
    PrivateFormat,
)
from cryptography.x509.oid import NameOID

PASSWORD = "client-key-password"


@dataclass(frozen=True)
class Authority:
    """PEM files: of the authority, of ``localhost``, and of a client whose key has :data:`PASSWORD`."""

    certificate: Path
    server_certificate: Path
    server_key: Path
    client_certificate: Path
    client_key: Path


def authority(folder: Path) -> Authority:
    folder.mkdir(parents=True, exist_ok=True)
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "Test authority")])
    root = _certificate(name, key.public_key(), name, key, ca=True)
    files = {"ca.pem": root.public_bytes(Encoding.PEM)}
    for who, password in (("server", None), ("client", PASSWORD)):
        own = ec.generate_private_key(ec.SECP256R1())
        subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, who)])
        files[f"{who}.pem"] = _certificate(subject, own.public_key(), name, key).public_bytes(Encoding.PEM)
        cipher = BestAvailableEncryption(password.encode()) if password else NoEncryption()
        files[f"{who}.key"] = own.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, cipher)
    for file, content in files.items():
        (folder / file).write_bytes(content)
    return Authority(
        certificate=folder / "ca.pem",
        server_certificate=folder / "server.pem",
        server_key=folder / "server.key",
        client_certificate=folder / "client.pem",
        client_key=folder / "client.key",
    )


def _certificate(
    subject: x509.Name,
    public: ec.EllipticCurvePublicKey,
    issuer: x509.Name,
    key: ec.EllipticCurvePrivateKey,
    *,
    ca: bool = False,
) -> x509.Certificate:
    now = datetime.now(UTC)
    names = {"server": [x509.DNSName("localhost"), x509.IPAddress(ip_address("127.0.0.1"))]}
    common = str(subject.get_attributes_for_oid(NameOID.COMMON_NAME)[0].value)
    builder = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(public)
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=2))
        .add_extension(x509.BasicConstraints(ca=ca, path_length=None), critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(public), critical=False)
        .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(key.public_key()), critical=False)
    )
    if not ca:
        builder = builder.add_extension(
            x509.SubjectAlternativeName(names.get(common, [x509.DNSName(common)])), critical=False
        )
    return builder.sign(key, hashes.SHA256())
