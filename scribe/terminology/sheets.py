"""Master files as rows of text: CSV and TSV in UTF-8 or CP949, and the first sheet of an XLSX workbook."""

import csv
import io
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from scribe.domain.files import read_file
from scribe.terminology.errors import TerminologyFileError
from scribe.terminology.workbook import is_workbook, read_workbook

DELIMITERS = "\t,;|"
_HEADER_LINES = 20  # a title or a date may stand above the headings
_MOST_BYTES = 200_000_000


@dataclass(frozen=True, slots=True)
class Sheet:
    """A table with its headings; each row keeps its number in the file (the first line is 1)."""

    headings: tuple[str, ...]
    rows: tuple[tuple[int, tuple[str, ...]], ...]


def read_sheet(path: Path, *, encoding: str | None = None, delimiter: str | None = None) -> Sheet:
    """The table of a file; text is NFC and without spaces around it, rows without text are left out.

    The encoding is UTF-8 (with or without a byte order mark), UTF-16 with a mark, or CP949; the delimiter is the one
    of tab, comma, semicolon and bar that cuts the first lines into most columns.  The headings are the first row with
    at least two filled cells.  Raises :class:`TerminologyFileError`.
    """
    data = read_file(path)
    if not data.strip():
        raise TerminologyFileError(file=path, problem="it is empty")
    if len(data) > _MOST_BYTES:
        raise TerminologyFileError(file=path, problem="it is larger than 200 MB: export only the rows in use")
    if is_workbook(data):
        lines = list(read_workbook(data, path))
    else:
        lines = list(_csv_lines(_text(data, path, encoding), delimiter, path))
    lines = [(number, cells) for number, cells in lines if any(cells)]
    for position, (_, cells) in enumerate(lines[:_HEADER_LINES]):
        if sum(map(bool, cells)) > 1:
            return Sheet(cells, tuple(lines[position + 1 :]))
    raise TerminologyFileError(
        file=path, problem="no headings were found: the first row must name the columns, cut by tabs or commas"
    )


def _text(data: bytes, path: Path, encoding: str | None) -> str:
    if encoding is not None:
        try:
            return data.decode(encoding)
        except LookupError:
            raise TerminologyFileError(file=path, problem=f"the encoding {encoding} is unknown") from None
        except UnicodeDecodeError as error:
            raise TerminologyFileError(file=path, problem=_undecodable(data, error, encoding)) from None
    for guess in ("utf-16",) if data[:2] in (b"\xff\xfe", b"\xfe\xff") else ("utf-8-sig", "cp949"):
        try:
            return data.decode(guess)
        except UnicodeDecodeError as error:
            problem = _undecodable(data, error, guess)
    raise TerminologyFileError(file=path, problem=f"{problem}: save it as CSV in UTF-8")


def _undecodable(data: bytes, error: UnicodeDecodeError, encoding: str) -> str:
    line = data.count(b"\n", 0, error.start) + 1
    return f"line {line} is not text in {encoding.upper().removesuffix('-SIG')}"


def _csv_lines(text: str, delimiter: str | None, path: Path) -> Iterator[tuple[int, tuple[str, ...]]]:
    if "\0" in text:
        raise TerminologyFileError(file=path, problem="it is not a text file: save the sheet as CSV")
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter or _delimiter(text), strict=True)
    while True:
        number = reader.line_num + 1
        try:
            cells = next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            raise TerminologyFileError(file=path, problem=f"row {number} is no row of a table ({error})") from None
        yield number, tuple(clean(cell) for cell in cells)


def _delimiter(text: str) -> str:
    lines = [line for line in text.splitlines()[:_HEADER_LINES] if line.strip()]

    def columns(delimiter: str) -> int:
        counts = sorted(line.count(delimiter) for line in lines)
        return counts[len(counts) // 2]

    return max(DELIMITERS, key=columns)


def clean(cell: str) -> str:
    """A cell's text in NFC, on one line, with single spaces."""
    return " ".join(unicodedata.normalize("NFC", cell).split())
