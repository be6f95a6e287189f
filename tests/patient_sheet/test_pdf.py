"""The sheet on paper: one file that can be read aloud, made without the network."""

import re
import shutil
import subprocess
import time
import zlib
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace

import pytest

from scribe.patient_sheet import pdf as module
from scribe.patient_sheet.errors import PdfTimeoutError, PdfUnavailableError
from scribe.patient_sheet.markup import Address, Approved, Around, Markings
from scribe.patient_sheet.pdf import Printer
from tests.patient_sheet.test_make import made, note

STATIC = Path(__file__).parents[2] / "scribe" / "web" / "static"
MARKINGS = Markings(STATIC)
NOW = datetime(2026, 11, 16, 3, tzinfo=UTC)
APPROVED = Approved("이서연", NOW)

needs_poppler = pytest.mark.skipif(
    shutil.which("pdftotext") is None, reason="pdftotext is missing: apt-get install poppler-utils"
)


@pytest.fixture(scope="module")
def printed(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Path]:
    """Prints a page, once each."""
    folder = tmp_path_factory.mktemp("pdf")
    printer = Printer(STATIC, seconds=120)

    def make(name: str) -> Path:
        file = folder / f"{name}.pdf"
        if not file.exists():
            file.write_bytes(printer.pdf(_PAGES[name]))
        return file

    return make


_ADDRESS = Address("https://patients.example.kr/p/abcdefghijklmnopqrstuvwxyz012345", "482913")
_PAGES = {
    "approved": MARKINGS.page(
        made(), Around(approved=APPROVED, address=_ADDRESS, expires=NOW + timedelta(days=7))
    ),
    "unapproved": MARKINGS.page(made(language="en"), Around()),
}  # fmt: skip


def text_of(file: Path) -> str:
    told = subprocess.run(["pdftotext", "-raw", file, "-"], capture_output=True, text=True, check=True).stdout
    return re.sub(r"\s+", " ", told)


def inflated(file: Path) -> bytes:
    """Every stream of the file that is compressed as PDF objects are, unpacked."""
    packed = re.findall(rb"/ObjStm.*?stream\r?\n(.*?)\r?\nendstream", file.read_bytes(), re.DOTALL)
    return b"\n".join(map(zlib.decompress, packed))


def facts_of(file: Path) -> str:
    return subprocess.run(["pdfinfo", file], capture_output=True, text=True, check=True).stdout


@needs_poppler
def test_its_text_can_be_selected_and_searched(printed: Callable[[str], Path]) -> None:
    text = text_of(printed("approved"))
    for said in (
        "진료 안내문", "정순자님", "오늘 진단은 고혈압(혈압이 높은 병)이에요.", "아세트아미노펜", "식후 30분", "3일",
        "이럴 때는 바로 병원에 오세요", "119", "2026년 12월 16일(수)쯤", "02-123-4567", "이서연 의사가 확인하고",
        "확인 번호: 482913", "안내문 승인: 이서연",
    ):  # fmt: skip
        assert said in text


@needs_poppler
def test_it_is_tagged_a4_and_names_no_patient_in_its_facts(printed: Callable[[str], Path]) -> None:
    facts = facts_of(printed("approved"))
    assert re.search(r"Tagged:\s+yes", facts)
    assert re.search(r"Page size:.*A4", facts)
    assert re.search(r"Title:\s+진료 안내문 · 하나내과의원", facts)
    assert "정순자" not in facts
    assert b"/Lang (ko)" in inflated(printed("approved"))
    assert b"/Lang (en)" in inflated(printed("unapproved"))


@needs_poppler
def test_what_is_not_approved_says_so_on_every_page(printed: Callable[[str], Path]) -> None:
    file = printed("unapproved")
    pages = int(re.findall(r"Pages:\s+(\d+)", facts_of(file))[0])
    assert text_of(file).count("DRAFT") == pages
    assert "do not hand it out" in text_of(file)
    assert "미승인" not in text_of(printed("approved"))


@pytest.mark.parametrize(
    "foreign",
    [
        '<img src="http://127.0.0.1:9/tracker.png">',
        '<img src="file:///etc/hostname">',
        '<img src="/static/../templates/base.html">',
        '<link rel="stylesheet" href="https://example.com/x.css">',
    ],
)
def test_nothing_is_fetched_but_files_of_the_service(foreign: str) -> None:
    with pytest.raises(BaseException, match="only files of the service are fetched"):
        Printer(STATIC, seconds=120).pdf(_PAGES["approved"].replace("</main>", f"{foreign}</main>"))


def test_a_page_that_takes_too_long_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    class Slow:
        def __init__(self, **_: object) -> None:
            time.sleep(0.5)

        def write_pdf(self, **_: object) -> bytes:
            return b""

    urls = SimpleNamespace(FatalURLFetchingError=KeyboardInterrupt)
    monkeypatch.setattr(module, "_weasyprint", lambda: SimpleNamespace(HTML=Slow, urls=urls))
    with pytest.raises(PdfTimeoutError, match="print the page itself"):
        Printer(STATIC, seconds=0.05).pdf("<p>")


def test_without_pango_the_error_names_the_packages(monkeypatch: pytest.MonkeyPatch) -> None:
    def missing(name: str) -> object:
        raise OSError("cannot load library 'libpangoft2-1.0-0'")

    module._weasyprint.cache_clear()
    monkeypatch.setattr(module, "import_module", missing)
    with pytest.raises(PdfUnavailableError, match=r"libpangoft2-1\.0-0 and fonts-noto-cjk"):
        Printer(STATIC).pdf("<p>")
    module._weasyprint.cache_clear()


def test_without_a_korean_font_the_error_names_the_package(monkeypatch: pytest.MonkeyPatch) -> None:
    module._require_korean_font.cache_clear()
    monkeypatch.setattr(module, "korean_fonts", lambda: ())
    with pytest.raises(PdfUnavailableError, match=r"no Korean font.*fonts-noto-cjk"):
        Printer(STATIC).pdf("<p>")
    module._require_korean_font.cache_clear()


def test_the_page_is_marked_up_for_reading_aloud() -> None:
    page = MARKINGS.page(made(), Around(approved=APPROVED, is_page=True))
    assert '<html lang="ko">' in page
    assert page.count("<h1>") == 1
    assert page.count('scope="col"') == 7
    assert page.count('scope="row"') == 1
    for svg in re.findall(r"<svg [^>]*>", page):
        assert 'aria-hidden="true"' in svg
    assert "<script" not in page
    assert "style=" not in page


def test_korean_words_in_english_are_spoken_in_korean() -> None:
    page = MARKINGS.page(made(language="en"), Around(approved=APPROVED))
    assert '<span lang="ko">숨이 차면 바로 오세요.</span>' in page
    assert "as the physician wrote it, in Korean" in page


def test_words_of_the_record_are_never_markup() -> None:
    sheet = replace(made(), patient="<b>정순자</b>", hospital='"><script>')
    page = MARKINGS.page(sheet, Around())
    assert "<b>정순자" not in page
    assert "<script>" not in page


def test_a_corrected_sheet_says_so_and_an_outdated_one_sends_to_the_hospital() -> None:
    second = made(note(version=2))
    assert "고친 안내문입니다" in MARKINGS.page(second, Around(approved=APPROVED))
    outdated = MARKINGS.page(second, Around(approved=APPROVED, outdated=True))
    assert "병원에 먼저 물어보세요" in outdated
    assert "고친 안내문입니다" not in outdated


@needs_poppler
@pytest.mark.parametrize("name", ["approved", "unapproved"])
def test_its_letters_travel_with_it(printed: Callable[[str], Path], name: str) -> None:
    """Embedded, and each with the way back to its characters: any reader shows, finds and speaks them."""
    told = subprocess.run(["pdffonts", printed(name)], capture_output=True, text=True, check=True).stdout
    columns, _, *fonts = told.splitlines()
    places = {column: columns.index(column) for column in ("emb", "sub", "uni")}
    assert fonts
    for font in fonts:
        assert {column: font[place:].split()[0] for column, place in places.items()} == dict.fromkeys(places, "yes")
