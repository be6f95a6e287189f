"""Where the words of one version of a transcript stand in another: nothing is guessed about words that changed.

Words that both versions have, in order, are the same words; of a word that was rewritten only its common beginning
and end are.  Utterances that were split or merged are read as one text.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from functools import cached_property
from itertools import takewhile
from re import finditer
from typing import Literal

from scribe.domain.entries import Evidence
from scribe.domain.transcript import Transcript, Utterance

Shift = Literal["words", "speaker", "excluded", "reading"]
"""Why words are not what they were: said otherwise, by somebody else, taken out, or read as another term."""

Span = tuple[int, int]


@dataclass(frozen=True, slots=True)
class Moved:
    """Evidence as it stands in the other version; ``shift`` is None where the same words still say the same.

    Empty where nothing is left of the words.  ``change`` is what was rewritten, "오백 → 이백오십", where words were.
    """

    evidence: tuple[Evidence, ...]
    shift: Shift | None = None
    change: str = ""


@dataclass(frozen=True, slots=True)
class TextMap:
    """Character positions of ``old`` in ``new``; ``changed`` are the runs of whole words that differ."""

    places: tuple[int | None, ...]
    changed: tuple[tuple[Span, Span], ...]

    def region(self, start: int, end: int) -> Span:
        """What stands in the new text between what stood around ``start`` and ``end``."""
        inside = [place for place in self.places[start:end] if place is not None]
        low, high = (inside[0], inside[-1] + 1) if inside else (None, None)
        for (old_start, old_end), (new_start, new_end) in self.changed:
            if old_start < end and start < old_end:
                low = new_start if low is None else min(low, new_start)
                high = new_end if high is None else max(high, new_end)
        return (low or 0, high or 0)


def text_map(old: str, new: str) -> TextMap:
    """How ``old`` became ``new``, word by word."""
    if old == new:
        return TextMap(tuple(range(len(old))), ())
    before, after = _words(old), _words(new)
    places: list[int | None] = [None] * len(old)
    changed: list[tuple[Span, Span]] = []
    matcher = SequenceMatcher(a=[old[a:b] for a, b in before], b=[new[a:b] for a, b in after], autojunk=False)
    for tag, i1, i2, j1, j2 in matcher.get_opcodes():
        here, there = _extent(before, i1, i2, len(old)), _extent(after, j1, j2, len(new))
        if tag == "equal":
            for (start, end), (other, _) in zip(before[i1:i2], after[j1:j2], strict=True):
                places[start:end] = range(other, other + end - start)
        else:
            changed.append((here, there))
            _match_edges(old, new, here, there, places)
    _match_spaces(old, new, places)
    return TextMap(tuple(places), tuple(changed))


class Alignment:
    """The words of ``before`` in ``after``."""

    def __init__(self, before: Transcript, after: Transcript) -> None:
        self._before = {said.id: said for said in before.utterances}
        self._after = {said.id: said for said in after.utterances}
        self._groups: dict[str, _Group] = {}
        for group in _groups(before.utterances, after.utterances):
            for said in group.old:
                self._groups[said.id] = group

    @cached_property
    def touched(self) -> frozenset[str]:
        """The utterances of ``after`` that are not, to the character and the speaker, what they were."""
        return frozenset(said.id for said in self._after.values() if _sense(said) != _sense(self._before.get(said.id)))

    def moved(self, item: Evidence) -> Moved:
        """``item`` of ``before`` as it stands in ``after``."""
        said = self._before.get(item.utterance)
        if said is None or item.start >= len(said.text):
            return Moved((), "words")
        span = (item.start, min(item.end, len(said.text)))
        group = self._groups[said.id]
        if len(group.old) == len(group.new) == 1 and _sense(said) == _sense(group.new[0]):
            return Moved((Evidence(utterance=said.id, start=span[0], end=span[1]),))
        return _Move(group, said, span).result()


@dataclass(frozen=True)
class _Group:
    """Utterances that became utterances: one and one, or more where some were split or merged."""

    old: tuple[Utterance, ...]
    new: tuple[Utterance, ...]

    @cached_property
    def map(self) -> TextMap:
        return text_map(_joined(self.old), _joined(self.new))

    @cached_property
    def starts(self) -> dict[str, int]:
        """Where each new utterance begins in the joined text."""
        return dict(_starts(self.new))

    def begin_of_old(self, said: Utterance) -> int:
        return dict(_starts(self.old))[said.id]


@dataclass(frozen=True, slots=True)
class _Move:
    """One span of one old utterance on its way."""

    group: _Group
    said: Utterance
    span: Span

    def result(self) -> Moved:
        offset = self.group.begin_of_old(self.said)
        start, end = offset + self.span[0], offset + self.span[1]
        places = self.group.map.places[start:end]
        if None not in places and self._is_whole(start, end):
            return self._there(self._cut(places[0] or 0, (places[-1] or 0) + 1), start, end)
        low, high = self.group.map.region(start, end)
        found = self._found(low, high)
        if found is not None and not self._has_new_company(start, end):
            return self._there((found,), start, end)
        return Moved(self._cut(low, high), "words", self._change(start, end))

    def _there(self, evidence: tuple[Evidence, ...], start: int, end: int) -> Moved:
        """The same words in another place, which may say something else there."""
        if self._has_new_company(start, end):
            return Moved(evidence, "words", self._change(start, end))
        return Moved(evidence, self._shift(evidence))

    def _change(self, start: int, end: int) -> str:
        """The runs of words on or beside the span that were rewritten, as they were and as they are."""
        old, new = _joined(self.group.old), _joined(self.group.new)
        told = []
        for (old_start, old_end), (new_start, new_end) in self.group.map.changed:
            if old[old_end:start].strip() or old[end:old_start].strip():
                continue
            was, now = old[old_start:old_end], new[new_start:new_end]
            if not was or not now:
                after = old[old_end:].split(maxsplit=1)[:1] or [""]
                was, now = f"{was} {after[0]}".strip(), f"{now} {after[0]}".strip()
            told.append(f"{was} → {now}")
        return ", ".join(told)

    def _is_whole(self, start: int, end: int) -> bool:
        """True where nothing came between the words."""
        places = self.group.map.places
        run = zip(range(start, end), range(start + 1, end), strict=False)
        new = _joined(self.group.new)
        return all(not new[(places[one] or 0) + 1 : places[other]].strip() for one, other in run)

    def _has_new_company(self, start: int, end: int) -> bool:
        """True where a word right beside the span, in its utterance, came or went: "안", for one, turns it round."""
        old = _joined(self.group.old)
        for (old_start, old_end), (new_start, new_end) in self.group.map.changed:
            came, went = old_start == old_end, new_start == new_end
            if not (came or went) or (old_start < end and start < old_end):
                continue
            between = old[old_end:start] if old_end <= start else old[end:old_start]
            if not between.strip() and self._is_here(old_start, new_start, new_end, went):
                return True
        return False

    def _is_here(self, old_at: int, new_start: int, new_end: int, went: bool) -> bool:
        """Whether the change lies within the utterance that the span is in, and is no utterance of its own."""
        if went:
            offset = self.group.begin_of_old(self.said)
            return offset <= old_at <= offset + len(self.said.text)
        return not any(
            new_start <= self.group.starts[one.id] and self.group.starts[one.id] + len(one.text) <= new_end
            for one in self.group.new
        )

    def _found(self, low: int, high: int) -> Evidence | None:
        """The quoted words where they still stand, near where they stood; a single character proves nothing."""
        quote = self.said.text[self.span[0] : self.span[1]]
        if len(quote.strip()) < 2:
            return None
        places: list[tuple[int, Evidence]] = []
        for one in self.group.new:
            begin = self.group.starts[one.id]
            at = one.text.find(quote)
            while at >= 0:
                item = Evidence(utterance=one.id, start=at, end=at + len(quote))
                if begin + at < high and low < begin + at + len(quote):
                    places.append((abs(begin + at - low), item))
                at = one.text.find(quote, at + 1)
        return min(places, key=lambda place: place[0])[1] if places else None

    def _cut(self, low: int, high: int) -> tuple[Evidence, ...]:
        """The stretch of the joined new text, utterance by utterance, without spaces at the ends."""
        out = []
        for one in self.group.new:
            begin = self.group.starts[one.id]
            start, end = max(low - begin, 0), min(high - begin, len(one.text))
            piece = one.text[start:end] if start < end else ""
            if piece.strip():
                start += len(piece) - len(piece.lstrip())
                end -= len(piece) - len(piece.rstrip())
                out.append(Evidence(utterance=one.id, start=start, end=end))
        return tuple(out)

    def _shift(self, evidence: Sequence[Evidence]) -> Shift | None:
        new = {one.id: one for one in self.group.new}
        others = [new[item.utterance] for item in evidence]
        if not others:
            return "words"
        if any(bool(one.excluded) != bool(self.said.excluded) for one in others):
            return "excluded"
        if any(one.speaker != self.said.speaker for one in others):
            return "speaker"
        now = tuple(reading for item in evidence for reading in _readings(new[item.utterance], item.start, item.end))
        return None if now == _readings(self.said, *self.span) else "reading"


def _groups(before: Sequence[Utterance], after: Sequence[Utterance]) -> Iterator[_Group]:
    """Both versions cut before every utterance that both have."""
    common = {said.id for said in before} & {said.id for said in after}
    return (_Group(old, new) for old, new in zip(_cut_at(before, common), _cut_at(after, common), strict=True))


def _cut_at(said: Sequence[Utterance], anchors: set[str]) -> list[tuple[Utterance, ...]]:
    """Runs that begin with an anchor each; what stands before the first goes with it."""
    out: list[list[Utterance]] = [[*takewhile(lambda one: one.id not in anchors, said)]]
    is_first = True
    for one in said[len(out[0]) :]:
        if one.id in anchors and not is_first:
            out.append([])
        out[-1].append(one)
        is_first = False
    return [tuple(run) for run in out]


def _starts(said: Iterable[Utterance]) -> Iterator[tuple[str, int]]:
    at = 0
    for one in said:
        yield one.id, at
        at += len(one.text) + 1


def _joined(said: Iterable[Utterance]) -> str:
    return " ".join(one.text for one in said)


def _sense(said: Utterance | None) -> tuple[object, ...]:
    """What may be drafted from the utterance."""
    if said is None:
        return ()
    return said.text, said.speaker, bool(said.excluded), _readings(said, 0, len(said.text))


def _readings(said: Utterance, start: int, end: int) -> tuple[str, ...]:
    """The terms that the words between are read as."""
    return tuple(
        item.written
        for item in said.corrections or ()
        if item.state != "undone" and item.start < end and start < item.end
    )


def _words(text: str) -> list[Span]:
    return [match.span() for match in finditer(r"\S+", text)]


def _extent(words: Sequence[Span], first: int, last: int, length: int) -> Span:
    """From the first word to the last; where there are none, the empty place before the next."""
    if first < last:
        return words[first][0], words[last - 1][1]
    at = words[first][0] if first < len(words) else length
    return at, at


def _match_edges(old: str, new: str, here: Span, there: Span, places: list[int | None]) -> None:
    """The common beginning and end of rewritten words."""
    mine, theirs = old[slice(*here)], new[slice(*there)]
    head = _common(mine, theirs)
    tail = _common(mine[head:][::-1], theirs[head:][::-1])
    places[here[0] : here[0] + head] = range(there[0], there[0] + head)
    places[here[1] - tail : here[1]] = range(there[1] - tail, there[1])


def _common(one: str, other: str) -> int:
    """How many characters both begin with."""
    return sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], zip(one, other, strict=False)))


def _match_spaces(old: str, new: str, places: list[int | None]) -> None:
    """A space between two words that still follow one another is where it was."""
    for at, place in enumerate(places):
        if place is None and old[at].isspace() and at and places[at - 1] is not None:
            beside = (places[at - 1] or 0) + 1
            if beside < len(new) and new[beside].isspace():
                places[at] = beside
