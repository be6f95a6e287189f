"""Dialogues put together from clips whose speaker is known: what speaker attribution is measured on.

A clip is cut into turns of 0.8 to 3.5 s at its own pauses, else where it is quietest; the turns of two or three
speakers follow each other in random order with pauses of 0.1 to 1 s, each brought to the same loudness.  Everything
random comes from the seed.
"""

import csv
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from edge_agent.audio import read_audio
from models.audio import SAMPLE_RATE, Samples
from models.vad import Region, VadOptions, VoiceActivity

_LONGEST_TURN = 3.5
_SHORTEST_TURN = 0.8
_ANSWER_SECONDS = 0.45
_LOUDNESS = 0.06
_TAIL = 0.5
_PAUSES = VadOptions(silence=0.3)


@dataclass(frozen=True, slots=True, kw_only=True)
class Turn:
    """A stretch in which ``speaker`` speaks, in seconds."""

    start: float
    end: float
    speaker: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Mixture:
    """A dialogue with known turns: ``audio`` has shape (channels, n) at 16 kHz.

    ``physician`` is who counts as the physician, ``enrolment`` speech of that voice that is not in the dialogue.
    """

    audio: Samples
    turns: tuple[Turn, ...]
    physician: str
    enrolment: Samples | None = None

    @property
    def mono(self) -> Samples:
        return np.asarray(self.audio.mean(axis=0), dtype=np.float32)

    @property
    def speakers(self) -> tuple[str, ...]:
        return tuple(sorted({turn.speaker for turn in self.turns}))

    @property
    def regions(self) -> tuple[Region, ...]:
        """Where anybody speaks, overlapping and touching turns made one."""
        joined: list[Region] = []
        for turn in sorted(self.turns, key=lambda turn: turn.start):
            if joined and turn.start <= joined[-1].end:
                joined[-1] = Region(start=joined[-1].start, end=max(joined[-1].end, turn.end))
            else:
                joined.append(Region(start=turn.start, end=turn.end))
        return tuple(joined)


@dataclass(frozen=True, slots=True, kw_only=True)
class Recipe:
    """How dialogues of a condition are made.

    ``overlap`` is the share of the shorter neighbour that a turn begins early, ``noise`` the signal-to-noise ratio in
    dB (None: quiet), ``crosstalk`` the dB by which a voice is softer in the other's microphone (None: one microphone),
    ``answers`` makes every third turn a word of 0.45 s.
    """

    speakers: int = 2
    overlap: float = 0.0
    noise: float | None = None
    crosstalk: tuple[float, float] | None = None
    answers: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Voices:
    """The clips of each speaker, cut to the turns that they hold."""

    turns: Mapping[str, tuple[tuple[Samples, ...], ...]]

    def names(self) -> tuple[str, ...]:
        return tuple(sorted(self.turns))


def read_voices(manifest: Path, vad: VoiceActivity) -> Voices:
    """The speakers of a manifest (columns ``file`` and ``speaker``) that have two clips or more."""
    lines = manifest.read_text(encoding="utf-8").splitlines()
    clips: dict[str, list[tuple[Samples, ...]]] = {}
    for row in csv.DictReader(lines, delimiter="\t", quoting=csv.QUOTE_NONE):
        audio = read_audio(manifest.parent / row["file"]).mono
        pieces = tuple(_cut(audio, vad.regions(audio, _PAUSES)))
        if pieces:
            clips.setdefault(row["speaker"], []).append(pieces)
    return Voices(turns={name: tuple(found) for name, found in clips.items() if len(found) > 1})


def mixture(voices: Voices, recipe: Recipe, seed: int, *, enrolled: bool = False) -> Mixture:
    """The dialogue of a recipe and a seed; where the physician is ``enrolled``, with the first clip of that voice."""
    generator = np.random.default_rng(seed)
    chosen = [str(name) for name in generator.choice(voices.names(), recipe.speakers, replace=False)]
    queues = {name: [piece for clip in voices.turns[name] for piece in clip] for name in chosen}
    first = len(voices.turns[chosen[0]][0])
    if enrolled:
        del queues[chosen[0]][:first]
    order = _order({name: len(queue) for name, queue in queues.items()}, generator)
    pieces = [(name, queues[name].pop(0)) for name in order]
    if recipe.answers:
        pieces = [(name, _answer(piece) if index % 3 == 2 else piece) for index, (name, piece) in enumerate(pieces)]
    turns, tracks = _laid(pieces, recipe, generator)
    return Mixture(
        audio=_heard(tracks, recipe, generator),
        turns=tuple(turns),
        physician=chosen[0],
        enrolment=np.concatenate(voices.turns[chosen[0]][0]) if enrolled else None,
    )


def with_noise(found: Mixture, decibel: float, seed: int) -> Mixture:
    """The same dialogue in a room with noise that falls off with frequency."""
    generator = np.random.default_rng(seed)
    noisy = [_noisy(channel, decibel, generator) for channel in found.audio]
    return replace(found, audio=np.stack(noisy).astype(np.float32))


def _cut(audio: Samples, regions: Sequence[Region]) -> list[Samples]:
    pieces: list[Samples] = []
    for region in regions:
        part = audio[int(region.start * SAMPLE_RATE) : int(region.end * SAMPLE_RATE)]
        pieces += _halved(part)
    level = [piece for piece in pieces if piece.size >= _SHORTEST_TURN * SAMPLE_RATE]
    return [np.asarray(p * (_LOUDNESS / (np.sqrt((p**2).mean()) + 1e-9)), dtype=np.float32) for p in level]


def _halved(part: Samples) -> list[Samples]:
    """The part, cut where it is quietest within its middle third until no piece is too long."""
    if part.size <= _LONGEST_TURN * SAMPLE_RATE:
        return [part]
    frame = SAMPLE_RATE // 20
    first, last = part.size // 3, 2 * part.size // 3
    levels = [float((part[at : at + frame] ** 2).mean()) for at in range(first, last, frame)]
    cut = first + int(np.argmin(levels)) * frame + frame // 2
    return [*_halved(part[:cut]), *_halved(part[cut:])]


def _order(counts: dict[str, int], generator: np.random.Generator) -> list[str]:
    """Who speaks when: never the same twice in a row, unless only one speaks."""
    left, order = dict(counts), [next(iter(counts))]
    left[order[0]] -= 1
    while True:
        open_names = [name for name, count in left.items() if count and (name != order[-1] or len(left) == 1)]
        if not open_names:
            return order
        weights = np.array([left[name] for name in open_names], dtype=float)
        order.append(str(generator.choice(open_names, p=weights / weights.sum())))
        left[order[-1]] -= 1


def _answer(piece: Samples) -> Samples:
    """The loudest word-long part of a turn."""
    length = int(_ANSWER_SECONDS * SAMPLE_RATE)
    starts = range(0, max(1, piece.size - length), SAMPLE_RATE // 20)
    return piece[(best := max(starts, key=lambda at: float((piece[at : at + length] ** 2).sum()))) : best + length]


def _laid(
    pieces: Sequence[tuple[str, Samples]], recipe: Recipe, generator: np.random.Generator
) -> tuple[list[Turn], dict[str, Samples]]:
    turns: list[Turn] = []
    now = _TAIL
    for name, piece in pieces:
        length = piece.size / SAMPLE_RATE
        early = recipe.overlap * min(length, turns[-1].end - turns[-1].start) if turns else 0.0
        start = now - early if recipe.overlap else now + float(generator.uniform(0.1, 1.0))
        turns.append(Turn(start=start, end=start + length, speaker=name))
        now = turns[-1].end
    total = int((now + _TAIL) * SAMPLE_RATE) + 1
    tracks = {name: np.zeros(total, dtype=np.float32) for name in dict(pieces)}
    for turn, (name, piece) in zip(turns, pieces, strict=True):
        first = int(turn.start * SAMPLE_RATE)
        tracks[name][first : first + piece.size] += piece
    return turns, tracks


def _heard(tracks: dict[str, Samples], recipe: Recipe, generator: np.random.Generator) -> Samples:
    """What the microphones get: one, or the physician's and the other's with crosstalk and gains of their own."""
    rows = list(tracks.values())
    if recipe.crosstalk is None:
        audio = np.stack([np.sum(rows, axis=0)])
    else:
        weaker = [10 ** (-generator.uniform(*recipe.crosstalk) / 20) for _ in range(2)]
        gains = 10 ** (generator.uniform(-6, 6, 2) / 20)
        others = np.sum(rows[1:], axis=0)
        audio = np.stack([gains[0] * (rows[0] + weaker[0] * others), gains[1] * (weaker[1] * rows[0] + others)])
    floor = 60.0 if recipe.noise is None else recipe.noise
    return np.stack([_noisy(channel, floor, generator) for channel in audio]).astype(np.float32)


def _noisy(channel: Samples, decibel: float, generator: np.random.Generator) -> Samples:
    spectrum = np.fft.rfft(generator.normal(size=channel.size))
    spectrum /= np.sqrt(np.maximum(np.arange(spectrum.size), 20.0))
    noise = np.fft.irfft(spectrum, channel.size)
    loud = np.abs(channel) > 1e-6
    power = float((channel[loud] ** 2).mean()) if loud.any() else 1e-6
    noise *= np.sqrt(power / 10 ** (decibel / 10) / (noise**2).mean())
    return np.asarray(channel + noise, dtype=np.float32)
