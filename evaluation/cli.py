"""The ``scribe eval`` commands."""

import json
import sys
from dataclasses import asdict
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from evaluation.bridge_cli import bridge
from evaluation.live_cli import live
from evaluation.pages_cli import pages

if TYPE_CHECKING:
    from evaluation.mutations import MutationFigures
    from evaluation.runner import Alteration, Run
    from evaluation.trend import Baseline
    from scribe.domain.encounter import Encounter
    from scribe.domain.note import Draft
    from scribe.domain.transcript import Transcript
    from scribe.drafting.observer import Observer

app = typer.Typer(no_args_is_help=True)
app.command()(live)
app.command()(bridge)
app.command()(pages)
_PIPED_WIDTH = 120
_MUTATED = 12


@app.callback()
def _group() -> None:
    """Measure the stages on cases and clips."""


class SpeechReference(StrEnum):
    faster_whisper = "faster-whisper"


@app.command()
def speech(
    manifest: Annotated[Path, typer.Argument(help="Clips: tab-separated, columns file and text (text_spoken).")],
    *,
    output: Annotated[
        Path | None, typer.Option("-o", "--output", help="Folder for hypotheses.tsv and report.json.")
    ] = None,
    reference: Annotated[SpeechReference | None, typer.Option(help="Measure this beside ours, in one run.")] = None,
    model: Annotated[str, typer.Option(help="Speech model of the registry.")] = "whisper-base",
    language: Annotated[str, typer.Option(help="Language that is spoken.")] = "ko",
    threads: Annotated[int, typer.Option(min=1, help="Processor threads.")] = 2,
    speakers: Annotated[
        bool, typer.Option("--speakers", help="Ours also says who speaks, which no reference does.")
    ] = False,
    models_home: Annotated[
        Path | None, typer.Option(envvar="SCRIBE_MODELS_HOME", help="Folder that holds the models.")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Recognise every clip of a manifest: CER, WER, real-time factor, peak memory."""
    from evaluation.speech import evaluate, speedup  # noqa: PLC0415  (numpy and onnxruntime take a second)
    from models.store import default_home  # noqa: PLC0415

    results = evaluate(
        manifest,
        output,
        models_home=models_home or default_home(),
        model=model,
        language=language,
        threads=threads,
        reference=reference is not None,
        speakers=speakers,
    )
    ratio = speedup(results)
    if as_json:
        report: dict[str, object] = {name: asdict(value) for name, value in results.items()}
        print(json.dumps(report | ({"speedup": ratio} if ratio else {}), indent=1))
        return
    if ratio:
        print(f"{ratio['wall']:.1f} times as fast as the reference ({ratio['cpu']:.1f} times by processor time)")
    for name, value in results.items():
        print(
            f"{name}: CER {value.cer:.1%}, WER {value.wer:.1%}, real-time factor {value.rtf:.3f}, "
            f"peak {value.peak_mb:.0f} MB, {value.clips} clips, {value.seconds:.0f} s"
        )


@app.command()
def invented(
    *,
    seconds: Annotated[float, typer.Option(min=1, help="Length of each sound.")] = 30.0,
    seeds: Annotated[int, typer.Option(min=1, help="How often each sound is made, differently.")] = 2,
    quiet_minutes: Annotated[float, typer.Option(min=0, help="Length of the quiet room.")] = 30.0,
    model: Annotated[str, typer.Option(help="Speech model of the registry.")] = "whisper-base",
    language: Annotated[str, typer.Option(help="Language that would be spoken.")] = "ko",
    models_home: Annotated[
        Path | None, typer.Option(envvar="SCRIBE_MODELS_HOME", help="Folder that holds the models.")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Recognise noises in which nobody speaks: every word is an invented one; exits with 1 where there is any."""
    from evaluation.invented import run as listen  # noqa: PLC0415  (numpy and onnxruntime take a second)
    from models.store import default_home  # noqa: PLC0415

    figures = listen(
        models_home or default_home(),
        model=model,
        language=language,
        seconds=seconds,
        seeds=seeds,
        quiet_minutes=quiet_minutes,
    )
    if as_json:
        print(json.dumps(asdict(figures), ensure_ascii=False, indent=1))
    else:
        for invention in figures.inventions:
            print(f"{invention.sound}: {invention.text}")
        print(
            f"{figures.words} invented words in {figures.sounds} sounds, {figures.seconds / 60:.1f} minutes "
            f"({figures.words_per_hour:g} an hour)"
        )
    if figures.words:
        raise typer.Exit(1)


@app.command()
def speakers(
    manifest: Annotated[Path, typer.Argument(help="Clips: tab-separated, columns file and speaker.")],
    *,
    output: Annotated[Path, typer.Option("-o", "--output", help="Folder for report.json.")],
    dialogue: Annotated[
        list[Path] | None, typer.Option(help="A recording with its turns in the JSON file beside it; may be repeated.")
    ] = None,
    seeds: Annotated[int, typer.Option(min=1, help="Mixtures of each condition.")] = 8,
    models_home: Annotated[
        Path | None, typer.Option(envvar="SCRIBE_MODELS_HOME", help="Folder that holds the models.")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print report.json.")] = False,
) -> None:
    """Who speaks: mix clips of known speakers, and count the speech time that goes to the right voice."""
    from edge_agent.transcribe import VAD_MODEL, voice_embedder  # noqa: PLC0415
    from evaluation.speakers import Attribution, evaluate  # noqa: PLC0415
    from models.fetch import Fetching, ensure  # noqa: PLC0415
    from models.registry import Registry  # noqa: PLC0415
    from models.store import default_home  # noqa: PLC0415
    from models.vad import VoiceActivity  # noqa: PLC0415

    home, registry = models_home or default_home(), Registry.load()
    vad = VoiceActivity(ensure(registry.get(VAD_MODEL), home, Fetching(network=False)) / "silero_vad_v6.onnx")

    def show(name: str, found: Attribution) -> None:
        more = "" if found.physician is None else f", physician exactly right {found.physician:.1%}"
        more += "" if found.overlap is None else f", overlap {found.overlap:.1%}"
        print(
            f"{name}: {found.right:.1%} of speech right, {found.missed:.1%} missed, DER {found.der:.1%}, "
            f"voices counted right {found.counted:.0%}{more}, CPU {found.rtf:.3f}",
            file=sys.stderr if as_json else sys.stdout,
        )

    embedder = voice_embedder(registry, home)[0]
    evaluate(manifest, output, embedder=embedder, vad=vad, seeds=seeds, dialogues=dialogue or (), report=show)
    if as_json:
        print((output / "report.json").read_text(encoding="utf-8"), end="")


@app.command()
def vocabulary(
    manifest: Annotated[Path, typer.Argument(help="Clips: tab-separated, columns file and text.")],
    *,
    terms: Annotated[Path | None, typer.Option(help="Hot words: terms, one a line, the likeliest first.")] = None,
    model: Annotated[str | None, typer.Option(help="Speech model of the registry.")] = None,
    language: Annotated[str, typer.Option(help="Language that is spoken.")] = "ko",
    models_home: Annotated[
        Path | None, typer.Option(envvar="SCRIBE_MODELS_HOME", help="Folder that holds the models.")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Medical terms in recognised clips, as heard and corrected by sound, without and with hot words."""
    from edge_agent.transcribe import Listener  # noqa: PLC0415  (numpy and onnxruntime take a second)
    from edge_agent.vocabulary import read_terms  # noqa: PLC0415
    from evaluation.vocabulary import measure  # noqa: PLC0415
    from models.store import default_home  # noqa: PLC0415

    listener = Listener(models_home or default_home(), model=model, language=language)
    hot_words = read_terms(terms) if terms else ()
    found = measure(manifest, listener, language=language, hot_words=hot_words)
    if as_json:
        print(json.dumps({name: asdict(figures) for name, figures in found.items()}, indent=1))
        return
    for name, figures in found.items():
        print(
            f"{name}: {figures.recall:.1%} of {figures.said} terms, {figures.inserted} put in "
            f"({figures.inserted_per_1000:g} in 1,000 eojeol), CER {figures.cer:.1%}"
        )


@app.command()
def cases(
    folder: Annotated[Path, typer.Argument(help="Folder of consultation-case/1 files, or one such file.")],
    *,
    output: Annotated[Path, typer.Option("-o", "--output", help="Folder for drafts, report.json and report.html.")],
    baseline: Annotated[
        Path | None, typer.Option(help="report.json of an earlier run: print the change beside each figure.")
    ] = None,
    without_punctuation: Annotated[
        bool, typer.Option("--without-punctuation", help="Draft from transcripts without punctuation.")
    ] = False,
    unknown_speakers: Annotated[
        bool, typer.Option("--unknown-speakers", help="Draft from transcripts that do not say who spoke.")
    ] = False,
    mutated: Annotated[
        int,
        typer.Option("--mutations", min=0, help="Cases whose statements are corrupted to measure the verifier."),
    ] = _MUTATED,
    as_json: Annotated[bool, typer.Option("--json", help="Print report.json instead of tables.")] = False,
) -> None:
    """Draft every case and hold it against its gold: entries, fields, evidence, errors by class, readability."""
    from evaluation.folder import output_folder  # noqa: PLC0415
    from evaluation.mutations import measure  # noqa: PLC0415
    from evaluation.report import report_json, write_report  # noqa: PLC0415
    from evaluation.runner import run, spread  # noqa: PLC0415
    from evaluation.trend import read_baseline  # noqa: PLC0415

    earlier = read_baseline(baseline) if baseline else None
    output_folder(output)
    done = run(
        folder,
        _drafting,
        alter=_alteration(without_punctuation=without_punctuation, unknown_speakers=unknown_speakers),
    )
    chosen = spread(done.results, mutated)
    corrupted = measure((result.case, result.draft) for result in chosen) if chosen else None
    write_report(
        done.results, done.machine, done.broken, output, mutations=corrupted, mutated=len(chosen), baseline=earlier
    )
    if as_json:
        document = report_json(done.results, done.machine, done.broken, corrupted, len(chosen))
        print(json.dumps(document, ensure_ascii=False, indent=1))
    else:
        _print_cases(done, output, earlier, corrupted)
    _refuse_broken(done)


def _shown(folder: Path) -> str:
    """The folder as named, an absolute path by its last part alone."""
    return folder.name if folder.is_absolute() else folder.as_posix()


def _refuse_broken(done: "Run") -> None:
    from evaluation.errors import BrokenCasesError  # noqa: PLC0415

    if done.broken:
        raise BrokenCasesError(
            count=len(done.broken), total=len(done.broken) + len(done.results), reasons=" ".join(done.broken)
        )


def _drafting(transcript: "Transcript", encounter: "Encounter", observer: "Observer") -> "Draft":
    from scribe.drafting.draft import draft  # noqa: PLC0415  (the analyser takes seconds to load)

    return draft(transcript, encounter, observer=observer)


def _alteration(*, without_punctuation: bool, unknown_speakers: bool) -> "Alteration | None":
    from evaluation import degraded  # noqa: PLC0415

    if without_punctuation and unknown_speakers:
        return lambda transcript: degraded.unknown_speakers(degraded.without_punctuation(transcript))
    if without_punctuation:
        return degraded.without_punctuation
    return degraded.unknown_speakers if unknown_speakers else None


def _print_cases(done: "Run", output: Path, baseline: "Baseline | None", corrupted: "MutationFigures | None") -> None:
    from rich.console import Console  # noqa: PLC0415

    from evaluation.cases import total  # noqa: PLC0415
    from evaluation.tables import mutation_table, tables  # noqa: PLC0415
    from evaluation.trend import Change  # noqa: PLC0415

    console = Console(width=None if sys.stdout.isatty() else _PIPED_WIDTH)
    totals = total(done.results)
    for table in tables(totals, done.results, baseline):
        console.print(table)
    if corrupted:
        console.print(mutation_table(corrupted))
    stages = ", ".join(f"{stage} {seconds:.2f}" for stage, seconds in totals.seconds.items())
    calibration = totals.calibration
    change = Change.between(baseline, totals) if baseline else None
    critical = f"{totals.critical} ({change.critical:+d})" if change else str(totals.critical)
    unsupported = f"{totals.unsupported} ({change.unsupported:+d})" if change else str(totals.unsupported)
    lines = [
        f"critical errors {critical} · forbidden strings {totals.traps} · "
        f"statements without support {unsupported} · unclassified utterances {totals.unread}",
        f"drafting {done.machine.seconds:.2f} s (processor: {stages}) on {done.machine.processor}",
    ]
    if calibration.brier is not None and calibration.error is not None:
        lines.append(f"confidence: Brier score {calibration.brier:.3f}, calibration error {calibration.error:.3f}")
    lines.append(str(output / "report.html"))
    for line in lines:
        console.print(line, soft_wrap=True, highlight=False, markup=False)


@app.command()
def calibrate(
    folders: Annotated[list[Path], typer.Argument(help="Folders of consultation-case/1 files with gold.")],
    *,
    output: Annotated[
        Path | None, typer.Option("-o", "--output", help="Where the table goes (TOML); printed where not given.")
    ] = None,
) -> None:
    """Learn from cases how often entries of each confidence are right, by cross-validation: a monotone table."""
    from evaluation.learning import learn, write_toml  # noqa: PLC0415
    from evaluation.runner import run  # noqa: PLC0415
    from scribe.domain.files import require_writable, write_file  # noqa: PLC0415

    if output is not None:
        require_writable(output)
    runs = [run(folder, _drafting) for folder in folders]
    learned = learn([result.raw_judged for done in runs for result in done.results])
    table = write_toml(learned, ", ".join(map(_shown, folders)))
    if output is None:
        print(table, end="")
    else:
        write_file(output, table.encode())
        print(
            f"{output}: {learned.entries} entries of {learned.cases} cases; Brier score {learned.before.brier:.3f} "
            f"before, {learned.after.brier:.3f} after; calibration error {learned.before.error:.3f} before, "
            f"{learned.after.error:.3f} after"
        )
    for done in runs:
        _refuse_broken(done)


@app.command()
def mutations(
    folder: Annotated[Path, typer.Argument(help="Folder of consultation-case/1 files, or one such file.")],
    *,
    output: Annotated[Path, typer.Option("-o", "--output", help="Folder for mutations.json and missed.tsv.")],
    as_json: Annotated[bool, typer.Option("--json", help="Print mutations.json instead of a table.")] = False,
) -> None:
    """Corrupt true statements one error at a time: what the verifier catches, and what it doubts without need."""
    from rich.console import Console  # noqa: PLC0415

    from evaluation.folder import output_folder  # noqa: PLC0415
    from evaluation.mutations import measure  # noqa: PLC0415
    from evaluation.report import write_mutations  # noqa: PLC0415
    from evaluation.runner import run  # noqa: PLC0415
    from evaluation.tables import mutation_table  # noqa: PLC0415

    output_folder(output)
    done = run(folder, _drafting)
    figures = measure((result.case, result.draft) for result in done.results)
    document = write_mutations(figures, done.machine, done.broken, output)
    if as_json:
        print(document)
    else:
        Console(width=None if sys.stdout.isatty() else _PIPED_WIDTH).print(mutation_table(figures))
        print(output / "mutations.json")
    _refuse_broken(done)


@app.command("drafting-speed")
def drafting_speed(
    case: Annotated[
        Path | None, typer.Argument(help="consultation-case/1 file; where not given, a consultation of forty turns.")
    ] = None,
    *,
    runs: Annotated[int, typer.Option(help="How often it is drafted; the median counts.")] = 7,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Processor seconds that drafting a consultation takes on one core, beside plain tokenising of the same words."""
    from kiwipiepy import Kiwi  # noqa: PLC0415  (the analyser takes seconds to load)

    from evaluation import load  # noqa: PLC0415
    from evaluation.gold import read_case  # noqa: PLC0415
    from evaluation.machine import this_machine  # noqa: PLC0415
    from scribe.domain.files import read_file  # noqa: PLC0415
    from scribe.drafting.draft import draft  # noqa: PLC0415

    said = read_case(read_file(case), case.name) if case else None
    transcript, encounter = (said.transcript, said.encounter) if said else (load.forty_turns(), load.visit())
    speed = load.measure(transcript, encounter, draft, Kiwi(num_workers=1).tokenize, runs=runs)
    machine = this_machine()
    if as_json:
        described = {"processor": machine.processor, "processors": machine.processors, "platform": machine.platform}
        print(json.dumps({**speed.as_json(), "machine": {**described, "python": machine.python}}, indent=1))
    else:
        print(load.sentence(speed, machine))
