"""A master into the file of the hospital's terms: read whole, checked whole, then put in place in one step."""

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from scribe.domain.files import FileUnwritableError, read_file
from scribe.drafting.terminology.records import Item, Kind, Name, Source, Use
from scribe.drafting.terminology.store import Imported, replace_source
from scribe.drafting.words import folded
from scribe.terminology.columns import ColumnMap, places
from scribe.terminology.errors import TerminologyFileError
from scribe.terminology.masters import NO_DISEASE, Cells, Named, Reading, Taken, read_items
from scribe.terminology.ordinary import OrdinaryWords
from scribe.terminology.sheets import Sheet, read_sheet


@dataclass(frozen=True, slots=True)
class Result:
    """What an import did, for printing: the record that was kept, and the names by how they may be found."""

    imported: Imported
    names: dict[Use, int]


def import_master(
    path: Path,
    source: Source,
    folder: Path,
    *,
    now: datetime,
    mapped: ColumnMap | None = None,
    skip_wrong: bool = False,
) -> Result:
    """Imports a file into ``folder``; what was imported of the same source before is replaced.

    Raises :class:`TerminologyFileError` or :class:`RowError` (nothing is changed then), and the errors of writing.
    """
    mapped = mapped or ColumnMap()
    sheet = read_sheet(path, encoding=mapped.encoding, delimiter=mapped.delimiter)
    how = Reading(
        source=source,
        file=str(path),
        today=now.date(),
        system=mapped.system,
        list_separator=mapped.list_separator,
        skip_wrong=skip_wrong,
    )
    taken = read_items(_cells(sheet, places(source, sheet.headings, mapped, path)), how)
    if not taken.items:
        problem = "no row of it could be taken" + (f" ({_most(taken)})" if taken.skipped else "")
        raise TerminologyFileError(file=path, problem=problem)
    named = _judged(taken.items)
    imported = Imported(
        source=source,
        file=path.name,
        sha256=hashlib.sha256(read_file(path)).hexdigest(),
        imported=now.isoformat(timespec="seconds"),
        rows=len(sheet.rows),
        taken=len(taken.items),
        skipped=tuple(taken.skipped.most_common()),
    )
    try:
        replace_source(folder, imported, named)
    except OSError as error:
        raise FileUnwritableError(file=error.filename or folder, problem=(error.strerror or "").lower()) from None
    counts = {how: sum(name.use is how for _, names in named for name in names) for how in Use}
    return Result(imported, counts)


def _cells(sheet: Sheet, columns: dict[str, int]) -> Iterator[tuple[int, Cells]]:
    for number, row in sheet.rows:
        yield number, {name: row[position] for name, position in columns.items() if position < len(row)}


def _most(taken: Taken) -> str:
    reason, count = taken.skipped.most_common(1)[0]
    return f"{count} rows: {reason}"


def _judged(items: Sequence[Named]) -> list[tuple[Item, tuple[Name, ...]]]:
    """The items with their names, each name judged once for the whole file."""
    ordinary = OrdinaryWords()
    meanings: dict[tuple[Kind, str], set[str]] = {}
    for one in items:
        for text in one.surfaces if one.item.is_complete else ():
            meanings.setdefault((one.item.kind, folded(text)), set()).add(_meaning(one.item))
    ambiguous = frozenset(name for name, meant in meanings.items() if len(meant) > 1)
    uses: dict[tuple[Kind, str], Use] = {}
    for kind in Kind:
        texts = list(dict.fromkeys(text for one in items if one.item.kind is kind for text in one.surfaces))
        uses |= {(kind, text): use for text, use in zip(texts, ordinary.use_of(kind, texts), strict=True)}
    return [(one.item, tuple(_names(one, uses, ambiguous))) for one in items]


def _meaning(item: Item) -> str:
    """What makes two items of one name different things: the disease's code, the ingredient, the order."""
    return item.code if item.kind is Kind.DIAGNOSIS else item.term


def _names(named: Named, uses: dict[tuple[Kind, str], Use], ambiguous: frozenset[tuple[Kind, str]]) -> Iterator[Name]:
    item = named.item
    silent = item.kind is Kind.DIAGNOSIS and (bool(NO_DISEASE.match(item.code)) or not item.is_complete)
    for text in named.surfaces:
        key = folded(text)
        is_spoken = not silent and (item.kind, key) not in ambiguous
        yield Name(key, text, uses[item.kind, text] if is_spoken else Use.LOOKUP)
    for text in named.derived:
        yield Name(folded(text), text, Use.LOOKUP)
