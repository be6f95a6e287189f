"""Why an edit is refused."""

from scribe.domain.errors import ScribeError


class EditError(ScribeError):
    """The edit does not fit the draft."""


class MissingPieceError(EditError):
    """The draft has no {piece} {id}."""


class EmptyStatementError(EditError):
    """A statement needs text: delete it instead of emptying it."""
