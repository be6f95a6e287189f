"""What can go wrong with models."""

from typing import ClassVar

from scribe.domain.errors import ScribeError


class ModelError(ScribeError):
    """The model cannot be used."""


class RegistryFileError(ModelError):
    """{path}: {problem}."""


class UnknownModelError(ModelError):
    """No model is named {name}; the registry has {known}."""


class WrongHashError(ModelError):
    """{model}: {file} from {source} is not the file the registry names (SHA-256 {found:.12}… instead of {expected:.12}…) and was refused; get it again with `scribe models pull {model}`."""  # noqa: E501


class WrongSizeError(ModelError):
    """{model}: {file} from {source} has {found} bytes instead of {expected} and was refused."""


class ModelMissingError(ModelError):
    """The model {model} is not in {home}: run `scribe models pull {model}`, or `scribe models import PATH` without a network."""  # noqa: E501


class NoSourceError(ModelError):
    """No source has the model {model}: {tried}."""

    retryable: ClassVar[bool] = True


class SourceUnavailableError(ModelError):
    """{source}: {problem}.

    The next source is tried.
    """

    retryable: ClassVar[bool] = True


class ImportRefusedError(ModelError):
    """{path} holds no model of the registry: {problem}."""


class WrongTaskError(ModelError):
    """{model} is a model for {task}, not for {wanted}."""


class WeightsFileError(ModelError):
    """{path} does not hold the weights of a converted model: {problem}."""


class LanguageUnsupportedError(ModelError):
    """The speech model {model} knows {known}, not {language}: choose another with --model, or name one for {language} under [languages] in the site's registry file."""  # noqa: E501


class NoModelForLanguageError(ModelError):
    """No speech model for {language} is known: name one under [languages] in the site's registry file (there is one for {known})."""  # noqa: E501


class EngineMissingError(ModelError):
    """{engine} is not installed: install the package {package}, or leave the choice of the engine to the recogniser."""


class FeaturesError(ModelError):
    """A spectrogram of shape {shape} cannot be encoded: the model takes {mels} bands and 2 to {longest} frames."""


class QuantizationRefusedError(ModelError):
    """{model} cannot be quantised to {precision}: {problem}."""


class NoSpaceError(ModelError):
    """{home} has {free:,} bytes free, and {model} needs {needed:,}: make room, or name another folder with --models-home."""  # noqa: E501


class NotWrittenError(ModelError):
    """{model} could not be written to {home} ({problem}); nothing of it was left behind."""


class ManifestError(ModelError):
    """{path} cannot be measured on: {problem}."""


class NothingToMeasureError(ModelError):
    """No speech model is in {home}: run `scribe models pull whisper-base` first."""
