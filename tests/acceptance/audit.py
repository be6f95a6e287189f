"""What is asked of every page: nothing that axe-core objects to, large targets, nothing wider than the screen.

:func:`problems_of` asks all of it of a page in the state it is in, on every screen and in both themes.
"""

import json
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

from playwright.sync_api import Page

from tests.acceptance.browser import DESKTOP, PHONE

NARROW = {"width": 320, "height": 800}
"""What 1280 pixels are at 400 % zoom (WCAG 1.4.10)."""

LEAST_TARGET = 24
"""CSS pixels, each way (WCAG 2.2, 2.5.8); links within a line of text are exempt there."""

_TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]

_TARGETS = """
(least) => [...document.querySelectorAll(
  'a[href], button, input:not([type=hidden]), select, textarea, summary, [role=tab], [role=button], [role=option]'
)].filter((one) => {
  if (!one.checkVisibility({ visibilityProperty: true, opacityProperty: true })) return false;
  if (one.closest('.sr, .skip, [aria-hidden=true]') || one.matches(':disabled')) return false;
  const inText = one.matches('a') && getComputedStyle(one).display === 'inline'
    && one.parentElement.textContent.trim() !== one.textContent.trim();
  if (inText) return false;
  const boxes = [one, ...(one.matches('input') ? one.labels : [])].map((each) => each.getBoundingClientRect());
  const before = getComputedStyle(one, '::after');
  const spread = before.position === 'absolute' && before.content !== 'none';
  return !spread && !boxes.some((box) => box.width >= least - 0.5 && box.height >= least - 0.5) && boxes[0].width > 0;
}).map((one) => {
  const box = one.getBoundingClientRect();
  return `${one.outerHTML.slice(0, 120)} is ${Math.round(box.width)}×${Math.round(box.height)}`;
})
"""


@dataclass(frozen=True)
class Finding:
    """A rule of axe-core that a page breaks, and where."""

    rule: str
    impact: str
    help: str
    where: tuple[str, ...]

    def __str__(self) -> str:
        return f"[{self.impact}] {self.rule}: {self.help} – " + " | ".join(self.where)


@cache
def _axe() -> str:
    return (files("axe_playwright_python") / "axe.min.js").read_text(encoding="utf-8")


def axe(page: Page, rules: tuple[str, ...] = ()) -> list[Finding]:
    """What axe-core finds on the page as it is now; all rules but experimental ones, or just ``rules``."""
    if not page.evaluate("() => 'axe' in window"):
        page.evaluate(_axe())
    only = {"type": "rule", "values": list(rules)} if rules else {"type": "tag", "values": _TAGS}
    found = page.evaluate(
        "(only) => axe.run(document, { runOnly: only, resultTypes: ['violations'] })"
        ".then((report) => JSON.stringify(report.violations))",
        only,
    )
    return [
        Finding(
            rule=one["id"],
            impact=one["impact"],
            help=one["help"],
            where=tuple(node["html"][:160] for node in one["nodes"][:4]),
        )
        for one in json.loads(found)
    ]


def small_targets(page: Page) -> list[str]:
    """What can be pressed and is smaller than :data:`LEAST_TARGET` in either direction."""
    return [str(one) for one in page.evaluate(_TARGETS, LEAST_TARGET)]


def too_wide(page: Page) -> list[str]:
    """By how many CSS pixels the page is wider than the screen, if it is."""
    over = int(page.evaluate("() => document.documentElement.scrollWidth - document.documentElement.clientWidth"))
    return [f"{over} pixels wider than the screen"] if over > 0 else []


def problems_of(page: Page) -> list[str]:
    """All that is wrong with the page as it stands: at a desk, on a phone, at 400 %, light and dark.

    It is left as it was found: its size, and light.
    """
    before = page.viewport_size
    found: dict[str, list[str]] = {}
    for device, size in {"desktop": DESKTOP, "phone": PHONE}.items():
        page.set_viewport_size(size)
        found |= {
            f"{device}": [str(one) for one in axe(page)],
            f"{device} targets": small_targets(page),
            f"{device} overflow": too_wide(page),
        }
    page.emulate_media(color_scheme="dark")
    found |= {"phone dark": [str(one) for one in axe(page, ("color-contrast",))]}
    page.emulate_media(color_scheme="light")
    page.set_viewport_size(NARROW)
    found |= {"narrow overflow": too_wide(page)}
    if before is not None:
        page.set_viewport_size(before)
    return [f"{where}: {line}" for where, lines in found.items() for line in lines]
