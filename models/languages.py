"""Which speech model hears a language."""

from collections.abc import Callable
from functools import partial
from pathlib import Path

from models import store
from models.errors import LanguageUnsupportedError, NoModelForLanguageError, WrongTaskError
from models.registry import Model, Registry, primary


def speech_model_for(registry: Registry, language: str, installed: Callable[[Model], bool]) -> Model:
    """The speech model for a language where nobody named one: the first of the registry's list that is installed.

    Where none is, it is the first that some source offers, so that what comes next says how to get it.  A language
    that has no list raises :class:`NoModelForLanguageError`, a listed model that does not know it
    :class:`LanguageUnsupportedError`.
    """
    names = registry.languages.get(primary(language))
    if names is None:
        raise NoModelForLanguageError(language=language, known=", ".join(registry.languages) or "none")
    models = [require(registry, name, language) for name in names]
    offered = [model for model in models if model.sources]
    return next((model for model in models if installed(model)), (offered or models)[0])


def chosen(registry: Registry, home: Path, language: str, name: str | None = None) -> Model:
    """The named speech model, or else that for the language, among the models of ``home``."""
    if name is not None:
        return require(registry, name, language)
    return speech_model_for(registry, language, partial(store.is_present, home=home))


def require(registry: Registry, name: str, language: str) -> Model:
    """The speech model of that name, if it knows the language."""
    model = registry.get(name)
    if model.task != "speech":
        raise WrongTaskError(model=name, task=model.task, wanted="speech")
    if not model.knows(language):
        raise LanguageUnsupportedError(model=name, known=", ".join(model.languages), language=language)
    return model
