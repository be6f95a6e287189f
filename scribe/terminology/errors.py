"""What can be wrong with a master that a hospital hands in."""

from pathlib import Path

from scribe.domain.errors import ScribeError


class TerminologyFileError(ScribeError):
    """{file} was not imported: {problem}."""

    file: Path
    problem: str


class RowError(ScribeError):
    """{file} was not imported: row {row}, column {column}: {problem}."""

    file: str
    row: int
    column: str
    problem: str


class MapError(ScribeError):
    """{file} is no column map: {problem}."""

    file: Path
    problem: str


class NothingImportedError(ScribeError):
    """No hospital terms lie in {folder}: import a file first (`scribe terminology import FILE --as kcd`)."""

    folder: Path
