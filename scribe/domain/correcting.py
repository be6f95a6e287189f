"""Correcting a transcript by hand: what was heard is kept beside what is written, and words keep their times."""

from collections.abc import Iterable
from dataclasses import replace
from itertools import pairwise

from scribe.domain.alignment import TextMap, text_map
from scribe.domain.errors import ScribeError
from scribe.domain.transcript import Correction, Speaker, Transcript, Utterance, Word

_BRIEF = 0.5
"""Seconds of an utterance that nobody heard, where its neighbours leave no gap."""


class CorrectingError(ScribeError):
    """The transcript cannot be changed in this way."""


class NoUtteranceError(CorrectingError):
    """The transcript has no utterance {id}."""


class EmptyUtteranceError(CorrectingError):
    """An utterance needs text: exclude it instead of emptying it."""


class SplitError(CorrectingError):
    """An utterance can be split between words only."""


class MergeError(CorrectingError):
    """No utterance follows that could be merged with it."""


def rewritten(transcript: Transcript, utterance_id: str, text: str) -> Transcript:
    """With another text for an utterance, on a person's word: unchanged words keep their times and probability."""
    said = _find(transcript, utterance_id)
    new = " ".join(text.split())
    if not new:
        raise EmptyUtteranceError
    return transcript if new == said.text else _with(transcript, said, (_rewritten(said, new),))


def split(transcript: Transcript, utterance_id: str, at: int, speaker: Speaker) -> Transcript:
    """Cut before character ``at``; ``speaker`` said the second half, which gets an id of its own."""
    said = _find(transcript, utterance_id)
    head, tail = said.text[:at].rstrip(), said.text[at:].lstrip()
    if not head or not tail or not (said.text[at - 1].isspace() or said.text[at].isspace()):
        raise SplitError
    cut = said.text.index(tail, len(head))
    moment = _moment(said, cut)
    heard = _heard_parts(said, cut)
    first = replace(
        said,
        text=head,
        end=moment,
        words=_words_between(said, 0, len(head)),
        corrections=_corrections_between(said, 0, len(head)),
        heard=heard[0],
    )
    second = replace(
        said,
        id=_next_id(transcript),
        speaker=speaker,
        text=tail,
        start=moment,
        words=_words_between(said, cut, len(said.text)),
        corrections=_corrections_between(said, cut, len(said.text)),
        heard=heard[1],
    )
    return _with(transcript, said, (first, second))


def merged(transcript: Transcript, utterance_id: str) -> Transcript:
    """With the following utterance as its end, said by the same speaker."""
    said = _find(transcript, utterance_id)
    place = transcript.utterances.index(said)
    if place + 1 == len(transcript.utterances):
        raise MergeError
    after = transcript.utterances[place + 1]
    shift = len(said.text) + 1
    moved = tuple(replace(c, start=c.start + shift, end=c.end + shift) for c in after.corrections or ())
    is_timed = said.words is not None and after.words is not None
    whole = replace(
        said,
        text=f"{said.text} {after.text}",
        end=max(said.end, after.end),
        words=(*(said.words or ()), *(after.words or ())) if is_timed else None,
        confidence=None
        if said.confidence is None or after.confidence is None
        else min(said.confidence, after.confidence),
        corrections=(*(said.corrections or ()), *moved) or None,
        heard=_joined_heard(said, after),
        excluded=said.excluded if said.excluded == after.excluded else None,
    )
    left = (*transcript.utterances[:place], whole, *transcript.utterances[place + 2 :])
    return replace(transcript, utterances=left)


def added(transcript: Transcript, after_id: str | None, speaker: Speaker, text: str) -> Transcript:
    """With an utterance that the recogniser missed, after another one; None: at the beginning."""
    new = " ".join(text.split())
    if not new:
        raise EmptyUtteranceError
    place = 0 if after_id is None else transcript.utterances.index(_find(transcript, after_id)) + 1
    said = transcript.utterances
    start = said[place - 1].end if place else 0.0
    end = said[place].start if place < len(said) else start + _BRIEF
    missed = Utterance(id=_next_id(transcript), speaker=speaker, start=start, end=max(start, end), text=new, heard="")
    return replace(transcript, utterances=(*said[:place], missed, *said[place:]))


def excluded(transcript: Transcript, utterance_ids: Iterable[str], *, out: bool) -> Transcript:
    """With these utterances taken out of what is drafted from, or back in."""
    wanted = {_find(transcript, one).id for one in utterance_ids}
    said = tuple(replace(u, excluded=True if out else None) if u.id in wanted else u for u in transcript.utterances)
    return replace(transcript, utterances=said)


def as_heard(transcript: Transcript, utterance_id: str) -> Transcript:
    """With an utterance's text as it was recognised; one that was added by hand goes."""
    said = _find(transcript, utterance_id)
    if said.heard is None:
        return transcript
    return _with(transcript, said, (_rewritten(said, said.heard),) if said.heard else ())


def _find(transcript: Transcript, utterance_id: str) -> Utterance:
    said = transcript.utterance(utterance_id)
    if said is None:
        raise NoUtteranceError(id=utterance_id)
    return said


def _with(transcript: Transcript, old: Utterance, new: tuple[Utterance, ...]) -> Transcript:
    place = transcript.utterances.index(old)
    return replace(transcript, utterances=(*transcript.utterances[:place], *new, *transcript.utterances[place + 1 :]))


def _next_id(transcript: Transcript) -> str:
    numbers = [int(u.id[1:]) for u in transcript.utterances if u.id[:1] == "u" and u.id[1:].isdigit()]
    return f"u{max(numbers, default=-1) + 1}"


def _rewritten(said: Utterance, text: str) -> Utterance:
    """``text`` in place of the utterance's own."""
    heard = said.text if said.heard is None else said.heard
    changes = text_map(said.text, text)
    return replace(
        said,
        text=text,
        confidence=None,
        words=None if said.words is None else _retimed(said, text, changes),
        corrections=_kept_corrections(said, changes) or None,
        heard=None if text == heard else heard,
    )


def placed(said: Utterance) -> tuple[tuple[int, Word], ...]:
    """The utterance's words with the character each begins at; a word not found in order in the text is left out."""
    out, cursor = [], 0
    for word in said.words or ():
        text = word.text.strip()
        start = said.text.find(text, cursor) if text else -1
        if start < 0:
            continue
        cursor = start + len(text)
        out.append((start, word))
    return tuple(out)


def _retimed(said: Utterance, text: str, changes: TextMap) -> tuple[Word, ...]:
    """The words of ``text``: those that stand as they were with their times, the others between their neighbours'."""
    known: dict[int, Word] = {}
    for start, word in placed(said):
        place = changes.places[start]
        if place is not None and _token_at(said.text, start) == _token_at(text, place):
            known[place] = word
    loose: list[tuple[int, str]] = []
    out: list[Word] = []
    clock, at = said.start, 0
    for token in text.split():
        at = text.index(token, at)
        inside = [(start, word) for start, word in sorted(known.items()) if at <= start < at + len(token)]
        if not inside:
            loose.append((at, token))
        else:
            out += _between(loose, clock, inside[0][1].start)
            out += [word for _, word in inside]
            clock, loose = inside[-1][1].end, []
        at += len(token)
    return (*out, *_between(loose, clock, said.end))


def _token_at(text: str, at: int) -> tuple[str, int]:
    """What stands between the spaces around a character, and how far into it that is."""
    begun = text[:at].rsplit(maxsplit=1)[-1] if at and not text[at - 1].isspace() else ""
    return text[at - len(begun) :].split(maxsplit=1)[0], len(begun)


def _between(tokens: list[tuple[int, str]], start: float, end: float) -> list[Word]:
    """Words shared out over the seconds by their length."""
    total = sum(len(token) for _, token in tokens)
    edges, spoken = [start], 0
    for _, token in tokens:
        spoken += len(token)
        edges.append(round(start + max(end - start, 0.0) * spoken / total, 2))
    return [
        Word(text=token, start=since, end=max(since, until))
        for (_, token), (since, until) in zip(tokens, pairwise(edges), strict=True)
    ]


def _kept_corrections(said: Utterance, changes: TextMap) -> tuple[Correction, ...]:
    """The terms read in words that still stand."""
    out = []
    for item in said.corrections or ():
        places = changes.places[item.start : item.end]
        if None not in places and (places[-1] or 0) - (places[0] or 0) == item.end - item.start - 1:
            start = places[0] or 0
            out.append(replace(item, start=start, end=start + item.end - item.start))
    return tuple(out)


def _moment(said: Utterance, cut: int) -> float:
    """When the character at ``cut`` is said."""
    after = next((word.start for start, word in placed(said) if start >= cut), None)
    share = said.start + (said.end - said.start) * cut / max(len(said.text), 1)
    return min(max(after if after is not None else round(share, 2), said.start), said.end)


def _words_between(said: Utterance, start: int, end: int) -> tuple[Word, ...] | None:
    return None if said.words is None else tuple(word for at, word in placed(said) if start <= at < end)


def _corrections_between(said: Utterance, start: int, end: int) -> tuple[Correction, ...] | None:
    inside = (item for item in said.corrections or () if start <= item.start and item.end <= end)
    return tuple(replace(item, start=item.start - start, end=item.end - start) for item in inside) or None


def _heard_parts(said: Utterance, cut: int) -> tuple[str | None, str | None]:
    """What was heard of each half; None where its text is just that."""
    if not said.heard:
        return said.heard, said.heard
    places = text_map(said.text, said.heard).places
    at = next((place for place in places[cut:] if place is not None), len(said.heard))
    halves = said.heard[:at].strip(), said.heard[at:].strip()
    texts = said.text[:cut].rstrip(), said.text[cut:]
    return halves[0] if halves[0] != texts[0] else None, halves[1] if halves[1] != texts[1] else None


def _joined_heard(one: Utterance, other: Utterance) -> str | None:
    if one.heard is None and other.heard is None:
        return None
    parts = (said.text if said.heard is None else said.heard for said in (one, other))
    return " ".join(part for part in parts if part)
