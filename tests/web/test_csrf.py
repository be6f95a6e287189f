"""Form tokens that never look the same twice."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from starlette.testclient import TestClient

from scribe.web.csrf import masked, unmasked
from tests.web.deliveries.test_deliveries import form


@given(st.binary(min_size=1, max_size=64))
def test_the_secret_is_under_the_pad(secret: bytes) -> None:
    one, other = masked(secret), masked(secret)
    assert unmasked(one) == unmasked(other) == secret
    assert len(one) == 4 * len(secret)


def test_no_two_are_alike_and_none_holds_the_secret() -> None:
    secret = bytes(range(32))
    tokens = {masked(secret) for _ in range(50)}
    assert len(tokens) == 50
    assert not any(secret.hex() in token for token in tokens)


@pytest.mark.parametrize("token", ["", "zz", "abc", "abcdef", "한글", " "])
def test_what_is_not_ours_is_nothing(token: str) -> None:
    assert unmasked(token) == b""


def test_each_page_carries_another_token_and_all_of_them_hold(browser: TestClient) -> None:
    tokens = [form(browser.get("/keys").text) for _ in range(3)]
    assert len(set(tokens)) == 3
    for token in tokens:
        assert browser.post("/appearance", data={"csrf": token, "theme": "dark"}).status_code == 303
    changed = tokens[0][:-1] + ("0" if tokens[0][-1] != "0" else "1")
    assert browser.post("/appearance", data={"csrf": changed, "theme": "dark"}).status_code == 403
