"""A real server behind a stand-in that answers some requests itself."""

import json
import threading
from collections.abc import Callable, Mapping
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import urlsplit

import httpx

Judge = Callable[[str, str, Any], tuple[int, Any] | None]
"""Method, path under the base address and JSON body to a status and an answer, or None for the real one."""


class StandIn:
    """``with StandIn(base_url, {"/metadata": {...}}) as url``; ``judge`` may answer anything else."""

    def __init__(self, base_url: str, answers: Mapping[str, Any] | None = None, judge: Judge | None = None) -> None:
        self.base_url = base_url
        self.path = urlsplit(base_url).path
        self._answers = dict(answers or {})
        self._judge = judge
        self._http = httpx.Client(trust_env=False, timeout=20.0)
        stand_in = self

        class Handler(BaseHTTPRequestHandler):
            def handle_any(self) -> None:
                stand_in.answer(self)

            do_GET = do_POST = do_PUT = handle_any  # noqa: N815  (the names that http.server calls)

            def log_message(self, *arguments: object) -> None: ...

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True

    def __enter__(self) -> str:
        threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True).start()
        return f"http://127.0.0.1:{self._server.server_address[1]}{self.path}"

    def __exit__(self, *exception: object) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._http.close()

    def answer(self, asked: BaseHTTPRequestHandler) -> None:
        body = asked.rfile.read(int(asked.headers.get("Content-Length") or 0))
        path = asked.path.removeprefix(self.path)
        own = self._own(asked.command, path, asked.headers.get("Content-Type", ""), body)
        if own is not None:
            self._write(asked, own[0], {}, json.dumps(own[1]).encode())
            return
        skipped = ("host", "connection", "content-length", "accept-encoding")
        headers = {name: value for name, value in asked.headers.items() if name.lower() not in skipped}
        real = self._http.request(asked.command, f"{self.base_url}{path}", content=body or None, headers=headers)
        kept = {name: real.headers[name] for name in ("ETag", "Location") if name in real.headers}
        self._write(asked, real.status_code, kept, real.content)

    def _own(self, method: str, path: str, kind: str, body: bytes) -> tuple[int, Any] | None:
        if path in self._answers:
            return 200, self._answers[path]
        if self._judge is None:
            return None
        return self._judge(method, path, json.loads(body) if body and "json" in kind else None)

    def _write(self, asked: BaseHTTPRequestHandler, status: int, headers: dict[str, str], content: bytes) -> None:
        asked.send_response(status)
        for name, value in {**headers, "Content-Type": "application/fhir+json"}.items():
            asked.send_header(name, value)
        asked.send_header("Content-Length", str(len(content)))
        asked.end_headers()
        asked.wfile.write(content)
