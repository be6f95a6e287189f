"""Tests, care and referrals that are ordered, and those that are only spoken of."""

import pytest

from tests.drafting.speech import named, reading, states


def planned(kind: str, *lines: str) -> list[str]:
    return list(named(reading(*lines), kind))


@pytest.mark.parametrize(
    ("line", "count"),
    [
        ("d 랩은 CBC, 전해질, 젖산.", 3),
        ("d 흉부 엑스레이 찍고 가세요. 그리고 심전도.", 2),
        ("d 소변검사랑 피검사로 전해질 보겠습니다.", 2),
        ("d 심전도하고 가슴 사진 찍을게요.", 2),
        ("d 내일 CBC 다시 볼게요.", 1),
    ],
)
def test_tests_that_are_ordered(line: str, count: int) -> None:
    assert len(planned("test_order", line)) == count


@pytest.mark.parametrize(
    "line",
    [
        "d 그때도 높으면 MRI 찍어 봅시다.",
        "d 초음파 볼게요. 담낭은 깨끗하네요.",
        "d 헤모글로빈이 십 점 이라 철분제를 드릴게요.",
        "d 안과에서 망막 검사 한 번 받으세요. 의뢰서 나갑니다.",
        "d CT 보고 꿰맬게요.",
        "d 심전도는 했어요.",
    ],
)
def test_tests_that_are_not_ordered_now(line: str) -> None:
    assert planned("test_order", line) == []


@pytest.mark.parametrize(
    ("line", "name"),
    [
        ("d 찢어진 데는 꿰매고 가실게요.", "봉합"),
        ("d 오늘은 입원해서 지켜봅시다.", "입원"),
        ("d 산소는 떼고 지켜봅시다.", "산소 중단"),
        ("d 생리식염수로 씻고 거즈를 붙여 드릴게요.", "상처 세척"),
        ("d 십오 분마다 혈압 확인해 주세요.", "경과 관찰"),
    ],
)
def test_care_in_everyday_words(line: str, name: str) -> None:
    assert name in planned("procedure", line)


@pytest.mark.parametrize(
    "line",
    [
        "d 입원은 필요 없어요.",
        "d 분만 방법은 그때 결정합시다.",
        "d 도수치료는 재활의학과에 의뢰할게요.",
        "d 디피티하고 폴리오는 이 차까지 됐고요.",
    ],
)
def test_care_that_is_not_planned(line: str) -> None:
    assert planned("procedure", line) == []


def test_what_was_planned_is_done_later_in_the_visit() -> None:
    assert list(
        states(reading("d 에플리로 돌을 넣어 드릴게요.", "d 자, 에플리 두 번 했어요."), "procedure").values()
    ) == ["done"]


@pytest.mark.parametrize(
    ("line", "name"),
    [
        ("d 신경외과에 연락해 놓을게요.", "신경외과 의뢰"),
        ("d 알레르기내과에서 피부시험 받으세요. 의뢰서 써 드릴게요.", "알레르기내과 의뢰"),
        ("d 치매안심센터에도 등록하시고요.", "치매안심센터 의뢰"),
        ("d 심장내과 협진 낼게요.", "심장내과 의뢰"),
    ],
)
def test_referrals(line: str, name: str) -> None:
    assert planned("referral", line) == [name]


@pytest.mark.parametrize(
    "line",
    [
        "d 안 좋아지면 대학병원으로 의뢰할 겁니다.",
        "d 일주일 뒤에 비뇨의학과 외래로 오세요.",
        "d 동네 소아과 말고 저희 외래로 오세요.",
        "d 중환자실로 입원하실 거예요.",
        "d 여보세요, 소아청소년과 당직의 김하늘입니다.",
    ],
)
def test_no_referral(line: str) -> None:
    assert planned("referral", line) == []
