"""The optional encoder is never needed and never reaches for a network; what it hears is in test_encoders."""

import subprocess
import sys
from pathlib import Path

import pytest

from models import openvino_encoder
from models.errors import EngineMissingError
from models.openvino_encoder import OpenVinoEncoder
from tests.models import tiny_whisper

installed = pytest.mark.skipif(not openvino_encoder.is_installed(), reason="openvino is not installed")

OFFLINE = """
import sys
from pathlib import Path

NETWORK = ("socket.__new__", "socket.connect", "socket.getaddrinfo", "socket.sendto", "socket.bind")

def refuse(event, args):
    assert event not in NETWORK, event

sys.addaudithook(refuse)

import numpy as np
from models.openvino_encoder import OpenVinoEncoder

encoder = OpenVinoEncoder(Path(sys.argv[1]), threads=1)
print(encoder.encode(np.zeros((80, 20), np.float32)).shape)
print([name for name in sys.modules if "telemetry" in name or name.startswith("openvino.tools.ovc")])
"""


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tiny_whisper.save(tmp_path_factory.mktemp("encoder") / "tiny")


def test_without_the_package_one_sentence_says_what_to_do(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(openvino_encoder, "PACKAGE", "openvino_that_is_absent")

    assert not openvino_encoder.is_installed()
    with pytest.raises(EngineMissingError, match="OpenVINO is not installed: install the package openvino"):
        OpenVinoEncoder(folder, threads=1)


@installed
def test_no_network_is_used_and_no_usage_is_reported(folder: Path) -> None:
    ran = subprocess.run(
        [sys.executable, "-c", OFFLINE, str(folder)], capture_output=True, text=True, timeout=60, check=True
    )

    assert ran.stdout.splitlines() == ["(1, 10, 64)", "[]"]
