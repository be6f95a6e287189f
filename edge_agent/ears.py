"""The open microphone, if any: opening, changing and closing it, and what its events mean for the physician."""

import threading
from collections.abc import Callable

from edge_agent.capture import Block, CaptureEvent, Counts
from edge_agent.errors import CaptureError
from edge_agent.events import NoticeKind
from edge_agent.level import Level
from edge_agent.notices import Notices
from edge_agent.parts import Microphone, OpensMicrophone

_OF_THE_MICROPHONE = (
    NoticeKind.CLIPPING,
    NoticeKind.SILENCE,
    NoticeKind.ONE_CHANNEL,
    NoticeKind.DEVICE_LOST,
    NoticeKind.DEVICE_CHANGED,
    NoticeKind.BACKLOG,
    NoticeKind.MICROPHONE_FAILED,
)


class Ears:
    """At most one microphone at a time; ``on_event`` hears of each event after the warnings were set."""

    def __init__(
        self,
        opens: OpensMicrophone,
        notices: Notices,
        channels: int,
        *,
        on_block: Callable[[Block], None],
        on_event: Callable[[CaptureEvent], None],
    ) -> None:
        self._opens = opens
        self._notices = notices
        self._channels = channels
        self._on_block = on_block
        self._on_event = on_event
        self._microphone: Microphone | None = None
        self._before = Counts()
        self._changing = threading.Lock()
        self._silent: set[int] = set()
        self._single = False

    @property
    def open(self) -> bool:
        return self._microphone is not None

    @property
    def name(self) -> str | None:
        microphone = self._microphone
        return microphone.name if microphone else None

    @property
    def level(self) -> Level:
        microphone = self._microphone
        return microphone.level if microphone else Level()

    @property
    def failure(self) -> BaseException | None:
        microphone = self._microphone
        return microphone.failure if microphone else None

    @property
    def counts(self) -> Counts:
        """Since :meth:`fresh`, over all microphones that were used."""
        microphone = self._microphone
        return _sum(self._before, microphone.counts) if microphone else self._before

    def fresh(self) -> None:
        """A new recording begins: nothing was lost so far, and no warning of an earlier one holds."""
        self._before = Counts()
        self._notices.drop(*_OF_THE_MICROPHONE, NoticeKind.AUDIO_LOST)

    def listen(self, device: str | None) -> None:
        """Open ``device``, or the system's default; raises :class:`CaptureError`."""
        with self._changing:
            microphone = self._opens(
                device=device, channels=self._channels, on_block=self._on_block, on_event=self._heard
            )
            try:
                microphone.start()
            except CaptureError as error:
                self._notices.put(NoticeKind.MICROPHONE_FAILED, detail=str(error))
                microphone.close()
                raise
            self._notices.drop(NoticeKind.MICROPHONE_FAILED)
            self._silent, self._single = set(), False
            self._microphone = microphone

    def stop(self) -> None:
        """Close the microphone once everything it heard was handed over.

        Raises :class:`~edge_agent.errors.CaptureUnfinishedError` where that is not possible yet; it stays open.
        """
        with self._changing:
            microphone = self._microphone
            if microphone is None:
                return
            microphone.stop()
            self._before = _sum(self._before, microphone.counts)
            self._microphone = None
            microphone.close()
            self._notices.drop(*_OF_THE_MICROPHONE)

    def _heard(self, event: CaptureEvent) -> None:
        if event.lost > 0:
            self._notices.add(NoticeKind.AUDIO_LOST, event.lost, detail=event.detail)
        match event.kind:
            case "started" | "reopened":
                self._notices.drop(NoticeKind.DEVICE_LOST, NoticeKind.MICROPHONE_FAILED)
            case "device_changed":
                self._notices.put(NoticeKind.DEVICE_CHANGED, detail=event.device)
            case "device_lost":
                self._notices.put(NoticeKind.DEVICE_LOST, detail=event.detail)
            case "clipping":
                self._notices.put(NoticeKind.CLIPPING)
            case "silence" | "sound":
                self._tell_silence(event)
            case "one_channel":
                self._single = True
                self._notices.put(NoticeKind.ONE_CHANNEL, detail=event.detail)
            case "backlog":
                self._notices.put(NoticeKind.BACKLOG)
            case "caught_up":
                self._notices.drop(NoticeKind.BACKLOG)
        self._on_event(event)

    def _tell_silence(self, event: CaptureEvent) -> None:
        """Two microphones of which one is silent are another warning than no sound at all."""
        channel = event.channel or 0
        self._silent = self._silent | {channel} if event.kind == "silence" else self._silent - {channel}
        self._notices.drop(NoticeKind.SILENCE, *(() if self._single else (NoticeKind.ONE_CHANNEL,)))
        if len(self._silent) >= self._channels:
            self._notices.put(NoticeKind.SILENCE)
        elif self._silent:
            self._notices.put(NoticeKind.ONE_CHANNEL, detail=event.detail)


def _sum(one: Counts, other: Counts) -> Counts:
    return Counts(
        overflows=one.overflows + other.overflows,
        dropped_frames=one.dropped_frames + other.dropped_frames,
        reopened=one.reopened + other.reopened,
    )
