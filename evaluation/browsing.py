"""The review page in a browser: how soon it can be worked on, how smoothly it scrolls, how fast it lights up.

Chromium and the service share this machine; every request takes :data:`LATENCY_MS` longer, as over a hospital's
network.  Frames are counted as the page itself sees them, from one call for an animation frame to the next.
"""

import socket
import statistics
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import uvicorn
from fastapi import FastAPI
from playwright.sync_api import Browser, BrowserContext, Page, ViewportSize, sync_playwright

from evaluation.pages import SIZES, furnished
from scribe.web.access import SESSION_COOKIE

LATENCY_MS = 20
SLOW_FRAME_MS = 50
"""A frame that takes longer is seen to stutter."""

_ARGUMENTS = ("--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking")
_SIZE: ViewportSize = {"width": 1440, "height": 900}
_NOTE_USABLE = """
new MutationObserver((_, observer) => {
  const review = document.getElementById("review");
  if (!review || review.inert) return;
  window.usableAt = performance.now();
  observer.disconnect();
}).observe(document, { subtree: true, childList: true, attributes: true, attributeFilter: ["inert"] });
"""
_SCROLL = """
async () => {
  const pane = document.getElementById("transcript");
  const frame = () => new Promise(requestAnimationFrame);
  const took = [];
  let last = await frame();
  for (const by of [240, -960]) {
    for (let top = -1; top !== pane.scrollTop; ) {
      top = pane.scrollTop;
      pane.scrollTop += by;
      const now = await frame();
      took.push(now - last);
      last = now;
    }
  }
  return took;
}
"""
_STEP = """
async () => {
  const frame = () => new Promise(requestAnimationFrame);
  const took = [];
  for (const text of document.querySelectorAll("#note .statement .text")) {
    const began = performance.now();
    text.focus();
    await frame();
    while (!document.querySelector("#transcript .source")) {
      if (performance.now() - began > 2000) throw new Error("nothing was lit");
      await frame();
    }
    await frame();
    took.push(performance.now() - began);
    text.blur();
  }
  return took;
}
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class BrowserFigures:
    """The review page of a consultation of ``utterances`` in a browser.

    ``usable_ms`` is the median from asking for it, with nothing kept of an earlier visit, until it takes input.
    ``frames`` are those of scrolling through the whole transcript and back, ``slow_frames`` those over
    :data:`SLOW_FRAME_MS`.  ``lit_p50_ms`` is from the focus on a statement until its words in the transcript are
    painted.
    """

    utterances: int
    visits: int
    usable_ms: float
    frames: int
    slow_frames: int
    longest_frame_ms: float
    statements: int
    lit_p50_ms: float
    lit_longest_ms: float


def browse(chromium: Path, folder: Path, sizes: Sequence[int] = SIZES, visits: int = 5) -> tuple[BrowserFigures, ...]:
    """The figures for each size in that Chromium, over a store made in ``folder``."""
    with furnished(folder) as desk, served(desk.app) as address, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=str(chromium), args=list(_ARGUMENTS))
        try:
            token = desk.session.token
            return tuple(_browsed(browser, address, desk.put(size), token, size, visits) for size in sizes)
        finally:
            browser.close()


def _browsed(browser: Browser, address: str, path: str, token: str, size: int, visits: int) -> BrowserFigures:
    usable, scrolled, lit = [], [0.0], [0.0]
    for visit in range(visits):
        with _visitor(browser, address, token) as context:
            page = _opened(context, address + path)
            usable.append(float(page.evaluate("() => window.usableAt")))
            if visit == visits - 1:
                scrolled, lit = page.evaluate(_SCROLL), page.evaluate(_STEP)
    return BrowserFigures(
        utterances=size,
        visits=visits,
        usable_ms=round(statistics.median(usable), 1),
        frames=len(scrolled),
        slow_frames=sum(took > SLOW_FRAME_MS for took in scrolled),
        longest_frame_ms=round(max(scrolled), 1),
        statements=len(lit),
        lit_p50_ms=round(statistics.median(lit), 1),
        lit_longest_ms=round(max(lit), 1),
    )


@contextmanager
def _visitor(browser: Browser, address: str, token: str) -> Iterator[BrowserContext]:
    """A browser that keeps nothing of an earlier visit."""
    context = browser.new_context(viewport=_SIZE, locale="ko-KR", reduced_motion="reduce")
    context.add_cookies([{"name": SESSION_COOKIE, "value": token, "url": address}])
    context.add_init_script(_NOTE_USABLE)
    try:
        yield context
    finally:
        context.close()


def _opened(context: BrowserContext, address: str) -> Page:
    page = context.new_page()
    network = context.new_cdp_session(page)
    network.send("Network.enable")
    network.send(
        "Network.emulateNetworkConditions",
        {"offline": False, "latency": LATENCY_MS, "downloadThroughput": -1, "uploadThroughput": -1},
    )
    page.goto(address)
    page.locator("#review:not([inert])").wait_for()
    return page


@contextmanager
def served(app: FastAPI) -> Iterator[str]:
    """``app`` on a free port of this machine, by its address; it is closed at the end."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        server = uvicorn.Server(uvicorn.Config(app, access_log=False, log_level="critical"))
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]}, daemon=True)
        thread.start()
        try:
            while not server.started:
                if not thread.is_alive():
                    raise RuntimeError("the server ended before it took requests")
                time.sleep(0.02)
            yield f"http://127.0.0.1:{listener.getsockname()[1]}"
        finally:
            server.force_exit = server.should_exit = True
            thread.join(timeout=20)
