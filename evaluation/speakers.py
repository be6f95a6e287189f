"""Speaker attribution measured: on mixtures of clips, and on dialogues whose turns are known.

Shares are of speech time in frames of 10 ms.  Voices found blind are given to speakers by the best one-to-one
mapping; the enrolled physician counts exactly.  Frames in which two speak are counted apart.  DER is missed, false
and confused speaker time over all speaker time, without a collar.
"""

import json
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from functools import partial
from itertools import pairwise
from pathlib import Path
from typing import TypedDict

import numpy as np
from numpy.typing import NDArray

from edge_agent.audio import read_audio
from edge_agent.enrolment import Voiceprint, voiceprint_of
from edge_agent.speakers import SpeakerTracker, VoiceTrack
from evaluation.mixtures import Mixture, Recipe, Turn, Voices, mixture, read_voices
from evaluation.speech import ManifestError
from models.audio import SAMPLE_RATE
from models.vad import Region, VoiceActivity
from models.voices import VoiceEmbedder
from scribe.domain.errors import ScribeError

RECIPES: Mapping[str, Recipe] = {
    "one voice": Recipe(speakers=1),
    "two voices": Recipe(),
    "two voices, noise 20 dB": Recipe(noise=20.0),
    "two voices, 10 % overlap": Recipe(overlap=0.1),
    "two voices, short answers": Recipe(answers=True),
    "three voices": Recipe(speakers=3),
    "three voices, noise 20 dB": Recipe(speakers=3, noise=20.0),
    "four voices": Recipe(speakers=4),
    "two microphones": Recipe(crosstalk=(10.0, 15.0)),
    "two microphones, noise 20 dB": Recipe(crosstalk=(10.0, 15.0), noise=20.0),
    "two microphones, 10 % overlap": Recipe(crosstalk=(10.0, 15.0), overlap=0.1),
}
ENROLLED = ("two voices", "two voices, noise 20 dB", "two voices, short answers", "three voices")
_FRAMES = 100
_ENROLMENT_SECONDS = 15

Grid = NDArray[np.bool_]
Spans = Sequence[tuple[float, float, str]]


class EnrolmentMissingError(ScribeError):
    """The dialogue holds no speech by {physician} to enrol the physician with."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Counts:
    """Frames of one dialogue: speech of one speaker alone, of it found by VAD and given to the right voice, …

    ``physician`` of ``labelled`` frames are exactly right where the physician is enrolled.
    """

    alone: int
    found: int
    right: int
    both: int
    both_right: int
    wrong_time: int
    speaker_time: int
    voices: int
    speakers: int
    physician: int = 0
    labelled: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Attribution:
    """Over the dialogues of a condition; shares 0 to 1, None where there was nothing to count.

    ``right`` is of the speech that was found, ``missed`` the share of speech that VAD left out, ``overlap`` the share
    of time with two speakers where one of them is named, ``counted`` the share of dialogues with the right number of
    voices, ``rtf`` CPU seconds of embedding and clustering per second of audio.
    """

    right: float
    missed: float
    overlap: float | None
    der: float
    counted: float
    physician: float | None
    rtf: float
    dialogues: int
    seconds: float


class _Line(TypedDict):
    start: float
    end: float
    speaker: str


def conditions(
    voices: Voices, seeds: int, dialogues: Sequence[Path] = ()
) -> Iterator[tuple[str, bool, Callable[[], Iterator[Mixture]]]]:
    """Name, whether the physician is enrolled, and the dialogues of each condition."""
    for name, recipe in RECIPES.items():
        yield name, False, partial(_mixtures, voices, recipe, seeds, enrolled=False)
    for name in ENROLLED:
        yield f"{name}, enrolled", True, partial(_mixtures, voices, RECIPES[name], seeds, enrolled=True)
    for path in dialogues:
        yield path.stem, False, partial(_dialogue, path)
        yield f"{path.stem}, enrolled", True, partial(_dialogue, path)


def _mixtures(voices: Voices, recipe: Recipe, seeds: int, *, enrolled: bool) -> Iterator[Mixture]:
    for seed in range(seeds):
        yield mixture(voices, recipe, seed, enrolled=enrolled)


def _dialogue(path: Path) -> Iterator[Mixture]:
    yield read_dialogue(path)


def read_dialogue(path: Path) -> Mixture:
    """A recording with its turns in the JSON file beside it (``turns``: start, end, speaker).

    The first 15 s of the physician's turns serve as the enrolment.
    """
    try:
        lines: list[_Line] = json.loads(path.with_suffix(".json").read_text(encoding="utf-8"))["turns"]
        turns = tuple(Turn(start=line["start"], end=line["end"], speaker=line["speaker"]) for line in lines)
    except (OSError, ValueError, KeyError, TypeError):
        raise ManifestError(path=path.with_suffix(".json"), problem="holds no turns with start, end, speaker") from None
    audio = read_audio(path)
    said = [
        audio.mono[int(turn.start * SAMPLE_RATE) : int(turn.end * SAMPLE_RATE)]
        for turn in turns
        if turn.speaker == "doctor"
    ]
    enrolment = np.concatenate(said)[: _ENROLMENT_SECONDS * SAMPLE_RATE] if said else None
    return Mixture(audio=audio.channels, turns=turns, physician="doctor", enrolment=enrolment)


def evaluate(
    manifest: Path,
    out: Path,
    *,
    embedder: VoiceEmbedder,
    vad: VoiceActivity,
    seeds: int,
    dialogues: Sequence[Path] = (),
    report: Callable[[str, Attribution], None],
) -> dict[str, dict[str, Attribution]]:
    """Figures by condition and by where speech is: ``true`` turns, or as the ``vad`` finds it.

    Writes ``report.json`` into ``out``.
    """
    out.mkdir(parents=True, exist_ok=True)
    voices = read_voices(manifest, vad)
    results: dict[str, dict[str, Attribution]] = {}
    for name, enrolled, make in conditions(voices, seeds, dialogues):
        results[name] = {}
        for kind in ("true", "vad"):
            figures = _measured(make(), kind, embedder, vad, enrolled=enrolled)
            results[name][kind] = figures
            report(f"{name} ({kind})", figures)
    document = {
        "embedder": embedder.name,
        "conditions": {
            name: {kind: asdict(figures) for kind, figures in both.items()} for name, both in results.items()
        },
    }
    (out / "report.json").write_text(json.dumps(document, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
    return results


def _measured(
    found: Iterable[Mixture], kind: str, embedder: VoiceEmbedder, vad: VoiceActivity, *, enrolled: bool
) -> Attribution:
    counts: list[Counts] = []
    cpu = seconds = 0.0
    for dialogue in found:
        regions = dialogue.regions if kind == "true" else vad.regions(dialogue.mono)
        physician = _voiceprint(dialogue, embedder) if enrolled else None
        begun = time.process_time()
        tracker = SpeakerTracker(embedder, channels=len(dialogue.audio), physician=physician)
        tracker.hear(dialogue.audio, 0.0, regions)
        track = tracker.track()
        cpu += time.process_time() - begun
        seconds += dialogue.audio.shape[1] / SAMPLE_RATE
        theirs = tracker.physician_voices(track) if enrolled else None
        counts.append(compared(dialogue, spans(track, regions), theirs))
    return summed(counts, cpu / max(seconds, 1e-9), seconds)


def _voiceprint(dialogue: Mixture, embedder: VoiceEmbedder) -> Voiceprint:
    """From all of the enrolment speech, however short: clips hold less than the product asks for."""
    if dialogue.enrolment is None:
        raise EnrolmentMissingError(physician=dialogue.physician)
    whole = Region(start=0.0, end=dialogue.enrolment.size / SAMPLE_RATE)
    return voiceprint_of(dialogue.enrolment, [whole], embedder, checked=False)


def spans(track: VoiceTrack, regions: Sequence[Region]) -> list[tuple[float, float, str]]:
    """Who speaks from when to when, by the number of the voice; both voices where two speak at once."""
    out: list[tuple[float, float, str]] = []
    for region in regions:
        edges = [region.start, *(change for change in track.changes if region.start < change < region.end), region.end]
        for start, end in pairwise(edges):
            voice = track.voice(start, end)
            if voice is not None:
                out.append((start, end, str(voice)))
    for both in track.overlaps:
        out += [(both.start, both.end, "0"), (both.start, both.end, "1")]
    return out


def compared(dialogue: Mixture, said: Spans, physicians: frozenset[int] | None = None) -> Counts:
    """The frames of a dialogue under the best one-to-one mapping of voices to speakers."""
    count = dialogue.audio.shape[1] * _FRAMES // SAMPLE_RATE + 1
    names, truth = _grid([(turn.start, turn.end, turn.speaker) for turn in dialogue.turns], count)
    voices, heard = _grid(said, count)
    speaking, hearing = truth.sum(axis=0), heard.sum(axis=0)
    alone, both = speaking == 1, speaking > 1
    shared = np.array([[(row & other & alone).sum() for row in truth] for other in heard], dtype=int)
    mapping = _best_mapping(shared.reshape(len(voices), len(names)))
    matched = np.zeros(count, dtype=int)
    for voice, name in mapping.items():
        matched += heard[voice] & truth[name]
    wrong = np.maximum(speaking, hearing) - np.minimum(np.minimum(speaking, hearing), matched)
    exact, labelled = _exact(dialogue, names, truth, voices, heard, alone, physicians)
    return Counts(
        alone=int(alone.sum()),
        found=int((alone & (hearing > 0)).sum()),
        right=int((alone & (matched > 0)).sum()),
        both=int(both.sum()),
        both_right=int((both & (matched > 0)).sum()),
        wrong_time=int(wrong.sum()),
        speaker_time=int(speaking.sum()),
        voices=len(voices),
        speakers=len(names),
        physician=exact,
        labelled=labelled,
    )


def summed(counts: Sequence[Counts], rtf: float, seconds: float) -> Attribution:
    """Figures over dialogues, weighted by their speech."""
    alone, found = sum(c.alone for c in counts), sum(c.found for c in counts)
    both, labelled = sum(c.both for c in counts), sum(c.labelled for c in counts)
    return Attribution(
        right=round(sum(c.right for c in counts) / max(found, 1), 4),
        missed=round(1 - found / max(alone, 1), 4),
        overlap=round(sum(c.both_right for c in counts) / both, 4) if both else None,
        der=round(sum(c.wrong_time for c in counts) / max(sum(c.speaker_time for c in counts), 1), 4),
        counted=round(sum(c.voices == c.speakers for c in counts) / max(len(counts), 1), 4),
        physician=round(sum(c.physician for c in counts) / labelled, 4) if labelled else None,
        rtf=round(rtf, 4),
        dialogues=len(counts),
        seconds=round(seconds, 1),
    )


def _grid(found: Spans, count: int) -> tuple[list[str], Grid]:
    names = sorted({name for _, _, name in found})
    grid = np.zeros((len(names), count), dtype=bool)
    for start, end, name in found:
        grid[names.index(name), round(start * _FRAMES) : round(end * _FRAMES)] = True
    return names, grid


def _best_mapping(shared: NDArray[np.int64]) -> dict[int, int]:
    """Voices to speakers, one to one, with the most shared time."""
    best: dict[int, tuple[int, dict[int, int]]] = {0: (0, {})}
    for voice, row in enumerate(shared):
        for taken, (total, mapping) in list(best.items()):
            for name, frames in enumerate(row):
                after = taken | 1 << name
                better = total + int(frames)
                if not taken >> name & 1 and better > best.get(after, (-1, mapping))[0]:
                    best[after] = (better, {**mapping, voice: name})
    return max(best.values(), key=lambda item: item[0])[1]


def _exact(
    dialogue: Mixture,
    names: Sequence[str],
    truth: Grid,
    voices: Sequence[str],
    heard: Grid,
    alone: Grid,
    physicians: frozenset[int] | None,
) -> tuple[int, int]:
    """Frames rightly given to the physician or to somebody else, of all that were heard."""
    if physicians is None:
        return 0, 0
    theirs = np.zeros(truth.shape[1], dtype=bool)
    for voice, row in zip(voices, heard, strict=True):
        if int(voice) in physicians:
            theirs |= row
    counted = alone & heard.any(axis=0)
    return int((counted & (theirs == truth[names.index(dialogue.physician)])).sum()), int(counted.sum())
