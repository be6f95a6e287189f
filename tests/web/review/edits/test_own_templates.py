"""A note in the hospital's own template: its sentences follow the entries in the hospital's own words."""

from datetime import UTC, datetime
from pathlib import Path

import pytest

from scribe.demo.bundled import bundled_encounter, case_file, encounter_of
from scribe.domain.formats import read_transcript
from scribe.domain.note import Draft
from scribe.drafting.draft import draft
from scribe.drafting.restate import STATEMENT_ENTRY
from scribe.web.review.edits import ChangeEntry, apply

CLINIC = """
extends = "soap"
[wording.action]
start = "신규"
[[sections]]
code = "objective"
title = "O"
blocks = [{ facts = "vital", text = "측정: {facts}" }]
[[sections]]
code = "plan"
title = "P"
blocks = [{ facts = "medication_order", text = "처방 {facts}" }]
"""


@pytest.fixture
def templates(tmp_path: Path) -> Path:
    (tmp_path / "clinic.toml").write_text(CLINIC, encoding="utf-8")
    return tmp_path


def texts(one: Draft) -> set[str]:
    return {statement.text for section in one.note.sections for statement in section.statements}


def test_sentences_follow_their_entries_in_the_words_of_the_hospital(templates: Path) -> None:
    said = read_transcript(case_file().read_bytes(), case_file().name)
    encounter = encounter_of(bundled_encounter(), "visit-1", datetime(2026, 11, 16, tzinfo=UTC))
    drafted = draft(said, encounter, template="clinic", templates=templates)
    entry = {one.name: one.id for one in drafted.entries}
    warm = ChangeEntry(op="change_entry", entry=entry["체온"], fields={"value": "38.4"})
    longer = ChangeEntry(op="change_entry", entry=entry["아세트아미노펜"], fields={"duration_days": "5"})
    for edit, before, after in (
        (warm, "측정: 체온 36.8 ℃", "측정: 체온 38.4 ℃"),
        (longer, "3일분 (신규)", "5일분 (신규)"),
    ):
        edited = apply(drafted, edit, iter(map(str, range(9))).__next__, drafted, transcript=said, templates=templates)
        assert {text for text in texts(drafted) - texts(edited) if before in text}
        assert {text for text in texts(edited) - texts(drafted) if after in text}
        assert not [flag for flag in edited.flags if flag.rule == STATEMENT_ENTRY]
