"""The speech models of a model home: the one that was named, or one for each language that is spoken."""

import threading
from dataclasses import dataclass
from pathlib import Path

from models import store
from models.engines import choice_for, recognizer
from models.fetch import Fetching, ensure
from models.languages import chosen
from models.registry import Model, Registry
from models.speech import ENGINE, SpeechOptions, SpeechRecognizer
from scribe.domain.transcript import OptionValue, Recognizer


@dataclass(frozen=True, slots=True, kw_only=True)
class Recogniser:
    """A speech model and what runs it; ``sha256`` is of its weights."""

    model: Model
    sha256: str | None
    recognizer: SpeechRecognizer
    encoder: str

    def described(self, options: dict[str, OptionValue]) -> Recognizer:
        """What recognised a recording, so that the run can be repeated."""
        used = self.recognizer.options
        return Recognizer(
            engine=ENGINE,
            model=f"{self.model.name}-{used.compute_type}",
            model_sha256=self.sha256,
            options=used.described() | {"encoder": self.encoder} | options,
        )


class Recognisers:
    """Opens speech models of ``home`` as they run best on this machine, each once.

    ``model`` None takes the registry's model for the language.  Models that are not in ``home`` are taken from
    installed data packages or folders, never from the network.
    """

    def __init__(
        self,
        home: Path,
        registry: Registry,
        *,
        model: str | None = None,
        threads: int | None = None,
        options: SpeechOptions | None = None,
    ) -> None:
        self._home = home
        self._registry = registry.including(store.derived(home))
        self._named = model
        self._threads = threads
        self._options = options
        self._open: dict[str, Recogniser] = {}
        self._lock = threading.Lock()

    def get(self, language: str) -> Recogniser:
        """The recogniser for a language.

        Raises :class:`~models.errors.LanguageUnsupportedError` or :class:`~models.errors.NoModelForLanguageError`
        where there is none, and another :class:`~models.errors.ModelError` where it is not here.
        """
        model = chosen(self._registry, self._home, language, self._named)
        with self._lock:
            if model.name not in self._open:
                self._open[model.name] = self._opened(model)
            return self._open[model.name]

    def _opened(self, model: Model) -> Recogniser:
        folder = ensure(model, self._home, Fetching(network=False))
        states = store.check(model, self._home)
        choice = choice_for(folder)
        return Recogniser(
            model=model,
            sha256=next((state.sha256 for state in states if state.name == "model.bin"), None),
            recognizer=recognizer(folder, threads=self._threads, options=self._options, choice=choice),
            encoder=choice.encoder,
        )
