"""Pages compressed, and what is better left alone."""

import gzip
import json
from collections.abc import AsyncIterator
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, Response, StreamingResponse
from starlette.routing import Route
from starlette.testclient import TestClient

from scribe.web.compression import Compressed

PAGE = "<p>사흘 전부터 기침.</p>" * 200


async def _stream() -> AsyncIterator[bytes]:
    for _ in range(3):
        yield b"data: {}\n\n" * 200


def _signing_in(request: Request) -> Response:
    answer = HTMLResponse(PAGE)
    answer.set_cookie("proof", "x")
    return answer


def _app() -> Starlette:
    answers: dict[str, Any] = {
        "/page": lambda request: HTMLResponse(PAGE),
        "/data": lambda request: JSONResponse({"text": PAGE}),
        "/short": lambda request: HTMLResponse("<p>짧다</p>"),
        "/audio": lambda request: Response(b"\0" * 5000, media_type="audio/flac"),
        "/events": lambda request: StreamingResponse(_stream(), media_type="text/event-stream"),
        "/stream": lambda request: StreamingResponse(_stream(), media_type="text/html"),
        "/zipped": lambda request: HTMLResponse(gzip.compress(PAGE.encode()), headers={"content-encoding": "gzip"}),
        "/cookie": _signing_in,
    }
    return Starlette(
        routes=[Route(path, answer) for path, answer in answers.items()], middleware=[Middleware(Compressed)]
    )


@pytest.fixture
def client() -> TestClient:
    return TestClient(_app(), headers={"accept-encoding": "gzip"})


def sent(client: TestClient, path: str, **headers: str) -> tuple[Any, bytes]:
    with client.stream("GET", path, headers=headers) as answer:
        return answer, b"".join(answer.iter_raw())


def test_a_page_travels_compressed_and_arrives_as_it_was(client: TestClient) -> None:
    answer, raw = sent(client, "/page")
    assert answer.headers["content-encoding"] == "gzip"
    assert answer.headers["vary"] == "Accept-Encoding"
    assert int(answer.headers["content-length"]) == len(raw) < len(PAGE) / 5
    assert gzip.decompress(raw).decode() == PAGE
    assert client.get("/page").text == PAGE
    assert json.loads(client.get("/data").content) == {"text": PAGE}


@pytest.mark.parametrize("path", ["/short", "/audio", "/events", "/stream", "/cookie"])
def test_streams_short_answers_and_those_with_a_secret_are_left_alone(client: TestClient, path: str) -> None:
    answer, raw = sent(client, path)
    assert "content-encoding" not in answer.headers
    assert raw


def test_what_is_compressed_already_is_not_compressed_again(client: TestClient) -> None:
    assert gzip.decompress(sent(client, "/zipped")[1]).decode() == PAGE


def test_whoever_cannot_read_it_gets_it_plain(client: TestClient) -> None:
    answer, raw = sent(client, "/page", **{"accept-encoding": "identity"})
    assert "content-encoding" not in answer.headers
    assert raw.decode() == PAGE


def test_the_length_says_little_of_the_content(client: TestClient) -> None:
    lengths = {len(sent(client, "/page")[1]) for _ in range(40)}
    assert len(lengths) > 10
    assert max(lengths) - min(lengths) <= 100


@given(st.binary(min_size=1100, max_size=4000))
def test_any_content_comes_back(content: bytes) -> None:
    app = Starlette(
        routes=[Route("/", lambda request: HTMLResponse(content))], middleware=[Middleware(Compressed)]
    )  # fmt: skip
    assert TestClient(app).get("/", headers={"accept-encoding": "gzip"}).content == content


def test_the_products_pages_are_compressed_and_its_recordings_are_not(browser: TestClient, clinic: Any) -> None:
    page, _ = sent(browser, f"/encounters/{clinic.encounter_id}", **{"accept-encoding": "gzip"})
    assert page.headers["content-encoding"] == "gzip"
    sign_in, _ = sent(browser, "/sign-in", **{"accept-encoding": "gzip"})
    assert "content-encoding" not in sign_in.headers
