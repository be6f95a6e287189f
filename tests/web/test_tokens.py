"""The colour tokens of app.css and dark.css: every pair that stands on a screen can be read, in both themes.

WCAG 2.2, 1.4.3 (text 4.5:1) and 1.4.11 (what is not text 3:1).
"""

import re

import pytest

from scribe.web.pages import HERE

STATIC = HERE / "static"
TEXT, SHAPE = 4.5, 3.0
TEXTS = ("ink", "dim", "accent", "red", "amber", "green", "info", "stale")
SPEAKERS, MARKS = ("doctor", "patient", "guardian", "nurse"), ("supported", "partial", "none", "edited")
GROUNDS = ("ground", "surface", "surface-2", "hover", "select", "playing")
SOFT = ("accent", "red", "amber", "green", "info", "neutral", "stale", "insert", "delete")
ON_TEXT = [
    *((text, ground) for text in TEXTS for ground in GROUNDS),
    *((name, f"{name}-soft") for name in SOFT),
    *(("ink", f"{name}-soft") for name in SOFT),
    *((name, "surface") for name in (*MARKS, *SPEAKERS)),
    *((name, ground) for name in MARKS for ground in ("hover", "select")),
    *(("on-speaker", name) for name in (*SPEAKERS, "unknown")),
    *(("top-ink", "top"), ("top-dim", "top"), ("top-ink", "top-hover"), ("top-dim", "top-hover")),
    *(("on-accent", "accent"), ("on-accent", "accent-strong"), ("on-red", "red"), ("on-red", "red-strong")),
    ("accent-strong", "accent-soft"), ("accent-strong", "surface"), ("accent-strong", "surface-2"),
    ("accent-strong", "hover"), ("ink", "mark"), ("red-strong", "surface"), ("disabled-ink", "disabled"),
]  # fmt: skip
NOT_TEXT = [
    *((name, ground) for name in ("line-strong", "focus", "mark-line", "low") for ground in GROUNDS),
    *((f"series-{number}", ground) for number in range(1, 7) for ground in ("surface", "ground")),
    *(("top-focus", ground) for ground in ("top", "top-hover")),
    ("accent", "accent-soft"), ("red", "surface"), ("focus", "accent-soft"), ("mark-line", "mark"),
]  # fmt: skip


def tokens(*sheets: str) -> dict[str, str]:
    """The colours that ``:root`` has after ``sheets``, the later ones over the earlier ones."""
    found: dict[str, str] = {}
    for sheet in sheets:
        root = re.search(r":root \{(.*?)\n\}", (STATIC / sheet).read_text(encoding="utf-8"), re.DOTALL)
        assert root is not None
        found |= dict(re.findall(r"--([\w-]+): (#\w+);", root[1]))
    return found


LIGHT, DARK = tokens("app.css"), tokens("app.css", "dark.css")


def luminance(colour: str) -> float:
    digits = colour[1:] if len(colour) == 7 else "".join(2 * digit for digit in colour[1:])
    parts = [int(digits[place : place + 2], 16) / 255 for place in (0, 2, 4)]
    red, green, blue = (part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    lighter, darker = sorted((luminance(one), luminance(other)), reverse=True)
    return (lighter + 0.05) / (darker + 0.05)


def test_the_measure_is_that_of_the_standard() -> None:
    assert contrast("#000", "#fff") == pytest.approx(21)
    assert contrast("#777777", "#ffffff") == pytest.approx(4.48, abs=0.005)


@pytest.mark.parametrize("theme", [LIGHT, DARK], ids=["light", "dark"])
@pytest.mark.parametrize(("pairs", "least"), [(ON_TEXT, TEXT), (NOT_TEXT, SHAPE)], ids=["text", "shapes"])
def test_every_pair_can_be_told_apart(theme: dict[str, str], pairs: list[tuple[str, str]], least: float) -> None:
    measured = {pair: contrast(theme[pair[0]], theme[pair[1]]) for pair in pairs}
    assert {pair: round(value, 2) for pair, value in measured.items() if value < least} == {}


def test_the_dark_sheet_gives_every_colour_of_the_light_one_anew() -> None:
    assert set(tokens("dark.css")) == set(LIGHT)


OWN_COLOURS = {"app.css", "dark.css", "patient.css"}
"""The tokens; and the patient's page, which has its own."""


@pytest.mark.parametrize("sheet", sorted({path.name for path in STATIC.glob("*.css")} - OWN_COLOURS))
def test_sheets_draw_their_colours_from_the_tokens(sheet: str) -> None:
    text = re.sub(r"/\*.*?\*/", "", (STATIC / sheet).read_text(encoding="utf-8"), flags=re.DOTALL)
    screen = re.sub(r"@media print.*", "", text, flags=re.DOTALL)
    assert re.findall(r"[^\n]*(?:#[0-9a-fA-F]{3,8}\b|\brgba?\(|\bhsla?\(|: (?:white|black)\b)[^\n]*", screen) == []


@pytest.mark.parametrize("sheet", sorted(path.name for path in STATIC.glob("*.css")))
def test_every_token_that_is_used_exists(sheet: str) -> None:
    text = (STATIC / sheet).read_text(encoding="utf-8")
    defined = set(re.findall(r"--([\w-]+):", (STATIC / "app.css").read_text(encoding="utf-8") + text))
    assert set(re.findall(r"var\(--([\w-]+)\)", text)) - defined == set()
