"""Running the service: store, workers and HTTP in one process."""

import signal
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import replace
from types import FrameType

import uvicorn
from fastapi import FastAPI

from scribe.dictation import Dictation
from scribe.domain.errors import ScribeError
from scribe.installation import stages_of, store_of
from scribe.pipeline import Pipeline
from scribe.progress import Observer
from scribe.settings import Settings
from scribe.site import site_of
from scribe.store import Store, Work
from scribe.uploads import Drafting
from scribe.web.app import create_app
from scribe.web.service import Enqueue, Rewriting, Service
from scribe.web.transcript.rewriting import Rewriter

_START_SECONDS = 15.0
_BACKLOG = 2048


class ListenError(ScribeError):
    """Cannot listen on {host} port {port}: {problem}."""


class ServerStartError(ScribeError):
    """The web server did not start within {seconds:g} seconds."""


def serve(settings: Settings) -> None:
    """Serve until interrupted or terminated; the address is printed as soon as requests are accepted."""
    # uvicorn raises the signal again once it has shut down: the jobs and the store are to be closed then.
    signal.signal(signal.SIGTERM, _leave)
    with (
        suppress(KeyboardInterrupt),
        _listening(settings) as (listener, address),
        _opened(settings, None, None) as service,
    ):
        print(f"{address}  (Ctrl+C to stop)", flush=True)  # noqa: T201 - the command's output
        _server(service).run(sockets=[listener])


def _leave(number: int, frame: FrameType | None) -> None:
    del number, frame
    raise SystemExit(0)


@contextmanager
def running(settings: Settings, *, store: Store | None = None, pipeline: Pipeline | None = None) -> Iterator[str]:
    """The service in a thread of this process; yields its base address and stops it at the end.

    ``store`` and a started ``pipeline`` are used where given, and left open; else the service opens its own.
    ``settings.port`` 0 takes a free port.
    """
    with _listening(settings) as (listener, address), _opened(settings, store, pipeline) as service:
        server = _server(service)
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]}, name="scribe-web", daemon=True)
        thread.start()
        try:
            _wait_until_started(server, thread)
            yield address
        finally:
            server.should_exit = True
            thread.join()


def pipeline_of(settings: Settings, store: Store, *, observe: Observer | None = None) -> Pipeline:
    """The jobs of an installation, not started yet: its stages, and the rewriting of what went stale."""
    stages = stages_of(settings)
    rewrite = Rewriter(store, stages.draft_note, settings.templates_dir)
    return Pipeline(settings, store, replace(stages, rewrite=rewrite), observe=observe)


def enqueue_with(pipeline: Pipeline) -> Enqueue:
    """Delivery through ``pipeline``: the outbox rows, one a destination, are part of the signing transaction.

    Without destinations signed notes stay here.  A crash right after the transaction is mended at the next start of
    the pipeline.
    """

    def enqueue(work: Work, note_id: str, version: int) -> None:
        for destination in pipeline.destinations:
            work.outbox.add(note_id, version, destination)
        work.after_commit(pipeline.wake)

    return enqueue


def drafting_with(pipeline: Pipeline) -> Drafting:
    """Drafting through ``pipeline`` after the transaction; after a crash its next start takes the work up."""

    def drafting(work: Work, encounter_id: str) -> None:
        actor = work.actor

        def draft() -> None:
            pipeline.process_transcript(actor, encounter_id)

        work.after_commit(draft)

    return drafting


def rewriting_with(pipeline: Pipeline) -> Rewriting | None:
    """Rewriting through ``pipeline``, None where it does not rewrite; after a crash its next start takes it up."""
    if not pipeline.rewrites:
        return None

    def rewriting(work: Work, rewriting_id: str) -> None:
        actor = work.actor

        def rewrite() -> None:
            pipeline.rewrite(actor, rewriting_id)

        work.after_commit(rewrite)

    return rewriting


@contextmanager
def _opened(settings: Settings, store: Store | None, pipeline: Pipeline | None) -> Iterator[Service]:
    with ExitStack() as stack:
        if store is None:
            store = store_of(settings)
            stack.callback(store.close)
        store.ensure_hospital(settings.organization)
        if pipeline is None:
            pipeline = pipeline_of(settings, store)
            pipeline.start()
            stack.callback(pipeline.stop)
        yield Service(
            store=store,
            settings=settings,
            enqueue=enqueue_with(pipeline),
            redraft=drafting_with(pipeline),
            site=site_of(settings),
            wake=pipeline.wake,
            rewriting=rewriting_with(pipeline),
            dictation=Dictation(pipeline.hear) if pipeline.hear and settings.dictation else None,
        )


@contextmanager
def _listening(settings: Settings) -> Iterator[tuple[socket.socket, str]]:
    """A bound socket and the address that browsers reach it under."""
    family = socket.AF_INET6 if ":" in settings.host else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as listener:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            listener.bind((settings.host, settings.port))
            listener.listen(_BACKLOG)  # from here on a request waits instead of being refused
        except OSError as error:
            problem = error.strerror or "the address is not usable"
            raise ListenError(host=settings.host, port=settings.port, problem=problem) from None
        host = f"[{settings.host}]" if family == socket.AF_INET6 else settings.host
        yield listener, f"http://{host}:{listener.getsockname()[1]}"


class _Server(uvicorn.Server):
    """Ends the streams of open pages before it waits for requests to end: they never do so by themselves."""

    def __init__(self, config: uvicorn.Config, application: FastAPI) -> None:
        super().__init__(config)
        self._application = application

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        self._application.state.events.close()
        await super().shutdown(sockets)


def _server(service: Service) -> uvicorn.Server:
    # The application writes its own access log, which holds no addresses.
    application = create_app(service)
    config = uvicorn.Config(
        application,
        access_log=False,
        log_level="warning",
        server_header=False,
        timeout_graceful_shutdown=5,
    )
    return _Server(config, application)


def _wait_until_started(server: uvicorn.Server, thread: threading.Thread) -> None:
    deadline = time.monotonic() + _START_SECONDS
    while not server.started:
        if not thread.is_alive() or time.monotonic() > deadline:
            raise ServerStartError(seconds=_START_SECONDS)
        time.sleep(0.02)
