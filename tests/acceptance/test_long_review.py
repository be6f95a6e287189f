"""A consultation of 1,000 utterances in a real browser: it scrolls, and shows what a statement rests on, at once."""

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


def test_the_transcript_scrolls_without_stutter(browsed: BrowserFigures) -> None:
    assert browsed.frames > 100, "the whole transcript was scrolled through"
    assert browsed.slow_frames < browsed.frames / 10, browsed


def test_a_statement_lights_up_its_words_at_once(browsed: BrowserFigures) -> None:
    assert browsed.statements > 10
    assert browsed.lit_p50_ms < 100, browsed
