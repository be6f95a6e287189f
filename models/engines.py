"""Which engine runs a speech model on this machine: what was measured best here, else what is small and safe."""

import json
import logging
import os
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from types import MappingProxyType
from typing import Literal

from pydantic import BaseModel, ConfigDict, ValidationError

from models import openvino_encoder
from models.encoders import EncoderName
from models.hardware import Processor, installed_engines, processor
from models.speech import SpeechOptions, SpeechRecognizer

CHOICES = "choices.json"

_SPELT: Mapping[EncoderName, str] = MappingProxyType(
    {"onnxruntime": "onnxruntime", "ctranslate2": "CTranslate2", "openvino": "OpenVINO"}
)
_MOST_THREADS = 4
_log = logging.getLogger(__name__)


class Measured(BaseModel):
    """How a model is run on one machine, and what `scribe models bench` measured of it.

    ``real_time_factor`` is wall seconds a second of audio; ``character_error_rate`` counts from 0.
    """

    model_config = ConfigDict(extra="ignore", frozen=True)

    compute_type: str
    encoder: EncoderName
    threads: int
    real_time_factor: float
    character_error_rate: float
    peak_mb: float


class _Machine(BaseModel):
    processor: str
    models: dict[str, Measured] = {}


class _Choices(BaseModel):
    format: Literal["scribe-model-choices/1"] = "scribe-model-choices/1"
    machines: dict[str, _Machine] = {}


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """How a speech model is run; ``measured`` is False where nobody measured here."""

    compute_type: str
    encoder: EncoderName
    threads: int
    measured: bool = False

    def described(self) -> dict[str, str | int]:
        return {"compute_type": self.compute_type, "encoder": self.encoder, "threads": self.threads}


def choice_for(folder: Path, machine: Processor | None = None) -> Choice:
    """How to run the model in ``folder`` (of a model home) on this machine.

    That is what `scribe models bench` stored in the home for this processor and these engine versions.  Without
    it: int8, the encoder on onnxruntime, up to four threads.  OpenVINO's is taken only where it was measured: it is
    faster on processors with AMX, and holds about 150 MB more.  A choice file that cannot be read counts as none.
    """
    machine = machine or processor()
    found = _read(folder.parent).machines.get(machine.fingerprint())
    stored = found.models.get(folder.name) if found else None
    if stored is not None:
        return Choice(compute_type=stored.compute_type, encoder=stored.encoder, threads=stored.threads, measured=True)
    return Choice(
        compute_type=SpeechOptions().compute_type,
        encoder="onnxruntime",
        threads=min(machine.cores, _MOST_THREADS),
    )


def recognizer(
    folder: Path,
    *,
    threads: int | None = None,
    options: SpeechOptions | None = None,
    choice: Choice | None = None,
) -> SpeechRecognizer:
    """The recogniser of the verified model in ``folder``, run as :func:`choice_for` says.

    ``threads`` and the compute type of ``options`` go before the choice.
    """
    choice = choice or choice_for(folder)
    threads = threads or choice.threads
    options = options or replace(SpeechOptions(), compute_type=choice.compute_type)
    return SpeechRecognizer(folder, threads=threads, options=options, encoder=choice.encoder)


def store_choices(home: Path, best: Mapping[str, Measured], machine: Processor | None = None) -> Path:
    """Remember how each model is run on this machine; what other machines stored in a shared home stays."""
    machine = machine or processor()
    choices = _read(home)
    ours = choices.machines.setdefault(machine.fingerprint(), _Machine(processor=machine.name))
    ours.models |= best
    path = home / CHOICES
    fresh = path.with_name(f"{path.name}.{os.getpid()}")
    fresh.write_text(json.dumps(choices.model_dump(mode="json"), ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
    fresh.replace(path)
    return path


def encoder_advice(choice: Choice, machine: Processor | None = None, installed: Iterable[str] | None = None) -> str:
    """One line for the doctor: what encodes speech here, and what would be faster."""
    machine = machine or processor()
    told = f"encoder: {_SPELT[choice.encoder]}"
    if choice.measured:
        return f"{told}, measured best here"
    if choice.encoder == "openvino" or not machine.has_amx:
        return told
    if openvino_encoder.PACKAGE not in set(installed_engines() if installed is None else installed):
        return f"{told}; this processor has AMX: the extra `amx` (openvino) may encode long speech faster"
    return f"{told}; `scribe models bench` finds out whether OpenVINO is better here"


def _read(home: Path) -> _Choices:
    try:
        return _Choices.model_validate_json((home / CHOICES).read_bytes())
    except FileNotFoundError:
        return _Choices()
    except (OSError, ValidationError):
        _log.warning("%s cannot be read: engines are chosen by the processor until `scribe models bench` runs", CHOICES)
        return _Choices()
