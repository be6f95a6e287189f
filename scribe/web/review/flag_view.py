"""Questions to the physician with both sides in view, and the ways to settle each."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from scribe.domain.entries import Entry
from scribe.domain.note import Draft, Flag
from scribe.domain.statement import Statement
from scribe.domain.transcript import Transcript
from scribe.drafting.particles import with_particle
from scribe.drafting.restate import GRID_ENTRY, STATEMENT_ENTRY, Basis, Part, wording
from scribe.web.quotes import Quote, quotes
from scribe.web.review.draft_view import PARTS, FlagView, flag_views, sections_of
from scribe.web.review.edits.choices import proposal
from scribe.web.review.entry_forms import in_words
from scribe.web.review.entry_view import entry_row

_DECISIONS = {
    "kept": "그대로 두기로 함",
    "entry": "항목에 맞춤",
    "statement": "문장에 맞춤",
    "changed": "고쳐 씀",
}
_SLOTS = (("morning", "아침"), ("noon", "점심"), ("evening", "저녁"), ("bedtime", "자기 전"))


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """A way to settle a question: ``op`` and the fields of the edit that does it."""

    label: str
    op: str
    entry: str = ""
    statement: str = ""
    part: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Side:
    """One of the values in question: where it stands, what it says, and the words that it rests on."""

    label: str
    value: str
    quotes: tuple[Quote, ...] = ()
    choice: Choice | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class FlagCard:
    """A question as the page asks it; ``edits`` is the entry to correct by hand, where there is one; ``decision`` what
    was decided."""

    flag: FlagView
    sides: tuple[Side, ...]
    edits: str
    decision: str


def flag_cards(
    draft: Draft, transcript: Transcript, templates: Path | None, drafted: Draft | None = None
) -> tuple[FlagCard, ...]:
    """The flags of the draft, danger signs first, each with its sides; decided ones come last.

    Beside an entry that a physician changed stands what ``drafted`` had for it, with the words that it rested on.
    """
    basis = Basis(new_id=str, transcript=transcript, templates=templates)
    first = {entry.id: entry for entry in drafted.entries} if drafted is not None else {}
    cards = [_card(view, draft.flags[view.index], draft, basis, first) for view in flag_views(draft, transcript)]
    return (*(card for card in cards if not card.decision), *(card for card in cards if card.decision))


def _card(view: FlagView, flag: Flag, draft: Draft, basis: Basis, first: Mapping[str, Entry]) -> FlagCard:
    sides = () if flag.decision is not None else tuple(_sides(flag, draft, basis, first))
    here = {entry.id for entry in draft.entries}
    named = [name for name in flag.entries if name in here]
    return FlagCard(
        flag=view,
        sides=sides,
        edits=named[0] if named and flag.kind != "missing" else "",
        decision=_DECISIONS[flag.decision] if flag.decision is not None else "",
    )


def _sides(flag: Flag, draft: Draft, basis: Basis, first: Mapping[str, Entry]) -> Iterator[Side]:
    entries = [entry for entry in draft.entries if entry.id in flag.entries]
    if flag.rule == STATEMENT_ENTRY:
        yield from _statement_and_entries(flag, draft, entries, basis)
    elif flag.rule == GRID_ENTRY:
        yield from _row_and_order(draft, entries)
    elif flag.kind == "conflict" and basis.transcript is not None:
        for entry in entries:
            yield from _said_and_recorded(entry, entries, basis.transcript, first.get(entry.id))


def _said_and_recorded(
    entry: Entry, entries: list[Entry], transcript: Transcript, first: Entry | None
) -> Iterator[Side]:
    if first is not None and entry.author is not None:
        yield Side(label="대화", value=in_words(first), quotes=quotes(transcript, first.evidence))
    alike = [one for one in entries if (one.kind, one.name) == (entry.kind, entry.name)]
    choice = Choice(label="이 값만 남기기", op="keep_entry", entry=entry.id) if len(alike) > 1 else None
    yield Side(label="기록", value=in_words(entry), quotes=quotes(transcript, entry.evidence), choice=choice)


def _statement_and_entries(flag: Flag, draft: Draft, entries: list[Entry], basis: Basis) -> Iterator[Side]:
    now = wording(draft, draft.entries, confirmed=frozenset(), templates=basis.templates)
    for part, statement in _statements(draft, flag):
        for entry in entries:
            read = proposal(draft, part, statement, entry, basis)
            take = None
            if read is not None:
                take = Choice(
                    label=f"항목도 {with_particle(_moved(entry, read), '으로')} 바꾸기",
                    op="entry_from_statement",
                    entry=entry.id,
                    statement=statement.id,
                    part=part,
                )
                yield Side(label="문장", value=statement.text, choice=take)
                break
        else:
            yield Side(label="문장", value=statement.text)
        composed = now.of(part, statement.entries)
        follow = Choice(label="문장을 항목대로 고치기", op="statement_from_entries", statement=statement.id, part=part)
        told = "; ".join(in_words(entry) for entry in entries)
        said = (
            tuple(q for entry in entries for q in quotes(basis.transcript, entry.evidence)) if basis.transcript else ()
        )
        yield Side(
            label="항목", value=told, quotes=said[:2],
            choice=follow if composed is not None and composed.text != statement.text else None,
        )  # fmt: skip


def _moved(before: Entry, after: Entry) -> str:
    """What is new about ``after``, in the words of its row."""
    old, new = entry_row(before, None), entry_row(after, None)
    status = new.status if new.status != old.status else None
    name = new.name if new.name != old.name else None
    told = [detail for detail in new.details if detail not in old.details]
    return " · ".join(part for part in (name, status, *told) if part) or in_words(after)


def _row_and_order(draft: Draft, entries: list[Entry]) -> Iterator[Side]:
    for entry in entries:
        row = next((row for row in draft.patient_summary.medicines if row.entry == entry.id), None)
        if row is None:
            continue
        slots = [f"{label} {getattr(row, slot)}" for slot, label in _SLOTS if getattr(row, slot)]
        days = f"{row.days}일" if row.days else ""
        words = " · ".join(part for part in (row.name, *slots, row.relation_to_meal, days) if part)
        by_row = Choice(label="처방을 복약표대로", op="order_from_grid", entry=entry.id)
        by_order = Choice(label="복약표를 처방대로", op="grid_from_order", entry=entry.id)
        yield Side(label="복약표", value=words, choice=by_row)
        yield Side(label="처방", value=in_words(entry), choice=by_order)


def _statements(draft: Draft, flag: Flag) -> Iterator[tuple[Part, Statement]]:
    for part in PARTS:
        for section in sections_of(draft, part):
            for statement in section.statements:
                if statement.id in flag.statements:
                    yield part, statement
