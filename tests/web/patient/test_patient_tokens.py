"""The colours of the patient's sheet: every text at 7:1 (WCAG 2.2, 1.4.6), every shape at 3:1, in light and dark."""

import re

import pytest

from scribe.web.pages import HERE
from tests.web.test_tokens import contrast

CSS = (HERE / "static" / "patient.css").read_text(encoding="utf-8")
TEXT = [
    *(("ink", ground) for ground in ("surface", "ground", "tint", "red-soft", "amber-soft")),
    *(("dim", ground) for ground in ("surface", "tint")),
    *(("accent", ground) for ground in ("surface", "ground", "tint")),
    *(("red", ground) for ground in ("surface", "red-soft")),
    ("surface", "accent"),
]
SHAPE = [("line", "surface"), ("focus", "surface"), ("red", "red-soft"), ("accent", "tint")]


def tokens(selector: str) -> dict[str, str]:
    block = re.search(rf"{re.escape(selector)} \{{(.*?)\}}", CSS, re.DOTALL)
    assert block is not None
    return dict(re.findall(r"--([\w-]+): (#\w+);", block[1]))


LIGHT = tokens(":root")
THEMES = {"light": LIGHT, "dark": LIGHT | tokens(":root:not(.paper)")}


@pytest.mark.parametrize("theme", THEMES)
def test_every_text_can_be_read_by_weak_eyes(theme: str) -> None:
    colours = THEMES[theme]
    low = {pair: round(contrast(*(colours[name] for name in pair)), 2) for pair in TEXT}
    assert {pair: value for pair, value in low.items() if value < 7} == {}


@pytest.mark.parametrize("theme", THEMES)
def test_every_shape_can_be_told_from_its_ground(theme: str) -> None:
    colours = THEMES[theme]
    low = {pair: round(contrast(*(colours[name] for name in pair)), 2) for pair in SHAPE}
    assert {pair: value for pair, value in low.items() if value < 3} == {}


def test_no_colour_is_drawn_but_from_the_tokens() -> None:
    rules = re.sub(r":root[^{]*\{.*?\}", "", CSS, flags=re.DOTALL)
    assert re.findall(r"#[0-9a-f]{3,8}\b", rules) == []


def test_no_text_is_set_smaller_than_eighteen_pixels() -> None:
    sizes = [float(size) for size in re.findall(r"font-size: ([\d.]+)rem", CSS)]
    assert min(sizes) * 16 * 1.1875 >= 18
    assert "font: 400 118.75%/1.7" in CSS
    assert float(re.findall(r"font-size: ([\d.]+)pt", CSS)[0]) * 96 / 72 >= 18
