"""The site file: every key is known, every mistake is named."""

import textwrap
from pathlib import Path

import pytest

from hl7_bridge.adapters import JsonField
from hl7_bridge.destination import ClientSecret, FhirDestination, SmartBackend
from hl7_bridge.errors import DestinationError, SiteError, UnknownDestinationError
from hl7_bridge.hl7v2.settings import Hl7Destination
from hl7_bridge.site import Site
from hl7_bridge.site_file import read_site

SECRET = "gateway-secret-4711"


@pytest.fixture
def site_of(tmp_path: Path):
    def of(text: str) -> Site:
        file = tmp_path / "site.toml"
        file.write_text(text, encoding="utf-8")
        return read_site(file)

    return of


FULL = f"""
identifier_system = "urn:oid:1.2.410.100110.10.12345678"

[destinations.emr]
url = "https://fhir.hospital.test/r4"
headers = {{ X-API-Key = "{SECRET}", X-HOSP-CD = "001" }}
timeout = 20
connect_timeout = 5
write = "single"
search = "get"
max_response_mb = 8
max_pages = 20
patient_facing = true

[destinations.emr.auth]
kind = "smart"
client_id = "clinical-scribe"
key_file = "smart.pem"
key_id = "2026"
token_url = "https://login.hospital.test/token"
scope = "system/*.cruds"
audience = "https://login.hospital.test"

[destinations.emr.tls]
ca_file = "ca.pem"
certificate_file = "/etc/scribe/client.pem"
key_file = "client.key"
key_password = {{ env = "CLIENT_KEY_PASSWORD" }}

[destinations.emr.adapter]
kind = "json-field"
field = "RESULT_CD"
good = ["0000"]
retryable = ["E503"]
message = "RESULT_MSG"
payload = "DATA"
required = true

[destinations.backup]
url = "https://backup.hospital.test/fhir"
[destinations.backup.auth]
kind = "client-secret"
client_id = "clinical-scribe"
client_secret = {{ file = "secret.txt" }}
method = "post"

[destinations.his]
kind = "hl7v2"
host = "his.hospital.test"
port = 2575
"""


def test_every_setting_of_every_kind_is_read(site_of, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CLIENT_KEY_PASSWORD", SECRET)
    (tmp_path / "secret.txt").write_text(f"{SECRET}\n")
    site = site_of(FULL)
    assert [(item.name, item.kind) for item in site.destinations] == [
        ("emr", "fhir"), ("backup", "fhir"), ("his", "hl7v2"),
    ]  # fmt: skip
    emr, backup = site.fhir("emr"), site.fhir("backup")
    assert isinstance(emr.auth, SmartBackend)
    assert isinstance(emr.adapter, JsonField)
    assert isinstance(backup.auth, ClientSecret)
    assert isinstance(site.destination("his"), Hl7Destination)
    assert emr.auth.key_file == tmp_path / "smart.pem"
    assert (emr.tls.ca_file, emr.tls.certificate_file) == (tmp_path / "ca.pem", Path("/etc/scribe/client.pem"))
    assert emr.tls.key_password is not None
    assert emr.tls.key_password.value == backup.auth.client_secret.value == SECRET
    assert dict(emr.headers)["X-API-Key"].value == SECRET
    assert emr.adapter.good == ("0000",)
    assert SECRET not in f"{site!r}{site}"
    for setting in ("write", "search", "max_pages", "patient_facing", "timeout"):
        assert getattr(emr, setting) != getattr(FhirDestination(url="https://x.test"), setting)


def test_the_example_with_several_destinations_of_the_documentation_is_read(site_of, tmp_path: Path) -> None:
    second = (read_site.__doc__ or "").split("::\n")[2]
    example = textwrap.dedent(second.split("\n\n    ``")[0].split("\n\n    and")[0])
    assert site_of(example).destinations


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ('[destinations.emr]\nurl = "https://x.test"\ntimeot = 3', "destinations.emr.timeot is not a setting"),
        ("[destinations.emr]\ntimeout = 3", "destinations.emr.url is missing"),
        ('[destinations.emr]\nurl = "https://x.test"\ntimeout = 0', "destinations.emr.timeout is wrong"),
        ('[destinations.emr]\nurl = "https://x.test"\nwrite = "batch"', "destinations.emr.write is wrong"),
        ('[destinations.emr]\nkind = "dicom"', 'destinations.emr.kind must be "fhir" or "hl7v2"'),
        ('[destinations.EMR]\nurl = "https://x.test"', "destinations.EMR.name must be 1 to 32 small letters"),
        ("destinations = 3", "destinations must hold one table for each destination"),
        ('destination = "https://x.test"\n[destinations.a]\nurl = "https://y.test"', "destination stands beside"),
        ("timeout = 3", "timeout needs a destination"),
        ("destination = 3", "destination is wrong"),
        ('destination = "ftp://x.test"', "destination must be an http(s) address"),
        (
            'destination = "https://user:4711-secret@x.test"',
            "destination must be an http(s) address that holds no user",
        ),
        ('[destinations.a]\nurl = "https://[oops"', "destinations.a.url must be an http(s) address"),
        ('destination = "https://x.test"\n[auth]\nkind = "oauth1"', "auth is wrong"),
        ('destination = "https://x.test"\n[auth]\nkind = "smart"\nclient_id = "x"', "auth.key_file is missing"),
        (
            'destination = "https://x.test"\n[auth]\nkind = "client-secret"\nclient_id = "x"\nclient_secret = 7',
            "auth.client_secret must be a text",
        ),
        ('destination = "https://x.test"\n[tls]\nverify = false', "tls.verify is not a setting here"),
        (
            'destination = "https://x.test"\n[headers]\nX = { env = "NOT_SET_4711" }',
            "needs the environment variable NOT_SET_4711",
        ),
        ('destination = "https://x.test"\n[headers]\nX = { file = "none" }', "cannot be read from"),
        ('identifier_system = "our notes"', "identifier_system must be a URI without spaces"),
        ('[organization]\nnam = "x"', "organization"),
    ],
)
def test_a_mistake_is_named(site_of, text: str, said: str) -> None:
    with pytest.raises(SiteError) as refused:
        site_of(text)
    assert f"site.toml: {said}" in str(refused.value) or said in str(refused.value)
    assert "4711-secret" not in str(refused.value)


def test_a_wrong_secret_is_not_printed(site_of) -> None:
    with pytest.raises(SiteError) as refused:
        site_of(f'destination = "https://x.test"\n[headers]\nX = ["{SECRET}"]')
    assert SECRET not in str(refused.value)


def test_a_site_without_destinations_has_none(site_of) -> None:
    site = site_of('identifier_system = "urn:oid:1.2.3"')
    assert site.destinations == ()
    with pytest.raises(DestinationError):
        site.destination()
    with pytest.raises(DestinationError):
        site.fhir()


def test_among_several_the_name_is_needed(site_of) -> None:
    site = site_of('[destinations.a]\nurl = "https://a.test"\n[destinations.b]\nurl = "https://b.test"')
    with pytest.raises(UnknownDestinationError, match="it has a, b"):
        site.destination()
    assert site.destination("b").address == "https://b.test"
    assert site.fhir().name == "a"
