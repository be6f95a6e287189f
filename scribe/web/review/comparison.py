"""Two states of a record side by side: sentences, structured entries and medicines, word by word."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from typing import Literal

from scribe.domain.note import NoteContent
from scribe.domain.statement import Section
from scribe.domain.summary import Medicine
from scribe.web.labels import SECTIONS
from scribe.web.review.entry_view import KINDS, entry_row
from scribe.web.review.word_diff import Piece, alike, word_diff

LineState = Literal["same", "changed", "moved", "added", "removed"]
STATE_NAMES: Mapping[LineState, str] = {
    "same": "그대로",
    "changed": "고침",
    "moved": "옮김",
    "added": "추가",
    "removed": "삭제",
}
_SAME_SENTENCE = 0.5
"""From this likeness on a sentence that replaced another at its place is that sentence, edited."""
_MEDICINE_COLUMNS: tuple[tuple[str, Callable[[Medicine], str | None]], ...] = (
    ("약", lambda m: m.name),
    ("아침", lambda m: m.morning),
    ("점심", lambda m: m.noon),
    ("저녁", lambda m: m.evening),
    ("자기 전", lambda m: m.bedtime),
    ("먹는 때", lambda m: m.relation_to_meal),
    ("며칠", lambda m: f"{m.days}일" if m.days else None),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """A sentence or an entry in both states; ``pieces`` hold both."""

    state: LineState
    pieces: tuple[Piece, ...]

    @property
    def name(self) -> str:
        return STATE_NAMES[self.state]

    @property
    def before(self) -> tuple[Piece, ...]:
        return tuple(piece for piece in self.pieces if piece.kind != "ins")

    @property
    def after(self) -> tuple[Piece, ...]:
        return tuple(piece for piece in self.pieces if piece.kind != "del")


@dataclass(frozen=True, slots=True, kw_only=True)
class Block:
    """The lines of a section or of one kind of entry."""

    title: str
    lines: tuple[Line, ...]

    @property
    def changed(self) -> bool:
        return any(line.state != "same" for line in self.lines)


@dataclass(frozen=True, slots=True, kw_only=True)
class MedicineRow:
    """A row of the medicine grid, cell by cell."""

    state: LineState
    cells: tuple[tuple[str, tuple[Piece, ...]], ...]

    @property
    def name(self) -> str:
        return STATE_NAMES[self.state]


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """What became of the earlier state."""

    note: tuple[Block, ...]
    summary: tuple[Block, ...]
    entries: tuple[Block, ...]
    medicines: tuple[MedicineRow, ...]

    @property
    def counts(self) -> Mapping[LineState, int]:
        """How many sentences and entries were kept, changed, moved, added, removed."""
        found = dict.fromkeys(STATE_NAMES, 0)
        for block in (*self.note, *self.summary, *self.entries):
            for line in block.lines:
                found[line.state] += 1
        for row in self.medicines:
            found[row.state] += 1
        return found

    @property
    def different(self) -> bool:
        return any(count for state, count in self.counts.items() if state != "same")


def compare(before: NoteContent, after: NoteContent) -> Comparison:
    """``before`` and ``after`` by the ids of their sentences and entries; sections in the order of the later one."""
    return Comparison(
        note=_sections(before.sections, after.sections),
        summary=_sections(before.patient_summary.sections, after.patient_summary.sections),
        entries=_entries(before, after),
        medicines=tuple(_medicines(before.patient_summary.medicines, after.patient_summary.medicines)),
    )


@dataclass(frozen=True, slots=True)
class _Item:
    """Something with an id and a text, at a place (its section or kind)."""

    id: str
    text: str


def _sections(before: Sequence[Section], after: Sequence[Section]) -> tuple[Block, ...]:
    old, new = _by_code(before), _by_code(after)
    titles = {section.code: _title(section) for section in (*before, *after)}
    order = [*new, *(code for code in old if code not in new)]
    elsewhere = {item.id: item.text for items in old.values() for item in items}
    kept = {item.id for items in new.values() for item in items}
    blocks = (
        Block(title=titles[code], lines=tuple(_lines(old.get(code, ()), new.get(code, ()), elsewhere, kept)))
        for code in order
    )
    return tuple(block for block in blocks if block.lines)


def _title(section: Section) -> str:
    """The section's title; one letter of SOAP with what it stands for."""
    what = SECTIONS.get(section.code) if len(section.title) == 1 else None
    return f"{section.title} {what}" if what else section.title


def _by_code(sections: Sequence[Section]) -> dict[str, tuple[_Item, ...]]:
    return {section.code: tuple(_Item(s.id, s.text) for s in section.statements) for section in sections}


def _entries(before: NoteContent, after: NoteContent) -> tuple[Block, ...]:
    old, new = _by_kind(before), _by_kind(after)
    blocks = (
        Block(title=title, lines=tuple(_lines(old.get(kind, ()), new.get(kind, ()), {}, frozenset())))
        for kind, title in KINDS.items()
    )
    return tuple(block for block in blocks if block.lines)


def _by_kind(content: NoteContent) -> dict[str, tuple[_Item, ...]]:
    found: dict[str, tuple[_Item, ...]] = {}
    for entry in content.entries:
        row = entry_row(entry, None)
        words = [row.name, row.code, row.status, *row.details]
        item = _Item(entry.id, " · ".join(word for word in words if word))
        found[entry.kind] = (*found.get(entry.kind, ()), item)
    return found


def _lines(
    before: Sequence[_Item], after: Sequence[_Item], elsewhere: Mapping[str, str], kept: set[str] | frozenset[str]
) -> Iterator[Line]:
    """The lines of one place; ``elsewhere`` has every earlier text by its id, ``kept`` the ids that are still there."""
    old, new = {item.id: item for item in before}, {item.id: item for item in after}
    matcher = SequenceMatcher(None, list(old), list(new), autojunk=False)
    for tag, a, b, c, d in matcher.get_opcodes():
        if tag == "equal":
            for one, other in zip(before[a:b], after[c:d], strict=True):
                yield _line(one.text, other.text)
            continue
        gone = [item for item in before[a:b] if item.id not in new and item.id not in kept]
        for item in after[c:d]:
            known = old[item.id].text if item.id in old else elsewhere.get(item.id)
            if known is not None:
                yield _line(known, item.text, moved=True)
                continue
            twin = _twin(item, gone)
            if twin is not None:
                gone.remove(twin)
                yield _line(twin.text, item.text)
            else:
                yield Line(state="added", pieces=(Piece("ins", item.text),))
        yield from (Line(state="removed", pieces=(Piece("del", item.text),)) for item in gone)


def _twin(item: _Item, gone: Sequence[_Item]) -> _Item | None:
    """The sentence that this one was, where one of those that went is like it."""
    likest = [(alike(one.text, item.text), one) for one in gone]
    likeness, found = max(likest, key=lambda pair: pair[0], default=(0.0, None))
    return found if likeness >= _SAME_SENTENCE else None


def _line(before: str, after: str, *, moved: bool = False) -> Line:
    if before == after:
        return Line(state="moved" if moved else "same", pieces=(Piece("same", after),))
    return Line(state="changed", pieces=word_diff(before, after))


def _medicines(before: Sequence[Medicine], after: Sequence[Medicine]) -> Iterator[MedicineRow]:
    """Rows by their entry; of several rows of one entry, by their order."""
    left = list(before)
    for medicine in after:
        old = next((row for row in left if row.entry == medicine.entry), None)
        if old is None:
            yield MedicineRow(state="added", cells=tuple(_cells(None, medicine)))
            continue
        left.remove(old)
        yield MedicineRow(state="same" if old == medicine else "changed", cells=tuple(_cells(old, medicine)))
    for medicine in left:
        yield MedicineRow(state="removed", cells=tuple(_cells(medicine, None)))


def _cells(before: Medicine | None, after: Medicine | None) -> Iterator[tuple[str, tuple[Piece, ...]]]:
    for label, value in _MEDICINE_COLUMNS:
        old = (value(before) if before else None) or ""
        new = (value(after) if after else None) or ""
        if old == new:
            yield label, (Piece("same", new),) if new else ()
        else:
            changed = (Piece("del", old), Piece("ins", new))
            yield label, tuple(piece for piece in changed if piece.text)
