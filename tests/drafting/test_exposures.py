"""Travel, animals in the house, and how a child was born and grows."""

from datetime import date

import pytest

from scribe.domain.entries import History
from tests.drafting.speech import reading, visit

CHILD = visit(birth=date(2024, 6, 1))


def _history(*lines: str, child: bool = False) -> set[tuple[str, str]]:
    found = reading(*lines, encounter=CHILD if child else None).entries
    return {(item.name, item.status) for item in found if isinstance(item, History)}


@pytest.mark.parametrize(
    ("lines", "expected"),
    [
        (("d 최근에 해외 다녀오셨어요?", "p 지난달에 필리핀에 출장 갔다 왔어요."), {("해외여행", "present")}),
        (("p 다음 달에 일본 여행 갈 거예요.",), set()),
        (
            ("d 동물 키우세요?", "p 고양이 두 마리 키워요. 개는 없어요."),
            {("반려동물: 고양이", "present"), ("반려동물: 개", "absent")},
        ),
        (("p 어제 개한테 물렸어요.",), set()),
    ],
)
def test_exposures(lines: tuple[str, ...], expected: set[tuple[str, str]]) -> None:
    assert _history(*lines) == expected


@pytest.mark.parametrize(
    ("lines", "expected"),
    [
        (("d 몇 주에 낳으셨어요?", "g 삼십오 주에 낳았어요."), {("출생력(이른둥이)", "present")}),
        (("d 태어날 때 문제 없었어요?", "g 만삭으로 낳았고 건강했어요."), {("출생력(만삭 출생)", "present")}),
        (("d 발달은 또래만큼 하죠?", "g 네, 잘 걷고 말도 해요."), {("정상 발달", "present")}),
        (("d 말은 잘해요?", "g 말이 좀 늦어요."), {("발달 지연", "present")}),
    ],
)
def test_a_child(lines: tuple[str, ...], expected: set[tuple[str, str]]) -> None:
    assert expected <= _history(*lines, child=True)


def test_nothing_of_births_is_read_of_adults() -> None:
    assert not any(name.startswith("출생력") for name, _ in _history("p 만삭으로 낳았어요."))
