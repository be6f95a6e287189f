"""Which microphones this machine has."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class InputDevice:
    """A microphone as the system names it.

    ``index`` holds for the moment of listing only: a device is pinned by ``name``.  ``default_rate`` is in samples
    per second.
    """

    index: int
    name: str
    host_api: str
    channels: int
    default_rate: int
    is_default: bool
