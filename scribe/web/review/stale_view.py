"""What went stale when the transcript was corrected, and what it tells anew, as the review page shows it."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from types import MappingProxyType

from scribe.domain.note import Draft, Flag, Offer
from scribe.domain.rewriting import StaleChoice
from scribe.domain.statement import Section
from scribe.domain.transcript import Transcript
from scribe.drafting.redraft import is_unread, stale_flags, to_rewrite
from scribe.web.quotes import Quote, quotes
from scribe.web.review.entry_view import KINDS

_WHY: Mapping[str | None, str] = MappingProxyType(
    {
        "words": "대화를 고침",
        "speaker": "말한 사람이 바뀜",
        "excluded": "진료와 무관으로 뺌",
        "reading": "용어를 다르게 읽음",
        "verdict": "고친 대화와 맞지 않음",
    }
)


@dataclass(frozen=True, slots=True, kw_only=True)
class StaleView:
    """Something on changed words: a statement, or an entry that no such statement states (``statement`` is "" then).

    ``by_hand``: a physician wrote it, so that it is rewritten only where they ask for it.
    """

    statement: str
    part: str
    entry: str
    text: str
    why: str
    by_hand: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class OfferView:
    """Facts that the correction tells: each with its kind, and what would be written."""

    id: str
    names: str
    sentences: tuple[tuple[str, str], ...]
    quotes: tuple[Quote, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class StaleBar:
    """All of it; ``rewritable`` counts what one press rewrites, ``unread`` says that there may be news besides."""

    items: tuple[StaleView, ...]
    rewritable: int
    offers: tuple[OfferView, ...]
    unread: bool

    @property
    def by_hand(self) -> int:
        return len(self.items) - self.rewritable

    @property
    def entries(self) -> tuple[StaleView, ...]:
        """What the note does not show, and the bar therefore has to."""
        return tuple(item for item in self.items if not item.statement)


def stale_bar(draft: Draft, transcript: Transcript) -> StaleBar:
    flags = stale_flags(draft)
    swept = to_rewrite(draft, StaleChoice(everything=True))
    return StaleBar(
        items=tuple(_item(flag, draft, by_hand=flag not in swept) for flag in flags),
        rewritable=len(swept),
        offers=tuple(_offer(offer, draft, transcript) for offer in draft.offers),
        unread=is_unread(draft),
    )


def stale_reasons(draft: Draft) -> dict[str, str]:
    """Why each stale statement is so, by its id."""
    return {name: why_stale(flag) for flag in stale_flags(draft) for name in flag.statements}


def why_stale(flag: Flag) -> str:
    """The reason, and how the words changed or what they were."""
    words = f": {flag.text}" if flag.text and "→" in flag.text else f" (‘{flag.text}’)" if flag.text else ""
    return f"{_WHY.get(flag.rule, _WHY['words'])}{words}"


def _item(flag: Flag, draft: Draft, *, by_hand: bool) -> StaleView:
    for part, section in _sections(draft):
        for statement in section.statements:
            if statement.id in flag.statements:
                return StaleView(
                    statement=statement.id,
                    part=part,
                    entry="",
                    text=statement.text,
                    why=why_stale(flag),
                    by_hand=by_hand,
                )
    entry = next((entry for entry in draft.entries if entry.id in flag.entries), None)
    name = f"{KINDS[entry.kind]}: {entry.name}" if entry is not None else ""
    return StaleView(
        statement="",
        part="entries",
        entry=entry.id if entry is not None else "",
        text=name,
        why=why_stale(flag),
        by_hand=by_hand,
    )


def _offer(offer: Offer, draft: Draft, transcript: Transcript) -> OfferView:
    titles = {(part, section.code): section.title for part, section in _sections(draft)}
    evidence = dict.fromkeys(item for entry in offer.entries for item in entry.evidence)
    return OfferView(
        id=offer.id,
        names=", ".join(f"{KINDS[entry.kind]}: {entry.name}" for entry in offer.entries),
        sentences=tuple((titles.get((one.part, one.section), ""), one.statement.text) for one in offer.statements),
        quotes=quotes(transcript, evidence),
    )


def _sections(draft: Draft) -> Iterator[tuple[str, Section]]:
    for section in draft.note.sections:
        yield "note", section
    for section in draft.patient_summary.sections:
        yield "summary", section
