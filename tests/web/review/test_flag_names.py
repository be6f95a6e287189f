"""The names of flags: they stay when other flags come, go or are decided."""

from dataclasses import replace

import pytest

from scribe.domain.note import Draft, Flag
from scribe.web.review.edits import MissingPieceError, SettleFlag, apply
from scribe.web.review.edits.errors import TouchedElsewhereError
from scribe.web.review.edits.rebasing import rebased
from scribe.web.review.flag_names import flag_names, place_of_flag

DOSE = Flag(kind="conflict", rule="dose_range", text="용량이 큽니다.", entries=("e5",))
SIDE = Flag(kind="conflict", text="어느 쪽입니까?", entries=("e1",))
PAIN = Flag(kind="red_flag", text="가슴 통증", entries=("e2",))


def test_a_name_stays_when_others_come_and_go_and_when_it_is_decided() -> None:
    before = flag_names((DOSE, SIDE, PAIN))
    assert len(set(before)) == 3
    assert flag_names((PAIN, replace(SIDE, decision="kept"))) == (before[2], before[1])


def test_two_that_ask_the_same_are_told_apart() -> None:
    first, second = flag_names((DOSE, DOSE))
    assert second == f"{first}-2"
    assert place_of_flag((SIDE, DOSE, DOSE), second) == 2
    assert place_of_flag((SIDE, DOSE), second) is None
    assert place_of_flag((SIDE, DOSE), 2) is None


def test_a_flag_is_settled_by_its_name_wherever_it_stands(draft: Draft) -> None:
    asked = replace(draft, flags=(DOSE, SIDE, PAIN))
    settle = SettleFlag(op="settle", flag=flag_names(asked.flags)[1])
    fewer = replace(draft, flags=(SIDE, PAIN))
    settled = apply(fewer, settle, lambda: "new")
    assert [flag.decision for flag in settled.flags] == ["kept", None]
    with pytest.raises(MissingPieceError):
        apply(settled, settle, lambda: "new")
    assert rebased(settle, asked, fewer) == SettleFlag(op="settle", flag=0)
    with pytest.raises(TouchedElsewhereError):
        rebased(settle, asked, settled)
