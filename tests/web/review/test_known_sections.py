"""Sections that may be added to a note."""

from dataclasses import replace
from pathlib import Path

from scribe.domain.note import Draft
from scribe.web.review.known_sections import known_sections, missing_sections


def test_the_templates_sections_that_the_note_lacks_are_offered(draft: Draft) -> None:
    assert missing_sections(draft, None) == ()
    short = replace(draft, note=replace(draft.note, sections=draft.note.sections[:2]))
    assert [section.code for section in missing_sections(short, None)] == ["assessment", "plan"]
    assert all(section.statements == () for section in known_sections(draft, None))


def test_a_template_that_is_gone_or_broken_offers_none(draft: Draft, tmp_path: Path) -> None:
    assert known_sections(replace(draft, note=replace(draft.note, template="long-gone")), None) == ()
    (tmp_path / "soap.toml").write_text("name = 3", encoding="utf-8")
    assert known_sections(draft, tmp_path) == ()
