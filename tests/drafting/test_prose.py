"""A clinician's plain text falls into statements, whatever its shorthand."""

import pytest

from scribe.drafting.verify.parts import parts_of
from scribe.drafting.verify.prose import note_statements


@pytest.mark.parametrize(
    ("text", "statements"),
    [
        ("체온 38.2도. 맥박 88회/분.", ["체온 38.2도.", "맥박 88회/분."]),
        ("S: 기침.\nO: BP 130/80, Murphy sign (-)\nA: r/o 폐렴", ["기침.", "BP 130/80, Murphy sign (-)", "r/o 폐렴"]),
        ("S)\n- 기침\n- 가래 (흰색. 소량)\n\n[Plan]\n1. 아목시실린 500 mg 1일 3회\n2) 3일 뒤 재진",
         ["기침", "가래 (흰색. 소량)", "아목시실린 500 mg 1일 3회", "3일 뒤 재진"]),
        ("HTN, DM(-); s/p 충수절제술", ["HTN, DM(-)", "s/p 충수절제술"]),
        ("혈압 158/96 → 152/88. 약 p.o. 유지", ["혈압 158/96 → 152/88.", "약 p.o. 유지"]),
        ("체중 12.4 kg. 오른쪽 고막 발적.", ["체중 12.4 kg.", "오른쪽 고막 발적."]),
        ("주호소:\n두통", ["두통"]),
        ("", []),
        ("[2]\n---\n", []),
    ],
)  # fmt: skip
def test_statements_of_a_note(text: str, statements: list[str]) -> None:
    assert note_statements(text) == statements


def asserted(text: str) -> dict[str, str]:
    return {
        mention.surface: part.asserts(mention.end, mention.start)
        for part in parts_of(text)
        for mention in part.mentions
        if not mention.nested
    }


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("두통, 흉통 없음.", {"두통": "either", "흉통": "absent"}),
        ("기침, 발열.", {"기침": "present", "발열": "present"}),
        ("오한 없음, 기침.", {"오한": "absent", "기침": "present"}),
        ("DM(-)", {"DM": "absent"}),
        ("오심 있음, 구토 없음.", {"오심": "present", "구토": "absent"}),
        ("두통 호전 없음.", {"두통": "present"}),
    ],
)
def test_what_each_part_asserts(text: str, expected: dict[str, str]) -> None:
    assert {word: way for word, way in asserted(text).items() if word in expected} == expected


def test_a_condition_states_nothing() -> None:
    conditions = [part for part in parts_of("호흡곤란, 흉통 시 119.") if part.is_condition]
    assert {m.surface for part in conditions for m in part.mentions} >= {"호흡곤란", "흉통"}
    assert not any(part.is_condition for part in parts_of("기침 시 흉통 있음."))
