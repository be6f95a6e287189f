"""Facts that the corrected transcript tells and the draft does not: offered, taken up or not, never forced."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace

from scribe.domain.entries import Entry
from scribe.domain.note import Draft, Offer, OfferedStatement
from scribe.domain.statement import Section, Statement
from scribe.drafting.redraft.wording import Words


def offers(
    draft: Draft, fresh: Draft, twins: Mapping[str, str], words: Words, new_id: Callable[[], str]
) -> tuple[Offer, ...]:
    """The fresh entries that the draft has not and does not offer yet, in the groups in which statements tell them.

    ``twins`` are the ids, in the draft, of the fresh entries that it has.
    """
    known = {_fact(entry) for offer in draft.offers for entry in offer.entries}
    new = [entry for entry in fresh.entries if entry.id not in twins and _fact(entry) not in known]
    names = {entry.id: new_id() for entry in new}
    entries = tuple(replace(entry, id=names[entry.id]) for entry in new)
    told = [
        OfferedStatement(part="note", section=section.code, statement=statement)
        for section in (words.note(entries) if entries else ())
        for statement in words.judged(section.statements, entries)
        if statement.entries
    ]
    told += _of_the_summary(fresh, names)
    return tuple(_offer(draft, fresh, group, told, names, twins, new_id) for group in _groups(entries, told))


def _of_the_summary(fresh: Draft, names: Mapping[str, str]) -> list[OfferedStatement]:
    """What the fresh patient summary says of new entries alone."""
    return [
        OfferedStatement(
            part="summary",
            section=section.code,
            statement=replace(statement, entries=tuple(names[entry] for entry in statement.entries)),
        )
        for section in fresh.patient_summary.sections
        for statement in section.statements
        if statement.entries and set(statement.entries) <= set(names)
    ]


def _offer(
    draft: Draft,
    fresh: Draft,
    entries: tuple[Entry, ...],
    told: Iterable[OfferedStatement],
    names: Mapping[str, str],
    twins: Mapping[str, str],
    new_id: Callable[[], str],
) -> Offer:
    ids = {entry.id for entry in entries}
    mine = [one for one in told if set(one.statement.entries) <= ids]
    rows = [row for row in fresh.patient_summary.medicines if names.get(row.entry) in ids]
    known = {**twins, **names}
    alive = ids | {entry.id for entry in draft.entries}
    about = [
        replace(flag, entries=tuple(known[name] for name in flag.entries))
        for flag in fresh.flags
        if not flag.statements and all(known.get(name) in alive for name in flag.entries)
    ]
    return Offer(
        id=new_id(),
        entries=entries,
        statements=tuple(replace(one, statement=replace(one.statement, id=new_id())) for one in mine),
        medicines=tuple(replace(row, entry=names[row.entry]) for row in rows),
        flags=tuple(flag for flag in about if ids & set(flag.entries)),
    )


def take_offer(draft: Draft, offer_id: str) -> Draft:
    """With an offer's entries, statements, medicine rows and flags at the end of their lists; the offer goes.

    Raises KeyError where the draft makes no such offer.
    """
    offer = offer_of(draft, offer_id)
    told = {part: [one for one in offer.statements if one.part == part] for part in ("note", "summary")}
    summary = draft.patient_summary
    taken = replace(
        draft,
        entries=(*draft.entries, *offer.entries),
        note=replace(draft.note, sections=_with_offered(draft.note.sections, told["note"])),
        patient_summary=replace(
            summary,
            sections=_with_offered(summary.sections, told["summary"]),
            medicines=(*summary.medicines, *offer.medicines),
        ),
        flags=(*draft.flags, *offer.flags),
    )
    return drop_offer(taken, offer_id)


def drop_offer(draft: Draft, offer_id: str) -> Draft:
    """Without an offer; raises KeyError where the draft does not make it."""
    gone = offer_of(draft, offer_id)
    return replace(draft, offers=tuple(offer for offer in draft.offers if offer is not gone))


def _groups(entries: Sequence[Entry], told: Iterable[OfferedStatement]) -> list[tuple[Entry, ...]]:
    """The entries in groups: those that one statement tells stay together."""
    group = {entry.id: {entry.id} for entry in entries}
    for one in told:
        together = set().union(*(group[name] for name in one.statement.entries))
        for name in together:
            group[name] = together
    seen: dict[int, set[str]] = {id(names): names for names in group.values()}
    return [tuple(entry for entry in entries if entry.id in names) for names in seen.values()]


def _with_offered(sections: tuple[Section, ...], told: Sequence[OfferedStatement]) -> tuple[Section, ...]:
    """Each statement at the end of its section, or of the last one where there is no such section."""
    codes = [section.code for section in sections]
    by_code: dict[str, list[Statement]] = {code: [] for code in codes}
    for one in told:
        by_code[one.section if one.section in by_code else codes[-1]].append(one.statement)
    return tuple(replace(s, statements=(*s.statements, *by_code[s.code])) for s in sections)


def offer_of(draft: Draft, offer_id: str) -> Offer:
    """An offer of the draft; KeyError where it does not make it."""
    for offer in draft.offers:
        if offer.id == offer_id:
            return offer
    raise KeyError(offer_id)


def _fact(entry: Entry) -> tuple[str, str, object]:
    return entry.kind, entry.name, getattr(entry, "status", None)
