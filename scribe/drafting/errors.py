"""What can go wrong in drafting."""

from scribe.domain.errors import ScribeError


class DraftingError(ScribeError):
    """Drafting failed."""


class EmptyTranscriptError(DraftingError):
    """The transcript holds no speech, so no draft is made from it: check the recording and recognise it again."""


class UnknownTemplateError(DraftingError):
    """There is no note template {template}: choose one of {known}."""


class WrongTemplateError(DraftingError):
    """The note template {template} is wrong at {field}: {problem}."""


class MissingEncounterError(DraftingError):
    """{file} does not say when the consultation began: give --start, e.g. --start 2026-09-14T10:20:00+09:00."""


class UnknownLanguageError(DraftingError):
    """There is no rendering of the draft in the language {language}: choose ko or en."""


class WrongOptionError(DraftingError):
    """{option} must be {expected}."""


class NoNoteError(DraftingError):
    """{file} {problem}: give a scribe-draft/1, a scribe-note/1 or plain text."""
