"""An installation: its settings bound to the store, the keys and the packages that do the work."""

import os
from functools import partial
from pathlib import Path

from edge_agent.audio import read_audio
from edge_agent.errors import RecordingUnreadableError
from edge_agent.transcribe import Listener
from models.store import registry_of
from scribe.crypto import HospitalKey
from scribe.dictation import LONGEST_SECONDS
from scribe.domain.settling import Settling
from scribe.domain.transcript import Transcript
from scribe.drafting import terminology
from scribe.drafting.corrections import correct
from scribe.drafting.draft import draft
from scribe.drafting.template import require_template
from scribe.receivers import receivers_of
from scribe.settings import Settings
from scribe.site import site_of
from scribe.stages import Fraction, Hear, Recognise, Stages
from scribe.store import Store, open_store


def store_of(settings: Settings) -> Store:
    """The store, migrated; the data directory and the hospital key are made where they are missing."""
    settings.data_dir.mkdir(parents=True, exist_ok=True, mode=0o700)
    return open_store(
        settings.store_url,
        wrapper=HospitalKey.from_file(settings.key_file),
        audio_dir=settings.audio_dir,
        settling=Settling(partial=settings.confirm_partial),
    )


def stages_of(settings: Settings) -> Stages:
    """The stages; the recogniser is loaded on its first use, drafting knows the hospital's own terms.

    A note template that cannot be used is told now.
    """
    terminology.use(settings.terms_dir)
    require_template(settings.template, settings.templates_dir)
    recognise, hear = _recogniser(settings)
    return Stages(
        recognise=recognise,
        hear=hear,
        correct=correct,
        draft_note=partial(draft, templates=settings.templates_dir),
        receivers=receivers_of(site_of(settings)),
        templates=settings.templates_dir,
    )


def _recogniser(settings: Settings) -> tuple[Recognise, Hear]:
    """For consultations and for dictation, with one set of models."""
    registry = registry_of(settings.models_home, settings.models_registry)
    if settings.speech_model is not None:
        registry.get(settings.speech_model)  # an unknown name is told now, not at the first visit

    opened: list[Listener] = []

    def listener(language: str) -> Listener:
        """One for all languages; it is opened for the first that is heard."""
        if not opened:
            home, model = settings.models_home, settings.speech_model
            opened.append(Listener(home, model=model, language=language, registry=registry))
        return opened[0]

    def recognise(audio: bytes, *, language: str, recording_id: str, progress: Fraction) -> Transcript:
        with _InMemory(audio) as path:
            samples = read_audio(path)
        return listener(language).transcribe(
            samples,
            language=language,
            recording_id=recording_id,
            progress=lambda done, total: progress(done / total if total else 1.0),
        )

    def hear(sound: bytes, language: str) -> str:
        with _InMemory(sound) as path:
            samples = read_audio(path)
        if samples.duration > LONGEST_SECONDS + 1:
            raise RecordingUnreadableError(path="the dictation", problem="it is too long")
        heard = listener(language).transcribe(samples, language=language, speakers=False)
        return " ".join(said.text for said in heard.utterances)

    return recognise, hear


class _InMemory:
    """``with _InMemory(content) as path``: a file that never touches a disk (Linux memfd_create)."""

    def __init__(self, content: bytes) -> None:
        self._content = content

    def __enter__(self) -> Path:
        self._file = os.fdopen(os.memfd_create("audio"), "wb")
        self._file.write(self._content)
        self._file.flush()
        return Path(f"/proc/self/fd/{self._file.fileno()}")

    def __exit__(self, *exception: object) -> None:
        self._file.close()
