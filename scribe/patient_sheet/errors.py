"""What can go wrong with a patient's sheet."""

from scribe.domain.errors import ScribeError


class SheetError(ScribeError):
    """The sheet cannot be made."""


class PdfUnavailableError(SheetError):
    """No PDF can be made on this machine: {problem}.  Install the Debian packages {packages}."""


class PdfTimeoutError(SheetError):
    """The PDF was not made within {seconds} seconds; try again, or print the page itself."""
