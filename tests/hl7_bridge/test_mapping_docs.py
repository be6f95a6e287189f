"""The manual's part on what is sent, against the code."""

import json
import re
from pathlib import Path

import pytest

from hl7_bridge import roles
from hl7_bridge.kr_core import (
    agreement,
    allergies,
    conditions,
    documents,
    laboratory,
    mapping,
    medications,
    names,
    procedures,
    vitals,
)
from hl7_bridge.validate import table_validator
from scribe.domain.entries import KINDS

ROOT = Path(__file__).resolve().parents[2]
MANUAL = (ROOT / "docs/bridge/mapping.md").read_text("utf-8")
EXAMPLES = [json.loads(block) for block in re.findall(r"```json\n(.*?)```", MANUAL, re.DOTALL)]
REASONS = [
    *mapping.TEXT_ONLY.values(),
    *(getattr(conditions, name) for name in ("RULED_OUT", "NO_CODE", "WRONG_CODE", "NOT_CHIEF", "NOT_PRESENT")),
    *(getattr(vitals, name) for name in ("UNKNOWN_NAME", "UNKNOWN_UNIT", "NOT_NOW")),
    *(getattr(laboratory, name) for name in ("NO_CODE", "NOT_NOW", "NO_VALUE")),
    *(medications.NO_DOSE, allergies.DENIED, procedures.PLANNED, procedures.UNKNOWN_VACCINE),
    *(agreement.REWRITTEN, names.NAMELESS),
    *(roles.NO_ROLE, roles.NO_FITTING_ROLE, roles.SEVERAL_ROLES, roles.NOT_SEARCHABLE),
]


def test_every_kind_of_entry_is_in_the_manual() -> None:
    assert [kind for kind in KINDS if f"`{kind}`" not in MANUAL] == []


def test_every_profile_that_is_claimed_is_in_the_manual() -> None:
    sources = "".join(file.read_text("utf-8") for file in (ROOT / "hl7_bridge/kr_core").glob("*.py"))
    claimed = set(re.findall(r'"(krcore-[a-z-]+)"', sources))
    assert len(claimed) > 15
    assert {profile for profile in claimed if f"`{profile}`" not in MANUAL} == set()


def test_every_reason_is_in_the_manual() -> None:
    assert [reason for reason in REASONS if reason not in MANUAL] == []


def test_every_type_of_note_is_in_the_manual() -> None:
    types = {loinc for loinc, _, _ in (*documents._NOTE_TYPE.values(), *documents._OUTPATIENT_TYPE.values())}
    assert {loinc for loinc in types if loinc not in MANUAL} == set()


@pytest.mark.parametrize("example", EXAMPLES, ids=[example["resourceType"] for example in EXAMPLES])
def test_every_example_is_valid(example: dict[str, object]) -> None:
    report = table_validator().validate(example)
    assert [(issue.path, issue.constraint) for issue in report.errors] == []
