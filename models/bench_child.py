"""One measurement in a process of its own: load a model one way, recognise the clips, say what it took.

``python -m models.bench_child`` reads a :class:`Job` as JSON on stdin and writes an :class:`Answer` on stdout.
"""

import sys
import time
from pathlib import Path

import numpy as np
from pydantic import BaseModel

from models import engines
from models.audio import SAMPLE_RATE, Samples
from models.encoders import EncoderName
from models.errors import ManifestError, ModelError
from models.speech import SpeechOptions, SpeechRecognizer
from models.vad import Region, VoiceActivity

_STATUS = Path("/proc/self/status")


class Job(BaseModel):
    """What to measure; ``vad`` is the voice-activity model's file, or None to take each clip as one stretch."""

    folder: Path
    vad: Path | None
    compute_type: str
    encoder: EncoderName
    threads: int
    language: str
    clips: tuple[Path, ...]
    passes: int


class Answer(BaseModel):
    """What it took; ``wall_seconds`` and ``cpu_seconds`` are of the quickest pass over all clips."""

    texts: tuple[str, ...]
    audio_seconds: float
    load_seconds: float
    wall_seconds: float
    cpu_seconds: float
    peak_mb: float


def measure(job: Job) -> Answer:
    """Recognise every clip ``passes`` times and keep the quickest pass."""
    audio = [read_samples(path) for path in job.clips]
    activity = VoiceActivity(job.vad) if job.vad else None
    before = time.perf_counter()
    choice = engines.Choice(compute_type=job.compute_type, encoder=job.encoder, threads=job.threads)
    recognizer = engines.recognizer(
        job.folder, choice=choice, options=SpeechOptions(compute_type=job.compute_type), threads=job.threads
    )
    recognizer.load(job.language)
    loaded = time.perf_counter() - before
    texts: tuple[str, ...] = ()
    wall, cpu = [], []
    for _ in range(job.passes):
        started, busy = time.perf_counter(), time.process_time()
        texts = tuple(_text(recognizer, activity, samples, job.language) for samples in audio)
        wall.append(time.perf_counter() - started)
        cpu.append(time.process_time() - busy)
    return Answer(
        texts=texts,
        audio_seconds=sum(samples.size for samples in audio) / SAMPLE_RATE,
        load_seconds=loaded,
        wall_seconds=min(wall),
        cpu_seconds=min(cpu),
        peak_mb=peak_mb(),
    )


def _text(recognizer: SpeechRecognizer, activity: VoiceActivity | None, samples: Samples, language: str) -> str:
    whole = (Region(start=0.0, end=samples.size / SAMPLE_RATE),)
    regions = activity.regions(samples) if activity else whole
    passages = recognizer.recognise(samples, regions, language=language)
    return " ".join(word.text for passage in passages for word in passage.words)


def read_samples(path: Path) -> Samples:
    """An audio file as mono samples at 16 kHz; one that cannot be read raises ``ManifestError``."""
    import av  # noqa: PLC0415  (tests of the plan need no decoder)

    resampler = av.AudioResampler(format="flt", layout="mono", rate=SAMPLE_RATE)
    parts = []
    try:
        with av.open(str(path)) as container:
            for frame in container.decode(audio=0):
                parts += [piece.to_ndarray()[0] for piece in resampler.resample(frame)]
            parts += [piece.to_ndarray()[0] for piece in resampler.resample(None)]
    except (av.error.FFmpegError, IndexError) as error:
        raise ManifestError(path=path, problem=f"it is not audio ({error})") from None
    return np.concatenate([*parts, np.zeros(0, np.float32)]).astype(np.float32)


def peak_mb() -> float:
    """The most memory that this process has held, in units of 1,000,000 bytes."""
    try:
        told = _STATUS.read_text(encoding="utf-8")
    except OSError:
        import resource  # noqa: PLC0415  (Unix has it, and only there this is reached)

        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024 / 1e6
    # not ru_maxrss: that holds what the parent had at the fork
    [line] = [line for line in told.splitlines() if line.startswith("VmHWM:")]
    return int(line.split()[1]) * 1024 / 1e6


def main() -> int:
    """Answer the job on stdin; a model or a file that cannot be used is told on stderr with status 1."""
    job = Job.model_validate_json(sys.stdin.buffer.read())
    try:
        answer = measure(job)
    except (ModelError, ValueError, RuntimeError) as error:
        sys.stderr.write(f"{error}\n")
        return 1
    sys.stdout.write(answer.model_dump_json())
    return 0


if __name__ == "__main__":
    sys.exit(main())
