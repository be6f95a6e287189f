"""The versions of a transcript as a physician looks back over them: who, when, what changed."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

from scribe.domain.transcript import Transcript, Utterance
from scribe.store.transcript_versions import TranscriptVersion
from scribe.web.labels import SPEAKERS, clock, moment

MOST_VERSIONS = 30
_MOST_CHANGES = 6


@dataclass(frozen=True, slots=True, kw_only=True)
class UtteranceChange:
    """One utterance before and after; "" where it was not there.  ``what`` says what else changed."""

    clock: str
    before: str
    after: str
    what: str


@dataclass(frozen=True, slots=True, kw_only=True)
class TranscriptVersionView:
    """A version, newest first in a list; ``changes`` are told up to a few, ``more`` counts the others."""

    version: int
    latest: bool
    who: str
    at: str
    changes: tuple[UtteranceChange, ...]
    more: int


def version_views(
    versions: Sequence[TranscriptVersion], texts: Mapping[int, Transcript]
) -> tuple[TranscriptVersionView, ...]:
    """``versions``, newest first, each with what it changed of the one before it."""
    changes = {
        newer.version: tuple(_changes(texts[older.version], texts[newer.version]))
        for newer, older in pairwise(versions)
    }
    return tuple(
        TranscriptVersionView(
            version=one.version,
            latest=one is versions[0],
            who=one.made_by or "음성 인식",
            at=moment(one.created_at),
            changes=changes.get(one.version, ())[:_MOST_CHANGES],
            more=max(len(changes.get(one.version, ())) - _MOST_CHANGES, 0),
        )
        for one in versions[:MOST_VERSIONS]
    )


def _changes(before: Transcript, after: Transcript) -> Iterator[UtteranceChange]:
    then = {said.id: said for said in before.utterances}
    now = {said.id for said in after.utterances}
    for said in after.utterances:
        old = then.get(said.id)
        if old is None:
            yield _change(said, "", said.text, "말이 새로 생김")
        elif old != said:
            what = ", ".join(_beside_text(old, said))
            texts = (old.text, said.text) if old.text != said.text else ("", "" if what else said.text)
            yield _change(said, *texts, what)
    for said in before.utterances:
        if said.id not in now:
            yield _change(said, said.text, "", "말이 없어짐")


def _change(said: Utterance, before: str, after: str, what: str) -> UtteranceChange:
    return UtteranceChange(clock=clock(said.start), before=before, after=after, what=what)


def _beside_text(old: Utterance, new: Utterance) -> Iterator[str]:
    if old.speaker != new.speaker:
        yield f"화자: {SPEAKERS[old.speaker].name} → {SPEAKERS[new.speaker].name}"
    if bool(old.excluded) != bool(new.excluded):
        yield "진료와 무관으로 표시" if new.excluded else "다시 진료 내용으로"
    if old.text == new.text and old.corrections != new.corrections:
        yield "용어 읽기를 정함"
