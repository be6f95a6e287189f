"""Keeps listening: from one stream to the next when a device goes, stalls or comes back."""

import threading
from collections.abc import Callable
from dataclasses import dataclass, replace

from edge_agent.blocks import Block, CaptureEvent, Counts, EventKind
from edge_agent.delivery import Delivery
from edge_agent.errors import CaptureError, MicrophoneRefusedError
from edge_agent.level import Level, LevelMeter, SilenceWatch
from edge_agent.source import Ended, Heard, Opened, Opener, Request, Signal, Source
from edge_agent.stream import Passage, Stream
from models.audio import SAMPLE_RATE


@dataclass(frozen=True, slots=True, kw_only=True)
class Patience:
    """Seconds: how long to wait for what, and when to say so; ``tail`` is the delay of sound cards."""

    opening: float = 15.0
    first_sound: float = 10.0
    stall: float = 2.0
    retry: float = 0.25
    retry_at_most: float = 2.0
    pinned: float = 10.0
    tail: float = 0.15
    ending: float = 0.5
    silence: float = 10.0
    clipping: float = 5.0
    backlog: float = 5.0
    memory: float = 600.0


class Listening:
    """What one thread does between start and stop; ``level``, ``counts``, ``opened`` and ``position`` may be read."""

    _SLICE = 0.1

    def __init__(
        self,
        *,
        request: Request,
        opener: Opener,
        clock: Callable[[], float],
        patience: Patience,
        blocks: Delivery[Block],
        events: Delivery[CaptureEvent],
        counts: Counts,
        frames: int,
    ) -> None:
        self._request = request
        self._opener = opener
        self._clock = clock
        self._patience = patience
        self._blocks = blocks
        self._events = events
        self._stopping = threading.Event()
        self._stop_at = float("inf")
        self._stream: Stream | None = None
        self._candidate: Source | None = None
        self._candidate_open: Opened | None = None
        self._candidate_at = clock()
        self._until: float | None = None
        self._clip_said = float("-inf")
        self._backlog_said = patience.backlog
        self._meter = LevelMeter()
        self._silence = [SilenceWatch(after=patience.silence) for _ in range(request.channels)]
        self.frames = frames
        self.level = Level()
        self.counts = counts
        self.opened: Opened | None = None
        self.failure: Exception | None = None

    @property
    def position(self) -> float:
        return self.frames / SAMPLE_RATE

    def open(self) -> None:
        """Open the microphone, or raise why it cannot be."""
        self._stream = self._open(self._request)
        self.opened = self._stream.opened
        if self._request.device is not None and not self.opened.pinned:
            self._say("device_changed", f"{self._request.device} is not available; recording from {self.opened.name}")
        self._say_channels()

    def end(self) -> None:
        """Listen on until what was said before now has arrived, then end."""
        self._stop_at = self._clock() + self._patience.tail
        self._stopping.set()

    def fail(self, error: Exception) -> None:
        """Keep and say what ended the recording."""
        self.failure = error
        self._say("failed", f"recording has stopped: {type(error).__name__}")

    def run(self) -> None:
        try:
            while (reason := self._follow()) is not None:
                self._lose(reason)
                if not self._recover():
                    break
        except Exception as error:  # a recording must never end without saying so
            self.failure = error
        self._finish()

    def _follow(self) -> str | None:
        """Listen to the open stream until it is lost (why) or listening is to end (None)."""
        stream = self._stream
        last = self._clock()
        while stream is not None and not self._failed():
            signal = stream.source.next(self._SLICE)
            now = self._clock()
            if isinstance(signal, Heard):
                last = now
                self._take(stream.hear(signal))
                self._look_for_pinned(now)
                stream = self._stream
            elif isinstance(signal, Ended):
                return str(signal.error)
            elif now - last > (self._patience.stall if self._until is not None else self._patience.first_sound):
                return f"it gave no sound for {now - last:.1f} s"
            if now >= self._stop_at and ((self._until or 0) >= self._stop_at or self._late(now)):
                return None
        return None

    def _late(self, now: float) -> bool:
        return now - self._stop_at >= self._patience.ending

    def _take(self, passage: Passage) -> None:
        """Pass one block on, and say what is to be said about it."""
        if self._until is None:
            self._say("started", "the first sound of the microphone came")
        self._until = passage.until
        self._account(passage)
        self._measure(passage)
        self._deliver(passage.block)

    def _account(self, passage: Passage) -> None:
        if not passage.overflow and not passage.lost:
            return
        self.counts = self.counts.plus(overflows=1, lost=passage.lost)
        missing = f"{passage.lost:.2f} s of audio are missing" if passage.lost else "audio may be missing"
        self._say("overflow", f"the sound system was too slow: {missing}", lost=passage.lost)

    def _measure(self, passage: Passage) -> None:
        if self._stream is None:
            return
        rate = self._stream.opened.rate
        self.level = self._meter.feed(passage.native, rate, clipped=passage.clipped)
        if passage.clipped and passage.until - self._clip_said >= self._patience.clipping:
            self._clip_said = passage.until
            self._say("clipping", "the microphone is too loud: turn its gain down or move it away")
        for channel, watch in enumerate(self._silence):
            change = watch.feed(passage.native[channel], rate)
            if change is not None:
                self._say_silence(channel, silent=change)

    def _say_silence(self, channel: int, *, silent: bool) -> None:
        if silent:
            detail = f"channel {channel + 1} has carried no sound for {self._patience.silence:.0f} s"
            self._say("silence", f"{detail}: is it muted?", channel=channel)
        else:
            self._say("sound", f"channel {channel + 1} carries sound again", channel=channel)

    def _deliver(self, block: Block) -> None:
        waiting = self._blocks.waiting
        if waiting > self._patience.memory:
            self._drop(block, waiting)
            return
        if block.samples.shape[1]:
            self._blocks.put(block)
            self.frames += block.samples.shape[1]
        if waiting > self._backlog_said:
            self._backlog_said = 2 * waiting
            self._say("backlog", f"{waiting:.0f} s of audio wait in memory: saving them takes too long")
        elif waiting < 1.0 and self._backlog_said > self._patience.backlog:
            self._backlog_said = self._patience.backlog
            self._say("caught_up", "no audio waits in memory any more")

    def _drop(self, block: Block, waiting: float) -> None:
        self.counts = self.counts.plus(overflows=1, lost=block.seconds)
        self._say("overflow", f"{waiting:.0f} s of audio fill the memory, and more is being lost", lost=block.seconds)

    def _lose(self, reason: str) -> None:
        self.level = Level()
        self._say("device_lost", f"the microphone is gone: {reason}")
        self._close_stream()

    def _recover(self) -> bool:
        """Try again until the pinned microphone or its fallback sounds; False where listening is to end first."""
        pause = self._patience.retry
        while not self._stopping.wait(pause) and not self._failed():
            pause = min(2 * pause, self._patience.retry_at_most)
            try:
                stream = self._open(self._request)
            except CaptureError:
                continue  # not back yet
            first = self._await(stream.source, self._patience.first_sound)
            if isinstance(first, Heard):
                self._resume(stream, first)
                return True
            stream.source.close()
        return False

    def _resume(self, stream: Stream, first: Heard, *, planned: bool = False) -> None:
        before, self.opened, self._stream = self.opened, stream.opened, stream
        if self._until is not None:
            stream.begins = self._until
        passage = stream.hear(first)
        lost = 0.0
        if self._until is not None:
            lost = max(0.0, passage.block.heard_at - self._until)
            self.counts = self.counts.plus(reopened=0 if planned else 1, lost=lost)
        if self._until is not None and not planned:
            self._say("reopened", f"the microphone was reopened; {lost:.1f} s are missing", lost=lost)
        if before is None or before.name != stream.opened.name:
            self._say("device_changed", f"recording from {stream.opened.name}", lost=lost if planned else 0.0)
            self._say_channels()
        self._take(passage)

    def _look_for_pinned(self, now: float) -> None:
        """While recording from the fallback, see now and then whether the pinned microphone is back, and take it."""
        if self._request.device is None or self.opened is None or self.opened.pinned or self._stopping.is_set():
            return
        if self._candidate is None:
            if now - self._candidate_at >= self._patience.pinned:
                self._candidate_at = now
                self._candidate = self._opener(replace(self._request, pinned_only=True))
            return
        signal = self._candidate.next(0)
        if isinstance(signal, Opened):
            self._candidate_open = signal
        elif isinstance(signal, Heard) and self._candidate_open is not None:
            source, opened = self._candidate, self._candidate_open
            self._candidate = self._candidate_open = None
            self._close_stream()
            self._resume(Stream(source, opened, self._request.channels), signal, planned=True)
        elif isinstance(signal, Ended) or now - self._candidate_at > self._patience.first_sound:
            self._close_candidate()

    def _open(self, request: Request) -> Stream:
        source = self._opener(request)
        signal = self._await(source, self._patience.opening)
        if isinstance(signal, Opened):
            return Stream(source, signal, request.channels)
        source.close()
        if isinstance(signal, Ended):
            raise signal.error
        problem = f"no answer within {self._patience.opening:.0f} s"
        raise MicrophoneRefusedError(device=request.device or "The default microphone", problem=problem)

    def _await(self, source: Source, limit: float) -> Signal | None:
        deadline = self._clock() + limit
        while self._clock() < deadline and not self._stopping.is_set():
            signal = source.next(self._SLICE)
            if signal is not None:
                return signal
        return None

    def _failed(self) -> bool:
        return self._blocks.failure is not None or self._events.failure is not None

    def _close_stream(self) -> None:
        """Hand on what the resampler still holds, and let go of the device."""
        if self._stream is None:
            return
        stream, self._stream = self._stream, None
        stream.source.close()
        rest = stream.rest()
        if self._until is not None and not self._failed():
            self._deliver(Block(samples=rest, heard_at=self._until - rest.shape[1] / SAMPLE_RATE))

    def _close_candidate(self) -> None:
        if self._candidate is not None:
            self._candidate.close()
        self._candidate = self._candidate_open = None

    def _finish(self) -> None:
        self._close_candidate()
        self._close_stream()
        self.level = Level()
        error = self.failure or self._blocks.failure or self._events.failure
        if error is not None:
            self.fail(error)

    def _say_channels(self) -> None:
        if self.opened is not None and self.opened.channels < self._request.channels:
            self._say("one_channel", f"{self.opened.name} has one channel; both carry the same")

    def _say(self, kind: EventKind, detail: str, *, lost: float = 0.0, channel: int | None = None) -> None:
        device = self.opened.name if self.opened is not None else None
        self._events.put(
            CaptureEvent(kind=kind, detail=detail, position=self.position, lost=lost, device=device, channel=channel)
        )
