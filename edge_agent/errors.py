"""What can go wrong on the clinic's own hardware."""

from scribe.domain.errors import ScribeError


class EdgeError(ScribeError):
    """The edge agent cannot go on."""


class RecordingMissingError(EdgeError):
    """{path}: there is no such file."""


class RecordingUnreadableError(EdgeError):
    """{path}: {problem}."""


class RecordingWarning(UserWarning):
    """A recording was read only in part, or holds no speech."""
