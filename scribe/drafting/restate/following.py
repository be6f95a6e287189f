"""Statements that follow their entries: rewritten as long as they stand as drafted, else questioned."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from scribe.domain.entries import Entry
from scribe.domain.note import Decision, Draft, Flag
from scribe.domain.statement import Section, Statement, Support
from scribe.domain.transcript import Transcript
from scribe.drafting.compose import merge_evidence, with_basis
from scribe.drafting.restate.meaning import meaning_moved, numbers
from scribe.drafting.restate.wording import Change, Part, Wording, is_worded
from scribe.drafting.verify import verify

STATEMENT_ENTRY = "statement_entry"
"""The rule of a flag that asks which holds, a sentence or the entries it is linked to."""
OUT_OF_STEP = "고친 문장과 구조화 항목이 서로 다릅니다. 어느 쪽이 맞습니까?"
STILL_IN_SUMMARY = "진료 기록에서 지운 내용이 환자 안내문에 남아 있습니다."
PARTS: tuple[Part, ...] = ("note", "summary")


@dataclass(frozen=True, slots=True, kw_only=True)
class Basis:
    """What entry changes draw on: ids for new pieces, the words that were said, and the hospital's templates."""

    new_id: Callable[[], str]
    transcript: Transcript | None = None
    templates: Path | None = None


def follow(draft: Draft, change: Change, before: Wording, after: Wording, basis: Basis) -> Draft:
    """The draft after one difference in wording; ``draft`` has the new entries already.

    A statement that was deleted by hand is not written again.
    """
    target = _target(draft, change, before, after)
    if target is None:
        return draft if change.before is not None else _added(draft, change, after, basis)
    if change.before is None or not is_worded(target, change.before):
        return _own(draft, target, change, basis)
    if change.after is None:
        return _without(draft, change.part, target)
    return put(draft, change.part, restated(draft, target, change.after, basis))


def restated(draft: Draft, old: Statement, composed: Statement, basis: Basis) -> Statement:
    """``old`` in the words of ``composed``, with the evidence and the support that these have."""
    cited = tuple(entry for entry in draft.entries if entry.id in composed.entries)
    evidence = merge_evidence(with_basis(cited, draft.entries))
    new = Statement(id=old.id, text=composed.text, entries=composed.entries, evidence=evidence)
    return replace(new, support=_support(new, cited, basis))


def put(draft: Draft, part: Part, new: Statement) -> Draft:
    """The draft with ``new`` in place of the statement of its id, and without the doubts about that one's text."""
    sections = tuple(
        replace(section, statements=tuple(new if s.id == new.id else s for s in section.statements))
        for section in sections_of(draft, part)
    )
    return _with_sections(_undoubted(draft, new.id), part, sections)


def questioned(draft: Draft, statement: Statement, entries: Sequence[str]) -> Draft:
    """The draft with the question whether ``statement`` or its ``entries`` hold, asked once."""
    asked = Flag(
        kind="conflict", rule=STATEMENT_ENTRY, text=OUT_OF_STEP, entries=tuple(entries), statements=(statement.id,)
    )
    kept = tuple(flag for flag in draft.flags if not (_asks_of(flag, statement.id) and flag.is_open))
    return replace(draft, flags=(*kept, asked))


def settled(draft: Draft, statement: str) -> Draft:
    """Without the open question about ``statement``."""
    kept = tuple(flag for flag in draft.flags if not (_asks_of(flag, statement) and flag.is_open))
    return draft if kept == draft.flags else replace(draft, flags=kept)


def settled_by(draft: Draft, concerns: Callable[[Flag], bool], decision: Decision) -> Draft:
    """With ``decision`` on the open flags that ``concerns`` names."""
    flags = tuple(replace(flag, decision=decision) if flag.is_open and concerns(flag) else flag for flag in draft.flags)
    return replace(draft, flags=flags)


def in_order(draft: Draft, order: Wording) -> Draft:
    """With the statements that stand as composed in the order of ``order``, each section's others where they are."""
    for part in PARTS:
        told = [_folded(s.text) for section in order.sections(part) for s in section.statements]
        rank = {text: place for place, text in reversed(list(enumerate(told)))}
        sections = tuple(
            replace(section, statements=_ranked(section.statements, rank)) for section in sections_of(draft, part)
        )
        draft = _with_sections(draft, part, sections)
    return draft


def _ranked(statements: tuple[Statement, ...], rank: Mapping[str, int]) -> tuple[Statement, ...]:
    places = [place for place, s in enumerate(statements) if _folded(s.text) in rank]
    moved = sorted((statements[place] for place in places), key=lambda s: rank[_folded(s.text)])
    out = list(statements)
    for place, statement in zip(places, moved, strict=True):
        out[place] = statement
    return tuple(out)


def agrees(statement: Statement, composed: Statement, entries: Sequence[Entry]) -> bool:
    """Whether a statement that somebody wrote says of its entries what ``composed`` says."""
    cited = tuple(entry for entry in entries if entry.id in composed.entries)
    return is_worded(statement, composed) or not meaning_moved(composed.text, statement.text, cited)


def unlinked(draft: Draft) -> Draft:
    """Without links of statements to entries that the draft no longer has."""
    alive = {entry.id for entry in draft.entries}
    for part in PARTS:
        sections = tuple(
            replace(
                section,
                statements=tuple(
                    s if alive.issuperset(s.entries) else replace(s, entries=tuple(e for e in s.entries if e in alive))
                    for s in section.statements
                ),
            )
            for section in sections_of(draft, part)
        )
        draft = _with_sections(draft, part, sections)
    return draft


def sections_of(draft: Draft, part: Part) -> tuple[Section, ...]:
    return draft.note.sections if part == "note" else draft.patient_summary.sections


def _asks_of(flag: Flag, statement: str) -> bool:
    return flag.rule == STATEMENT_ENTRY and flag.statements == (statement,)


def _target(draft: Draft, change: Change, before: Wording, after: Wording) -> Statement | None:
    """The statement that the change speaks of: by its text, else, of those that somebody else worded, the one linked
    to most of the same entries."""
    told = [(section.code, s) for section in sections_of(draft, change.part) for s in section.statements]
    composed = change.before or change.after
    if composed is None:
        return None
    same = [s for code, s in sorted(told, key=lambda item: item[0] != change.section) if is_worded(s, composed)]
    if same or change.before is None:
        return same[0] if same else None
    wanted = set(change.before.entries)
    drafted = {_folded(s.text) for one in (before, after) for sec in one.sections(change.part) for s in sec.statements}
    drafted -= {_folded(change.after.text)} if change.after is not None else set()
    own = [s for _, s in told if wanted & set(s.entries) and _folded(s.text) not in drafted]
    return max(own, key=lambda s: len(wanted & set(s.entries)), default=None)


def _own(draft: Draft, target: Statement, change: Change, basis: Basis) -> Draft:
    if change.after is None:
        gone = set(change.before.entries if change.before else ()) - {entry.id for entry in draft.entries}
        if change.part == "note" or not gone & set(target.entries):
            return draft
        return _stranded(draft, target)
    new = tuple(dict.fromkeys((*target.entries, *change.after.entries)))
    linked = replace(target, entries=new)
    if agrees(linked, change.after, draft.entries):
        return settled(put(draft, change.part, linked) if linked != target else draft, target.id)
    text = _with_number(target, change) if target.support != "edited" else None
    if text is not None:
        cited = tuple(entry for entry in draft.entries if entry.id in new)
        evidence = merge_evidence(cited)
        mended = replace(linked, text=text, evidence=evidence, acknowledged=None)
        return put(draft, change.part, replace(mended, support=_support(mended, cited, basis)))
    return questioned(put(draft, change.part, linked), linked, change.after.entries)


def _with_number(target: Statement, change: Change) -> str | None:
    """The text with the one number that changed, where it stands there once; None where that is not so."""
    if change.before is None or change.after is None:
        return None
    old, new = numbers(change.before.text), numbers(change.after.text)
    moved = [(one, other) for one, other in zip(old, new, strict=False) if one != other]
    if len(old) != len(new) or len(moved) != 1 or numbers(target.text).count(moved[0][0]) != 1:
        return None
    text = target.text.replace(*moved[0], 1) if target.text.count(moved[0][0]) == 1 else None
    rest = change.before.text.replace(*moved[0], 1)
    return text if rest == change.after.text else None


def _stranded(draft: Draft, statement: Statement) -> Draft:
    known = next((f for f in draft.flags if f.text == STILL_IN_SUMMARY and f.is_open), None)
    if known is None:
        flag = Flag(kind="conflict", text=STILL_IN_SUMMARY, statements=(statement.id,))
        return replace(draft, flags=(*draft.flags, flag))
    more = replace(known, statements=tuple(dict.fromkeys((*known.statements, statement.id))))
    return replace(draft, flags=tuple(more if flag is known else flag for flag in draft.flags))


def _without(draft: Draft, part: Part, gone: Statement) -> Draft:
    sections = tuple(
        replace(section, statements=tuple(s for s in section.statements if s.id != gone.id))
        for section in sections_of(draft, part)
    )
    return _with_sections(_undoubted(draft, gone.id), part, sections)


def _added(draft: Draft, change: Change, after: Wording, basis: Basis) -> Draft:
    if change.after is None:
        return draft
    blank = Statement(id=basis.new_id(), text=change.after.text)
    new = restated(draft, blank, change.after, basis)
    source = next(section for section in after.sections(change.part) if section.code == change.section)
    draft = _with_section(draft, change.part, source, after)
    sections = tuple(
        replace(section, statements=_inserted(section.statements, new, source))
        if section.code == source.code
        else section
        for section in sections_of(draft, change.part)
    )
    return _with_sections(draft, change.part, sections)


def _inserted(statements: tuple[Statement, ...], new: Statement, composed: Section) -> tuple[Statement, ...]:
    """``new`` behind the last statement that the wording puts before it."""
    earlier: list[str] = []
    for one in composed.statements:
        if is_worded(new, one):
            break
        earlier.append(_folded(one.text))
    places = [place for place, s in enumerate(statements) if _folded(s.text) in earlier]
    at = max(places, default=-1 if earlier == [] else len(statements) - 1) + 1
    return (*statements[:at], new, *statements[at:])


def _with_section(draft: Draft, part: Part, wanted: Section, after: Wording) -> Draft:
    """With an empty section of that code, where the wording puts it, if the draft has none."""
    sections = list(sections_of(draft, part))
    if any(section.code == wanted.code for section in sections):
        return draft
    order = [section.code for section in after.sections(part)]
    before = order[: order.index(wanted.code)]
    place = max((i for i, section in enumerate(sections) if section.code in before), default=-1) + 1
    sections.insert(place, replace(wanted, statements=()))
    return _with_sections(draft, part, tuple(sections))


def _support(statement: Statement, cited: Sequence[Entry], basis: Basis) -> Support:
    """As the verifier says; what a physician wrote and the dialogue does not support is "edited"."""
    is_theirs = any(entry.author is not None for entry in cited)
    if basis.transcript is None or not statement.evidence:
        return "edited" if is_theirs else "none"
    (verdict,) = verify(basis.transcript, (replace(statement, support="none"),), cited)
    return "edited" if is_theirs and verdict.support != "supported" else verdict.support


def _undoubted(draft: Draft, statement: str) -> Draft:
    """Without what was doubted about the statement's text as it stood."""
    kept = []
    for flag in draft.flags:
        if flag.kind != "unsupported" or statement not in flag.statements:
            kept.append(flag)
        elif len(flag.statements) > 1:
            kept.append(replace(flag, statements=tuple(s for s in flag.statements if s != statement)))
    return settled(replace(draft, flags=tuple(kept)), statement)


def _with_sections(draft: Draft, part: Part, sections: tuple[Section, ...]) -> Draft:
    if part == "note":
        return replace(draft, note=replace(draft.note, sections=sections))
    return replace(draft, patient_summary=replace(draft.patient_summary, sections=sections))


def _folded(text: str) -> str:
    return "".join(text.split())
