"""The words that were said beside the preferred term: "실신감(눈앞이 하얘지고)"."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import replace

from scribe.domain.entries import Entry
from scribe.drafting.dialogue import Dialogue
from scribe.drafting.lexicon import Table
from scribe.drafting.terms import Mention

_TABLES: dict[str, tuple[Table, ...]] = {
    "symptom": (Table.SYMPTOMS,),
    "history": (Table.HISTORIES, Table.DIAGNOSES, Table.PROCEDURES),
    "diagnosis": (Table.DIAGNOSES,),
}
_MOST = 2


def said_words(dialogue: Dialogue, entries: Iterable[Entry]) -> tuple[tuple[str, str], ...]:
    """The id of each symptom, history and diagnosis with the words in its evidence that its term stands for.

    Left out where the words are the term, or a part of it.
    """
    found = ((entry.id, _words(dialogue, entry)) for entry in entries if entry.kind in _TABLES)
    return tuple((entry, words) for entry, words in found if words)


def as_said(entries: Iterable[Entry], said: Sequence[tuple[str, str]]) -> tuple[Entry, ...]:
    """The entries, each with the words it was said in after its term: a reader sees what was made of what."""
    words = dict(said)
    return tuple(
        replace(entry, name=f"{entry.name}({words[entry.id]})") if entry.id in words else entry for entry in entries
    )


def _words(dialogue: Dialogue, entry: Entry) -> str:
    turns = {turn.id: turn for turn in dialogue.turns}
    said: list[str] = []
    for item in entry.evidence:
        turn = turns[item.utterance]
        for mention in turn.of(*_TABLES[entry.kind]):
            if item.start <= mention.start < item.end and _is_of(mention, entry.name):
                words = re.sub(r"\s+", " ", turn.utterance.text[mention.start : mention.end]).strip(" .,?!…")
                if not _is_same(words, entry.name) and not any(_is_same(words, other) for other in said):
                    said.append(words)
    return ", ".join(said[:_MOST])


def _is_of(mention: Mention, name: str) -> bool:
    term = mention.row.term
    return term in name or name in term


def _is_same(one: str, other: str) -> bool:
    first, second = (re.sub(r"[\W_]", "", text).lower() for text in (one, other))
    return first in second or second in first
