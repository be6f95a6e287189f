"""Browsers by the names people know."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scribe.web.browser_name import browser_name

_WEBKIT = "AppleWebKit/537.36 (KHTML, like Gecko)"


@pytest.mark.parametrize(
    ("user_agent", "name"),
    [
        (f"Mozilla/5.0 (Windows NT 10.0; Win64; x64) {_WEBKIT} Chrome/142.0.0.0 Safari/537.36", "Chrome · Windows"),
        (
            f"Mozilla/5.0 (Windows NT 10.0; Win64; x64) {_WEBKIT} Chrome/142.0.0.0 Safari/537.36 Edg/142.0.0.0",
            "Edge · Windows",
        ),
        (
            f"Mozilla/5.0 (Windows NT 10.0; Win64; x64) {_WEBKIT} Chrome/138.0.0.0 Whale/4.33.325.12 Safari/537.36",
            "네이버 웨일 · Windows",
        ),
        (
            f"Mozilla/5.0 (Linux; Android 14; SAMSUNG SM-S921N) {_WEBKIT} SamsungBrowser/28.0 Chrome/130.0.0.0"
            " Mobile Safari/537.36",
            "삼성 인터넷 · Android",
        ),
        (
            "Mozilla/5.0 (iPhone; CPU iPhone OS 18_6 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko)"
            " Version/18.6 Mobile/15E148 Safari/604.1",
            "Safari · iPhone",
        ),
        ("Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0", "Firefox · Linux"),
        ("Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) Something/1.0", "Mac"),
        ("Mozilla/5.0", ""),
        ("curl/8.5.0", ""),
        ("", ""),
    ],
)
def test_a_browser_is_called_as_people_call_it(user_agent: str, name: str) -> None:
    assert browser_name(user_agent) == name


@given(st.text())
def test_nothing_of_what_a_browser_states_is_kept_but_names_of_ours(text: str) -> None:
    assert len(browser_name(f"Mozilla/5.0 {text}")) <= 40
    marked = browser_name(f"Mozilla/5.0 (Windows NT; <script>{text}) Chrome/1 홍길동")
    assert not set(marked) & set("<>")
    assert "홍길동" not in marked
