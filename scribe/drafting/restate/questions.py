"""What the physician is asked by rule, asked anew when the entries change: answers that still fit are kept."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace

from scribe.domain.encounter import Encounter
from scribe.domain.entries import Entry, Vital
from scribe.domain.note import Draft, Flag
from scribe.drafting.flags import entry_flags
from scribe.drafting.lexicon import VitalRow, by_term
from scribe.drafting.phrases import number, quantity, unit_text
from scribe.drafting.restate.wording import plain_entry
from scribe.drafting.safety import safety_flags

_OF_HEARING = frozenset(
    [
        "contradiction", "correction", "misheard_name", "misheard_term", "misheard_unit", "misheard_strength",
        "misheard_pressure",
    ]
)  # fmt: skip
"""Rules that ask what was meant: a physician who writes the entry by hand has answered them."""


def asked_anew(before: Draft, after: Draft, changed: frozenset[str]) -> Draft:
    """``after`` with the questions that its entries raise and those of ``before`` did not, without those they no
    longer raise, and with what was asked about the hearing of a ``changed`` entry answered."""
    old, new = _questions(before), _questions(after)
    gone = [flag for flag in old if flag not in new]
    kept = [flag for flag in after.flags if replace(flag, decision=None) not in gone]
    asked = {replace(flag, decision=None) for flag in kept}
    added = [flag for flag in new if flag not in old and flag not in asked]
    return replace(after, flags=(*(_answered(flag, changed) for flag in kept), *added))


def implausible(entries: Iterable[Entry]) -> Iterator[Flag]:
    """A question for each vital sign outside the bounds that the lexicon calls plausible."""
    rows = by_term(VitalRow)
    for entry in entries:
        row = rows.get(entry.name.split()[-1]) if isinstance(entry, Vital) and entry.name.split() else None
        if not isinstance(entry, Vital) or row is None or entry.unit != row.unit:
            continue
        low, high = row.plausible_low, row.plausible_high
        if (low is not None and entry.value < low) or (high is not None and entry.value > high):
            least, most = ("" if bound is None else number(bound) for bound in (low, high))
            span = f"{least}–{most}{unit_text(row.unit)}"
            text = f"확인 필요: {entry.name} {quantity(entry.value, entry.unit)} – 있을 수 있는 범위 {span}를 벗어납니다. 맞습니까?"  # noqa: E501
            yield Flag(kind="conflict", rule="implausible", text=text, entries=(entry.id,))


def _questions(draft: Draft) -> list[Flag]:
    entries = tuple(map(plain_entry, draft.entries))
    return [*_by_rule(entries, draft.encounter)]


def _by_rule(entries: Sequence[Entry], encounter: Encounter) -> Iterator[Flag]:
    yield from safety_flags(entries, encounter)
    yield from entry_flags(entries, encounter)
    yield from implausible(entries)


def _answered(flag: Flag, changed: frozenset[str]) -> Flag:
    is_answered = flag.is_open and flag.rule in _OF_HEARING and bool(set(flag.entries) & changed)
    return replace(flag, decision="changed") if is_answered else flag
