"""The first sheet of an XLSX workbook (ECMA-376), its cells as the text they show; formulas give their stored value."""

import re
import zipfile
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path
from xml.etree import ElementTree

from scribe.terminology.errors import TerminologyFileError

_MAIN = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"
_REL = "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}id"
_PACKAGE = "{http://schemas.openxmlformats.org/package/2006/relationships}Relationship"
_MOST_BYTES = 500_000_000


def is_workbook(data: bytes) -> bool:
    return data.startswith(b"PK\x03\x04")


def read_workbook(data: bytes, path: Path) -> Iterator[tuple[int, tuple[str, ...]]]:
    """Row number and cells; raises :class:`TerminologyFileError` where it is no workbook."""
    try:
        with zipfile.ZipFile(BytesIO(data)) as archive:
            if sum(member.file_size for member in archive.infolist()) > _MOST_BYTES:
                raise TerminologyFileError(file=path, problem="the workbook is too large: save the sheet as CSV")
            strings = _strings(archive)
            yield from _rows(archive, _first_sheet(archive), strings)
    except (zipfile.BadZipFile, KeyError, ElementTree.ParseError, IndexError, ValueError) as error:
        problem = f"it is no Excel workbook that can be read ({type(error).__name__}): save the sheet as CSV"
        raise TerminologyFileError(file=path, problem=problem) from None


def _strings(archive: zipfile.ZipFile) -> list[str]:
    if "xl/sharedStrings.xml" not in archive.namelist():
        return []
    root = ElementTree.fromstring(archive.read("xl/sharedStrings.xml"))  # noqa: S314
    return ["".join(text.text or "" for text in item.iter(f"{_MAIN}t")) for item in root.iter(f"{_MAIN}si")]


def _first_sheet(archive: zipfile.ZipFile) -> str:
    book = ElementTree.fromstring(archive.read("xl/workbook.xml"))  # noqa: S314
    wanted = next(book.iter(f"{_MAIN}sheet")).attrib[_REL]
    relations = ElementTree.fromstring(archive.read("xl/_rels/workbook.xml.rels"))  # noqa: S314
    target = next(one.attrib["Target"] for one in relations.iter(_PACKAGE) if one.attrib["Id"] == wanted)
    return target.lstrip("/") if target.startswith("/") else f"xl/{target}"


def _rows(archive: zipfile.ZipFile, sheet: str, strings: list[str]) -> Iterator[tuple[int, tuple[str, ...]]]:
    with archive.open(sheet) as stream:
        for _, element in ElementTree.iterparse(stream):  # noqa: S314
            if element.tag != f"{_MAIN}row":
                continue
            cells: dict[int, str] = {}
            for position, cell in enumerate(element.iter(f"{_MAIN}c")):
                cells[_column(cell.get("r", ""), position)] = " ".join(_value(cell, strings).split())
            number = int(element.get("r", "0"))
            yield number, tuple(cells.get(column, "") for column in range(max(cells, default=-1) + 1))
            element.clear()


def _column(reference: str, position: int) -> int:
    letters = re.match("[A-Z]+", reference)
    if letters is None:
        return position
    column = 0
    for letter in letters.group():
        column = column * 26 + ord(letter) - ord("A") + 1
    return column - 1


def _value(cell: ElementTree.Element, strings: list[str]) -> str:
    kind = cell.get("t", "n")
    if kind == "inlineStr":
        return "".join(text.text or "" for text in cell.iter(f"{_MAIN}t"))
    stored = cell.find(f"{_MAIN}v")
    value = (stored.text or "") if stored is not None else ""
    if kind == "s":
        return strings[int(value)]
    return value.removesuffix(".0") if kind == "n" else value
