"""An audio file to a transcript: decode, find speech, recognise, say who speaks."""

from collections.abc import Callable, Sequence
from functools import cached_property
from pathlib import Path

from edge_agent.audio import Audio, read_audio
from edge_agent.enrolment import Voiceprint
from edge_agent.live import LiveOptions, LiveText
from edge_agent.recognisers import Recognisers
from edge_agent.record_pass import Recognised, RecordPass
from edge_agent.speakers import SpeakerTracker
from edge_agent.tape import Tape, WholeTape
from edge_agent.turns import Phrase, utterances
from models.campplus import CamPlus
from models.errors import NoSourceError, WrongTaskError
from models.fetch import Fetching, ensure
from models.registry import Model, Registry, Task
from models.speech import Progress, SpeechOptions
from models.vad import VoiceActivity
from models.voices import DVector, Timbre, VoiceEmbedder
from scribe.domain.transcript import Recording, Speaker, Transcript

VAD_MODEL = "silero-vad"


class Listener:
    """The models that turn audio into transcripts; loaded once, used for many recordings.

    ``model`` None takes the registry's model for each language; that for ``language`` must be here at once.  Models
    that are not in ``models_home`` are taken from installed data packages or folders; the network is never used here
    (`scribe models pull` does that).
    """

    def __init__(
        self,
        models_home: Path,
        *,
        model: str | None = None,
        language: str = "ko",
        registry: Registry | None = None,
        threads: int | None = None,
        options: SpeechOptions | None = None,
    ) -> None:
        registry = registry or Registry.load()
        self._language = language
        self._recognisers = Recognisers(models_home, registry, model=model, threads=threads, options=options)
        self._first = self._recognisers.get(language)
        vad = ensure(_of_task(registry, VAD_MODEL, "vad"), models_home, Fetching(network=False))
        self._vad = VoiceActivity(vad / "silero_vad_v6.onnx")
        self._registry, self._home = registry, models_home

    @cached_property
    def _voices(self) -> tuple[VoiceEmbedder, str]:
        """What tells voices apart, and its name; not every recording needs it, and it takes 80 MB."""
        return voice_embedder(self._registry, self._home)

    def transcribe(
        self,
        audio: Audio,
        *,
        language: str = "ko",
        recording_id: str | None = None,
        speakers: bool = True,
        terms: Sequence[str] = (),
        progress: Progress | None = None,
    ) -> Transcript:
        """Who said what when; ``terms`` are likely to be said.  Audio without speech gives a transcript without
        utterances."""
        tape = WholeTape(audio.channels)
        spoken = self.record_pass(tape, language=language, speakers=speakers, terms=terms).finish(progress)
        recording = Recording(
            id=recording_id or audio.sha256[:32],
            duration=round(audio.duration, 3),
            sha256=audio.sha256,
            sample_rate=audio.sample_rate,
        )
        return self.transcript(spoken, recording, language=language, speakers=speakers)

    def load(self) -> None:
        """Load the first recogniser now, so that the first words need not wait for it."""
        self._first.recognizer.load(self._language)

    def record_pass(
        self,
        tape: Tape,
        *,
        language: str,
        speakers: bool = True,
        physician: Voiceprint | None = None,
        terms: Sequence[str] = (),
        known: Sequence[Recognised] = (),
    ) -> RecordPass:
        """What makes the final transcript of a tape, which may still be growing; ``known`` is not done again."""

        def tracker(channels: int) -> SpeakerTracker:
            return SpeakerTracker(self._voices[0], channels=channels, physician=physician)

        recognizer = self._recognisers.get(language).recognizer.listening_for(terms)
        return RecordPass(
            tape,
            recognizer,
            self._vad,
            language=language,
            longest_chunk=recognizer.options.longest_chunk,
            voices=tracker if speakers else None,
            known=known,
        )

    def live_text(self, *, language: str, start: float = 0.0, options: LiveOptions | None = None) -> LiveText:
        """Live text of a recording from ``start`` seconds on."""
        recognizer = self._recognisers.get(language).recognizer
        return LiveText(recognizer, self._vad, language=language, start=start, options=options)

    def transcript(
        self, spoken: Sequence[tuple[Phrase, Speaker]], recording: Recording, *, language: str, speakers: bool = True
    ) -> Transcript:
        """What was said in the recording, with what recognised it."""
        return Transcript(
            language=language,
            utterances=utterances(spoken),
            recording=recording,
            recognizer=self._recognisers.get(language).described(
                {"vad": VAD_MODEL, "speakers": self._voices[1] if speakers else None}
            ),
        )


def transcribe_file(
    path: Path,
    *,
    models_home: Path,
    language: str = "ko",
    model: str | None = None,
    registry: Registry | None = None,
    recording_id: str | None = None,
    speakers: bool = True,
    threads: int | None = None,
    terms: Sequence[str] = (),
    options: SpeechOptions | None = None,
    progress: Progress | None = None,
) -> Transcript:
    """The transcript of an audio file; ``model`` None takes the registry's model for the language.

    ``terms`` are likely to be said, the likeliest first.

    ``recording_id`` None takes the first half of the file's SHA-256.  A file that cannot be read raises
    :class:`~edge_agent.errors.EdgeError`, a damaged one is read as far as it goes with a
    :class:`~edge_agent.errors.RecordingWarning`; a missing or wrong model raises
    :class:`~models.errors.ModelError`.  Silence, noise and an empty recording give a transcript without
    utterances.
    """
    audio = read_audio(path)
    listener = Listener(
        models_home, model=model, language=language, registry=registry, threads=threads, options=options
    )
    return listener.transcribe(
        audio, language=language, recording_id=recording_id, speakers=speakers, terms=terms, progress=progress
    )


def voice_embedder(registry: Registry, home: Path) -> tuple[VoiceEmbedder, str]:
    """What tells voices apart: the surest that is here, at last the shape of the spectrum, which needs no model."""
    for name, make in _VOICE_MODELS.items():
        try:
            folder = ensure(_of_task(registry, name, "speaker_embedding"), home, Fetching(network=False))
        except NoSourceError:
            continue
        return make(folder), name
    return Timbre(), Timbre.name


_VOICE_MODELS: dict[str, Callable[[Path], VoiceEmbedder]] = {
    CamPlus.name: lambda folder: CamPlus(folder / "campplus_cn_en_common.pt"),
    DVector.name: lambda folder: DVector(folder / "embedder.int8.onnx"),
}


def _of_task(registry: Registry, name: str, task: Task) -> Model:
    model = registry.get(name)
    if model.task != task:
        raise WrongTaskError(model=name, task=model.task, wanted=task)
    return model
