"""The local FHIR server starts, keeps its data, and never outlives who started it."""

import socket
import subprocess
import sys
import time
from pathlib import Path

import httpx
import pytest

from hl7_bridge.local_server import LocalFhirServer, LocalServerFailedError

pytest.importorskip("sekmet", reason="the local FHIR server (sekmet-fhir) is not installed")


def answers(url: str) -> bool:
    try:
        return httpx.get(f"{url}/metadata", timeout=5).is_success
    except httpx.HTTPError:
        return False


def test_it_ends_with_whoever_started_it_and_keeps_its_data(tmp_path: Path) -> None:
    program = (
        "import os, pathlib, sys, httpx\n"
        "from hl7_bridge.local_server import LocalFhirServer\n"
        "server = LocalFhirServer(pathlib.Path(sys.argv[1]))\n"
        "server.start()\n"
        "patient = {'resourceType': 'Patient', 'gender': 'female'}\n"
        "made = httpx.post(server.base_url + '/Patient', json=patient, trust_env=False).json()\n"
        "print(server.base_url, made['id'], flush=True)\n"
        "os.kill(os.getpid(), 9)\n"
    )
    died = subprocess.run(
        [sys.executable, "-c", program, str(tmp_path)], capture_output=True, text=True, timeout=120, check=False
    )
    assert died.returncode == -9
    url, patient_id = died.stdout.split()
    deadline = time.monotonic() + 10
    while answers(url) and time.monotonic() < deadline:
        time.sleep(0.1)
    assert not answers(url)

    server = LocalFhirServer(tmp_path)
    with server as url:
        assert url.startswith("http://127.0.0.1:")
        assert httpx.get(f"{url}/Patient/{patient_id}").json()["gender"] == "female"
    assert not answers(url)
    server.stop()


def test_a_taken_port_is_said_at_once(tmp_path: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        server = LocalFhirServer(tmp_path, port=taken.getsockname()[1], start_seconds=20)
        with pytest.raises(LocalServerFailedError, match=r"server\.log"):
            server.start()
    assert server.pid is None
