"""A draft as the review page shows it."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from scribe.domain.entries import Evidence
from scribe.domain.note import Draft, Flag
from scribe.domain.settling import UNSUPPORTED_ONLY, Settling
from scribe.domain.statement import Section, Statement
from scribe.domain.transcript import Transcript
from scribe.web.labels import FLAGS, SECTIONS, clock, support_label
from scribe.web.quotes import Quote, quotes
from scribe.web.review.entry_view import EntryRow, entry_row
from scribe.web.review.flag_names import flag_names
from scribe.web.review.stale_view import stale_reasons

Part = Literal["note", "summary"]
PARTS: tuple[Part, ...] = ("note", "summary")

_NO_EVIDENCE = "대화에서 근거를 찾지 못했습니다."
_UTTERANCE_ID = re.compile(r"\bu\d+\b")

# Flags of these kinds wait for the physician's decision; the others inform.
SETTLED_BY_HAND = ("conflict", "red_flag")


@dataclass(frozen=True, slots=True, kw_only=True)
class StatementView:
    """A statement with its mark and the words it rests on; ``reason`` says what the mark objects to, if anything.

    ``kind`` is its support, or "acknowledged"; ``can_accept`` where a physician may say that it stays; ``stale`` tells
    how the words under it changed.
    """

    id: str
    part: Part
    text: str
    kind: str
    mark: str
    meaning: str
    open: bool
    can_accept: bool
    reason: str
    stale: str
    quotes: tuple[Quote, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class SectionView:
    """A section of the note or of the patient summary."""

    code: str
    part: Part
    title: str
    what: str
    statements: tuple[StatementView, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class FlagView:
    """Something to look at before signing: ``index`` is its place in the draft, ``name`` what edits call it; ``open``
    needs a decision.

    ``about`` are the entries in question, where the decision may be to drop one.
    """

    index: int
    name: str
    kind: str
    label: str
    text: str
    open: bool
    about: tuple[EntryRow, ...]
    quotes: tuple[Quote, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenItems:
    """What must be settled before the draft may be signed."""

    statements: tuple[tuple[Part, str], ...]
    flags: tuple[int, ...]

    @property
    def count(self) -> int:
        return len(self.statements) + len(self.flags)


def sections_of(draft: Draft, part: Part) -> tuple[Section, ...]:
    """The sections of the note or of the patient summary."""
    return draft.note.sections if part == "note" else draft.patient_summary.sections


def open_items(draft: Draft, settling: Settling = UNSUPPORTED_ONLY) -> OpenItems:
    """Statements that the hospital's rule has settled one by one, and conflicts, in reading order."""
    return OpenItems(
        statements=tuple(
            (part, statement.id)
            for part in PARTS
            for section in sections_of(draft, part)
            for statement in section.statements
            if settling.waits(statement)
        ),
        flags=tuple(index for index, flag in enumerate(draft.flags) if flag.is_open),
    )


def all_evidence(draft: Draft) -> Iterator[Evidence]:
    """Every span that the draft points at, repeats included."""
    for entry in draft.entries:
        yield from entry.evidence
    for part in PARTS:
        for section in sections_of(draft, part):
            for statement in section.statements:
                yield from statement.evidence


def section_views(
    draft: Draft, transcript: Transcript, part: Part, settling: Settling = UNSUPPORTED_ONLY
) -> tuple[SectionView, ...]:
    """The sections of one part with marks and quotes; empty sections stay, so that text can be added."""
    reasons = {name: flag.text for flag in draft.flags if flag.kind == "unsupported" for name in flag.statements}
    stale = stale_reasons(draft)
    return tuple(
        SectionView(
            code=section.code,
            part=part,
            title=section.title,
            what=SECTIONS.get(section.code, "") if len(section.title) == 1 else "",
            statements=tuple(
                statement_view(
                    statement,
                    transcript,
                    part,
                    reasons.get(statement.id),
                    stale.get(statement.id, ""),
                    waits=settling.waits(statement),
                )
                for statement in section.statements
            ),
        )
        for section in sections_of(draft, part)
    )


def statement_view(
    statement: Statement, transcript: Transcript, part: Part, reason: str | None, stale: str, *, waits: bool
) -> StatementView:
    """One statement with its mark and quotes; ``reason`` is why the verifier did not support it, ``waits`` that it has
    to be settled."""
    label = support_label(statement)
    in_doubt = statement.support in {"none", "partial"}
    return StatementView(
        id=statement.id,
        part=part,
        text=statement.text,
        kind="acknowledged" if statement.acknowledged else statement.support,
        mark=label.mark,
        meaning=label.meaning,
        open=waits or bool(stale),
        can_accept=in_doubt and not statement.acknowledged,
        reason=reason or _NO_EVIDENCE if in_doubt else "",
        stale=stale,
        quotes=quotes(transcript, statement.evidence),
    )


def flag_views(draft: Draft, transcript: Transcript) -> tuple[FlagView, ...]:
    """Flags, danger signs first; "unsupported" is left out, since each such statement carries its own mark."""
    order = {"red_flag": 0, "conflict": 1, "missing": 2}
    names = flag_names(draft.flags)
    shown = [(index, flag) for index, flag in enumerate(draft.flags) if flag.kind in order]
    shown.sort(key=lambda item: order[item[1].kind])
    return tuple(_flag_view(index, names[index], flag, draft, transcript) for index, flag in shown)


def _flag_view(index: int, name: str, flag: Flag, draft: Draft, transcript: Transcript) -> FlagView:
    entries = [entry for entry in draft.entries if entry.id in flag.entries]
    statements = [
        statement
        for part in PARTS
        for section in sections_of(draft, part)
        for statement in section.statements
        if statement.id in flag.statements
    ]
    evidence = [item for source in (entries, statements) for holder in source for item in holder.evidence]
    named = ", ".join(entry.name for entry in entries) or ", ".join(statement.text for statement in statements)
    return FlagView(
        index=index,
        name=name,
        kind=flag.kind,
        label=FLAGS[flag.kind],
        text=_with_times(_question(flag) or named or FLAGS[flag.kind], transcript),
        open=flag.is_open,
        about=tuple(entry_row(entry, None) for entry in entries if flag.kind in SETTLED_BY_HAND),
        quotes=quotes(transcript, dict.fromkeys((*evidence, *_mentioned(flag, transcript)))),
    )


def _question(flag: Flag) -> str:
    """The flag's text; the label beside it says already that it is to be confirmed."""
    text = flag.text or ""
    return text.removeprefix(f"{FLAGS['conflict']}: ") if flag.kind == "conflict" else text


def _mentioned(flag: Flag, transcript: Transcript) -> Iterator[Evidence]:
    """The whole of each utterance that the flag's text names by its id."""
    for name in _UTTERANCE_ID.findall(flag.text or ""):
        utterance = transcript.utterance(name)
        if utterance is not None and utterance.text:
            yield Evidence(utterance=name, start=0, end=len(utterance.text))


def _with_times(text: str, transcript: Transcript) -> str:
    """``text`` with utterance ids as the times that the page shows beside utterances."""
    starts = {utterance.id: clock(utterance.start) for utterance in transcript.utterances}
    return _UTTERANCE_ID.sub(lambda match: starts.get(match[0], match[0]), text)
