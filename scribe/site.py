"""The hospital's systems as this installation is told of them: by a site file, or by a few settings for one server."""

from dataclasses import replace

from hl7_bridge.destination import AuthSettings, ClientSecret, FhirDestination, SmartBackend
from hl7_bridge.setting import Secret
from hl7_bridge.site import Site
from hl7_bridge.site_file import read_site
from hl7_bridge.tls import Tls
from scribe.settings import PREFIX, Settings, SettingsError

_OF_ONE_SERVER = (
    "fhir_token", "fhir_client_id", "fhir_client_secret", "fhir_private_key_file", "fhir_token_url", "fhir_scope",
    "fhir_ca_file", "fhir_certificate_file", "fhir_certificate_key_file",
)  # fmt: skip


def site_of(settings: Settings) -> Site:
    """Where this installation delivers, and under which identifiers.

    SettingsError where the settings contradict each other; SiteError where the site file is wrong.
    """
    organization = settings.organization if settings.hospital_hira_number else None
    if settings.site_file is None:
        server = _server(settings)
        destinations = (server,) if server is not None else ()
        return Site(identifier_system=settings.identifier_system, organization=organization, destinations=destinations)
    for name in ("fhir_url", *_OF_ONE_SERVER):
        if getattr(settings, name) is not None:
            raise _wrong(name, f"stands beside {PREFIX}SITE_FILE: say it there")
    site = read_site(settings.site_file)
    return replace(
        site,
        identifier_system=site.identifier_system or settings.identifier_system,
        organization=site.organization or organization,
    )


def _server(settings: Settings) -> FhirDestination | None:
    if settings.fhir_url is None:
        for name in _OF_ONE_SERVER:
            if getattr(settings, name) is not None:
                raise _wrong(name, f"needs {PREFIX}FHIR_URL to be for")
        return None
    token = settings.fhir_token
    return FhirDestination(
        url=settings.fhir_url,
        headers=(("Authorization", Secret(f"Bearer {token.get_secret_value()}")),) if token else (),
        auth=_auth(settings),
        tls=Tls(
            ca_file=settings.fhir_ca_file,
            certificate_file=settings.fhir_certificate_file,
            key_file=settings.fhir_certificate_key_file,
        ),
        timeout=settings.fhir_timeout_seconds,
    )


def _auth(settings: Settings) -> AuthSettings | None:
    name, secret, key = settings.fhir_client_id, settings.fhir_client_secret, settings.fhir_private_key_file
    if name is None:
        for other in ("fhir_client_secret", "fhir_private_key_file", "fhir_token_url", "fhir_scope"):
            if getattr(settings, other) is not None:
                raise _wrong(other, f"needs {PREFIX}FHIR_CLIENT_ID")
        return None
    if settings.fhir_token is not None:
        raise _wrong("fhir_token", f"stands beside {PREFIX}FHIR_CLIENT_ID: give one of the two")
    url, scope = settings.fhir_token_url, settings.fhir_scope
    if key is not None and secret is None:
        smart = SmartBackend(client_id=name, key_file=key, token_url=url)
        return replace(smart, scope=scope) if scope is not None else smart
    if secret is not None and key is None:
        return ClientSecret(client_id=name, client_secret=Secret(secret.get_secret_value()), token_url=url, scope=scope)
    raise _wrong("fhir_client_id", f"needs either {PREFIX}FHIR_PRIVATE_KEY_FILE or {PREFIX}FHIR_CLIENT_SECRET")


def _wrong(name: str, problem: str) -> SettingsError:
    return SettingsError(variable=f"{PREFIX}{name.upper()}", problem=problem)
