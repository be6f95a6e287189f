"""What of a draft rests on words that a correction of the transcript has changed.

Nothing is written anew here: evidence follows its words, and what has lost them is named in a flag of kind "stale",
one for each statement (with the entries it states that are stale too) and for each entry that no such statement states.
The flag's text is how the words changed ("오백 → 이백오십"), or what they were; its rule is why they are not the
same: a :data:`~scribe.domain.alignment.Shift`, or "verdict" where the verifier supports the statement less than before.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Literal

from scribe.domain.alignment import Alignment, Shift
from scribe.domain.entries import Entry, Evidence
from scribe.domain.formats import transcript_sha256
from scribe.domain.note import Draft, Flag, Offer
from scribe.domain.statement import Section, Statement, Support
from scribe.domain.transcript import Transcript
from scribe.drafting.verify import verify

UNREAD = Flag(kind="stale", rule="unread")
"""The drafter has not read the transcript since it changed: it may tell something new."""

Rule = Shift | Literal["verdict"]

_NEAR = 2
"""A question or an answer this many utterances away may turn what a statement rests on."""
_QUOTE = 60
_RANK: Mapping[Support, int] = {"none": 0, "partial": 1, "supported": 2, "edited": 2}


@dataclass(frozen=True, slots=True)
class _Stale:
    """Why something is stale, and the words it rested on."""

    rule: Rule
    words: str


def mark_stale(draft: Draft, before: Transcript, after: Transcript) -> Draft:
    """``draft``, made from ``before``, as it stands beside ``after``.

    Texts, entries, order, marks and decisions stay to the character.  Evidence points into ``after``; what is not named
    stale rests on words that are there unchanged, said by the same speaker, and the verifier finds it no worse
    supported.  Offers whose words changed go: the next reading makes them anew.
    """
    if before == after:
        return draft
    alignment = Alignment(before, after)
    entries, entry_stale = _moved_entries(draft.entries, alignment, before)
    stale: dict[str, _Stale] = {}
    moved = replace(draft, entries=entries, transcript_sha256=transcript_sha256(after))
    moved = replace(
        moved,
        note=replace(draft.note, sections=_moved_sections(draft.note.sections, alignment, before, stale)),
        patient_summary=replace(
            draft.patient_summary,
            sections=_moved_sections(draft.patient_summary.sections, alignment, before, stale),
        ),
        offers=tuple(_kept_offers(draft.offers, alignment)),
    )
    for statement in statements_of(moved):
        cited = next((entry_stale[entry] for entry in statement.entries if entry in entry_stale), None)
        if statement.id not in stale and cited is not None:
            stale[statement.id] = cited
    stale |= _unsupported(draft, moved, stale, before, after, alignment.touched)
    return replace(moved, flags=tuple(_flags(draft, moved, stale, entry_stale)))


def statements_of(draft: Draft) -> Iterator[Statement]:
    """The statements of note and patient summary, in reading order."""
    for section in (*draft.note.sections, *draft.patient_summary.sections):
        yield from section.statements


def stale_flags(draft: Draft) -> tuple[Flag, ...]:
    """The open flags of what rests on changed words, in the order they stand in the draft."""
    return tuple(flag for flag in draft.flags if flag.is_stale and flag.is_open)


def is_unread(draft: Draft) -> bool:
    """Whether the transcript has changed since the drafter read it."""
    return any(flag.kind == "stale" and not flag.is_stale for flag in draft.flags)


def _moved_entries(
    entries: Iterable[Entry], alignment: Alignment, before: Transcript
) -> tuple[tuple[Entry, ...], dict[str, _Stale]]:
    out, stale = [], {}
    for entry in entries:
        evidence, why = _moved(entry.evidence, alignment, before)
        if why is not None:
            stale[entry.id] = why
        out.append(entry if evidence == entry.evidence else replace(entry, evidence=evidence))
    return tuple(out), stale


def _moved_sections(
    sections: Iterable[Section], alignment: Alignment, before: Transcript, stale: dict[str, _Stale]
) -> tuple[Section, ...]:
    """The sections with moved evidence; what is stale is noted in ``stale``."""
    out = []
    for section in sections:
        statements = []
        for statement in section.statements:
            evidence, why = _moved(statement.evidence, alignment, before)
            if why is not None:
                stale[statement.id] = why
            statements.append(statement if evidence == statement.evidence else replace(statement, evidence=evidence))
        out.append(replace(section, statements=tuple(statements)))
    return tuple(out)


def _moved(
    evidence: Sequence[Evidence], alignment: Alignment, before: Transcript
) -> tuple[tuple[Evidence, ...], _Stale | None]:
    found = [(item, alignment.moved(item)) for item in evidence]
    changed = [(item, move) for item, move in found if move.shift is not None]
    places = tuple(dict.fromkeys(place for _, move in found for place in move.evidence))
    if not changed:
        return places, None
    words = dict.fromkeys(move.change or _words(before, item) for item, move in changed)
    return places, _Stale(changed[0][1].shift or "words", " … ".join(words))


def _words(transcript: Transcript, item: Evidence) -> str:
    said = transcript.utterance(item.utterance)
    text = said.text[item.start : item.end] if said is not None else ""
    return text if len(text) <= _QUOTE else f"{text[:_QUOTE]}…"


def _kept_offers(offers: Iterable[Offer], alignment: Alignment) -> Iterator[Offer]:
    for offer in offers:
        items = [item for entry in offer.entries for item in entry.evidence]
        items += [item for one in offer.statements for item in one.statement.evidence]
        if all(alignment.moved(item).shift is None for item in items):
            yield _moved_offer(offer, alignment)


def _moved_offer(offer: Offer, alignment: Alignment) -> Offer:
    def there(evidence: Iterable[Evidence]) -> tuple[Evidence, ...]:
        return tuple(place for item in evidence for place in alignment.moved(item).evidence)

    return replace(
        offer,
        entries=tuple(replace(entry, evidence=there(entry.evidence)) for entry in offer.entries),
        statements=tuple(
            replace(one, statement=replace(one.statement, evidence=there(one.statement.evidence)))
            for one in offer.statements
        ),
    )


def _unsupported(
    draft: Draft,
    moved: Draft,
    stale: Mapping[str, _Stale],
    before: Transcript,
    after: Transcript,
    touched: frozenset[str],
) -> dict[str, _Stale]:
    """The statements near the change that the verifier supports less than before."""
    near = _near(after, touched)
    asked = {
        s.id: s
        for s in statements_of(moved)
        if s.id not in stale and s.support != "edited" and near & {item.utterance for item in s.evidence}
    }
    if not asked:
        return {}
    then = {s.id: s for s in statements_of(draft) if s.id in asked}
    old = {verdict.statement: verdict.support for verdict in verify(before, then.values(), draft.entries)}
    new = {verdict.statement: verdict.support for verdict in verify(after, asked.values(), moved.entries)}
    return {
        name: _Stale("verdict", " … ".join(_words(after, item) for item in asked[name].evidence))
        for name in asked
        if _RANK[new[name]] < _RANK[old[name]]
    }


def _near(transcript: Transcript, touched: frozenset[str]) -> set[str]:
    ids = [said.id for said in transcript.utterances]
    places = [place for place, name in enumerate(ids) if name in touched]
    return {name for place in places for name in ids[max(place - _NEAR, 0) : place + _NEAR + 1]}


def _flags(
    draft: Draft, moved: Draft, stale: Mapping[str, _Stale], entry_stale: Mapping[str, _Stale]
) -> Iterator[Flag]:
    """The draft's flags, with one for each thing that is stale now; what was stale before keeps its words."""
    known = {_subject(flag): flag for flag in draft.flags if flag.is_stale and flag.is_open}
    fresh: dict[tuple[str, ...], Flag] = {}
    named: set[str] = set()
    for statement in statements_of(moved):
        why = stale.get(statement.id)
        if why is None:
            continue
        entries = tuple(entry for entry in statement.entries if entry in entry_stale)
        named |= set(entries)
        fresh[statement.id,] = Flag(
            kind="stale", rule=why.rule, text=why.words, statements=(statement.id,), entries=entries
        )
    for entry, why in entry_stale.items():
        if entry not in named:
            fresh[entry,] = Flag(kind="stale", rule=why.rule, text=why.words, entries=(entry,))
    again = set(fresh)
    for flag in draft.flags:
        if flag.kind == "stale" and not flag.is_stale:
            continue
        if flag.is_stale and _subject(flag) in again:
            continue
        yield flag
    for subject, flag in fresh.items():
        before = known.get(subject)
        entries = tuple(dict.fromkeys((*(before.entries if before else ()), *flag.entries)))
        yield flag if before is None else replace(flag, text=before.text, entries=entries)
    yield UNREAD


def _subject(flag: Flag) -> tuple[str, ...]:
    """What a stale flag is about: its statement, else its entry."""
    return flag.statements or flag.entries
