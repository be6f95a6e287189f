"""What the uplink remembers beside the spool: recordings that were put aside, and what a person has to be told."""

import threading
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ValidationError

from edge_agent.uplink_errors import ErasureOrderedError, reason_in_korean
from edge_agent.uplink_status import Parked
from scribe.domain.files import read_file, write_file

_LONGEST = 50


class _Entry(BaseModel):
    recording_id: str
    encounter_id: str | None = None
    code: str
    at: datetime


class _Ledger(BaseModel):
    format: Literal["scribe-uplink-ledger/1"] = "scribe-uplink-ledger/1"
    parked: list[_Entry] = []
    erased: list[_Entry] = []


class Ledger:
    """A small file of ids, codes and times; written whole at every change.  Safe for several threads.

    A file that cannot be read begins anew: what was put aside is then tried once more and put aside again.
    """

    def __init__(self, file: Path, clock: Callable[[], datetime]) -> None:
        self._file = file
        self._clock = clock
        self._lock = threading.RLock()
        self._ledger = _Ledger()
        if file.is_file():
            try:
                self._ledger = _Ledger.model_validate_json(read_file(file))
            except ValidationError:
                self._write()

    def park(self, recording_id: str, encounter_id: str | None, code: str) -> None:
        """Put a recording aside, as it stands: for another consultation it is tried anew."""
        with self._lock:
            entry = _Entry(recording_id=recording_id, encounter_id=encounter_id, code=code, at=self._clock())
            self._ledger.parked = [*self._others(recording_id), entry]
            self._write()

    def unpark(self, recording_id: str) -> None:
        with self._lock:
            if any(entry.recording_id == recording_id for entry in self._ledger.parked):
                self._ledger.parked = self._others(recording_id)
                self._write()

    def is_aside(self, recording_id: str, encounter_id: str | None) -> bool:
        """Whether the recording was put aside as a recording of that consultation."""
        return any((one.recording_id, one.encounter_id) == (recording_id, encounter_id) for one in self._ledger.parked)

    def parked(self) -> tuple[Parked, ...]:
        return tuple(
            Parked(
                recording_id=entry.recording_id,
                code=entry.code,
                reason=reason_in_korean(entry.code),
                since=entry.at,
            )
            for entry in self._ledger.parked
        )

    def erased(self, recording_id: str) -> None:
        """Remember that a copy was destroyed because the patient refused or withdrew."""
        with self._lock:
            kept = [entry for entry in self._ledger.erased if entry.recording_id != recording_id]
            entry = _Entry(recording_id=recording_id, code=ErasureOrderedError.code, at=self._clock())
            self._ledger.erased = [*kept, entry][-_LONGEST:]
            self._write()

    def notices(self) -> tuple[str, ...]:
        """A sentence for each copy that was destroyed, the latest last."""
        return tuple(f"{_clock_time(entry.at)} {ErasureOrderedError.spoken}" for entry in self._ledger.erased)

    def dismiss_notices(self) -> None:
        with self._lock:
            self._ledger.erased = []
            self._write()

    def _others(self, recording_id: str) -> list[_Entry]:
        return [entry for entry in self._ledger.parked if entry.recording_id != recording_id]

    def _write(self) -> None:
        self._file.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        write_file(self._file, self._ledger.model_dump_json(indent=1).encode())


def _clock_time(moment: datetime) -> str:
    local = moment.astimezone()
    return f"{local.month}월 {local.day}일 {local.hour}:{local.minute:02}"
