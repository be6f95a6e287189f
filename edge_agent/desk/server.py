"""Serving the page on loopback, in a thread beside the agent."""

import socket
import threading
import time
import webbrowser
from collections.abc import Iterator
from contextlib import contextmanager

import uvicorn

from edge_agent.desk.access import DeskKey
from edge_agent.desk.app import Page, create_app
from edge_agent.errors import EdgeError
from edge_agent.events import Topic

HOST = "127.0.0.1"
_START_SECONDS = 15.0


class PortTakenError(EdgeError):
    """Port {port} of this computer is taken: another agent is running, or choose another with SCRIBE_EDGE_PORT."""


class PageStartError(EdgeError):
    """The desk page did not start within {seconds:g} seconds."""


@contextmanager
def serving(page: Page, port: int) -> Iterator[str]:
    """The page's address until the end of the block; loopback only, whatever the settings say."""
    with _listener(port) as listener:
        config = uvicorn.Config(
            create_app(page), access_log=False, log_level="warning", server_header=False, timeout_graceful_shutdown=2
        )
        server = uvicorn.Server(config)
        run = {"sockets": [listener]}
        thread = threading.Thread(target=server.run, kwargs=run, name="desk-page", daemon=True)
        thread.start()
        try:
            _wait_until_started(server, thread)
            yield f"http://{HOST}:{listener.getsockname()[1]}"
        finally:
            page.leaving.set()
            page.agent.board.changed(Topic.STATE)
            server.should_exit = True
            thread.join()


def entrance(address: str, key: DeskKey) -> str:
    """The address that opens the page in a browser of this user; good for two minutes."""
    return f"{address}/enter?ticket={key.ticket()}"


def open_browser(address: str, key: DeskKey) -> bool:
    """Whether a browser of this desktop took the page."""
    return webbrowser.open(entrance(address, key))


@contextmanager
def _listener(port: int) -> Iterator[socket.socket]:
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as listener:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            listener.bind((HOST, port))
        except OSError:
            raise PortTakenError(port=port) from None
        yield listener


def _wait_until_started(server: uvicorn.Server, thread: threading.Thread) -> None:
    deadline = time.monotonic() + _START_SECONDS
    while not server.started:
        if not thread.is_alive() or time.monotonic() > deadline:
            raise PageStartError(seconds=_START_SECONDS)
        time.sleep(0.02)
