"""Speech recognition measured on clips: character and word error rate, speed, memory; ours beside a reference.

Each recogniser runs in a process of its own, so that peak memory is its own and nothing is warm for the second.
"""

import csv
import json
import subprocess
import sys
import time
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Literal

import numpy as np
from numpy.typing import NDArray
from rapidfuzz.distance import Levenshtein

from models.bench_child import peak_mb
from scribe.domain.errors import ScribeError

Recogniser = Literal["ours", "faster-whisper"]

_RATE = 16_000


class ManifestError(ScribeError):
    """{path}: {problem}."""


class EvaluationRunError(ScribeError):
    """The recogniser {name} stopped: {problem}."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Clip:
    """A line of the manifest; of several references the one closest to the hypothesis counts."""

    file: str
    path: Path
    references: tuple[str, ...]
    source: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Heard:
    """What a recogniser made of a clip; ``wall``, ``cpu`` (of all threads) and ``seconds`` (of audio) in seconds."""

    file: str
    text: str
    wall: float
    seconds: float
    cpu: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Figures:
    """Over all clips: error rates 0 to 1 (or above), peak MB of the process.

    ``rtf`` is wall seconds per second of audio, ``cpu`` processor seconds per second of audio, which other programs
    disturb less.  Loading the model counts in neither.
    """

    cer: float
    wer: float
    rtf: float
    cpu: float
    peak_mb: float
    clips: int
    seconds: float


def normalised(text: str) -> str:
    """NFKC, letters and numbers only, lower case, no spaces: what the character error rate compares."""
    folded = unicodedata.normalize("NFKC", text).lower()
    return "".join(c for c in folded if unicodedata.category(c)[0] in "LN")


def character_error_rate(reference: str, hypothesis: str) -> float:
    """Levenshtein distance over normalised characters, per character of the reference.

    An empty reference gives 0 for an empty hypothesis, else 1.
    """
    return _rate(normalised(reference), normalised(hypothesis))


def word_error_rate(reference: str, hypothesis: str) -> float:
    """As :func:`character_error_rate`, over spaced words (eojeol)."""
    return _rate(_words(reference), _words(hypothesis))


def read_manifest(path: Path) -> tuple[Clip, ...]:
    """The clips of a tab-separated manifest with at least the columns ``file`` and ``text``."""
    try:
        rows = list(
            csv.DictReader(path.read_text(encoding="utf-8").splitlines(), delimiter="\t", quoting=csv.QUOTE_NONE)
        )
    except OSError as error:
        raise ManifestError(path=path, problem=f"cannot be read ({error.strerror})") from None
    except UnicodeDecodeError:
        raise ManifestError(path=path, problem="is not UTF-8 text") from None
    if not rows or not {"file", "text"} <= set(rows[0]):
        raise ManifestError(path=path, problem="needs the columns file and text and at least one clip")
    clips = tuple(_clip(row, path.parent) for row in rows)
    for clip in clips:
        if not clip.path.is_file():
            raise ManifestError(path=path, problem=f"the clip {clip.file} is not there")
    return clips


def figures(clips: Sequence[Clip], heard: Iterable[Heard], peak_mb: float) -> Figures:
    """Error rates are weighted by length: all edits over all reference characters (words)."""
    by_file = {item.file: item for item in heard}
    edits = characters = word_edits = words = 0
    seconds = sum(by_file[clip.file].seconds for clip in clips)
    for clip in clips:
        text = by_file[clip.file].text
        distance, length = _closest([_edits(normalised(r), normalised(text)) for r in clip.references])
        word_distance, word_length = _closest([_edits(_words(r), _words(text)) for r in clip.references])
        edits, characters = edits + distance, characters + length
        word_edits, words = word_edits + word_distance, words + word_length
    spent = [by_file[clip.file] for clip in clips]
    return Figures(
        cer=round(edits / max(characters, 1), 4),
        wer=round(word_edits / max(words, 1), 4),
        rtf=round(sum(item.wall for item in spent) / max(seconds, 1e-9), 4),
        cpu=round(sum(item.cpu for item in spent) / max(seconds, 1e-9), 4),
        peak_mb=round(peak_mb, 1),
        clips=len(clips),
        seconds=round(seconds, 1),
    )


def evaluate(
    manifest: Path,
    out: Path | None = None,
    *,
    models_home: Path,
    model: str = "whisper-base",
    language: str = "ko",
    threads: int = 2,
    reference: bool = False,
    speakers: bool = False,
) -> dict[str, Figures]:
    """Recognise every clip, write ``hypotheses.tsv`` and ``report.json`` into ``out``, return the figures.

    Keys are ``ours`` and, where asked for, ``reference``: plain faster-whisper with its own VAD, beam 5, on the
    same weights and threads.  Ours also finds when each word was said; ``speakers`` lets it say who speaks as well,
    which is the product's whole path and no part of what the reference does.
    """
    clips = read_manifest(manifest)
    if out is not None:
        out.mkdir(parents=True, exist_ok=True)
    names: dict[str, Recogniser] = {"ours": "ours"}
    if reference:
        names["reference"] = "faster-whisper"
    results: dict[str, Figures] = {}
    heard: dict[str, tuple[Heard, ...]] = {}
    for key, name in names.items():
        job = _Job(
            manifest=str(manifest.resolve()),
            recogniser=name,
            models_home=str(models_home),
            model=model,
            language=language,
            threads=threads,
            speakers=speakers,
        )
        heard[key], peak_mb = _in_process(job)
        results[key] = figures(clips, heard[key], peak_mb)
    if out is not None:
        _write_hypotheses(out / "hypotheses.tsv", clips, heard)
        (out / "report.json").write_text(
            json.dumps(_report(clips, heard, results), ensure_ascii=False, indent=1) + "\n", encoding="utf-8"
        )
    return results


def speedup(results: Mapping[str, Figures]) -> dict[str, float]:
    """How many times the reference's time ours takes: ``wall`` and ``cpu``; empty without a reference."""
    if "reference" not in results:
        return {}
    ours, reference = results["ours"], results["reference"]
    return {
        "wall": round(reference.rtf / max(ours.rtf, 1e-9), 2),
        "cpu": round(reference.cpu / max(ours.cpu, 1e-9), 2),
    }


def _report(
    clips: Sequence[Clip], heard: Mapping[str, Sequence[Heard]], results: Mapping[str, Figures]
) -> dict[str, object]:
    """The figures, the ratio of the times, and the figures of each source that the manifest names."""
    report: dict[str, object] = {key: asdict(value) for key, value in results.items()}
    if ratio := speedup(results):
        report["speedup"] = ratio
    sources = sorted({clip.source for clip in clips})
    if len(sources) > 1:
        report["sources"] = {
            source: {
                key: asdict(figures([c for c in clips if c.source == source], items, results[key].peak_mb))
                for key, items in heard.items()
            }
            for source in sources
        }
    return report


@dataclass(frozen=True, slots=True, kw_only=True)
class _Job:
    manifest: str
    recogniser: Recogniser
    models_home: str
    model: str
    language: str
    threads: int
    speakers: bool


def _in_process(job: _Job) -> tuple[tuple[Heard, ...], float]:
    command = [sys.executable, "-m", "evaluation.speech", json.dumps(asdict(job))]
    done = subprocess.run(command, capture_output=True, check=False, text=True)
    if done.returncode != 0:
        lines = done.stderr.strip().splitlines() or [f"exit status {done.returncode}"]
        raise EvaluationRunError(name=job.recogniser, problem=lines[-1].rstrip("."))
    answer = json.loads(done.stdout)
    return tuple(Heard(**item) for item in answer["heard"]), float(answer["peak_mb"])


def _run(job: _Job) -> None:
    """The child process: one recogniser over all clips, the answer as JSON on stdout."""
    listen = _Ours(job) if job.recogniser == "ours" else _Plain(job)
    listen.warm()
    heard = []
    for clip in read_manifest(Path(job.manifest)):
        wall, cpu = time.perf_counter(), time.process_time()
        text, seconds = listen(clip.path)
        wall, cpu = time.perf_counter() - wall, time.process_time() - cpu
        heard.append(Heard(file=clip.file, text=text, wall=wall, cpu=cpu, seconds=seconds))
    json.dump({"heard": [asdict(item) for item in heard], "peak_mb": peak_mb()}, sys.stdout, ensure_ascii=False)


class _Ours:
    """Our path: decoding, VAD, recognition with guards and word times, speakers where asked for."""

    def __init__(self, job: _Job) -> None:
        from edge_agent.transcribe import Listener  # noqa: PLC0415

        self._listener = Listener(Path(job.models_home), model=job.model, language=job.language, threads=job.threads)
        self._language = job.language
        self._speakers = job.speakers

    def warm(self) -> None:
        """Load every model: a second of noise is transcribed."""
        from edge_agent.audio import Audio  # noqa: PLC0415

        self._listener.load()
        audio = Audio(channels=_noise()[None], sha256="0" * 64, sample_rate=_RATE)
        self._listener.transcribe(audio, language=self._language, speakers=self._speakers)

    def __call__(self, path: Path) -> tuple[str, float]:
        from edge_agent.audio import read_audio  # noqa: PLC0415

        audio = read_audio(path)
        transcript = self._listener.transcribe(audio, language=self._language, speakers=self._speakers)
        return " ".join(utterance.text for utterance in transcript.utterances), audio.duration


class _Plain:
    """faster-whisper as its documentation calls it."""

    def __init__(self, job: _Job) -> None:
        from faster_whisper import WhisperModel  # noqa: PLC0415

        from models.fetch import Fetching, ensure  # noqa: PLC0415
        from models.registry import Registry  # noqa: PLC0415

        folder = ensure(Registry.load().get(job.model), Path(job.models_home), Fetching(network=False))
        self._model = WhisperModel(
            str(folder), device="cpu", compute_type="int8", cpu_threads=job.threads, local_files_only=True
        )
        self._language = job.language

    def warm(self) -> None:
        """The first recording loads the VAD and makes the decoder's buffers."""
        segments, _ = self._model.transcribe(_noise(), language=self._language, beam_size=5, vad_filter=True)
        list(segments)

    def __call__(self, path: Path) -> tuple[str, float]:
        segments, info = self._model.transcribe(str(path), language=self._language, beam_size=5, vad_filter=True)
        return " ".join(segment.text.strip() for segment in segments), float(info.duration)


def _noise() -> NDArray[np.float32]:
    return np.random.default_rng(0).normal(0.0, 0.01, _RATE).astype(np.float32)


def _write_hypotheses(path: Path, clips: Sequence[Clip], heard: dict[str, tuple[Heard, ...]]) -> None:
    by_file = {key: {item.file: item for item in items} for key, items in heard.items()}
    lines = ["\t".join(["file", "text", *heard, "cer"])]
    for clip in clips:
        texts = [by_file[key][clip.file].text.replace("\t", " ") for key in heard]
        cer = min(character_error_rate(reference, texts[0]) for reference in clip.references)
        lines.append("\t".join([clip.file, clip.references[0], *texts, f"{cer:.4f}"]))
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")


def _clip(row: dict[str, str | None], folder: Path) -> Clip:
    file = row["file"] or ""
    references = [row["text"] or "", row.get("text_spoken") or ""]
    return Clip(
        file=file,
        path=folder / file,
        references=tuple(dict.fromkeys(r for r in references if r)) or ("",),
        source=row.get("source") or "",
    )


def _words(text: str) -> list[str]:
    return [word for word in (normalised(part) for part in text.split()) if word]


def _edits(reference: Sequence[str], hypothesis: Sequence[str]) -> tuple[int, int]:
    return Levenshtein.distance(reference, hypothesis), len(reference)


def _closest(candidates: Sequence[tuple[int, int]]) -> tuple[int, int]:
    return min(candidates, key=lambda item: item[0] / max(item[1], 1))


def _rate(reference: Sequence[str], hypothesis: Sequence[str]) -> float:
    distance, length = _edits(reference, hypothesis)
    return distance / length if length else float(distance > 0)


if __name__ == "__main__":
    try:
        _run(_Job(**json.loads(sys.argv[1])))
    except ScribeError as error:
        sys.exit(str(error))
