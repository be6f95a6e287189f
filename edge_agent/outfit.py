"""The agent of this desk, put together from its settings."""

import json
import logging
import socket
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

from edge_agent import desk_checks, identity, speech_checks
from edge_agent.agent import Agent, Desk
from edge_agent.beacon import Beacon
from edge_agent.capture import Microphone
from edge_agent.doctor import Check, Examination, Report, examined
from edge_agent.enrolment import Enrolment, EnrolmentError, Voiceprint
from edge_agent.errors import SpoolBusyError
from edge_agent.events import NoticeKind
from edge_agent.parts import MakesWay
from edge_agent.recogniser_process import RecogniserProcess
from edge_agent.settings import EdgeSettings
from edge_agent.spool import Spool
from edge_agent.transcribe import VAD_MODEL
from edge_agent.uplink_client import Transport, UplinkClient
from edge_agent.uplink_errors import NotEnrolledError
from edge_agent.vocabulary import read_terms
from models.fetch import Fetching, ensure
from models.languages import chosen
from models.registry import Model
from models.store import registry_of
from scribe.crypto import HospitalKey, KeyWrapper, new_id
from scribe.domain.files import write_file
from scribe.domain.uplink import DeviceInfo

_log = logging.getLogger(__name__)


def now() -> datetime:
    return datetime.now(UTC)


def site_key(settings: EdgeSettings) -> HospitalKey:
    """The key that wraps everything here, made on first use."""
    settings.data_dir.mkdir(parents=True, exist_ok=True, mode=0o700)
    return HospitalKey.from_file(settings.wrapping_key_file)


def transport(settings: EdgeSettings) -> Transport:
    return Transport(
        ca_bundle=settings.service_ca,
        client_certificate=settings.service_certificate,
        client_key=settings.service_certificate_key,
    )


@contextmanager
def opened_spool(settings: EdgeSettings, wrapper: KeyWrapper) -> Iterator[Spool]:
    """The recordings of this desk; :class:`~edge_agent.errors.SpoolBusyError` while an agent is running."""
    with Spool(settings.spool_dir, wrapper, clock=now) as spool:
        yield spool


@contextmanager
def running_agent(settings: EdgeSettings, *, device: str | None = None, uplink: bool = True) -> Iterator[Agent]:
    """The agent, open until the end of the block; ``device`` stands before the settings and the page's choice."""
    wrapper = site_key(settings)
    with opened_spool(settings, wrapper) as spool:
        choice = MicrophoneChoice(settings.data_dir / "microphone.json")
        desk = Desk(
            channels=settings.channels,
            microphone=device or choice.read() or settings.device,
            language=settings.language,
        )
        agent = Agent(
            spool,
            microphone=Microphone,
            recogniser=partial(
                RecogniserProcess,
                settings.models_home,
                model=settings.model,
                language=settings.language,
                registry=settings.models_registry,
                threads=settings.threads,
            ),
            uplink=_way(settings, wrapper, spool) if uplink else None,
            desk=desk,
            physician=lambda: physician_voice(settings, wrapper),
            now=now,
            new_id=new_id,
            site_terms=read_terms(settings.vocabulary) if settings.vocabulary else (),
            keep_choice=choice.write,
        )
        agent.open()
        try:
            with _beacon(settings, wrapper, agent) if uplink else nullcontext():
                yield agent
        finally:
            agent.close()


def _beacon(settings: EdgeSettings, wrapper: KeyWrapper, agent: Agent) -> Beacon:
    """Silent where this computer is not enrolled."""

    def current() -> str | None:
        recording = agent.snapshot().current
        return recording.encounter_id if recording else None

    def connect() -> UplinkClient:
        return UplinkClient(identity.load(settings.uplink_dir, wrapper), transport(settings))

    return Beacon(agent.board, current, connect)


def _way(settings: EdgeSettings, wrapper: KeyWrapper, spool: Spool) -> MakesWay | None:
    """The uplink, where this computer is enrolled with a service."""
    try:
        identity.load(settings.uplink_dir, wrapper)
    except NotEnrolledError:
        return None
    except identity.IdentityFileError as error:
        _log.error("%s", error)
        return None
    from edge_agent.uplink import Uplink  # noqa: PLC0415  (durable work takes seconds to import: where it is used)

    return partial(
        Uplink,
        settings.uplink_dir,
        spool,
        lambda: UplinkClient(identity.load(settings.uplink_dir, wrapper), transport(settings)),
        clock=now,
        retention_days=settings.retention_days,
        send_audio=settings.send_audio,
    )


def physician_voice(settings: EdgeSettings, wrapper: KeyWrapper) -> Voiceprint | None:
    """The enrolled voice, or None where there is none or it cannot be opened."""
    try:
        return Enrolment(settings.voices_dir, wrapper).voiceprint()
    except EnrolmentError as error:
        _log.warning("going on without the physician's voice: %s", type(error).__name__)
        return None


@dataclass(frozen=True, slots=True)
class MicrophoneChoice:
    """The microphone that was chosen on the page, kept for the next start."""

    file: Path

    def read(self) -> str | None:
        try:
            document = json.loads(self.file.read_bytes())
        except (FileNotFoundError, ValueError):
            return None
        name = document.get("name") if isinstance(document, dict) else None
        return name if isinstance(name, str) else None

    def write(self, name: str | None) -> None:
        write_file(self.file, json.dumps({"name": name}, ensure_ascii=False).encode())


@dataclass(frozen=True, slots=True)
class Doctor:
    """Everything that is looked at; with an ``agent`` it is that of the running process, which is not disturbed."""

    settings: EdgeSettings
    agent: Agent | None = None

    def report(self) -> Report:
        return Report(tuple(self.checks()))

    def checks(self) -> Iterator[Check]:
        """Each as soon as it is there."""
        found: list[DeviceInfo] = []
        yield from examined(
            [
                Examination("microphone", "마이크", self._microphone),
                Examination(
                    "disk", "저장 공간", lambda: desk_checks.disk(self.settings.data_dir, self.settings.channels)
                ),
                Examination("keys", "암호 키", self._keys),
                Examination("spool", "저장된 녹음", self._spool),
                Examination("model", "인식 모델", self._models),
                Examination("recogniser", "받아쓰기", self._recogniser),
                Examination("service", "서버", lambda: self._service(found)),
                Examination("clock", "시계", lambda: desk_checks.clock(now(), found[0].time if found else None)),
            ]
        )

    def _microphone(self) -> Check:
        level = self.agent.level() if self.agent else None
        if self.agent is not None and level is not None and level.listening:
            snapshot = self.agent.snapshot()
            reading = speech_checks.Reading(
                name=snapshot.microphone or "",
                wanted=snapshot.wanted_microphone,
                pinned=all(notice.kind is not NoticeKind.DEVICE_CHANGED for notice in snapshot.notices),
                rms_dbfs=level.level.rms_dbfs,
                clipped=level.level.clipped,
                overflows=snapshot.counts.overflows,
            )
            return speech_checks.microphone(lambda: reading)
        wanted = self.agent.snapshot().wanted_microphone if self.agent else self._chosen
        return speech_checks.microphone(lambda: speech_checks.listen(wanted, self.settings.channels))

    @property
    def _chosen(self) -> str | None:
        return MicrophoneChoice(self.settings.data_dir / "microphone.json").read() or self.settings.device

    def _keys(self) -> Check:
        there = (self.settings.spool_dir / "index.db").exists()
        return desk_checks.keys(self.settings.wrapping_key_file, has_recordings=there)

    def _spool(self) -> Check:
        if self.agent is not None:
            return desk_checks.spool(self.agent.shelf.summaries(), self.agent.shelf.unreadable)
        if not self.settings.wrapping_key_file.exists():
            return desk_checks.spool((), lambda _: 0)
        try:
            with opened_spool(self.settings, site_key(self.settings)) as spool:
                return _spool_check(spool)
        except SpoolBusyError:
            return desk_checks.spool_busy()

    def _models(self) -> Check:
        registry = registry_of(self.settings.models_home, self.settings.models_registry)
        return speech_checks.models(registry, self.settings.models_home, (self._speech_model().name, VAD_MODEL))

    def _speech_model(self) -> Model:
        settings = self.settings
        registry = registry_of(settings.models_home, settings.models_registry)
        return chosen(registry, settings.models_home, settings.language, settings.model)

    def _recogniser(self) -> Check:
        if self.agent is not None:
            return speech_checks.recogniser_running(
                self.agent.recogniser_state, self.agent.snapshot().recogniser_restarts
            )

        def folder() -> Path:
            return ensure(self._speech_model(), self.settings.models_home, Fetching(network=False))

        return speech_checks.recogniser(folder, self.settings.language, self.settings.threads)

    def _service(self, found: list[DeviceInfo]) -> Check:
        check, info = desk_checks.service(self._ask_service)
        found += [info] if info else []
        return check

    def _ask_service(self) -> DeviceInfo:
        if not self.settings.wrapping_key_file.exists():
            raise NotEnrolledError
        wrapper = site_key(self.settings)
        with UplinkClient(identity.load(self.settings.uplink_dir, wrapper), transport(self.settings)) as client:
            return client.about()


def _spool_check(spool: Spool) -> Check:
    """A torn end costs no audio: only pieces that hold some count."""
    return desk_checks.spool(
        spool.recordings(),
        lambda recording_id: sum(problem.seconds > 0 for problem in spool.reader(recording_id).problems),
    )


def computer_name() -> str:
    """What this computer is called on the network, as the service lists it."""
    return socket.gethostname()
