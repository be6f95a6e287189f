"""Where an installation delivers, by its settings or its site file."""

from pathlib import Path

import pytest

from hl7_bridge.destination import ClientSecret, FhirDestination, SmartBackend
from hl7_bridge.errors import SiteError
from scribe.settings import Settings, SettingsError
from scribe.site import site_of

URL = "https://fhir.hospital.test/r4"


def settings(**given) -> Settings:
    return Settings.load({}, **given)


def test_without_anything_nothing_is_sent():
    assert site_of(settings()).destinations == ()


def test_one_server_by_settings(tmp_path):
    site = site_of(
        settings(
            fhir_url=URL,
            fhir_token="secret-4711",
            fhir_ca_file=tmp_path / "ca.pem",
            fhir_certificate_file=tmp_path / "client.pem",
            fhir_certificate_key_file=tmp_path / "client.key",
            identifier_system="urn:oid:1.2.3",
            hospital_hira_number="12345678",
        )
    )
    (server,) = site.destinations
    assert isinstance(server, FhirDestination)
    assert (server.name, server.url, site.identifier_system) == ("hospital", URL, "urn:oid:1.2.3")
    assert dict(server.headers)["Authorization"].value == "Bearer secret-4711"
    assert (server.tls.ca_file, server.tls.key_file) == (tmp_path / "ca.pem", tmp_path / "client.key")
    assert site.organization is not None
    assert "4711" not in repr(site)


def test_a_token_is_asked_for_with_a_key_or_a_secret(tmp_path):
    smart = site_of(
        settings(fhir_url=URL, fhir_client_id="x", fhir_private_key_file=tmp_path / "key.pem", fhir_scope="system/*.rs")
    ).fhir()
    assert isinstance(smart.auth, SmartBackend)
    assert (smart.auth.key_file, smart.auth.scope) == (tmp_path / "key.pem", "system/*.rs")
    secret = site_of(settings(fhir_url=URL, fhir_client_id="x", fhir_client_secret="4711")).fhir()
    assert isinstance(secret.auth, ClientSecret)
    assert secret.auth.client_secret.value == "4711"


def test_a_site_file_says_everything(tmp_path):
    file = tmp_path / "site.toml"
    file.write_text('[destinations.emr]\nurl = "https://a.test"\n[destinations.his]\nkind="hl7v2"\nhost="h"\nport=1\n')
    site = site_of(settings(site_file=file, identifier_system="urn:oid:1.2.3", hospital_hira_number="12345678"))
    assert [item.name for item in site.destinations] == ["emr", "his"]
    assert site.identifier_system == "urn:oid:1.2.3"
    assert site.organization is not None


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"site_file": Path("site.toml"), "fhir_url": URL}, "SCRIBE_FHIR_URL stands beside SCRIBE_SITE_FILE"),
        ({"site_file": Path("site.toml"), "fhir_token": "x"}, "SCRIBE_FHIR_TOKEN stands beside SCRIBE_SITE_FILE"),
        ({"fhir_ca_file": Path("ca.pem")}, "SCRIBE_FHIR_CA_FILE needs SCRIBE_FHIR_URL"),
        ({"fhir_url": URL, "fhir_client_secret": "x"}, "SCRIBE_FHIR_CLIENT_SECRET needs SCRIBE_FHIR_CLIENT_ID"),
        ({"fhir_url": URL, "fhir_client_id": "x"}, "SCRIBE_FHIR_CLIENT_ID needs either"),
        ({"fhir_url": URL, "fhir_client_id": "x", "fhir_token": "y"}, "SCRIBE_FHIR_TOKEN stands beside"),
    ],
)
def test_settings_that_contradict_each_other_are_refused(given, said):
    with pytest.raises(SettingsError, match=said):
        site_of(settings(**given))


def test_a_wrong_site_file_is_told(tmp_path):
    with pytest.raises(SiteError, match="cannot be read"):
        site_of(settings(site_file=tmp_path / "none.toml"))
