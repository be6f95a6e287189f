"""Live text measured: how long after a word was said it is shown for good, and what follows after stop.

Two ways.  *Simulated*: a clock of its own, moved on by the processor seconds that each decoding takes, as though the
live text and the record each had a core; it takes no longer than the decoding, and a busy machine does not spoil the
figures.  *At real pace*: the recogniser process as the agent uses it, fed second by second.
"""

import json
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np

from edge_agent.audio import Audio
from edge_agent.partial import Partial
from edge_agent.recogniser_process import RecogniserProcess
from edge_agent.tape import GrowingTape, from_pcm, mono, to_pcm
from edge_agent.transcribe import Listener
from evaluation.speech import character_error_rate
from models.audio import SAMPLE_RATE, Samples
from scribe.domain.errors import ScribeError
from scribe.domain.transcript import Recording, Transcript, Word

_BLOCK = 1600
_BLOCK_SECONDS = _BLOCK / SAMPLE_RATE
_RECORD_LOOKS = 0.5
"""Seconds between two looks of the record pass, where it has nothing to do."""
_LOADING = 300.0
_FINISHING = 3600.0

Cost = Callable[[], float]
"""A clock of what work costs: processor seconds."""


class SpokenTextError(ScribeError):
    """{path}: {problem}."""


@dataclass(frozen=True, slots=True)
class Shown:
    """A stable word and the moment, on the recording's clock, when it was there."""

    word: Word
    at: float

    @property
    def delay(self) -> float:
        return self.at - self.word.end


@dataclass(frozen=True, slots=True, kw_only=True)
class LiveFigures:
    """Of one recording; times in seconds, error rates 0 to 1, None without a reference.

    ``delay_*``: from the end of a word to the moment it is stable.  ``retractions``: stable words that a later
    partial had not, or had otherwise.  ``final_delay``: from the end of the recording to the final transcript.
    ``live_rtf`` and ``record_rtf``: processor seconds (at real pace: wall seconds) a second of audio.
    """

    seconds: float
    words: int
    delay_p50: float
    delay_p95: float
    delay_max: float
    retractions: int
    partials: int
    partials_dropped: int
    skipped: float
    live_rtf: float
    record_rtf: float
    final_delay: float
    final_share: float
    live_cer: float | None
    final_cer: float | None
    final_equals_file: bool | None

    def as_json(self) -> dict[str, float | int | bool | None]:
        return asdict(self)

    def sentence(self) -> str:
        return (
            f"{self.seconds:.0f} s, {self.words} stable words: shown after {self.delay_p50:.2f} s at the median, "
            f"{self.delay_p95:.2f} s at the 95th percentile; {self.retractions} taken back; real-time factor "
            f"{self.live_rtf:.3f} live, {self.record_rtf:.3f} for the record; final transcript "
            f"{self.final_delay:.1f} s after the end ({self.final_share:.1%} of the length)"
            + ("" if self.live_cer is None else f"; CER {self.live_cer:.1%} live, {self.final_cer or 0:.1%} final")
        )


class Watcher:
    """Notes what partials show, and counts what they take back."""

    def __init__(self) -> None:
        self.shown: list[Shown] = []
        self.retractions = 0
        self.partials = 0
        self.skipped = 0.0

    def see(self, partial: Partial, at: float) -> None:
        self.partials += 1
        self.skipped = partial.skipped
        self.retractions += sum(
            index >= len(partial.stable) or partial.stable[index] != shown.word
            for index, shown in enumerate(self.shown)
        )
        self.shown.extend(Shown(word, at) for word in partial.stable[len(self.shown) :])

    @property
    def text(self) -> str:
        return " ".join(shown.word.text for shown in self.shown)


def simulate(
    listener: Listener, audio: Audio, *, language: str, reference: str | None = None, cost: Cost = time.process_time
) -> LiveFigures:
    """The figures on a simulated clock; the final transcript is held against that of the whole recording."""
    channels = from_pcm(to_pcm(audio.channels))
    watcher = Watcher()
    live_cost, dropped = _simulate_live(listener, mono(channels), language, watcher, cost)
    final, final_delay, record_cost = _simulate_record(listener, channels, audio, language, cost)
    whole = listener.transcribe(
        Audio(channels=channels, sha256=audio.sha256, sample_rate=audio.sample_rate), language=language
    )
    return _figures(
        watcher,
        audio.duration,
        dropped=dropped,
        live=live_cost,
        record=record_cost,
        final=final,
        final_delay=final_delay,
        reference=reference,
        equal=_content(final) == _content(whole),
    )


def _simulate_live(
    listener: Listener, samples: Samples, language: str, watcher: Watcher, cost: Cost
) -> tuple[float, int]:
    """Processor seconds and dropped partials."""
    live = listener.live_text(language=language)
    now = spent = 0.0
    fed = 0
    while fed < samples.size or live.waits:
        end = min(samples.size, int(now * SAMPLE_RATE))
        began = cost()
        partial = live.feed(samples[fed:end])
        took = cost() - began
        spent, now, fed = spent + took, now + took, end
        watcher.see(partial, now)
        if fed < samples.size:
            now = max(now, (fed + _BLOCK) / SAMPLE_RATE)
    watcher.see(live.end(), now)
    return spent, live.dropped


def _simulate_record(
    listener: Listener, channels: Samples, audio: Audio, language: str, cost: Cost
) -> tuple[Transcript, float, float]:
    """The final transcript, seconds after the end at which it is there, and processor seconds in all."""
    tape = GrowingTape(len(channels))
    record = listener.record_pass(tape, language=language)
    total = channels.shape[1]
    now = spent = 0.0
    while now < audio.duration:
        tape.append(to_pcm(channels[:, tape.frames : min(total, int(now * SAMPLE_RATE))]))
        began = cost()
        done = record.work()
        took = cost() - began
        spent, now = spent + took, now + took + (0.0 if done else _RECORD_LOOKS)
    tape.append(to_pcm(channels[:, tape.frames :]))
    began = cost()
    spoken = record.finish()
    took = cost() - began
    transcript = listener.transcript(spoken, _recording(audio), language=language)
    return transcript, max(now - _RECORD_LOOKS, audio.duration) + took - audio.duration, spent + took


def at_real_pace(
    process: RecogniserProcess, audio: Audio, *, language: str, reference: str | None = None
) -> LiveFigures:
    """The figures of the recogniser process fed as a microphone would; takes as long as the recording."""
    watcher = Watcher()
    process.start()
    process.wait_until_ready(_LOADING)
    start = time.monotonic()
    channels = audio.channels
    session = process.begin(
        "live",
        channels=len(channels),
        language=language,
        source=lambda first, last: channels[:, first:last],
        on_partial=lambda partial: watcher.see(partial, time.monotonic() - start),
    )
    for first in range(0, channels.shape[1], _BLOCK):
        time.sleep(max(0.0, start + first / SAMPLE_RATE + _BLOCK_SECONDS - time.monotonic()))
        session.feed(channels[:, first : first + _BLOCK])
    stopped = time.monotonic()
    final = session.finish().result(_FINISHING)
    pace = session.pace
    return _figures(
        watcher,
        audio.duration,
        dropped=pace.partials_dropped,
        live=pace.live_rtf * audio.duration,
        record=pace.record_rtf * audio.duration,
        final=final,
        final_delay=time.monotonic() - stopped,
        reference=reference,
        equal=None,
    )


def _figures(
    watcher: Watcher,
    seconds: float,
    *,
    dropped: int,
    live: float,
    record: float,
    final: Transcript,
    final_delay: float,
    reference: str | None,
    equal: bool | None,
) -> LiveFigures:
    delays = [shown.delay for shown in watcher.shown] or [0.0]
    text = " ".join(utterance.text for utterance in final.utterances)
    length = max(seconds, 1e-9)
    return LiveFigures(
        seconds=round(seconds, 1),
        words=len(watcher.shown),
        delay_p50=round(float(np.percentile(delays, 50)), 3),
        delay_p95=round(float(np.percentile(delays, 95)), 3),
        delay_max=round(max(delays), 3),
        retractions=watcher.retractions,
        partials=watcher.partials,
        partials_dropped=dropped,
        skipped=round(watcher.skipped, 1),
        live_rtf=round(live / length, 4),
        record_rtf=round(record / length, 4),
        final_delay=round(final_delay, 2),
        final_share=round(final_delay / length, 4),
        live_cer=None if reference is None else round(character_error_rate(reference, watcher.text), 4),
        final_cer=None if reference is None else round(character_error_rate(reference, text), 4),
        final_equals_file=equal,
    )


def _content(transcript: Transcript) -> list[tuple[str, str]]:
    """Who said what; chunks decoded together may differ in the last step of times and probabilities."""
    return [(utterance.speaker, utterance.text) for utterance in transcript.utterances]


def _recording(audio: Audio) -> Recording:
    return Recording(
        id=audio.sha256[:32], duration=round(audio.duration, 3), sha256=audio.sha256, sample_rate=SAMPLE_RATE
    )


def joined(audios: Sequence[Audio], pause: float = 0.8) -> Audio:
    """Recordings of one channel one after the other, with silence between them."""
    silence = np.zeros((1, int(pause * SAMPLE_RATE)), dtype=np.float32)
    parts = [part for audio in audios for part in (silence, audio.mono[None, :])]
    first = audios[0]
    return Audio(channels=np.concatenate([*parts, silence], axis=1), sha256=first.sha256, sample_rate=SAMPLE_RATE)


def first_seconds(audio: Audio, seconds: float) -> Audio:
    """The beginning of a recording."""
    samples = audio.channels[:, : int(seconds * SAMPLE_RATE)]
    return Audio(channels=samples, sha256=audio.sha256, sample_rate=audio.sample_rate)


def read_reference(path: Path) -> str:
    """What is said: a text file, or JSON with ``turns`` that have a ``text``."""
    try:
        content = path.read_text(encoding="utf-8")
        if path.suffix != ".json":
            return content
        return " ".join(str(turn["text"]) for turn in json.loads(content)["turns"])
    except OSError as error:
        raise SpokenTextError(path=path, problem=f"cannot be read ({error.strerror})") from None
    except (UnicodeDecodeError, json.JSONDecodeError, KeyError, TypeError):
        raise SpokenTextError(path=path, problem="is neither UTF-8 text nor JSON with turns that have a text") from None
