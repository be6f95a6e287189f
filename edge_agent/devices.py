"""Which microphones this machine has."""

import json
import subprocess
from dataclasses import dataclass

from edge_agent.errors import CaptureError
from edge_agent.source import NO_WINDOW, PROGRAM, failure


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


def devices(*, limit: float = 15.0) -> tuple[InputDevice, ...]:
    """Every microphone that is plugged in now, whatever is being recorded meanwhile.

    PortAudio knows the devices of the moment it was loaded, so a child process lists them.  Without PortAudio a
    :class:`PortAudioMissingError` says what to install; a sound system that does not answer within ``limit`` seconds
    is a :class:`CaptureError`.
    """
    try:
        done = subprocess.run(
            [*PROGRAM, "list"],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            timeout=limit,
            creationflags=NO_WINDOW,
        )
    except subprocess.TimeoutExpired:
        raise CaptureError(problem=f"the sound system did not list its devices within {limit:.0f} s") from None
    if done.returncode != 0 or not done.stdout:
        raise CaptureError(problem=f"listing the sound devices broke off with status {done.returncode}")
    found = json.loads(done.stdout)
    if "devices" not in found:
        raise failure(found)
    return tuple(InputDevice(**device) for device in found["devices"])
