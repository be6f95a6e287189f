"""Measure how a speech model runs on this machine, engine by engine, and say which way is best.

Each way is measured in a process of its own, one after the other.  Best is the fastest whose character error rate is
no more than 0.5 points above that of 32-bit floats and whose memory stays within the bound.
"""

import subprocess
import sys
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from models import openvino_encoder
from models.accuracy import Clip, error_rate
from models.bench_child import Answer, Job
from models.encoders import EncoderName
from models.engines import Measured
from models.errors import ModelError

TOLERATED = 0.005
"""How far above the reference's a character error rate may be."""

MEMORY_MB = 450
"""What recognising alone may hold, so that a process that also tells voices apart (170 MB) stays near 600 MB."""

REFERENCE = "float32"

_THREADS = (1, 2, 4)
_SECONDS = 900
_SAME_AS_INT8 = "int8_float32"


@dataclass(frozen=True, slots=True, kw_only=True)
class Way:
    """A way to run a model."""

    compute_type: str
    encoder: EncoderName
    threads: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """What was measured of one way, or why it could not be (``problem``).

    ``real_time_factor`` and ``cpu_factor`` are wall and processor seconds a second of audio; ``error`` is the
    character error rate from 0, None without reference text.
    """

    way: Way
    load_seconds: float = 0.0
    real_time_factor: float = 0.0
    cpu_factor: float = 0.0
    peak_mb: float = 0.0
    error: float | None = None
    problem: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """The rows of a model, the best of them, and for each other row why it is not."""

    rows: tuple[Row, ...]
    best: Row | None
    reasons: tuple[str, ...]

    @property
    def measured(self) -> Measured | None:
        """The best row as it is stored, or None: without reference text nothing is known to be good enough."""
        if self.best is None or self.best.error is None:
            return None
        return Measured(
            compute_type=self.best.way.compute_type,
            encoder=self.best.way.encoder,
            threads=self.best.way.threads,
            real_time_factor=round(self.best.real_time_factor, 4),
            character_error_rate=round(self.best.error, 4),
            peak_mb=round(self.best.peak_mb, 1),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Bench:
    """What is measured on: ``vad`` finds the speech in the clips, None takes each as one stretch."""

    clips: Sequence[Clip]
    language: str
    vad: Path | None
    cores: int
    memory_mb: float = MEMORY_MB
    passes: int = 2

    def run(
        self,
        folder: Path,
        *,
        compute_types: Sequence[str],
        report: Callable[[Row], None],
        child: "Callable[[Job], Answer] | None" = None,
    ) -> Verdict:
        """Measure every compute type with every encoder, then the best of them with other numbers of threads."""
        child = child or in_process
        rows: list[Row] = []
        for way in self._first(compute_types):
            rows.append(self._measured(folder, way, child))
            report(rows[-1])
        for way in self._then(judge(rows, self.memory_mb).best):
            rows.append(self._measured(folder, way, child))
            report(rows[-1])
        return judge(rows, self.memory_mb)

    def _first(self, compute_types: Sequence[str]) -> Iterator[Way]:
        for encoder in encoders():
            for compute_type in compute_types:
                yield Way(compute_type=compute_type, encoder=encoder, threads=self._most_threads)

    def _then(self, best: Row | None) -> Iterator[Way]:
        if best is None:
            return
        for threads in _THREADS:
            if threads < self._most_threads:
                yield Way(compute_type=best.way.compute_type, encoder=best.way.encoder, threads=threads)

    @property
    def _most_threads(self) -> int:
        return max(threads for threads in _THREADS if threads <= max(self.cores, 1))

    def _measured(self, folder: Path, way: Way, child: Callable[[Job], Answer]) -> Row:
        job = Job(
            folder=folder,
            vad=self.vad,
            compute_type=way.compute_type,
            encoder=way.encoder,
            threads=way.threads,
            language=self.language,
            clips=tuple(clip.path for clip in self.clips),
            passes=self.passes,
        )
        try:
            answer = child(job)
        except MeasurementError as error:
            return Row(way=way, problem=str(error.context["problem"]))
        return Row(
            way=way,
            load_seconds=answer.load_seconds,
            real_time_factor=answer.wall_seconds / answer.audio_seconds,
            cpu_factor=answer.cpu_seconds / answer.audio_seconds,
            peak_mb=answer.peak_mb,
            error=error_rate(self.clips, answer.texts),
        )


class MeasurementError(ModelError):
    """The measurement broke off: {problem}."""


def encoders() -> tuple[EncoderName, ...]:
    """The encoders that are installed."""
    always: tuple[EncoderName, ...] = ("onnxruntime", "ctranslate2")
    return (*always, "openvino") if openvino_encoder.is_installed() else always


def compute_types() -> tuple[str, ...]:
    """The compute types that CTranslate2 runs on this processor, each once, the reference first."""
    import ctranslate2  # noqa: PLC0415  (seconds to import)

    known = set(ctranslate2.get_supported_compute_types("cpu"))
    if "int8" in known:
        known.discard(_SAME_AS_INT8)
    return (REFERENCE, *sorted(known - {REFERENCE}))


def judge(rows: Sequence[Row], memory_mb: float) -> Verdict:
    """The fastest row that is as accurate as 32-bit floats, within half a point, and within the memory bound.

    Where 32-bit floats could not be measured, the most accurate row is the reference.
    """
    known = [row.error for row in rows if row.error is not None]
    exact = [row.error for row in rows if row.error is not None and row.way.compute_type == REFERENCE]
    limit = min(exact or known, default=0.0) + TOLERATED
    reasons = [_reason(row, limit, memory_mb) for row in rows]
    eligible = [row for row, reason in zip(rows, reasons, strict=True) if not reason]
    best = min(eligible, key=lambda row: row.real_time_factor, default=None)
    told = tuple("best" if row is best else reason for row, reason in zip(rows, reasons, strict=True))
    return Verdict(rows=tuple(rows), best=best, reasons=told)


def _reason(row: Row, limit: float, memory_mb: float) -> str:
    if row.problem is not None:
        return row.problem
    if row.peak_mb > memory_mb:
        return f"above {memory_mb:.0f} MB"
    if row.error is not None and row.error > limit:
        return "less accurate"
    return ""


def in_process(job: Job) -> Answer:
    """Measure in a child process; one that fails or takes a quarter of an hour raises :class:`MeasurementError`."""
    command = [sys.executable, "-m", "models.bench_child"]
    try:
        ran = subprocess.run(
            command, input=job.model_dump_json().encode(), capture_output=True, timeout=_SECONDS, check=False
        )
    except subprocess.TimeoutExpired:
        raise MeasurementError(problem=f"it took more than {_SECONDS} s") from None
    if ran.returncode != 0:
        lines = ran.stderr.decode(errors="replace").strip().splitlines()
        problem = lines[-1].rstrip(".") if lines else f"its process ended with status {ran.returncode}"
        raise MeasurementError(problem=problem)
    return Answer.model_validate_json(ran.stdout)
