"""The sheet on paper: a tagged PDF (PDF/UA-1) with text that can be selected and read aloud, made without the network.

WeasyPrint is imported on first use: it takes seconds and needs Pango, which the rest of the service does without.
"""

import logging
import subprocess
import threading
from dataclasses import dataclass, field
from functools import cache
from importlib import import_module
from pathlib import Path
from types import ModuleType

from scribe.patient_sheet.errors import PdfTimeoutError, PdfUnavailableError

_BASE = "http://sheet.invalid/"  # a name that exists nowhere (RFC 2606): addresses relative to it are our own files
_SECONDS = 30.0
_AT_ONCE = 2
_PANGO, _FONT = "libpangoft2-1.0-0", "fonts-noto-cjk"
_log = logging.getLogger("scribe.patient_sheet")


@dataclass(frozen=True, slots=True)
class Printer:
    """Makes PDFs in threads of their own, two at a time; only files under ``static`` are ever fetched."""

    static: Path
    seconds: float = _SECONDS
    _room: threading.BoundedSemaphore = field(default_factory=lambda: threading.BoundedSemaphore(_AT_ONCE))

    def pdf(self, html: str) -> bytes:
        """``html`` on A4.

        Raises :class:`PdfUnavailableError` where the machine lacks Pango or a Korean font, and
        :class:`PdfTimeoutError` where it takes too long; the thread then ends by itself.
        """
        weasyprint = _weasyprint()
        _require_korean_font()
        if not self._room.acquire(timeout=self.seconds):
            raise PdfTimeoutError(seconds=round(self.seconds))
        job = _Job(weasyprint, html, self.static, self._room)
        thread = threading.Thread(target=job.run, name="patient-sheet-pdf", daemon=True)
        thread.start()
        thread.join(self.seconds)
        if thread.is_alive():
            _log.warning("a PDF took longer than %g s", self.seconds)
            raise PdfTimeoutError(seconds=round(self.seconds))
        return job.result()


@dataclass(slots=True)
class _Job:
    weasyprint: ModuleType
    html: str
    static: Path
    room: threading.BoundedSemaphore
    done: bytes | None = None
    error: BaseException | None = None

    def run(self) -> None:
        try:
            fetcher = _OwnFiles(self.static, self.weasyprint.urls)
            document = self.weasyprint.HTML(string=self.html, base_url=_BASE, url_fetcher=fetcher)
            self.done = document.write_pdf(pdf_variant="pdf/ua-1")
        except (Exception, self.weasyprint.urls.FatalURLFetchingError) as error:  # handed to the thread that waits
            self.error = error
        finally:
            self.room.release()

    def result(self) -> bytes:
        if self.error is not None:
            raise self.error
        if self.done is None:
            raise PdfTimeoutError(seconds=0)
        return self.done


@dataclass(frozen=True, slots=True)
class _OwnFiles:
    """A fetcher of our own static files: whatever else a page names is refused, the network above all."""

    static: Path
    urls: ModuleType

    def __call__(self, url: str) -> object:
        root = self.static.resolve()
        file = (root / url.removeprefix(f"{_BASE}static/")).resolve()
        if not url.startswith(f"{_BASE}static/") or root not in file.parents or not file.is_file():
            raise self.urls.FatalURLFetchingError("only files of the service are fetched")
        return self.urls.URLFetcherResponse(url, body=file.read_bytes(), headers={"Content-Type": _TYPES[file.suffix]})


_TYPES = {".css": "text/css", ".svg": "image/svg+xml"}


@cache
def _weasyprint() -> ModuleType:
    try:
        weasyprint = import_module("weasyprint")
    except OSError:
        raise PdfUnavailableError(problem="Pango is missing", packages=f"{_PANGO} and {_FONT}") from None
    for name in ("weasyprint", "fontTools"):
        logging.getLogger(name).setLevel(logging.ERROR)
    return weasyprint


@cache
def _require_korean_font() -> None:
    if not korean_fonts():
        raise PdfUnavailableError(problem="it has no Korean font", packages=_FONT)


def korean_fonts() -> tuple[str, ...]:
    """The families that write Korean, as fontconfig (which comes with Pango) knows them."""
    try:
        listed = subprocess.run(
            ["fc-list", ":lang=ko", "family"], capture_output=True, text=True, timeout=20, check=True
        ).stdout
    except (OSError, subprocess.SubprocessError):
        return ()
    return tuple(sorted({line.split(",")[0].strip() for line in listed.splitlines() if line.strip()}))
