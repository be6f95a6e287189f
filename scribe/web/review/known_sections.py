"""Which sections a physician may add to a note: those of its template."""

from pathlib import Path

from scribe.domain.note import Draft
from scribe.domain.statement import Section
from scribe.drafting.errors import UnknownTemplateError, WrongTemplateError
from scribe.drafting.template import load_template
from scribe.web.review.draft_view import sections_of


def known_sections(draft: Draft, templates: Path | None) -> tuple[Section, ...]:
    """The sections of the note's template, empty and in its order; none where that template can no longer be used.

    ``templates`` is the hospital's own folder of them.
    """
    try:
        template = load_template(draft.note.template, templates)
    except (UnknownTemplateError, WrongTemplateError):
        return ()
    return tuple(Section(code=section.code, title=section.title) for section in template.sections)


def missing_sections(draft: Draft, templates: Path | None) -> tuple[Section, ...]:
    """The known sections that the note lacks."""
    there = {section.code for section in sections_of(draft, "note")}
    return tuple(section for section in known_sections(draft, templates) if section.code not in there)
