"""The real recogniser, where its data packages are installed, and recordings to give it."""

from pathlib import Path

import numpy as np
import pytest

from models.audio import SAMPLE_RATE, Samples
from models.errors import NoSourceError
from models.fetch import Fetching, ensure
from models.registry import Registry
from tests.uplink_service import service as service
from tests.uplink_service import visit as visit

SHARED_SPEECH = Path(__file__).resolve().parents[2] / "../shared/speech"


@pytest.fixture(scope="session")
def models_home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A model home with the embedded recogniser and VAD, from installed packages only."""
    home = tmp_path_factory.mktemp("models")
    try:
        for name in ("whisper-base", "silero-vad"):
            ensure(Registry.load().get(name), home, Fetching(network=False))
    except NoSourceError as error:
        pytest.skip(f"the recogniser's data packages are not installed: {error}")
    return home


@pytest.fixture(scope="session")
def shared_speech() -> Path:
    if not SHARED_SPEECH.is_dir():
        pytest.skip("the project's shared speech data is not beside this checkout")
    return SHARED_SPEECH


def noise(seconds: float, level: float = 0.05, seed: int = 1) -> Samples:
    """White noise."""
    return np.random.default_rng(seed).normal(0, level, int(seconds * SAMPLE_RATE)).astype(np.float32)


def tone(seconds: float, hertz: float = 440.0, rate: int = SAMPLE_RATE) -> Samples:
    time = np.arange(int(seconds * rate)) / rate
    return (0.3 * np.sin(2 * np.pi * hertz * time)).astype(np.float32)
