"""A running reception: the listener for admissions over the installation's store."""

import asyncio
import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path

from hl7_bridge.hl7v2.receiving import Receiver
from hl7_bridge.hl7v2.settings import Hl7Receiver
from hl7_bridge.mllp.listener import Limits, MllpListener, listener_context
from hl7_bridge.site import Site
from hl7_bridge.site_file import read_site
from scribe.admissions import Opening, Reception, systems_of
from scribe.crypto import HospitalKey
from scribe.settings import Settings
from scribe.store import Actor, Store, open_store
from scribe.store.visits import VisitLine

Say = Callable[[str], None]


def listen(site_file: Path, host: str, port: int, data_dir: Path | None, say: Say) -> None:
    """Take admissions until SIGINT or SIGTERM; ``say`` is told the address, and how many visits wait."""
    site = read_site(site_file)
    wanted = site.receive or Hl7Receiver()
    tls = listener_context(wanted.tls) if wanted.tls else None
    with _installation(data_dir) as (store, settings):
        reception = Reception(store, store.ensure_hospital(settings.organization), wanted, _opening(settings))
        systems = systems_of(_numbered(site, settings), wanted)
        receiver = Receiver(settings=wanted, systems=systems, apply=reception.apply, clock=store.clock)
        waiting = reception.open()
        if waiting:
            say(f"담당 의사를 모르는 내원 {waiting}건이 기다립니다. scribe bridge admissions 로 확인해 주세요.")
        asyncio.run(_until_stopped(MllpListener(receiver, Limits.of(wanted), tls), host, port, say))


def told(days: int, site_file: Path | None, data_dir: Path | None) -> tuple[VisitLine, ...]:
    """The visits of the last ``days``; with a site file, waiting ones first go to whom it now names."""
    with _installation(data_dir) as (store, settings):
        hospital_id = store.ensure_hospital(settings.organization)
        if site_file is not None:
            wanted = read_site(site_file).receive or Hl7Receiver()
            Reception(store, hospital_id, wanted, _opening(settings)).open()
        with store.begin(Actor.service(hospital_id)) as work:
            return work.admissions.lines(since=store.clock() - timedelta(days=days))


def _opening(settings: Settings) -> Opening:
    return Opening(template=settings.template, language=settings.language)


def _numbered(site: Site, settings: Settings) -> Site:
    """The site with what the installation's settings say where its file says nothing."""
    return Site(
        identifier_system=site.identifier_system or settings.identifier_system,
        organization=site.organization or (settings.organization if settings.hospital_hira_number else None),
    )


@contextmanager
def _installation(data_dir: Path | None) -> Iterator[tuple[Store, Settings]]:
    """The store alone: what recognises and drafts would take seconds to load."""
    settings = Settings.load(None, **({} if data_dir is None else {"data_dir": data_dir}))
    settings.data_dir.mkdir(parents=True, exist_ok=True, mode=0o700)
    wrapper = HospitalKey.from_file(settings.key_file)
    store = open_store(settings.store_url, wrapper=wrapper, audio_dir=settings.audio_dir)
    try:
        yield store, settings
    finally:
        store.close()


async def _until_stopped(listener: MllpListener, host: str, port: int, say: Say) -> None:
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, stop.set)
    await listener.start(host, port)
    say(f"listening on {host}:{listener.port}")
    try:
        await stop.wait()
    finally:
        await listener.stop()
