"""Our own dialogues are whole, and the reader keeps what it has learnt of them."""

from collections import Counter
from pathlib import Path

import pytest

from evaluation.critical import critical_errors
from evaluation.gold import case_files, read_case
from evaluation.matching import match
from scribe.domain.entries import KINDS
from scribe.drafting.extract import read
from scribe.drafting.extract.as_said import as_said

FOLDER = Path(__file__).parents[2] / "evaluation" / "dialogues"
FILES = case_files(FOLDER)


def test_there_are_dialogues_of_every_kind_of_entry_and_setting() -> None:
    cases = [read_case(file.read_bytes(), file.name) for file in FILES]
    assert len(cases) >= 50
    assert {entry.kind for case in cases for entry in case.entries} == set(KINDS)
    settings = Counter(case.encounter.setting for case in cases)
    assert min(settings[setting] for setting in ("outpatient", "emergency", "inpatient_round", "telephone")) >= 2


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_every_gold_entry_is_named_by_words_of_its_case(file: Path) -> None:
    case = read_case(file.read_bytes(), file.name)
    assert case.note
    assert all(entry.turns for entry in case.entries)
    assert case.id == file.stem


def test_the_dialogues_are_read_as_well_as_before() -> None:
    """Learnt from, so no held-out figure; the bounds lie a little below what was reached."""
    matched = drafted = gold = critical = 0
    for file in FILES:
        case = read_case(file.read_bytes(), file.name)
        found = read(case.transcript, case.encounter)
        entries = as_said(found.entries, found.said)
        pairs = match(entries, case.entries)
        extra = [entry for entry in entries if not any(pair.drafted is entry for pair in pairs)]
        matched, drafted, gold = matched + len(pairs), drafted + len(entries), gold + len(case.entries)
        critical += len(critical_errors(pairs, extra, case))
    assert 2 * matched / (drafted + gold) >= 0.80
    assert critical <= 20
