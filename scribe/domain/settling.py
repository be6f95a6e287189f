"""What a physician has to settle before a draft may be signed."""

from dataclasses import dataclass

from scribe.domain.note import Draft
from scribe.domain.statement import Statement


@dataclass(frozen=True, slots=True)
class Settling:
    """The hospital's rule: statements that nothing supports always wait for a decision, and ``partial`` says whether
    those that the dialogue supports only in part do too."""

    partial: bool = False

    def waits(self, statement: Statement) -> bool:
        """Whether a physician still has to change the statement, delete it, or say that it stays."""
        in_doubt = statement.support == "none" or (self.partial and statement.support == "partial")
        return in_doubt and statement.acknowledged is None


UNSUPPORTED_ONLY = Settling()


def open_count(draft: Draft, settling: Settling = UNSUPPORTED_ONLY) -> int:
    """How many statements of note and patient summary, and how many questions, wait for a decision."""
    sections = (*draft.note.sections, *draft.patient_summary.sections)
    statements = sum(settling.waits(statement) for section in sections for statement in section.statements)
    return statements + sum(flag.is_open for flag in draft.flags)
