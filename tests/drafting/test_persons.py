"""Whom the words are about: patients, guardians of children, spouses and grown children who speak for the patient."""

from datetime import date
from typing import Literal

import pytest

from scribe.drafting.lexicon import Table
from scribe.drafting.persons import Person, whose
from tests.drafting.speech import dialogue, visit

CHILD, GROWN = date(2022, 5, 1), date(1949, 5, 1)


def _person(
    *lines: str, surface: str, birth: date = GROWN, sex: Literal["male", "female"] = "male"
) -> tuple[Person, str | None]:
    found = dialogue(*lines, encounter=visit(birth=birth, sex=sex))
    turn = found.turns[-1]
    mention = next(m for m in turn.of(Table.DIAGNOSES) if m.surface == surface)
    who = whose(found, turn, mention.start)
    return who.person, who.word


@pytest.mark.parametrize(
    ("line", "surface", "expected"),
    [
        ("p 저는 괜찮은데요. 고혈압은 친정어머니가 있으세요.", "고혈압", (Person.RELATIVE, "어머니")),
        ("p 골다공증은 이모가 그걸로 고생하셨어요.", "골다공증", (Person.RELATIVE, "이모")),
        ("p 백내장은 시어머니가 하셨고 저는 없어요.", "백내장", (Person.CONTACT, "시어머니")),
        ("p 우리 처제가 갑상선암이었거든요.", "갑상선암", (Person.CONTACT, "처남")),
        ("p 직장 동료가 결핵이래요.", "결핵", (Person.CONTACT, "동료")),
        ("p 같이 사는 친구가 있는데 걔는 건선이 있어서요.", "건선", (Person.CONTACT, "친구")),
        ("p 남편 형이 통풍이에요.", "통풍", (Person.CONTACT, "남편 형")),
        ("p 아버지는 당뇨고 저는 고혈압이에요.", "고혈압", (Person.PATIENT, None)),
        ("p 통풍은 제가 있고 아버지는 없어요.", "통풍", (Person.PATIENT, None)),
        ("p 딸이 가 보라고 해서 왔는데 통풍이 도졌어요.", "통풍", (Person.PATIENT, None)),
    ],
)
def test_a_patient_speaks(line: str, surface: str, expected: tuple[Person, str | None]) -> None:
    assert _person(line, surface=surface, sex="female") == expected


@pytest.mark.parametrize(
    ("line", "surface", "expected"),
    [
        ("g 제가 아기 엄마인데요, 제가 갑상선암이라 수술했어요.", "갑상선암", Person.RELATIVE),
        ("g 남편은 어릴 때 천식이었대요.", "천식", Person.RELATIVE),
        ("g 얘 외할머니는 당뇨예요.", "당뇨", Person.RELATIVE),
        ("g 같은 반 친구가 수두래요.", "수두", Person.CONTACT),
        ("g 우리 애가 폐렴으로 입원했었어요.", "폐렴", Person.PATIENT),
        ("g 제가 연고를 발라 줬는데 아토피가 그대로예요.", "아토피", Person.PATIENT),
    ],
)
def test_a_childs_guardian_speaks(line: str, surface: str, expected: Person) -> None:
    assert _person(line, surface=surface, birth=CHILD)[0] is expected


@pytest.mark.parametrize(
    ("line", "surface", "expected"),
    [
        ("g 통풍은 시동생이 있고요, 이이는 아니에요.", "통풍", Person.RELATIVE),
        ("g 이이가 통풍이 있어요.", "통풍", Person.PATIENT),
        ("g 남편이 재작년에 폐렴을 앓았어요.", "폐렴", Person.PATIENT),
        ("g 제가 아내예요. 저는 당뇨가 있고요.", "당뇨", Person.CONTACT),
        ("g 제가 아내예요. 시어머니가 치매셨어요.", "치매", Person.RELATIVE),
    ],
)
def test_a_wife_speaks_for_her_husband(line: str, surface: str, expected: Person) -> None:
    assert _person(line, surface=surface)[0] is expected


@pytest.mark.parametrize(
    ("line", "surface", "expected"),
    [
        ("g 딸이에요. 엄마가 고혈압이 있으세요.", "고혈압", Person.PATIENT),
        ("g 딸이에요. 치매는 외할머니가 앓으셨어요.", "치매", Person.RELATIVE),
        ("g 딸이에요. 아버지는 당뇨고요.", "당뇨", Person.CONTACT),
        ("g 며느리예요. 어머님이 당뇨가 있으세요.", "당뇨", Person.PATIENT),
    ],
)
def test_a_daughter_speaks_for_her_mother(line: str, surface: str, expected: Person) -> None:
    assert _person(line, surface=surface, sex="female")[0] is expected


@pytest.mark.parametrize(
    "line",
    ["p 시댁에 당뇨가 많아요.", "p 반에 결핵 걸린 애가 있대요.", "p 남편 친구가 당뇨래요."],
)
def test_what_is_said_of_others_is_not_the_patients(line: str) -> None:
    found = dialogue(line)
    turn = found.turns[0]
    assert whose(found, turn, turn.of(Table.DIAGNOSES)[0].start).person is not Person.PATIENT


@pytest.mark.parametrize(
    ("line", "surface", "person"),
    [
        ("p 없어요, 천식은 시아버지.", "천식", Person.CONTACT),
        ("p 녹내장은 친정어머니, 저는 아직 괜찮아요.", "녹내장", Person.RELATIVE),
        ("p 통풍은 우리 형.", "통풍", Person.RELATIVE),
        ("d 어머니가 위암으로 돌아가셨다고 적혀 있네요.", "위암", Person.RELATIVE),
        ("d 아버님이 간경화로 작고하셨다고요.", "간경화", Person.RELATIVE),
    ],
)
def test_a_disease_belongs_to_whom_the_sentence_names_last_and_never_the_dead_to_the_patient(
    line: str, surface: str, person: Person
) -> None:
    assert _person(line, surface=surface)[0] is person
