"""Why an edit is refused."""

from scribe.domain.errors import ScribeError


class EditError(ScribeError):
    """The edit does not fit the draft."""


class MissingPieceError(EditError):
    """The draft has no {piece} {id}."""


class EmptyStatementError(EditError):
    """A statement needs text: delete it instead of emptying it."""


class TouchedElsewhereError(EditError):
    """Somebody else changed the same piece of the draft in the meantime.

    ``theirs`` is what the statement says now, None where it is gone or no statement was meant.
    """

    def __init__(self, theirs: str | None = None) -> None:
        super().__init__(theirs=theirs)


class EntryFieldError(EditError):
    """The entry's field "{field}" is missing or not of its kind: correct it and save again."""


class NothingReadError(EditError):
    """The two sides cannot be matched by reading them: correct one of them by hand."""
