"""What a physician has to settle before a draft may be signed."""

from scribe.domain.note import Draft


def open_count(draft: Draft) -> int:
    """How many statements of note and patient summary, and how many questions, wait for a decision."""
    sections = (*draft.note.sections, *draft.patient_summary.sections)
    statements = sum(statement.unsettled for section in sections for statement in section.statements)
    return statements + sum(flag.is_open for flag in draft.flags)
