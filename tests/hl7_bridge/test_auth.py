"""Tokens: from a real SMART server, and from endpoints that answer oddly."""

import base64
import json
import logging
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, unquote_plus

import httpx
import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from hl7_bridge.auth import BearerToken, StaticHeaders, Token
from hl7_bridge.auth_tokens import (
    ClientCredentials,
    ClientKeyError,
    SharedSecret,
    SignedStatement,
    SigningKey,
)
from hl7_bridge.channel import open_channel
from hl7_bridge.connection import client_of, shared_client
from hl7_bridge.destination import ClientSecret, FhirDestination, SmartBackend
from hl7_bridge.fhir import Resource, TransactionEntry
from hl7_bridge.fhir_client import FhirClient
from hl7_bridge.fhir_errors import (
    ForbiddenError,
    RedirectedError,
    TokenAnswerError,
    TokenError,
    TokenRefusedError,
    TokenUnavailableError,
    UnauthorisedError,
)
from hl7_bridge.hospital import seed_hospital
from hl7_bridge.local_server import LocalFhirServer
from hl7_bridge.setting import Secret
from hl7_bridge.site import Site
from scribe.domain.encounter import Identifier
from scribe.domain.note import SignedNote

BASE = "https://hospital.test/fhir"
TOKEN_URL = "https://login.hospital.test/token"
SECRET = "s3cret+/=:&"
TOKEN_SECONDS = 1
DEVICE = TransactionEntry(
    role="x", key=Identifier(system="urn:x", value="1"), resource=Resource({"resourceType": "Device"})
)
Answer = Callable[[httpx.Request], httpx.Response]


def key_file(folder: Path, kind: str) -> Path:
    private: Any = {
        "ES384": lambda: ec.generate_private_key(ec.SECP384R1()),
        "RS384": lambda: rsa.generate_private_key(65537, 2048),
        "P-256": lambda: ec.generate_private_key(ec.SECP256R1()),
        "RSA-1024": lambda: rsa.generate_private_key(65537, 1024),
    }[kind]()
    file = folder / f"{kind}.pem"
    file.write_bytes(private.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    return file


@pytest.fixture(scope="module")
def keys(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    folder = tmp_path_factory.mktemp("keys")
    return {kind: key_file(folder, kind) for kind in ("ES384", "RS384")}


@pytest.fixture(scope="module")
def smart_url(tmp_path_factory: pytest.TempPathFactory, keys: dict[str, Path]) -> Iterator[str]:
    """A server that wants a token for everything."""
    pytest.importorskip("sekmet", reason="the local FHIR server (sekmet-fhir) is not installed")
    clients: list[dict[str, Any]] = [
        {"client_id": kind, "jwks": {"keys": [SigningKey.read(file).public_jwk]}, "scopes": "system/*.*"}
        for kind, file in keys.items()
    ]
    for name, secret in (("shared", SECRET), ("plain", "plain-secret")):  # the peer does not decode Basic
        clients.append({"client_id": name, "client_secret": secret, "scopes": "system/*.read"})
    auth = {"types": ["smart"], "smart_clients": clients, "token_lifetime": TOKEN_SECONDS}
    with LocalFhirServer(tmp_path_factory.mktemp("smart"), more={"server_auth": auth}) as url:
        yield url


@pytest.mark.parametrize("algorithm", ["ES384", "RS384"])
def test_a_real_smart_server_takes_our_signed_statement(smart_url: str, keys: dict[str, Path], algorithm: str) -> None:
    with client_of(FhirDestination(url=smart_url)) as anonymous, pytest.raises(UnauthorisedError):
        anonymous.search("Patient", {"identifier": "urn:x|1"})
    settings = SmartBackend(client_id=algorithm, key_file=keys[algorithm])
    with client_of(FhirDestination(url=smart_url, auth=settings)) as known:
        for _ in range(3):
            assert known.search("Patient", {"identifier": "urn:x|1"}) == []


@pytest.mark.parametrize("method", ["basic", "post"])
def test_a_real_server_takes_our_secret_and_holds_us_to_our_scope(smart_url: str, method: Any) -> None:
    token_url = smart_url.replace("/fhir", "/auth/token")
    name, secret = ("plain", "plain-secret") if method == "basic" else ("shared", SECRET)
    settings = ClientSecret(client_id=name, client_secret=Secret(secret), method=method, token_url=token_url)
    with client_of(FhirDestination(url=smart_url, auth=settings)) as known:
        assert known.search("Patient", {"identifier": "urn:x|1"}) == []
        with pytest.raises(ForbiddenError):
            known.write(DEVICE, DEVICE.resource)
    wrong = replace(settings, client_secret=Secret("wrong"))
    with (
        client_of(FhirDestination(url=smart_url, auth=wrong)) as stranger,
        pytest.raises(TokenRefusedError, match="HTTP 401, invalid_client"),
    ):
        stranger.search("Patient", {})


def test_a_token_that_ended_is_renewed_on_the_servers_401(smart_url: str, keys: dict[str, Path]) -> None:
    settings = SmartBackend(client_id="ES384", key_file=keys["ES384"])
    with httpx.Client(trust_env=False) as pool:
        statement = SignedStatement(settings, SigningKey.read(keys["ES384"]))
        # its clock stands still, so that nothing but the server's answer renews the token
        token = BearerToken(ClientCredentials(statement, smart_url, None, pool), clock=lambda: 0.0)
        with FhirClient(smart_url, auth=token, http=pool) as client:
            client.search("Patient", {"identifier": "urn:x|1"})
            first = token.headers()["Authorization"]
            time.sleep(TOKEN_SECONDS + 1.1)
            assert client.search("Patient", {"identifier": "urn:x|1"}) == []
    assert token.headers()["Authorization"] != first


@pytest.mark.parametrize("write", ["transaction", "single"])
def test_a_note_arrives_at_a_smart_server_and_leaves_no_trace_in_the_log(
    smart_url: str,
    keys: dict[str, Path],
    make_note: Callable[..., SignedNote],
    amend: Callable[[SignedNote, str], SignedNote],
    caplog: pytest.LogCaptureFixture,
    write: Any,
) -> None:
    caplog.set_level(logging.DEBUG)
    settings = SmartBackend(client_id="RS384", key_file=keys["RS384"])
    destination = FhirDestination(url=smart_url, auth=settings, write=write)
    first = make_note()
    second = amend(first, "정정")
    with client_of(destination) as client:
        seed_hospital(client, first.encounter)
        token = client._http._auth.headers()["Authorization"]
    with open_channel(Site(destinations=(destination,))) as channel:
        assert channel.deliver(first).state == "accepted"
        assert channel.deliver(second, [first]).state == "accepted"
        assert channel.deliver(second, [first]).created == 0
        assert channel.look_up(second, [first]).state == "accepted"
    patient = first.encounter.patient
    assert patient is not None
    assert patient.identifier is not None
    for trace in (patient.identifier.value, patient.name, token[7:], "client_assertion"):
        assert trace not in caplog.text


def test_a_key_that_the_server_does_not_know_is_refused(smart_url: str, tmp_path: Path) -> None:
    settings = SmartBackend(client_id="ES384", key_file=key_file(tmp_path, "ES384"))
    with client_of(FhirDestination(url=smart_url, auth=settings)) as stranger, pytest.raises(TokenError) as refused:
        stranger.search("Patient", {})
    assert isinstance(refused.value, TokenRefusedError)
    assert not refused.value.retryable


def http(answer: Answer) -> httpx.Client:
    return httpx.Client(transport=httpx.MockTransport(answer))


def shared(answer: Answer, method: Any = "basic", token_url: str | None = TOKEN_URL) -> ClientCredentials:
    settings = ClientSecret(client_id="a b", client_secret=Secret(SECRET), method=method, scope="system/*.rs")
    return ClientCredentials(SharedSecret(settings), BASE, token_url, http(answer))


def test_a_statement_is_new_each_time_and_lives_four_minutes(keys: dict[str, Path]) -> None:
    settings = SmartBackend(client_id="clinic", key_file=keys["ES384"], scope="system/*.cruds")
    key = SigningKey.read(keys["ES384"])
    statement = SignedStatement(settings, key, now=lambda: 1_000_000.5)
    forms = [statement.request(TOKEN_URL)[0] for _ in range(2)]
    assert forms[0]["grant_type"] == "client_credentials"
    assert forms[0]["scope"] == "system/*.cruds"
    assert forms[0]["client_assertion_type"] == "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
    claims = [
        jwt.decode(
            form["client_assertion"],
            key.private.public_key(),
            algorithms=["ES384"],
            audience=TOKEN_URL,
            options={"verify_exp": False, "require": ["exp", "iss", "sub", "aud", "jti"]},
        )
        for form in forms
    ]
    assert claims[0]["jti"] != claims[1]["jti"]
    assert (claims[0]["iss"], claims[0]["sub"], claims[0]["exp"]) == ("clinic", "clinic", 1_000_240)
    header = jwt.get_unverified_header(forms[0]["client_assertion"])
    assert (header["alg"], header["kid"], header["typ"]) == ("ES384", key.key_id, "JWT")
    assert key.public_jwk["kid"] == key.key_id
    assert "d" not in key.public_jwk
    assert SigningKey.read(keys["ES384"], "named").key_id == "named"


@pytest.mark.parametrize("kind", ["P-256", "RSA-1024"])
@pytest.mark.filterwarnings("ignore")
def test_a_key_that_smart_does_not_know_is_refused(tmp_path: Path, kind: str) -> None:
    with pytest.raises(ClientKeyError, match="P-384"):
        SigningKey.read(key_file(tmp_path, kind))


def test_a_file_that_is_no_key_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ClientKeyError, match="No such file"):
        SigningKey.read(tmp_path / "none.pem")
    (tmp_path / "x.pem").write_text("-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n")
    with pytest.raises(ClientKeyError, match="not an unencrypted private key"):
        SigningKey.read(tmp_path / "x.pem")


def test_a_secret_goes_in_the_header_or_in_the_form() -> None:
    asked: list[httpx.Request] = []

    def answer(request: httpx.Request) -> httpx.Response:
        asked.append(request)
        return httpx.Response(200, json={"access_token": "t", "token_type": "Bearer", "expires_in": 60})

    shared(answer, "basic").fetch()
    shared(answer, "post").fetch()
    name, _, secret = base64.b64decode(asked[0].headers["Authorization"][6:]).decode().partition(":")
    assert (unquote_plus(name), unquote_plus(secret)) == ("a b", SECRET)
    assert parse_qs(asked[0].content.decode()) == {"grant_type": ["client_credentials"], "scope": ["system/*.rs"]}
    posted = parse_qs(asked[1].content.decode())
    assert (posted["client_id"], posted["client_secret"]) == (["a b"], [SECRET])
    assert "Authorization" not in asked[1].headers


@pytest.mark.parametrize(
    ("response", "error", "retryable"),
    [
        (httpx.Response(400, json={"error": "invalid_scope", "error_description": SECRET}), TokenRefusedError, False),
        (httpx.Response(401, json={"error": "invalid_client"}), TokenRefusedError, False),
        (httpx.Response(403, text=SECRET), TokenRefusedError, False),
        (httpx.Response(302, headers={"Location": "https://evil.test"}), TokenRefusedError, False),
        (httpx.Response(400, json={"error": "temporarily_unavailable"}), TokenUnavailableError, True),
        (httpx.Response(429, headers={"Retry-After": "9"}), TokenUnavailableError, True),
        (httpx.Response(503), TokenUnavailableError, True),
        (httpx.Response(200, html="<html>login</html>"), TokenAnswerError, False),
        (httpx.Response(200, json=["access_token"]), TokenAnswerError, False),
        (httpx.Response(200, json={"access_token": "x"}), TokenAnswerError, False),
        (httpx.Response(200, json={"access_token": "x", "token_type": "mac"}), TokenAnswerError, False),
        (httpx.Response(200, json={"access_token": "a\r\nb", "token_type": "bearer"}), TokenAnswerError, False),
        (httpx.Response(200, content=b" " * 2_000_000), TokenAnswerError, False),
    ],
)
def test_each_answer_of_a_token_endpoint_is_judged(
    response: httpx.Response, error: type[TokenError], retryable: bool
) -> None:
    with pytest.raises(error) as raised:
        shared(lambda _: response).fetch()
    assert raised.value.retryable == retryable
    assert SECRET not in f"{raised.value!r} {raised.value} {raised.value.__dict__}"
    if response.status_code == 429:
        assert raised.value.retry_after == 9.0


def test_a_token_endpoint_that_is_not_there_is_asked_again_later() -> None:
    def refuse(request: httpx.Request) -> httpx.Response:
        raise httpx.ConnectError(f"refused for {SECRET}", request=request)

    with pytest.raises(TokenUnavailableError) as raised:
        shared(refuse).fetch()
    assert SECRET not in str(raised.value)


@pytest.mark.parametrize(
    ("configuration", "error"),
    [
        (httpx.Response(404), TokenAnswerError),
        (httpx.Response(200, json={}), TokenAnswerError),
        (httpx.Response(200, json={"token_endpoint": "http://plain.test/token"}), TokenAnswerError),
        (httpx.Response(503), TokenUnavailableError),
    ],
)
def test_a_token_endpoint_that_cannot_be_discovered_is_none(
    configuration: httpx.Response, error: type[TokenError]
) -> None:
    with pytest.raises(error):
        shared(lambda _: configuration, token_url=None).fetch()


def test_the_token_endpoint_is_discovered_once() -> None:
    asked: list[str] = []

    def answer(request: httpx.Request) -> httpx.Response:
        asked.append(str(request.url))
        if request.method == "GET":
            return httpx.Response(200, json={"token_endpoint": TOKEN_URL})
        return httpx.Response(200, json={"access_token": "t", "token_type": "bearer"})

    source = shared(answer, token_url=None)
    assert source.fetch().seconds == 300
    source.fetch()
    assert asked == [f"{BASE}/.well-known/smart-configuration", TOKEN_URL, TOKEN_URL]


class Counted:
    """Tokens t1, t2 … that live a hundred seconds."""

    def __init__(self) -> None:
        self.fetched = 0

    def fetch(self) -> Token:
        self.fetched += 1
        return Token(value=Secret(f"t{self.fetched}"), seconds=100.0)


def test_a_token_is_kept_and_renewed_before_it_ends() -> None:
    now = [0.0]
    source = Counted()
    token = BearerToken(source, StaticHeaders((("X-Key", Secret("k")),)), clock=lambda: now[0])
    assert token.headers() == {"X-Key": "k", "Authorization": "Bearer t1"}
    now[0] = 79.9
    assert token.headers()["Authorization"] == "Bearer t1"
    now[0] = 80.0
    assert token.headers()["Authorization"] == "Bearer t2"


def test_many_threads_wait_for_one_token() -> None:
    source = Counted()
    token = BearerToken(source)
    barrier = threading.Barrier(8)

    def ask(_: int) -> str:
        barrier.wait()
        used = token.headers()
        barrier.wait()
        assert token.renew(used)
        return token.headers()["Authorization"]

    with ThreadPoolExecutor(8) as pool:
        seen = set(pool.map(ask, range(8)))
    assert source.fetched == 2
    assert seen == {"Bearer t2"}


def test_a_401_is_answered_with_one_new_token_and_no_more() -> None:
    bearers: list[str] = []

    def answer(request: httpx.Request) -> httpx.Response:
        if str(request.url) == TOKEN_URL:
            return httpx.Response(200, json={"access_token": f"t{len(bearers)}", "token_type": "bearer"})
        bearers.append(request.headers["Authorization"])
        return httpx.Response(401)

    destination = FhirDestination(
        url=BASE, auth=ClientSecret(client_id="x", client_secret=Secret(SECRET), token_url=TOKEN_URL)
    )
    with pytest.raises(UnauthorisedError):
        client_of(destination, http(answer)).read("Patient/1")
    assert bearers == ["Bearer t0", "Bearer t1"]


def test_channels_to_one_destination_share_one_client_while_any_is_open() -> None:
    destination = FhirDestination(url=BASE, headers=(("X-Key", Secret(SECRET)),))
    with shared_client(destination) as first:
        with shared_client(FhirDestination(url=BASE, headers=(("X-Key", Secret(SECRET)),))) as second:
            assert first is second
        with shared_client(replace(destination, timeout=5.0)) as other:
            assert other is not first
        assert not first._http._http.is_closed
    assert first._http._http.is_closed
    with shared_client(destination) as later:
        assert later is not first


def test_a_key_that_is_not_there_is_the_problem_of_the_delivery(
    tmp_path: Path, make_note: Callable[..., SignedNote]
) -> None:
    settings = SmartBackend(client_id="x", key_file=tmp_path / "none.pem")
    site = Site(destinations=(FhirDestination(url=BASE, auth=settings),))
    with open_channel(site) as channel:
        delivery = channel.deliver(make_note())
        assert channel.look_up(make_note()).state == "not_sent"
    assert delivery.problem is not None
    assert (delivery.state, delivery.problem.code, delivery.retryable) == ("not_sent", "key-file", False)


def test_a_token_never_leaves_for_another_host() -> None:
    asked: list[httpx.Request] = []

    def answer(request: httpx.Request) -> httpx.Response:
        asked.append(request)
        return httpx.Response(307, headers={"Location": "https://evil.test/fhir/Patient/1"})

    destination = FhirDestination(url=BASE, headers=(("Authorization", Secret(f"Bearer {SECRET}")),))
    with pytest.raises(RedirectedError) as raised:
        client_of(destination, http(answer)).read("Patient/1")
    assert [request.url.host for request in asked] == ["hospital.test"]
    assert raised.value.target == "evil.test"


def test_nothing_that_is_secret_prints(keys: dict[str, Path]) -> None:
    settings = ClientSecret(client_id="x", client_secret=Secret(SECRET), token_url=TOKEN_URL)
    destination = FhirDestination(url=BASE, headers=(("X-Key", Secret(SECRET)),), auth=settings)
    token = Token(value=Secret(SECRET), seconds=1)
    key = SigningKey.read(keys["RS384"])
    shown = " ".join(repr(item) + str(item) for item in (settings, destination, token, SharedSecret(settings), key))
    assert SECRET not in shown
    assert json.dumps(SECRET)[1:-1] not in shown
    assert "RSAPrivateKey" not in shown
