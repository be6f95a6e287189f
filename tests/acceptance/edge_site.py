"""The edge agent of one desk as a process of its own, and the virtual microphone that it listens to."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest
import soundfile

from edge_agent.settings import EdgeSettings
from models.audio import Samples
from models.errors import NoSourceError
from models.fetch import Fetching, ensure
from models.registry import Registry
from scribe.demo.bundled import audio_file
from tests.edge_agent.virtual_microphone import VirtualMicrophone, virtual_microphone

SCRIBE = (sys.executable, "-c", "from scribe.cli import main; main()", "edge")


@pytest.fixture(scope="module")
def models_home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    home = tmp_path_factory.mktemp("models")
    try:
        for name in ("whisper-base", "silero-vad"):
            ensure(Registry.load().get(name), home, Fetching(network=False))
    except NoSourceError as error:
        pytest.skip(f"the recogniser's data packages are not installed: {error}")
    return home


@pytest.fixture
def microphone(tmp_path: Path) -> Iterator[VirtualMicrophone]:
    with virtual_microphone(tmp_path / "pulse") as running:
        yield running


@dataclass
class Site:
    """Where an agent keeps its things, and what is started there."""

    folder: Path
    models_home: Path
    process: subprocess.Popen[str] | None = None

    @property
    def environment(self) -> dict[str, str]:
        ours = {"SCRIBE_EDGE_DATA_DIR": str(self.folder), "SCRIBE_MODELS_HOME": str(self.models_home)}
        return {name: value for name, value in os.environ.items() if not name.startswith("SCRIBE_")} | ours

    @property
    def settings(self) -> EdgeSettings:
        return EdgeSettings.load({}, data_dir=self.folder, models_home=self.models_home)

    def start(self) -> None:
        with (self.folder.parent / "agent.log").open("a") as log:
            self.process = subprocess.Popen(
                [*SCRIBE, "run", "--no-browser", "--port", "0"],
                stdout=subprocess.PIPE, stderr=log, text=True, env=self.environment,
            )  # fmt: skip
        assert self.process.stdout is not None
        assert self.process.stdout.readline().startswith("http://127.0.0.1:"), self.log

    @property
    def log(self) -> str:
        return (self.folder.parent / "agent.log").read_text()

    def entrance(self) -> str:
        return self.run("open", "--no-browser").stdout.strip()

    def run(self, *command: str) -> "subprocess.CompletedProcess[str]":
        return subprocess.run(
            [*SCRIBE, *command], capture_output=True, text=True, env=self.environment, timeout=120
        )  # fmt: skip

    def kill(self) -> None:
        assert self.process is not None
        self.process.send_signal(signal.SIGKILL)
        self.process.wait(10)
        if self.process.stdout is not None:
            self.process.stdout.close()

    def end(self) -> int:
        assert self.process is not None
        self.process.terminate()
        status = self.process.wait(40)
        if self.process.stdout is not None:
            self.process.stdout.close()
        return status


@pytest.fixture
def site(tmp_path: Path, models_home: Path, microphone: VirtualMicrophone) -> Iterator[Site]:
    found = Site(tmp_path / "edge", models_home)
    try:
        yield found
    finally:
        if found.process is not None and found.process.poll() is None:
            found.process.kill()
            found.process.wait(10)
        if found.process is not None and found.process.stdout is not None:
            found.process.stdout.close()


def consultation(seconds: float) -> tuple[Samples, int]:
    """The beginning of the bundled consultation, which is synthetic speech."""
    samples, rate = soundfile.read(audio_file(), dtype="float32", always_2d=True)
    return np.ascontiguousarray(samples.T[:, : int(seconds * rate)]), rate


def eventually(condition: Callable[[], bool], what: str, seconds: float = 60.0) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, f"{what} did not come within {seconds:g} s"
        time.sleep(0.1)
