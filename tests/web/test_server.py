import socket
from pathlib import Path

import httpx2
import pytest

from scribe.settings import Settings
from scribe.web import server


def test_the_service_runs_in_a_thread_and_stops(tmp_path: Path) -> None:
    settings = Settings.load({}, data_dir=tmp_path / "data", models_home=tmp_path, port=0)
    with server.running(settings) as address:
        assert address.startswith("http://127.0.0.1:")
        assert httpx2.get(f"{address}/health").json() == {"status": "ok"}
        assert "server" not in httpx2.get(f"{address}/sign-in").headers
    with pytest.raises(httpx2.ConnectError):
        httpx2.get(f"{address}/health")


def test_a_taken_port_is_named(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        taken.listen()
        settings = Settings.load({}, data_dir=tmp_path, port=taken.getsockname()[1])
        with pytest.raises(server.ListenError, match=f"127.0.0.1 port {settings.port}"), server.running(settings):
            pass
