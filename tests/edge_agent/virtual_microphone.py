"""Microphones without hardware: a PulseAudio server of our own whose null sinks are played into."""

import contextlib
import os
import shutil
import signal
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import pytest
import soundfile

from edge_agent.devices import devices
from edge_agent.errors import PortAudioMissingError
from models.audio import Samples

_ASOUND = """
pcm.!default { type pulse }
ctl.!default { type pulse }
pcm.desk { type pulse device "desk.monitor" hint { show on description "Desk" } }
pcm.spare { type pulse device "spare.monitor" hint { show on description "Spare" } }
"""
"""What an ALSA program finds: the server's default, and a named microphone for each of two sinks."""
_SINKS = (("clinic", 48000), ("desk", 44100), ("spare", 48000))


def missing() -> str | None:
    """Why there can be no virtual microphone here; None where there can."""
    for program in ("pulseaudio", "paplay", "pactl"):
        if shutil.which(program) is None:
            return f"{program} is not installed (Debian: pulseaudio pulseaudio-utils)"
    if not any(Path("/usr/lib").glob("**/libasound_module_pcm_pulse.so")):
        return "ALSA's PulseAudio plugin is not installed (Debian: libasound2-plugins)"
    try:
        devices()
    except PortAudioMissingError as error:
        return str(error)
    return None


@dataclass
class VirtualMicrophone:
    """Null sinks clinic (48 kHz, the default), desk (44.1 kHz) and spare, each with its monitor as a microphone."""

    folder: Path
    _server: subprocess.Popen[bytes] | None = None
    _players: list[subprocess.Popen[bytes]] = field(default_factory=list)

    def serve(self) -> None:
        """Start the server; it ends by itself after five minutes.

        It goes before other programs, where the system lets it, as on a desk: a late server plays holes.
        """
        sinks = [f"module-null-sink sink_name={name} rate={rate} channels=2" for name, rate in _SINKS]
        modules = ["module-native-protocol-unix auth-anonymous=1", *sinks]
        with (self.folder / "server.log").open("ab") as log:
            self._server = subprocess.Popen(
                [
                    *("timeout", "-k", "1", "300", "pulseaudio", "-n", "--daemonize=no", "--exit-idle-time=-1"),
                    *("--disallow-exit=no", "--realtime=no", "--high-priority=yes"),
                    *(part for module in modules for part in ("-L", module)),
                ],
                stdout=log,
                stderr=log,
            )
        deadline = time.monotonic() + 15
        while subprocess.run(["pactl", "set-default-source", "clinic.monitor"], capture_output=True).returncode != 0:
            if time.monotonic() > deadline or self._server.poll() is not None:
                pytest.skip(f"PulseAudio does not start here: {(self.folder / 'server.log').read_text()[-300:]}")
            time.sleep(0.1)

    def kill_server(self) -> None:
        """As a crash would."""
        if self._server is None:
            return
        with contextlib.suppress(OSError, ValueError):
            os.kill(int((self.folder / "run/pulse/pid").read_text()), signal.SIGKILL)
        try:
            self._server.wait(5)
        except subprocess.TimeoutExpired:
            self._server.kill()
            self._server.wait()
        self._server = None

    def plug_in(self, name: str, sink: str) -> None:
        """Another microphone appears, which hears what is played to ``sink``."""
        line = f'pcm.{name} {{ type pulse device "{sink}.monitor" hint {{ show on description "{name}" }} }}\n'
        with (self.folder / ".asoundrc").open("a", encoding="ascii") as file:
            file.write(line)

    def control(self, *command: str) -> str:
        done = subprocess.run(["pactl", *command], capture_output=True, text=True, timeout=10)
        assert done.returncode == 0, done.stderr
        return done.stdout

    def play(self, samples: Samples, rate: int, *, sink: str = "clinic") -> None:
        """Play ``samples`` of shape (channels, n) in the background, after 0.3 s of nothing in which the sink wakes up.

        One channel goes to both.  A second is buffered, or a busy machine makes the player stumble.
        """
        if len(samples) == 1:
            samples = np.repeat(samples, 2, axis=0)
        path = self.folder / f"play-{len(self._players)}.wav"
        soundfile.write(path, np.pad(samples, ((0, 0), (int(0.3 * rate), 0))).T, rate, subtype="FLOAT")
        self._players.append(
            subprocess.Popen(["timeout", "60", "paplay", f"--device={sink}", "--latency-msec=1000", str(path)])
        )

    def play_through(self, samples: Samples, rate: int, *, sink: str = "clinic") -> None:
        """As :meth:`play`; returns when all of it has left, and half a second later."""
        self.play(samples, rate, sink=sink)
        assert self._players[-1].wait(60) == 0
        time.sleep(0.5)

    def close(self) -> None:
        for player in self._players:
            player.kill()
            player.wait(5)
        self.kill_server()


@contextmanager
def virtual_microphone(folder: Path) -> Iterator[VirtualMicrophone]:
    """A running server in ``folder``, and an environment in which PortAudio finds it; skips where it cannot be."""
    if (reason := missing()) is not None:
        pytest.skip(reason)
    run = folder / "run"
    for each in (folder, run, run / "pulse"):
        each.mkdir(mode=0o700, exist_ok=True)
    (folder / ".asoundrc").write_text(_ASOUND, encoding="ascii")
    ours = {"HOME": str(folder), "XDG_RUNTIME_DIR": str(run), "PULSE_RUNTIME_PATH": str(run / "pulse")}
    microphone = VirtualMicrophone(folder)
    with pytest.MonkeyPatch.context() as patch:
        for name, value in ours.items():
            patch.setenv(name, value)
        patch.delenv("PULSE_SERVER", raising=False)
        try:
            microphone.serve()
            yield microphone
        finally:
            microphone.close()


def chirps(seconds: float, rate: int, *, seed: int = 0, level: float = 0.3) -> Samples:
    """Sweeps between 200 Hz and 6 kHz over faint noise: nothing in it repeats, so it can be found in a recording."""
    random = np.random.default_rng(seed)
    time_ = np.arange(int(seconds * rate)) / rate
    corners = np.arange(0, seconds + 0.5, 0.25)
    wander = np.interp(time_, corners, random.uniform(200, 6000, len(corners)))
    phase = 2 * np.pi * np.cumsum(wander) / rate
    samples = level * np.sin(phase) + random.normal(0, level / 20, len(time_))
    return samples.astype(np.float32)[None]


def found(played: Samples, recorded: Samples) -> tuple[int, float]:
    """Where ``played`` begins in ``recorded`` (one channel each, one rate), and how they correlate there.

    Clocks meet between two samples: the best of a hundred shifts within a sample counts.
    """
    size = 1 << (len(recorded) + len(played)).bit_length()
    product = np.fft.irfft(np.fft.rfft(recorded, size) * np.conj(np.fft.rfft(played, size)), size)
    at = int(np.argmax(product[: max(1, len(recorded) - len(played) + 1)]))
    spectrum, steps = np.fft.rfft(played), np.fft.rfftfreq(len(played))
    inside = slice(100, -100)
    there = recorded[at : at + len(played)][inside]
    shifted = (np.fft.irfft(spectrum * np.exp(-2j * np.pi * steps * by), len(played)) for by in np.arange(-1, 1, 0.02))
    return at, max(float(np.corrcoef(each[inside], there)[0, 1]) for each in shifted)
