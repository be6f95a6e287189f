"""What can go wrong while measuring."""

from scribe.domain.errors import ScribeError


class EvaluationError(ScribeError):
    """The evaluation could not be done."""


class NoCasesError(EvaluationError):
    """{folder} holds no consultation case (*.json): name the folder with the case files."""


class NoReadableCaseError(EvaluationError):
    """None of the {total} case files could be read: {reasons}"""


class BrokenCasesError(EvaluationError):
    """{count} of {total} case files could not be read; the figures are of the others: {reasons}"""


class WrongBaselineError(EvaluationError):
    """{file} is no report.json of `scribe eval cases`: {problem}."""


class UnwritableFolderError(EvaluationError):
    """The report cannot be written to {folder}: {problem}; name another folder with -o."""


class TooFewEntriesError(EvaluationError):
    """{entries} entries of {cases} cases are too few to calibrate with: give at least {fewest} of {folds} cases."""


class WrongRunsError(EvaluationError):
    """--runs must be 1 to {most}: each run tells the consultation differently."""
