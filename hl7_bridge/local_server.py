"""A FHIR R4 server (sekmet-fhir) in a process of its own on loopback, for the demonstration and the tests."""

import importlib.util
import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Mapping
from pathlib import Path
from types import TracebackType

from hl7_bridge.errors import BridgeError
from hl7_bridge.fhir_client import FhirClient
from hl7_bridge.fhir_errors import BusyError, UnreachableError
from hl7_bridge.fhir_http import Limits
from hl7_bridge.read_again import ONCE

_STARTER = """
import os, sys, threading
def leave_with_parent():
    sys.stdin.buffer.read()
    os._exit(0)
threading.Thread(target=leave_with_parent, daemon=True).start()
import uvicorn
from sekmet.config import load_settings
from sekmet.main import create_app
settings = load_settings(sys.argv[1])
uvicorn.run(create_app(settings), host="127.0.0.1", port=settings.port, log_level="warning", access_log=False)
"""


class LocalServerMissingError(BridgeError):
    """The local FHIR server is not installed: install the demo extra (the package sekmet-fhir)."""


class LocalServerFailedError(BridgeError):
    """The local FHIR server did not start within {seconds} s; its last words are in {log}."""


class LocalFhirServer:
    """``with LocalFhirServer(folder) as base_url``: serves 127.0.0.1 until the block ends, keeping its data.

    The process ends with the block, on SIGTERM first, and also when this process dies, since it reads a pipe
    from it.  ``start_seconds`` is long for a machine that is busy; a server that ends by itself is noticed at once.
    ``more`` are further settings of it, such as its clients.
    """

    def __init__(
        self,
        data_dir: Path,
        port: int | None = None,
        start_seconds: float = 180.0,
        more: Mapping[str, object] | None = None,
    ) -> None:
        self.data_dir = data_dir.resolve()
        self.port = port or _free_port()
        self._more = dict(more or {})
        self._start_seconds = start_seconds
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def base_url(self) -> str:
        return f"http://127.0.0.1:{self.port}/fhir"

    def __enter__(self) -> str:
        self.start()
        return self.base_url

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def start(self) -> None:
        """Start the process and return once /metadata answers; LocalServerFailedError if that takes too long."""
        if importlib.util.find_spec("sekmet") is None:
            raise LocalServerMissingError()
        self.data_dir.mkdir(parents=True, exist_ok=True)
        log = self.data_dir / "server.log"
        with log.open("ab") as output:
            self._process = subprocess.Popen(
                [sys.executable, "-c", _STARTER, str(self._settings())],
                cwd=self.data_dir,
                stdin=subprocess.PIPE,
                stdout=output,
                stderr=subprocess.STDOUT,
                env={key: value for key, value in os.environ.items() if not key.startswith("SEKMET_")},
                start_new_session=True,
            )
        if not self._becomes_ready(self._process):
            self.stop()
            raise LocalServerFailedError(seconds=self._start_seconds, log=log)

    def _becomes_ready(self, process: "subprocess.Popen[bytes]") -> bool:
        """True once our own process answers; False when it has ended or the time is over."""
        deadline = time.monotonic() + self._start_seconds
        while process.poll() is None and time.monotonic() < deadline:
            try:
                with FhirClient(self.base_url, limits=Limits(timeout=5.0), again=ONCE) as client:
                    client.capabilities()
                    return process.poll() is None
            except (UnreachableError, BusyError):
                time.sleep(0.05)
        return False

    def stop(self) -> None:
        """End the process; nothing happens where it has ended already."""
        process, self._process = self._process, None
        if process is None:
            return
        if process.poll() is None:
            process.send_signal(signal.SIGTERM)
            try:
                process.wait(timeout=5)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
        if process.stdin is not None:
            process.stdin.close()

    @property
    def pid(self) -> int | None:
        return self._process.pid if self._process else None

    def _settings(self) -> Path:
        """The server's settings file: YAML, of which JSON is a part."""
        path = self.data_dir / "settings.yaml"
        settings = {
            "base_url": self.base_url,
            "host": "127.0.0.1",
            "port": self.port,
            "data_dir": str(self.data_dir),
            "simulator": {"enabled": False},
            "own_private_key_path": str(self.data_dir / "keys" / "server.pem"),
            "log_inbound": False,
            **self._more,
        }
        path.write_text(json.dumps(settings), encoding="utf-8")
        return path


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
