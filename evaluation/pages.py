"""What the review page costs: time on the server, and bytes on the wire with every file that it loads.

The application is called as a server calls it, in this process, without a network: the figures are the server's part.
"""

import asyncio
import re
import secrets
import statistics
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import cycle, islice
from pathlib import Path

from fastapi import FastAPI
from starlette.types import ASGIApp, Message, Scope

from scribe.accounts import SignedIn, create_account, sign_in
from scribe.domain.consent import Consent
from scribe.domain.encounter import Encounter, Organization
from scribe.domain.formats import read_encounter, read_transcript
from scribe.domain.transcript import Transcript, Utterance, Word
from scribe.drafting.draft import draft
from scribe.installation import store_of
from scribe.settings import Settings
from scribe.store import Store, Work
from scribe.web.access import SESSION_COOKIE
from scribe.web.app import create_app
from scribe.web.service import Service

SIZES = (60, 1000)
"""Utterances: a long consultation, and one beyond anything that is said in an hour."""

_DIALOGUE = Path(__file__).parent / "dialogues" / "acne-student.json"
_DRAFTED = 60
_LOGIN = "measure"
_NAMED = re.compile(r'<(?:script|link)[^>]+(?:src|href)="([^"]+)"')
_IMPORTED = re.compile(r'^import [^"]*"\./([^"]+)"|\bfrom "\./([^"]+)"', re.MULTILINE)


@dataclass(frozen=True, slots=True, kw_only=True)
class PageFigures:
    """The review page of a consultation of ``utterances``.

    Milliseconds are from the request to the last byte, ``renders`` times; ``p50_cpu_ms`` of the processor alone, which
    says what it costs on a machine that has other work too.  ``html_bytes`` is the page as written,
    ``sent_bytes`` as it travels compressed; ``files_bytes`` all that it loads on a first visit, also as it travels.
    """

    utterances: int
    renders: int
    p50_ms: float
    p95_ms: float
    p50_cpu_ms: float
    html_bytes: int
    sent_bytes: int
    files: int
    files_bytes: int

    @property
    def first_visit_bytes(self) -> int:
        return self.sent_bytes + self.files_bytes


@dataclass(frozen=True, slots=True)
class Answer:
    """What the application answered: the headers by name, and the body as it travels."""

    status: int
    headers: dict[str, str]
    body: bytes


@dataclass(frozen=True, slots=True)
class Desk:
    """The application over a store of its own, and the session of its one physician."""

    app: FastAPI
    store: Store
    session: SignedIn

    def put(self, size: int) -> str:
        """The address of the review page of a new consultation of ``size`` utterances."""
        with self.store.begin(self.session.account.actor) as work:
            return f"/encounters/{_put(work, size, self.store.clock())}"


@contextmanager
def furnished(folder: Path) -> Iterator[Desk]:
    """A desk whose store is made in ``folder``."""
    settings = Settings.load({}, data_dir=folder)
    store = store_of(settings)
    try:
        service = Service(store=store, settings=settings, enqueue=_never, redraft=_no_redraft)
        hospital_id = store.ensure_hospital(Organization(name="가상의원"))
        password = secrets.token_urlsafe(24)
        create_account(store, hospital_id, login=_LOGIN, password=password, role="physician", name="김가람")
        yield Desk(create_app(service), store, sign_in(store, hospital_id, _LOGIN, password))
    finally:
        store.close()


def measure(folder: Path, sizes: Sequence[int] = SIZES, renders: int = 20) -> tuple[PageFigures, ...]:
    """The figures for each size, over a store made in ``folder``."""
    with furnished(folder) as desk:
        return tuple(_measured(desk.app, desk.put(size), desk.session.token, size, renders) for size in sizes)


def _put(work: Work, size: int, now: datetime) -> str:
    """A consultation of ``size`` utterances, the first of them drafted."""
    stated = read_encounter(_DIALOGUE.read_bytes(), _DIALOGUE.name) or Encounter(id="", start=now)
    encounter = replace(stated, id=f"measured-{size}")
    transcript = spoken(size)
    work.encounters.add(encounter)
    work.consents.add(encounter.id, Consent(purpose="recording", state="given", decided_at=now))
    kept = work.transcripts.add(encounter.id, transcript, expected_version=0)
    first = replace(transcript, utterances=transcript.utterances[:_DRAFTED])
    written = draft(first, encounter, template="soap")
    work.drafts.add(encounter.id, written, expected_version=0, drafted_by="drafter", transcript_id=kept.id)
    return encounter.id


def spoken(size: int) -> Transcript:
    """One dialogue over and over, up to ``size`` utterances with word times."""
    dialogue = read_transcript(_DIALOGUE.read_bytes(), _DIALOGUE.name)
    length = max(utterance.end for utterance in dialogue.utterances)
    turns = islice(cycle(dialogue.utterances), size)
    many = (
        _timed(one, number, (number // len(dialogue.utterances)) * length) for number, one in enumerate(turns)
    )  # fmt: skip
    return replace(dialogue, utterances=tuple(many))


def _timed(utterance: Utterance, number: int, later: float) -> Utterance:
    tokens = utterance.text.split()
    start, share = utterance.start + later, (utterance.end - utterance.start) / len(tokens)
    words = tuple(
        Word(text=token, start=round(start + place * share, 2), end=round(start + (place + 1) * share, 2),
             probability=0.4 if place == 4 else 0.95)
        for place, token in enumerate(tokens)
    )  # fmt: skip
    return replace(utterance, id=f"u{number}", start=start, end=utterance.end + later, words=words)


def _measured(app: ASGIApp, path: str, token: str, size: int, renders: int) -> PageFigures:
    took: list[float] = []
    worked: list[float] = []
    page = plain = _get(app, path, token, "identity")
    for _ in range(renders):
        began, working = time.perf_counter(), time.process_time()
        page = _get(app, path, token, "gzip")
        took.append((time.perf_counter() - began) * 1000)
        worked.append((time.process_time() - working) * 1000)
    if page.status != 200:
        raise RuntimeError(f"the review page answered {page.status}")
    files = _files(app, plain.body.decode(), token)
    return PageFigures(
        utterances=size,
        renders=renders,
        p50_ms=round(statistics.median(took), 1),
        p95_ms=round(sorted(took)[int(0.95 * (len(took) - 1))], 1),
        p50_cpu_ms=round(statistics.median(worked), 1),
        html_bytes=len(plain.body),
        sent_bytes=len(page.body),
        files=len(files),
        files_bytes=sum(len(answer.body) for answer in files.values()),
    )


def _files(app: ASGIApp, page: str, token: str) -> dict[str, Answer]:
    """Every style sheet, module and picture that the page names, and what those modules import."""
    found: dict[str, Answer] = {}
    waiting = [address for address in _NAMED.findall(page) if address.startswith("/static/")]
    while waiting:
        address = waiting.pop()
        if address in found:
            continue
        found[address] = _get(app, address, token, "gzip")
        if address.endswith(".js"):
            source = _get(app, address, token, "identity").body.decode()
            folder = address.rpartition("/")[0]
            waiting += [f"{folder}/{one or other}" for one, other in _IMPORTED.findall(source)]
    return found


def _get(app: ASGIApp, path: str, token: str, coding: str) -> Answer:
    return asyncio.run(_ask(app, path, token, coding))


async def _ask(app: ASGIApp, path: str, token: str, coding: str) -> Answer:
    headers = {"host": "127.0.0.1", "cookie": f"{SESSION_COOKIE}={token}", "accept-encoding": coding}
    scope: Scope = {
        "type": "http", "asgi": {"version": "3.0"}, "http_version": "1.1", "method": "GET", "scheme": "http",
        "path": path, "raw_path": path.encode(), "query_string": b"", "root_path": "",
        "headers": [(name.encode(), value.encode()) for name, value in headers.items()],
        "client": ("127.0.0.1", 1), "server": ("127.0.0.1", 80), "state": {},
    }  # fmt: skip
    sent: list[Message] = []

    async def receive() -> Message:
        return {"type": "http.request", "body": b"", "more_body": False}

    async def send(message: Message) -> None:
        sent.append(message)

    await app(scope, receive, send)
    start, *bodies = sent
    known = {name.decode(): value.decode() for name, value in start["headers"]}
    return Answer(start["status"], known, b"".join(body.get("body", b"") for body in bodies))


def _never(work: Work, note_id: str, version: int) -> None:
    raise RuntimeError(f"nothing is signed here, yet {note_id} version {version} by {work.actor.role}")


def _no_redraft(work: Work, encounter_id: str) -> None:
    raise RuntimeError(f"nothing is drafted again here, yet {encounter_id} by {work.actor.role}")
