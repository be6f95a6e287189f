"""What became of a draft when it was signed: kept, edited, deleted, added."""

from collections.abc import Iterable, Mapping

from scribe.domain.note import Draft, NoteContent
from scribe.domain.statement import Section
from scribe.domain.style import EditShares, Share


def edit_shares(drafted: Draft, signed: NoteContent) -> EditShares:
    """The shares by id: a statement of another text, or an entry of another content, was edited."""
    return EditShares(
        note=_share(_texts(drafted.note.sections), _texts(signed.sections)),
        summary=_share(_texts(drafted.patient_summary.sections), _texts(signed.patient_summary.sections)),
        entries=_share({e.id: e for e in drafted.entries}, {e.id: e for e in signed.entries}),
    )


def _texts(sections: Iterable[Section]) -> dict[str, object]:
    return {statement.id: statement.text for section in sections for statement in section.statements}


def _share(before: Mapping[str, object], after: Mapping[str, object]) -> Share:
    common = before.keys() & after.keys()
    kept = sum(before[name] == after[name] for name in common)
    return Share(
        kept=kept,
        edited=len(common) - kept,
        deleted=len(before.keys() - common),
        added=len(after.keys() - common),
    )
