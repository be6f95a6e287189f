"""The report's page: what it holds, that it needs nothing from outside, and how it behaves in a real browser."""

import hashlib
import re
from base64 import b64encode
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect, sync_playwright

from evaluation.cases import CaseResult, measure
from evaluation.gold import read_case
from evaluation.machine import Machine
from evaluation.mutations import Caught, MutationFigures, SourceFigures
from evaluation.page import cites, page, share, signed
from scribe.domain.entries import Evidence
from scribe.drafting.draft import draft
from tests.evaluation.consultations import COUGH, FEVER, result_of, said

CHROMIUM = Path("/usr/bin/chromium")
ARGUMENTS = (
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync",
)  # fmt: skip
MACHINE = Machine("test", "3.11", 2, 0.1, "a processor")
OWN = Path(__file__).resolve().parents[1] / "drafting" / "cases"
needs_browser = pytest.mark.skipif(
    not CHROMIUM.exists(), reason=f"{CHROMIUM} is missing: apt-get install chromium fonts-noto-cjk"
)


@pytest.fixture(scope="module")
def drafted() -> CaseResult:
    """The first of our own dialogues, drafted for real."""
    path = min(OWN.glob("*.json"))
    case = read_case(path.read_bytes(), path.name)
    return measure(case, lambda transcript, encounter, observer: draft(transcript, encounter, observer=observer))


@pytest.fixture(scope="module")
def written(drafted: CaseResult) -> str:
    return page([drafted, result_of([COUGH, FEVER], name="second")], MACHINE, [])


class _Tags(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))


def _tags(html: str) -> list[tuple[str, dict[str, str | None]]]:
    parser = _Tags()
    parser.feed(html)
    return parser.tags


def test_the_page_is_korean_and_needs_nothing_from_outside(written: str) -> None:
    tags = _tags(written)
    assert ("html", {"lang": "ko"}) in tags
    outside = [attrs for _, attrs in tags if attrs.get("src") or (attrs.get("href") or "#")[0] != "#"]
    assert outside == []
    assert not any(tag in ("link", "img", "iframe", "object") for tag, _ in tags)
    assert "@import" not in written
    assert "url(" not in written


def test_its_policy_allows_its_own_script_and_style_alone(written: str) -> None:
    policy = next(a["content"] for tag, a in _tags(written) if tag == "meta" and "http-equiv" in a) or ""
    assert policy.startswith("default-src 'none'")
    for tag, source in (("style", "style-src"), ("script", "script-src")):
        text = re.search(rf"<{tag}>(.*?)</{tag}>", written, re.S)
        assert text is not None
        digest = b64encode(hashlib.sha256(text[1].encode()).digest()).decode()
        assert f"{source} 'sha256-{digest}'" in policy
    assert not any("style" in attrs for _, attrs in _tags(written))
    assert not any(name.startswith("on") for _, attrs in _tags(written) for name in attrs)


def test_every_fact_of_gold_and_draft_has_its_row(drafted: CaseResult, written: str) -> None:
    rows = [attrs for tag, attrs in _tags(written) if tag == "li" and (attrs.get("class") or "").startswith("fact ")]
    matched = len(drafted.pairs)
    assert len(rows) == len(drafted.case.entries) + len(drafted.draft.entries) - matched + 2
    missed = [row for row in rows if row["class"] == "fact missed"]
    assert len(missed) == len(drafted.missed) + 2
    assert all(row["data-gold"] and not row["data-cites"] for row in missed)
    extra = [row for row in rows if row["class"] == "fact extra"]
    assert all(row["data-cites"] and not row["data-gold"] for row in extra)


def test_every_cited_span_is_made_of_whole_pieces_of_the_transcript(drafted: CaseResult, written: str) -> None:
    pieces = {(attrs["data-from"], attrs["data-to"]) for _, attrs in _tags(written) if "data-from" in attrs}
    starts, ends = {int(start or 0) for start, _ in pieces}, {int(end or 0) for _, end in pieces}
    for entry in drafted.draft.entries:
        for item in entry.evidence:
            assert item.start in starts
            assert item.end in ends


def test_figures_of_the_verifier_are_shown_where_there_are_some(drafted: CaseResult) -> None:
    classes = (Caught(kind="dose", made=4, caught=3), Caught(kind="side", made=0, caught=0))
    source = SourceFigures(source="gold", judged=20, false_alarms=1, alarms=("x",), classes=classes)
    shown = page([drafted], MACHINE, [], mutations=MutationFigures(sources=(source,), seconds_per_note=0.2))
    assert "75.0" in shown
    assert "1/20" in shown
    assert "side" not in re.findall(r'<th scope="row">(\w+)</th>', shown)
    assert "일부러 틀린 문장" not in page([drafted], MACHINE, [])


def test_what_could_not_be_read_is_said(drafted: CaseResult) -> None:
    assert "x.json: the file is not JSON" in page([drafted], MACHINE, ["x.json: the file is not JSON"])
    assert 'role="alert"' not in page([drafted], MACHINE, [])


def test_a_run_without_cases_has_a_page() -> None:
    assert "증례 0건" in page([], MACHINE, ["x.json: no case"])


def test_shares_changes_and_evidence_are_written_briefly() -> None:
    assert (share(None), share(0.875)) == ("–", "87.5")
    assert (signed(None), signed(0.0), signed(0.0123), signed(-0.2)) == ("", "±0", "+1.2", "-20.0")
    assert cites([*said("u3"), Evidence(utterance="u5", start=4, end=9)]) == "u3:0-2 u5:4-9"


# -- in the browser ----------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=str(CHROMIUM), args=list(ARGUMENTS))
        yield browser
        browser.close()


def _opened(chromium: Browser, file: Path, width: int) -> tuple[Page, list[str]]:
    shown = chromium.new_context(viewport={"width": width, "height": 900}, locale="ko-KR").new_page()
    problems: list[str] = []
    shown.on("console", lambda message: problems.append(message.text))
    shown.on("pageerror", lambda error: problems.append(str(error)))
    shown.on("request", lambda request: problems.append(request.url) if request.url != file.as_uri() else None)
    shown.goto(file.as_uri())
    return shown, problems


@pytest.fixture
def file(tmp_path: Path, written: str) -> Path:
    path = tmp_path / "report.html"
    path.write_text(written, encoding="utf-8")
    return path


@needs_browser
def test_a_fact_shows_the_words_it_rests_on(chromium: Browser, file: Path, drafted: CaseResult) -> None:
    shown, problems = _opened(chromium, file, 1400)
    shown.get_by_role("link", name=drafted.case.id).click()
    case = shown.locator(f"[id='{drafted.case.id}']")
    expect(case.locator(".talk")).to_be_visible()
    entry = drafted.pairs[0].drafted
    fact = case.locator(f".fact[data-cites='{cites(entry.evidence)}']").first
    fact.hover()
    lit = case.locator(".talk .lit").all_inner_texts()
    words = {u.id: u.text for u in drafted.case.transcript.utterances}
    assert "".join(lit) == "".join(words[item.utterance][item.start : item.end] for item in entry.evidence)
    fact.focus()
    expect(case.locator(".talk .lit").first).to_be_in_viewport()
    turn = case.locator(f"[data-turn='{entry.evidence[0].utterance}']")
    turn.hover()
    assert "active" in (fact.get_attribute("class") or "")
    assert problems == []


@needs_browser
def test_tabs_and_the_filter_work_with_keys(chromium: Browser, file: Path, drafted: CaseResult) -> None:
    shown, problems = _opened(chromium, file, 1400)
    shown.goto(f"{file.as_uri()}#{drafted.case.id}")
    case = shown.locator(f"[id='{drafted.case.id}']")
    case.get_by_role("button", name="다른 것만").click()
    expect(case.locator(".fact.found:visible")).to_have_count(0)
    case.get_by_role("tab", name="사실").press("ArrowRight")
    expect(case.get_by_role("tab", name="진료기록")).to_be_focused()
    statement = drafted.draft.note.sections[0].statements[0]
    expect(case.get_by_text(statement.text).first).to_be_visible()
    expect(case.locator(".fact").first).to_be_hidden()
    assert problems == []


@needs_browser
@pytest.mark.parametrize("width", [320, 390, 820, 1400])
def test_nothing_is_wider_than_the_screen(chromium: Browser, file: Path, drafted: CaseResult, width: int) -> None:
    shown, problems = _opened(chromium, file, width)
    shown.goto(f"{file.as_uri()}#{drafted.case.id}")
    assert shown.evaluate("document.documentElement.scrollWidth") <= width
    assert problems == []


@needs_browser
def test_without_script_everything_is_still_there(chromium: Browser, file: Path, drafted: CaseResult) -> None:
    context = chromium.new_context(java_script_enabled=False)
    shown = context.new_page()
    shown.goto(file.as_uri())
    case = shown.locator(f"[id='{drafted.case.id}']")
    case.locator("> summary").click()
    for panel in case.locator(".tab").all():
        expect(panel).to_be_visible()
