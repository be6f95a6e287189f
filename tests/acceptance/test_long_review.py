"""A consultation of 1,000 utterances in a real browser: it scrolls, and statements show what they rest on."""

import pytest

from evaluation.browsing import BrowserFigures, browse
from tests.acceptance.browser import CHROMIUM

pytestmark = pytest.mark.skipif(
    not CHROMIUM.exists(), reason=f"{CHROMIUM} is missing: apt-get install chromium fonts-noto-cjk"
)


@pytest.fixture(scope="module")
def browsed(tmp_path_factory: pytest.TempPathFactory) -> BrowserFigures:
    (figures,) = browse(CHROMIUM, tmp_path_factory.mktemp("pages"), sizes=(1000,), visits=1)
    return figures


def test_a_long_transcript_is_scrolled_and_stepped_through_to_its_end(browsed: BrowserFigures) -> None:
    """What it takes is a figure of ``scribe eval pages --chromium``: a busy machine must not fail a test."""
    assert browsed.frames > 100, "the whole transcript was scrolled through"
    assert browsed.statements > 10, "statements lit up what they rest on"
