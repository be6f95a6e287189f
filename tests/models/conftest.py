"""A model hub on loopback that misbehaves as told, and small models to fetch from it."""

import hashlib
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from models.errors import NoSourceError
from models.fetch import Fetching, ensure
from models.registry import HubSource, Model, ModelFile, Registry, Source

REVISION = "0123456789abcdef0123456789abcdef01234567"


@dataclass
class StandInHub:
    """Serves ``files`` at /REPO/resolve/REVISION/NAME and notes what was asked for."""

    files: dict[str, bytes] = field(default_factory=dict)
    drop_after: list[int] = field(default_factory=list)
    ranges_supported: bool = True
    stall_seconds: float = 0.0
    requests: list[tuple[str, str | None]] = field(default_factory=list)
    url: str = ""


@pytest.fixture
def hub() -> Iterator[StandInHub]:
    state = StandInHub()
    stop = threading.Event()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def log_message(self, *args: object) -> None:
            return

        def do_GET(self) -> None:
            name = self.path.removeprefix(f"/team/repo/resolve/{REVISION}/")
            wanted = self.headers.get("Range")
            state.requests.append((name, wanted))
            body = state.files.get(name)
            if body is None:
                self.send_error(404)
                return
            stop.wait(state.stall_seconds)
            first = int(wanted.removeprefix("bytes=").removesuffix("-")) if wanted and state.ranges_supported else 0
            if first >= len(body) > 0:
                self.send_response(416)
                self.send_header("Content-Length", "0")
                self.end_headers()
                return
            self.send_response(206 if first else 200)
            if first:
                self.send_header("Content-Range", f"bytes {first}-{len(body) - 1}/{len(body)}")
            rest = body[first:]
            self.send_header("Content-Length", str(len(rest)))
            self.end_headers()
            if state.drop_after:
                self.wfile.write(rest[: state.drop_after.pop(0)])
                self.wfile.flush()
                time.sleep(0.05)
                self.close_connection = True
                self.connection.close()
                return
            self.wfile.write(rest)

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True)
    thread.start()
    state.url = f"http://127.0.0.1:{server.server_port}"
    yield state
    stop.set()
    server.shutdown()
    server.server_close()
    thread.join()


def model_of(files: dict[str, bytes], *sources: Source, name: str = "tiny", pinned: bool = True) -> Model:
    """A model whose right files are ``files``."""
    return Model(
        name=name,
        task="speech",
        engine="faster-whisper",
        licence="MIT",
        languages=("ko",),
        files=tuple(
            ModelFile(
                name=file,
                size=len(data) if pinned else None,
                sha256=hashlib.sha256(data).hexdigest() if pinned else None,
            )
            for file, data in files.items()
        ),
        sources=sources,
    )


@pytest.fixture(scope="session")
def whisper_base(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The embedded recogniser's folder, from installed packages only."""
    try:
        return ensure(Registry.load().get("whisper-base"), tmp_path_factory.mktemp("models"), Fetching(network=False))
    except NoSourceError as error:
        pytest.skip(f"the recogniser's data packages are not installed: {error}")


@pytest.fixture
def right_files() -> dict[str, bytes]:
    return {"config.json": b"{}", "model.bin": bytes(range(256)) * 4000}


@pytest.fixture
def hub_source() -> HubSource:
    return HubSource(repo="team/repo", revision=REVISION)


@pytest.fixture
def medium(tmp_path: Path, right_files: dict[str, bytes]) -> Path:
    """An offline medium with the right files."""
    folder = tmp_path / "medium" / "tiny"
    folder.mkdir(parents=True)
    for name, data in right_files.items():
        (folder / name).write_bytes(data)
    return folder


@pytest.fixture(scope="session")
def shared_clips() -> Path:
    """The Korean clips beside this checkout."""
    folder = Path(__file__).resolve().parents[2] / "../shared/speech/ko"
    if not folder.is_dir():
        pytest.skip("the project's shared speech data is not beside this checkout")
    return folder
