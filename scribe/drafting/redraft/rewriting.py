"""The rewriting itself: stale entries and statements give way to what the drafter makes of the corrected dialogue."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, fields, replace
from pathlib import Path

from scribe.domain.entries import Entry
from scribe.domain.formats import transcript_sha256
from scribe.domain.note import Draft, Flag
from scribe.domain.rewriting import StaleChoice
from scribe.domain.statement import Section, Statement
from scribe.domain.summary import Medicine
from scribe.domain.transcript import Transcript
from scribe.drafting.redraft.choosing import to_rewrite
from scribe.drafting.redraft.offering import offers
from scribe.drafting.redraft.pairing import pair_entries, pair_statements
from scribe.drafting.redraft.staleness import stale_flags, statements_of
from scribe.drafting.redraft.swapping import Swap, on_living, swapped
from scribe.drafting.redraft.wording import Words
from scribe.drafting.restate import GRID_ENTRY, GRID_OUT_OF_STEP, Part, questioned
from scribe.drafting.verify import verify

_PARTS: tuple[Part, ...] = ("note", "summary")
_BESIDE_THE_FACT = frozenset({"id", "evidence", "confidence", "code", "author"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Redrafted:
    """The draft after a rewriting, and what the drafter is now taken to have written before any edit."""

    draft: Draft
    baseline: Draft
    rewritten: int
    removed: int
    offered: int


def redraft(
    draft: Draft,
    baseline: Draft,
    fresh: Draft,
    transcript: Transcript,
    choice: StaleChoice,
    new_id: Callable[[], str],
    *,
    templates: Path | None = None,
) -> Redrafted:
    """``draft`` with what is stale in it, of what was chosen, written anew from ``fresh``.

    ``baseline`` is the draft as the drafter wrote it; it gets the same, so that it stays comparable.  Both drafts and
    ``fresh`` point into ``transcript``.  ``new_id`` names statements and entries beyond those replaced.
    """
    words = Words(draft, transcript, templates)
    return _Redraft(draft, baseline, fresh, words, choice, new_id).result()


class _Redraft:
    def __init__(
        self, draft: Draft, baseline: Draft, fresh: Draft, words: Words, choice: StaleChoice, new_id: Callable[[], str]
    ) -> None:
        self.draft, self.baseline, self.fresh = draft, baseline, fresh
        self.words, self.new_id = words, new_id
        self.chosen = to_rewrite(draft, choice)
        authored = {entry.id for entry in draft.entries if entry.author is not None}
        named = {entry for flag in self.chosen for entry in flag.entries}
        self.stale_entries = named - (authored if choice.everything else authored - choice.entries)
        alive = {entry.id for entry in draft.entries}
        struck = tuple(entry for entry in baseline.entries if entry.id not in alive)
        self.struck = frozenset(entry.id for entry in struck)
        self.twins = pair_entries((*draft.entries, *struck), fresh.entries)

    def result(self) -> Redrafted:
        swap = self._swap()
        new_offers = offers(self.draft, self.fresh, self.twins, self.words, self.new_id)
        sha256 = transcript_sha256(self.words.transcript)
        draft = replace(swapped(self.draft, swap), offers=(*self.draft.offers, *new_offers), transcript_sha256=sha256)
        draft = self._questioned(replace(draft, flags=self._flags(draft, swap)), swap)
        baseline = replace(swapped(self.baseline, swap), transcript_sha256=sha256)
        as_drafted = tuple(flag for flag in baseline.flags if flag.kind != "stale")
        removed = sum(not told for told in swap.statements.values())
        return Redrafted(
            draft=draft,
            baseline=replace(baseline, flags=(*as_drafted, *stale_flags(draft))),
            rewritten=len(swap.statements) - removed,
            removed=removed,
            offered=len(new_offers),
        )

    def _swap(self) -> Swap:
        swap = Swap()
        found = {self.twins[entry.id]: entry for entry in self.fresh.entries if entry.id in self.twins}
        for name in self.stale_entries:
            twin = found.get(name)
            swap.entries[name] = None if twin is None else replace(twin, id=name)
        stale = {name for flag in self.chosen for name in flag.statements}
        for part in _PARTS:
            for section in _sections(self.draft, part):
                pairs = pair_statements(section, _sections(self.fresh, part), self.twins)
                for old in section.statements:
                    if old.id in stale:
                        new = self._restated(part, section, old, pairs.get(old.id, ()), swap)
                        swap.statements[old.id] = self._named(old, new)
        swap.rows.update(self._rows(swap))
        return swap

    def _restated(
        self, part: Part, section: Section, old: Statement, pairs: Sequence[Statement], swap: Swap
    ) -> tuple[Statement, ...]:
        """What is said now of the entries of ``old``: in the drafter's words where these state nothing else."""
        known = {entry.id: entry for entry in self.draft.entries}
        now = {name: swap.entries.get(name, known[name]) for name in old.entries if name in known}
        left = {name: entry for name, entry in now.items() if entry is not None}
        mapped = tuple(self._mapped(one) for one in pairs)
        if mapped and all(one is not None and self._tells(one, left) for one in mapped):
            return tuple(one for one in mapped if one is not None)
        return self.words.instead(part, section, old, tuple(left.values())) if left else ()

    def _mapped(self, fresh: Statement) -> Statement | None:
        """A fresh statement in the draft's own entry ids; None where it states what the draft has not, or no more."""
        names = [self.twins.get(name) for name in fresh.entries]
        if any(name is None or name in self.struck for name in names):
            return None
        return replace(fresh, entries=tuple(name for name in names if name is not None))

    def _tells(self, statement: Statement, left: dict[str, Entry]) -> bool:
        """Whether the fresh words are about these entries, each as it stands here too."""
        fresh = {self.twins[entry.id]: entry for entry in self.fresh.entries if entry.id in self.twins}
        return all(name in left and _same_fact(left[name], fresh[name]) for name in statement.entries)

    def _named(self, old: Statement, new: Sequence[Statement]) -> tuple[Statement, ...]:
        """The first takes the place, and the id, of ``old``."""
        return tuple(replace(s, id=self.new_id() if place else old.id) for place, s in enumerate(new))

    def _rows(self, swap: Swap) -> dict[str, Medicine | None]:
        """The rows of rewritten orders, but for those that a physician changed."""
        drafted = {row.entry: row for row in self.baseline.patient_summary.medicines}
        now = {row.entry: row for row in self.draft.patient_summary.medicines}
        fresh = {self.twins.get(row.entry): row for row in self.fresh.patient_summary.medicines}
        out: dict[str, Medicine | None] = {}
        for name, entry in swap.entries.items():
            if name in now and now[name] == drafted.get(name):
                new = fresh.get(name)
                out[name] = None if entry is None or new is None else replace(new, entry=name)
        return out

    def _flags(self, draft: Draft, swap: Swap) -> tuple[Flag, ...]:
        """Without the stale flags that are done with and the old doubts about what was rewritten; with the new ones."""
        alive = {one.id for one in (*draft.entries, *statements_of(draft))}
        rewritten = {s.id for s in swap.new_statements} | set(swap.statements) | set(swap.entries)
        kept = [flag for flag in self.draft.flags if self._stays(flag, rewritten, alive)]
        known = {_question(flag) for flag in kept}
        drafted = {_question(flag) for flag in self.baseline.flags}
        for flag in self._fresh_flags(swap):
            subjects = {*flag.entries, *flag.statements}
            concerns = bool(subjects & rewritten) and subjects <= alive
            if _question(flag) not in known and (concerns or (not subjects and _question(flag) not in drafted)):
                kept.append(flag)
        return tuple(on_living(flag, alive) for flag in (*kept, *self._doubts(draft, swap), *_grids(draft, swap)))

    def _stays(self, flag: Flag, rewritten: set[str], alive: set[str]) -> bool:
        if flag.kind == "stale" and not flag.is_stale:
            return False
        subjects = {*flag.entries, *flag.statements}
        if flag.is_stale and flag.is_open:
            return flag not in self.chosen and bool(subjects & alive)
        return not subjects or not subjects <= rewritten

    def _fresh_flags(self, swap: Swap) -> list[Flag]:
        """The fresh draft's flags in the draft's own ids, those that have them."""
        names = {new.text: new.id for new in swap.new_statements}
        texts = {s.id: s.text for s in statements_of(self.fresh)}
        out = []
        for flag in self.fresh.flags:
            entries = tuple(self.twins[name] for name in flag.entries if name in self.twins)
            statements = tuple(names[texts[name]] for name in flag.statements if texts.get(name) in names)
            if (len(entries), len(statements)) == (len(flag.entries), len(flag.statements)):
                out.append(replace(flag, entries=entries, statements=statements))
        return out

    def _doubts(self, draft: Draft, swap: Swap) -> list[Flag]:
        """Why the verifier objects to what was worded here."""
        drafters = {s.text for s in statements_of(self.fresh)}
        mine = [s for s in swap.new_statements if s.text not in drafters]
        return [
            Flag(
                kind="unsupported",
                rule="unsupported",
                text=" ".join(dict.fromkeys(reason.message for reason in verdict.reasons)) or None,
                statements=(verdict.statement,),
            )
            for verdict in verify(self.words.transcript, mine, draft.entries)
            if verdict.support != "supported"
        ]

    def _questioned(self, draft: Draft, swap: Swap) -> Draft:
        """With the question which holds, where a statement that stays states an entry that was rewritten."""
        before = {entry.id: entry for entry in self.draft.entries}
        moved = {name for name, new in swap.entries.items() if new is not None and not _same_fact(before[name], new)}
        open_already = {name for flag in stale_flags(draft) for name in flag.statements}
        told_anew = {s.id for s in swap.new_statements}
        for statement in statements_of(draft):
            cited = tuple(name for name in statement.entries if name in moved)
            if cited and statement.id not in open_already | told_anew:
                draft = questioned(draft, statement, cited)
        return draft


def _grids(draft: Draft, swap: Swap) -> list[Flag]:
    """The question of the medicine rows that a physician changed and whose order was rewritten."""
    rows = [row.entry for row in draft.patient_summary.medicines]
    changed = [name for name in rows if swap.entries.get(name) is not None and name not in swap.rows]
    return [Flag(kind="conflict", rule=GRID_ENTRY, text=GRID_OUT_OF_STEP, entries=(name,)) for name in changed]


def _same_fact(one: Entry, other: Entry) -> bool:
    if type(one) is not type(other):
        return False
    names = (item.name for item in fields(one) if item.name not in _BESIDE_THE_FACT)
    return all(getattr(one, name) == getattr(other, name) for name in names)


def _question(flag: Flag) -> tuple[str, str | None]:
    return flag.kind, flag.text


def _sections(draft: Draft, part: str) -> tuple[Section, ...]:
    return draft.note.sections if part == "note" else draft.patient_summary.sections
