"""Which consultation a visit is, and what only a person can say."""

from datetime import date

import pytest

from scribe.domain.encounter import Identifier, Patient, Sex
from scribe.domain.same_visit import Arrival, Matching, TypedIn, match

BORN = date(1981, 4, 2)


def number(value: str) -> Identifier:
    return Identifier(system="urn:oid:1.2.3.2", value=value)


def typed(
    name: str = "e1", *, owner: str = "kim", born: date = BORN, sex: Sex = "male", visit: str | None = None
) -> TypedIn:
    patient = Patient(name="김서준", sex=sex, birth_date=born)
    return TypedIn(encounter_id=name, owner_id=owner, patient=patient, number=number(visit) if visit else None)


def arrival(*, physician: str | None = "kim", born: date | None = BORN, sex: Sex | None = "male") -> Arrival:
    return Arrival(number=number("V1"), birth_date=born, sex=sex, physician=physician)


@pytest.mark.parametrize(
    ("told", "there", "expected"),
    [
        (arrival(), [typed()], Matching(same="e1")),
        (arrival(), [], Matching()),
        (arrival(), [typed(owner="lee")], Matching()),
        (arrival(), [typed(), typed("e2", owner="lee")], Matching(same="e1")),
        (arrival(), [typed(owner="lee", visit="V1")], Matching(same="e1")),
        (arrival(physician=None), [typed(visit="V1")], Matching(same="e1")),
        (arrival(physician=None), [typed()], Matching(doubts=(("e1", "physician"),))),
        (arrival(), [typed(), typed("e2")], Matching(doubts=(("e1", "several"), ("e2", "several")))),
        (arrival(), [typed(), typed("e2", visit="V1")], Matching(same="e2")),
        (arrival(), [typed(visit="V1"), typed("e2", visit="V1")],
         Matching(doubts=(("e1", "several"), ("e2", "several")))),
        (arrival(), [typed(visit="V9")], Matching(doubts=(("e1", "number"),))),
        (arrival(), [typed(owner="lee", visit="V9")], Matching()),
        (arrival(), [typed(born=date(1991, 4, 2))], Matching(doubts=(("e1", "birth_date"),))),
        (arrival(), [typed(sex="female", visit="V1")], Matching(doubts=(("e1", "sex"),))),
        (arrival(), [typed(born=date(1991, 4, 2)), typed("e2")],
         Matching(same="e2", doubts=(("e1", "birth_date"),))),
        (arrival(sex="unknown"), [typed(sex="female")], Matching(same="e1")),
        (arrival(born=None, sex=None), [typed()], Matching(same="e1")),
    ],
)  # fmt: skip
def test_only_what_is_certain_is_one(told: Arrival, there: list[TypedIn], expected: Matching) -> None:
    assert match(told, there) == expected


def test_a_consultation_without_patient_is_matched_by_its_number_alone() -> None:
    nobody = TypedIn(encounter_id="e1", owner_id="kim", patient=None, number=number("V1"))
    assert match(arrival(), [nobody]) == Matching(same="e1")
